"""One item of a ticket's lists as one line of text. Uses no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.ticket import Value
    from tui.formatting import Formatter


def describe_resource(item: Mapping[str, Value], formatter: Formatter) -> str:
    """Return what was spent, how much of it, by whom and when, and who pays where that was said."""
    parts = [formatter.word(str(item.get("kind") or "")), str(item.get("what") or "")]
    if item.get("quantity"):
        parts.append(f"x {item['quantity']}")
    if item.get("hours"):
        parts.append(formatter.say("{hours} h", hours=item["hours"]))
    if item.get("cost"):
        parts.append(f"{item['cost']} {item.get('currency') or ''}".strip())
    if item.get("km"):
        parts.append(f"{item['km']} km")
    if item.get("days"):
        parts.append(formatter.say("{days} d", days=item["days"]))
    if item.get("billable"):
        parts.append(formatter.say("billable"))
    parts += [str(item.get(part) or "") for part in ("role", "who", "unit", "on")]
    settled = item.get("settle")
    if isinstance(settled, Mapping):
        outcome, why = formatter.word(str(settled.get("as") or "")), settled.get("why") or "-"
        parts.append(formatter.say("by hand: {outcome}, {why}", outcome=outcome, why=why))
    return "  ".join(part for part in parts if part)


def describe_plan_item(item: Mapping[str, Value], formatter: Formatter) -> str:
    """Return what is to be done, from when to when, after what, and by whom."""
    span = " - ".join(str(item[key]) for key in ("start", "due") if item.get(key))
    done = formatter.say("done {day}", day=item["done"]) if item.get("done") else ""
    after_items = item.get("after")
    after = ", ".join(map(str, after_items)) if isinstance(after_items, Sequence) else ""
    after = formatter.say("after {items}", items=after) if after else ""
    parts = [str(item["key"]), str(item.get("what") or ""), span, done, after, str(item.get("owner") or "")]
    return "  ".join(part for part in parts if part)
