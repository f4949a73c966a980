"""What needs attention in a ticket besides its clocks, in words: marked steps, and acts that are held back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model.board import HELD_ALERT, alert_of
from tui.drawing import cells
from tui.formatting import EVENT_LABELS

if TYPE_CHECKING:
    from fenji.model.annotations import HeldAct, Mark
    from tui.context import Context
    from tui.formatting import Formatter


def describe_mark(mark: Mark, formatter: Formatter) -> str:
    """Return `# unsigned: confirm; commit 1234567890 must be signed by zhao.min: the commit is not signed`."""
    sign, word = alert_of(mark)
    what = f"{formatter.word(mark.do)}; " if mark.do else ""
    return f"{sign} {formatter.say(word)}: {what}{formatter.say(mark.message)}"


def describe_held(act: HeldAct, formatter: Formatter, now: datetime) -> str:
    """Return `^ held back: confirmed, ghost, 10:00; ghost is not among the people`."""
    sign, word = HELD_ALERT
    details = ", ".join(list_act_details(act, formatter, now))
    return f"{sign} {formatter.say(word)}: {details}; {formatter.say(act.reason)}"


def summarize_held(acts: Sequence[HeldAct], context: Context) -> str:
    """Return `^ held back: noted, edited: H does it anew under your name.`, where there is no room for the reasons."""
    sign, word = HELD_ALERT
    what = ", ".join(dict.fromkeys(context.formatter.word(EVENT_LABELS.get(act.do, act.do)) for act in acts))
    hint = context.say("{key} does it anew under your name.", key=context.keymap.key_label("take_up"))
    return f"{sign} {context.say(word)}: {what}: {hint}"


def list_act_details(act: HeldAct, formatter: Formatter, now: datetime) -> list[str]:
    """Return what a held act is, whose, and of when."""
    what = formatter.word(EVENT_LABELS.get(act.do, act.do))
    return [what, cells.sanitize_line(act.by), formatter.format_moment(act.at, now)]
