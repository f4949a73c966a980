"""The table of steps: from which states, to which state, and what an event must carry. Nothing else stands here.

Whoever wants to know whether a step is possible reads the table (format 4): the replay, the checks, the screens that
offer steps, and the guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from fenji.ticket import CLOSED, STATES

if TYPE_CHECKING:
    from fenji.ticket import Event

START = ""  # before the report
BACK = "back"  # to the state before the wait
OPEN = frozenset({"new", "responded", "working", "waiting"})
LIVE = frozenset(STATES) - CLOSED
ANY = frozenset(STATES)
# What confirmation settles, since figures of people and periods are grouped by it.
SETTLED = frozenset({"kind", "priority", "impact", "occurrence", "owner", "units"})
# What may still be edited once a ticket is final: what it teaches, and what the customer says afterwards.
ADDABLE = frozenset({"lessons", "tags", "links", "files", "feedback"})


@dataclass(frozen=True)
class Step:
    """One kind of event: the states it is legal in, and where it leads; a state that `moves` does not name stays.

    `needs` are the keys the event must carry; `needs_from` those it must carry only when it starts from that state.
    """

    do: str
    start: frozenset[str]
    moves: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    needs_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def wants(self, state: str) -> tuple[str, ...]:
        """The keys that an event of this kind must carry in `state`."""
        return (*self.needs, *self.needs_from.get(state, ()))


def _to(state: str, start: frozenset[str]) -> dict[str, str]:
    return {one: state for one in sorted(start) if one != state}


_TABLE = (
    Step("report", frozenset({START}), {START: "new"}),
    Step("classify", OPEN),
    Step("respond", OPEN, {"new": "responded"}),
    # From new it stays new: the customer has not been answered.
    Step("assign", OPEN, {"responded": "working"}),
    Step("wait", OPEN, _to("waiting", OPEN), needs=("reason",)),
    Step("resume", OPEN, {"waiting": BACK}),
    Step("solve", OPEN, _to("solved", OPEN)),
    Step("confirm", frozenset({"solved"}), {"solved": "confirmed"}),
    Step("archive", frozenset({"confirmed"}), {"confirmed": "archived"}),
    Step(
        "reopen",
        frozenset({"solved", "confirmed"}),
        {"solved": "working", "confirmed": "working"},
        needs_from={"confirmed": ("reason",)},
    ),
    Step("withdraw", OPEN, _to("withdrawn", OPEN), needs=("reason",)),
    Step("excuse", LIVE, needs=("clock", "reason", "note")),
    Step("note", ANY),
    Step("edit", ANY),
    Step("attach", ANY),
    Step("link", ANY),
    Step("superseded", ANY),
)
STEPS: Mapping[str, Step] = MappingProxyType({one.do: one for one in _TABLE})


def legal(state: str, do: str) -> bool:
    """Whether the table has this step from `state`; `""` is the state before the report."""
    return do in STEPS and state in STEPS[do].start


def barred(state: str, event: Event) -> frozenset[str]:
    """The fields that this event changes although `state` has settled them; empty where it may."""
    if state not in ("confirmed", *CLOSED) or event.do == "superseded":
        return frozenset()
    touched = {leaf.partition(".")[0] for leaf in (*event.set, *event.rewrote)}
    return frozenset(touched & SETTLED if state == "confirmed" else touched - ADDABLE)


# A place on the way: the state, and while it waits the state it will return to.
Place = tuple[str, str]
BEGINNING: Place = (START, "")


def _places() -> tuple[Place, ...]:
    running = sorted(OPEN - {"waiting"})
    return (BEGINNING, *((one, "") for one in STATES if one != "waiting"), *(("waiting", one) for one in running))


def _led(step: Step, place: Place) -> Place:
    state, under = place
    target = step.moves.get(state, state)
    if target == BACK:
        return under, ""
    if target != "waiting":
        return target, ""
    if state != "waiting":
        return target, state
    # While it waits a step acts on the state underneath: answered meanwhile, a new ticket comes back as responded.
    moved = step.moves.get(under, under)
    return state, under if moved == "waiting" else moved


# The table opened into places, for the replay of many logs: (state, underneath, step) → place.
TRANSITIONS: Mapping[tuple[str, str, str], Place] = MappingProxyType(
    {(*place, step.do): _led(step, place) for step in _TABLE for place in _places() if place[0] in step.start}
)
