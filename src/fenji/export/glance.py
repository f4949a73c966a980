"""What a reader wants to see of many problems at once: how often and how long, causes and lessons in a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.analysis import HAN
from fenji.export import recurrence
from fenji.export.recurrence import Count, Pace

if TYPE_CHECKING:
    from fenji.export.edition import Edition, Section
    from fenji.export.entries import Entry
    from fenji.export.leaves import Leaf
    from fenji.export.voice import Voice

SIGNS = {"met": "✓", "missed": "!", "excused": "=", "none": "–"}
CAUSES = 8  # causes that recur, of a section
GIST = 110  # characters of a text that is told in a line; a Han character counts as two
TITLE = 160  # of a title in a list
LESSON = 180  # of a lesson on the first page
_FULL = re.compile(f"[{HAN}。，；：、！？（）「」]")
_BREAK = re.compile(rf"(?<={_FULL.pattern})\s+(?={_FULL.pattern})")
_END = re.compile(r"[。！？]|[.!?](?=\s)")


def gist(text: str, most: int = GIST) -> str:
    """How a text begins, in one line: whole sentences where they fill half of it."""
    line = " ".join(_BREAK.sub("", text).split())
    cut = _fitting(line, most)
    if cut == len(line):
        return line
    ends = [found.end() for found in _END.finditer(line, 0, cut + 1) if found.end() <= cut]
    return f"{line[: ends[-1]]} …" if ends and ends[-1] > cut // 2 else f"{line[:cut].rstrip()}…"


def headline(entry: Entry) -> str:
    """The title as it stands in a list; the number where there is none."""
    return gist(entry.title, TITLE) or entry.id


def _fitting(line: str, most: int) -> int:
    """How many characters of a line fit."""
    for place, letter in enumerate(line):
        most -= 2 if _FULL.match(letter) else 1
        if most < 0:
            return place
    return len(line)


def tally(pace: Pace) -> str:
    """`✓ 28 ! 2`: promises met, missed and excused, as far as there are any."""
    counts = {"met": pace.met, "missed": pace.missed, "excused": pace.excused}
    return " ".join(f"{SIGNS[verdict]} {count}" for verdict, count in counts.items() if count)


def whole(section: Section, leaf: Leaf) -> Section:
    """The section of the book of which a page shows all or a part."""
    return next((one for one in leaf.chapter.sections if one.name == section.name), section)


def figures(entries: Sequence[Entry], edition: Edition, voice: Voice) -> Iterator[str]:
    """How often these occurred, year by year, and how long they took: a phrase each."""
    count = Count((), tuple(entries))
    yield voice.say("{count} problems", count=count.number)
    yield yearly(count, edition)
    for label, pace in ((voice.say("Response"), count.response), (voice.say("Solution"), count.solution)):
        if pace.median_s is not None:
            yield " ".join(one for one in (label, voice.length(pace.median_s), tally(pace)) if one)


def yearly(count: Count, edition: Edition) -> str:
    """`2024: 2, 2026: 1`."""
    return ", ".join(f"{year}: {of}" for year, of in recurrence.years(edition, count.entries).items() if of)


def about(entry: Entry, voice: Voice) -> Iterator[tuple[str, str]]:
    """The cause of a problem and its lesson, each in a line, under their labels."""
    for key, label in (("cause", voice.say("Cause")), ("lessons", voice.say("Lessons"))):
        if key in entry.texts:
            yield label, gist(entry.texts[key])


def how_often(entry: Entry, alike: Sequence[Entry], voice: Voice) -> str:
    """How often problems like this one stand in the book, from when to when, and how long they took, in words."""
    count = len(alike)
    if entry.part:
        told = [voice.say("{count} times with this system, subsystem and part", count=count)]
    else:
        told = [voice.say("{count} times with this system and subsystem, no part named", count=count)]
    days = sorted(one.date for one in alike if one.date)
    if days:
        told.append(days[0] if days[0] == days[-1] else f"{days[0]} – {days[-1]}")
    median = Count((), tuple(alike)).solution.median_s
    if median is not None:
        told.append(voice.say("solution in {length}, median", length=voice.length(median)))
    return " · ".join(told)
