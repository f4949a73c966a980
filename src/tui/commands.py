"""Commands for the writer thread: each calls the desk and returns the message to show afterwards.

A command holds the number of the ticket that was selected when the key was pressed; nothing here reads a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.desk import lost_values, people
from fenji.desk.outcome import record_step as record_on_all
from fenji.errors import Refused, Sentence
from fenji.i18n import count_commits, count_tickets

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.annotations import HeldAct
    from fenji.model.board import Row
    from fenji.model.ticket import Ticket, Value

MAX_FORMS = 200  # forms written at once; other acts wait meanwhile


class CommandResult(Struct, frozen=True):
    """The result of a command: the message and the remark to show, and the changed tickets as they are now."""

    message: Sentence | None
    rows: tuple[Row, ...] = ()
    remark: Sentence | None = None  # about what was not changed
    undoable: bool = False  # whether the next undo reverts it


class Command(Struct, frozen=True):
    """A change of the desk to run in the writer thread; its `drafts` are dropped once it is done.

    `insisted`: unknown people and units are accepted as written. `uses_edit_copy`: it saves an edited copy, which is
    kept if saving fails.
    """

    run: Callable[[Desk], CommandResult]
    drafts: tuple[str, ...] = ()
    creates_ticket: bool = False  # the board then selects it
    insisted: bool = False
    uses_edit_copy: bool = False

    def execute(self, desk: Desk) -> CommandResult:
        """Run the command; the result says whether it can be undone. Raises FenjiError if the desk refuses."""
        before = desk.undoable
        with people.insist() if self.insisted else nullcontext():
            result = self.run(desk)
        after = desk.undoable
        result = _with_clock_problem(result, desk) if result.rows else result
        return replace(result, undoable=bool(result.rows) and after is not None and after is not before)

    def with_drafts(self, names: Sequence[str]) -> Command:
        return replace(self, drafts=(*self.drafts, *names))


def _with_clock_problem(result: CommandResult, desk: Desk) -> CommandResult:
    """Return the result, with a warning added to its message if this machine's clock is known to be wrong."""
    from fenji.desk.check import find_clock_problem  # not needed before the first act

    problem = find_clock_problem(desk.repo)
    if problem is None:
        return result
    return replace(result, message=Sentence("{message} {problem}", {"message": result.message, "problem": problem}))


# The message shown after a step, by event.
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


class StepInput(Struct, frozen=True):
    """A workflow step and its input."""

    do: str
    fields: Mapping[str, Value] | None = None
    note: str = ""
    reason: str = ""
    clock: str = ""
    sender: str = ""
    base_ticket: Ticket | None = None  # the version that was edited, for merging; only for a single ticket


def record_step(targets: Sequence[Row], step: StepInput) -> Command:
    """Return a command that records a step on one or more tickets, in one commit."""

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
        outcome = record_on_all(desk, [row.id for row in targets], act, uids=[row.uid for row in targets])
        changed = outcome.changed or outcome.rows
        values = {"ids": summarize_ids([row.id for row in changed]), "owner": (step.fields or {}).get("owner", "")}
        message = Sentence(DONE_MESSAGES[step.do], values) if outcome.changed or not outcome.remark else None
        return CommandResult(message, outcome.rows, outcome.remark)

    return Command(run)


def summarize_ids(ids: Sequence[str]) -> str:
    """Return `KSA-2026-0042`, or the first number and how many more there are."""
    return ids[0] if len(ids) == 1 else f"{ids[0]} +{len(ids) - 1}"


def create_ticket(fields: Mapping[str, Value], *, draft_key: str = "") -> Command:
    """Return a command that creates a ticket."""

    def run(desk: Desk) -> CommandResult:
        row = desk.new(fields)
        return CommandResult(Sentence("{ids}: saved.", {"ids": row.id}), (row,))

    return Command(run, drafts=(draft_key,) if draft_key else (), creates_ticket=True)


def attach_files(target: Row, paths: Sequence[Path]) -> Command:
    """Return a command that attaches files to a ticket."""

    def run(desk: Desk) -> CommandResult:
        row = desk.attach(desk.row(target.id, uid=target.uid).id, paths)
        return CommandResult(Sentence(DONE_MESSAGES["attach"], {"ids": row.id}), (row,))

    return Command(run)


TicketKeys = Sequence[tuple[str, str]]  # number and uid of tickets


def write_forms(targets: TicketKeys | Callable[[], TicketKeys], variant: str = "whole") -> Command:
    """Return a command that writes the service forms of tickets into one file to print.

    `targets` may be looked up when the command runs; a ticket listed twice is printed once. `variant` is
    `whole`, `customer` (without costs and decision) or `blank`, an empty form to fill in by hand.
    """

    def run(desk: Desk) -> CommandResult:
        from fenji.desk.form import FormRequest, make_forms, write_forms_file

        is_blank = variant == "blank"
        meant = [] if is_blank else targets() if callable(targets) else targets
        if not meant and not is_blank:
            raise Refused("It no longer counts any ticket.")
        if len(set(meant)) > MAX_FORMS:
            hint = "Choose a row or period with fewer tickets, or use fenji form."
            raise Refused("At most {most} forms can be written at once here.", hint=hint, most=MAX_FORMS)
        numbers = [desk.row(number, uid=uid).id for number, uid in dict.fromkeys(meant)]
        forms = make_forms(desk, FormRequest(numbers, for_customer=variant == "customer", blank=is_blank))
        path = str(write_forms_file(desk, forms))
        if is_blank:
            return CommandResult(Sentence("The blank form to print is {path}", {"path": path}))
        values = {"ids": summarize_ids(forms.numbers), "path": path}
        return CommandResult(Sentence("{ids}: the form to print is {path}", values))

    return Command(run)


def link_tickets(target: Row, other_id: str, relation: str) -> Command:
    """Return a command that links to another ticket; `other_id` is any unique ending of its number."""

    def run(desk: Desk) -> CommandResult:
        full_id = desk.row(other_id).id
        fields = {f"links.{full_id}/{relation}": {"to": full_id, "as": relation}}
        rows = tuple(desk.act_all([target.id], desk.make_act("link", fields=fields), uids=[target.uid]))
        return CommandResult(Sentence("{ids}: linked to {to}.", {"ids": rows[0].id, "to": full_id}), rows)

    return Command(run)


def copy_solution(source_id: str, target: Row) -> Command:
    """Return a command that appends the solution of `source_id` to that of `target`, and links `target` to it."""

    def run(desk: Desk) -> CommandResult:
        solution, existing_text = (
            desk.row(ticket_id, uid=uid).ticket.word("solution")
            for ticket_id, uid in ((source_id, ""), (target.id, target.uid))
        )
        fields: dict[str, Value] = {f"links.{source_id}/related": {"to": source_id, "as": "related"}}
        if solution not in existing_text:
            fields["solution"] = "\n\n".join(filter(None, (existing_text, solution)))
        rows = tuple(desk.act_all([target.id], desk.make_act("edit", fields=fields), uids=[target.uid]))
        return CommandResult(
            Sentence("{ids}: solution from {source} copied.", {"ids": rows[0].id, "source": source_id}), rows
        )

    return Command(run)


def restore_superseded(ticket_id: str, field: str, digest: str, *, note: str = "") -> Command:
    """Return a command that replaces the current value of a field with a superseded one."""

    def run(desk: Desk) -> CommandResult:
        row = lost_values.restore_value(desk, ticket_id, field, name=digest, note=note)
        return CommandResult(
            Sentence("{ids}: {field} taken back.", {"ids": ticket_id, "field": field}),
            (row,),
        )

    return Command(run)


def dismiss_superseded(ticket_id: str, field: str) -> Command:
    """Return a command that dismisses the superseded values of a field."""

    def run(desk: Desk) -> CommandResult:
        row = lost_values.dismiss(desk, ticket_id, field)
        return CommandResult(
            Sentence("{ids}: {field} stays as it is.", {"ids": ticket_id, "field": field}),
            (row,),
        )

    return Command(run)


def take_up(acts: Sequence[HeldAct]) -> Command:
    """Return a command that repeats held acts under the person's name; acts that they may not do stay held."""
    digests_by_ticket: dict[tuple[str, str], list[str]] = {}
    for act in acts:
        digests_by_ticket.setdefault((act.id, act.uid), []).append(act.digest)

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import held

        outcomes = [held.take_up(desk, number, digests=digests) for (number, _), digests in digests_by_ticket.items()]
        taken = [act for outcome in outcomes for act in outcome.acts]
        refused = [pair for outcome in outcomes for pair in outcome.refused]
        if refused and not taken:
            raise _describe_still_held(refused)
        rows = tuple(outcome.row for outcome in outcomes if outcome.row and outcome.acts)
        values = {"ids": summarize_ids([row.id for row in rows]), "count": len(taken)}
        message = Sentence("{ids}: {count} act taken up.", values, plural="{ids}: {count} acts taken up.")
        return CommandResult(message, rows, _describe_still_held(refused).sentence if refused else None)

    return Command(run)


def _describe_still_held(refused: Sequence[tuple[HeldAct, Refused]]) -> Refused:
    """Return the refusal of the first act that stays held; a single unknown person or unit may still be insisted on."""
    act, refusal = refused[0]
    if len(refused) == 1 and people.may_insist(refusal):
        return refusal
    text = "Still held: {id}, {do}: {reason}"
    if len(refused) > 1:
        text = "Still held: {id}, {do}: {reason} And {more} more."
    values = {"id": act.id, "do": act.do, "reason": refusal.sentence, "more": len(refused) - 1}
    still_held = Refused(text)
    still_held.sentence = Sentence(text, {**refusal.sentence.values, **values})  # the values decide which keys help
    still_held.hint = refusal.hint
    return still_held


def save_edited_file(ticket_id: str, path: Path) -> Command:
    """Return a command that saves the edit copy of a ticket in `path`."""

    def run(desk: Desk) -> CommandResult:
        return CommandResult(
            Sentence(DONE_MESSAGES["edit"], {"ids": ticket_id}), (desk.apply_edit_copy(ticket_id, path),)
        )

    return Command(run, uses_edit_copy=True)


def write_bundle(path: Path) -> Command:
    """Return a command that writes a bundle of everything that the other end lacks."""

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import exchange

        bundle = exchange.bundle(desk, path)
        if bundle.is_receipt:
            return CommandResult(Sentence("Nothing new; {path} is a receipt.", {"path": bundle.path}))
        values = {
            "path": bundle.path,
            "tickets": count_tickets(bundle.tickets),
            "commits": count_commits(bundle.commits),
        }
        return CommandResult(Sentence("{path}: {tickets} in {commits}.", values))

    return Command(run)


def receive_bundle(path: Path) -> Command:
    """Return a command that takes a bundle into the desk."""

    def run(desk: Desk) -> CommandResult:
        from fenji.desk import exchange

        _, result = exchange.receive(desk, path)
        return CommandResult(Sentence("{tickets} received.", {"tickets": count_tickets(result.received)}))

    return Command(run)


UNDO = Command(lambda desk: CommandResult(desk.undo()))
REDO = Command(lambda desk: CommandResult(desk.redo()))
