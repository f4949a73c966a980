"""How an edition is dealt out to pages: names of files, what stands on each, and where a number is found. Pure.

A system whose problems fit one page has one; otherwise each of its subsystems has pages of its own, filled from the
oldest problem on, so that what was published once stays where it was.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.analysis import fold

if TYPE_CHECKING:
    from fenji.export.edition import Chapter, Edition, Section

FULL = 50  # problems on a page
PAGES = frozenset(
    {"htm", "html", "shtml", "xhtml", "xht", "xml", "xsl", "svg", "svgz", "mht", "mhtml", "hta", "js", "mjs"}
)


@dataclass(frozen=True)
class File:
    """A file of the handbook: its path in the folder, with `/`, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a ticket: its path in the folder, the ticket's number, and its name and SHA-256 there."""

    path: str
    number: str
    name: str
    sha256: str


def attachment(number: str, name: str, shown: str, digest: str) -> Attachment:
    """The copy of an attachment, under a name in letters that no system and no address misreads.

    It is made of the name that is `shown`, in which the requester is covered, and of the SHA-256 of the file. What a
    browser would run as a page is named so that it shows it as text.
    """
    begin, dot, end = shown.rpartition(".")
    if not dot:
        begin, end = shown, ""
    latin, suffix = (re.sub(r"[^0-9A-Za-z]+", "-", one).strip("-") for one in (begin, end))
    tail = hashlib.sha256(f"{shown}\0{digest}".encode("utf-8", "replace")).hexdigest()[:6]
    suffix = suffix[:10].lower()
    whole = "-".join(one for one in (latin[:60], tail) if one) + (f".{suffix}" if suffix else "")
    whole += ".txt" if suffix in PAGES else ""
    return Attachment(f"files/{number}/{whole}", number, name, digest)


@dataclass(frozen=True)
class Leaf:
    """One page: `name` without suffix, the sections on it, and which of how many pages of its part of the book it is.

    `running` counts from 1, the oldest problems first. `parted` says that the page holds one section alone.
    """

    name: str
    chapter: Chapter
    sections: tuple[Section, ...]
    parted: bool = False
    running: int = 1
    of: int = 1

    @property
    def count(self) -> int:
        return sum(len(one.entries) for one in self.sections)


@dataclass(frozen=True)
class Leaves:
    """All pages but the first, in the order of the book."""

    pages: tuple[Leaf, ...]

    @cached_property
    def place(self) -> Mapping[str, str]:
        """The name of the page on which each number stands."""
        return {entry.id: leaf.name for leaf in self.pages for section in leaf.sections for entry in section.entries}

    def of_section(self, chapter: Chapter, section: Section) -> Leaf:
        """The page with the newest problems of a section."""
        wanted = self.place[section.entries[0].id]
        return next(leaf for leaf in self.pages if leaf.chapter is chapter and leaf.name == wanted)

    def beside(self, leaf: Leaf) -> list[Leaf]:
        """The pages of the same part of the book, the newest first."""
        same = [one for one in self.pages if one.chapter is leaf.chapter and _stem(one) == _stem(leaf)]
        return sorted(same, key=lambda one: -one.running)


def _stem(leaf: Leaf) -> str:
    return leaf.name.rpartition("-")[0]


def leaves(edition: Edition) -> Leaves:
    """The pages of an edition."""
    return Leaves(tuple(leaf for chapter in edition.chapters for leaf in _of_chapter(chapter)))


def _of_chapter(chapter: Chapter) -> Iterator[Leaf]:
    if chapter.count <= FULL:
        yield Leaf(f"{stem(chapter)}-1", chapter, chapter.sections)
        return
    for section in chapter.sections:
        oldest = tuple(reversed(section.entries))
        blocks = [tuple(reversed(oldest[at : at + FULL])) for at in range(0, len(oldest), FULL)]
        whole = Leaf(stem(chapter, section), chapter, (), parted=True, of=len(blocks))
        for running, block in reversed(list(enumerate(blocks, 1))):
            one = replace(section, entries=block)
            yield replace(whole, name=f"{whole.name}-{running}", sections=(one,), running=running)


def stem(chapter: Chapter, section: Section | None = None) -> str:
    """A file name for a part of the book in plain ASCII: what is Latin in its name, and a digest of all of it."""
    names = [chapter.kind, chapter.name, *([section.name, "-"] if section else [])]
    folded = [fold(one) for one in names]
    digest = hashlib.sha256("\0".join(folded).encode()).hexdigest()[:8]
    latin = re.sub(r"[^a-z0-9]+", "-", " ".join(folded)).strip("-")[:40].strip("-")
    return f"{latin or 'part'}-{digest}"
