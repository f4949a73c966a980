"""Handing over a person's tickets and items, and writing changes of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Damaged, Refused, Sentence
from fenji.model.workflow import is_settled
from tui import commands
from tui.commands import Command, CommandResult
from tui.writing import dialogs
from tui.writing.dialog_target import people_choices
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.desk import Desk
    from fenji.desk.amend import Amendment
    from tui.writing.dialog_target import DialogTarget
    from tui.writing.dialogs import Dialog


def give_dialog(target: DialogTarget) -> Dialog:
    """Ask who takes tickets that have no owner."""
    return (yield from dialogs.owner_dialog(target))


def hand_over_dialog(target: DialogTarget, person: str) -> Dialog:
    """Ask who takes over what a person has in these tickets."""
    items = sum(item.owner == person and not item.done for row in target.rows for item in row.ticket.plan)
    own = sum(row.ticket.owner == person and not is_settled(row.ticket.state, "owner") for row in target.rows)
    if not own and not items and len(target.rows) != 1:
        raise Refused("{person} has nothing left to hand over.", person=person)
    counts = [
        target.say("{count} ticket", plural="{count} tickets", count=own) if own or not items else "",
        target.say("{count} item", plural="{count} items", count=items) if items else "",
    ]
    receiver = yield Question(
        target.say("Hand over {person}'s {what} to:", what=tuple(filter(None, counts)), person=person),
        choices=[choice for choice in people_choices(target) if choice.value != person],
        hint=target.say("Nobody in policy.yaml is called that."),
    )
    return hand_over(target, person, receiver)


def hand_over(target: DialogTarget, person: str, receiver: str) -> Command:
    """Return a command that gives `receiver` what `person` has in these tickets, in one act."""
    targets = [(row.id, row.uid) for row in target.rows]

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import handover

        rows = tuple(handover.hand_over(desk, person, receiver, targets))
        values = {"ids": commands.summarize_ids([row.id for row in rows]), "person": person, "receiver": receiver}
        return CommandResult(Sentence("{ids}: handed over from {person} to {receiver}.", values), rows)

    return Command(run)


def check_may_amend(desk: Desk) -> None:
    """Raise Refused if the user may not change the rules; the error names the people who may."""
    now = desk.now()
    permitted = desk.policy.list_permitted("policy", now)
    if permitted and not desk.policy.may_do(desk.person, "policy", now):
        raise Refused("{by} may not change the rules.", by=desk.person, people=tuple(permitted))


def may_amend(desk: Desk) -> bool:
    """Whether the user may change the rules."""
    try:
        check_may_amend(desk)
    except Refused:
        return False
    return True


def share_view(name: str, query: str) -> Command:
    """Return a command that writes a view for the whole desk into policy.yaml."""

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import amend

        check_may_amend(desk)
        amendment = amend.plan_view(desk, name, query)
        if amendment.problems:
            raise Damaged("The view cannot be written to policy.yaml.", problems=amendment.problems)
        amend.write_amendment(desk, amendment)
        desk.refresh()
        return CommandResult(
            _describe_written(desk, Sentence("{name} is now a view of the whole desk.", {"name": name}))
        )

    return Command(run)


def write_amendment(amendment: Amendment, draft: Path) -> Command:
    """Return a command that writes a checked change into policy.yaml, and removes the draft that it was made in."""

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import amend

        amend.write_amendment(desk, amendment)
        draft.unlink(missing_ok=True)
        desk.refresh()
        return CommandResult(_describe_written(desk, Sentence("The change is in policy.yaml.")))

    return Command(run)


def _describe_written(desk: Desk, written: Sentence) -> Sentence:
    """Return what was written, and what puts it in force: the next act if no hub judges, else a sync."""
    template = (
        "{written} The next act here adopts it."
        if desk.policy_in_force.is_own
        else "{written} It takes effect once the hub has it: sync."
    )
    return Sentence(template, {"written": written})
