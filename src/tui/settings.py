"""The user's settings of the interface: keys, theme, signs and views, from the configuration folder (XDG).

keys.yaml      answer: r            an action id and its key, or a list of keys
config.yaml    theme: dark          and the other keys of `settings_file.SETTINGS`
               views: {Radar: "system:radar"}
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.errors import Problem, Refused, Sentence
from fenji.folders import config_folder
from fenji.model.board import BadFile
from tui import keys
from tui.keys import Keymap
from tui.settings_file import OTHER_KEYS, SETTINGS, Setting, config_path, parse_mapping, read_text

if TYPE_CHECKING:
    from fenji.desk import Desk

LANGUAGE_VARIABLE = "FENJI_LANGUAGE"  # environment variable; it overrides the setting


class UserSettings(Struct, frozen=True):
    """The user's settings; `problems` describe what in the files could not be used."""

    keymap: Keymap = field(default_factory=Keymap)
    theme: str = "auto"
    signs: str = "auto"
    language: str = "auto"
    preview: str = "on"
    notices: str = "bell"
    title: str = "on"
    views: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def load_settings() -> UserSettings:
    """Load the settings of the user who runs fenji; a missing file is no problem."""
    problems: list[Problem] = []
    keys_path, path = Path(config_folder(), "keys.yaml"), config_path()
    custom_keys = _load_mapping(keys_path, problems)
    keymap, unknown_ids = keys.build_keymap({name: _key_list(value) for name, value in custom_keys.items()})
    if unknown_ids:
        message = Sentence("keys.yaml: there is no action {name}.", {"name": tuple(unknown_ids)})
        problems.append(_problem(keys_path, message))
    config = _load_mapping(path, problems)
    problems += (_problem(path, message) for message in _find_mistakes(config))
    chosen = {setting.key: _choose(setting, config.get(setting.key)) for setting in SETTINGS}
    views = config.get("views")
    return UserSettings(
        keymap=keymap,
        theme=chosen["theme"],
        signs=chosen["signs"],
        language=chosen["language"],
        preview=chosen["preview"],
        notices=chosen["notices"],
        title=chosen["title"],
        views={str(key): str(value) for key, value in views.items()} if isinstance(views, Mapping) else {},
        problems=tuple(problems),
    )


def choose_language(desk: Desk, setting: str) -> str:
    """Return the language of the interface: from the environment, else from the setting, else that of the desk."""
    is_own = setting != "auto" and not os.environ.get(LANGUAGE_VARIABLE)
    return setting if is_own else desk.language


def _choose(setting: Setting, value: object) -> str:
    return value if isinstance(value, str) and value in setting.choices else setting.choices[0]


def _find_mistakes(config: Mapping[str, object]) -> Iterator[Sentence]:
    """Yield a sentence for each entry of config.yaml that cannot be used."""
    for setting in SETTINGS:
        value = config.get(setting.key)
        if value is not None and (not isinstance(value, str) or value not in setting.choices):
            values = {"key": setting.key, "name": str(value), "known": setting.choices}
            yield Sentence("config.yaml: {key} cannot be {name}, only {known}.", values)
    if not isinstance(config.get("views", {}), Mapping):
        yield Sentence('config.yaml: views are names with filters, one per line, such as Radar: "system:radar"')
    known = {setting.key for setting in SETTINGS} | set(OTHER_KEYS)
    if unknown := [str(key) for key in config if key not in known]:
        values = {"name": tuple(unknown), "known": tuple(sorted(known))}
        yield Sentence("config.yaml: there is no setting {name}, only {known}.", values)


def group_by_file(problems: Iterable[Problem]) -> tuple[BadFile, ...]:
    """Return the files that have problems, each with its own problems."""
    by_path: dict[str, list[Problem]] = {}
    for problem in problems:
        by_path.setdefault(problem.path, []).append(problem)
    return tuple(BadFile(path, tuple(found)) for path, found in by_path.items())


def _problem(path: Path, message: Sentence) -> Problem:
    return Problem(str(path), 0, 0, "", message)


def _load_mapping(path: Path, problems: list[Problem]) -> Mapping[str, object]:
    """Load the mapping in a settings file; every scalar stays text, so that a key may be `1` or `n`."""
    try:
        document = parse_mapping(read_text(path))
    except Refused:
        document = None
    if document is None:
        problems.append(_problem(path, Sentence("{path} cannot be read; it is ignored.", {"path": path})))
    return document or {}


def _key_list(value: object) -> list[str]:
    return [str(key) for key in value] if isinstance(value, list) else [str(value)]
