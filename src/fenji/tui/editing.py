"""Questions about single fields and items of lists, as dialogues. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji import ticket as tickets
from fenji.ticket import BY_KEY, LEAVES, Field, Ticket, Value, parse_value
from fenji.tui import deeds, dialogues
from fenji.tui.deeds import Step
from fenji.tui.dialogues import NO_CHOICE, Acting, On, words
from fenji.tui.prompt import Ask, Choice
from fenji.tui.refusals import label

if TYPE_CHECKING:
    from fenji.errors import Fault

# The step that setting a field is; any other is an edit.
_STEPS = {"owner": "assign", "kind": "classify", "impact": "classify", "occurrence": "classify"}
ITEM_LISTS = ("resources", "plan")


def editable(*, texts: bool) -> list[str]:
    """The leaves that a person may set, in the order of the file; long texts only where they are wanted."""
    left_out = ("items", "tree") if texts else ("items", "tree", "text")
    return [leaf for leaf, one in LEAVES.items() if not _group(leaf).fixed and one.held not in left_out]


def _group(leaf: str) -> Field:
    return BY_KEY[leaf.partition(".")[0]]


def any_field(on: On, in_place: Callable[[str], None] | None = None) -> Acting:
    """Asks which field, then for its value, for all chosen tickets; `in_place` takes over for a long text."""
    leaf = yield Ask(
        on.say("Edit {name}; field:", name=on.name),
        choices=[Choice(one, label(one, on.voice), one) for one in editable(texts=len(on.rows) == 1)],
        hint=on.say(NO_CHOICE),
    )
    if in_place and LEAVES[leaf].held == "text":
        in_place(leaf)
        return None
    return (yield from field(on, leaf))


def field(on: On, leaf: str) -> Acting:
    """Asks for the new value of one field."""
    if leaf == "priority":
        return (yield from dialogues.priority(on))
    if leaf == "owner":
        return (yield from dialogues.owner(on))
    one, held = LEAVES[leaf], on.first.ticket.get(leaf)
    asked = Ask(
        f"{on.name} {label(leaf, on.voice)}:",
        initial=as_text(held) or _mildest(on, leaf),
        hint=on.say(one.help) if one.help else on.say("Empty takes it away. Esc goes back."),
        choices=_choices(on, leaf),
        draft=on.draft(leaf),
        check=lambda text: _fault(on, leaf, text),
    )
    typed = yield asked
    do = _STEPS.get(leaf, "edit")
    seen = on.first.ticket if do == "edit" and len(on.rows) == 1 else None
    return deeds.step(on.rows, Step(do, {leaf: parse_value(leaf, typed)}, seen=seen))


def _mildest(on: On, leaf: str) -> str:
    """What is offered for a judgement that nobody made yet."""
    known: Mapping[str, Sequence[str]] = {"impact": on.policy.impact, "occurrence": on.policy.occurrence}
    return known[leaf][-1] if leaf in known else ""


def _choices(on: On, leaf: str) -> Sequence[Choice]:
    policy, one = on.policy, LEAVES[leaf]
    known: Mapping[str, Sequence[str]] = {"impact": policy.impact, "occurrence": policy.occurrence}
    if leaf in known or one.choices:
        return words(on, known.get(leaf, one.choices))
    return [Choice("true", on.say("yes")), Choice("", on.say("no"))] if one.held == "flag" else ()


def _fault(on: On, leaf: str, text: str) -> str:
    if not text and LEAVES[leaf].required:
        return on.required(text)
    try:
        parse_value(leaf, text)
    except ValueError as error:
        return f"{label(leaf, on.voice)} {on.say(str(error))}"
    return ""


def as_text(value: Value) -> str:
    """A value as a person types it."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# --- items of resources and plan ----------------------------------------------------------------------------------


def item(on: On, key: str, held: Mapping[str, Value] | None = None) -> Acting:
    """Asks for each part of an item; a new one where `held` is None."""
    name = str(held["key"]) if held else _free(on.first.ticket, key)
    typed: dict[str, str] = {}
    for part in BY_KEY[key].parts:
        if part.key != "key":
            typed[part.key] = yield from _part(on, f"{key}.{name}", part, (held or {}).get(part.key))
    fields = {f"{key}.{name}": _read(key, name, typed)[0]}
    return deeds.step([on.first], Step("edit", fields))


def _part(on: On, item_name: str, part: Field, held: Value) -> Generator[Ask, str, str]:
    choices: Sequence[Choice] = words(on, part.choices)
    if part.held == "flag":
        choices = [Choice("", on.say("no")), Choice("true", on.say("yes"))]
    key, _, name = item_name.partition(".")
    return (
        yield Ask(
            on.say("{item} {label}:", item=name, label=on.say(part.label)),
            initial=as_text(held),
            hint=on.say(_HINTS.get(part.held, "May stay empty. Enter goes on, Esc keeps it as a draft.")),
            choices=choices,
            draft=on.draft(f"{item_name}.{part.key}"),
            check=lambda text: _item_fault(on, key, name, {part.key: text}),
        )
    )


_HINTS = {
    "number": "A number, as 12 or 1200.00; may stay empty.",
    "day": "A date, as 2026-03-20; may stay empty.",
    "words": "Several are separated by commas; may stay empty.",
}


def _item_fault(on: On, key: str, name: str, typed: Mapping[str, str]) -> str:
    faults = _read(key, name, typed)[1]
    return on.voice.say(faults[0].message) if faults else ""


def _read(key: str, name: str, typed: Mapping[str, str]) -> tuple[Value, Sequence[Fault]]:
    """The item that was typed, read as strictly as from a file, and what is wrong with it."""
    parts = {one.key: one for one in BY_KEY[key].parts}
    document: dict[str, object] = {"key": name}
    for part, text in typed.items():
        if text.strip():
            document[part] = _listed(text) if parts[part].held == "words" else text.strip()
    ticket, faults = tickets.read({key: [document]})
    items = ticket.items(key)
    return (items[0] if items else None), [one for one in faults if one.path[:1] == (key,)]


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _free(ticket: Ticket, key: str) -> str:
    """The next key of an item: `r3`, `m2`."""
    letter = "r" if key == "resources" else "m"
    taken = {str(one.get("key")) for one in ticket.items(key)}
    return next(f"{letter}{n}" for n in range(1, len(taken) + 2) if f"{letter}{n}" not in taken)


def added(on: On, key: str = "") -> Acting:
    """Asks what to add to a ticket, then for its parts."""
    if not key:
        key = yield Ask(
            on.say("Add to {id}:", id=on.first.id),
            choices=[Choice(one, label(one, on.voice)) for one in (*ITEM_LISTS, "links")],
            hint=on.say(NO_CHOICE),
        )
    if key == "links":
        return (yield from dialogues.link(on))
    return (yield from item(on, key))


def removed(on: On, item_name: str) -> deeds.Deed:
    """Takes an item away; undo brings it back."""
    return deeds.step([on.first], Step("edit", {item_name: None}))
