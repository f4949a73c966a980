"""Every sort of damaged ticket file, and good tickets whose texts would harm a careless terminal.

A damaged file cannot be read as a ticket; its name says what is wrong. A hostile or unusual one can: nothing in it may
be lost, and nothing in it may reach a terminal as more than text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.storage import yaml_codec
from worlds.stories import Step, build_ticket

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket, Value

ESCAPE = "\x1b"
# Titles and names that somebody might type, paste or plant.
TITLES: Mapping[str, str] = {
    "colour": f"紅色告警 {ESCAPE}[31mred{ESCAPE}[0m text",
    "screen": f"{ESCAPE}[2J{ESCAPE}[H cleared {ESCAPE}]0;owned\x07",
    "clipboard": f"copy {ESCAPE}]52;c;cm0gLXJmIH4=\x07 this",
    "bidi": "invoice \u202etxt.exe\u202c \u2066hidden\u2069",
    "markup": "[red]urgent[/red] [/b] [@click=app.quit]press[/]",
    "braces": "{id} {0} %s %(x)s ${HOME} `id` $(id)",
    "emoji": "風扇 👨‍👩‍👧‍👦 👍🏽 🇸🇦 e\u0301 한글 ｆｕｌｌ",
    "wide": "電" * 60,
    "long": "轉台卡滯，" * 400,
    "blank": "\u3000 \u00a0 x",
    "yaml": "no: yes # 0123 - 12:30 [x] {y} & *z !t | > % @",
    "option": "--upload-pack=/bin/false",
    "c1": "\x9b31m\x85 next \u2028 line",
    "tags": "\U000e0041\U000e0042 invisible \u200b zero \ufeff width",
}


def hostile_tickets(policy: Policy, now: datetime) -> Iterator[Ticket]:
    """Yield readable tickets, one for each of TITLES, reported within the last two days."""
    for index, (name, title) in enumerate(TITLES.items()):
        yield _reported_ticket(
            f"KSA-2026-{601 + index:04}", title, policy, now - timedelta(hours=3 * index + 1), tag=name
        )


def _reported_ticket(number: str, title: str, policy: Policy, at: datetime, *, tag: str) -> Ticket:
    values: dict[str, Value] = {
        "kind": "quality",
        "title": title,
        "priority": "P4",
        "impact": "minor",
        "occurrence": "common",
        "requester.name": title[:200],
        "tags": [tag],
        "description": f"{title}\n\n{title}",
    }
    report = Step(at, "li.wei", "report", values, {"note": title[:200]})
    return build_ticket(number, [report, Step(at + timedelta(minutes=20), "li.wei", "respond")], policy)


def all_files(policy: Policy, now: datetime) -> dict[str, bytes]:
    """Return every file of the three sorts below, by path."""
    return {**damaged_files(policy, now), **unusual_files(policy, now), **other_files()}


def other_files() -> dict[str, bytes]:
    """Return files beside the tickets that are not tickets and do not claim to be, by path: an editor's, a person's."""
    others = {
        ".KSA-2026-0801.yaml.swp": b"b0VIM 9.0\x00\x10",
        "KSA-2026-0801.yaml~": b"id: KSA-2026",
        "notes.txt": b"call Yousef\n",
    }
    return {f"tickets/open/{name}": data for name, data in others.items()}


def damaged_files(policy: Policy, now: datetime) -> dict[str, bytes]:
    """Return files that cannot be read as tickets, by path; the name after the number says what is wrong."""
    number = "KSA-2026-0701"
    good = yaml_codec.dump(_reported_ticket(number, "好的工單", policy, now - timedelta(hours=2), tag="damaged"))
    text = good.decode()
    uid = text.split("uid: ")[1].split("\n")[0]
    at = text.split("at: ")[1].split("\n")[0]
    bad: dict[str, bytes] = {
        "empty": b"",
        "not_yaml": b"title: [unclosed\nkind: quality\n",
        "tab": text.replace("  name:", "\tname:").encode(),
        "twice": text.replace("kind: quality", "kind: quality\nkind: request").encode(),
        "anchor": text.replace("title: 好的工單", "title: &a 好的工單").encode(),
        "alias": b"a: &x [1]\nb: [*x, *x]\n",
        "tag": text.replace("title: 好的工單", "title: !!python/object/apply:os.system [id]").encode(),
        "two_documents": good + b"---\n" + good,
        "deep": b"id: " + b"[" * 20 + b"]" * 20 + b"\n",
        "brackets": b"[" * 50_000,
        "too_large": good + b"# " + b"x" * (1 << 20) + b"\n",
        "latin_1": "title: caf\u00e9\n".encode("latin-1"),
        "utf_16": text.encode("utf-16"),
        "binary": bytes(range(256)) * 8,
        "nothing_but_text": "雷達停機\n".encode(),
        "list": b"- a\n- b\n",
        "no_uid": text.replace(f"uid: {uid}\n", "").encode(),
        "bad_uid": text.replace(uid, "not-a-ulid").encode(),
        "bad_number": text.replace(f"id: {number}", "id: ../../etc/passwd").encode(),
        "bad_kind": text.replace("kind: quality\n", "kind: problem\n", 1).encode(),
        "no_log": text.split("log:")[0].encode(),
        "naive_time": text.replace(at, at[:19]).encode(),
        "bad_time": text.replace(at, "yesterday").encode(),
        "bad_n": text.replace("- n: 1\n", "- n: one\n").encode(),
        "cut_short": good[: len(good) // 2],
        "conflict": _with_conflict_markers(text),
    }
    return {
        f"tickets/open/KSA-2026-{701 + index:04}-{name}.yaml": data for index, (name, data) in enumerate(bad.items())
    }


def _with_conflict_markers(text: str) -> bytes:
    ours, theirs = text, text.replace("priority: P4", "priority: P2")
    head, tail = text.split("priority: P4\n", 1)
    marks = "<<<<<<< HEAD\npriority: P4\n=======\npriority: P2\n>>>>>>> origin/main\n"
    return (head + marks + tail).encode() if ours != theirs else text.encode()


def unusual_files(policy: Policy, now: datetime) -> dict[str, bytes]:
    """Return files that can be read although no desk would write them so, by path."""
    tickets = {
        name: _reported_ticket(
            f"KSA-2026-{801 + index:04}", f"{name} 手工改過", policy, now - timedelta(hours=5), tag=name
        )
        for index, name in enumerate(("crlf", "bom", "hand_edit", "unknown_keys", "out_of_place", "flow_style"))
    }
    text = {name: yaml_codec.dump(ticket).decode() for name, ticket in tickets.items()}
    last = f"- {{n: 3, at: {now.isoformat()}, by: zhao.min, do: confirm}}\n"
    written = {
        "crlf": text["crlf"].replace("\n", "\r\n"),
        "bom": "\ufeff" + text["bom"],
        "hand_edit": text["hand_edit"].replace("priority: P4\nimpact: minor", "priority: P2\nimpact: major"),
        "unknown_keys": text["unknown_keys"] + "x-weather: 47 degrees\nx-list: [1, {a: b}]\n",
        "out_of_place": text["out_of_place"] + last,
        "flow_style": "# kept by hand\n"
        + text["flow_style"].replace("tags:\n- flow_style", "tags: [flow_style, 'on']"),
    }
    files_by_path = {f"tickets/open/{tickets[name].id}.yaml": content.encode() for name, content in written.items()}
    # Copied by hand to begin a new ticket from it: the number and the uid are in two files.
    return {**files_by_path, "tickets/open/KSA-2026-0804 copy.yaml": files_by_path["tickets/open/KSA-2026-0804.yaml"]}
