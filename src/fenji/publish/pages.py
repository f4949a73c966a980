"""How an edition is divided into pages: file names, the problems on each page, and the page of each number. Pure.

A system whose problems fit one page has one; otherwise each of its subsystems has pages of its own, filled from the
oldest problem on, so that a problem stays on the page where it was first published.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.text import fold

if TYPE_CHECKING:
    from fenji.publish.edition import Chapter, ChapterSection, Edition

PAGE_SIZE = 50  # problems on a page
ACTIVE_SUFFIXES = frozenset(
    {"htm", "html", "shtml", "xhtml", "xht", "xml", "xsl", "svg", "svgz", "mht", "mhtml", "hta", "js", "mjs"}
)


class HandbookFile(Struct, frozen=True):
    """A file of the handbook: its path in the folder, separated by `/`, and its bytes."""

    path: str
    data: bytes


class AttachmentCopy(Struct, frozen=True):
    """A copied attachment: its path in the folder, the ticket's number, and its name and SHA-256 in the ticket."""

    path: str
    number: str
    name: str
    sha256: str


def plan_attachment_copy(number: str, name: str, label: str, digest: str) -> AttachmentCopy:
    """Return where an attachment is copied to, under an ASCII name that is safe in file systems and URLs.

    The name is made of `label`, in which the requester is masked, and a hash of it and the file's `digest`. A file that
    a browser would run as a page gets `.txt`, so that it is shown as text.
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


class PublishedPage(Struct, frozen=True):
    """One page: its name without suffix, its sections, and its number among the pages of its chapter or section.

    `page_number` counts from 1, the oldest problems first. `single_section` says that the page has only one section.
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


class Pagination(Struct, frozen=True, dict=True):
    """All pages but the first, in the order of the handbook."""

    pages: tuple[PublishedPage, ...]

    @cached_property
    def page_names(self) -> Mapping[str, str]:
        """The name of the page that each problem is on, by the problem's number."""
        return {entry.id: page.name for page in self.pages for section in page.sections for entry in section.entries}

    def newest_page(self, chapter: Chapter, section: ChapterSection) -> PublishedPage:
        """Return the page with the newest problems of a section."""
        wanted = self.page_names[section.entries[0].id]
        return next(page for page in self.pages if page.chapter is chapter and page.name == wanted)

    def sibling_pages(self, page: PublishedPage) -> list[PublishedPage]:
        """Return the pages of the same chapter or section, the newest first."""
        same = [
            other for other in self.pages if other.chapter is page.chapter and _page_stem(other) == _page_stem(page)
        ]
        return sorted(same, key=lambda other: -other.page_number)


def _page_stem(page: PublishedPage) -> str:
    return page.name.rpartition("-")[0]


def paginate(edition: Edition) -> Pagination:
    """Divide an edition into pages."""
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
    """Return an ASCII file name for a chapter or section: the Latin letters of its name, and a hash of all of it."""
    names = [chapter.kind, chapter.name, *([section.name, "-"] if section else [])]
    folded = [fold(name) for name in names]
    digest = hashlib.sha256("\0".join(folded).encode()).hexdigest()[:8]
    latin = re.sub(r"[^a-z0-9]+", "-", " ".join(folded)).strip("-")[:40].strip("-")
    return f"{latin or 'part'}-{digest}"
