"""The items of a project's plan as clocks: each item with a due is met, missed or excused, by dates (figures 5). Pure.

An item is due at the end of its due date in the site's zone. By the log, a due moved before it has passed applies from
then on, and one that has passed stays missed; a wait that holds the solution moves the dues of open items by the number
of open dates it lasted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.plan_log import ItemChange, list_item_changes, names_plan
from fenji.model.queue_names import read_person
from fenji.model.sla.charges import Answerer, ChargedTo, make_answerer
from fenji.model.sla.item_clock import DONE, MOVED, OPENED, PLANNED, WAITED, DueMove, ItemClock, ItemStep
from fenji.model.sla.names import LATE_ENTRY, LATE_ENTRY_OWN
from fenji.model.sla.run import day_seconds, to_seconds
from fenji.model.sla.signs import Sign
from fenji.model.sla.timeline import HELD, OFF, Holder, Phase, Timeline
from fenji.model.sla.timers import SECOND
from fenji.model.ticket import PLAN_PREFIX
from fenji.model.worktime.open_dates import add_open_dates, count_open_days

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

PROJECT = "project"
_DAY = timedelta(days=1)


def read_items(ticket: Ticket, policy: Policy, timeline: Timeline) -> dict[str, ItemClock]:
    """Read the clocks of a project's items at the end of a timeline, by key; empty if it was never a project."""
    phases = timeline.phases["solution"]
    if not any(phase.kind == PROJECT for phase in phases) or not names_plan(ticket):
        return {}
    site = _SiteDays(policy, timeline.site)
    walks = (
        _ItemWalk(key, changes, timeline, site).follow(phases)
        for key, changes in list_item_changes(ticket, timeline.until).items()
    )
    return {walk.key: _read_walk(walk, policy) for walk in walks if walk.was_promised}


class _SiteDays(Struct, frozen=True):
    """The days of a site: when a date ends there, and which dates are open."""

    policy: Policy
    site: str

    @property
    def calendar(self) -> Calendar | DatedCalendar:
        return self.policy.calendar_of(self.site)

    def end_of(self, day: date) -> datetime:
        """Return the end of a date, 24:00, in the zone that the site has then."""
        zone = self.policy.calendar_at(self.site, datetime.combine(day, time(12), UTC)).zone
        return datetime.fromisoformat(datetime.combine(day + _DAY, time(), zone).isoformat())

    def day_of(self, at: datetime) -> date:
        """Return the date at the site at an instant."""
        return at.astimezone(self.policy.calendar_at(self.site, at).zone).date()

    def between(self, first: date, last: date) -> int:
        """Count the open dates from one date to another, negative backwards."""
        return count_open_days(self.calendar, first, last) - count_open_days(self.calendar, last, first)


class _ItemWalk(Struct):
    """One item followed through the log: its due, what moved it, and the miss, once there is one."""

    key: str
    changes: Sequence[ItemChange]
    timeline: Timeline
    site: _SiteDays
    due: date | None = None
    owner: str = ""
    done: date | None = None
    done_event: Event | None = None
    planned: datetime | None = None
    held_since: datetime | None = None
    missed: date | None = None
    was_promised: bool = False
    mode: str = ""
    moves: list[DueMove] = field(default_factory=list)
    steps: list[ItemStep] = field(default_factory=list)
    owners: list[tuple[datetime, str]] = field(default_factory=list)

    def follow(self, phases: Sequence[Phase]) -> _ItemWalk:
        """Go through the phases of the solution with the changes that fall into each."""
        rest = list(self.changes)
        for index, phase in enumerate(phases):
            self._enter(phase)
            is_last = index + 1 == len(phases)
            while rest and (is_last or rest[0].event.at < phase.end):
                change = rest.pop(0)
                self._pass_to(change.event.at, phase)
                self._apply(change)
            self._pass_to(phase.end, phase)
        return self

    def _enter(self, phase: Phase) -> None:
        if self.mode == HELD and phase.mode != HELD:
            self._shift(phase.start)
            self.held_since = None
        elif phase.mode == HELD and self.mode != HELD:
            self.held_since = phase.start
        self.mode = phase.mode

    def _shift(self, until: datetime) -> None:
        """Move the due of an open item by the open dates that a wait has lasted so far."""
        if self.held_since and self.due and not self.done and not self.missed:
            waited = count_open_days(self.site.calendar, self.site.day_of(self.held_since), self.site.day_of(until))
            former, self.due = self.due, add_open_dates(self.site.calendar, self.due, waited)
            if waited:
                self.steps.append(ItemStep(WAITED, until, due=self.due, former=former, open_dates=waited))
        self.held_since = until

    def _pass_to(self, at: datetime, phase: Phase) -> None:
        """Record a miss if the due has passed by `at` while the item was open and its clock ran."""
        if self.due is None or self.done or self.missed or phase.mode in (HELD, OFF) or phase.kind != PROJECT:
            return
        if at > self.site.end_of(self.due):
            self.missed = self.due

    def _apply(self, change: ItemChange) -> None:
        values, event = change.values, change.event
        if "owner" in values:
            self.owner = read_person(change.word("owner"))
            self.owners.append((event.at, self.owner))
        if "due" in values:
            self._plan(change.day("due"), event)
        if "done" in values:
            if self.held_since:
                self._shift(event.at)
            self.done, self.done_event = change.day("done"), event
            self.steps.append(ItemStep(DONE if self.done else OPENED, event.at, event.by, done=self.done))

    def _plan(self, due: date | None, event: Event) -> None:
        if due is None and not self.missed and not self.done:
            self.due, self.was_promised = None, False  # the due was removed before it had passed
            return
        if due is None or due == self.due or self.missed or self.done:
            return
        if self.due:
            move = DueMove(event.by, event.at, self.due, due, self.site.between(self.due, due))
            self.moves.append(move)
            self.steps.append(ItemStep(MOVED, event.at, event.by, due, self.due, move.open_dates))
        else:
            self.steps.append(ItemStep(PLANNED, event.at, event.by, due))
        self.due, self.was_promised = due, True
        self.planned = self.planned or event.at
        self.held_since = event.at if self.held_since else None

    def owner_before(self, at: datetime) -> str:
        """Return the owner of the item just before an instant; `""` for none."""
        return next((owner for since, owner in reversed(self.owners) if since < at), "")


def _read_walk(walk: _ItemWalk, policy: Policy) -> ItemClock:
    due = walk.missed or walk.due
    assert due is not None, "what was promised has a due"
    until = walk.timeline.until
    due_at = walk.site.end_of(due).astimezone(until.tzinfo)
    met = walk.done <= due if walk.done else False if walk.missed else None
    answerer = _find_answerer(walk, policy, due_at, met=met)
    excuse = _find_excuse(walk, policy, answerer, due_at) if met is False else None
    charged = None
    if answerer and met is not None:
        done_by = walk.done_event.by if walk.done and walk.done_event else None
        charged = ChargedTo(answerer.owner, answerer.queue, answerer.unit, done_by=done_by)
    left = to_seconds(walk.site.calendar.between(until, due_at))
    target = to_seconds(walk.site.calendar.between(walk.planned or until, due_at))
    stopped = walk.done_event.at if walk.done and walk.done_event else None
    state, next_change = _find_state(walk, policy, due_at, met=met)
    ended = walk.site.end_of(walk.done) if walk.done else walk.timeline.withdrawn_at("solution")
    end = min(ended or until, until)
    last = walk.done or walk.site.day_of(end)
    return ItemClock(
        walk.key,
        state,
        due,
        due_at,
        walk.done,
        met,
        counts=state != "none" and excuse is None,
        target_s=target,
        used_s=to_seconds(walk.site.calendar.between(walk.planned or until, stopped or end)),
        left_s=0 if met is False else None if state == "none" else left,
        late_s=to_seconds(walk.site.calendar.between(due_at, end)) if met is False else 0,
        late_elapsed_s=max(to_seconds(end - due_at), 0) if met is False else 0,
        late_dates=count_open_days(walk.site.calendar, due, last) if met is False else 0,
        late_days=max((last - due).days, 0) if met is False else 0,
        next_change=next_change,
        day_s=day_seconds(policy.calendar_at(walk.site.site, until)),
        moves=tuple(walk.moves),
        steps=tuple(walk.steps),
        charged_to=charged,
        answerer=answerer,
        excuse=excuse,
        signs=tuple(_find_signs(walk, policy, answerer, due_at, met=met)),
        stopped=stopped,
        ended=ended,
    )


def _find_state(walk: _ItemWalk, policy: Policy, due_at: datetime, *, met: bool | None) -> tuple[str, datetime | None]:
    """Return the state, and the next instant at which it may change by itself."""
    until, calendar = walk.timeline.until, walk.site.calendar
    left, target = (to_seconds(calendar.between(since, due_at)) for since in (until, walk.planned or until))
    if met is not None:
        return ("met" if met else "missed" if walk.done or walk.mode == OFF else "breached"), None
    if walk.mode == OFF or walk.timeline.phases["solution"][-1].kind != PROJECT:
        return "none", None
    if walk.mode == HELD:
        return "held", policy.next_edit(until)
    risk = int(target * policy.at_risk_at(until))
    change = due_at + SECOND
    if left > risk:
        change = min(change, calendar.add(until, timedelta(seconds=left - risk)))
    return "at_risk" if left <= risk else "running", change


def _find_answerer(walk: _ItemWalk, policy: Policy, due_at: datetime, *, met: bool | None) -> Answerer | None:
    """Return who answers: when a met item was done, in the last second before the due of a missed one, else now.

    What was planned after its due had passed was missed from then on: whoever had it then answers.
    """
    event = walk.done_event
    missed_at = max(due_at - SECOND, walk.planned or due_at)
    at = event.at if met and event else missed_at if met is False else walk.timeline.until
    holder = walk.timeline.holder_before(at + SECOND)
    owner = walk.owner_before(at + SECOND) or holder.owner
    return make_answerer(policy, walk.timeline.site, Holder(owner, holder.units, walk.timeline.site), at)


def _find_excuse(walk: _ItemWalk, policy: Policy, answerer: Answerer | None, due_at: datetime) -> Event | None:
    name = f"{PLAN_PREFIX}{walk.key}"
    given = (excuse for excuse in walk.timeline.excuses if excuse.body.get("clock") == name and excuse.at > due_at)
    return next((excuse for excuse in given if not is_charged_with_item(answerer, excuse, policy, due_at)), None)


def is_charged_with_item(answerer: Answerer | None, excuse: Event, policy: Policy, due_at: datetime) -> bool:
    """Whether an excuse comes from the one charged with an item or from the lead of its queue (clock rules 22)."""
    if answerer is None:
        return False
    if answerer.owner:
        return excuse.by == answerer.owner
    return excuse.by in {policy.lead_of(answerer.queue or "", at) for at in (due_at, excuse.at)}


def _find_signs(
    walk: _ItemWalk, policy: Policy, answerer: Answerer | None, due_at: datetime, *, met: bool | None
) -> Iterator[Sign]:
    """Yield the signs of an item that was reported after its due as done in time (clock rules 11)."""
    event = walk.done_event
    written = (event.logged or event.at) if event else None
    if not met or event is None or written is None or written <= due_at:
        return
    name, saved = f"{PLAN_PREFIX}{walk.key}", answerer
    yield Sign(LATE_ENTRY, event.by, event.at, name, due_at, saved)
    if saved and event.by == (saved.owner or policy.lead_of(walk.timeline.site, due_at)):
        yield Sign(LATE_ENTRY_OWN, event.by, event.at, name, due_at, saved)
