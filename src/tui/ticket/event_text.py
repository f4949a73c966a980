"""One event of a log in words: the kind of act, its reason and note, and its changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.model.conflicts import TYPED_KEY
from fenji.model.ticket import FIELD_BY_KEY, LINK_KINDS
from tui.drawing import cells
from tui.refusals import field_label
from tui.ticket.diff import format_value
from tui.ticket.item_text import describe_item

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Value
    from tui.formatting import Formatter

# The labels of the kinds of acts: the steps of the method, and besides them edits of a list, promises that ran out,
# arrivals by a sync, and changes by hand.
ACT_LABELS: Mapping[str, str] = {
    "report": "reported",
    "classify": "graded",
    "respond": "answered",
    "assign": "owner",
    "note": "note",
    "wait": "waits",
    "resume": "resumed",
    "edit": "edited",
    "solve": "solved",
    "confirm": "confirmed",
    "excuse": "excused",
    "archive": "archived",
    "reopen": "reopened",
    "withdraw": "withdrawn",
    "attach": "file",
    "link": "link",
    "superseded": "two texts",
    "resources": "resource",
    "plan": "plan",
    "links": "link",
    "breach": "breach",
    "arrival": "came in",
    "hand": "by hand",
}
_ACT_ROLES = {
    **dict.fromkeys(("respond", "solve", "confirm"), "good"),
    **dict.fromkeys(("excuse", "reopen", "hand"), "risk"),
    **dict.fromkeys(("superseded", "arrival"), "info"),
    "breach": "late",
}
_LISTS = ("resources", "plan", "links")
_WORDS_OF = ("kind", "impact", "occurrence", "state", "result.state")


def act_kind(event: Event) -> str:
    """Return the kind of an act: its step, or the list if it is an edit that changed only items of that list."""
    if event.do == "edit":
        lists = {path.partition(".")[0] for path in (*event.set, *event.rewrote)}
        if len(lists) == 1 and lists <= set(_LISTS):
            return next(iter(lists))
    return event.do


def act_label(kind: str, formatter: Formatter) -> str:
    """Return a kind of act in a word or two."""
    return formatter.say(ACT_LABELS[kind]) if kind in ACT_LABELS else formatter.word(kind)


def act_role(kind: str, event: Event | None = None) -> str:
    """Return the colour role of an act; an event that the customer wrote has the role `info`."""
    from_others = event is not None and (event.mail or event.from_requester)
    return "info" if from_others else _ACT_ROLES.get(kind, "accent")


def describe_event(event: Event, formatter: Formatter) -> str:
    """Return what an event said, as one line: reason, note, and what it changed."""
    parts: list[str] = []
    if event.from_requester:
        parts.append(formatter.say("(requester)"))
    if event.do == "excuse" and event.body.get("clock"):
        parts.append(formatter.word(str(event.body.get("clock"))))
    if event.reason:
        parts.append(
            formatter.word(event.reason) if event.do in ("wait", "excuse") else formatter.say_note(event.reason)
        )
    parts += [formatter.say_note(event.note)] if event.note else []
    parts += _describe_changes(event, formatter)
    return cells.sanitize_line("  ".join(part for part in parts if part))


def _describe_changes(event: Event, formatter: Formatter) -> Iterator[str]:
    """Yield what an event changed: the new values of fields and items, but only the names of rewritten texts."""
    if event.do == "superseded":
        field = field_label(str(event.body.get("field") or ""), formatter)
        yield formatter.say("{field}: the text by {by} was replaced", field=field, by=event.by)
    elif event.do == "report":
        yield str(event.set.get("requester.contact") or event.set.get("requester.name") or "")
    elif event.do == "classify":
        words = [formatter.word(str(event.set[path])) for path in _WORDS_OF if event.set.get(path)]
        level = str(event.set.get("priority") or "")
        yield formatter.join(words) + (f": {level}" if words and level else level)
    else:
        changes = event.set.items()
        yield from (_describe_change(path, value, formatter) for path, value in changes)
        yield formatter.join(dict.fromkeys(name_changed(path, formatter) for path in event.rewrote))


def name_changed(path: str, formatter: Formatter) -> str:
    """Return the label of what was changed: a field, or an item of a list."""
    key, _, name = path.partition(".")
    if key == "links":
        number, _, relation = name.partition("/")
        return f"{formatter.word(relation or 'related')} {number}"
    is_item = key in FIELD_BY_KEY and FIELD_BY_KEY[key].type == "items"
    return f"{field_label(path, formatter)} {name}" if is_item and name else field_label(path, formatter)


def _describe_change(path: str, value: Value, formatter: Formatter) -> str:
    key = path.partition(".")[0]
    if key in FIELD_BY_KEY and FIELD_BY_KEY[key].type == "items":
        return describe_item(key, value, formatter) or f"- {path.partition('.')[2]}"
    text = format_change(path, value, formatter)
    return text if path in ("owner", "state") else f"{field_label(path, formatter)} {text}"


def format_change(path: str, value: Value, formatter: Formatter) -> str:
    """Return a value as a change shows it: terms translated, an empty value as a dash."""
    if value in (None, "", []):
        return "-"
    if isinstance(value, bool):
        return formatter.say("yes") if value else formatter.say("no")
    key, _, _ = path.partition(".")
    if key in FIELD_BY_KEY and FIELD_BY_KEY[key].type == "items":
        return describe_item(key, value, formatter) or format_value(value)
    if path in _WORDS_OF or value in LINK_KINDS:
        return formatter.word(str(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return formatter.join(str(item) for item in value)
    return format_value(value)


def former_value(log: Sequence[Event], event: Event, path: str) -> Value:
    """Return the value of a field before an event set it; None if the log does not have it."""
    earlier = [other for other in log if other.sort_key < event.sort_key and path in other.set]
    return earlier[-1].set[path] if earlier else None


def kept_texts(event: Event) -> Iterator[tuple[str, Value]]:
    """Yield the texts an event keeps as (field, text): one that lost a merge, or those typed by hand and put back."""
    if event.do == "superseded":
        yield str(event.body.get("field") or ""), event.body.get("value")
    typed = event.body.get(TYPED_KEY) if event.do == "note" else None
    if isinstance(typed, Mapping):
        yield from ((str(field), value) for field, value in typed.items())
