"""Figures as they were issued: every verdict of a period, as it was known at the issue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.ticket import ID_PATTERN, UID_PATTERN

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts
    from fenji.model.periods import Period
    from fenji.model.values import JsonValue

FORMAT = 1
# The parts of a verdict that figures count or group rows by; the answer first.
COMPARED = (
    *("answer", "at", "person", "unit", "level", "kind", "site", "impact", "occurrence"),
    *("system", "subsystem", "part", "customer", "requester"),
)


class VerdictKey(NamedTuple):
    """Identifies a verdict: the ticket, its clock, and the key of a plan item (else empty)."""

    uid: str
    clock: str
    item: str


class KnownVerdict(Struct, frozen=True):
    """A verdict as it was known: the ticket's number then, and each of COMPARED as text, `at` in ISO format in UTC."""

    key: VerdictKey
    ticket: str
    values: Mapping[str, str]

    @property
    def at(self) -> datetime:
        """When the verdict became final."""
        return datetime.fromisoformat(self.values["at"])

    def mapping(self) -> dict[str, str]:
        """Return the JSON form of the verdict, without empty values."""
        values = {**self.key._asdict(), "ticket": self.ticket, **self.values}
        return {name: value for name, value in values.items() if value}


Verdicts = Mapping[VerdictKey, KnownVerdict]


def known_verdicts(facts: Facts, start: datetime, end: datetime) -> dict[VerdictKey, KnownVerdict]:
    """Return the verdicts that became final in [start, end), by ticket, clock and item."""
    numbers = dict(zip(facts.tickets.columns["uid"], facts.tickets.columns["id"], strict=True))
    words = facts.words
    found = {}
    for verdict in facts.verdicts.between("at", int(start.timestamp()), int(end.timestamp())).rows():
        key = VerdictKey(verdict.uid, verdict.clock, verdict.item)
        values = {name: str(getattr(verdict, name)) for name in COMPARED}
        values["at"] = datetime.fromtimestamp(verdict.at, UTC).isoformat()
        found[key] = KnownVerdict(key, words.words[numbers[words.numbers[verdict.uid]]], values)
    return found


class IssuedFigures(Struct, frozen=True):
    """The issued figures of a period: when and by whom, from which commit and rules, with every verdict."""

    name: str  # of the file, without its folder
    period: str  # as queries name it
    first: date
    last: date
    zone: str
    commit: str
    at: datetime
    by: str
    since: str  # of the policy's version in force
    tickets: int  # number of tickets read
    verdicts: Sequence[KnownVerdict]

    def is_of(self, period: Period) -> bool:
        """Whether these figures are of a period: the same dates in the same zone."""
        return (self.first, self.last, self.zone) == (period.first, period.last, str(period.zone))

    def verdict_map(self) -> dict[VerdictKey, KnownVerdict]:
        """Return the verdicts by ticket, clock and item."""
        return {verdict.key: verdict for verdict in self.verdicts}

    def mapping(self) -> dict[str, JsonValue]:
        """Return the content of the file of the issue."""
        return {
            "format": FORMAT,
            "period": {"name": self.period, "first": str(self.first), "last": str(self.last), "zone": self.zone},
            "commit": self.commit,
            "at": self.at.isoformat(),
            "by": self.by,
            "since": self.since,
            "tickets": self.tickets,
            "verdicts": [verdict.mapping() for verdict in self.verdicts],
        }


class IssueCount(Struct, frozen=True):
    """How often a period was issued, when last, and the number of changes in its verdicts since."""

    times: int
    last: datetime
    name: str  # of the last one's file
    changes: int

    @property
    def sentence(self) -> Sentence:
        """The sentence for the head of a report."""
        times = Sentence("issued {count} time", {"count": self.times}, plural="issued {count} times")
        changes = Sentence("{count} change since", {"count": self.changes}, plural="{count} changes since")
        return Sentence("{issued}, {changes}", {"issued": times, "changes": changes})

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {"times": self.times, "last": self.last.isoformat(), "name": self.name, "changes": self.changes}


def sort_verdicts(verdicts: Iterable[KnownVerdict]) -> list[KnownVerdict]:
    """Return verdicts in the order used in an issue: by ticket, clock and item, the same in every clone."""
    return sorted(verdicts, key=lambda verdict: verdict.key)


def parse_issued(document: JsonValue, name: str) -> IssuedFigures:
    """Parse the content of an issued file. Raises ValueError if it is invalid."""
    top, period = _mapping(document), _mapping(_mapping(document).get("period"))
    verdicts = top.get("verdicts")
    if top.get("format") != FORMAT or not isinstance(verdicts, list):
        raise ValueError("format")
    return IssuedFigures(
        name,
        _text(period, "name"),
        date.fromisoformat(_text(period, "first")),
        date.fromisoformat(_text(period, "last")),
        _text(period, "zone"),
        _text(top, "commit"),
        _instant(_text(top, "at")),
        _text(top, "by"),
        _text(top, "since"),
        int(_text(top, "tickets")),
        [_parse_verdict(_mapping(verdict)) for verdict in verdicts],
    )


def _parse_verdict(mapping: Mapping[str, object]) -> KnownVerdict:
    key = VerdictKey(_text(mapping, "uid"), _text(mapping, "clock"), str(mapping.get("item", "")))
    if not UID_PATTERN.fullmatch(key.uid):
        raise ValueError(key.uid)
    values = {name: str(mapping.get(name, "")) for name in COMPARED}
    _instant(values["at"])
    number = _text(mapping, "ticket")
    if not ID_PATTERN.fullmatch(number):
        raise ValueError(number)
    return KnownVerdict(key, number, values)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError("mapping")
    return value


def _text(mapping: Mapping[str, object], name: str) -> str:
    value = mapping.get(name)
    if not isinstance(value, str | int):
        raise ValueError(name)
    return str(value)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.utcoffset() is None:
        raise ValueError(text)
    return instant
