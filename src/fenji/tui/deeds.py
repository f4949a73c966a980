"""What a person decided, ready to be done by the one writer: a call on the desk, and what to say about it after.

Deeds hold the number of the ticket that was selected when the key was pressed; nothing here looks at a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.desk import aside
from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.desk import Desk
    from fenji.ticket import Ticket, Value


@dataclass(frozen=True)
class Outcome:
    """What came of a deed: the tickets as they are now, and the sentence that says it."""

    said: Sentence
    rows: tuple[Row, ...] = ()
    undoable: bool = False  # the next undo takes it back


@dataclass(frozen=True)
class Deed:
    """Something to be done on the desk, off the screen's thread. `drafts` may be thrown away once it is done."""

    run: Callable[[Desk], Outcome]
    drafts: tuple[str, ...] = ()
    made: bool = False  # it makes a ticket, which the board then shows

    def done_on(self, desk: Desk) -> Outcome:
        """Do it; the outcome says whether it was an act that can be undone. Raises FenjiError."""
        before = desk.undoes
        outcome = self.run(desk)
        after = desk.undoes
        return replace(outcome, undoable=bool(outcome.rows) and after is not None and after is not before)

    def with_drafts(self, names: Sequence[str]) -> Deed:
        return replace(self, drafts=(*self.drafts, *names))


# What is said once a step is done; the event is the key.
DONE: Mapping[str, str] = {
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
class Step:
    """One step with all that goes with it."""

    do: str
    fields: Mapping[str, Value] | None = None
    note: str = ""
    reason: str = ""
    clock: str = ""
    sender: str = ""
    seen: Ticket | None = None  # of one ticket: what the person had before him, for merging


def step(ids: Sequence[str], one: Step) -> Deed:
    """One step on one ticket or several, in one commit."""

    def run(desk: Desk) -> Outcome:
        act = desk.make(
            one.do,
            fields=one.fields or {},
            note=one.note,
            reason=one.reason,
            clock=one.clock,
            sender=one.sender,
            seen=one.seen,
        )
        rows = tuple(desk.act_all(list(ids), act))
        values = {"ids": named(ids), "owner": (one.fields or {}).get("owner", "")}
        return Outcome(Sentence(DONE[one.do], values), rows)

    return Deed(run)


def named(ids: Sequence[str]) -> str:
    """`KSA-2026-0042`, or the first and how many more."""
    return ids[0] if len(ids) == 1 else f"{ids[0]} +{len(ids) - 1}"


def report(fields: Mapping[str, Value], *, reason: str = "", draft: str = "") -> Deed:
    """A new ticket."""

    def run(desk: Desk) -> Outcome:
        row = desk.new(fields, reason=reason)
        return Outcome(Sentence("{ids}: saved.", {"ids": row.id}), (row,))

    return Deed(run, drafts=(draft,) if draft else (), made=True)


def attach(number: str, paths: Sequence[Path]) -> Deed:
    """Files beside one ticket."""

    def run(desk: Desk) -> Outcome:
        row = desk.attach(number, paths)
        return Outcome(Sentence(DONE["attach"], {"ids": number}), (row,))

    return Deed(run)


def link(number: str, to: str, relation: str) -> Deed:
    """A link to the ticket that `to` (any unique end of a number) names."""

    def run(desk: Desk) -> Outcome:
        found = desk.row(to).id
        fields = {f"links.{found}/{relation}": {"to": found, "as": relation}}
        rows = tuple(desk.act_all([number], desk.make("link", fields=fields)))
        return Outcome(Sentence("{ids}: linked to {to}.", {"ids": number, "to": found}), rows)

    return Deed(run)


def copy_solution(source: str, number: str) -> Deed:
    """The solution of `source` into `number`, behind what stands there, with a link back."""

    def run(desk: Desk) -> Outcome:
        text, here = desk.row(source).ticket.word("solution"), desk.row(number).ticket.word("solution")
        fields: dict[str, Value] = {
            "solution": f"{here}\n\n{text}" if here and text not in here else text,
            f"links.{source}/related": {"to": source, "as": "related"},
        }
        rows = tuple(desk.act_all([number], desk.make("edit", fields=fields)))
        return Outcome(Sentence("{ids}: solution of {source} copied.", {"ids": number, "source": source}), rows)

    return Deed(run)


def take_back(number: str, field: str, name: str) -> Deed:
    """The value of a field that lost, in place of the one that stands."""

    def run(desk: Desk) -> Outcome:
        row = aside.take_back(desk, number, field, name=name)
        return Outcome(
            Sentence("{ids}: {field} is taken back.", {"ids": number, "field": field}),
            (row,),
        )

    return Deed(run)


def put_aside(number: str, field: str) -> Deed:
    """What lost to the value of a field has been seen and is let go."""

    def run(desk: Desk) -> Outcome:
        row = aside.put_aside(desk, number, field)
        return Outcome(
            Sentence("{ids}: {field} stays as it stands.", {"ids": number, "field": field}),
            (row,),
        )

    return Deed(run)


def take_edited(number: str, path: Path) -> Deed:
    """What the person's editor left in `path`."""

    def run(desk: Desk) -> Outcome:
        return Outcome(Sentence(DONE["edit"], {"ids": number}), (desk.edit_take(number, path),))

    return Deed(run)


def bundle(path: Path) -> Deed:
    """What the other end lacks, into a file."""

    def run(desk: Desk) -> Outcome:
        from fenji.desk import exchange

        made = exchange.bundle(desk, path)
        if made.receipt:
            return Outcome(Sentence("There is nothing new; {path} is a receipt.", {"path": made.path}))
        values = {"path": made.path, "tickets": made.tickets, "commits": made.commits}
        return Outcome(Sentence("{path}: {tickets} tickets in {commits} commits.", values))

    return Deed(run)


def receive(path: Path) -> Deed:
    """What a file brings, into the desk."""

    def run(desk: Desk) -> Outcome:
        from fenji.desk import exchange

        _, done = exchange.receive(desk, path)
        return Outcome(Sentence("{received} tickets received.", {"received": done.received}))

    return Deed(run)


UNDO = Deed(lambda desk: Outcome(desk.undo()))
REDO = Deed(lambda desk: Outcome(desk.redo()))
