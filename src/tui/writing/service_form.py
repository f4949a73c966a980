"""The dialogs that write service forms: for the selected tickets, or for the tickets behind a figure of a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import commands
from tui.writing.prompt import NO_CHOICE_HINT, Choice, Question

if TYPE_CHECKING:
    from fenji.desk.figures import FigureDesk
    from tui.commands import Command
    from tui.writing.dialog_target import DialogTarget
    from tui.writing.prompt import DialogGenerator

Say = Callable[..., str]
_ALL = "all"


def form_dialog(target: DialogTarget) -> DialogGenerator[Command | None]:
    """Ask for whom the service forms are, and write them."""
    variant = yield _ask_variant(target.name, target.say)
    return commands.write_forms([(row.id, row.uid) for row in target.rows], variant)


def figure_forms_dialog(
    name: str, query: str, figures: FigureDesk, say: Say, *, ticket: tuple[str, str] | None = None
) -> DialogGenerator[Command | None]:
    """Ask for whom the forms of the tickets behind a figure are, and write them into one file.

    `name` names the figure. `ticket` (number and uid) is one of the tickets, whose form may be wanted alone.
    """
    if ticket:
        meant = yield Question(
            say("Forms of:"),
            choices=[Choice(ticket[0]), Choice(_ALL, say("the whole list"), name)],
            hint=say(NO_CHOICE_HINT),
        )
        if meant != _ALL:
            variant = yield _ask_variant(ticket[0], say)
            return commands.write_forms([ticket], variant)
    variant = yield _ask_variant(name, say)
    return commands.write_forms(lambda: [(entry.id, entry.uid) for entry in figures.tickets_behind(query)], variant)


def _ask_variant(name: str, say: Say) -> Question:
    return Question(
        say("Form of {name}:", name=name),
        choices=[
            Choice("whole", say("whole"), say("to sign; with costs and decision")),
            Choice("customer", say("for the customer"), say("without costs and decision")),
            Choice("blank", say("blank"), say("to fill in by hand")),
        ],
        hint=say(NO_CHOICE_HINT),
    )
