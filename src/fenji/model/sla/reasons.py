"""Sentences on who answers for a verdict and why, and on the signs beside it (clock rules 11, 12, 16, 22 and 23)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.sla.charges import ChargedTo, charge
from fenji.model.sla.excuses import find_excuse
from fenji.model.sla.instants import format_instant
from fenji.model.sla.names import (
    LATE_ENTRY,
    LATE_ENTRY_OWN,
    LET_OFF,
    REPORTED_BY_OURSELVES,
    WITHOUT_A_WORD,
    name_answerer,
)

if TYPE_CHECKING:
    from fenji.model.sla.corrected import CorrectedVerdict
    from fenji.model.sla.run import ClockRun
    from fenji.model.sla.signs import Sign
    from fenji.model.sla.status import ClockReading


def format_length(length_s: int) -> str:
    """Format a length of working time as `26:05` or `0:00:30`: hours, minutes, and seconds if there are any."""
    minutes, rest = divmod(length_s, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def explain_answerer(run: ClockRun, signs: Iterable[Sign]) -> Iterator[Sentence]:
    """Yield sentences on who answers for a clock and why, on the excuse that counts, and on each sign."""
    charged = charge(run)
    if charged:
        yield from explain_charge(run, charged)
    excuse = find_excuse(run)
    if excuse:
        values = {"by": excuse.by, "reason": excuse.reason, "at": format_instant(excuse.at)}
        yield Sentence("Excused by {by} on {at}, {reason}: the miss stands but does not count.", values)
    yield from map(explain_sign, signs)


def explain_charge(run: ClockRun, charged: ChargedTo) -> Iterator[Sentence]:
    """Yield sentences on who answers for a decided clock, and on the part that others had in it."""
    yield _why_charged(run, charged)
    if charged.received_from:
        template = "{who} had it for less than a quarter of the working time: received it late from {other}."
        yield Sentence(
            template, {"who": name_answerer(charged.key), "other": name_answerer(charged.received_from or "-")}
        )
    if charged.involved:
        units = tuple(f"{unit} {share * 100:.0f} %" for unit, share in charged.involved.items())
        yield Sentence("Involved for this share of the working time: {units}.", {"units": units})


def _why_charged(run: ClockRun, charged: ChargedTo) -> Sentence:
    values: dict[str, object] = {
        "who": name_answerer(charged.key),
        "unit": charged.unit or "-",
        "by": charged.done_by or "-",
    }
    if run.miss and run.miss.lowered_by:
        values["at"] = format_instant(run.miss.lowered_by.at)
        template = "{who} of {unit} answers for it: lowered on {at}, the level came back after its due."
        return Sentence(template, values)
    if charged.owner and run.miss:
        return Sentence("{who} of {unit} answers for it: the owner just before the due.", values)
    if charged.owner:
        return Sentence("{who} of {unit} answers for it: the owner when the clock stopped.", values)
    if charged.done_by is None:
        return Sentence("{who} of {unit} answers for it: nobody owned the ticket just before the due.", values)
    if run.miss:
        template = "{who} of {unit} answers for it: nobody owned the ticket just before the due. Done by {by}."
        return Sentence(template, values)
    template = "{who} of {unit} answers for it: nobody owned the ticket when the clock stopped. Done by {by}."
    return Sentence(template, values)


_SIGN_SENTENCES = {
    LATE_ENTRY: "Late entry: after the due {due}, {by} recorded what happened on {at}; it counts.",
    LATE_ENTRY_OWN: "The one whom that late entry saves wrote it themselves: {by}.",
    WITHOUT_A_WORD: "Answered without a word: {by}, {at}.",
    REPORTED_BY_OURSELVES: "Answered within an hour by the one who wrote the report: {by}, {at}.",
    LET_OFF: "Let off: {by} removed the promise on {at}; its last due was {due}, held by {who}.",
}


def explain_correction(read: ClockReading, other: CorrectedVerdict) -> Sentence:
    """Return one sentence on how a clock reads with and without a correction, and on the effect."""
    effect = "The miss stands but does not count." if other.excuses else "The verdict stands."
    values = {
        "key": other.correction.key,
        "by": other.correction.by,
        "why": other.correction.why,
        "verdict": Sentence(_VERDICTS[read.met]),
        "due": format_instant(read.due),
        "other": Sentence(_VERDICTS[other.met]),
        "other_due": format_instant(other.due),
        "effect": Sentence(effect),
    }
    if other.unit:
        values |= {"unit": read.charged_to.unit or "-" if read.charged_to else "-", "other": other.unit}
        return Sentence("Correction {key} by {by}, {why}: {unit} still answers; read with it, {other} would.", values)
    template = "Correction {key} by {by}, {why}: {verdict}, due {due}; read with it {other}, due {other_due}. {effect}"
    return Sentence(template, values)


_VERDICTS = {True: "met", False: "missed", None: "undecided"}


def explain_sign(sign: Sign) -> Sentence:
    """Return a sentence that explains a sign beside a clock."""
    values = {
        "by": sign.by,
        "at": format_instant(sign.at),
        "due": format_instant(sign.due),
        "who": name_answerer(sign.answerer.key) if sign.answerer else "-",
    }
    return Sentence(_SIGN_SENTENCES[sign.name], values)
