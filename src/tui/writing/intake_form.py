"""The form of a new ticket: its fields, its draft, and what is suggested for them. Uses no widget."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.model.ticket import FIELD_BY_PATH, KINDS, FieldPath, Value, parse_input
from tui.drawing import cells
from tui.refusals import field_label
from tui.writing.dialog_target import list_people
from tui.writing.form import FormEntry, Hunch
from tui.writing.prompt import Choice

if TYPE_CHECKING:
    from fenji.desk.search_results import Guess
    from tui.context import Context
    from tui.formatting import Formatter


def make_entry(path: FieldPath, context: Context) -> FormEntry:
    """Return the empty entry of a field, with the choices that the policy gives."""
    policy, field = context.desk.policy, FIELD_BY_PATH[path]
    allowed_values: Mapping[str, Sequence[str]] = {
        "kind": KINDS,
        "impact": policy.impact,
        "occurrence": policy.occurrence,
    }
    choices = [Choice(value, context.formatter.word(value)) for value in allowed_values.get(path, ())]
    if path == "owner":
        choices = list_people(policy, {}, context.desk.now())
    help_text = context.say(field.help) if field.help else ""
    return FormEntry(path, field_label(path, context.formatter), help_text, field.type == "text", choices)


def parse_form(texts: Mapping[FieldPath, str]) -> dict[str, Value]:
    """Return the filled-in values by field; text that is not yet valid for its field is left out."""
    values: dict[str, Value] = {}
    for path, text in texts.items():
        try:
            values[path] = parse_input(path, text)
        except ValueError:
            continue
    return values


def load_form_draft(draft: str) -> Mapping[str, str]:
    """Return the texts of a draft by field; none if it is empty or cannot be read."""
    try:
        loaded = json.loads(draft) if draft else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in loaded.items()} if isinstance(loaded, dict) else {}


def make_hunch(path: str, guess: Guess, formatter: Formatter) -> Hunch:
    """Return the guess for a field with its reason: `3 of 4 like it`."""
    value = ", ".join(guess.values)
    shown = value if path in ("owner", "units") else formatter.word(value)
    if guess.word:
        reason = formatter.say(
            "{count} of {of} with “{word}”", count=guess.count, of=guess.of, word=cells.sanitize_line(guess.word)
        )
    else:
        reason = formatter.say("{count} of {of} similar", count=guess.count, of=guess.of)
    return Hunch(value, shown, reason)
