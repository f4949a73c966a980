"""The colours of the interface, one table of tokens for each theme.

A line is made of spans, each with a role. A role is one token, or several separated by blanks: `head late` is late text
on the ground of the first line, `bar late strong` the same in bold on the selected row. Ordinary text has the role `""`
and keeps the terminal's own colour. Whatever a colour says, a sign or a word says as well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from rich.style import Style

from fenji.text import bars
from tui.drawing.signs import ASCII_SIGNS, UNICODE_SIGNS, Signs

# A run of text and its role; a line is a list of them.
StyledSpan = tuple[str, str]
StyledLine = list[StyledSpan]

CHOICES = ("auto", "dark", "light", "ansi", "mono")  # of the setting `theme`
_GROUNDS = ("head", "bar")
_FILLED = ("p1", "lit", "tab")  # tokens with a ground of their own, which they keep anywhere
_PLAIN_ON_BAR = ("dim", "faint", "info")  # hard to read on the bar, so they are plain there


class Palette(Struct, frozen=True, eq=False, dict=True):
    """The styles of one theme by token.

    `flat_grounds`: the head and the bar are drawn in reverse, and no colours are drawn on them.
    """

    name: str
    tokens: Mapping[str, Style]
    flat_grounds: bool = False

    @cached_property
    def _by_role(self) -> dict[str, Style | None]:
        return {"": None}

    def style(self, role: str) -> Style | None:
        """Return the style of a role, None for the terminal's own. Raises KeyError for an unknown token."""
        if role not in self._by_role:
            self._by_role[role] = self._combine(role.split())
        return self._by_role[role]

    def _combine(self, names: list[str]) -> Style | None:
        ground = next((name for name in names if name in _GROUNDS), "")
        if any(name in _FILLED for name in names):
            names = [name for name in names if name not in _GROUNDS]
        elif ground and self.flat_grounds:
            styles = [self.tokens[name] for name in names]
            strength = ["strong"] if any(style.bold for style in styles) else []
            # A cursor reversed twice would be invisible, so its cell is left without the ground.
            grounds = [] if "cursor" in names else [ground]
            names = [*grounds, *strength, *(["underline"] if any(style.underline for style in styles) else [])]
        elif ground == "bar":
            names = [name for name in names if name not in _PLAIN_ON_BAR]
        return Style.combine(self.tokens[name] for name in names) if names else None


def _tokens(**texts: str) -> dict[str, Style]:
    shared = {"strong": "bold", "underline": "underline", "cursor": "reverse"}
    parsed = {name: Style.parse(text) for name, text in (shared | texts).items()}
    parsed["key"] = parsed["accent"] + Style(bold=True)
    parsed["suggestion"] = parsed["accent"] + Style(italic=True)
    parsed["rule"] = parsed["dim"] + Style(underline=True)
    parsed["section"] = parsed["rule"] + Style(bold=True)
    return parsed


_DARK = _tokens(
    dim="color(247)",
    faint="color(240)",
    accent="color(117)",
    late="color(210)",
    risk="color(215)",
    good="color(114)",
    info="color(183)",
    hit="bold underline color(228)",
    head="on color(236)",
    bar="on color(237)",
    p1="bold color(231) on color(160)",
    lit="bold color(16) on color(215)",
    tab="bold color(16) on color(117)",
)
_LIGHT = _tokens(
    dim="color(241)",
    faint="color(248)",
    accent="color(25)",
    late="color(124)",
    risk="color(94)",
    good="color(22)",
    info="color(55)",
    hit="bold underline color(94)",
    head="on color(254)",
    bar="on color(189)",
    p1="bold color(231) on color(124)",
    lit="bold color(231) on color(94)",
    tab="bold color(231) on color(25)",
)
_ANSI_FILLED = {
    "head": "reverse",
    "bar": "reverse",
    "p1": "bold bright_white on red",
    "lit": "bold black on yellow",
    "tab": "bold black on cyan",
}
_ANSI = _tokens(
    dim="bright_black",
    faint="bright_black",
    accent="cyan",
    late="bright_red",
    risk="yellow",
    good="green",
    info="magenta",
    hit="bold underline yellow",
    **_ANSI_FILLED,
)
# Yellow, cyan and the bright colours are hardly seen on a light ground.
_ANSI_LIGHT = _tokens(
    dim="bright_black",
    faint="bright_black",
    accent="blue",
    late="red",
    risk="magenta",
    good="green",
    info="blue",
    hit="bold underline magenta",
    **_ANSI_FILLED,
)
_MONO = _tokens(
    dim="dim",
    faint="dim",
    accent="none",
    late="bold",
    risk="bold",
    good="none",
    info="none",
    hit="bold underline",
    head="reverse",
    bar="reverse",
    p1="bold reverse",
    lit="bold reverse",
    tab="bold reverse",
)
_TRUE_GROUNDS = {
    "dark": {"head": Style.parse("on #262c38"), "bar": Style.parse("on #283a54")},
    "light": {"head": Style.parse("on #e9e7e0"), "bar": Style.parse("on #dbe9fb")},
}

PALETTES: Mapping[str, Palette] = {
    "dark": Palette("dark", _DARK),
    "dark24": Palette("dark", {**_DARK, **_TRUE_GROUNDS["dark"]}),
    "light": Palette("light", _LIGHT),
    "light24": Palette("light", {**_LIGHT, **_TRUE_GROUNDS["light"]}),
    "ansi": Palette("ansi", _ANSI, flat_grounds=True),
    "ansi-light": Palette("ansi", _ANSI_LIGHT, flat_grounds=True),
    "mono": Palette("mono", _MONO, flat_grounds=True),
}


class Terminal(Struct, frozen=True):
    """What is known about the terminal: its colours, and whether its link is slow."""

    colours: int = 256
    is_true_colour: bool = False
    is_light: bool | None = None  # None: not known
    no_colour: bool = False
    is_thin: bool = False  # a slow link, on which every byte counts

    @classmethod
    def from_environment(cls) -> Terminal:
        """Read NO_COLOR, COLORTERM, TERM and COLORFGBG."""
        true_colour = os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
        has_256 = true_colour or "256color" in os.environ.get("TERM", "") or bool(os.environ.get("COLORTERM"))
        return cls(
            colours=256 if has_256 else 16,
            is_true_colour=true_colour,
            is_light=_read_ground(os.environ.get("COLORFGBG", "")),
            no_colour=bool(os.environ.get("NO_COLOR")),
        )


def _read_ground(colorfgbg: str) -> bool | None:
    """Return whether `15;0`, the colour numbers of text and ground, means a light ground; None if it says nothing."""
    ground = colorfgbg.rpartition(";")[2]
    return None if not ground.isdigit() else int(ground) == 7 or int(ground) > 8


def choose_palette(choice: str, terminal: Terminal) -> Palette:
    """Return the palette for one of `CHOICES` in this terminal."""
    if terminal.no_colour or choice == "mono":
        return PALETTES["mono"]
    if choice == "ansi" or (choice == "auto" and (terminal.is_thin or terminal.colours < 256)):
        return PALETTES["ansi-light" if terminal.is_light else "ansi"]
    name = choice if choice in ("dark", "light") else "light" if terminal.is_light else "dark"
    return PALETTES[f"{name}24" if terminal.is_true_colour else name]


class Theme:
    """The palette in use and the signs; every widget holds the same theme, so a change of it reaches all."""

    def __init__(self, choice: str = "auto", signs: Signs = ASCII_SIGNS, terminal: Terminal | None = None) -> None:
        self.signs = signs
        self._choice, self._terminal = choice, terminal or Terminal()
        self.palette = choose_palette(choice, self._terminal)

    @property
    def choice(self) -> str:
        """The one of `CHOICES` that is in use."""
        return self._choice

    @property
    def wants_ground(self) -> bool:
        """Whether the terminal should be asked if its ground is light, since the theme depends on that."""
        return self._choice == "auto" and self._terminal.is_light is None and self.palette.name in ("dark", "light")

    def choose(self, choice: str) -> None:
        """Use another of `CHOICES`."""
        self._choice = choice
        self.palette = choose_palette(choice, self._terminal)

    def learn(self, terminal: Terminal) -> None:
        """Adapt to new knowledge about the terminal."""
        self._terminal = terminal
        self.choose(self._choice)

    @property
    def terminal(self) -> Terminal:
        return self._terminal

    @property
    def bar_signs(self) -> bars.BarSigns:
        """The signs that bars and axes are drawn with."""
        return bars.NEUTRAL if self.signs is UNICODE_SIGNS else bars.ASCII

    def style(self, role: str) -> Style | None:
        """Return how a role is drawn, None for the terminal's own colours."""
        return self.palette.style(role)
