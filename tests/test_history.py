"""The history of a ticket and of the desk, read from git."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import worlds
from clones import git
from commandline import fenji
from fenji.desk import Desk, exchange, history

NOW = datetime.fromisoformat("2026-03-10T10:00:00+03:00")


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def open_desk(folder: Path, person: str, minutes: int = 0) -> Desk:
    return Desk.open(folder, person=person, now=lambda: later(minutes))


def test_each_act_is_told_with_who_when_and_what_became_of_each_field(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk", now=NOW)
    with open_desk(folder, "li.wei") as desk:
        number = desk.new({"title": "rust", "cause": "salt"}).id
    with open_desk(folder, "zhao.min", 5) as desk:
        desk.act(number, "edit", fields={"cause": "the seal let go", "product.part": "XJ-4411"}, note="seen")
    with open_desk(folder, "li.wei", 9) as desk:
        newest, first = history.read_ticket_history(desk, number)
        told = history.entries_by_event((newest, first))
    assert (newest.who, newest.at, newest.is_arrival) == ("zhao.min", later(5), False)
    assert [(event.do, event.note) for event in newest.events] == [("edit", "seen")]
    changed = {change.path: (change.before, change.after) for change in newest.changes}
    assert changed == {"cause": ("salt", "the seal let go"), "product.part": (None, "XJ-4411")}
    assert first.who == "li.wei"
    assert {"title", "cause", "state"} <= {change.path for change in first.changes}
    assert told[newest.events[0].digest] == newest


def test_who_recorded_what_another_did_is_told_from_the_commit(tmp_path: Path) -> None:
    """By `--by` anybody is named; the commit's committer is who sat there, by his name and address in the policy."""
    folder = worlds.make("empty", tmp_path / "desk", now=NOW)
    for key, value in (("fenji.user", "li.wei"), ("user.name", "Wei"), ("user.email", "wei@home.example")):
        git(folder, "config", key, value)
    number = fenji("new", "--title", "rust", "--desk", folder, "--json").json["id"]
    fenji("respond", number, "--note", "looked", "--by", "zhao.min", "--desk", folder)
    fenji("note", number, "by night", "--desk", folder, FENJI_USER="sun.yu")
    with open_desk(folder, "li.wei") as desk:
        told = history.read_ticket_history(desk, number)
        of_desk = [(entry.who, entry.recorder) for entry in history.list_desk_history(desk)[:2]]
    assert [(entry.events[0].do, entry.who, entry.recorder) for entry in told] == [
        ("note", "sun.yu", ""),
        ("respond", "zhao.min", "li.wei"),
        ("report", "li.wei", ""),
    ]
    assert of_desk == [("sun.yu", ""), ("zhao.min", "li.wei")]
    authors = git(folder, "log", "-3", "--format=%ae %ce").split("\n")
    assert authors[1].split()[0].startswith("zhao.min@")
    assert authors[1].split()[1].startswith("li.wei@")
    pages = [fenji("show", *of, "--history", "--desk", folder).out for of in ((number,), ())]
    assert all(page.count("recorded by li.wei") == 1 for page in pages)
    documents = fenji("show", number, "--history", "--json", "--desk", folder).json
    assert [(entry["by"], entry["recorded_by"]) for entry in documents][1] == ("zhao.min", "li.wei")


def test_a_change_by_hand_is_told_as_the_author_of_its_commit_made_it(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk", now=NOW)
    with open_desk(folder, "li.wei") as desk:
        row = desk.new({"title": "rust"})
    path = folder / row.path
    path.write_text(path.read_text().replace("title: rust", "title: much rust", 1))
    git(folder, "-c", "user.name=Zhao", "-c", "user.email=nobody@example.org", "commit", "-qam", "by hand")
    with open_desk(folder, "li.wei") as desk:
        newest, _ = history.read_ticket_history(desk, row.id)
    assert (newest.who, newest.events) == ("Zhao", ())
    assert [(change.path, change.before, change.after) for change in newest.changes] == [("title", "rust", "much rust")]


def test_what_a_sync_brought_is_told_of_the_ticket_and_of_the_desk(tmp_path: Path) -> None:
    sites = worlds.make("two_sites", tmp_path / "world", now=NOW).parent
    ksa, hq = sites / "ksa", sites / "hq"
    for name in (ksa, hq):
        with open_desk(name, "") as desk:
            exchange.sync(desk)
    with open_desk(hq, "sun.yu", 10) as desk:
        number = desk.board().rows[0].id
        desk.act(number, "edit", fields={"tags": ["frost"]}, note="from the photographs")
        exchange.sync(desk)
    with open_desk(ksa, "li.wei", 20) as desk:
        own = desk.new({"title": "own"}).id
        exchange.sync(desk)
        of_ticket = history.read_ticket_history(desk, number)
        of_desk = history.list_desk_history(desk)
        arrival = next(entry for entry in of_desk if entry.is_arrival)
        details = history.read_details(desk, arrival)
        first = history.read_details(desk, next(entry for entry in of_desk if entry.names == (own,)))
    came_in = next(entry for entry in of_ticket if entry.is_arrival)
    assert [(event.by, event.note) for event in came_in.events] == [("sun.yu", "from the photographs")]
    assert ("tags", ["frost"]) in [(change.path, change.after) for change in came_in.changes]
    assert number in arrival.names
    assert [event.note for event in details[number].events] == ["from the photographs"]
    assert [event.do for event in first[own].events] == ["report"]
    written = next(entry for entry in of_desk if not entry.is_arrival and "edit" in entry.acts)
    assert (written.who, written.names) == ("sun.yu", (number,))


def test_the_history_of_a_desk_is_read_page_by_page(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk", now=NOW)
    for minutes in range(4):
        with open_desk(folder, "li.wei", minutes) as desk:
            desk.new({"title": f"ticket {minutes}"})
    with open_desk(folder, "li.wei") as desk:
        whole = history.list_desk_history(desk)
        pages = [history.list_desk_history(desk, offset=offset, limit=2) for offset in (0, 2)]
    assert [entry.commit for page in pages for entry in page] == [entry.commit for entry in whole][:4]


def bring_by_sync(folder: Path, minutes: int) -> str:
    """Move the branch as a sync at that minute does; return the commit that it came to."""
    commit = git(folder, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "merge").strip()
    at = f"GIT_COMMITTER_DATE={later(minutes).isoformat()}"
    subprocess.run(["env", at, "git", "update-ref", "-m", "fenji: merge", "HEAD", commit], cwd=folder, check=True)
    return commit


def test_a_sync_between_two_pages_is_on_one_of_them(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk", now=NOW - timedelta(days=1))
    syncs = []
    for minutes in (0, 20, 40, 60):
        syncs.append(bring_by_sync(folder, minutes - 10))
        with open_desk(folder, "li.wei", minutes) as desk:
            desk.new({"title": f"ticket {minutes}"})
    syncs.append(bring_by_sync(folder, 70))
    with open_desk(folder, "li.wei", 80) as desk:
        whole = history.list_desk_history(desk)
        pages = [history.list_desk_history(desk, offset=offset, limit=2) for offset in range(0, len(whole), 2)]
    assert [entry.commit for page in pages for entry in page] == [entry.commit for entry in whole]
    assert [entry.commit for entry in whole if entry.is_arrival] == syncs[::-1]
    assert [entry.is_arrival for entry in pages[1]] == [True, False, True, False]
    assert pages[-1] == ()


def test_changes_of_every_file_of_a_desk_are_in_its_history(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk", now=NOW)
    names = ("remind.yaml", "contracts.yaml", "handbook.yaml", "imports/jira.yaml", "templates/form.html")
    for name in (*names, "notes.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
        git(folder, "add", name)
        git(folder, "commit", "-qm", "by hand")
    with open_desk(folder, "li.wei") as desk:
        listed = {name for entry in history.list_desk_history(desk) for name in entry.names}
    assert {*names, "policy.yaml"} <= listed
    assert "notes.txt" not in listed


def test_a_command_tells_both_histories(tmp_path: Path) -> None:
    folder = worlds.make("empty", tmp_path / "desk", now=NOW)
    with open_desk(folder, "li.wei") as desk:
        number = desk.new({"title": "rust", "cause": "salt"}).id
    with open_desk(folder, "zhao.min", 5) as desk:
        desk.act(number, "edit", fields={"cause": "the seal let go"}, note="seen by all")
    told = fenji("show", number, "--history", "--desk", folder)
    assert told.code == 0, told.err
    for part in ("zhao.min", "edit", "seen by all", "- cause: salt", "+ cause: the seal let go", "report"):
        assert part in told.out
    entries = json.loads(fenji("show", number, "--history", "--json", "--desk", folder).out)
    assert [entry["by"] for entry in entries] == ["zhao.min", "li.wei"]
    assert entries[0]["changes"] == [{"field": "cause", "before": "salt", "after": "the seal let go"}]
    of_desk = json.loads(fenji("show", "--history", "--json", "--desk", folder).out)
    assert {"names": [number], "do": ["edit"]}.items() <= of_desk[-2 if of_desk[-1]["do"] == ["report"] else 0].items()
    assert number in fenji("show", "--history", "--desk", folder).out
    assert fenji("show", "--desk", folder).code == 2
    assert fenji("show", number, number, "--history", "--desk", folder).code == 2
