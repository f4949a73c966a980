"""The commands and questions of the plan: changes of an item, its owner, and why there is a new baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.model.plan import BASELINE
from tui import commands
from tui.commands import Command, CommandResult, StepInput
from tui.ticket.ticket_head import short_key
from tui.writing.dialogs import owner_question
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.board import Row
    from fenji.model.plan import PlannedItem
    from fenji.model.ticket import Value
    from tui.writing.dialog_target import DialogTarget
    from tui.writing.dialogs import Dialog


def change_item(row: Row, key: str, parts: Mapping[str, Value]) -> Command:
    """Return a command that sets parts of an item of a plan, and keeps the others."""
    value = row.ticket.look_up(f"plan.{key}")
    item = dict(value) if isinstance(value, Mapping) else {"key": key}
    return commands.record_step([row], StepInput("edit", {f"plan.{key}": {**item, **parts}}))


def finish_item(row: Row, key: str, day: str) -> Command:
    """Return a command that marks an item done, and names it in its message."""
    change = change_item(row, key, {"done": day})

    def run(desk: Desk) -> CommandResult:
        message = Sentence("{ids}: {item} is done.", {"ids": row.id, "item": short_key(key)})
        result = change.run(desk)
        return replace(result, message=message) if result.message else result

    return replace(change, run=run)


def item_owner_dialog(target: DialogTarget, item: PlannedItem) -> Dialog:
    """Ask who takes an item of a plan."""
    owner = yield owner_question(target, item.key, item.owner)
    command = change_item(target.first_row, item.key, {"owner": owner})
    return replace(command, insisted=owner not in target.policy.people)


def baseline_dialog(target: DialogTarget) -> Dialog:
    """Ask why the present due dates are promised anew, as a new baseline."""
    note = yield Question(
        target.say("New plan for {name}; why:", name=target.name),
        hint=target.say("The due dates are promised as they are now; the first plan is kept too."),
        draft_key=target.draft_key("baseline"),
        validate=target.check_required,
    )
    return commands.record_step(target.rows, StepInput("note", note=note, reason=BASELINE))
