"""The search of the command palette: by key, name or help in any language, optionally with an argument. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.i18n import LANGUAGES, say
from tui.keys import format_key
from tui.writing import dialogs

if TYPE_CHECKING:
    from tui.action import Action

# Actions that ask a question: text typed after their name is the first answer.
_ASKING = frozenset({*dialogs.DIALOGS, "filter", "sort", "grouping", "columns", "keep_view", "edit"})


class PaletteMatch(Struct, frozen=True):
    """A matching command, and the first answer if one was typed after its name."""

    action: Action
    argument: str = ""


def find_commands(actions: Iterable[Action], typed: str, language: str) -> list[PaletteMatch]:
    """Return the matching commands: first those whose name begins with `typed`, names in `language` before others.

    If no command matches, the text may be a name followed by an answer: `note parts are on the way`.
    """
    known, text = list(actions), typed.strip().casefold()
    matching = [action for action in known if text in _searchable_text(action)]
    if matching or not text:
        return [PaletteMatch(action) for action in sorted(matching, key=lambda action: _rank(action, text, language))]
    words = typed.strip().split(" ")
    for count in range(len(words) - 1, 0, -1):
        name, argument = " ".join(words[:count]).casefold(), " ".join(words[count:]).strip()
        named = [action for action in known if action.id in _ASKING and _rank(action, name, language) < _NO_NAME]
        if named:
            ordered = sorted(named, key=lambda action: (name not in _names(action), _rank(action, name, language)))
            return [PaletteMatch(action, argument) for action in ordered]
    return []


_NO_NAME = 2


def _rank(action: Action, text: str, language: str) -> int:
    if say(action.label, language).casefold().startswith(text):
        return 0
    return 1 if any(name.startswith(text) for name in _names(action)) else _NO_NAME


@cache
def _names(action: Action) -> Sequence[str]:
    """Return the id of an action and its label in all languages."""
    return (action.id.casefold(), *(say(action.label, language).casefold() for language in LANGUAGES))


@cache
def _searchable_text(action: Action) -> str:
    keys = " ".join(format_key(key) for key in action.keys)
    helps = (say(action.help, language) for language in LANGUAGES)
    return " ".join([keys, *_names(action), *helps]).casefold()
