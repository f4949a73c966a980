"""What is sent to the terminal when a ticket turns late or at risk: a bell or a notice, and the window's title."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.context import Context

PUSH_TITLE, POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_ALARMING = ("!", "~")
_WITHOUT_TITLES = ("linux", "vt", "dumb")  # beginnings of TERM for terminals that show such sequences as text
_MAX_CELLS = 120  # of a notice


class Notifier:
    """Compares each board with the last one: which tickets have turned since. Each turn is reported once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.notices, self.has_title = context.settings.notices, context.settings.title == "on"
        self._sign_by_uid: dict[str, str] | None = None  # none before the first board

    def describe_turns(self, rows: Sequence[Row], *, is_thin: bool = False) -> str:
        """Return what to send to the terminal about the tickets that turned; `""` for nothing."""
        before, self._sign_by_uid = self._sign_by_uid, {row.uid: row.sign for row in rows}
        if before is None or is_thin or self.notices == "off":
            return ""
        turned = [row for row in rows if row.sign in _ALARMING and before.get(row.uid, row.sign) != row.sign]
        return self._notice(turned) if turned else ""

    def _notice(self, turned: Sequence[Row]) -> str:
        if self.notices == "bell" or _draws_sequences():
            return "\a"
        words = "; ".join(f"{row.sign} {row.left_text} {row.id} {row.ticket.title}" for row in turned)
        text = cells.truncate(cells.sanitize_line(words).replace(";", ","), _MAX_CELLS, "")
        return f"\x1b]9;{text}\a" if self.notices == "osc9" else f"\x1b]777;notify;fenji;{text}\a"

    def make_title(self, rows: Iterable[Row]) -> str:
        """Return the title of the window: `fenji KSA: 3 late, 1 at risk`; `""` for none."""
        if not self.has_title or _draws_sequences():
            return ""
        counts = Counter(row.sign for row in rows)
        say = self._context.say
        parts = [
            say(template, count=counts[sign])
            for sign, template in (("!", "{count} late"), ("~", "{count} at risk"))
            if counts[sign]
        ]
        return cells.sanitize_line(
            f"fenji {self._context.desk.site}" + (f": {self._context.formatter.join(parts)}" if parts else "")
        )


def set_title(title: str) -> str:
    """Return the sequence that gives the terminal's window a title."""
    return f"\x1b]2;{title}\x1b\\"


def _draws_sequences() -> bool:
    return os.environ.get("TERM", "").startswith(_WITHOUT_TITLES)
