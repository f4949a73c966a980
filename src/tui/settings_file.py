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
OTHER_KEYS = ("views",)  # which are written by hand


def config_path() -> Path:
    """Return the path of the file."""
    return Path(config_folder(), FILE_NAME)


def set_value(text: str, key: str, value: str) -> str:
    """Return the text of the file with one value set; comments and everything else stay. Raises Refused."""
    line = re.compile(rf"^({re.escape(key)}[ \t]*:)[ \t]*[^\s#]*([ \t]*(?:#.*)?)$", re.MULTILINE)
    changed, count = line.subn(lambda found: f"{found[1]} {value}{found[2]}", text, count=1)
    if not count:
        separator = "" if not text or text.endswith("\n") else "\n"
        changed = f"{text}{separator}{key}: {value}\n"
    if _parse(changed) != {**(_parse(text) or {}), key: value}:
        raise Refused(
            "{file} is written in a way in which {key} cannot be set from here.",
            hint="Set it in the file by hand.",
            file=FILE_NAME,
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
    path = Path(config_folder(), KEYS_FILE)
    text = _read(path)
    line = f"{action_id}: {json.dumps(key)}"
    changed, count = re.subn(rf"^{re.escape(action_id)}[ \t]*:.*$", lambda _: line, text, count=1, flags=re.MULTILINE)
    if not count:
        changed = f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
    if _parse(changed) != {**(_parse(text) or {}), action_id: key}:
        raise Refused(
            "{file} is written in a way in which {key} cannot be set from here.",
            hint="Set it in the file by hand.",
            file=KEYS_FILE,
            key=action_id,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path.parent, path.name, changed.encode())
    return path


def write_setting(key: str, value: str) -> Path:
    """Set one value in the user's file and return its path. Raises Refused, or Unavailable if it cannot be written."""
    path = config_path()
    changed = set_value(_read(path), key, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path.parent, path.name, changed.encode())
    return path
