"""The lists of a ticket's page: resources with their sums, the plan with its clocks, links, files, ticks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.model.board import format_left
from fenji.model.sla import name_differences
from fenji.model.ticket import FIELD_BY_KEY, item_key, parse_field_path
from fenji.text.sizes import format_size
from tui.drawing import cells
from tui.drawing.meter import split_meter
from tui.ticket.clock_lines import CLOCK_ROLES, clock_sign, used_share
from tui.ticket.item_text import describe_resource
from tui.ticket.page_lines import PageLine, SectionHead, TicketPage, wrap_on_page
from tui.ticket.similar_tickets import ALIKE_PERCENT

if TYPE_CHECKING:
    from fenji.model.sla.item_clock import ItemClock
    from fenji.model.ticket import PlanItem, ResourceItem
    from tui.drawing.theme import StyledLine

_METER_CELLS = 4
_MAX_KEY = 6  # cells of the key of a plan's item
_MIN_WHAT = 16  # cells of the description of a plan's item


# --- resources --------------------------------------------------------------------------------------------------------


def render_resources(page: TicketPage) -> list[PageLine]:
    """Return the resources spent, a line each, with the sums at the right end of the section's line."""
    items = page.ticket.resources
    if not items:
        return []
    kinds = [page.context.formatter.word(item.kind) for item in items]
    kind_width = max(cells.width(kind) for kind in kinds)
    lines = [
        SectionHead(
            page.label("resources"),
            key="resources",
            count=len(items),
            right=_sum_up(page, items),
            item="resources",
        ).render(page)
    ]
    for item, kind in zip(items, kinds, strict=True):
        text = describe_resource(item, page.context.formatter, with_kind=False)
        rows = cells.wrap(cells.sanitize_line(text), max(page.text_width - kind_width - 2, 8))
        for n, row in enumerate(rows):
            label = cells.fit(kind if not n else "", kind_width)
            lines.append(PageLine([(f"{label}  ", "dim"), (row, "")], item=f"resources.{item.key}"))
    return lines


def _sum_up(page: TicketPage, items: Sequence[ResourceItem]) -> str:
    """Return `46 h ∙ billable 1 ∙ USD 1240.00`."""
    hours = sum((Decimal(item.hours) for item in items if item.hours), Decimal())
    costs: dict[str, Decimal] = {}
    for item in items:
        if item.cost:
            costs[item.currency] = costs.get(item.currency, Decimal()) + Decimal(item.cost)
    billable = sum(item.is_billable for item in items)
    parts = [page.say("{hours} h", hours=f"{hours:f}")] if hours else []
    parts += [page.say("{count} billable", count=billable)] if billable else []
    parts += [f"{currency} {cost:,.2f}".strip().replace(",", " ") for currency, cost in costs.items()]
    return f" {page.context.theme.signs.dot} ".join(parts)


# --- plan -------------------------------------------------------------------------------------------------------------


def render_plan(page: TicketPage) -> list[PageLine]:
    """Return the items of the plan, each with its own clock."""
    items = page.ticket.plan
    if not items:
        return []
    done = sum(bool(item.done) for item in items)
    right = page.say("{done} of {count} done", done=done, count=len(items))
    lines = [SectionHead(page.label("plan"), key="plan", count=len(items), right=right, item="plan").render(page)]
    key_width = min(max(cells.width(item.key) for item in items), _MAX_KEY)
    left_width = max(cells.width(_left_text(page.row.reading.items.get(item.key))) for item in items)
    owner_width = min(max(cells.width(item.owner) for item in items), 9)
    return [*lines, *(_render_item(page, item, (key_width, left_width, owner_width)) for item in items)]


def _render_item(page: TicketPage, item: PlanItem, widths: tuple[int, int, int]) -> PageLine:
    """Return `! m3   -2d ╍╍╍╍ Commission the radar  2026-11-02 - 2026-11-20  li.wei`."""
    clock, signs = page.row.reading.items.get(item.key), page.context.theme.signs
    key_width, left_width, owner_width = widths
    state = clock.state if clock else "none"
    role = CLOCK_ROLES.get(state, "dim")
    used = used_share(state, clock.used_s, clock.left_s, clock.target_s) if clock and state != "met" else None
    filled, track = split_meter(used, _METER_CELLS, signs) if used is not None else ("", " " * _METER_CELLS)
    span = " - ".join(part for part in (item.start, item.due) if part)
    after = f" {signs.previous} {page.context.formatter.join(item.after)}" if item.after else ""
    when = page.say("done {day}", day=item.done) if item.done else span
    owner = f"  {cells.fit(cells.sanitize_line(item.owner), owner_width, signs.ellipsis)}"
    room = page.text_width - (2 + key_width + 1 + left_width + 1 + _METER_CELLS + 1)
    last_day = f"  {(item.done or item.due).partition('-')[2]}"
    tails = (f"  {when}{after}{owner}", f"  {when}{owner}", f"  {when}", last_day, "")
    tail = next(tail for tail in tails if not tail or room - cells.width(tail) >= _MIN_WHAT)
    what = cells.fit(cells.sanitize_line(item.what), room - cells.width(tail), signs.ellipsis)
    spans: StyledLine = [
        (f"{clock_sign(page.context, state)} ", f"{role} strong" if role == "late" else role),
        (f"{cells.fit(item.key, key_width, signs.ellipsis)} ", "dim" if item.done else ""),
        (f"{cells.fit_right(_left_text(clock), left_width)} ", role),
        (f"{filled}{track}", role),
        (f" {what}", "dim" if item.done else ""),
        (tail, "dim"),
    ]
    return PageLine(spans, item=f"plan.{item.key}", clock=f"plan.{item.key}", strip=4)


def _left_text(clock: ItemClock | None) -> str:
    """Return the time left, negative when late; `""` for an item that is met or promises nothing."""
    if clock is None or clock.state in ("met", "none"):
        return ""
    if clock.state in ("breached", "missed"):
        days = f"-{clock.late_days}d" if clock.late_days else ""  # calendar days, perhaps none of them a working day
        return format_left(-clock.late_s, clock.day_s) if clock.late_s else days
    return format_left(clock.left_s, clock.day_s)


# --- links, files, ticks ----------------------------------------------------------------------------------------------


def render_links(page: TicketPage) -> list[PageLine]:
    """Return the linked tickets; Enter opens one."""
    word, links = page.context.formatter.word, page.ticket.links
    rows = [(item_key("links", link.data), word(link.relation or "related"), link.to) for link in links]
    if not rows:
        return []
    lines = [SectionHead(page.label("links"), key="links", item="links").render(page)]
    label_width = max(cells.width(relation) for _, relation, _ in rows)
    for key, relation, number in rows:
        target = cells.sanitize_line(number)
        spans: StyledLine = [(f"{cells.fit(relation, label_width)}  ", "dim"), (target, "info")]
        lines.append(PageLine(spans, item=f"links.{key}", linked_id=target))
    return lines


def render_files(page: TicketPage) -> list[PageLine]:
    """Return the attached files and their sizes."""
    files = page.ticket.files
    if not files:
        return []
    right = page.hint(page.say("{key} adds", key=page.context.keymap.key_label("attach")))
    lines = [SectionHead(page.label("files"), key="files", count=len(files), right=right, item="files").render(page)]
    more = page.context.theme.signs.more
    for attachment in files:
        name = cells.sanitize_line(attachment.name)
        size = "?" if attachment.size is None else format_size(attachment.size)
        shown = page.cut(name, page.text_width - cells.width(size) - 3)
        spans: StyledLine = [(f"{more} ", "dim"), (shown, ""), (f" {size}", "dim")]
        lines.append(PageLine(spans, item=f"files.{attachment.name}"))
    return lines


def render_zeroing(page: TicketPage) -> list[PageLine]:
    """Return the checklist of the zeroing, if it was begun or the policy requires it."""
    zeroing = page.ticket.get("zeroing")
    if not isinstance(zeroing, Mapping) and not any("zeroing" in key for key in _required_fields(page)):
        return []
    checks = zeroing if isinstance(zeroing, Mapping) else {}
    parts = FIELD_BY_KEY["zeroing"].parts
    ticked = sum(checks.get(part.key) is True for part in parts)
    right = page.say("{done} of {count} done", done=ticked, count=len(parts))
    lines = [SectionHead(page.label("zeroing"), key="zeroing", right=right).render(page)]
    for part in parts:
        is_ticked = checks.get(part.key) is True
        field_path = parse_field_path(f"zeroing.{part.key}")
        box: StyledLine = [("[x] " if is_ticked else "[ ] ", "good" if is_ticked else "dim")]
        spans = [*box, (page.cut(page.say(part.label), page.text_width - 4), "" if is_ticked else "dim")]
        lines.append(PageLine(spans, field_path, mark=page.mark(field_path)))
    return lines


def _required_fields(page: TicketPage) -> Sequence[str]:
    policy, ticket = page.context.desk.policy, page.ticket
    return [key for step in ("solve", "archive") for key in policy.required_fields(ticket.kind, step, ticket.priority)]


# --- verdicts and likes -----------------------------------------------------------------------------------------------


def render_sla_result(page: TicketPage) -> list[PageLine]:
    """Return the verdicts as the site lead confirmed them."""
    sla = page.ticket.sla
    if not sla:
        return []
    lines = [SectionHead(page.label("sla"), key="sla").render(page)]
    lines += [PageLine(line) for line in _tell_verdicts(page)]
    confirmed = sla.get("confirmed")
    if isinstance(confirmed, Mapping):
        text = page.say("confirmed by {person}", person=confirmed.get("by"))
        reason = cells.sanitize_line(str(confirmed.get("reason") or ""))
        lines += [PageLine(line) for line in wrap_on_page(page, f"{text}  {reason}".rstrip())]
    for difference in name_differences(page.ticket, page.context.desk.policy):
        lines += [PageLine(line) for line in wrap_on_page(page, page.context.formatter.say(difference), "risk")]
    return lines


def _tell_verdicts(page: TicketPage) -> Iterator[StyledLine]:
    for clock in ("response", "solution"):
        result = page.ticket.sla.get(clock)
        if isinstance(result, Mapping):
            state = "met" if result.get("met") else "excused" if result.get("excused") else "missed"
            role = {"met": "good", "missed": "late"}.get(state, "dim")
            yield [(f"{page.context.formatter.word(clock)}  ", "dim"), (page.context.formatter.word(state), role)]


def render_likes(page: TicketPage) -> list[PageLine]:
    """Return the similar tickets, with what helped there; Enter opens one, a key copies the solution."""
    if not page.likes:
        return []
    right = page.hint(page.say("{key} copies", key=page.context.keymap.key_label("copy_seen")))
    lines = [SectionHead(page.say("seen before"), key="seen", count=len(page.likes), right=right).render(page)]
    number_width = max(cells.width(like.id) for like in page.likes)
    for like in page.likes:
        texts = like.page.texts
        told = texts.get("solution") or texts.get("cause") or like.title
        percent = f"{like.percent} % "
        room = page.text_width - number_width - 1 - cells.width(percent)
        spans: StyledLine = [
            (f"{cells.fit(like.id, number_width)} ", "info"),
            (percent, "good" if like.percent >= ALIKE_PERCENT else "dim"),
            (page.cut(cells.sanitize_line(told), room), ""),
        ]
        lines.append(PageLine(spans, item=f"seen.{like.id}", linked_id=like.id))
    return lines
