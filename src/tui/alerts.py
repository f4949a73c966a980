"""Texts about what needs attention in a ticket besides its clocks: marked steps and held acts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model.board import HELD_ALERT, alert_of
from tui.drawing import cells
from tui.ticket.event_text import act_label

if TYPE_CHECKING:
    from fenji.model.annotations import HeldAct, Mark
    from tui.context import Context
    from tui.formatting import Formatter


def describe_mark(mark: Mark, formatter: Formatter) -> str:
    """Return `# unsigned: confirm; commit 1234567890 must be signed by zhao.min: the commit is not signed`."""
    sign, word = alert_of(mark)
    message = formatter.say(mark.message)
    text = formatter.say("{what}; {message}", what=formatter.word(mark.do), message=message) if mark.do else message
    return f"{sign} {formatter.say('{label}: {text}', label=formatter.say(word), text=text)}"


def describe_held(act: HeldAct, formatter: Formatter, now: datetime) -> str:
    """Return `^ held back: confirmed, ghost, 10:00; ghost is not among the people`."""
    sign, word = HELD_ALERT
    details = formatter.join(list_act_details(act, formatter, now))
    text = formatter.say("{what}; {message}", what=details, message=act.reason)
    return f"{sign} {formatter.say('{label}: {text}', label=formatter.say(word), text=text)}"


def summarize_held(acts: Sequence[HeldAct], context: Context) -> str:
    """Return `^ held back: note, edited: H does it anew under your name.`, for places with no room for the reasons."""
    sign, word = HELD_ALERT
    what = context.formatter.join(dict.fromkeys(act_label(act.do, context.formatter) for act in acts))
    hint = context.say("{key} does it again under your name.", key=context.keymap.key_label("take_up"))
    text = context.say("{label}: {text}", label=what, text=hint)
    return f"{sign} {context.say('{label}: {text}', label=context.say(word), text=text)}"


def list_act_details(act: HeldAct, formatter: Formatter, now: datetime) -> list[str]:
    """Return the kind of a held act, the person who did it, and its time."""
    what = act_label(act.do, formatter)
    return [what, cells.sanitize_line(act.by), formatter.format_moment(act.at, now)]
