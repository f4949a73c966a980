"""Parse remind.yaml strictly: who is told, and when, each problem with its key path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Fault, Sentence
from fenji.model.policy.durations import DAY, Duration, parse_duration
from fenji.model.policy.parse_helpers import Faults, KeyPath, abbreviate, read_known_keys

if TYPE_CHECKING:
    from fenji.model.values import Value

RECIPIENTS = ("owner", "lead", "manager")
BREACH = "breach"
_SHARE = re.compile(r"([1-9][0-9]?)%")
_LENGTH = re.compile(r"(?P<length>\S+) (?P<side>left|late)")


class Step(Struct, frozen=True):
    """A moment around the end of a promise, in elapsed time: `25%` of it left, `4h left`, `breach`, `24h late`."""

    text: str
    share: int = 0  # of the time from report to due that is left, in hundredths
    after: timedelta = timedelta()  # of the due time; negative before it

    @property
    def sentence(self) -> Sentence:
        """The step in words."""
        length, _, side = self.text.partition(" ")
        templates = {"left": "{length} left", "late": "{length} late"}
        if self.share:
            return Sentence("{share} of the time left", {"share": f"{self.share}%"})
        return Sentence(templates[side], {"length": length}) if side in templates else Sentence("run out")

    def begins(self, reported: datetime, due: datetime) -> datetime:
        """Return the instant from which somebody is told."""
        return due - (due - reported) * self.share / 100 if self.share else due + self.after


BREACH_STEP = Step(BREACH)


class ReminderRules(Struct, frozen=True):
    """The steps of each recipient: a ticket's owner, its site's lead, and every manager."""

    steps: Mapping[str, tuple[Step, ...]]


DEFAULT_RULES = ReminderRules(
    MappingProxyType(
        {
            "owner": (Step("25%", share=25),),
            "lead": (BREACH_STEP,),
            "manager": (Step("24h late", after=timedelta(hours=24)),),
        }
    )
)


def parse_reminder_rules(document: Value) -> tuple[ReminderRules | None, Faults]:
    """Parse the rules in a loaded document, or return None and everything that is wrong with it."""
    faults: Faults = []
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("reminders are a mapping, as `{example}`", {"example": "lead: breach"}))]
    top = read_known_keys(document, (), ("format", *RECIPIENTS), faults)
    if top.get("format") not in (None, "1"):
        values = {"value": abbreviate(top["format"])}
        faults.append(Fault(("format",), Sentence("is {value}; this version reads format 1", values)))
    steps = {key: _parse_steps(top[key], (key,), faults) for key in RECIPIENTS if top.get(key) is not None}
    return (None if faults else ReminderRules(steps)), faults


def _parse_steps(value: Value, path: KeyPath, faults: Faults) -> tuple[Step, ...]:
    items = value if isinstance(value, list) else [value]
    places: list[KeyPath] = [(*path, index) for index in range(len(items))] if isinstance(value, list) else [path]
    steps: list[Step] = []
    for item, place in zip(items, places, strict=True):
        step = _parse_step(item)
        if isinstance(step, Sentence):
            faults.append(Fault(place, step))
        elif step in steps:
            faults.append(Fault(place, Sentence("{value} stands twice", {"value": step.text})))
        else:
            steps.append(step)
    return tuple(steps)


def _parse_step(value: Value) -> Step | Sentence:
    text = value.strip() if isinstance(value, str) else ""
    if text == BREACH:
        return BREACH_STEP
    if share := _SHARE.fullmatch(text):
        return Step(text, share=int(share[1]))
    match = _LENGTH.fullmatch(text)
    if not match:
        values = {"value": abbreviate(value)}
        return Sentence("must be a step as 25%, 4h left, breach or 24h late, not {value}", values)
    duration = parse_duration(match["length"])
    if not isinstance(duration, Duration):
        return duration
    length = duration.to_timedelta(DAY)
    return Step(text, after=-length if match["side"] == "left" else length)
