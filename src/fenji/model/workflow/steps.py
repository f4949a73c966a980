"""The table of steps: from which states, to which state, and what an event must carry. Nothing else is here.

Everything that asks whether a step is possible reads this table (format 4): the replay, the checks, the screens that
offer steps, and the guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from fenji.model.ticket import CLOSED_STATES, STATES, Event

BEFORE_REPORT = ""  # before the report
PREVIOUS_STATE = "back"  # to the state before the wait
OPEN_STATES = frozenset({"new", "responded", "working", "waiting"})
ANY_STATE = frozenset(STATES)
# The fields that confirmation settles, since figures of people and periods are grouped by them.
SETTLED_FIELDS = frozenset({"kind", "priority", "impact", "occurrence", "owner", "units"})
# The fields that a person judges: `report` gives them first, only `classify` changes them (clock rules 16).
GRADED_FIELDS = frozenset({"kind", "priority", "impact", "occurrence"})
# The fields that may still be edited once a ticket is closed, since they come late: what it teaches, what the customer
# says afterwards, and what was spent on it. Nothing else does: what is archived is final (format 4).
EDITABLE_WHEN_CLOSED = frozenset({"lessons", "links", "files", "feedback", "resources"})


class WorkflowStep(Struct, frozen=True):
    """One kind of event: the states it is legal in, and where it leads; a state that `moves` does not name stays.

    `needs` are the keys the event must carry; `needs_from` those it must carry only when it starts from that state.
    """

    do: str
    from_states: frozenset[str]
    moves: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    needs_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def required_keys(self, state: str) -> tuple[str, ...]:
        """Return the keys that an event of this kind must carry in `state`."""
        return (*self.needs, *self.needs_from.get(state, ()))


def _moves_to(state: str, from_states: frozenset[str]) -> dict[str, str]:
    return {origin: state for origin in sorted(from_states) if origin != state}


_TABLE = (
    WorkflowStep("report", frozenset({BEFORE_REPORT}), {BEFORE_REPORT: "new"}),
    WorkflowStep("classify", OPEN_STATES),
    WorkflowStep("respond", OPEN_STATES, {"new": "responded"}),
    # From new it stays new: the customer has not been answered.
    WorkflowStep("assign", OPEN_STATES, {"responded": "working"}),
    WorkflowStep("wait", OPEN_STATES, _moves_to("waiting", OPEN_STATES), needs=("reason",)),
    WorkflowStep("resume", OPEN_STATES, {"waiting": PREVIOUS_STATE}),
    WorkflowStep("solve", OPEN_STATES, _moves_to("solved", OPEN_STATES)),
    # Again, if events that arrived later make the reading differ from the frozen result; also after archiving.
    WorkflowStep("confirm", frozenset({"solved", "confirmed", "archived"}), {"solved": "confirmed"}),
    WorkflowStep("archive", frozenset({"confirmed"}), {"confirmed": "archived"}),
    WorkflowStep(
        "reopen",
        frozenset({"solved", "confirmed"}),
        {"solved": "working", "confirmed": "working"},
        needs_from={"confirmed": ("reason",)},
    ),
    WorkflowStep("withdraw", OPEN_STATES, _moves_to("withdrawn", OPEN_STATES), needs=("reason",)),
    WorkflowStep("excuse", ANY_STATE, needs=("clock", "reason", "note")),
    WorkflowStep("note", ANY_STATE),
    WorkflowStep("edit", ANY_STATE),
    WorkflowStep("attach", ANY_STATE),
    WorkflowStep("link", ANY_STATE),
    WorkflowStep("superseded", ANY_STATE),
)
STEPS: Mapping[str, WorkflowStep] = MappingProxyType({step.do: step for step in _TABLE})


def is_legal(state: str, do: str) -> bool:
    """Whether the table has this step from `state`; `""` is the state before the report."""
    return do in STEPS and state in STEPS[do].from_states


def locked_fields(state: str, event: Event) -> frozenset[str]:
    """Return the fields that this event changes although `state` has settled them; empty if there are none."""
    if event.do == "superseded":
        return frozenset()
    touched = {path.partition(".")[0] for path in (*event.set, *event.rewrote)}
    return frozenset(key for key in touched if is_settled(state, key))


def is_settled(state: str, key: str) -> bool:
    """Whether `state` has settled a field, so that only a reopening, or nothing, allows to change it."""
    if state in CLOSED_STATES:
        return key not in EDITABLE_WHEN_CLOSED
    return state == "confirmed" and key in SETTLED_FIELDS


# A position: the state, and while it waits the state it will return to.
Position = tuple[str, str]
START_POSITION: Position = (BEFORE_REPORT, "")


def _all_positions() -> tuple[Position, ...]:
    active_states = sorted(OPEN_STATES - {"waiting"})
    return (
        START_POSITION,
        *((state, "") for state in STATES if state != "waiting"),
        *(("waiting", state) for state in active_states),
    )


def _next_position(step: WorkflowStep, position: Position) -> Position:
    state, underlying = position
    target = step.moves.get(state, state)
    if target == PREVIOUS_STATE:
        return underlying, ""
    if target != "waiting":
        return target, ""
    if state != "waiting":
        return target, state
    # While waiting, a step acts on the state underneath: a new ticket answered meanwhile comes back as responded.
    moved = step.moves.get(underlying, underlying)
    return state, underlying if moved == "waiting" else moved


# The table expanded, for the replay of many logs: (state, state underneath, step) → position.
TRANSITIONS: Mapping[tuple[str, str, str], Position] = MappingProxyType(
    {
        (*position, step.do): _next_position(step, position)
        for step in _TABLE
        for position in _all_positions()
        if position[0] in step.from_states
    }
)
