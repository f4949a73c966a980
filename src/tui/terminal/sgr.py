"""Styled text as it is sent to a terminal: between two runs only the changes, nothing before plain text. Pure.

Rich resets after every run and sends colour and ground again; on a thin link that is a sixth of all bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from rich.color import ColorSystem
    from rich.segment import Segment

# Attributes of a style with the codes that switch them on and off.
_ATTRIBUTES = (("bold", "1", "22"), ("dim", "2", "22"), ("italic", "3", "23"), ("underline", "4", "24"))
_MORE_ATTRIBUTES = (("blink", "5", "25"), ("reverse", "7", "27"), ("strike", "9", "29"))
_PLAIN = Style.null()


def render_segments(segments: Iterable[Segment], color_system: ColorSystem | None) -> str:
    """Return the text of the segments with the sequences that style it; the last one resets, if any was sent."""
    parts, current = [], _PLAIN
    for text, style, control in segments:
        if not control:
            parts.append(change_style(current, style or _PLAIN, color_system))
            current = style or _PLAIN
        parts.append(text)
    return "".join([*parts, change_style(current, _PLAIN, color_system)])


@lru_cache(maxsize=1024)
def change_style(before: Style, after: Style, color_system: ColorSystem | None) -> str:
    """Return the shortest sequence that turns one style into another."""
    old, new = _codes(before, color_system), _codes(after, color_system)
    if old == new:
        return ""
    if not new:
        return "\x1b[m"
    from_nothing = ";".join(["0", *new.values()] if old else new.values())
    off = dict.fromkeys(_off_code(key) for key in old if key not in new)
    # One code switches off both bold and dim: the one that stays is sent again.
    again = [code for key, code in new.items() if old.get(key) != code or _off_code(key) in off]
    in_steps = ";".join([*off, *again])
    return f"\x1b[{min(from_nothing, in_steps, key=len)}m"


def shows_on_blanks(style: Style | None) -> bool:
    """Return whether a blank in this style differs from a plain one."""
    return style is not None and bool(style.bgcolor or style.reverse or style.underline or style.strike)


def _off_code(key: str) -> str:
    return {name: off for name, _, off in (*_ATTRIBUTES, *_MORE_ATTRIBUTES)}.get(key, "39" if key == "color" else "49")


@lru_cache(maxsize=1024)
def _codes(style: Style, color_system: ColorSystem | None) -> dict[str, str]:
    """Return the codes of a style by the attribute that they set."""
    codes = {name: on for name, on, _ in (*_ATTRIBUTES, *_MORE_ATTRIBUTES) if getattr(style, name)}
    if color_system is None:
        return {}
    if style.color is not None:
        codes["color"] = ";".join(style.color.downgrade(color_system).get_ansi_codes())
    if style.bgcolor is not None:
        codes["bgcolor"] = ";".join(style.bgcolor.downgrade(color_system).get_ansi_codes(foreground=False))
    return codes
