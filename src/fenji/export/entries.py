"""An entry: what the handbook publishes of one ticket, as a value. Pure; knows no page and no markup.

What is not taken over here cannot be published: the log and its notes, our own people, the customer's feedback, costs
and serial numbers stay at the desk, and so does the requester unless the choice says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.export.privacy import NOTHING, Hidden, of_ticket
from fenji.ticket import BY_KEY, visible

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.clock import ClockReading
    from fenji.policy import Policy
    from fenji.ticket import Ticket

# The long texts in the order in which a reader wants them, with their labels.
TEXTS: tuple[tuple[str, str], ...] = tuple(
    (key, BY_KEY[key].label) for key in ("description", "cause", "decision", "solution", "lessons")
)
_DECIDED = {True: "met", False: "missed"}


@dataclass(frozen=True)
class Choices:
    """What is published beyond the ordinary: the requester (name, unit, contact), the attached files."""

    requester: bool = False
    files: bool = False


@dataclass(frozen=True)
class Time:
    """One promise and what became of it; seconds of working time. `verdict` is met, missed, excused or none."""

    verdict: str
    used_s: int | None = None
    target_s: int | None = None


@dataclass(frozen=True)
class Resource:
    """What went into it: `kind` is people, technology, management or material."""

    kind: str
    what: str
    quantity: str
    hours: str


@dataclass(frozen=True)
class Enclosure:
    """A file attached to the ticket. `name` is as the ticket has it and never shown; `shown` is."""

    name: str
    shown: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One problem of the handbook. All texts can be shown as they are: control characters are marks already."""

    id: str
    title: str
    kind: str
    priority: str = ""
    impact: str = ""
    occurrence: str = ""
    formerly: str = ""
    site: str = ""
    site_name: str = ""
    system: str = ""
    subsystem: str = ""
    part: str = ""
    units: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    reported: datetime | None = None
    archived: datetime | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    zeroing: Mapping[str, bool] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    response: Time = Time("none")
    solution: Time = Time("none")
    links: tuple[tuple[str, str], ...] = ()  # number and relation, as the ticket names them
    enclosures: tuple[Enclosure, ...] = ()
    requester: Mapping[str, str] = field(default_factory=dict)  # by label

    @property
    def date(self) -> str:
        """The day it was reported, at the place where it was."""
        return f"{self.reported:%Y-%m-%d}" if self.reported else ""

    @property
    def archived_on(self) -> str:
        """The day it was archived, at the place where it was."""
        return f"{self.archived:%Y-%m-%d}" if self.archived else ""

    @property
    def year(self) -> str:
        """The year it was reported, else the one in its number."""
        return self.date[:4] or next(iter(self.id.split("-")[1:2]), "")


def entry(row: Row, policy: Policy, choices: Choices, hidden: Hidden = NOTHING) -> Entry:
    """The entry of a ticket whose clocks have been read; `hidden` is what of other requesters is covered in it."""
    ticket = row.ticket
    covered = NOTHING if choices.requester else of_ticket(ticket) | hidden

    def shown(text: str) -> str:
        return visible(covered.cover(text))

    words = {key: _line(shown(ticket.word(key))) for key in ("title", "kind", "priority", "impact", "occurrence")}
    product = {key: _line(shown(ticket.word(f"product.{key}"))) for key in ("system", "subsystem", "part")}
    texts = {key: shown(ticket.word(key)) for key, _ in TEXTS}
    return Entry(
        ticket.id,
        **words,
        **product,
        formerly=visible(ticket.word("formerly")),
        site=visible(ticket.site),
        site_name=visible(policy.sites[ticket.site].name) if ticket.site in policy.sites else "",
        units=tuple(visible(policy.name_of(one)) for one in ticket.units),
        tags=tuple(_line(shown(str(one))) for one in ticket.items("tags")),
        reported=ticket.reported,
        archived=archived_at(ticket),
        texts={key: text for key, text in texts.items() if text.strip()},
        zeroing=_zeroing(ticket),
        resources=_resources(ticket, shown),
        response=_time(row.reading.response),
        solution=_time(row.reading.solution),
        links=tuple(
            (shown(str(one.get("to") or "")), shown(str(one.get("as") or ""))) for one in ticket.items("links")
        ),
        enclosures=_enclosures(ticket, shown),
        requester=_requester(ticket) if choices.requester else {},
    )


def archived_at(ticket: Ticket) -> datetime | None:
    """When it was archived: the last such event, else the last of any."""
    return max(
        (one.at for one in ticket.log if one.do == "archive"), default=max((one.at for one in ticket.log), default=None)
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _time(reading: ClockReading) -> Time:
    if reading.met is None:
        return Time("none", reading.used_s if reading.done else None)
    excused = reading.met is False and not reading.counts
    return Time("excused" if excused else _DECIDED[reading.met], reading.used_s, reading.target_s)


def _zeroing(ticket: Ticket) -> dict[str, bool]:
    held = ticket.get("zeroing")
    if not isinstance(held, Mapping):
        return {}
    return {part.key: bool(held.get(part.key)) for part in BY_KEY["zeroing"].parts}


def _resources(ticket: Ticket, shown: Callable[[str], str]) -> tuple[Resource, ...]:
    return tuple(
        Resource(
            visible(str(one.get("kind") or "")),
            _line(shown(str(one.get("what") or ""))),
            number(one.get("quantity")),
            number(one.get("hours")),
        )
        for one in ticket.items("resources")
    )


def number(value: object) -> str:
    """A figure without needless zeros: `2`, `0.5`; `""` for none."""
    if not isinstance(value, int | Decimal):
        return "" if value is None else visible(str(value))
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _enclosures(ticket: Ticket, shown: Callable[[str], str]) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(name, _line(shown(name)), size if isinstance(size, int) else 0, str(one.get("sha256") or ""))
        for one in ticket.items("files")
        for name, size in ((str(one.get("name") or ""), one.get("size")),)
    )


def _requester(ticket: Ticket) -> dict[str, str]:
    held = {part.label: _line(visible(ticket.word(f"requester.{part.key}"))) for part in BY_KEY["requester"].parts}
    return {label: text for label, text in held.items() if text}
