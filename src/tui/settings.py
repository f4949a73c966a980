"""The user's settings of the interface: keys, theme, signs and views, from the configuration folder (XDG).

keys.yaml      answer: r            an action id and its key, or a list of keys
config.yaml    theme: dark          auto (default), dark, light, ansi (16 colours), mono
               signs: ascii         auto (default), fine, ascii
               views: {Radar: "system:radar"}
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenji.desk import expand_user, write_file
from fenji.errors import Problem, Sentence, Unavailable
from fenji.model.board import BadFile
from tui import keys
from tui.keys import Keymap
from tui.theme import CHOICES


@dataclass(frozen=True)
class UserSettings:
    """The user's settings; `problems` describe those that could not be used."""

    keymap: Keymap = field(default_factory=Keymap)
    theme: str = "auto"
    signs: str = "auto"
    views: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def config_folder() -> Path:
    """Return `$XDG_CONFIG_HOME/fenji`, else `~/.config/fenji`."""
    configured = os.environ.get("XDG_CONFIG_HOME")
    return (Path(configured) if configured else expand_user("~/.config")) / "fenji"


def load_settings() -> UserSettings:
    """Load the settings of the user running this; a missing file is no problem."""
    problems: list[Problem] = []
    keys_path, config_path = config_folder() / "keys.yaml", config_folder() / "config.yaml"
    custom_keys = _load_mapping(keys_path, problems)
    keymap, unknown_ids = keys.build_keymap({name: _key_list(value) for name, value in custom_keys.items()})
    if unknown_ids:
        message = Sentence("keys.yaml: there is no action {name}.", {"name": ", ".join(unknown_ids)})
        problems.append(_problem(keys_path, message))
    config = _load_mapping(config_path, problems)
    theme = str(config.get("theme") or "auto")
    if theme not in CHOICES:
        values = {"name": theme, "known": ", ".join(CHOICES)}
        message = Sentence("config.yaml: there is no theme {name}, only {known}.", values)
        problems.append(_problem(config_path, message))
    views = config.get("views")
    return UserSettings(
        keymap=keymap,
        theme=theme if theme in CHOICES else "auto",
        signs=str(config.get("signs") or "auto"),
        views={str(key): str(value) for key, value in views.items()} if isinstance(views, Mapping) else {},
        problems=tuple(problems),
    )


def group_by_file(problems: Iterable[Problem]) -> tuple[BadFile, ...]:
    """Return the files of the settings that have problems, each with its own."""
    by_path: dict[str, list[Problem]] = {}
    for problem in problems:
        by_path.setdefault(problem.path, []).append(problem)
    return tuple(BadFile(path, tuple(found)) for path, found in by_path.items())


def _problem(path: Path, message: Sentence) -> Problem:
    return Problem(str(path), 0, 0, "", message)


def _load_mapping(path: Path, problems: list[Problem]) -> Mapping[str, object]:
    """Load the mapping in a settings file; every scalar stays text (a key named `1` or `n`)."""
    import yaml

    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError):
        problems.append(_problem(path, Sentence("{path} cannot be read; it is left aside.", {"path": path})))
        return {}
    return document if isinstance(document, Mapping) else {}


def _key_list(value: object) -> list[str]:
    return [str(key) for key in value] if isinstance(value, list) else [str(value)]


def save_setting(name: str, value: str) -> Path:
    """Write one setting of config.yaml and leave every other line of it as it is; return the file.

    Raises Unavailable if the file cannot be written.
    """
    folder = config_folder()
    path = folder / "config.yaml"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    except (OSError, ValueError) as error:
        raise Unavailable("{path} cannot be read; it is left aside.", path=str(path)) from error
    line = f"{name}: {value}"
    kept = [line if other.startswith(f"{name}:") else other for other in lines]
    text = "\n".join(kept if line in kept else [*kept, line]) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder, path.name, text.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be written: {reason}", path=str(path), reason=reason) from error
    return path
