"""Themes: styles by role in 16 colours or none, and the few signs that are not ASCII.

Colours are the terminal's own sixteen, so they follow its light or dark theme. Whatever a colour says, a sign or a
word says as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style

from fenji.text import bars

# A run of text and its role (a key of `Theme.styles`); a line is a list of them.
StyledSpan = tuple[str, str]
StyledLine = list[StyledSpan]


@dataclass(frozen=True)
class Signs:
    """The signs drawn between words; none of the ASCII set has an ambiguous width."""

    rule: str
    dash: str
    dot: str
    ellipsis: str
    arrow: str
    up: str  # outgoing to the hub
    down: str  # incoming from it


UNICODE_SIGNS = Signs(rule="─", dash="—", dot="·", ellipsis="…", arrow="→", up="↑", down="↓")
ASCII_SIGNS = Signs(rule="-", dash="-", dot="-", ellipsis="~", arrow=">", up="^", down="v")
PLAIN_SIGNS = Signs(rule=" ", dash="-", dot="-", ellipsis="~", arrow=">", up="^", down="v")


@dataclass(frozen=True, eq=False)
class Theme:
    """Styles by role, and the signs; a role without a style is drawn in the terminal's own colours.

    One theme serves a whole run: it is compared by identity, so that rendered lines can be cached by it.
    """

    styles: Mapping[str, Style]
    signs: Signs = ASCII_SIGNS

    @property
    def bar_signs(self) -> bars.BarSigns:
        """The signs that bars are drawn with: blocks only where the terminal draws them one cell wide."""
        return bars.BLOCKS if self.signs is UNICODE_SIGNS else bars.ASCII

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
    """Return the theme of that name, or the terminal's own colours if there is none."""
    return Theme(THEMES.get(name, THEMES["terminal"]), signs)
