"""The verdicts that a confirmation freezes into a ticket, and where its log now gives others (clock rules 22).

The log stays the truth: events that arrive later may change the reading. The difference is then named, and the lead
confirms once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused, Sentence
from fenji.model import workflow
from fenji.model.policy import CLOCKS, Policy
from fenji.model.queue_names import QUEUE_PREFIX
from fenji.model.sla.instants import format_instant
from fenji.model.sla.item_clock import freeze_item
from fenji.model.sla.status import ClockReading, Reading, reading
from fenji.model.ticket import PLAN_PREFIX

if TYPE_CHECKING:
    from fenji.model.sla.decided import DecidedClock
    from fenji.model.ticket import Event, Ticket, Value

_PARTS = ("met", "due", "done", "charged_to", "excused")


class VerdictDifference(Struct, frozen=True):
    """One part of a frozen verdict (met, due, done, charged_to, excused) that differs from the log."""

    clock: str
    part: str
    frozen: Value
    read: Value

    def sentence(self) -> Sentence:
        """Return a sentence that names the difference."""
        values = {"clock": self.clock, "frozen": self._text(self.frozen), "read": self._text(self.read)}
        return Sentence(_DIFFERENCES[self.part], values)

    def _text(self, value: Value) -> str | Sentence:
        if self.part == "excused":
            return Sentence("yes") if value else Sentence("no")
        if isinstance(value, bool):
            return Sentence("met") if value else Sentence("missed")
        if isinstance(value, Mapping):
            queue = f"{QUEUE_PREFIX}{value['queue']}" if value.get("queue") else ""
            return " ".join(str(part) for part in (value.get("owner") or queue, value.get("unit")) if part)
        return format_instant(value) if isinstance(value, datetime) else str(value or "-")


_DIFFERENCES = {
    "met": "{clock}: confirmed as {frozen}; by what has arrived since, it is {read}",
    "due": "{clock}: confirmed as due {frozen}; by what has arrived since, it was due {read}",
    "done": "{clock}: confirmed as done {frozen}; by what has arrived since, it was done {read}",
    "charged_to": "{clock}: confirmed as charged to {frozen}; by what has arrived since, {read} answers for it",
    "excused": "{clock}: excused: {frozen} when confirmed, {read} by the log",
}


def freeze(ticket: Ticket, policy: Policy, confirmation: Event) -> dict[str, Value]:
    """Return what a confirmation freezes into a ticket: both verdicts, whom they are charged to, and who confirmed."""
    read = reading(ticket, policy, confirmation.at)
    verdicts: dict[str, Value] = {clock: _freeze_clock(read.clock(clock)) for clock in CLOCKS}
    confirmed: dict[str, Value] = {"at": confirmation.at, "by": confirmation.by}
    if confirmation.reason:
        confirmed["reason"] = confirmation.reason
    items: dict[str, Value] = {key: frozen for key, item in read.items.items() if (frozen := freeze_item(item))}
    frozen = {clock: verdict for clock, verdict in verdicts.items() if verdict}
    return {**frozen, **({"items": items} if items else {}), "confirmed": confirmed}


def _freeze_clock(clock: ClockReading) -> dict[str, Value]:
    verdict: dict[str, Value] = {"due": clock.due, "done": clock.done, "met": clock.met}
    if clock.excuse:  # a correction is read from the policy, never frozen
        verdict["excused"] = True
    if clock.charged_to:
        verdict["charged_to"] = clock.charged_to.frozen()
    return {key: value for key, value in verdict.items() if value is not None}


def mark_excused(frozen: Mapping[str, Value], clock: str) -> Mapping[str, Value]:
    """Return frozen verdicts with the one of a clock or plan item marked excused; unchanged if there is none."""
    items, key = frozen.get("items"), clock.removeprefix(PLAN_PREFIX)
    if clock.startswith(PLAN_PREFIX) and isinstance(items, Mapping) and isinstance(item := items.get(key), Mapping):
        return {**frozen, "items": {**items, key: {**item, "excused": True}}}
    verdict = frozen.get(clock)
    return {**frozen, clock: {**verdict, "excused": True}} if isinstance(verdict, Mapping) else frozen


def current_confirmation(ticket: Ticket) -> Event | None:
    """Return the last confirmation that counts and has not been reopened, or None."""
    events = workflow.current_state(ticket).counted
    last = next((event for event in reversed(events) if event.do in ("confirm", "reopen")), None)
    return last if last and last.do == "confirm" else None


def find_differences(ticket: Ticket, policy: Policy) -> tuple[VerdictDifference, ...]:
    """Return the differences between the frozen verdicts of a confirmed ticket and those that its log gives.

    An older result that does not say whom it is charged to is no difference. Raises Refused as `reading` does.
    """
    frozen, confirmation = ticket.get("sla"), current_confirmation(ticket)
    if confirmation is None or not isinstance(frozen, Mapping):
        return ()
    confirmed, latest = (reading(ticket, policy, at) for at in (confirmation.at, max(event.at for event in ticket.log)))
    verdicts = {clock: _freeze_latest(confirmed.clock(clock), latest.clock(clock)) for clock in CLOCKS}
    clocks = [change for clock in CLOCKS for change in _compare(clock, frozen.get(clock), verdicts[clock])]
    return (*clocks, *_compare_items(frozen.get("items"), confirmed, latest))


def may_differ(ticket: Ticket, clocks: Iterable[DecidedClock]) -> bool:
    """Whether the clocks of a ticket are not as they are frozen, or its frozen items have to be read to know."""
    frozen = ticket.get("sla")
    if not isinstance(frozen, Mapping):
        return False
    return bool(frozen.get("items")) or any(
        list(_compare(clock.clock, frozen.get(clock.clock), clock.frozen())) for clock in clocks
    )


def _compare_items(frozen: Value, confirmed: Reading, latest: Reading) -> Iterator[VerdictDifference]:
    """Yield the differences of a project's items; an older result has no items and so no differences."""
    if not isinstance(frozen, Mapping):
        return
    for key in dict.fromkeys((*frozen, *confirmed.items)):
        item, now = confirmed.items.get(key), latest.items.get(key)
        read = {**(freeze_item(item) if item else {}), "excused": True if now and now.excuse else None}
        yield from _compare(f"{PLAN_PREFIX}{key}", frozen.get(key), read)


_GIVEN = re.compile(
    r"(response|solution|items\..+)\.(met|due|done|excused|charged_to\.(owner|queue|unit))|confirmed\.(at|by|reason)"
)


def list_foreign_parts(frozen: Mapping[str, Value], prefix: str = "") -> Iterator[str]:
    """Yield the dotted names of the values in frozen verdicts that no confirmation writes."""
    for key, value in frozen.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from list_foreign_parts(value, f"{path}.")
        elif not _GIVEN.fullmatch(path):
            yield path


def name_differences(ticket: Ticket, policy: Policy) -> tuple[Sentence, ...]:
    """Return a sentence for each difference, and one on what to do; empty if the clocks cannot be read."""
    try:
        sentences = [difference.sentence() for difference in find_differences(ticket, policy)]
    except Refused:
        return ()
    return (*sentences, Sentence("The lead confirms it again, with a reason if there is one.")) if sentences else ()


def _freeze_latest(confirmed: ClockReading, latest: ClockReading) -> dict[str, Value]:
    """Return a clock as it was confirmed, marked excused if it is excused by now."""
    return {**_freeze_clock(confirmed), "excused": True if latest.excuse else None}


def _compare(clock: str, frozen: Value, now: Mapping[str, Value]) -> Iterator[VerdictDifference]:
    was = frozen if isinstance(frozen, Mapping) else {}
    for part in _PARTS:
        unknown = part == "charged_to" and part not in was
        if not unknown and was.get(part) != now.get(part):
            yield VerdictDifference(clock, part, was.get(part), now.get(part))


def check_confirmation(ticket: Ticket, policy: Policy) -> None:
    """Raise Refused if a ticket is confirmed already and its log still gives the frozen verdicts."""
    if current_confirmation(ticket) and ticket.get("sla") and not find_differences(ticket, policy):
        raise Refused(
            "{id} is {state} already.", hint="There is nothing to do.", id=ticket.id, state=ticket.word("state")
        )
