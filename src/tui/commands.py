"""What a person decided, ready to be done by the one writer: a call on the desk, and what to say about it after.

Deeds hold the number of the ticket that was selected when the key was pressed; nothing here looks at a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.desk import dismissed
from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.board import Row
    from fenji.model.ticket import Ticket, Value


@dataclass(frozen=True)
class CommandResult:
    """What came of a deed: the tickets as they are now, and the sentence that says it."""

    message: Sentence
    rows: tuple[Row, ...] = ()
    undoable: bool = False  # the next undo takes it back


@dataclass(frozen=True)
class Command:
    """Something to be done on the desk, off the screen's thread. `drafts` may be thrown away once it is done."""

    run: Callable[[Desk], CommandResult]
    drafts: tuple[str, ...] = ()
    creates_ticket: bool = False  # it makes a ticket, which the board then shows

    def execute(self, desk: Desk) -> CommandResult:
        """Do it; the outcome says whether it was an act that can be undone. Raises FenjiError."""
        before = desk.undoable
        result = self.run(desk)
        after = desk.undoable
        return replace(result, undoable=bool(result.rows) and after is not None and after is not before)

    def with_drafts(self, names: Sequence[str]) -> Command:
        return replace(self, drafts=(*self.drafts, *names))


# What is said once a step is done; the event is the key.
DONE_MESSAGES: Mapping[str, str] = {
    "respond": "{ids}: answered.",
    "classify": "{ids}: classified.",
    "assign": "{ids}: given to {owner}.",
    "wait": "{ids}: waiting.",
    "resume": "{ids}: resumed.",
    "solve": "{ids}: solved.",
    "confirm": "{ids}: confirmed.",
    "archive": "{ids}: archived, now a page of the handbook.",
    "reopen": "{ids}: reopened.",
    "withdraw": "{ids}: withdrawn.",
    "note": "{ids}: noted.",
    "edit": "{ids}: saved.",
    "excuse": "{ids}: excused.",
    "link": "{ids}: linked.",
    "attach": "{ids}: attached.",
}


@dataclass(frozen=True)
class StepInput:
    """One step with all that goes with it."""

    do: str
    fields: Mapping[str, Value] | None = None
    note: str = ""
    reason: str = ""
    clock: str = ""
    sender: str = ""
    base_ticket: Ticket | None = None  # of one ticket: what the person had before him, for merging


def record_step(targets: Sequence[Row], step: StepInput) -> Command:
    """One step on one ticket or several, in one commit."""

    def run(desk: Desk) -> CommandResult:
        act = desk.make_act(
            step.do,
            fields=step.fields or {},
            note=step.note,
            reason=step.reason,
            clock=step.clock,
            sender=step.sender,
            seen=step.base_ticket,
        )
        rows = tuple(desk.act_all([row.id for row in targets], act, uids=[row.uid for row in targets]))
        values = {"ids": summarize_ids([row.id for row in rows]), "owner": (step.fields or {}).get("owner", "")}
        return CommandResult(Sentence(DONE_MESSAGES[step.do], values), rows)

    return Command(run)


def summarize_ids(ids: Sequence[str]) -> str:
    """`KSA-2026-0042`, or the first and how many more."""
    return ids[0] if len(ids) == 1 else f"{ids[0]} +{len(ids) - 1}"


def create_ticket(fields: Mapping[str, Value], *, reason: str = "", draft_key: str = "") -> Command:
    """A new ticket."""

    def run(desk: Desk) -> CommandResult:
        row = desk.new(fields, reason=reason)
        return CommandResult(Sentence("{ids}: saved.", {"ids": row.id}), (row,))

    return Command(run, drafts=(draft_key,) if draft_key else (), creates_ticket=True)


def attach_files(target: Row, paths: Sequence[Path]) -> Command:
    """Files beside one ticket."""

    def run(desk: Desk) -> CommandResult:
        row = desk.attach(desk.row(target.id, uid=target.uid).id, paths)
        return CommandResult(Sentence(DONE_MESSAGES["attach"], {"ids": row.id}), (row,))

    return Command(run)


def link_tickets(target: Row, other_id: str, relation: str) -> Command:
    """A link to the ticket that `to` (any unique end of a number) names."""

    def run(desk: Desk) -> CommandResult:
        full_id = desk.row(other_id).id
        fields = {f"links.{full_id}/{relation}": {"to": full_id, "as": relation}}
        rows = tuple(desk.act_all([target.id], desk.make_act("link", fields=fields), uids=[target.uid]))
        return CommandResult(Sentence("{ids}: linked to {to}.", {"ids": rows[0].id, "to": full_id}), rows)

    return Command(run)


def copy_solution(source_id: str, target: Row) -> Command:
    """The solution of `source` into a ticket, behind what stands there, with a link back."""

    def run(desk: Desk) -> CommandResult:
        solution, existing_text = (
            desk.row(ticket_id, uid=uid).ticket.word("solution")
            for ticket_id, uid in ((source_id, ""), (target.id, target.uid))
        )
        fields: dict[str, Value] = {
            "solution": f"{existing_text}\n\n{solution}"
            if existing_text and solution not in existing_text
            else solution,
            f"links.{source_id}/related": {"to": source_id, "as": "related"},
        }
        rows = tuple(desk.act_all([target.id], desk.make_act("edit", fields=fields), uids=[target.uid]))
        return CommandResult(
            Sentence("{ids}: solution of {source} copied.", {"ids": rows[0].id, "source": source_id}), rows
        )

    return Command(run)


def restore_superseded(ticket_id: str, field: str, digest: str) -> Command:
    """The value of a field that lost, in place of the one that stands."""

    def run(desk: Desk) -> CommandResult:
        row = dismissed.restore_value(desk, ticket_id, field, name=digest)
        return CommandResult(
            Sentence("{ids}: {field} is taken back.", {"ids": ticket_id, "field": field}),
            (row,),
        )

    return Command(run)


def dismiss_superseded(ticket_id: str, field: str) -> Command:
    """What lost to the value of a field has been seen and is let go."""

    def run(desk: Desk) -> CommandResult:
        row = dismissed.dismiss(desk, ticket_id, field)
        return CommandResult(
            Sentence("{ids}: {field} stays as it stands.", {"ids": ticket_id, "field": field}),
            (row,),
        )

    return Command(run)


def save_edited_file(ticket_id: str, path: Path) -> Command:
    """What the person's editor left in `path`."""

    def run(desk: Desk) -> CommandResult:
        return CommandResult(
            Sentence(DONE_MESSAGES["edit"], {"ids": ticket_id}), (desk.apply_edit_copy(ticket_id, path),)
        )

    return Command(run)


def write_bundle(path: Path) -> Command:
    """What the other end lacks, into a file."""

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import exchange

        bundle = exchange.bundle(desk, path)
        if bundle.is_receipt:
            return CommandResult(Sentence("There is nothing new; {path} is a receipt.", {"path": bundle.path}))
        values = {"path": bundle.path, "tickets": bundle.tickets, "commits": bundle.commits}
        return CommandResult(Sentence("{path}: {tickets} tickets in {commits} commits.", values))

    return Command(run)


def receive_bundle(path: Path) -> Command:
    """What a file brings, into the desk."""

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import exchange

        _, result = exchange.receive(desk, path)
        return CommandResult(Sentence("{received} tickets received.", {"received": result.received}))

    return Command(run)


UNDO = Command(lambda desk: CommandResult(desk.undo()))
REDO = Command(lambda desk: CommandResult(desk.redo()))
