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

from fenji.text import fold

if TYPE_CHECKING:
    from fenji.publish.edition import Chapter, ChapterSection, Edition

PAGE_SIZE = 50  # problems on a page
ACTIVE_SUFFIXES = frozenset(
    {"htm", "html", "shtml", "xhtml", "xht", "xml", "xsl", "svg", "svgz", "mht", "mhtml", "hta", "js", "mjs"}
)


@dataclass(frozen=True)
class HandbookFile:
    """A file of the handbook: its path in the folder, with `/`, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True)
class AttachmentCopy:
    """A file that belongs to a ticket: its path in the folder, the ticket's number, and its name and SHA-256 there."""

    path: str
    number: str
    name: str
    sha256: str


def plan_attachment_copy(number: str, name: str, label: str, digest: str) -> AttachmentCopy:
    """The copy of an attachment, under a name in letters that no system and no address misreads.

    It is made of the name that is `shown`, in which the requester is covered, and of the SHA-256 of the file. What a
    browser would run as a page is named so that it shows it as text.
    """
    begin, dot, end = label.rpartition(".")
    if not dot:
        begin, end = label, ""
    latin, suffix = (re.sub(r"[^0-9A-Za-z]+", "-", part).strip("-") for part in (begin, end))
    tail = hashlib.sha256(f"{label}\0{digest}".encode("utf-8", "replace")).hexdigest()[:6]
    suffix = suffix[:10].lower()
    file_name = "-".join(part for part in (latin[:60], tail) if part) + (f".{suffix}" if suffix else "")
    file_name += ".txt" if suffix in ACTIVE_SUFFIXES else ""
    return AttachmentCopy(f"files/{number}/{file_name}", number, name, digest)


@dataclass(frozen=True)
class PublishedPage:
    """One page: `name` without suffix, the sections on it, and which of how many pages of its part of the book it is.

    `running` counts from 1, the oldest problems first. `parted` says that the page holds one section alone.
    """

    name: str
    chapter: Chapter
    sections: tuple[ChapterSection, ...]
    single_section: bool = False
    page_number: int = 1
    page_count: int = 1

    @property
    def count(self) -> int:
        return sum(len(section.entries) for section in self.sections)


@dataclass(frozen=True)
class Pagination:
    """All pages but the first, in the order of the book."""

    pages: tuple[PublishedPage, ...]

    @cached_property
    def page_names(self) -> Mapping[str, str]:
        """The name of the page on which each number stands."""
        return {entry.id: page.name for page in self.pages for section in page.sections for entry in section.entries}

    def newest_page(self, chapter: Chapter, section: ChapterSection) -> PublishedPage:
        """The page with the newest problems of a section."""
        wanted = self.page_names[section.entries[0].id]
        return next(page for page in self.pages if page.chapter is chapter and page.name == wanted)

    def sibling_pages(self, page: PublishedPage) -> list[PublishedPage]:
        """The pages of the same part of the book, the newest first."""
        same = [
            other for other in self.pages if other.chapter is page.chapter and _page_stem(other) == _page_stem(page)
        ]
        return sorted(same, key=lambda other: -other.page_number)


def _page_stem(page: PublishedPage) -> str:
    return page.name.rpartition("-")[0]


def paginate(edition: Edition) -> Pagination:
    """The pages of an edition."""
    return Pagination(tuple(page for chapter in edition.chapters for page in _paginate_chapter(chapter)))


def _paginate_chapter(chapter: Chapter) -> Iterator[PublishedPage]:
    if chapter.count <= PAGE_SIZE:
        yield PublishedPage(f"{file_stem(chapter)}-1", chapter, chapter.sections)
        return
    for section in chapter.sections:
        oldest_first = tuple(reversed(section.entries))
        blocks = [tuple(reversed(oldest_first[at : at + PAGE_SIZE])) for at in range(0, len(oldest_first), PAGE_SIZE)]
        template = PublishedPage(file_stem(chapter, section), chapter, (), single_section=True, page_count=len(blocks))
        for page_number, block in reversed(list(enumerate(blocks, 1))):
            part = replace(section, entries=block)
            yield replace(template, name=f"{template.name}-{page_number}", sections=(part,), page_number=page_number)


def file_stem(chapter: Chapter, section: ChapterSection | None = None) -> str:
    """A file name for a part of the book in plain ASCII: what is Latin in its name, and a digest of all of it."""
    names = [chapter.kind, chapter.name, *([section.name, "-"] if section else [])]
    folded = [fold(name) for name in names]
    digest = hashlib.sha256("\0".join(folded).encode()).hexdigest()[:8]
    latin = re.sub(r"[^a-z0-9]+", "-", " ".join(folded)).strip("-")[:40].strip("-")
    return f"{latin or 'part'}-{digest}"
