"""Any text survives the way to a file and back, and a hostile file is refused with its place."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fenji.errors import Damaged, Problem, Refused
from fenji.files import MAX_BYTES
from fenji.i18n import say
from fenji.model.ticket import Event, Ticket, Value
from fenji.storage.yaml_codec import dump, load, locate_faults, read_ticket
from samples import START, after_event, reported_ticket

ODD = (
    "ab \n\t:#-|>'\"\\{}[],&*!%@`~?=<0123456789.eE+_xoTZ鏽李"
    "\x00\x07\x1b\x7f\x85\u2028\u2029\ufeff\ufffe\uffff\r\x0b\u202e😀\U00100000"
)
CHARACTERS = st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"]))
WORDS = "no on 0123 1e3 12:30 null ~ 2026-03-01 true .inf 0x1F 0b1 +966501234567 1_000 = << --- ... %YAML"
SPACED = (
    "",
    "x #5",
    "- a",
    "? a",
    "a: b",
    "a:",
    "- ",
    " a",
    "a ",
    "\n",
    "\n\n",
    "\na",
    "a\n\n",
    " \n a",
    "\ta",
    "a\tb",
    "  \n",
)
LOOKALIKES = st.sampled_from((*WORDS.split(), *SPACED))
TEXT = st.one_of(
    st.text(CHARACTERS, max_size=30), LOOKALIKES, st.from_regex(r"[-+0-9_.:eExobTZ]{1,12}", fullmatch=True)
)
LONG = TEXT.map(lambda text: text.rstrip("\n")).filter(bool)
KEYS = TEXT.map(lambda text: f"z{text}")
STRANGE: st.SearchStrategy[Any] = st.recursive(
    TEXT | st.none(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    base = reported_ticket(title=draw(TEXT.filter(bool)))
    changes: dict[str, Value] = {
        "description": draw(LONG),
        "product.part": draw(TEXT),
        "feedback.comment": draw(LONG),
        "tags": draw(st.lists(TEXT, max_size=2)),
        "plan.m1": {"key": "m1", "what": draw(TEXT.filter(bool))},
    }
    ticket = after_event(base, "edit", by=draw(TEXT), fields=changes, note=draw(LONG), strange=draw(STRANGE))
    extra = draw(st.dictionaries(KEYS, STRANGE.filter(lambda value: value is not None), max_size=2))
    return Ticket(ticket.data, ticket.log, extra)


@settings(deadline=None)
@given(tickets())
def test_what_is_written_reads_back_and_the_same_content_gives_the_same_bytes(ticket: Ticket) -> None:
    data = dump(ticket)
    again = read_ticket(data, "x.yaml")
    assert (again.data, again.log, again.extra) == (ticket.data, ticket.log, ticket.extra)
    assert dump(again) == data
    assert dump(shuffle_keys(ticket)) == data


def shuffle_keys(ticket: Ticket) -> Ticket:
    """The same content, with the keys of every mapping in another order."""
    return Ticket(
        reverse_keys(ticket.data), tuple(reverse_event_keys(event) for event in ticket.log), reverse_keys(ticket.extra)
    )


def reverse_event_keys(event: Event) -> Event:
    return Event(event.n, event.at, event.by, event.do, reverse_keys(event.body))


def reverse_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: reverse_keys(value[key]) for key in reversed(list(value))}
    return [reverse_keys(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(tickets())
def test_every_other_reader_sees_the_same_text(ticket: Ticket) -> None:
    seen = yaml.safe_load(dump(ticket).decode())
    assert seen["title"] == ticket.title
    assert seen["description"].rstrip("\n") == ticket.word("description")
    assert seen["feedback"]["comment"].rstrip("\n") == ticket.word("feedback.comment")
    assert seen.get("product", {}).get("part", "") == ticket.word("product.part")
    assert seen.get("tags", []) == ticket.data.get("tags", [])
    assert seen["log"][-1]["note"].rstrip("\n") == ticket.log[-1].note


@given(TEXT)
def test_text_stays_text_for_the_fast_reader_too(title: str) -> None:
    ticket = reported_ticket(title=title or "x")
    assert yaml.load(dump(ticket), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["title"] == ticket.title


def test_values_that_look_like_others_stay_text() -> None:
    source = dump(reported_ticket(title="x", owner="o")).decode()
    for word in ("no", "on", "0123", "1e3", "12:30", "2026-03-01", "0x1F"):
        read = read_ticket(source.replace("title: x", f"title: {word}").encode(), "x.yaml")
        assert read.title == word


def test_a_canonical_file_looks_as_the_format_says() -> None:
    ticket = after_event(
        reported_ticket(), "edit", fields={"description": "第一行\n\n  第二行", "requester.name": "Omar"}, note="a: b"
    )
    assert dump(ticket).decode() == (
        "id: KSA-2026-0042\nuid: 01KK3Q0W8Z5V9M3T7K2B4C6D8E\nkind: quality\ntitle: 備件生鏽\nstate: new\npriority: P4\n"
        "site: KSA\nrequester:\n  name: Omar\ndescription: |\n  第一行\n\n    第二行\nlog:\n"
        "- n: 1\n  at: 2026-03-01T08:00:00+03:00\n  by: li.wei\n  do: report\n"
        "  set:\n    kind: quality\n    title: 備件生鏽\n    priority: P4\n"
        "- n: 2\n  at: 2026-03-01T08:01:00+03:00\n  by: li.wei\n  do: edit\n"
        '  set:\n    requester.name: Omar\n  rewrote:\n  - description\n  note: "a: b"\n'
    )


def test_what_was_spent_whose_fault_it_was_and_how_it_ended_stand_as_the_format_says() -> None:
    line = "key: r1, kind: people, what: x, hours: 4.5, billable: true, on: 2026-03-09, who: li.wei, unit: HQ-TECH"
    line += ", role: expert, as: travel, km: 120, days: 1.5, settle: {as: billable, why: agreed}"
    text = f"""{dump(reported_ticket()).decode().partition("log:")[0]}resources: [{{{line}}}]
failed: 2026-02-27
result: {{downtime_hours: 3.5, state: observing, observe_until: 2026-04-01}}
fault: {{because: misuse, of: FACTORY-7}}
log:{dump(reported_ticket()).decode().partition("log:")[2]}"""
    ticket = read_ticket(text.encode(), "x.yaml")
    settled = {"as": "billable", "why": "agreed"}
    assert (ticket.items("resources")[0]["settle"], ticket.word("failed")) == (settled, "2026-02-27")
    written = dump(ticket).decode()
    assert written == dump(read_ticket(written.encode(), "x.yaml")).decode()
    assert (
        """  billable: true
  "on": 2026-03-09
  who: li.wei
  unit: HQ-TECH
  role: expert
  as: travel
  km: 120
  days: 1.5
  settle:
    as: billable
    why: agreed
fault:
  of: FACTORY-7
  because: misuse
failed: 2026-02-27
result:
  state: observing
  observe_until: 2026-04-01
  downtime_hours: 3.5
log:
"""
        in written
    )


def test_a_frozen_result_keeps_words_as_words() -> None:
    confirmed: dict[str, Value] = {"at": START, "by": "zhao.min", "reason": "true"}
    sla: dict[str, Value] = {"response": {"due": START, "done": START, "met": True}, "confirmed": confirmed}
    ticket = reported_ticket().with_fields({"sla": sla})
    assert read_ticket(dump(ticket), "x.yaml").get("sla") == sla
    assert read_ticket(dump(ticket.with_fields({"sla": {"confirmed": {"reason": START.isoformat()}}})), "x.yaml").get(
        "sla"
    ) == {"confirmed": {"reason": "2026-03-01T08:00:00+03:00"}}


def test_a_file_from_another_editor_is_read() -> None:
    data = dump(after_event(reported_ticket(), "edit", fields={"cause": "one\ntwo"}))
    assert read_ticket(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"), "x.yaml") == read_ticket(data, "x.yaml")
    flow_style = (
        b"{id: HQ-2026-0001, uid: 01KK3Q0W8Z5V9M3T7K2B4C6D8E, kind: request, title: 'a # b', site: HQ, log: []}"
    )
    assert read_ticket(flow_style, "x.yaml").title == "a # b"


def test_control_characters_are_no_error_and_are_kept() -> None:
    source = dump(reported_ticket(title="x")).decode().replace("title: x", "title: x\x1b[31m\u202e\x85y\u2028z")
    assert read_ticket(source.encode(), "x.yaml").title == "x\x1b[31m\u202e\x85y\u2028z"
    both = source.replace("priority: P4", 'owner: "\\U00100000\\U00100001"', 1)
    read = read_ticket(both.encode(), "x.yaml")
    assert (read.owner, read.title) == ("\U00100000\U00100001", "x\x1b[31m\u202e\x85y\u2028z")


# --- refused ------------------------------------------------------------------------------------------------------

GOOD = dump(reported_ticket(title="x")).decode()
HOSTILE = {
    "anchor": ("title: &a x", "anchors", 4),
    "alias": ("title: *a", "aliases", 4),
    "tag": ("title: !!python/object:os.system x", "tags", 4),
    "duplicate": ("title: x\ntitle: y", "appears twice", 5),
    "merge key": ("<<: *a\ntitle: x", "merge keys", 4),
    "second document": ("title: x\n---\nid: y", "second", 5),
    "depth": (f"title: x\nodd: {'[' * 16}{']' * 16}", "nested deeper than 16", 5),
    "depth without end": (f"title: x\nodd: {'[' * 50_000}", "nested deeper than 16", 5),
    "key that is a list": ("title: x\n? [a]\n: b", "plain text", 5),
    "key without end": (f"title: x\n? {'a' * 2000}\n: b", "at most 128 characters", 5),
    "tabs": ("title:\tx\n\tb: c", "a tab instead of spaces", 5),
    "conflict marks": ("<<<<<<< HEAD\ntitle: x\n=======\ntitle: y\n>>>>>>> origin", "an unfinished merge", 4),
    "unknown kind": ("title: x\nkind: problem", "appears twice", 5),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_place(name: str) -> None:
    line, expected, place = HOSTILE[name]
    with pytest.raises(Damaged) as caught:
        read_ticket(GOOD.replace("title: x", line, 1).encode(), "bad.yaml")
    (problem,) = caught.value.problems
    assert expected in str(problem)
    assert problem.line == place
    assert problem.column >= 1
    assert str(problem).startswith(f"bad.yaml:{place}:")


def test_sixteen_levels_are_read() -> None:
    read_ticket(GOOD.replace("title: x", f"title: x\nodd: {'[' * 15}{']' * 15}", 1).encode(), "good.yaml")


# What people mistype: the line, and the words and the place of the sentence about it.
SLIPS = {
    "no-break space behind the colon": ("title:\u00a0x", "U+00A0, no-break space", (4, 7)),
    "ideographic space behind the colon": ("title:\u3000x", "U+3000, ideographic space", (4, 7)),
    "full-width colon": ("title：x", "full-width colon", (4, 6)),
    "full-width colon and a blank": ("title： x", "full-width colon", (4, 6)),
    "no blank behind the colon": ("title:x", "a space is needed after the colon", (4, 6)),
    "no-break space as indent": ("title: x\nproduct:\n\u00a0\u00a0part: y", "U+00A0", (6, 1)),
    "ideographic space as indent": ("title: x\nproduct:\n\u3000part: y", "U+3000", (6, 1)),
    "no-break space in an indent": ("title: x\nproduct:\n \u00a0part: y", "U+00A0", (6, 2)),
    "ideographic space in a text": ("title: x\ncause: |\n  a\n\u3000b", "U+3000", (7, 1)),
    "full-width colon in a group": ("title: x\nproduct:\n  part： y", "full-width colon", (6, 7)),
    "full-width colon in braces": ("title: x\nproduct: {part：y}", "full-width colon", (5, 11)),
    "full-width comma": ("title: x\ntags: [a， {b: c} d]", "full-width comma", (5, 9)),
    "full-width bracket": ("title: x\nproduct: ｛part: y｝", "full-width bracket", (5, 10)),
    "tab as indent": ("title: x\nproduct:\n\tpart: y", "a tab", (6, 1)),
    "tab in a text": ("title: x\ncause: |\n  a\n\tb", "a tab", (7, 1)),
    "colon in a text": ("title: T-101: x", "must be in quotes", (4, 8)),
    "text that begins with @": ("title: @x", "begins with @", (4, 8)),
    "text that begins with -": ("title: - x", "must be in quotes", (4, 8)),
    "quote without an end": ('title: "x', "is not closed", (4, 8)),
    "single quote without an end": ("title: 'x", "is not closed", (4, 8)),
    "bracket without an end": ("title: x\ntags: [a, b", "is not closed", (5, 7)),
    "unknown escape": ('title: "a\\qb"', "means nothing in double quotes", (4, 10)),
    "text behind the sign": ("title: x\ncause: | y", "begins on the next line", (5, 8)),
    "text without indent": ("title: x\ncause: |\n  a\nb", "neither a key", (7, 1)),
    "full-width bracket of a list": ("title: x\ntags: ［a, b］", "full-width bracket", (5, 7)),
    "full-width bracket at the end": ("title: x\ntags: [a, b］", "full-width bracket (］)", (5, 12)),
    "full-width quotes": ("title: “T-101: x”", "full-width quote", (4, 8)),
    "full-width dash": ("title: x\ntags:\n－ a", "full-width dash", (6, 1)),
    "quote within a text": ("title: 'it's x'", "goes on after the quote", (4, 11)),
    "double quote within a text": ('title: "a" x', 'write it as \\"', (4, 10)),
    "half a letter": ('title: "\\ud800"', "half a letter", (4, 9)),
    "text that begins with *": ("title: *x*", "begins with *", (4, 8)),
    "text that begins with ?": ("title: ? x", "begins with ?", (4, 8)),
    "letter that nobody sees in a key": ("ti\u200btle: x", "did you mean title", (4, 1)),
    "key in full width": ("ｔｉｔｌｅ: x", "did you mean title", (4, 1)),
    "mistyped key": ("Titel: x", "did you mean title", (4, 1)),
    "key in capitals": ("title: x\nOwner: li.wei", "did you mean owner", (5, 1)),
    "key twice, once in full width": ("title: x\nowner: a\nｏwner: b", "did you mean owner", (6, 1)),
    "mark of direction before a key": ("title: x\n\u200fowner: a", "did you mean owner", (5, 1)),
    "part in capitals": ("title: x\nproduct: {Part: y}", "did you mean part", (5, 11)),
    "part of an item in capitals": (
        "title: x\nplan:\n- key: m1\n  what: y\n  Due: 2026-03-01",
        "did you mean due",
        (8, 3),
    ),
    "merge key": ("title: x\n<<: {owner: y}", "merge keys (<<)", (5, 1)),
    "sign in full width": ("title: x\ncause: ｜\n  a\n  b", "full-width character (｜)", (5, 8)),
    "text that begins with a brace": ("title: {x} y", "begins with {", (4, 8)),
    "text that begins with a bracket": ("title: [x] y", "begins with [", (4, 8)),
    "a bracket too many": ("title: x\nproduct: {part: y}}", "one bracket } too many", (5, 19)),
    "no comma": ("title: x\nproduct: {part: y serial: z}", "a comma is missing before serial", (5, 19)),
    "no blank behind the dash": ("title: x\nplan:\n-{key: m1, what: y}", "a space is needed after the dash", (6, 1)),
    "no dash": ("title: x\nplan:\n{key: m1, what: y}", "a dash and a space", (6, 1)),
    "another indent": ("title: x\nproduct:\n  part: y\n   serial: z", "indented differently", (7, 10)),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_named_where_it_stands_in_three_languages(name: str) -> None:
    line, words, place = SLIPS[name]
    with pytest.raises(Damaged) as caught:
        read_ticket(GOOD.replace("title: x", line, 1).encode(), "bad.yaml")
    (problem,) = caught.value.problems
    assert words in str(problem)
    assert (problem.line, problem.column) == place
    for language in ("zh-Hans", "zh-Hant"):
        assert say(problem.message, language) != str(problem.message)


def test_a_long_line_is_looked_at_as_quickly_as_a_short_one() -> None:
    for filling in ("-", "a", "{", " ", "\u3000", "a:", "[,", "\\"):
        with pytest.raises(Damaged):
            read_ticket(f"id: [\n{filling * (1_000_000 // len(filling.encode()))}".encode(), "bad.yaml")


@pytest.mark.parametrize("title", ["【備件】生鏽", "「備件」", "“T-101”", "－ 備件"])
def test_a_text_in_wide_letters_is_no_slip(title: str) -> None:
    text = GOOD.replace("title: x", f"title: {title}\ntags: x", 1)
    with pytest.raises(Damaged, match=r"x\.yaml") as caught:
        read_ticket(text.encode(), "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (5, "tags")


@pytest.mark.parametrize("at", ["2026-03-01T24:00:00Z", "2026-W09-7T08:00:00+03:00", "2026-03-01²08:00:00+03:00"])
def test_an_instant_reads_alike_on_every_python(at: str) -> None:
    text = re.sub("at: .*", f"at: {at}", GOOD, count=1)
    with pytest.raises(Damaged, match=r"x\.yaml"):
        read_ticket(text.encode(), "x.yaml")


@pytest.mark.parametrize("key", ["\u00a0列", "列\u3000", "問題：", "問：\u00a0題"])
def test_odd_keys_that_fenji_wrote_are_read_again(key: str) -> None:
    ticket = replace(reported_ticket(), extra={key: "x"})
    assert read_ticket(dump(ticket), "x.yaml") == ticket


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    with pytest.raises(Damaged) as caught:
        load(b"id: x\ntitle: \xff\n", "bad.yaml")
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 8)
    for data in (b"", b"\n\n", b"# nothing\n"):
        with pytest.raises(Damaged, match="empty"):
            load(data, "bad.yaml")


def test_a_large_file_is_refused_unread() -> None:
    with pytest.raises(Damaged, match="at most 1048576"):
        load(b"a: " + b"x" * MAX_BYTES, "bad.yaml")


def test_every_fault_of_a_ticket_is_told_with_its_line() -> None:
    source = GOOD.replace("kind: quality", "kind: problem", 1).replace("uid: 01", "uid: o1").replace("n: 1", "n: one")
    with pytest.raises(Damaged) as caught:
        read_ticket(source.encode(), "bad.yaml")
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (2, "uid"),
        (3, "kind"),
        (9, "log.0.n"),
    ]
    assert str(caught.value).count("\n") == 3


def test_a_fault_without_a_key_is_told_at_the_nearest_one() -> None:
    with pytest.raises(Damaged) as caught:
        read_ticket(b"id: KSA-2026-0042\nproduct: []\n", "bad.yaml")
    lines = {problem.key: problem.line for problem in caught.value.problems}
    assert lines["product"] == 2
    assert lines["uid"] == 1
    assert locate_faults(b"a: 1", "x", []) == ()


def test_half_a_character_and_too_much_text_are_refused_before_anything_is_written() -> None:
    with pytest.raises(Refused, match="UTF-8"):
        dump(reported_ticket(title="\udcff"))
    with pytest.raises(Refused, match="at most"):
        dump(reported_ticket().with_fields({"description": "x" * MAX_BYTES}))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**32))
@example(0)
def test_damaged_bytes_are_read_or_refused_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(
        dump(after_event(reported_ticket(), "edit", fields={"cause": "one\ntwo", "plan.m1": {"key": "m1"}}))
    )
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        data[at : at + rng.randint(0, 3)] = rng.choice(
            [
                b"\n",
                b"  ",
                b": ",
                b"- ",
                b"|",
                b'"',
                b"[",
                b"{",
                b"&a ",
                b"*a",
                b"!t ",
                b"\t",
                b"\xe9",
                b"\x00",
                b"?",
                b"#",
            ]
        )
    ticket, refused = read_or_problems(bytes(data))
    assert all(problem.line >= 1 and problem.column >= 1 for problem in refused)
    if ticket:
        assert dump(read_ticket(dump(ticket), "x.yaml")) == dump(ticket)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    ticket, refused = read_or_problems(data)
    assert bool(ticket) != bool(refused)


def read_or_problems(data: bytes) -> tuple[Ticket | None, tuple[Problem, ...]]:
    try:
        return read_ticket(data, "x.yaml"), ()
    except Damaged as error:
        return None, error.problems
