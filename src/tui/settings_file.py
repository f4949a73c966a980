"""The file of the user's settings: what may stand in it, and one value set in it with everything else as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from fenji.desk import write_file
from fenji.errors import Refused
from fenji.folders import config_folder
from tui.drawing.theme import CHOICES

FILE_NAME, KEYS_FILE = "config.yaml", "keys.yaml"


@dataclass(frozen=True)
class Setting:
    """A setting with a few values, of which the first holds where none is set."""

    key: str
    label: str
    choices: tuple[str, ...]
    help: str
    is_live: bool = True  # a change is seen at once, not from the next start on


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "language", "language", ("auto", "zh-Hans", "zh-Hant", "en"), "The language of the interface", is_live=False
    ),
    Setting("theme", "colours", CHOICES, "Colours: by the terminal, dark, light, sixteen, or none"),
    Setting(
        "signs",
        "signs",
        ("auto", "fine", "ascii"),
        "Signs: by the terminal, all of them, or ASCII alone",
        is_live=False,
    ),
    Setting("preview", "preview", ("on", "off"), "The selected ticket shown below the list or beside it"),
    Setting(
        "notices",
        "notices",
        ("bell", "osc9", "osc777", "off"),
        "How the terminal tells that a ticket turns late or at risk",
    ),
    Setting("title", "window title", ("on", "off"), "Counts of late tickets in the title of the terminal's window"),
)
_VALUE = r""""[^"\n]*"|'[^'\n]*'|\[[^\]\n]*\]|[^\s#]+"""  # in one line: quoted, a list, or a word
OTHER_KEYS = ("views",)  # which are written by hand


def config_path() -> Path:
    """Return the path of the file."""
    return Path(config_folder(), FILE_NAME)


def set_value(text: str, key: str, word: str, file_name: str = FILE_NAME) -> str:
    """Return the text of a settings file with one value set to `word`, as YAML writes it; all else stays.

    Raises Refused where the value stands in several lines, or the file cannot be read.
    """
    line = re.compile(rf"^({re.escape(key)}[ \t]*:)(?:[ \t]+(?:{_VALUE}))?([ \t]*(?:#.*)?)$", re.MULTILINE)
    changed, count = line.subn(lambda found: f"{found[1]} {word}{found[2]}", text, count=1)
    if not count:
        separator = "" if not text or text.endswith("\n") else "\n"
        changed = f"{text}{separator}{key}: {word}\n"
    if _parse(changed) != {**(_parse(text) or {}), **(_parse(f"{key}: {word}") or {})}:
        raise Refused(
            "{file} is written in a way in which {key} cannot be set from here.",
            hint="Set it in the file by hand.",
            file=file_name,
            key=key,
        )
    return changed


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise Refused("{path} cannot be read; it is left aside.", path=path) from error


def _parse(text: str) -> Mapping[object, object] | None:
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return None
    return document if isinstance(document, dict) else None if document else {}


def write_key(action_id: str, key: str) -> Path:
    """Give an action another key in keys.yaml and return its path; all else in the file stays. Raises Refused."""
    return _write_value(KEYS_FILE, action_id, json.dumps(key))


def write_setting(key: str, value: str) -> Path:
    """Set one value in the user's file and return its path; all else in it stays. Raises Refused."""
    return _write_value(FILE_NAME, key, value)


def _write_value(file_name: str, key: str, word: str) -> Path:
    path = Path(config_folder(), file_name)
    changed = set_value(_read(path), key, word, file_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path.parent, path.name, changed.encode())
    return path
