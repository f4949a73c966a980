"""Short texts that HTML and Markdown pages share: figures of many problems, and causes and lessons in a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.publish import recurrence
from fenji.publish.recurrence import ProblemGroup, PromiseStats
from fenji.text import HAN

if TYPE_CHECKING:
    from fenji.publish.edition import ChapterSection, Edition
    from fenji.publish.entries import HandbookEntry
    from fenji.publish.localization import Locale
    from fenji.publish.pages import PublishedPage

VERDICT_SIGNS = {"met": "✓", "missed": "!", "excused": "=", "none": "–"}
MAX_CAUSES = 8  # recurring causes shown for a section
GIST_WIDTH = 110  # columns of a text shortened to a line; a Han character takes two
TITLE_WIDTH = 160  # columns of a title in a list
LESSON_WIDTH = 180  # columns of a lesson on the first page
_WIDE = re.compile(f"[{HAN}。，；：、！？（）「」]")
_BREAK_BETWEEN_WIDE = re.compile(rf"(?<={_WIDE.pattern})\s+(?={_WIDE.pattern})")
_SENTENCE_END = re.compile(r"[。！？]|[.!?](?=\s)")


def shorten(text: str, width: int = GIST_WIDTH) -> str:
    """Return the beginning of a text in one line, ending with a whole sentence if that fills half of it."""
    line = " ".join(_BREAK_BETWEEN_WIDE.sub("", text).split())
    cut = _fitting_length(line, width)
    if cut == len(line):
        return line
    ends = [match.end() for match in _SENTENCE_END.finditer(line, 0, cut + 1) if match.end() <= cut]
    return f"{line[: ends[-1]]} …" if ends and ends[-1] > cut // 2 else f"{line[:cut].rstrip()}…"


def headline(entry: HandbookEntry) -> str:
    """Return the title, shortened for a list, or the number if there is no title."""
    return shorten(entry.title, TITLE_WIDTH) or entry.id


def _fitting_length(line: str, width: int) -> int:
    """Return how many characters of a line fit into `width` columns."""
    for index, char in enumerate(line):
        width -= 2 if _WIDE.match(char) else 1
        if width < 0:
            return index
    return len(line)


def format_verdicts(stats: PromiseStats) -> str:
    """Format the promises met, missed and excused as `✓ 28 ! 2`; counts of zero are left out."""
    counts = {"met": stats.met, "missed": stats.missed, "excused": stats.excused}
    return " ".join(f"{VERDICT_SIGNS[verdict]} {count}" for verdict, count in counts.items() if count)


def whole_section(section: ChapterSection, page: PublishedPage) -> ChapterSection:
    """Return the complete section; `section` may be only the part of it on this page."""
    return next((candidate for candidate in page.chapter.sections if candidate.name == section.name), section)


def describe_figures(entries: Sequence[HandbookEntry], edition: Edition, locale: Locale) -> Iterator[str]:
    """Yield phrases about these problems: how many, year by year, and how long they took."""
    group = ProblemGroup((), tuple(entries))
    yield locale.say("{count} problem", plural="{count} problems", count=group.size)
    yield format_years(group, edition, locale)
    for label, stats in ((locale.say("Response"), group.response), (locale.say("Solution"), group.solution)):
        if stats.median_s is not None:
            yield " ".join(
                part for part in (label, locale.format_length(stats.median_s), format_verdicts(stats)) if part
            )


def format_years(group: ProblemGroup, edition: Edition, locale: Locale) -> str:
    """Format the counts by year as `2024: 2, 2026: 1`."""
    return locale.join(
        f"{year}: {count}" for year, count in recurrence.count_by_year(edition, group.entries).items() if count
    )


def cause_and_lesson(entry: HandbookEntry, locale: Locale) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for the cause of a problem and its lessons, each shortened to a line."""
    for key, label in (("cause", locale.say("Cause")), ("lessons", locale.say("Lessons"))):
        if key in entry.texts:
            yield label, shorten(entry.texts[key])


def describe_frequency(entry: HandbookEntry, similar: Sequence[HandbookEntry], locale: Locale) -> str:
    """Describe how often similar problems occurred, from when to when, and how long they took."""
    count = len(similar)
    if entry.part:
        phrases = [
            locale.say(
                "{count} time with this system, subsystem and part",
                plural="{count} times with this system, subsystem and part",
                count=count,
            )
        ]
    else:
        phrases = [
            locale.say(
                "{count} time with this system and subsystem, no part named",
                plural="{count} times with this system and subsystem, no part named",
                count=count,
            )
        ]
    days = sorted(entry.date for entry in similar if entry.date)
    if days:
        phrases.append(days[0] if days[0] == days[-1] else f"{days[0]} – {days[-1]}")
    median = ProblemGroup((), tuple(similar)).solution.median_s
    if median is not None:
        phrases.append(locale.say("solution in {length}, median", length=locale.format_length(median)))
    return " · ".join(phrases)
