"""The dialogs that edit single fields and items of lists. Uses no widget."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.model import ticket as tickets
from fenji.model.ticket import (
    FIELD_BY_KEY,
    FIELD_BY_PATH,
    Field,
    FieldPath,
    Ticket,
    Value,
    make_item_key,
    parse_field_path,
    parse_input,
    parse_items_key,
)
from fenji.model.workflow import GRADED_FIELDS
from tui import commands
from tui.commands import StepInput
from tui.drawing import cells
from tui.refusals import field_label
from tui.writing import dialogs
from tui.writing.dialog_target import DialogTarget, word_choices
from tui.writing.prompt import NO_CHOICE_HINT, Choice, Question

if TYPE_CHECKING:
    from fenji.errors import Fault
    from tui.writing.dialogs import Dialog

ITEM_LISTS = ("resources", "plan")


def list_editable_paths(*, include_texts: bool) -> list[FieldPath]:
    """Return the fields that a user may set, in file order; long texts only with `include_texts`."""
    skipped_types = ("items", "tree") if include_texts else ("items", "tree", "text")
    return [
        field_path
        for field_path, field in FIELD_BY_PATH.items()
        if not _root_field(field_path).read_only and field.type not in skipped_types
    ]


def _root_field(field_path: FieldPath) -> Field:
    return FIELD_BY_KEY[field_path.partition(".")[0]]


def any_field_dialog(target: DialogTarget, edit_inline: Callable[[FieldPath], None] | None = None) -> Dialog:
    """Ask for a field, then for its value for all selected tickets; `edit_inline` takes over for a long text."""
    answer = yield Question(
        target.say("Edit {name}; field:", name=target.name),
        choices=[
            Choice(option, field_label(option, target.formatter), _shown_value(target, option))
            for option in list_editable_paths(include_texts=len(target.rows) == 1)
        ],
        hint=target.say(NO_CHOICE_HINT),
    )
    field_path = parse_field_path(answer)
    if edit_inline and FIELD_BY_PATH[field_path].type == "text":
        edit_inline(field_path)
        return None
    return (yield from field_dialog(target, field_path))


def _shown_value(target: DialogTarget, field_path: FieldPath) -> str:
    """Return the value of a field of the first ticket, its terms translated; `""` for a long text."""
    value, field = target.first_row.ticket.get(field_path), FIELD_BY_PATH[field_path]
    if value is None or field.type == "text":
        return ""
    if field.type == "flag":
        return target.say("yes") if value else target.say("no")
    if field_path == "kind":
        return target.formatter.word(str(value))
    words = {choice.value: choice.display_text for choice in _field_choices(target, field_path)}
    typed = format_input(value)
    return words.get(typed) or cells.sanitize_line(typed)


def field_dialog(target: DialogTarget, field_path: FieldPath) -> Dialog:
    """Ask for the new value of a field."""
    if field_path == "priority":
        return (yield from dialogs.priority_dialog(target))
    if field_path == "owner":
        return (yield from dialogs.owner_dialog(target))
    field, value = FIELD_BY_PATH[field_path], target.first_row.ticket.get(field_path)
    question = Question(
        target.say("{item} {label}:", item=target.name, label=field_label(field_path, target.formatter)),
        initial=format_input(value) or _mildest_value(target, field_path),
        hint=target.say(field.help) if field.help else target.say("Empty clears it. Esc goes back."),
        choices=_field_choices(target, field_path),
        draft_key=target.draft_key(field_path),
        validate=lambda text: _check_field(target, field_path, text),
    )
    typed = yield question
    fields: dict[str, Value] = {field_path: parse_input(field_path, typed)}
    if field_path in GRADED_FIELDS:
        return (yield from dialogs.grades_dialog(target, fields))
    base_ticket = target.first_row.ticket if len(target.rows) == 1 else None
    return commands.record_step(target.rows, StepInput("edit", fields, base_ticket=base_ticket))


def _mildest_value(target: DialogTarget, field_path: FieldPath) -> str:
    """Return the mildest grade, which is offered while none is set; `""` for a field that is no grade."""
    allowed_values: Mapping[str, Sequence[str]] = {
        "impact": target.policy.impact,
        "occurrence": target.policy.occurrence,
    }
    return allowed_values[field_path][-1] if field_path in allowed_values else ""


def _field_choices(target: DialogTarget, field_path: FieldPath) -> Sequence[Choice]:
    policy, field = target.policy, FIELD_BY_PATH[field_path]
    allowed_values: Mapping[str, Sequence[str]] = {"impact": policy.impact, "occurrence": policy.occurrence}
    if field_path in allowed_values or field.choices:
        return word_choices(target, allowed_values.get(field_path, field.choices))
    return [Choice("true", target.say("yes")), Choice("", target.say("no"))] if field.type == "flag" else ()


def _check_field(target: DialogTarget, field_path: FieldPath, text: str) -> str:
    if not text and FIELD_BY_PATH[field_path].required:
        return target.check_required(text)
    try:
        parse_input(field_path, text)
    except ValueError as error:
        return f"{field_label(field_path, target.formatter)} {target.say(str(error))}"
    return ""


def format_input(value: Value) -> str:
    """Return a value as a user would type it."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# --- items of resources and plan ----------------------------------------------------------------------------------


def item_dialog(target: DialogTarget, key: str, current: Mapping[str, Value] | None = None) -> Dialog:
    """Ask for the parts of an item that apply to it, and keep the others; `current` is None for a new item."""
    name = str(current["key"]) if current else _new_item_key(target.first_row.ticket, key)
    initial = current or _new_item_values(target, key)
    draft = name if current else "new"
    typed: dict[str, str] = {}
    for part in FIELD_BY_KEY[key].parts:
        if _is_asked(part, typed, initial):
            typed[part.key] = yield from _part_dialog(target, f"{key}.{draft}", part, initial.get(part.key))
    item, _ = _parse_item(key, name, typed)
    kept = {part: value for part, value in (current or {}).items() if part not in typed}
    fields = {f"{key}.{name}": {**kept, **item} if isinstance(item, Mapping) else item}
    return commands.record_step([target.first_row], StepInput("edit", fields))


# Parts asked for only after certain answers to another part. Settling by hand is a command of its own, with a reason.
_ASKED_FOR = {"km": ("as", ("travel",)), "days": ("as", ("travel",)), "currency": ("cost", ())}


def _is_asked(part: Field, typed: Mapping[str, str], initial: Mapping[str, Value]) -> bool:
    if part.key == "key" or part.type == "group":
        return False
    deciding, values = _ASKED_FOR.get(part.key, ("", ()))
    answer = typed.get(deciding, "")
    return not deciding or part.key in initial or (answer in values if values else bool(answer))


def _new_item_values(target: DialogTarget, key: str) -> Mapping[str, Value]:
    """Return the initial values of a new item: a resource is spent today by the user."""
    if key != "resources":
        return {}
    person, at = target.person, target.first_row.reading.at
    known = person if person in target.policy.people else ""
    return {"on": f"{at:%Y-%m-%d}", "who": known, "unit": target.policy.unit_of(person, at)}


def _part_dialog(target: DialogTarget, item_name: str, part: Field, current: Value) -> Generator[Question, str, str]:
    choices: Sequence[Choice] = word_choices(target, part.choices)
    if part.key == "as":
        choices = [Choice("", target.say("by its kind")), *choices]
    if part.type == "flag":
        choices = [Choice("", target.say("no")), Choice("true", target.say("yes"))]
    key, _, name = item_name.partition(".")
    return (
        yield Question(
            target.say("{item} {label}:", item=name, label=target.say(part.label)),
            initial=format_input(current),
            hint=target.say(_HINT_BY_TYPE.get(part.type, "Optional. Enter goes on, Esc keeps it as a draft.")),
            choices=choices,
            draft_key=target.draft_key(f"{item_name}.{part.key}"),
            validate=lambda text: _check_item(target, key, name, {part.key: text}),
        )
    )


_HINT_BY_TYPE = {
    "number": "A number, such as 12 or 1200.00; optional.",
    "day": "A date, such as 2026-03-20; optional.",
    "words": "Separate several with commas; optional.",
}


def _check_item(target: DialogTarget, key: str, name: str, typed: Mapping[str, str]) -> str:
    faults = _parse_item(key, name, typed)[1]
    return target.formatter.say(faults[0].message) if faults else ""


def _parse_item(key: str, name: str, typed: Mapping[str, str]) -> tuple[Value, Sequence[Fault]]:
    """Parse a typed item as strictly as one from a file; return it and its faults."""
    part_fields = {field.key: field for field in FIELD_BY_KEY[key].parts}
    document: dict[str, Value] = {"key": name}
    for part_key, text in typed.items():
        if text.strip():
            document[part_key] = _split_list(text) if part_fields[part_key].type == "words" else text.strip()
    ticket, faults = tickets.parse_ticket({key: [document]})
    items = ticket.items(parse_items_key(key))
    return (items[0] if items else None), [fault for fault in faults if fault.path[:1] == (key,)]


def _split_list(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _new_item_key(ticket: Ticket, key: str) -> str:
    letter = "r" if key == "resources" else "m"
    return make_item_key(letter, {str(item.get("key")) for item in ticket.items(parse_items_key(key))})


def add_dialog(target: DialogTarget, key: str = "") -> Dialog:
    """Ask what to add to a ticket, then for its parts."""
    if not key:
        key = yield Question(
            target.say("Add to {id}:", id=target.first_row.id),
            choices=[Choice(list_key, field_label(list_key, target.formatter)) for list_key in (*ITEM_LISTS, "links")],
            hint=target.say(NO_CHOICE_HINT),
        )
    if key == "links":
        return (yield from dialogs.link_dialog(target))
    return (yield from item_dialog(target, key))


def remove_item(target: DialogTarget, item_name: str) -> commands.Command:
    """Return a command that removes an item; undo brings it back."""
    return commands.record_step([target.first_row], StepInput("edit", {item_name: None}))
