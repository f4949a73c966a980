"""An edition: the entries of one handbook in their order, and what they have to do with each other. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.analysis import code, fold
from fenji.ticket import KINDS

if TYPE_CHECKING:
    from fenji.export.entries import Entry

Key = tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """The problems of one subsystem, newest first; `name` is `""` where none is named."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Chapter:
    """The problems of one product system, or of one kind (`kind`) where no system is named."""

    name: str
    sections: tuple[Section, ...]
    kind: str = ""

    @property
    def count(self) -> int:
        return sum(len(one.entries) for one in self.sections)


@dataclass(frozen=True)
class Link:
    """One end of a link: the number named, the relation in words, and the entry there where it is in this edition."""

    number: str
    relation: str
    entry: Entry | None
    back: bool = False


@dataclass(frozen=True)
class Edition:
    """A handbook as a value. `entries` stand newest first; `as_of` is the latest instant of archiving among them."""

    entries: tuple[Entry, ...]
    chapters: tuple[Chapter, ...]
    withdrawn: int = 0
    unread: int = 0
    words: str = ""  # the filter that chose the entries

    @cached_property
    def as_of(self) -> datetime | None:
        """Up to when the handbook tells."""
        return max((one.archived for one in self.entries if one.archived), default=None)

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """The first and the last year in which something was reported."""
        years = [int(one.year) for one in self.entries if one.year.isdecimal()]
        return (min(years), max(years)) if years else None

    @cached_property
    def numbers(self) -> Mapping[str, Entry]:
        """The entry of each number, former numbers too."""
        former = {one.formerly: one for one in self.entries if one.formerly}
        return former | {one.id: one for one in self.entries}

    @cached_property
    def _alike(self) -> Mapping[Key, tuple[Entry, ...]]:
        groups: dict[Key, list[Entry]] = defaultdict(list)
        for one in self.entries:
            groups[_likeness(one)].append(one)
        return {key: tuple(group) for key, group in groups.items() if any(key[2:])}

    def alike(self, entry: Entry) -> Sequence[Entry]:
        """All entries of its kind with the same system, subsystem and part, itself among them, newest first.

        Spelling counts as in a search: script, case and separators make no difference. Empty where neither subsystem
        nor part is named: a whole system says nothing about likeness.
        """
        return self._alike.get(_likeness(entry), ())

    @cached_property
    def _backward(self) -> Mapping[str, tuple[tuple[Entry, str], ...]]:
        found: dict[str, list[tuple[Entry, str]]] = defaultdict(list)
        for one in self.entries:
            for to, relation in one.links:
                if to in self.numbers:
                    found[self.numbers[to].id].append((one, relation))
        return {number: tuple(links) for number, links in found.items()}

    def links(self, entry: Entry) -> tuple[Link, ...]:
        """The links of an entry, first those that it names, then those that name it."""
        out = [Link(to, relation, self.numbers.get(to)) for to, relation in entry.links]
        named = {one.entry.id for one in out if one.entry}
        back = [
            Link(one.id, relation, one, back=True)
            for one, relation in self._backward.get(entry.id, ())
            if one.id not in named and one.id != entry.id
        ]
        return (*out, *back)


def edition(entries: Iterable[Entry], *, withdrawn: int = 0, unread: int = 0, words: str = "") -> Edition:
    """The edition of these entries: each number once, newest first, by system and subsystem."""
    once = {one.id: one for one in sorted(entries, key=lambda one: one.id)}
    ordered = tuple(sorted(once.values(), key=_newness, reverse=True))
    return Edition(ordered, _chapters(ordered), withdrawn=withdrawn, unread=unread, words=words)


def _newness(entry: Entry) -> tuple[float, str]:
    return (entry.reported.timestamp() if entry.reported else 0.0), entry.id


def _likeness(entry: Entry) -> Key:
    return entry.kind, fold(entry.system), fold(entry.subsystem), code(entry.part)


def _chapters(entries: Sequence[Entry]) -> tuple[Chapter, ...]:
    """Systems by the number of their problems, then kinds in their order."""
    systems = _grouped((one for one in entries if one.system), lambda one: one.system)
    found = [Chapter(name, _sections(group)) for name, group in systems]
    others = [one for one in entries if not one.system]
    kinds = [*KINDS, *sorted({one.kind for one in others} - set(KINDS))]
    groups = {kind: [one for one in others if one.kind == kind] for kind in kinds}
    return (*found, *(Chapter("", _sections(group), kind=kind) for kind, group in groups.items() if group))


def _sections(entries: Sequence[Entry]) -> tuple[Section, ...]:
    """Subsystems by the number of their problems; those without one stand last."""
    named = _grouped((one for one in entries if one.subsystem), lambda one: one.subsystem)
    rest = tuple(one for one in entries if not one.subsystem)
    return (*(Section(name, tuple(group)) for name, group in named), *([Section("", rest)] if rest else []))


def _grouped(entries: Iterable[Entry], name: Callable[[Entry], str]) -> list[tuple[str, list[Entry]]]:
    """Groups of one name in whatever script and case, under the spelling used most, largest first."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for one in entries:
        groups[fold(name(one))].append(one)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [(spelling(map(name, group)), group) for _, group in ordered]


def spelling(names: Iterable[str]) -> str:
    """The spelling used most; of several the one that sorts first."""
    counted = Counter(names)
    return min(counted, key=lambda one: (-counted[one], one), default="")
