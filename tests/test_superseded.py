"""Values that lost a merge: which wait for a look, taking one back, and letting it go."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desks
from commandline import fenji
from desks import ENGINEER, LEAD, MANAGER, OTHER, RUST
from fenji.desk import Desk, aside
from fenji.errors import Misused, NotFound, Refused
from fenji.merge import keeping, merge
from fenji.superseded import SEEN, seen_by, superseded
from fenji.ticket import Ticket, Value
from fenji.yamlio import dump, read_ticket
from samples import acted, reported
from test_merge import exchanged

MINE, THEIRS = "密封袋漏氣", "密封袋破損\n包裝太薄"


def told(ticket: Ticket) -> list[tuple[str, object, bool]]:
    return [(one.field, one.value, one.settled) for one in superseded(ticket)]


def two(**fields: tuple[Value, Value]) -> Ticket:
    """A ticket whose fields two people changed at once; the second one won."""
    base = reported()
    first = acted(base, "edit", minute=10, fields={leaf: one for leaf, (one, _) in fields.items()})
    second = acted(base, "edit", minute=20, by="hq", fields={leaf: one for leaf, (_, one) in fields.items()})
    return merge(first, second)


# --- which are open ---------------------------------------------------------------------------------------------------


def test_a_text_that_lost_is_told_with_who_wrote_it() -> None:
    ticket = two(cause=(MINE, THEIRS))
    (one,) = superseded(ticket)
    assert (one.field, one.value, one.by, one.number, one.settled) == ("cause", MINE, "li.wei", 1, False)
    assert one.takeable


def test_a_text_that_lost_to_several_edits_in_a_row_still_waits() -> None:
    base = reported()
    mine = acted(base, "edit", minute=10, fields={"cause": MINE})
    theirs = acted(acted(base, "edit", minute=20, fields={"cause": "a"}), "edit", minute=30, fields={"cause": THEIRS})
    assert told(merge(mine, theirs)) == [("cause", MINE, False)]


def test_the_same_text_typed_twice_is_not_told() -> None:
    assert told(two(cause=(MINE, MINE))) == []


def test_equal_texts_that_lost_are_told_once() -> None:
    base = reported()
    texts = (("li.wei", "a"), ("hq", "a"), ("wang.fang", "b"))
    sides = [acted(base, "edit", minute=n, by=by, fields={"cause": text}) for n, (by, text) in enumerate(texts, 10)]
    assert told(merge(merge(sides[0], sides[1]), sides[2])) == [("cause", "a", False)]


def test_items_and_keys_of_other_versions_are_told_and_only_items_can_be_taken_back() -> None:
    ticket = two(**{"plan.m1": ({"key": "m1", "what": "ship"}, {"key": "m1", "what": "carry"})})
    assert told(ticket) == [("plan.m1", {"key": "m1", "what": "ship"}, False)]
    assert superseded(ticket)[0].takeable
    base = reported()
    strange = merge(Ticket(base.data, base.log, {"weather": "hot"}), Ticket(base.data, base.log, {"weather": "dry"}))
    assert [(one.field, one.takeable) for one in superseded(strange)] == [("weather", False)]


# --- at a desk --------------------------------------------------------------------------------------------------------


def quarrel(root: Path, *texts: tuple[str, str], field: str = "cause") -> str:
    """A ticket of which several people wrote the same field at once, all of them on the version without it."""
    with desks.at(root, ENGINEER) as desk:
        row = desk.new(RUST)
    for person, text in texts:
        with desks.at(root, person) as desk:
            desk.act(row.id, "edit", fields={field: text}, seen=row.ticket)
    return row.id


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return desks.made(tmp_path)


def stands(desk: Desk, number: str) -> tuple[str, str]:
    """The text that stands, and the one that lost to it."""
    row = desk.row(number)
    return row.ticket.word("cause"), str(row.superseded[0].value) if row.superseded else ""


def test_what_lost_is_taken_back_and_what_stood_there_stays_in_the_log(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root) as desk:
        won, lost = stands(desk, number)
        row = aside.take_back(desk, number, "cause")
        assert row.ticket.word("cause") == lost
        assert row.superseded == ()
        assert told(row.ticket) == [("cause", won, True)]
        assert row.ticket.log[-1].do == "edit" or row.ticket.log[-2].do == "edit"
        desk.undo()
        row = desk.row(number)
        assert row.ticket.word("cause") == won
        assert told(row.ticket) == [("cause", lost, True)]
        desk.redo()
        assert desk.row(number).ticket.word("cause") == lost
        assert desk.check().remarks == ()
    assert desks.clean(root)


def test_an_edit_by_somebody_who_saw_both_settles_it_for_all(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root, OTHER) as desk:
        row = desk.act(number, "edit", fields={"cause": "both are right"})
        assert row.superseded == ()
        assert row.ticket.log[-1].more[SEEN] == [superseded(row.ticket)[0].name]
    with desks.at(root, ENGINEER) as desk:
        assert desk.row(number).superseded == ()


def test_an_edit_of_another_field_or_one_in_an_older_copy_settles_nothing(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE))
    with desks.at(root, LEAD) as desk:
        seen = desk.row(number).ticket
        before = Ticket(seen.data, seen.log[:1]).put({"cause": None})
        desk.act(number, "edit", fields={"cause": THEIRS}, seen=before)
        assert desk.row(number).superseded
        assert desk.act(number, "edit", fields={"decision": "replace"}).superseded


def test_a_file_edited_by_hand_settles_it_as_well(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root) as desk:
        won, _ = stands(desk, number)
        path = desk.file_of(number)
        text = path.read_text("utf-8")
        first = won.split("\n", maxsplit=1)[0]
        path.write_text(text.replace(f"cause: |\n  {first}", f"cause: |\n  {first} by hand", 1), "utf-8")
        row = desk.act(number, "note", note="see the file")
        assert "by hand" in row.ticket.word("cause")
        assert row.superseded == ()


def test_putting_aside_is_for_one_person_and_changes_no_ticket(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root, ENGINEER) as desk:
        before = desk.file_of(number).read_bytes()
        assert aside.put_aside(desk, number, "cause").superseded == ()
        assert desk.file_of(number).read_bytes() == before
        with pytest.raises(NotFound, match="No other value of cause"):
            aside.put_aside(desk, number, "cause")
    with desks.at(root, ENGINEER) as desk:
        assert desk.row(number).superseded == ()
        assert aside.take_back(desk, number, "cause").ticket.word("cause") in (MINE, THEIRS)  # it is still in the log
    with desks.at(root, LEAD) as desk:
        number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
        assert desk.row(number).superseded
    (root / ".git" / "fenji-aside.json").write_text("[broken")
    with desks.at(root, ENGINEER) as desk:
        assert desk.row(number).superseded


def test_of_several_texts_the_number_says_which(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS), (OTHER, "salt"))
    with desks.at(root) as desk:
        with pytest.raises(Misused, match="cause:1, cause:2"):
            aside.take_back(desk, number, "cause")
        wanted = desk.row(number).superseded[1]
        assert aside.take_back(desk, number, "cause:2").ticket.word("cause") == wanted.value
        with pytest.raises(NotFound, match="decision"):
            aside.take_back(desk, number, "decision")


def test_what_a_closed_ticket_keeps_is_not_taken_back(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root, MANAGER) as desk:
        desk.act(number, "withdraw", reason="no ticket")
        with pytest.raises(Refused):
            aside.take_back(desk, number, "cause")
        assert desk.row(number).superseded


def test_clones_that_decide_differently_agree_in_the_end() -> None:
    merged = two(cause=(MINE, THEIRS))
    name = superseded(merged)[0].name
    taken = acted(merged, "edit", minute=30, fields={"cause": MINE}, seen=[name])
    written = acted(merged, "edit", minute=31, by="hq", fields={"cause": "salt"}, seen=[name])
    one, other = merge(taken, written), merge(written, taken)
    assert one == other
    assert merge(one, taken) == one
    assert [held for held in told(one) if not held[2]] == [("cause", MINE, False)]


WRITERS = ("li.wei", "zhao.min", "hq")
DEED = st.tuples(
    st.sampled_from(["write", "take", "merge"]), st.integers(0, 2), st.integers(0, 2), st.sampled_from("abc")
)


def taken_back(ticket: Ticket, by: str) -> Ticket:
    """What a desk makes of taking back the first value that lost; the same ticket where none did."""
    lost = superseded(ticket)
    if not lost:
        return ticket
    leaf, value = lost[0].field, lost[0].value
    kept = keeping(ticket, leaf)
    seen = seen_by(ticket, [leaf], kept).get(SEEN)
    return acted(ticket, "edit", by=by, fields={leaf: value}, seen=seen).with_events(kept)


@given(st.lists(DEED, min_size=1, max_size=12))
def test_clones_agree_whoever_takes_back_what(deeds: list[tuple[str, int, int, str]]) -> None:
    clones = [reported()] * 3
    for do, at, other, text in deeds:
        if do == "merge":
            clones[at] = merge(clones[at], clones[other])
        elif do == "take":
            clones[at] = taken_back(clones[at], WRITERS[at])
        else:
            seen = seen_by(clones[at], ["cause"]).get(SEEN)
            clones[at] = acted(clones[at], "edit", by=WRITERS[at], fields={"cause": text}, seen=seen)
    order = [(0, 1), (1, 2), (0, 2)]
    held = exchanged(clones, order)
    assert len({dump(one) for one in held}) == 1
    ticket, other_way = held[0], exchanged(clones, order[::-1])[0]
    assert dump(merge(ticket, other_way)) == dump(merge(other_way, ticket))
    assert read_ticket(dump(ticket), "x") == ticket
    assert all(one.value != ticket.word("cause") for one in superseded(ticket))
    assert [one.number for one in superseded(ticket)] == list(range(1, len(superseded(ticket)) + 1))


# --- on the command line ----------------------------------------------------------------------------------------------


def test_show_tells_both_and_edit_decides(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root) as desk:
        won, lost = stands(desk, number)
        by = desk.row(number).superseded[0].by
    said = fenji("--desk", root, "show", number)
    assert "Also written, and lost to what stands there" in said.out
    assert f"&two texts  cause:1  {by}" in said.out
    assert f"fenji edit {number} --take-back cause:1" in said.out
    (found,) = fenji("--desk", root, "show", number, "--json").json["superseded"]
    assert (found["field"], found["number"], found["by"], found["value"]) == ("cause", 1, by, lost)
    done = fenji("--desk", root, "edit", number, "--take-back", "cause", "--json")
    assert (done.code, done.json["cause"]) == (0, lost)
    assert "superseded" not in done.json
    assert won in [one.get("value") for one in done.json["log"]]
    refused = fenji("--desk", root, "edit", number, "--take-back", "decision")
    assert (refused.code, refused.out) == (1, "")
    assert f"No other value of decision stands beside {number}." in refused.err


def test_the_list_marks_the_tickets_of_those_who_lost(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.at(root) as desk:
        by = desk.row(number).superseded[0].by
    other = LEAD if by == ENGINEER else ENGINEER
    assert "&two texts 備件生鏽" in fenji("--desk", root, "list", FENJI_USER=by).out
    assert "&two texts" not in fenji("--desk", root, "list", FENJI_USER=other).out
    assert number in fenji("--desk", root, "list", "is:superseded", FENJI_USER=other).out
    assert fenji("--desk", root, "edit", number, "--keep", "cause", FENJI_USER=by).code == 0
    assert "&two texts" not in fenji("--desk", root, "list", FENJI_USER=by).out


def test_only_one_field_is_decided_at_a_time(root: Path) -> None:
    number = quarrel(root, (ENGINEER, MINE), (LEAD, THEIRS))
    for words in (("--keep", "cause", "--take-back", "cause"), ("--keep", "cause", "--set", "title=x")):
        assert fenji("--desk", root, "edit", number, *words).code == 2
