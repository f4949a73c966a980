"""The dialog that takes up held acts, which the hub refuses. Uses no widget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.errors import NotFound
from tui import commands
from tui.ticket.event_text import act_label
from tui.writing.prompt import DialogGenerator, Question

if TYPE_CHECKING:
    from fenji.model.annotations import HeldAct
    from tui.commands import Command
    from tui.formatting import Formatter
    from tui.writing.dialog_target import DialogTarget


def take_up_dialog(target: DialogTarget) -> DialogGenerator[Command | None]:
    """Ask whether to take up all held acts of the tickets."""
    acts = [act for row in target.rows for act in row.held]
    return confirm_taking(acts, target.formatter, target.person, name=target.name)


def confirm_taking(
    acts: Sequence[HeldAct], formatter: Formatter, person: str, *, name: str
) -> DialogGenerator[Command | None]:
    """Ask whether to redo held acts under the name of `person`. Raises NotFound if there are none."""
    if not acts:
        raise NotFound("Nothing of {id} is held here.", id=name)
    first = acts[0]
    question, values = "{id}: do {count} held acts again as {person}? Y", {"id": _name_tickets(acts)}
    if len(acts) == 1:
        question = "{id}, {what}, by {by}: do it again as {person}? Y"
        values = {"id": first.id, "what": act_label(first.do, formatter), "by": first.by}
    yield Question(
        formatter.say(question, **values, person=person, count=len(acts)),
        hint=formatter.say(
            "Y does it, Esc goes back. A note says whose it was; what you may not do either stays held."
        ),
        confirm_key="Y",
    )
    return commands.take_up(acts)


def _name_tickets(acts: Sequence[HeldAct]) -> str:
    return commands.summarize_ids(list(dict.fromkeys(act.id for act in acts)))
