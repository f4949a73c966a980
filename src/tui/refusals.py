"""Texts about what the desk did or refused, with what is missing and the key that helps. Uses no widget."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Damaged, FenjiError, Sentence
from fenji.model.ticket import FIELD_BY_KEY, find_field
from tui.drawing import cells
from tui.formatting import STATE_LABELS

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.commands import CommandResult
    from tui.context import Context
    from tui.formatting import Formatter
    from tui.keys import Keymap

# Names of sentence values that are workflow terms, and are therefore translated.
_TRANSLATED_VALUES = frozenset({"do", "state", "steps", "later", "asks", "field", "fields", "choices", "earlier"})


def describe_done(result: CommandResult, context: Context) -> str:
    """Return what a command did, and the key that undoes it if there is one."""
    sentences = [sentence for sentence in (result.message, result.remark) if sentence]
    texts = [context.say(translate_values(sentence, context.formatter)) for sentence in sentences]
    if result.undoable:
        texts.append(context.say("{key} undoes it.", key=context.keymap.key_label("undo")))
    return context.formatter.join_sentences(texts)


def describe_error(error: FenjiError, formatter: Formatter, keymap: Keymap, *, root: Path | None = None) -> str:
    """Return an error in words: sentence, problems in the file, hint, and keys that help; paths relative to `root`."""
    hint = formatter.say(translate_values(_with_relative_paths(root, error.hint), formatter)) if error.hint else ""
    problems_text = _describe_problems(error, formatter)
    text = explain_blocked(
        _with_relative_paths(root, error.sentence),
        formatter,
        keymap,
        hint=formatter.join_sentences([problems_text, hint]),
    )
    others = (describe_error(other, formatter, keymap, root=root) for other in error.others)
    return formatter.join_sentences([text, *others])


def _describe_problems(error: FenjiError, formatter: Formatter) -> str:
    """Return the first problem in a damaged file, and how many more there are."""
    problems = error.problems if isinstance(error, Damaged) else ()
    if not problems:
        return ""
    first, more_count = problems[0], len(problems) - 1
    location = formatter.say("line {line}", line=first.line) if first.line else ""
    text = " ".join(part for part in (location, cells.sanitize_line(first.key), formatter.say(first.message)) if part)
    more = formatter.say("And {count} more.", count=more_count) if more_count else ""
    return formatter.join_sentences([formatter.close_sentence(text), more])


def _with_relative_paths(root: Path | None, sentence: Sentence) -> Sentence:
    prefix = f"{root}{os.sep}"
    items = sentence.values.items()
    values = {key: value.removeprefix(prefix) if isinstance(value, str) else value for key, value in items}
    return replace(sentence, values=values)


def explain_blocked(
    sentence: Sentence, formatter: Formatter, keymap: Keymap, *, hint: str = "", help_first: bool = False
) -> str:
    """Explain why something is not allowed now and name the keys that help, which come first if `help_first`."""
    parts = [
        formatter.say(translate_values(sentence, formatter)),
        _key_hints(sentence, formatter, keymap) or hint or _ask_people_hint(sentence, formatter),
    ]
    return formatter.join_sentences(reversed(parts) if help_first else parts)


def explain_obstacle(context: Context, rows: Sequence[Row], step: str, *, help_first: bool = False) -> str:
    """Return why a step is not allowed now; `""` if it is, or if its dialog asks for what is missing."""
    reason = None
    try:
        for row in rows:
            reason = context.desk.find_obstacle(row.id, step)
            if reason is None or "no_effect" not in reason.values:
                break
    except FenjiError as error:
        return describe_error(error, context.formatter, context.keymap)
    if reason is None or {"field_paths", "asks"} & reason.values.keys():
        return ""
    return explain_blocked(reason, context.formatter, context.keymap, help_first=help_first)


def _ask_people_hint(sentence: Sentence, formatter: Formatter) -> str:
    people = sentence.values.get("people")
    return formatter.say("Ask {people}.", people=people) if people else ""


def _key_hints(sentence: Sentence, formatter: Formatter, keymap: Keymap) -> str:
    """Return `First: s solve, C confirm.` or `e edits cause.`; empty if no key helps."""
    steps = sentence.values.get("steps")
    if isinstance(steps, tuple) and steps:
        step_hints = tuple(f"{keymap.step_key_label(step)} {formatter.word(step)}" for step in steps)
        return formatter.say("First: {steps}.", steps=step_hints)
    field_paths = sentence.values.get("field_paths")
    if not isinstance(field_paths, Sequence) or not field_paths:
        return ""
    labels_by_key: dict[str, list[str]] = {}
    for field_path in field_paths:
        labels_by_key.setdefault(_key_label_for(str(field_path), keymap), []).append(
            field_label(str(field_path), formatter)
        )
    return formatter.join_sentences(
        formatter.say("{key} sets {fields}.", key=key, fields=tuple(names)) for key, names in labels_by_key.items()
    )


_ACTION_BY_FIELD = {
    "kind": "classify",
    "impact": "classify",
    "occurrence": "classify",
    "priority": "priority",
    "owner": "owner",
    "plan": "add",
    "resources": "add",
    "links": "link",
}


def _key_label_for(field_path: str, keymap: Keymap) -> str:
    return keymap.key_label(_ACTION_BY_FIELD.get(field_path.partition(".")[0], "edit"))


# Labels of fields whose own label is unclear outside their group.
_SPECIAL_LABELS = {"requester.name": "Requester", "requester.unit": "Their unit", "requester.contact": "Their contact"}


def field_label(field_path: str, formatter: Formatter) -> str:
    """Return the label of a field in the user's language."""
    if field_path in _SPECIAL_LABELS:
        return formatter.say(_SPECIAL_LABELS[field_path])
    field = find_field(field_path) or FIELD_BY_KEY.get(field_path.partition(".")[0])
    return formatter.say(field.label) if field and field.label else field_path


def translate_values(sentence: Sentence, formatter: Formatter) -> Sentence:
    """Return the sentence with the workflow terms among its values translated."""
    values = {
        key: _translate_value(STATE_LABELS.get(str(value), value), formatter) if key in _TRANSLATED_VALUES else value
        for key, value in sentence.values.items()
    }
    if "clock" in values:
        values["clock"] = formatter.word(str(values["clock"]))  # the clock, not the field of the same key
    return replace(sentence, values=values)


def _translate_value(value: object, formatter: Formatter) -> object:
    if isinstance(value, tuple):
        return tuple(_translate_value(part, formatter) for part in value)
    if not isinstance(value, str):
        return value
    return field_label(value, formatter) if value in FIELD_BY_KEY else formatter.say(value)
