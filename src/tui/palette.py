"""The commands that fit what is typed: by key, name or help in any of the languages, and with an argument. Pure."""

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

# The actions that ask something: what is typed behind their name is the first answer.
_ASKING = frozenset({*dialogs.DIALOGS, "filter", "sort", "grouping", "columns", "keep_view", "edit"})


class PaletteMatch(Struct, frozen=True):
    """A command that fits, and the first answer that was typed behind its name."""

    action: Action
    argument: str = ""


def find_commands(actions: Iterable[Action], typed: str, language: str) -> list[PaletteMatch]:
    """Return the commands that fit, those first whose name in `language`, then in another, begins with what is typed.

    Where none does, the text may be a name with an answer behind it: `note parts are on the way`.
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
