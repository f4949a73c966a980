"""What things look like: roles → styles of 16 colours or none, and the few signs that are not ASCII.

Colours are the terminal's own sixteen, so they follow its light or dark theme. Everything that a colour says is said
by a sign or a word as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style

# A run of text and the role it plays; a line is a list of them.
StyledSpan = tuple[str, str]
StyledLine = list[StyledSpan]


@dataclass(frozen=True)
class Signs:
    """The marks between the words. None of the ASCII set is of ambiguous width."""

    rule: str
    dash: str
    dot: str
    ellipsis: str
    arrow: str
    up: str  # goes out to the hub
    down: str  # comes in from it


UNICODE_SIGNS = Signs(rule="─", dash="—", dot="·", ellipsis="…", arrow="→", up="↑", down="↓")
ASCII_SIGNS = Signs(rule="-", dash="-", dot="-", ellipsis="~", arrow=">", up="^", down="v")
PLAIN_SIGNS = Signs(rule=" ", dash="-", dot="-", ellipsis="~", arrow=">", up="^", down="v")


@dataclass(frozen=True, eq=False)
class Theme:
    """Styles by role, and the signs. A role without a style is drawn in the terminal's own colours.

    One look serves a whole run: it is known by its identity, so that drawn lines can be kept by it.
    """

    styles: Mapping[str, Style]
    signs: Signs = ASCII_SIGNS

    def style(self, role: str) -> Style | None:
        return self.styles.get(role)


def _parse_styles(**roles: str) -> dict[str, Style]:
    return {role: Style.parse(style_text) for role, style_text in roles.items()}


_MONO_ROLES = {
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
_TERMINAL_ROLES = {
    **_MONO_ROLES,
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
_LIGHT_ROLES = {**_TERMINAL_ROLES, "label": "blue", "risk": "magenta"}
_DARK_ROLES = {**_TERMINAL_ROLES, "label": "bright_cyan", "late": "bold bright_red", "risk": "bright_yellow"}

THEMES: Mapping[str, Mapping[str, Style]] = {
    "terminal": {role: style for role, style in _parse_styles(**_TERMINAL_ROLES).items() if style},
    "light": {role: style for role, style in _parse_styles(**_LIGHT_ROLES).items() if style},
    "dark": {role: style for role, style in _parse_styles(**_DARK_ROLES).items() if style},
    "mono": {role: style for role, style in _parse_styles(**_MONO_ROLES).items() if style},
}


def load_theme(name: str = "terminal", signs: Signs = ASCII_SIGNS) -> Theme:
    """The look of that theme; the terminal's own colours where there is no such theme."""
    return Theme(THEMES.get(name, THEMES["terminal"]), signs)
