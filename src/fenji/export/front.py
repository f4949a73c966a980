"""The first page in HTML: what recurs, how long it takes, what is new, and the way to every page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.export import charts, recurrence
from fenji.export.article import SIGNS
from fenji.export.markup import Markup, join, tag
from fenji.export.recurrence import Count, Pace
from fenji.export.voice import instant

if TYPE_CHECKING:
    from fenji.export.article import Surroundings
    from fenji.export.edition import Chapter, Edition
    from fenji.export.entries import Entry
    from fenji.export.leaves import Leaf, Leaves
    from fenji.export.voice import Voice


def front(around: Surroundings, pages: Leaves) -> Markup:
    """All of the first page below its heading and search field."""
    edition, say = around.edition, around.voice.say
    if not edition.entries:
        return tag("p", say("No archived ticket is in this handbook yet."), class_="empty")
    return join(
        _block(say("Systems and subsystems"), _contents(around, pages)),
        tag(
            "div",
            _block(say("Problems reported in each year"), _trend(edition, around.voice)),
            _block(say("How long it takes"), _paces(edition, around.voice)),
            class_="pair",
        ),
        _block(say("Parts that recur"), _parts(around)),
        tag(
            "div",
            _block(say("Newest entries"), _newest(around)),
            _block(say("Most linked"), _linked(around)),
            class_="pair",
        ),
    )


def told(edition: Edition, voice: Voice) -> list[str]:
    """What the book holds and leaves out, sentence by sentence."""
    found = [
        voice.say("{count} problems, archived up to {at}.", count=len(edition.entries), at=instant(edition.as_of)),
    ]
    if edition.words:
        found.append(voice.say("Only: {words}", words=edition.words))
    if edition.withdrawn:
        found.append(voice.say("{count} withdrawn tickets are left out.", count=edition.withdrawn))
    if edition.unread:
        found.append(voice.say("{count} files could not be read and are missing.", count=edition.unread))
    return found


def _block(title: str, content: Markup | None) -> Markup | None:
    return tag("section", tag("h2", title), content) if content else None


def cell(label: str, *content: str | Markup | None, class_: str = "") -> Markup:
    """A cell of a table that carries its heading along, for screens too narrow for columns."""
    return tag("td", *content, data_label=label, class_=class_ or None)


def table(labels: Sequence[str], rows: Sequence[Markup]) -> Markup:
    """A table with a heading over each column."""
    head = tag("tr", (tag("th", label, scope="col") for label in labels))
    return tag("table", tag("thead", head), tag("tbody", rows), class_="figures")


# --- the way to every page --------------------------------------------------------------------------------------------


def chapter_name(chapter: Chapter, voice: Voice) -> str:
    """The system, or the kind of what names none."""
    if chapter.kind:
        return voice.say("{kind}, no system named", kind=voice.say(chapter.kind))
    return chapter.name


def leaf_name(leaf: Leaf, voice: Voice) -> str:
    """The chapter, the subsystem where the page holds that alone, and the pages of it there are."""
    names = [chapter_name(leaf.chapter, voice)]
    if leaf.parted and len(leaf.chapter.sections) > 1:
        names.append(leaf.sections[0].name or voice.say("no subsystem named"))
    name = " / ".join(names)
    return f"{name} ({leaf.running}/{leaf.of})" if leaf.of > 1 else name


def _contents(around: Surroundings, pages: Leaves) -> Markup:
    voice, edition = around.voice, around.edition
    labels = [voice.say(one) for one in ("System", "Problems", "Response", "Solution", "Latest")]
    most = max(len(section.entries) for chapter in edition.chapters for section in chapter.sections)
    rows = [row for chapter in edition.chapters for row in _chapter_rows(chapter, around, pages, labels, most)]
    return table(labels, rows)


def _chapter_rows(
    chapter: Chapter, around: Surroundings, pages: Leaves, labels: Sequence[str], most: int
) -> Iterator[Markup]:
    voice = around.voice
    if len(chapter.sections) > 1:
        first = pages.of_section(chapter, chapter.sections[0])
        name = chapter_name(chapter, voice)
        head = name if first.parted else tag("a", name, href=f"{first.name}.html")
        yield tag("tr", tag("th", head, " ", tag("small", str(chapter.count)), colspan=5, scope="rowgroup"))
    for section in chapter.sections:
        leaf = pages.of_section(chapter, section)
        alone = len(chapter.sections) == 1
        names = [chapter_name(chapter, voice), section.name] if alone else [section.name]
        name = " / ".join(one for one in names if one) or voice.say("no subsystem named")
        address = f"{leaf.name}.html" if leaf.parted or alone else f"{leaf.name}.html#{section.entries[0].id}"
        link = tag("a", name, href=address)
        cells = _count_cells(Count((), section.entries), labels, most, voice)
        yield tag("tr", cell("", link, class_="name"), cells, class_=None if alone else "under")


def _count_cells(count: Count, labels: Sequence[str], most: int, voice: Voice) -> Markup:
    return join(
        cell(labels[1], charts.bar(count.number, most), tag("b", str(count.number)), class_="bars"),
        cell(labels[2], voice.length(count.response.median_s)),
        cell(labels[3], voice.length(count.solution.median_s)),
        cell(labels[4], count.latest.date, class_="when"),
    )


# --- what recurs ------------------------------------------------------------------------------------------------------


def _parts(around: Surroundings) -> Markup | None:
    found = recurrence.parts(around.edition)
    if not found:
        return None
    voice, shown = around.voice, found[: recurrence.MOST]
    labels = [voice.say(one) for one in ("Part number", "Problems", "Response", "Solution", "Latest")]
    rows = [
        tag("tr", cell("", _part_name(one, around), class_="name"), _count_cells(one, labels, shown[0].number, voice))
        for one in shown
    ]
    left = len(found) - len(shown)
    more = tag("p", voice.say("{count} more parts were named more than once.", count=left), class_="aside")
    return join(table(labels, rows), more if left else None)


def _part_name(count: Count, around: Surroundings) -> Markup:
    where = " / ".join(one for one in count.names[:2] if one)
    return join(around.link(count.latest, count.names[2]), " ", tag("small", where))


def _trend(edition: Edition, voice: Voice) -> Markup | None:
    counts = recurrence.years(edition)
    return charts.columns(counts, label=voice.say("Problems reported in each year")) if counts else None


def _paces(edition: Edition, voice: Voice) -> Markup:
    labels = [voice.say(one) for one in ("Priority", "Problems", "Response", "Solution")]
    rows = [
        tag(
            "tr",
            cell("", one.names[0] or voice.say("All"), class_="name"),
            cell(labels[1], str(one.number), class_="figure"),
            cell(labels[2], *_pace(one.response, voice)),
            cell(labels[3], *_pace(one.solution, voice)),
        )
        for one in recurrence.priorities(edition)
    ]
    about = voice.say("Medians of working time, a day being 24 hours of it; promises met, missed and excused.")
    return join(table(labels, rows), tag("p", about, class_="aside"))


def _pace(pace: Pace, voice: Voice) -> tuple[str, Markup]:
    return voice.length(pace.median_s), tag("small", " ", tally(pace), class_="tally")


def tally(pace: Pace) -> str:
    """`✓ 28 ! 2`: promises met, missed and, where there are any, excused."""
    if not (pace.met or pace.missed or pace.excused):
        return ""
    excused = f" {SIGNS['excused']} {pace.excused}" if pace.excused else ""
    return f"{SIGNS['met']} {pace.met} {SIGNS['missed']} {pace.missed}{excused}"


# --- lists ------------------------------------------------------------------------------------------------------------


def _newest(around: Surroundings) -> Markup:
    return _listed([(one, one.archived_on) for one in recurrence.newest(around.edition)], around)


def _linked(around: Surroundings) -> Markup | None:
    found = recurrence.linked(around.edition)
    if not found:
        return None
    return _listed([(one, around.voice.say("{count} links", count=count)) for one, count in found], around)


def _listed(entries: Sequence[tuple[Entry, str]], around: Surroundings) -> Markup:
    return tag("ul", (_item(one, about, around) for one, about in entries), class_="list")


def _item(entry: Entry, about: str, around: Surroundings) -> Markup:
    return tag("li", around.link(entry), tag("small", f"{entry.id} · {about}"))
