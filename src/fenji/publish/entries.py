"""An entry: what the handbook publishes of one ticket, as a value. Pure; knows nothing about pages or markup.

Only data copied here can be published. The log and its notes, our own people, the customer's feedback, costs and serial
numbers stay at the desk, and so does the requester unless PublishOptions says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, TEXT_KEYS, FieldPath, Ticket, parse_field_path, sanitize
from fenji.publish.privacy import NO_REDACTION, Redaction, redaction_for_ticket

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading

# The long texts in reading order, with their labels.
TEXT_FIELDS: tuple[tuple[FieldPath, str], ...] = tuple(
    (key, FIELD_BY_KEY[key].label) for key in TEXT_KEYS if FIELD_BY_KEY[key].published
)
_VERDICTS = {True: "met", False: "missed"}
_LINE_TYPES = ("word", "day", "number", "count", "flag", "words")
# Published fields with an attribute of their own in an entry; the others are among its facts, by label.
_PLACED_FIELDS: frozenset[FieldPath] = frozenset(
    (
        *("id", "formerly", "title", "kind", "priority", "impact", "occurrence", "site", "units", "tags"),
        *("product.system", "product.subsystem", "product.part"),
    )
)
FACT_FIELDS: tuple[tuple[FieldPath, str], ...] = tuple(
    (path, field.label)
    for path, field in FIELD_BY_PATH.items()
    if field.published and field.type in _LINE_TYPES and path not in _PLACED_FIELDS
)


class PublishOptions(Struct, frozen=True):
    """What to publish beyond the default: the requester (name, unit, contact), and the attached files."""

    requester: bool = False
    files: bool = False


class PromiseResult(Struct, frozen=True):
    """The result of one promise, in seconds of working time. `verdict` is met, missed, excused or none."""

    verdict: str
    used_s: int | None = None
    target_s: int | None = None


class Resource(Struct, frozen=True):
    """A resource that was used; `kind` is people, technology, management or material."""

    kind: str
    what: str
    quantity: str
    hours: str


class PublishedAttachment(Struct, frozen=True):
    """A file attached to the ticket. `name` is the real name, which is never shown; `label` is shown."""

    name: str
    label: str
    size: int
    sha256: str


class HandbookEntry(Struct, frozen=True):
    """One problem of the handbook. All texts are sanitized: control characters are already made visible."""

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
    response: PromiseResult = PromiseResult("none")
    solution: PromiseResult = PromiseResult("none")
    links: tuple[tuple[str, str], ...] = ()  # number and relation, as the ticket names them
    attachments: tuple[PublishedAttachment, ...] = ()
    requester: Mapping[str, str] = field(default_factory=dict)  # by label
    facts: Mapping[str, str] = field(default_factory=dict)  # other published fields, by label

    @property
    def date(self) -> str:
        """The date it was reported, in the local time of the report."""
        return f"{self.reported:%Y-%m-%d}" if self.reported else ""

    @property
    def archived_on(self) -> str:
        """The date it was archived, in the local time of that event."""
        return f"{self.archived:%Y-%m-%d}" if self.archived else ""

    @property
    def year(self) -> str:
        """The year it was reported, else the year in its number."""
        return self.date[:4] or next(iter(self.id.split("-")[1:2]), "")


def build_entry(
    row: Row, policy: Policy, options: PublishOptions, redaction: Redaction = NO_REDACTION
) -> HandbookEntry:
    """Build the entry of a board row; `redaction` masks the requesters of other tickets."""
    ticket = row.ticket
    full_redaction = NO_REDACTION if options.requester else redaction_for_ticket(ticket) | redaction

    def redact(text: str) -> str:
        return sanitize(full_redaction.redact(text))

    single_lines = {
        key: _collapse_spaces(redact(ticket.word(key))) for key in ("title", "kind", "priority", "impact", "occurrence")
    }
    product = {
        key: _collapse_spaces(redact(ticket.word(parse_field_path(f"product.{key}"))))
        for key in ("system", "subsystem", "part")
    }
    texts = {key: redact(ticket.word(key)) for key, _ in TEXT_FIELDS}
    facts = {label: _collapse_spaces(redact(_text_of(ticket, path))) for path, label in FACT_FIELDS}
    return HandbookEntry(
        ticket.id,
        **single_lines,
        **product,
        formerly=sanitize(ticket.word("formerly")),
        site=sanitize(ticket.site),
        site_name=sanitize(policy.sites[ticket.site].name) if ticket.site in policy.sites else "",
        units=tuple(sanitize(policy.display_name(unit)) for unit in ticket.units),
        tags=tuple(_collapse_spaces(redact(tag)) for tag in ticket.tags),
        reported=ticket.reported_at,
        archived=archived_at(ticket),
        texts={key: text for key, text in texts.items() if text.strip()},
        zeroing=_collect_zeroing(ticket),
        resources=_collect_resources(ticket, redact),
        response=_promise_result(row.reading.response),
        solution=_promise_result(row.reading.solution),
        links=tuple((redact(link.to), redact(link.relation)) for link in ticket.links),
        attachments=_collect_attachments(ticket, redact),
        requester=_collect_requester(ticket) if options.requester else {},
        facts={label: text for label, text in facts.items() if text},
    )


def _text_of(ticket: Ticket, path: FieldPath) -> str:
    value = ticket.get(path)
    return ", ".join(map(str, value)) if isinstance(value, list) else ticket.word(path)


def archived_at(ticket: Ticket) -> datetime | None:
    """Return when a ticket was last archived, else the time of its last event."""
    return max(
        (event.at for event in ticket.log if event.do == "archive"),
        default=max((event.at for event in ticket.log), default=None),
    )


def _collapse_spaces(text: str) -> str:
    return " ".join(text.split())


def _promise_result(reading: ClockReading) -> PromiseResult:
    if reading.met is None:
        return PromiseResult("none", reading.used_s if reading.done else None)
    excused = reading.met is False and not reading.counts
    return PromiseResult("excused" if excused else _VERDICTS[reading.met], reading.used_s, reading.target_s)


def _collect_zeroing(ticket: Ticket) -> dict[str, bool]:
    values = ticket.get("zeroing")
    if not isinstance(values, Mapping):
        return {}
    return {part.key: bool(values.get(part.key)) for part in FIELD_BY_KEY["zeroing"].parts}


def _collect_resources(ticket: Ticket, redact: Callable[[str], str]) -> tuple[Resource, ...]:
    return tuple(
        Resource(
            sanitize(item.kind),
            _collapse_spaces(redact(item.what)),
            format_number(item.quantity),
            format_number(item.hours),
        )
        for item in ticket.resources
    )


def format_number(value: int | Decimal | None) -> str:
    """Format a number without trailing zeros: `2`, `0.5`; `""` for None."""
    text = "" if value is None else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _collect_attachments(ticket: Ticket, redact: Callable[[str], str]) -> tuple[PublishedAttachment, ...]:
    return tuple(
        PublishedAttachment(item.name, _collapse_spaces(redact(item.name)), item.size or 0, item.sha256)
        for item in ticket.files
    )


def _collect_requester(ticket: Ticket) -> dict[str, str]:
    values = {
        part.label: _collapse_spaces(sanitize(ticket.word(parse_field_path(f"requester.{part.key}"))))
        for part in FIELD_BY_KEY["requester"].parts
    }
    return {label: text for label, text in values.items() if text}
