"""What things look like: roles → styles of 16 colours or none, and the few signs that are not ASCII.

Colours are the terminal's own sixteen, so they follow its light or dark theme. Everything that a colour says is said
by a sign or a word as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style

# A run of text and the role it plays; a line is a list of them.
Span = tuple[str, str]
Line = list[Span]


@dataclass(frozen=True)
class Signs:
    """The marks between the words. None of the ASCII set is of ambiguous width."""

    rule: str
    dash: str
    dot: str
    cut: str
    arrow: str
    up: str  # goes out to the hub
    down: str  # comes in from it


FINE = Signs(rule="─", dash="—", dot="·", cut="…", arrow="→", up="↑", down="↓")
ASCII = Signs(rule="-", dash="-", dot="-", cut="~", arrow=">", up="^", down="v")
BARE = Signs(rule=" ", dash="-", dot="-", cut="~", arrow=">", up="^", down="v")


@dataclass(frozen=True, eq=False)
class Look:
    """Styles by role, and the signs. A role without a style is drawn in the terminal's own colours.

    One look serves a whole run: it is known by its identity, so that drawn lines can be kept by it.
    """

    styles: Mapping[str, Style]
    signs: Signs = ASCII

    def style(self, role: str) -> Style | None:
        return self.styles.get(role)


def _styles(**roles: str) -> dict[str, Style]:
    return {role: Style.parse(words) for role, words in roles.items()}


_SHAPES = {
    "bar": "reverse",
    "title": "bold",
    "heads": "underline",
    "tab": "reverse",
    "key": "bold",
    "label": "none",
    "faint": "none",
    "late": "bold",
    "risk": "bold",
    "held": "none",
    "good": "none",
    "hit": "bold underline",
    "error": "bold",
    "notice": "bold",
    "cursor": "reverse",
    "chosen": "reverse",
    "mark": "bold",
    "rule": "none",
}
_TERMINAL = {
    **_SHAPES,
    "key": "bold",
    "label": "cyan",
    "faint": "dim",
    "late": "bold red",
    "risk": "yellow",
    "held": "dim",
    "good": "green",
    "hit": "bold underline",
    "error": "bold red",
    "notice": "bold",
    "rule": "dim",
}
_LIGHT = {**_TERMINAL, "label": "blue", "risk": "magenta"}
_DARK = {**_TERMINAL, "label": "bright_cyan", "late": "bold bright_red", "risk": "bright_yellow"}

THEMES: Mapping[str, Mapping[str, Style]] = {
    "terminal": {role: style for role, style in _styles(**_TERMINAL).items() if style},
    "light": {role: style for role, style in _styles(**_LIGHT).items() if style},
    "dark": {role: style for role, style in _styles(**_DARK).items() if style},
    "mono": {role: style for role, style in _styles(**_SHAPES).items() if style},
}


def look(theme: str = "terminal", signs: Signs = ASCII) -> Look:
    """The look of that theme; the terminal's own colours where there is no such theme."""
    return Look(THEMES.get(theme, THEMES["terminal"]), signs)
