"""Values typed into a file that a command would refuse: put back where nobody is asked, kept in a note, taken up."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import fenji
from fenji.model.conflicts import list_superseded
from two_clones import TwoClones, edit_text, git, read_tickets, ticket_at


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> TwoClones:
    pair = TwoClones.create(tmp_path_factory.mktemp("typed"))
    pair.run(pair.a, "new", "--title", "pump", "--impact", "minor", "--occurrence", "rare")
    pair.sync(pair.a)
    pair.sync(pair.b)
    return pair


@pytest.fixture
def pair(shared: TwoClones, tmp_path: Path) -> TwoClones:
    return shared.copy(tmp_path)


# What a command would refuse, as a person types it: the line before, the line after, the field, and what stands there.
REFUSED = {
    "priority without a reason": ("priority: P3", "priority: P1", "priority", "P1"),
    "unknown priority": ("priority: P3", "priority: P9", "priority", "P9"),
    "unknown impact": ("impact: minor", "impact: huge", "impact", "huge"),
    "unknown occurrence": ("occurrence: rare", "occurrence: daily", "occurrence", "daily"),
    "promise taken away without a reason": ("kind: quality", "kind: project", "kind", "project"),
    "site": ("site: KSA", "site: XX", "site", "XX"),
    "state": ("state: new", "state: solved", "state", "solved"),
    "unknown owner": ("log:", "owner: ghost\nlog:", "owner", "ghost"),
    "unknown unit": ("log:", "units: [MOON]\nlog:", "units", ["MOON"]),
    "unknown owner of a plan item": (
        "log:",
        "plan:\n- {key: m1, what: pump, owner: ghost}\nlog:",
        "plan.m1",
        {"key": "m1", "what": "pump", "owner": "ghost"},
    ),
}
DOORS = ("sync", "commit and sync", "pull and sync", "bundle", "act")
NUMBERS = ("0001", "0002", "0003", "0004")


@pytest.fixture(scope="module")
def several(shared: TwoClones, tmp_path_factory: pytest.TempPathFactory) -> TwoClones:
    pair = shared.copy(tmp_path_factory.mktemp("several"))
    for _ in NUMBERS[1:]:
        pair.run(pair.a, "new", "--title", "pump", "--impact", "minor", "--occurrence", "rare")
    pair.sync(pair.a)
    pair.sync(pair.b)
    return pair


@pytest.mark.parametrize("door", DOORS)
def test_refused_values_are_put_back_and_kept_in_notes(several: TwoClones, tmp_path: Path, door: str) -> None:
    """Each value comes by one door at least, and one value by every door; each is typed into a ticket of its own."""
    pair = several.copy(tmp_path)
    typed = {name for number, name in enumerate(REFUSED) if DOORS[number % 4] == door} | {"state"}
    tickets = dict(zip(sorted(typed), NUMBERS, strict=False))
    earlier = {ticket.id[-4:]: ticket for ticket in read_tickets(pair.b)}
    for name, number in tickets.items():
        old, new, _, _ = REFUSED[name]
        edit_text(ticket_at(pair.b, number), f"\n{old}\n", f"\n{new}\n")
    if door == "act":
        for number in tickets.values():
            pair.run(pair.b, "note", number, "called")
    elif door == "bundle":
        pair.run(pair.b, "bundle", pair.folder / "x.bundle")
    elif door != "sync":
        git(pair.b, "commit", "-qam", "typed")
    if door == "pull and sync":
        pair.run(pair.a, "note", "1", "meanwhile")
        pair.sync(pair.a)
        git(pair.b, "pull", "-q", "--no-rebase")
    pair.assert_equal()
    now = {ticket.id[-4:]: ticket for ticket in read_tickets(pair.a)}
    for name, number in tickets.items():
        _, _, field, value = REFUSED[name]
        ticket = now[number]
        assert ticket.look_up(field) == earlier[number].look_up(field)
        notes = [event for event in ticket.log if "typed" in event.body]
        assert [(event.do, event.by, event.body["typed"]) for event in notes] == [("note", "omar", {field: value})]
        assert notes[0].note
        assert [(each.field, each.value) for each in list_superseded(ticket)] == [(field, value)]


def test_kind_and_grade_typed_in_an_editor_are_a_classify_and_no_longer_once_it_is_solved(pair: TwoClones) -> None:
    edit_text(ticket_at(pair.b), "\nimpact: minor\n", "\nimpact: minor\ntags: [corrosion]\n")
    edit_text(ticket_at(pair.b), "\nkind: quality\n", "\nkind: request\n")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert [(event.do, sorted(event.set)) for event in ticket.log[1:]] == [("classify", ["kind"]), ("edit", ["tags"])]
    pair.run(pair.b, "solve", "1", "--set", "solution=mended")
    edit_text(ticket_at(pair.b), "\nkind: request\n", "\nkind: quality\n")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert ticket.kind == "request"
    assert ticket.log[-1].body["typed"] == {"kind": "quality"}


def test_what_was_typed_is_taken_up(pair: TwoClones) -> None:
    edit_text(ticket_at(pair.b), "\npriority: P3\n", "\npriority: P1\n")
    pair.assert_equal()
    pair.run(pair.a, "edit", "1", "--take-back", "priority", "--note", "the customer asked")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.b)
    assert ticket.priority == "P1"
    assert [value for value in list_superseded(ticket) if not value.settled] == []


def test_a_text_of_a_withdrawn_ticket_is_kept_in_a_note(pair: TwoClones) -> None:
    pair.run(pair.a, "withdraw", "1", "--reason", "mistake")
    pair.sync(pair.a)
    pair.sync(pair.b)
    edit_text(ticket_at(pair.b), "\nlog:\n", "\ncause: |\n  found later\nlog:\n")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert not ticket.word("cause")
    assert ticket.log[-1].body["typed"] == {"cause": "found later\n"}


def test_an_act_asks_for_the_reason_and_takes_it(pair: TwoClones) -> None:
    edit_text(ticket_at(pair.b), "\npriority: P3\n", "\npriority: P1\n")
    refused = fenji("note", "1", "called", "--desk", pair.b)
    assert refused.code == 1
    assert "priority" in refused.err
    pair.run(pair.b, "classify", "1", "--priority", "P1", "--reason", "the customer asked")
    pair.run(pair.b, "note", "1", "called")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert ticket.priority == "P1"
    assert [event.do for event in ticket.log] == ["report", "classify", "note"]


@pytest.mark.parametrize("door", ["sync", "act", "pull and sync"])
def test_a_typed_grade_takes_the_priority_of_the_matrix_along(pair: TwoClones, door: str) -> None:
    edit_text(ticket_at(pair.b), "\nimpact: minor\n", "\nimpact: major\n")
    if door == "act":
        pair.run(pair.b, "note", "1", "called")
    elif door == "pull and sync":
        git(pair.b, "commit", "-qam", "typed")
        pair.run(pair.a, "note", "1", "meanwhile")
        pair.sync(pair.a)
        git(pair.b, "pull", "-q", "--no-rebase")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert (ticket.word("impact"), ticket.priority) == ("major", "P1")
    assert [event.set for event in ticket.log if event.do == "classify"] == [{"impact": "major", "priority": "P1"}]


@pytest.mark.parametrize("door", ["sync", "act"])
def test_a_ticket_written_by_hand_says_its_first_values_in_its_report(pair: TwoClones, door: str) -> None:
    path = pair.b / "tickets/open/KSA-2026-0002.yaml"
    head = "id: KSA-2026-0002\nuid: 01KK3Q0W8Z5V9M3T7K2B4C6D8E\nkind: quality\ntitle: hand\nstate: new\n"
    report = "log:\n- n: 1\n  at: 2026-03-01T08:00:00+03:00\n  by: omar\n  do: report\n"
    path.write_text(f"{head}priority: P1\nimpact: major\noccurrence: rare\nsite: KSA\nowner: omar\n{report}")
    before = clocks_of(pair.b)
    if door == "act":
        pair.run(pair.b, "note", "2", "called")
    else:
        pair.sync(pair.b)
    (ticket,) = (ticket for ticket in read_tickets(pair.b) if ticket.title == "hand")
    assert ticket.log[0].set == {
        "kind": "quality", "title": "hand", "priority": "P1", "impact": "major", "occurrence": "rare", "owner": "omar"
    }  # fmt: skip
    assert clocks_of(pair.b) == before


def clocks_of(root: Path) -> list[object]:
    read = fenji("--desk", root, "clock", "2", "--at", "2026-03-02T08:00:00+03:00", "--json").json
    return [read[clock] for clock in ("response", "solution")]
