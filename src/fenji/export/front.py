"""The first page in HTML: what recurs, how long it takes, what is new, and the way to every page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from fenji.export import charts, recurrence
from fenji.export.glance import LESSON, SIGNS, gist, tally, yearly
from fenji.export.markup import Markup, join, tag
from fenji.export.recurrence import Count, Pace
from fenji.export.voice import instant

if TYPE_CHECKING:
    from fenji.export.article import Surroundings
    from fenji.export.edition import Chapter, Edition
    from fenji.export.entries import Entry
    from fenji.export.leaves import Leaf, Leaves
    from fenji.export.voice import Voice

NUMBERED = 6  # problems of a part or cause that are named


def front(around: Surroundings, pages: Leaves) -> Markup:
    """All of the first page below its heading and search field."""
    edition, say = around.edition, around.voice.say
    if not edition.entries:
        return tag("p", say("No archived ticket is in this handbook yet."), class_="empty")
    return join(
        _block(say("Systems and subsystems"), _contents(around, pages)),
        _block(say("Parts that recur"), _recurring("Part number", recurrence.parts(edition), around)),
        _block(say("Causes that recur"), _recurring("Cause", recurrence.causes(edition.entries), around)),
        _block(say("Lessons of what recurs most"), _lessons(around)),
        tag(
            "div",
            _block(say("Problems reported in each year"), _trend(around)),
            _block(say("How long it takes"), _paces(around)),
            class_="pair",
        ),
        tag(
            "div",
            _block(say("Newest entries"), _newest(around)),
            _block(say("Most linked"), _linked(around)),
            class_="pair",
        ),
    )


def told(edition: Edition, voice: Voice) -> list[str]:
    """What the book holds and leaves out, sentence by sentence."""
    found = []
    if edition.entries:
        at = instant(edition.as_of)
        found.append(voice.say("{count} problems, archived up to {at}.", count=len(edition.entries), at=at))
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


def named(content: str | Markup) -> Markup:
    """The cell that says what its row is about."""
    return tag("th", content, scope="row", class_="name")


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
    edition = around.edition
    most = max(len(section.entries) for chapter in edition.chapters for section in chapter.sections)
    rows = [row for chapter in edition.chapters for row in _chapter_rows(chapter, around, pages, most)]
    return table(_labels("System", around.voice), rows)


def _labels(first: str, voice: Voice) -> list[str]:
    return [voice.say(one) for one in (first, "Problems", "By year", "Response", "Solution", "Latest")]


def _chapter_rows(chapter: Chapter, around: Surroundings, pages: Leaves, most: int) -> Iterator[Markup]:
    voice = around.voice
    if len(chapter.sections) > 1:
        first = pages.of_section(chapter, chapter.sections[0])
        name = chapter_name(chapter, voice)
        head = name if first.parted else tag("a", name, href=around.leaf(first))
        yield tag("tr", tag("th", head, " ", tag("small", str(chapter.count)), colspan=6, scope="rowgroup"))
    for section in chapter.sections:
        leaf = pages.of_section(chapter, section)
        alone = len(chapter.sections) == 1
        names = [chapter_name(chapter, voice), section.name] if alone else [section.name]
        name = " / ".join(one for one in names if one) or voice.say("no subsystem named")
        link = tag("a", name, href=around.section(leaf, section), lang=voice.tongue(name))
        cells = _count_cells(Count((), section.entries), most, around)
        yield tag("tr", named(link), cells, class_=None if alone else "under")


def _count_cells(count: Count, most: int, around: Surroundings) -> Markup:
    voice = around.voice
    labels = _labels("", voice)
    trend = charts.spark(recurrence.years(around.edition, count.entries), label=yearly(count, around.edition))
    return join(
        cell(labels[1], charts.bar(count.number, most), tag("b", str(count.number)), class_="bars"),
        cell(labels[2], trend, class_="trend"),
        cell(labels[3], voice.length(count.response.median_s)),
        cell(labels[4], voice.length(count.solution.median_s), _missed(count.solution)),
        cell(labels[5], count.latest.date, class_="when"),
    )


def _missed(pace: Pace) -> Markup | None:
    return tag("small", f" {SIGNS['missed']} {pace.missed}", class_="missed") if pace.missed else None


# --- what recurs ------------------------------------------------------------------------------------------------------


def _recurring(first: str, found: Sequence[Count], around: Surroundings) -> Markup | None:
    """Parts or causes with their figures and the problems they were named in."""
    if not found:
        return None
    shown = found[: recurrence.MOST]
    rows = [tag("tr", named(_recurring_name(one, around)), _count_cells(one, shown[0].number, around)) for one in shown]
    left = len(found) - len(shown)
    more = tag("p", around.voice.say("{count} more were named more than once.", count=left), class_="aside")
    return join(table(_labels(first, around.voice), rows), more if left else None)


def _recurring_name(count: Count, around: Surroundings) -> Markup:
    where = " / ".join(one for one in count.names[:2] if one)
    name = tag("b", gist(count.names[2]), lang=around.voice.tongue(count.names[2]))
    return join(name, " ", tag("small", where), tag("small", numbers(count, around), class_="numbers"))


def numbers(count: Count, around: Surroundings) -> Markup:
    """Links to the newest problems of a count, by number."""
    links = join(join(around.link(one, one.id), " ") for one in count.entries[:NUMBERED])
    return join(links, f"+{count.number - NUMBERED}" if count.number > NUMBERED else "")


def _lessons(around: Surroundings) -> Markup | None:
    found = recurrence.lessons(around.edition)
    items = [_lesson(one, count, around) for one, count in found]
    return tag("ul", items, class_="list lessons") if items else None


def _lesson(entry: Entry, count: int, around: Surroundings) -> Markup:
    voice = around.voice
    text = entry.texts["lessons"]
    told = [entry.id, place(entry), voice.say("{count} times", count=count) if count > 1 else ""]
    about = tag("small", " · ".join(one for one in told if one))
    return tag("li", tag("p", gist(text, LESSON), lang=voice.tongue(text)), around.link(entry), about)


def place(entry: Entry) -> str:
    """Where in the product: the subsystem, else the system, and the part."""
    return " ".join(one for one in (entry.subsystem or entry.system, entry.part) if one)


def _trend(around: Surroundings) -> Markup | None:
    counts = recurrence.years(around.edition)
    if not counts:
        return None
    drawn = charts.columns(counts, label=around.voice.say("Problems reported in each year"))
    return join(drawn, (tag("p", one, class_="aside") for one in rising(around.edition, around.voice)))


def rising(edition: Edition, voice: Voice) -> Iterator[str]:
    """Whether more is reported than before."""
    recent = recurrence.recent(edition)
    if recent:
        yield voice.say("In the last 365 days {count}, in the 365 before {before}.", count=recent[0], before=recent[1])


def paces(edition: Edition, voice: Voice) -> Iterator[tuple[str, Mapping[str, Count], str]]:
    """The counts of all, then of each priority, kind and site: a heading, the counts by name, the filter's word."""
    yield "", {voice.say("All"): Count((), edition.entries)}, ""
    names = {one.site: one.site_name for one in reversed(edition.entries)}
    groups = (
        (voice.say("Priority"), "p", recurrence.priorities(edition)),
        (voice.say("Kind"), "kind", recurrence.kinds(edition)),
        (voice.say("Site"), "site", recurrence.sites(edition)),
    )
    for label, word, counts in groups:
        if counts:
            yield label, {_named(one.names[0], names, voice): one for one in counts}, word


def _named(name: str, sites: Mapping[str, str], voice: Voice) -> str:
    site = sites.get(name, "")
    return f"{site} ({name})" if site not in ("", name) else voice.say(name)


def _paces(around: Surroundings) -> Markup:
    voice = around.voice
    labels = [voice.say(one) for one in ("", "Problems", "Response", "Solution") if one]
    rows: list[Markup] = []
    for heading, counts, word in paces(around.edition, voice):
        if heading:
            rows.append(tag("tr", tag("th", heading, colspan=4, scope="rowgroup")))
        rows += [_pace_row(name, count, word, labels, around) for name, count in counts.items()]
    about = voice.say("Medians of working time, a day being 24 hours of it; promises met, missed and excused.")
    return join(table(["", *labels], rows), tag("p", about, class_="aside"))


def _pace_row(name: str, count: Count, word: str, labels: Sequence[str], around: Surroundings) -> Markup:
    asked = f"#q={quote(f'{word}:{count.names[0]}')}" if word and not around.whole else None
    return tag(
        "tr",
        named(tag("a", name, href=asked) if asked else name),
        cell(labels[0], str(count.number), class_="figure"),
        cell(labels[1], *_pace(count.response, around.voice)),
        cell(labels[2], *_pace(count.solution, around.voice)),
        class_="under" if word else None,
    )


def _pace(pace: Pace, voice: Voice) -> tuple[str, Markup]:
    return voice.length(pace.median_s), tag("small", " ", tally(pace), class_="tally")


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
