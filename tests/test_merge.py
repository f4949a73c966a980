"""The laws of the merge, and the cases that would hurt."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fenji.model.merge import merge, renumber
from fenji.model.ticket import Event, Ticket, Value
from fenji.model.workflow import find_unknown_step
from fenji.storage.yaml_codec import dump, read_ticket
from samples import after_event, reported_ticket


def superseded_values(ticket: Ticket) -> list[tuple[object, object]]:
    return [(event.body["field"], event.body["value"]) for event in ticket.log if event.do == "superseded"]


def is_same(ticket: Ticket, other: Ticket) -> bool:
    return dump(ticket) == dump(other)


# --- cases --------------------------------------------------------------------------------------------------------


def test_changes_of_different_fields_both_stand() -> None:
    base = reported_ticket()
    ours = after_event(base, "respond", by="li.wei", note="on the way")
    theirs = after_event(base, "assign", by="hq", fields={"owner": "wang.fang", "units": ["HQ-TECH"]})
    merged = merge(ours, theirs)
    assert [event.do for event in merged.log].count("respond") == 1
    assert (merged.owner, merged.units) == ("wang.fang", ["HQ-TECH"])
    assert len(merged.log) == 3
    assert is_same(merged, merge(theirs, ours))


def test_the_later_short_value_wins_and_the_loser_stands_in_its_event() -> None:
    base = reported_ticket()
    ours = after_event(base, "assign", minute=10, fields={"owner": "li.wei"})
    theirs = after_event(base, "assign", minute=20, fields={"owner": "wang.fang"})
    merged = merge(ours, theirs)
    assert merged.owner == "wang.fang"
    assert superseded_values(merged) == []


def test_a_counter_that_is_ahead_wins_over_a_clock_that_is_ahead() -> None:
    base = reported_ticket()
    ours = after_event(after_event(base, "note", minute=2), "assign", minute=3, fields={"owner": "li.wei"})
    theirs = after_event(base, "assign", minute=9999, fields={"owner": "wang.fang"})
    assert merge(ours, theirs).owner == "li.wei"


def test_a_long_text_that_loses_unseen_is_kept() -> None:
    base = reported_ticket()
    ours = after_event(base, "edit", minute=10, fields={"cause": "濕氣\n進入"})
    theirs = after_event(base, "edit", minute=20, by="hq", fields={"cause": "包裝破損"})
    merged = merge(ours, theirs)
    lost = ours.log[-1]
    assert merged.word("cause") == "包裝破損"
    assert [event for event in merged.log if event.do == "superseded"] == [
        Event(lost.n, lost.at, lost.by, "superseded", {"field": "cause", "value": "濕氣\n進入", "of": lost.digest[:16]})
    ]
    assert is_same(merged, merge(merged, ours))
    assert is_same(merged, merge(theirs, merged))
    assert read_ticket(dump(merged), "x") == merged


def test_a_long_text_that_the_winner_had_seen_is_not_kept() -> None:
    ours = after_event(reported_ticket(), "edit", fields={"cause": "first"})
    theirs = after_event(ours, "edit", fields={"cause": "second"})
    assert superseded_values(merge(ours, theirs)) == []


def test_a_part_of_the_feedback_is_a_long_text_too() -> None:
    base = reported_ticket()
    ours = after_event(base, "edit", minute=10, fields={"feedback.comment": "good", "feedback.rating": 4})
    theirs = after_event(base, "edit", minute=20, fields={"feedback.comment": "slow"})
    merged = merge(ours, theirs)
    assert merged.get("feedback") == {"rating": 4, "comment": "slow"}
    assert superseded_values(merged) == [("feedback.comment", "good")]


def test_an_emptied_text_wins_by_its_event_and_the_other_is_kept() -> None:
    base = after_event(reported_ticket(), "edit", fields={"cause": "guess"})
    ours = after_event(base, "edit", minute=10, fields={"cause": "better guess"})
    theirs = after_event(base, "edit", minute=20, fields={"cause": None})
    merged = merge(ours, theirs)
    assert merged.get("cause") is None
    assert superseded_values(merged) == [("cause", "better guess")]


def test_items_merge_one_by_one() -> None:
    base = after_event(
        reported_ticket(),
        "edit",
        fields={"plan.m1": {"key": "m1", "what": "ship"}, "plan.m2": {"key": "m2", "what": "mount"}},
    )
    ours = after_event(base, "edit", minute=10, fields={"plan.m1": {"key": "m1", "what": "ship", "done": "2026-03-05"}})
    theirs = after_event(base, "edit", minute=11, fields={"plan.m2": None, "plan.m10": {"key": "m10", "what": "test"}})
    merged = merge(ours, theirs)
    assert [item["key"] for item in merged.items("plan")] == ["m1", "m10"]
    assert merged.items("plan")[0]["done"] == "2026-03-05"


def test_an_item_that_loses_unseen_is_kept() -> None:
    base = reported_ticket()
    spare: dict[str, Value] = {
        "key": "r1",
        "what": "spare",
        "quantity": Decimal("2"),
        "cost": Decimal("1200.00"),
        "billable": True,
    }
    ours = after_event(base, "edit", minute=10, fields={"resources.r1": spare})
    theirs = after_event(base, "edit", minute=20, fields={"resources.r1": {"key": "r1", "what": "crane"}})
    merged = merge(ours, theirs)
    assert [item["what"] for item in merged.items("resources")] == ["crane"]
    lost = {"key": "r1", "what": "spare", "quantity": "2", "cost": "1200.00", "billable": "true"}
    assert superseded_values(merged) == [("resources.r1", lost)]
    assert read_ticket(dump(merged), "x") == merged


def test_an_event_that_names_the_whole_list_touches_every_item() -> None:
    base = after_event(reported_ticket(), "edit", fields={"plan.m1": {"key": "m1", "what": "ship"}})
    ours = after_event(base, "edit", minute=10, fields={"plan.m1": {"key": "m1", "what": "send"}})
    theirs = after_event(base, "edit", minute=20, rewrote=["plan"]).with_fields(
        {"plan.m1": {"key": "m1", "what": "carry"}}
    )
    assert merge(ours, theirs).items("plan")[0]["what"] == "carry"


def test_state_is_read_off_the_merged_log() -> None:
    base = after_event(reported_ticket(), "respond")
    ours = after_event(base, "solve", minute=30, fields={"solution": "new spares"})
    theirs = after_event(base, "note", minute=40, sender="requester")
    assert merge(ours, theirs).state == "solved"
    assert merge(theirs.with_fields({"state": "withdrawn"}), ours).state == "solved"


def test_the_verdict_comes_from_the_side_with_the_latest_word_on_it() -> None:
    solved = after_event(after_event(reported_ticket(), "respond"), "solve")
    confirmed = after_event(solved, "confirm", minute=30).with_fields({"sla": {"response": {"met": True}}})
    reopened = after_event(
        after_event(confirmed, "reopen", minute=40, reason="rust again").with_fields({"sla": None}), "note"
    )
    noted = after_event(after_event(after_event(solved, "note"), "note"), "note")
    assert merge(noted, confirmed).get("sla") == {"response": {"met": True}}
    assert merge(reopened, confirmed).get("sla") is None
    assert merge(reopened, confirmed).state == "working"


def test_of_two_verdicts_frozen_by_one_confirmation_the_excused_one_stands() -> None:
    confirmed = after_event(after_event(after_event(reported_ticket(), "respond"), "solve"), "confirm")
    excused: Value = {"response": {"excused": True, "met": False}}
    sides = [confirmed.with_fields({"sla": sla}) for sla in (excused, {"response": {"met": False}})]
    assert [merge(*order).get("sla") for order in (sides, sides[::-1])] == [excused, excused]


def test_of_two_numbers_given_apart_the_smaller_stands_and_the_other_is_named() -> None:
    ours, theirs = (reported_ticket(number) for number in ("KSA-2026-0042", "HQ-2026-0007"))
    for merged in (merge(ours, theirs), merge(theirs, ours)):
        assert (merged.id, merged.site, merged.word("formerly")) == ("HQ-2026-0007", "HQ", "KSA-2026-0042")


def test_a_hand_edit_wins_over_what_the_same_event_states() -> None:
    ours = after_event(reported_ticket(), "assign", fields={"owner": "zhao.min"})
    by_hand = ours.with_fields({"owner": "li.wei"})
    merged = merge(ours, by_hand)
    assert merged.owner == "li.wei"
    assert superseded_values(merged) == []
    assert is_same(merged, merge(by_hand, ours))


def test_two_hand_edits_of_one_text_are_both_kept() -> None:
    base = after_event(reported_ticket(), "edit", fields={"cause": "rust"})
    ours, theirs = base.with_fields({"cause": "salt"}), base.with_fields({"cause": "water"})
    merged = merge(ours, theirs)
    assert {merged.word("cause"), *(value for _, value in superseded_values(merged))} == {"salt", "water"}
    assert is_same(merged, merge(theirs, ours))
    assert is_same(merged, merge(merged, ours))


def test_values_that_no_event_touches_are_chosen_alike_on_both_sides() -> None:
    ours, theirs = (
        reported_ticket().with_fields({"impact": "major"}),
        reported_ticket().with_fields({"impact": "minor"}),
    )
    merged = merge(ours, theirs)
    assert is_same(merged, merge(theirs, ours))
    assert {merged.word("impact"), *(value for _, value in superseded_values(merged))} == {"major", "minor"}


def test_unknown_keys_are_united() -> None:
    base = reported_ticket()
    ours = Ticket(base.data, base.log, {"weather": "hot", "route": {"via": ["Jeddah"]}})
    theirs = Ticket(base.data, base.log, {"weather": "dry", "crew": "4"})
    merged = merge(ours, theirs)
    assert merged.extra == {"crew": "4", "route": {"via": ["Jeddah"]}, "weather": "hot"}
    assert is_same(merged, merge(theirs, ours))
    stranger = Ticket({**base.data, "requester": {"name": "Omar", "fax": "12"}}, base.log)
    merged = merge(stranger, base.with_fields({"requester.unit": "port"}))
    assert merged.get("requester") == {"name": "Omar", "unit": "port", "fax": "12"}


def test_a_log_with_an_unknown_step_keeps_the_state_of_the_side_with_the_greater_latest_event() -> None:
    base = reported_ticket()
    newer = after_event(base, "teleport", minute=10).with_fields({"state": "solved"})
    earlier, later = after_event(base, "respond", minute=5), after_event(base, "respond", minute=15)
    assert merge(earlier, newer).state == merge(newer, earlier).state == "solved"
    assert merge(later, newer).state == merge(newer, later).state == "responded"
    joined = merge(merge(earlier, newer), later)
    assert is_same(joined, merge(earlier, merge(newer, later)))
    assert (joined.state, merge(joined, joined).state) == ("responded", "responded")
    assert [event.do for event in joined.log] == ["report", "respond", "teleport", "respond"]


def test_an_unknown_key_named_as_a_field_does_not_touch_the_field() -> None:
    base = after_event(reported_ticket(), "edit", fields={"product.part": "XJ-4411"})
    odd = Ticket(base.data, base.log, {"product.part": "something else"})
    merged = merge(base, odd)
    assert merged.get("product.part") == "XJ-4411"
    assert merged.extra == {"product.part": "something else"}


def test_equal_numbers_written_differently_give_the_same_bytes_either_way() -> None:
    base = reported_ticket()
    ours = base.with_fields({"resources.r1": {"key": "r1", "hours": Decimal("1.5")}})
    theirs = base.with_fields({"resources.r1": {"key": "r1", "hours": Decimal("1.50")}})
    assert is_same(merge(ours, theirs), merge(theirs, ours))


def test_a_renumbered_ticket_stays_renumbered() -> None:
    base = reported_ticket()
    moved = renumber(base)
    assert (moved.id, moved.word("formerly")) == ("KSA-2026-0042-8E", "KSA-2026-0042")
    merged = merge(after_event(base, "respond"), moved)
    assert (merged.id, merged.word("formerly")) == ("KSA-2026-0042-8E", "KSA-2026-0042")
    again = renumber(moved)
    assert (again.id, again.word("formerly")) == ("KSA-2026-0042-6D", "KSA-2026-0042")
    assert merge(again, moved).id == merge(moved, again).id == again.id
    assert read_ticket(dump(again), "x") == again


def test_different_tickets_do_not_merge() -> None:
    with pytest.raises(ValueError, match="different tickets"):
        merge(reported_ticket(), reported_ticket(uid="01KK3Q0W8Z5V9M3T7K2B4C6D8F"))


# --- laws ---------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "a", "b", "李偉", "no", "0042", "12:30"])
LONG = st.one_of(
    st.none(), st.text("ab\n 鏽#:-", min_size=1, max_size=12).map(str.strip).map(lambda text: text or None)
)
HOURS = st.sampled_from([Decimal("1"), Decimal("1.0"), Decimal("2.50")])
CHANGES: Sequence[tuple[str, st.SearchStrategy[Value]]] = (
    ("owner", WORDS),
    ("title", st.sampled_from(["rust", "鏽", "x #5"])),
    ("product.part", WORDS),
    ("tags", st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True)),
    ("feedback.rating", st.sampled_from([1, 5])),
    ("zeroing.located", st.booleans()),
    ("cause", LONG),
    ("description", LONG),
    ("feedback.comment", LONG),
    ("plan.m1", st.one_of(st.none(), WORDS.map(lambda what: {"key": "m1", "what": what or "x"}))),
    ("resources.r2", st.one_of(st.none(), HOURS.map(lambda hours: {"key": "r2", "hours": hours}))),
)
CHANGE = st.one_of(*(st.tuples(st.just(path), values) for path, values in CHANGES))
DO = st.sampled_from(
    ["edit", "note", "respond", "assign", "wait", "resume", "solve", "confirm", "reopen", "archive", "teleport"]
)
ACT = st.tuples(DO, st.lists(CHANGE, max_size=2), st.integers(0, 30), st.sampled_from(["li.wei", "hq"]))
CLONES = 3


def apply_act(ticket: Ticket, act: tuple[str, list[tuple[str, Value]], int, str]) -> Ticket:
    do, changes, minute, by = act
    after = after_event(ticket, do, minute=minute, by=by, fields=dict(changes), reason="customer")
    if do == "confirm":
        return after.with_fields({"sla": {"confirmed": {"by": by, "reason": str(minute)}}})
    return after.with_fields({"sla": None}) if do == "reopen" else after


@st.composite
def histories(draw: st.DrawFn) -> list[Ticket]:
    """Clones of one ticket that were changed, and now and then took what another had."""
    clones = [reported_ticket()] * CLONES
    for _ in range(draw(st.integers(1, 10))):
        at = draw(st.integers(0, CLONES - 1))
        if draw(st.booleans()) or draw(st.booleans()):
            clones[at] = apply_act(clones[at], draw(ACT))
        else:
            clones[at] = merge(clones[at], clones[draw(st.integers(0, CLONES - 1))])
    return clones


def fields_of(ticket: Ticket) -> dict[str, Value]:
    return {key: value for key, value in ticket.data.items() if key != "state"}


@given(histories())
def test_merging_is_commutative_and_idempotent(clones: list[Ticket]) -> None:
    ours, theirs, _ = clones
    merged = merge(ours, theirs)
    assert is_same(merged, merge(theirs, ours))
    assert is_same(merge(ours, ours), ours)
    assert is_same(merge(merged, ours), merged)
    assert is_same(merge(theirs, merged), merged)
    assert read_ticket(dump(merged), "x") == merged


@given(histories())
def test_fields_are_associative_and_the_log_is_the_union(clones: list[Ticket]) -> None:
    a, b, c = clones
    left, right = merge(merge(a, b), c), merge(a, merge(b, c))
    assert fields_of(left) == fields_of(right)
    if not find_unknown_step(left.log):  # else it is that of the side with the greater latest event, until all have met
        assert left.state == right.state
    for ticket in clones:
        assert {event.digest for event in ticket.log} <= {event.digest for event in left.log}
    own = {event.digest for ticket in clones for event in ticket.log}
    assert all(event.do == "superseded" for event in left.log if event.digest not in own)


def exchange_all(clones: list[Ticket], order: Sequence[tuple[int, int]]) -> list[Ticket]:
    """Clones after pairwise exchange in `order`, over and over until nothing moves."""
    tickets = list(clones)
    while True:
        before = [dump(clone) for clone in tickets]
        for first, second in order:
            tickets[first] = tickets[second] = merge(tickets[first], tickets[second])
        if [dump(clone) for clone in tickets] == before:
            return tickets


@given(histories(), st.permutations([(0, 1), (1, 2), (0, 2)]))
def test_clones_hold_the_same_bytes_once_all_was_exchanged(clones: list[Ticket], order: list[tuple[int, int]]) -> None:
    tickets = exchange_all(clones, order)
    assert len({dump(clone) for clone in tickets}) == 1
    other = exchange_all(clones, order[::-1])
    assert fields_of(tickets[0]) == fields_of(other[0])
    assert dump(merge(tickets[0], other[0])) == dump(merge(other[0], tickets[0]))


@settings(max_examples=40)
@given(st.lists(ACT.filter(lambda act: act[0] != "teleport"), min_size=2, max_size=4))
def test_changes_made_apart_give_the_same_bytes_in_any_order_at_once(
    acts: list[tuple[str, list[tuple[str, Value]], int, str]],
) -> None:
    base = reported_ticket()
    sides = [apply_act(base, act) for act in acts]
    assert len({dump(reduce(merge, some)) for some in itertools.permutations(sides)}) == 1


@given(histories())
def test_no_text_is_lost(clones: list[Ticket]) -> None:
    merged = reduce(merge, exchange_all(clones, [(0, 1), (1, 2), (0, 2)]))
    for ticket in clones:
        for path in ("cause", "description", "feedback.comment"):
            text = ticket.get(path)
            if text is None or text == merged.get(path) or (path, text) in superseded_values(merged):
                continue
            source = max((event for event in ticket.log if event.touches(path)), key=lambda event: event.sort_key)
            assert any(seen_by_its_successor(other, source, path) for other in clones)


def seen_by_its_successor(clone: Ticket, source: Event, path: str) -> bool:
    return any(source in clone.log and event.touches(path) and event.sort_key > source.sort_key for event in clone.log)


@given(histories(), st.sampled_from(["cause", "owner", "impact", "plan.m1"]), st.sampled_from(["x", "y"]))
def test_hand_edits_do_not_break_the_laws(clones: list[Ticket], path: str, word: str) -> None:
    value: Value = {"key": "m1", "what": word} if path == "plan.m1" else word
    a, b, c = clones[0].with_fields({path: value}), clones[0], clones[1]
    assert is_same(merge(a, b), merge(b, a))
    assert is_same(merge(merge(a, b), a), merge(a, b))
    assert fields_of(merge(merge(a, b), c)) == fields_of(merge(a, merge(b, c)))
