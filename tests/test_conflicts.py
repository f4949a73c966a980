"""Values that lost a merge: which wait for a look, taking one back, and letting it go."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desks
from commandline import fenji
from desks import ENGINEER, LEAD, MANAGER, OTHER, RUST
from fenji.desk import Desk, lost_values
from fenji.desk.check import check_desk
from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.model.conflicts import SEEN_KEY, list_superseded, seen_entry
from fenji.model.merge import merge, preserve_current
from fenji.model.ticket import Ticket, Value
from fenji.storage.yaml_codec import dump, read_ticket
from samples import after_event, reported_ticket
from test_merge import exchange_all

MINE, THEIRS = "密封袋漏氣", "密封袋破損\n包裝太薄"


def describe_superseded(ticket: Ticket) -> list[tuple[str, object, bool]]:
    return [(version.field, version.value, version.settled) for version in list_superseded(ticket)]


def merge_two(**fields: tuple[Value, Value]) -> Ticket:
    """A ticket whose fields two people changed at once; the second one won."""
    base = reported_ticket()
    first = after_event(
        base, "edit", minute=10, fields={field_path: value for field_path, (value, _) in fields.items()}
    )
    second = after_event(
        base, "edit", minute=20, by="hq", fields={field_path: value for field_path, (_, value) in fields.items()}
    )
    return merge(first, second)


# --- which are open ---------------------------------------------------------------------------------------------------


def test_a_text_that_lost_is_told_with_who_wrote_it() -> None:
    ticket = merge_two(cause=(MINE, THEIRS))
    (version,) = list_superseded(ticket)
    assert (version.field, version.value, version.by, version.number, version.settled) == (
        "cause",
        MINE,
        "li.wei",
        1,
        False,
    )
    assert version.editable


def test_a_text_that_lost_to_several_edits_in_a_row_still_waits() -> None:
    base = reported_ticket()
    mine = after_event(base, "edit", minute=10, fields={"cause": MINE})
    theirs = after_event(
        after_event(base, "edit", minute=20, fields={"cause": "a"}), "edit", minute=30, fields={"cause": THEIRS}
    )
    assert describe_superseded(merge(mine, theirs)) == [("cause", MINE, False)]


def test_the_same_text_typed_twice_is_not_told() -> None:
    assert describe_superseded(merge_two(cause=(MINE, MINE))) == []


def test_equal_texts_that_lost_are_told_once() -> None:
    base = reported_ticket()
    texts = (("li.wei", "a"), ("hq", "a"), ("wang.fang", "b"))
    sides = [
        after_event(base, "edit", minute=n, by=by, fields={"cause": text}) for n, (by, text) in enumerate(texts, 10)
    ]
    assert describe_superseded(merge(merge(sides[0], sides[1]), sides[2])) == [("cause", "a", False)]


def test_items_and_keys_of_other_versions_are_told_and_only_items_can_be_taken_back() -> None:
    ticket = merge_two(**{"plan.m1": ({"key": "m1", "what": "ship"}, {"key": "m1", "what": "carry"})})
    assert describe_superseded(ticket) == [("plan.m1", {"key": "m1", "what": "ship"}, False)]
    assert list_superseded(ticket)[0].editable
    base = reported_ticket()
    strange = merge(Ticket(base.data, base.log, {"weather": "hot"}), Ticket(base.data, base.log, {"weather": "dry"}))
    assert [(version.field, version.editable) for version in list_superseded(strange)] == [("weather", False)]


# --- at a desk --------------------------------------------------------------------------------------------------------


def make_conflict(root: Path, *texts: tuple[str, str], field: str = "cause") -> str:
    """A ticket of which several people wrote the same field at once, all of them on the version without it."""
    with desks.open_desk(root, ENGINEER) as desk:
        row = desk.new(RUST)
    for person, text in texts:
        with desks.open_desk(root, person) as desk:
            desk.act(row.id, "edit", fields={field: text}, seen=row.ticket)
    return row.id


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return desks.make_desk(tmp_path)


def current_and_lost(desk: Desk, number: str) -> tuple[str, str]:
    """The text that stands, and the one that lost to it."""
    row = desk.row(number)
    return row.ticket.word("cause"), str(row.superseded[0].value) if row.superseded else ""


def test_what_lost_is_taken_back_and_what_stood_there_stays_in_the_log(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root) as desk:
        won, lost = current_and_lost(desk, number)
        row = lost_values.restore_value(desk, number, "cause")
        assert row.ticket.word("cause") == lost
        assert row.superseded == ()
        assert describe_superseded(row.ticket) == [("cause", won, True)]
        assert row.ticket.log[-1].do == "edit" or row.ticket.log[-2].do == "edit"
        desk.undo()
        row = desk.row(number)
        assert row.ticket.word("cause") == won
        assert describe_superseded(row.ticket) == [("cause", lost, True)]
        desk.redo()
        assert desk.row(number).ticket.word("cause") == lost
        assert check_desk(desk).remarks == ()
    assert desks.is_clean(root)


def test_an_edit_by_somebody_who_saw_both_settles_it_for_all(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root, OTHER) as desk:
        row = desk.act(number, "edit", fields={"cause": "both are right"})
        assert row.superseded == ()
        assert row.ticket.log[-1].body[SEEN_KEY] == [list_superseded(row.ticket)[0].digest]
    with desks.open_desk(root, ENGINEER) as desk:
        assert desk.row(number).superseded == ()


def test_an_edit_of_another_field_or_one_in_an_older_copy_settles_nothing(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE))
    with desks.open_desk(root, LEAD) as desk:
        seen = desk.row(number).ticket
        before = Ticket(seen.data, seen.log[:1]).with_fields({"cause": None})
        desk.act(number, "edit", fields={"cause": THEIRS}, seen=before)
        assert desk.row(number).superseded
        assert desk.act(number, "edit", fields={"decision": "replace"}).superseded


def test_a_file_edited_by_hand_settles_it_as_well(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root) as desk:
        won, _ = current_and_lost(desk, number)
        path = desk.path_of(number)
        text = path.read_text("utf-8")
        first = won.split("\n", maxsplit=1)[0]
        path.write_text(text.replace(f"cause: |\n  {first}", f"cause: |\n  {first} by hand", 1), "utf-8")
        row = desk.act(number, "note", note="see the file")
        assert "by hand" in row.ticket.word("cause")
        assert row.superseded == ()


def test_putting_aside_is_for_one_person_and_changes_no_ticket(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root, ENGINEER) as desk:
        before = desk.path_of(number).read_bytes()
        assert lost_values.dismiss(desk, number, "cause").superseded == ()
        assert desk.path_of(number).read_bytes() == before
        with pytest.raises(NotFound, match="has no other value of cause"):
            lost_values.dismiss(desk, number, "cause")
    with desks.open_desk(root, ENGINEER) as desk:
        assert desk.row(number).superseded == ()
        assert lost_values.restore_value(desk, number, "cause").ticket.word("cause") in (
            MINE,
            THEIRS,
        )  # it is still in the log
    with desks.open_desk(root, LEAD) as desk:
        number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
        assert desk.row(number).superseded
    (root / ".git" / "fenji-aside.json").write_text("[broken")
    with desks.open_desk(root, ENGINEER) as desk:
        assert desk.row(number).superseded


def test_of_several_texts_the_number_says_which(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS), (OTHER, "salt"))
    with desks.open_desk(root) as desk:
        with pytest.raises(InvalidUsage, match="cause:1, cause:2"):
            lost_values.restore_value(desk, number, "cause")
        wanted = desk.row(number).superseded[1]
        assert lost_values.restore_value(desk, number, "cause:2").ticket.word("cause") == wanted.value
        with pytest.raises(NotFound, match="decision"):
            lost_values.restore_value(desk, number, "decision")


def test_what_a_closed_ticket_keeps_is_not_taken_back(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root, MANAGER) as desk:
        desk.act(number, "withdraw", reason="no ticket")
        with pytest.raises(Refused):
            lost_values.restore_value(desk, number, "cause")
        assert desk.row(number).superseded


def test_clones_that_decide_differently_agree_in_the_end() -> None:
    merged = merge_two(cause=(MINE, THEIRS))
    name = list_superseded(merged)[0].digest
    taken = after_event(merged, "edit", minute=30, fields={"cause": MINE}, seen=[name])
    written = after_event(merged, "edit", minute=31, by="hq", fields={"cause": "salt"}, seen=[name])
    ours, theirs = merge(taken, written), merge(written, taken)
    assert ours == theirs
    assert merge(ours, taken) == ours
    assert [version for version in describe_superseded(ours) if not version[2]] == [("cause", MINE, False)]


WRITERS = ("li.wei", "zhao.min", "hq")
ACTION = st.tuples(
    st.sampled_from(["write", "take", "merge"]), st.integers(0, 2), st.integers(0, 2), st.sampled_from("abc")
)


def take_back(ticket: Ticket, by: str) -> Ticket:
    """What a desk makes of taking back the first value that lost; the same ticket where none did."""
    lost = list_superseded(ticket)
    if not lost:
        return ticket
    field_path, value = lost[0].field, lost[0].value
    kept = preserve_current(ticket, field_path)
    seen = seen_entry(ticket, [field_path], kept).get(SEEN_KEY)
    return after_event(ticket, "edit", by=by, fields={field_path: value}, seen=seen).with_events(kept)


@given(st.lists(ACTION, min_size=1, max_size=12))
def test_clones_agree_whoever_takes_back_what(deeds: list[tuple[str, int, int, str]]) -> None:
    clones = [reported_ticket()] * 3
    for do, at, other, text in deeds:
        if do == "merge":
            clones[at] = merge(clones[at], clones[other])
        elif do == "take":
            clones[at] = take_back(clones[at], WRITERS[at])
        else:
            seen = seen_entry(clones[at], ["cause"]).get(SEEN_KEY)
            clones[at] = after_event(clones[at], "edit", by=WRITERS[at], fields={"cause": text}, seen=seen)
    order = [(0, 1), (1, 2), (0, 2)]
    tickets = exchange_all(clones, order)
    assert len({dump(clone) for clone in tickets}) == 1
    ticket, other_way = tickets[0], exchange_all(clones, order[::-1])[0]
    assert dump(merge(ticket, other_way)) == dump(merge(other_way, ticket))
    assert read_ticket(dump(ticket), "x") == ticket
    assert all(version.value != ticket.word("cause") for version in list_superseded(ticket))
    assert [version.number for version in list_superseded(ticket)] == list(range(1, len(list_superseded(ticket)) + 1))


# --- on the command line ----------------------------------------------------------------------------------------------


def test_show_tells_both_and_edit_decides(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root) as desk:
        won, lost = current_and_lost(desk, number)
        by = desk.row(number).superseded[0].by
    result = fenji("--desk", root, "show", number)
    assert "Also written, but replaced" in result.out
    assert f"&two texts  cause:1  {by}" in result.out
    assert f"fenji edit {number} --take-back cause:1" in result.out
    (version,) = fenji("--desk", root, "show", number, "--json").json["superseded"]
    assert (version["field"], version["number"], version["by"], version["value"]) == ("cause", 1, by, lost)
    done = fenji("--desk", root, "edit", number, "--take-back", "cause", "--json")
    assert (done.code, done.json["cause"]) == (0, lost)
    assert "superseded" not in done.json
    assert won in [event.get("value") for event in done.json["log"]]
    refused = fenji("--desk", root, "edit", number, "--take-back", "decision")
    assert (refused.code, refused.out) == (1, "")
    assert f"{number} has no other value of decision." in refused.err


def test_the_list_marks_the_tickets_of_those_who_lost(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    with desks.open_desk(root) as desk:
        by = desk.row(number).superseded[0].by
    other = LEAD if by == ENGINEER else ENGINEER
    assert "&two texts 備件生鏽" in fenji("--desk", root, "list", FENJI_USER=by).out
    assert "&two texts" not in fenji("--desk", root, "list", FENJI_USER=other).out
    assert number in fenji("--desk", root, "list", "is:superseded", FENJI_USER=other).out
    assert fenji("--desk", root, "edit", number, "--keep", "cause", FENJI_USER=by).code == 0
    assert "&two texts" not in fenji("--desk", root, "list", FENJI_USER=by).out


def test_only_one_field_is_decided_at_a_time(root: Path) -> None:
    number = make_conflict(root, (ENGINEER, MINE), (LEAD, THEIRS))
    for options in (("--keep", "cause", "--take-back", "cause"), ("--keep", "cause", "--set", "title=x")):
        assert fenji("--desk", root, "edit", number, *options).code == 2
