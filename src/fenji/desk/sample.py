"""Create a sample desk to explore: a few tickets in different states, reported by the person who creates it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from msgspec import Struct, field

from fenji.desk.desk import Desk
from fenji.desk.init import DeskSetup, create
from fenji.errors import Sentence
from fenji.i18n import say

SITE = "KSA"


class _SampleTicket(Struct, frozen=True):
    """A ticket reported `hours_ago`; `acts` are its steps with their notes, each 20 minutes after the one before."""

    title: Sentence
    hours_ago: float
    kind: str
    impact: str
    occurrence: str
    acts: Mapping[str, Sentence] = field(default_factory=dict)


_TICKETS = (
    _SampleTicket(Sentence("Radar antenna turntable sticks"), 0.6, "quality", "major", "common"),
    _SampleTicket(
        Sentence("Power module reports overheating"),
        11,
        "quality",
        "major",
        "rare",
        {"respond": Sentence("Answered by phone; an engineer is on the way.")},
    ),
    _SampleTicket(
        Sentence("Diesel generator smokes under load"),
        30,
        "quality",
        "minor",
        "common",
        {"respond": Sentence("Asked for photographs."), "note": Sentence("The nozzles look worn.")},
    ),
    _SampleTicket(Sentence("Filters for the windy season"), 4, "request", "minor", "rare"),
    _SampleTicket(
        Sentence("Display flickers now and then"),
        200,
        "quality",
        "minor",
        "rare",
        {"respond": Sentence("Will be checked at the next visit.")},
    ),
)


def create_sample(folder: Path, setup: DeskSetup) -> Path:
    """Create the sample desk in an empty folder and return its root."""
    root = create(folder, SITE, setup)
    with Desk.open(root) as desk:
        for sample in _TICKETS:
            _report(desk, sample, setup.language)
    return root


def _report(desk: Desk, sample: _SampleTicket, language: str) -> None:
    at = desk.now() - timedelta(hours=sample.hours_ago)
    fields = {"title": say(sample.title, language), "kind": sample.kind}
    remark = say("A sample ticket.", language)
    row = desk.new({**fields, "impact": sample.impact, "occurrence": sample.occurrence}, at=at, note=remark)
    for number, (do, note) in enumerate(sample.acts.items(), 1):
        desk.act(row.id, do, note=say(note, language), at=at + timedelta(minutes=20 * number))
