"""The story of one item of a plan: planned, moved, done, step by step, ending in due and verdict (clock rules 24)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.sla.instants import format_instant
from fenji.model.sla.item_clock import DONE, MOVED, OPENED, PLANNED, WAITED, ItemClock, ItemStep
from fenji.model.sla.names import name_answerer
from fenji.model.sla.reasons import explain_sign, format_length

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

_STEPS = {
    PLANNED: "{at}: {by} planned it for {due}.",
    MOVED: "{at}: {by} moved it from {former} to {due}, {dates} open dates.",
    WAITED: "{at}: a wait of {dates} open dates moved it from {former} to {due}.",
    DONE: "{at}: {by} recorded it as done on {done}.",
    OPENED: "{at}: {by} recorded it as not done.",
}
_ENDINGS = {
    "running": "Due at the end of {due}: {left} of working time left at {at}.",
    "at_risk": "Due at the end of {due}: at risk with {left} of working time left at {at}.",
    "held": "Held at {at}: its due, {due}, moves by the open dates of the wait.",
    "breached": "Due at the end of {due}, open at {at}: missed by {days} days, {dates} of them open.",
    "missed": "Due at the end of {due}, done {done}: missed by {days} days, {dates} of them open.",
    "met": "Due at the end of {due}, done {done}: met.",
    "none": "No promise at {at}: no due and no verdict.",
}


def _tell(step: ItemStep) -> Sentence:
    values: dict[str, object] = {
        "at": format_instant(step.at),
        "by": step.by,
        "due": str(step.due),
        "former": str(step.former),
        "done": str(step.done),
        "dates": step.open_dates,
    }
    return Sentence(_STEPS[step.what], values)


class ItemExplanation(Struct, frozen=True):
    """The explanation of one item of a plan: its clock and the steps that led to it."""

    item: ItemClock

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the item, with its steps."""
        return {**self.item.mapping(), "steps": [step.mapping() for step in self.item.steps]}

    def sentences(self, at: datetime) -> list[Sentence]:
        """Return one sentence per step, then due and verdict, who answers for it, and the signs."""
        heading = Sentence("{item}: due at the end of its date at the site.", {"item": self.item.name})
        return [heading, *map(_tell, self.item.steps), self._ending(at), *self._reasons()]

    def _ending(self, at: datetime) -> Sentence:
        item = self.item
        values: dict[str, object] = {
            "due": str(item.due),
            "done": str(item.done or "-"),
            "at": format_instant(at),
            "left": format_length(item.left_s or 0),
            "days": item.late_days,
            "dates": item.late_dates,
        }
        return Sentence(_ENDINGS["breached" if item.state == "missed" and not item.done else item.state], values)

    def _reasons(self) -> Iterator[Sentence]:
        charged, excuse = self.item.charged_to, self.item.excuse
        if charged:
            values = {"who": name_answerer(charged.key), "unit": charged.unit or "-"}
            yield Sentence(_ANSWERERS[bool(charged.owner), bool(self.item.met)], values)
        if excuse:
            given = {"by": excuse.by, "reason": excuse.reason, "at": format_instant(excuse.at)}
            yield Sentence("Excused by {by} on {at}, {reason}: the miss stands but does not count.", given)
        yield from map(explain_sign, self.item.signs)


_ANSWERERS = {  # by whether the item has an owner, and whether it is met
    (True, True): "{who} of {unit} answers for it: the owner when the clock stopped.",
    (True, False): "{who} of {unit} answers for it: the owner just before the due.",
    (False, True): "{who} of {unit} answers for it: nobody owned it when it was recorded.",
    (False, False): "{who} of {unit} answers for it: nobody owned the ticket just before the due.",
}
