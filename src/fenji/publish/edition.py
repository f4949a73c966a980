"""An edition: the entries of one handbook in order, with their chapters and links between them. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.ticket import KINDS
from fenji.publish.word_groups import NO_GROUPS, WordGroups
from fenji.text import fold_code

if TYPE_CHECKING:
    from fenji.publish.entries import HandbookEntry

SimilarityKey = tuple[str, ...]
NameKey = Callable[[str], str]  # names with the same key count as one


class ChapterSection(Struct, frozen=True):
    """The problems of one subsystem, newest first; `name` is `""` if they name none."""

    name: str
    entries: tuple[HandbookEntry, ...]


class Chapter(Struct, frozen=True):
    """The problems of one product system, or of one `kind` if they name no system."""

    name: str
    sections: tuple[ChapterSection, ...]
    kind: str = ""

    @property
    def count(self) -> int:
        return sum(len(section.entries) for section in self.sections)


class EntryLink(Struct, frozen=True):
    """A link as seen from one entry: the other number, the relation, and the other entry if this edition has it."""

    number: str
    relation: str
    entry: HandbookEntry | None
    incoming: bool = False


class Edition(Struct, frozen=True, dict=True):
    """A handbook as a value. `entries` are in order, newest first."""

    entries: tuple[HandbookEntry, ...]
    chapters: tuple[Chapter, ...]
    withdrawn: int = 0
    unreadable: int = 0
    filter_text: str = ""  # the filter that chose the entries
    word_groups: WordGroups = NO_GROUPS  # words that mean the same at this desk

    @cached_property
    def as_of(self) -> datetime | None:
        """The latest instant at which an entry was archived; None if no entry has one."""
        return max((entry.archived for entry in self.entries if entry.archived), default=None)

    @cached_property
    def year_range(self) -> tuple[int, int] | None:
        """The first and last years of reported problems; None if no year is known."""
        years = [int(entry.year) for entry in self.entries if entry.year.isdecimal()]
        return (min(years), max(years)) if years else None

    @cached_property
    def entries_by_number(self) -> Mapping[str, HandbookEntry]:
        """The entry of each number, including former numbers."""
        former = {entry.formerly: entry for entry in self.entries if entry.formerly}
        return former | {entry.id: entry for entry in self.entries}

    @cached_property
    def _similar_groups(self) -> Mapping[SimilarityKey, tuple[HandbookEntry, ...]]:
        groups: dict[SimilarityKey, list[HandbookEntry]] = defaultdict(list)
        for entry in self.entries:
            groups[self._similarity_key(entry)].append(entry)
        return {key: tuple(group) for key, group in groups.items() if any(key[2:])}

    def similar_to(self, entry: HandbookEntry) -> Sequence[HandbookEntry]:
        """Return all entries of the same kind, system, subsystem and part, `entry` included, newest first.

        Names are compared as in a search: script, case and separators make no difference. Empty if the entry
        names neither subsystem nor part: sharing only a system does not make problems similar.
        """
        return self._similar_groups.get(self._similarity_key(entry), ())

    def _similarity_key(self, entry: HandbookEntry) -> SimilarityKey:
        key = self.word_groups.name_key
        return key(entry.kind), key(entry.system), key(entry.subsystem), fold_code(entry.part)

    @cached_property
    def _incoming_links(self) -> Mapping[str, tuple[tuple[HandbookEntry, str], ...]]:
        incoming: dict[str, list[tuple[HandbookEntry, str]]] = defaultdict(list)
        for entry in self.entries:
            for to, relation in entry.links:
                if to in self.entries_by_number:
                    incoming[self.entries_by_number[to].id].append((entry, relation))
        return {number: tuple(links) for number, links in incoming.items()}

    def links(self, entry: HandbookEntry) -> tuple[EntryLink, ...]:
        """Return the links of an entry: first those it names itself, then those of other entries that name it."""
        outgoing = [EntryLink(to, relation, self.entries_by_number.get(to)) for to, relation in entry.links]
        linked_ids = {link.entry.id for link in outgoing if link.entry}
        incoming = [
            EntryLink(other.id, relation, other, incoming=True)
            for other, relation in self._incoming_links.get(entry.id, ())
            if other.id not in linked_ids and other.id != entry.id
        ]
        return (*outgoing, *incoming)


def build_edition(
    entries: Iterable[HandbookEntry],
    *,
    withdrawn: int = 0,
    unreadable: int = 0,
    filter_text: str = "",
    word_groups: WordGroups = NO_GROUPS,
) -> Edition:
    """Build the edition of these entries: each number once, newest first, grouped by system and subsystem."""
    unique = {entry.id: entry for entry in sorted(entries, key=lambda entry: entry.id)}
    ordered = tuple(sorted(unique.values(), key=_newest_key, reverse=True))
    chapters = _build_chapters(ordered, word_groups.name_key)
    return Edition(ordered, chapters, withdrawn, unreadable, filter_text, word_groups)


def _newest_key(entry: HandbookEntry) -> tuple[float, str]:
    return (entry.reported.timestamp() if entry.reported else 0.0), entry.id


def _build_chapters(entries: Sequence[HandbookEntry], key_of: NameKey) -> tuple[Chapter, ...]:
    """Return a chapter per system, most problems first, then one per kind for problems without a system."""
    systems = _group_by_name((entry for entry in entries if entry.system), lambda entry: entry.system, key_of)
    chapters = [Chapter(name, _build_sections(group, key_of)) for name, group in systems]
    others = [entry for entry in entries if not entry.system]
    kinds: dict[str, str] = {}  # the first spelling of each kind, by its key
    for kind in (*KINDS, *sorted({entry.kind for entry in others})):
        kinds.setdefault(key_of(kind), kind)
    groups = {kind: [entry for entry in others if key_of(entry.kind) == key] for key, kind in kinds.items()}
    of_kinds = [Chapter("", _build_sections(group, key_of), kind=kind) for kind, group in groups.items() if group]
    return (*chapters, *of_kinds)


def _build_sections(entries: Sequence[HandbookEntry], key_of: NameKey) -> tuple[ChapterSection, ...]:
    """Return a section per subsystem, most problems first; problems without one come last."""
    groups = _group_by_name((entry for entry in entries if entry.subsystem), lambda entry: entry.subsystem, key_of)
    rest = tuple(entry for entry in entries if not entry.subsystem)
    return (
        *(ChapterSection(name, tuple(group)) for name, group in groups),
        *([ChapterSection("", rest)] if rest else []),
    )


def _group_by_name(
    entries: Iterable[HandbookEntry], name_of: Callable[[HandbookEntry], str], key_of: NameKey
) -> list[tuple[str, list[HandbookEntry]]]:
    """Group entries whose names have the same key, under the most used spelling; the largest group first."""
    groups: dict[str, list[HandbookEntry]] = defaultdict(list)
    for entry in entries:
        groups[key_of(name_of(entry))].append(entry)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [(most_used_spelling(map(name_of, group)), group) for _, group in ordered]


def most_used_spelling(names: Iterable[str]) -> str:
    """Return the most used spelling; among equals the one that sorts first."""
    counts = Counter(names)
    return min(counts, key=lambda name: (-counts[name], name), default="")
