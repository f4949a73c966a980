"""One item of a ticket's lists as one line of text. Uses no widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fenji.model.ticket import PlanItem, ResourceItem

if TYPE_CHECKING:
    from fenji.model.ticket import Value
    from tui.formatting import Formatter


def describe_resource(item: ResourceItem, formatter: Formatter, *, with_kind: bool = True) -> str:
    """Return what was spent, how much of it, by whom and when, and who pays if that was settled by hand."""
    parts = [
        formatter.word(item.kind) if with_kind else "",
        item.what,
        f"x {item.quantity}" if item.quantity else "",
        formatter.say("{hours} h", hours=item.hours) if item.hours else "",
        f"{item.cost} {item.currency}".strip() if item.cost else "",
        f"{item.km} km" if item.km else "",
        formatter.say("{days} d", days=item.days) if item.days else "",
        formatter.say("billable") if item.is_billable else "",
        *(item.role, item.who, item.unit, item.day),
    ]
    if item.settle:
        outcome, why = formatter.word(item.settle.outcome), item.settle.why or "-"
        parts.append(formatter.say("by hand: {outcome}, {why}", outcome=outcome, why=why))
    return "  ".join(part for part in parts if part)


def describe_plan_item(item: PlanItem, formatter: Formatter) -> str:
    """Return what is to be done, from when to when, after what, and by whom."""
    span = " - ".join(filter(None, (item.start, item.due)))
    done = formatter.say("done {day}", day=item.done) if item.done else ""
    after = formatter.say("after {items}", items=tuple(item.after)) if item.after else ""
    return "  ".join(filter(None, (item.key, item.what, span, done, after, item.owner)))


def describe_item(key: str, value: Value, formatter: Formatter) -> str:
    """Return an item of a list as one line, shorter than on its ticket; `""` for a value that is no item."""
    if not isinstance(value, Mapping):
        return ""
    if key == "resources":
        return describe_resource(ResourceItem(value), formatter)
    if key == "plan":
        return describe_plan_item(PlanItem(value), formatter)
    if key == "links":
        return f"{formatter.word(str(value.get('as') or 'related'))} {value.get('to')}"
    return str(value.get("name") or value.get("key") or "")
