"""The service form of a ticket as values: one A4 page in the order of the published form. Pure; without markup.

`form_page` renders it as HTML, `form_document` as a Word document: both print the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.policy import CLOCKS
from fenji.model.ticket import FIELD_BY_KEY, KINDS, RESOURCE_KINDS, RESULTS, FieldPath, ResourceItem, sanitize
from fenji.publish.form_words import FormLabel, FormOptions, FormWords, TickBox

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading, Reading
    from fenji.model.ticket import Ticket, Value

_SETTLED_STATES = ("confirmed", "archived")
_RATINGS = range(1, 6)


class PromiseLine(Struct, frozen=True):
    """One promised time: what was promised, when it was due and done, and the two boxes of its verdict."""

    label: FormLabel
    promised: str = ""
    due: str = ""
    done: str = ""
    boxes: tuple[TickBox, ...] = ()
    computed: str = ""  # the computed verdict, with a remark if the confirmed result differs


class ResourceLine(Struct, frozen=True):
    """One row of the resources; `payer` says who pays and why."""

    kind: str
    what: str = ""
    quantity: str = ""
    hours: str = ""
    fee: str = ""
    payer: str = ""


class FormSheet(Struct, frozen=True):
    """The contents of the form of one ticket; empty texts are lines to write on."""

    language: str
    labels: Mapping[str, FormLabel]
    site: str
    number: str = ""
    qr: str = ""  # content of the QR code: the number and the last eight letters of the uid
    title: str = ""
    requester: str = ""
    reported: str = ""
    product: str = ""
    owner: str = ""
    description: str = ""
    kinds: tuple[TickBox, ...] = ()
    priorities: tuple[TickBox, ...] = ()
    impact: tuple[TickBox, ...] = ()
    occurrence: tuple[TickBox, ...] = ()
    promises: tuple[PromiseLine, ...] = ()
    reason: str = ""
    resources: tuple[ResourceLine, ...] = ()
    has_costs: bool = True
    cause: str = ""
    decision: str | None = ""  # None: not on this form
    solution: str = ""
    results: tuple[TickBox, ...] = ()
    observe_until: str = ""
    downtime: str = ""
    zeroing: tuple[TickBox, ...] = ()
    ratings: tuple[TickBox, ...] = ()
    comment: str = ""
    foot: str = ""
    lead: str = ""
    blank: bool = False


def build_blank_form(policy: Policy, site: str, options: FormOptions) -> FormSheet:
    """Return the form with nothing filled in, for a site without a screen."""
    words = FormWords(options, policy)
    lines = tuple(ResourceLine(words.say(kind)) for kind in RESOURCE_KINDS)
    return replace(
        _empty_sheet(policy, site, words),
        kinds=words.boxes(KINDS),
        priorities=words.boxes(policy.levels),
        impact=words.boxes(policy.impact),
        occurrence=words.boxes(policy.occurrence),
        promises=tuple(PromiseLine(words.labels[key], boxes=words.verdict(None)) for key in _PROMISE_LABELS.values()),
        resources=lines,
        has_costs=not options.for_customer,
        decision=None if options.for_customer else "",
        results=words.boxes(RESULTS),
        zeroing=(),
        ratings=words.boxes(map(str, _RATINGS)),
        foot=words.foot("", confirmed=True),
        blank=True,
    )


def build_form(
    ticket: Ticket, reading: Reading, policy: Policy, options: FormOptions, payers: Mapping[str, str] | None = None
) -> FormSheet:
    """Return the form of a ticket; `payers` has who pays for a resource line and why, by the line's key."""
    words = FormWords(options, policy)
    confirmed = ticket.state in _SETTLED_STATES
    frozen = ticket.sla
    verdict = frozen.get("confirmed")
    reason = str(verdict.get("reason") or "") if isinstance(verdict, Mapping) and confirmed else ""
    text = {key: sanitize(ticket.word(key)) for key in ("title", "description", "cause", "decision", "solution")}
    return replace(
        _empty_sheet(policy, ticket.site, words),
        number=ticket.id,
        qr=f"{ticket.id} {ticket.uid[-8:]}",
        title=text["title"],
        requester=_join(ticket, ("requester.name", "requester.unit", "requester.contact")),
        reported=words.instant(ticket.reported_at),
        product=_join(ticket, ("product.system", "product.subsystem", "product.part", "product.serial")),
        owner=sanitize(policy.display_name(ticket.owner)),
        description=text["description"],
        kinds=words.boxes(KINDS, ticket.kind),
        priorities=words.boxes(_with_own(policy.levels, ticket.priority), ticket.priority if ticket.is_judged else ""),
        impact=words.boxes(_with_own(policy.impact, ticket.word("impact")), ticket.word("impact")),
        occurrence=words.boxes(_with_own(policy.occurrence, ticket.word("occurrence")), ticket.word("occurrence")),
        promises=tuple(
            _build_promise(ticket, clock, reading.clock(clock), words, frozen if confirmed else {}) for clock in CLOCKS
        ),
        reason="" if options.for_customer else sanitize(reason),
        resources=_build_resources(ticket, words, payers or {}, for_customer=options.for_customer),
        has_costs=not options.for_customer,
        cause=text["cause"],
        decision=None if options.for_customer else text["decision"],
        solution=text["solution"],
        results=words.boxes(RESULTS, ticket.word("result.state")),
        observe_until=ticket.word("result.observe_until"),
        downtime=ticket.word("result.downtime_hours"),
        zeroing=_build_zeroing(ticket, policy, words),
        ratings=words.boxes(map(str, _RATINGS), ticket.word("feedback.rating")),
        comment=sanitize(ticket.word("feedback.comment")),
        foot=words.foot(ticket.uid, confirmed=confirmed),
    )


_PROMISE_LABELS = {"response": "response", "solution": "solution_time"}


def _empty_sheet(policy: Policy, site: str, words: FormWords) -> FormSheet:
    lead = policy.sites[site].lead if site in policy.sites else ""
    name = policy.display_name(site)
    return FormSheet(
        words.options.language,
        words.labels,
        sanitize(f"{name} {site}" if name != site else site),
        lead=sanitize(policy.display_name(lead)) if lead else "",
    )


def _join(ticket: Ticket, paths: Iterable[FieldPath]) -> str:
    return " · ".join(sanitize(ticket.word(path)) for path in paths if ticket.word(path))


def _with_own(known: Sequence[str], value: str) -> Sequence[str]:
    """Return the words that the policy knows now, and the ticket's own word if only an older version knew it."""
    return known if not value or value in known else (*known, value)


def _build_promise(
    ticket: Ticket,
    clock: str,
    reading: ClockReading,
    words: FormWords,
    frozen: Mapping[str, Value],
) -> PromiseLine:
    """Build the line of one clock; its verdict is ticked once the site lead has confirmed it."""
    target = words.policy.target(
        reading.level or ticket.priority, clock, kind=ticket.kind, site=ticket.site, reported=ticket.reported_at
    )
    result = frozen.get(clock)
    confirmed_as = result.get("met") if isinstance(result, Mapping) else None
    is_confirmed = bool(frozen)
    return PromiseLine(
        words.labels[_PROMISE_LABELS[clock]],
        promised=target.text if target else words.say("none"),
        due=words.instant(reading.due),
        done=words.instant(reading.done),
        boxes=words.verdict(reading.met if is_confirmed else None),
        computed=words.computed(reading, confirmed_as if is_confirmed else None),
    )


def _build_resources(
    ticket: Ticket, words: FormWords, payers: Mapping[str, str], *, for_customer: bool
) -> tuple[ResourceLine, ...]:
    """Build the rows in the order of the kinds; until confirmation, a kind without items gets a row to write on."""
    items, to_fill = ticket.resources, ticket.state not in _SETTLED_STATES
    rows = []
    for kind in (*RESOURCE_KINDS, ""):
        own = [item for item in items if item.kind == kind]
        rows += [_build_resource(item, words, payers, for_customer=for_customer) for item in own]
        rows += [ResourceLine(words.say(kind))] if kind and not own and to_fill else []
    return tuple(rows)


def _build_resource(
    item: ResourceItem, words: FormWords, payers: Mapping[str, str], *, for_customer: bool
) -> ResourceLine:
    fee = f"{item.cost} {item.currency}".strip() if item.cost is not None else ""
    payer = payers.get(item.key) or (words.say("billable") if item.is_billable else "")
    return ResourceLine(
        words.say(item.kind) if item.kind else "",
        sanitize(" · ".join(filter(None, (item.what, item.day)))),
        "" if item.quantity is None else str(item.quantity),
        "" if item.hours is None else str(item.hours),
        "" if for_customer else sanitize(fee),
        "" if for_customer else sanitize(payer),
    )


def _build_zeroing(ticket: Ticket, policy: Policy, words: FormWords) -> tuple[TickBox, ...]:
    """Build the zeroing points if the policy requires them of this ticket, or if they were filled in."""
    values = ticket.get("zeroing")
    wanted = any(
        name.partition(".")[0] == "zeroing"
        for step in ("solve", "archive")
        for name in policy.required_fields(ticket.kind, step, ticket.priority)
    )
    if not wanted and not isinstance(values, Mapping):
        return ()
    points = values if isinstance(values, Mapping) else {}
    return tuple(TickBox(words.say(part.label), points.get(part.key) is True) for part in FIELD_BY_KEY["zeroing"].parts)
