"""What the board shows of the ticket under the bar. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.board import TWO_TEXTS
from fenji.tui import cells
from fenji.tui.page import unsigned_words
from fenji.tui.refusals import label

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line


def preview(row: Row, kit: Kit, width: int, height: int, *, before: Sequence[str] = ()) -> list[Line]:
    """What asks for a look, a line about the ticket, then its last note, description and solution as far as they fit.

    `before` are the numbers of tickets like it.
    """
    lines: list[Line] = [[(f" {part}", "notice")] for one in _marks(row, kit) for part in cells.wrap(one, width - 2)]
    lines += [[(f" {cells.cut(one, width - 2, kit.look.signs.cut)}", "title")] for one in _about(row, kit, width)]
    for role, text in _texts(row, kit):
        for one in cells.lines(text):
            lines += [[(f" {part}", role)] for part in cells.wrap(one, width - 2)]
    if before and height > 1:
        # Comes later than the rest, and on the last line: nothing that is being read moves.
        said = kit.say("seen before: {ids}", ids=", ".join(before))
        lines = [*lines[: height - 1], *[[]] * (height - 1 - len(lines)), [(f" {said}", "title")]]
    return lines[:height]


def _about(row: Row, kit: Kit, width: int) -> list[str]:
    ticket, say = row.ticket, kit.say
    report = next((one for one in ticket.log if one.do == "report"), None)
    parts = [ticket.id]
    if report:
        asked = ticket.word("requester.name") or kit.desk.policy.name_of(report.by)
        parts.append(say("reported {time} by {person}", time=kit.voice.moment(report.at, row.reading.at), person=asked))
    parts.append(say("owner {owner}", owner=ticket.owner) if ticket.owner else say("no owner"))
    promise = row.promise
    if promise and promise.due:
        parts.append(
            say(
                "{clock} due {time}",
                clock=kit.voice.word(row.next_clock),
                time=kit.voice.moment(promise.due, row.reading.at),
            )
        )
    if row.changed:
        parts.append(say("edited by hand"))
    return _joined([cells.line(one) for one in parts], f" {kit.look.signs.dot} ", width - 2)


def _marks(row: Row, kit: Kit) -> list[str]:
    """What asks for a look besides the clocks: texts that lost, steps without the signature they need."""
    say, key = kit.say, kit.keymap.key("both")
    own = [label(one.field, kit.voice) for one in row.own_superseded]
    others = [name for one in row.superseded if (name := label(one.field, kit.voice)) not in own]
    found = []
    for fields, template in (
        (own, "your text on {fields} was superseded: {key} shows both"),
        (others, "two wrote {fields}: {key} shows both"),
    ):
        if fields:
            found.append(f"{TWO_TEXTS[0]} {say(template, fields=', '.join(dict.fromkeys(fields)), key=key)}")
    return [*(unsigned_words(one, kit.voice) for one in row.unsigned), *found]


def _joined(parts: Sequence[str], between: str, room: int) -> list[str]:
    """The parts joined, in as many rows as they need."""
    rows = [parts[0]]
    for part in parts[1:]:
        longer = rows[-1] + between + part
        if cells.width(longer) <= room:
            rows[-1] = longer
        else:
            rows.append(part)
    return rows


def _texts(row: Row, kit: Kit) -> list[tuple[str, str]]:
    ticket = row.ticket
    noted = next((one for one in reversed(ticket.log) if one.note and one.do != "report"), None)
    found = []
    if noted:
        when = kit.voice.moment(noted.at, row.reading.at)
        found.append(("faint", f"{when} {noted.by}: {cells.line(noted.note)}"))
    found += [("", ticket.word(key)) for key in ("description", "solution") if ticket.word(key)]
    return found
