"""A person's own settings of the interface: keys, theme, signs and views, from the configuration folder (XDG).

keys.yaml      answer: r            an action id and its key, or a list of keys
config.yaml    theme: dark          terminal (default), light, dark, mono
               signs: ascii         auto (default), fine, ascii
               views: {Radar: "system:radar"}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenji.errors import Sentence
from fenji.tui import keys
from fenji.tui.keys import Keymap
from fenji.tui.look import THEMES


@dataclass(frozen=True)
class Settings:
    """What a person chose; `problems` are what could not be used of it."""

    keymap: Keymap = field(default_factory=Keymap)
    theme: str = "terminal"
    signs: str = "auto"
    views: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Sentence, ...] = ()


def config_folder() -> Path:
    """`$XDG_CONFIG_HOME/fenji`, else `~/.config/fenji`."""
    named = os.environ.get("XDG_CONFIG_HOME")
    return (Path(named) if named else Path.home() / ".config") / "fenji"


def settings() -> Settings:
    """The settings of the person who runs this; a file that is missing says nothing."""
    problems: list[Sentence] = []
    own = _mapping(config_folder() / "keys.yaml", problems)
    keymap, unknown = keys.keymap({name: _keys(value) for name, value in own.items()})
    problems += [Sentence("keys.yaml: there is no action {name}.", {"name": name}) for name in unknown]
    rest = _mapping(config_folder() / "config.yaml", problems)
    theme = str(rest.get("theme") or "terminal")
    if theme not in THEMES:
        known = ", ".join(THEMES)
        problems.append(
            Sentence("config.yaml: there is no theme {name}, only {known}.", {"name": theme, "known": known})
        )
    views = rest.get("views")
    return Settings(
        keymap=keymap,
        theme="mono" if os.environ.get("NO_COLOR") else theme,
        signs=str(rest.get("signs") or "auto"),
        views={str(key): str(value) for key, value in views.items()} if isinstance(views, Mapping) else {},
        problems=tuple(problems),
    )


def _mapping(path: Path, problems: list[Sentence]) -> Mapping[str, object]:
    """The mapping in a settings file; every scalar stays text (a key named `1` or `n`)."""
    import yaml

    try:
        held = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError):
        problems.append(Sentence("{path} cannot be read; it is left aside.", {"path": path}))
        return {}
    return held if isinstance(held, Mapping) else {}


def _keys(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
