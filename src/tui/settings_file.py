"""The file of the user's settings: what may stand in it, and one value set in it with everything else as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from fenji.desk import write_file
from fenji.errors import Refused
from fenji.folders import config_folder

FILE_NAME, KEYS_FILE = "config.yaml", "keys.yaml"


class Setting(Struct, frozen=True):
    """A setting with a few values, of which the first holds where none is set."""

    key: str
    label: str
    values: Mapping[str, str]  # as the file has them, each with what it is called, if that is translated
    help: str

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.values)


LANGUAGE_NAMES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}  # each in itself, in all of them
_THEMES = {"auto": "by the terminal", "dark": "dark", "light": "light", "ansi": "16 colours", "mono": "no colours"}
_SHOWN = {"on": "shown", "off": "hidden"}
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "language",
        "language",
        {"auto": "as the desk", **dict.fromkeys(LANGUAGE_NAMES, "")},
        "The language of the interface; tickets stay as they were written",
    ),
    Setting("theme", "colours", _THEMES, "Dark and light fit the ground of your terminal"),
    Setting(
        "signs",
        "signs",
        {"auto": "by the terminal", "fine": "all of them", "ascii": "ASCII alone"},
        "ASCII alone, where the font of the terminal lacks bars and marks",
    ),
    Setting("preview", "preview", _SHOWN, "The selected ticket below the list, or beside it in a wide terminal"),
    Setting(
        "notices",
        "notices",
        {"bell": "bell", "osc9": "message (OSC 9)", "osc777": "message (OSC 777)", "off": "silent"},
        "How the terminal calls you when a ticket becomes late or at risk",
    ),
    Setting("title", "window title", _SHOWN, "The number of late tickets in the title of the terminal's window"),
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
    import yaml  # slow to import

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
