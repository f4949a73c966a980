"""The user's settings file: the settings it may contain, and changing one value while the rest stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.desk import write_failure, write_file
from fenji.errors import Refused
from fenji.folders import config_folder

if TYPE_CHECKING:
    from yaml.nodes import Node

FILE_NAME, KEYS_FILE = "config.yaml", "keys.yaml"


class Setting(Struct, frozen=True):
    """A setting with a few possible values; the first is the default."""

    key: str
    label: str
    values: Mapping[str, str]  # values as in the file, with their labels; `""` if the label is not translated
    help: str

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.values)


LANGUAGE_NAMES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}  # each in its own language
_THEMES = {"auto": "auto (terminal)", "dark": "dark", "light": "light", "ansi": "16 colours", "mono": "no colours"}
_SHOWN = {"on": "shown", "off": "hidden"}
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "language",
        "language",
        {"auto": "auto (desk)", **dict.fromkeys(LANGUAGE_NAMES, "")},
        "The language of the interface; tickets stay as they were written",
    ),
    Setting("theme", "colours", _THEMES, "Dark or light, to match your terminal's background"),
    Setting(
        "signs",
        "signs",
        {"auto": "auto (terminal)", "fine": "all of them", "ascii": "ASCII only"},
        "ASCII only, if the terminal's font lacks bars and marks",
    ),
    Setting("preview", "preview", _SHOWN, "The selected ticket below the list, or next to it in a wide terminal"),
    Setting(
        "notices",
        "notices",
        {"bell": "bell", "osc9": "message (OSC 9)", "osc777": "message (OSC 777)", "off": "silent"},
        "How the terminal alerts you when a ticket becomes late or at risk",
    ),
    Setting("title", "window title", _SHOWN, "The number of late tickets in the terminal's window title"),
)
_VALUE = r""""[^"\n]*"|'[^'\n]*'|\[[^\]\n]*\]|[^\s#]+"""  # a value on one line: quoted, a list, or a word
OTHER_KEYS = ("views",)  # valid keys with values that are not from a fixed list


def config_path() -> Path:
    """Return the path of config.yaml."""
    return Path(config_folder(), FILE_NAME)


def set_value(text: str, key: str, word: str, file_name: str = FILE_NAME) -> str:
    """Return the text of a settings file with one value set to `word`, which is YAML; the rest is unchanged.

    Raises Refused if the present value spans several lines, or if the file cannot be parsed.
    """
    line = re.compile(rf"^({re.escape(key)}[ \t]*:)(?:[ \t]+(?:{_VALUE}))?([ \t]*(?:#.*)?)$", re.MULTILINE)
    changed, count = line.subn(lambda found: f"{found[1]} {word}{found[2]}", text, count=1)
    if not count:
        separator = "" if not text or text.endswith("\n") else "\n"
        changed = f"{text}{separator}{key}: {word}\n"
    if parse_mapping(changed) != {**(parse_mapping(text) or {}), **(parse_mapping(f"{key}: {word}") or {})}:
        raise Refused(
            "{file} is written so that {key} cannot be set from here.",
            hint="Set it in the file by hand.",
            file=file_name,
            key=key,
        )
    return changed


def read_text(path: Path) -> str:
    """Return the text of a settings file; `""` if it is missing. Raises Refused if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise Refused("{path} cannot be read; it is ignored.", path=path) from error


def parse_mapping(text: str) -> Mapping[str, object] | None:
    """Return the YAML mapping in a text, with every scalar as text; None if it is not a mapping or not YAML."""
    if not text:
        return {}
    import yaml  # slow to import

    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return None
    return document if isinstance(document, dict) else None if document else {}


def write_key(action_id: str, key: str) -> Path:
    """Give an action another key in keys.yaml, and return the path; the rest is unchanged. Raises Refused."""
    return _write_value(KEYS_FILE, action_id, json.dumps(key))


def write_setting(key: str, value: str) -> Path:
    """Set one value in config.yaml, and return the path; the rest is unchanged. Raises Refused."""
    return _write_value(FILE_NAME, key, value)


def save_view(name: str, query: str) -> None:
    """Save a view in config.yaml; the rest is unchanged. Raises Refused, or Unavailable if writing fails."""
    path = config_path()
    _write_text(path, _with_view(read_text(path), name, query))


def _write_value(file_name: str, key: str, word: str) -> Path:
    path = Path(config_folder(), file_name)
    _write_text(path, set_value(read_text(path), key, word, file_name))
    return path


def _write_text(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise write_failure(error, path.parent) from error
    write_file(path.parent, path.name, text.encode(), private=True)


def _with_view(text: str, name: str, query: str) -> str:
    """Return the text of a settings file with a view added, or replaced if the name exists. Raises Refused."""
    import yaml

    settings = parse_mapping(text)
    if settings is None:
        raise Refused("{path} cannot be read; it is ignored.", path=config_path())
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    views = settings.get("views")
    views = {**(views if isinstance(views, Mapping) else {}), name: query}
    if isinstance(root, yaml.MappingNode) and root.flow_style:
        return yaml.safe_dump({**settings, "views": views}, allow_unicode=True, sort_keys=False)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    start, end = next(
        ((key.start_mark.index, _end_of(value)) for key, value in pairs if key.value == "views"), (len(text), len(text))
    )
    before = f"{text[:start]}\n" if text[:start] and not text[:start].endswith("\n") else text[:start]
    return f"{before}{_views_block(views)}{text[end:].lstrip(' ').removeprefix(chr(10))}"


def _views_block(views: Mapping[str, object]) -> str:
    lines = [
        f"  {json.dumps(str(name), ensure_ascii=False)}: {json.dumps(str(query), ensure_ascii=False)}\n"
        for name, query in views.items()
    ]
    return "".join(["views:\n", *lines])


def _end_of(node: Node) -> int:
    """Return the end of a value in its file; a block ends with its last value, as later comments belong elsewhere."""
    is_block = isinstance(node.value, list) and not getattr(node, "flow_style", True) and node.value
    return (
        _end_of(node.value[-1][-1] if isinstance(node.value[-1], tuple) else node.value[-1])
        if is_block
        else node.end_mark.index
    )
