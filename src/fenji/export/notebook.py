"""The handbook as a folder of Markdown files, for a wiki, a repository or an editor. Pure: values to bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.export import front, glance, recurrence
from fenji.export.article import ALIKE, Surroundings, hours, relation_text, spent
from fenji.export.entries import TEXTS, Entry, Resource, Time
from fenji.export.glance import SIGNS, headline, how_often
from fenji.export.leaves import Attachment, File, Leaf, Leaves, leaves, stem
from fenji.export.recurrence import Count
from fenji.export.typed import block, inline
from fenji.ticket import BY_KEY

if TYPE_CHECKING:
    from fenji.export.edition import Edition, Link, Section
    from fenji.export.voice import Voice

FIRST = "README.md"


def notebook(
    edition: Edition, voice: Voice, attachments: Mapping[tuple[str, str], Attachment] | None = None
) -> Iterator[File]:
    """The files of the handbook, without the attachments themselves; the same edition gives the same bytes."""
    pages = leaves(edition)
    files = {key: one.path for key, one in (attachments or {}).items()}
    address = {number: f"{name}.md#{number}" for number, name in pages.place.items()}
    around = Surroundings(edition, voice, address, files, suffix=".md")
    yield File(FIRST, _written(_first(around, pages)))
    for leaf in pages.pages:
        yield File(f"{leaf.name}.md", _written(_page(leaf, around)))


def _written(blocks: Iterable[str]) -> bytes:
    return ("\n\n".join(one for one in blocks if one) + "\n").encode()


def _table(labels: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = [labels, ["---"] * len(labels), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _to(words: str, address: str) -> str:
    return f"[{inline(words) or '-'}]({address})"


# --- the first page ---------------------------------------------------------------------------------------------------


def _first(around: Surroundings, pages: Leaves) -> Iterator[str]:
    edition, voice = around.edition, around.voice
    say = voice.say
    yield f"# {inline(say('Problem handbook'))}"
    yield from (inline(one) for one in front.told(edition, voice))
    if not edition.entries:
        yield inline(say("No archived ticket is in this handbook yet."))
        return
    yield f"## {say('Systems and subsystems')}"
    yield _contents(around, pages)
    yield from _recurring(around)
    yield f"## {say('Problems reported in each year')}"
    yield _trend(edition, voice)
    yield from (inline(one) for one in front.rising(edition, voice))
    yield f"## {say('How long it takes')}"
    yield _paces(edition, voice)
    yield inline(say("Medians of working time, a day being 24 hours of it; promises met, missed and excused."))
    yield from _lists(around)


def _contents(around: Surroundings, pages: Leaves) -> str:
    voice = around.voice
    rows = []
    for chapter in around.edition.chapters:
        for section in chapter.sections:
            names = [front.chapter_name(chapter, voice), section.name]
            if not section.name and len(chapter.sections) > 1:
                names[1] = voice.say("no subsystem named")
            address = around.section(pages.of_section(chapter, section), section)
            name = _to(" / ".join(one for one in names if one), address)
            rows.append([name, *_figures(Count((), section.entries), around)])
    return _table([voice.say("System"), *_heads(around)], rows)


def _heads(around: Surroundings) -> list[str]:
    """The headings over what `_figures` gives."""
    say, told = around.voice.say, list(recurrence.years(around.edition))
    by_year = " ".join([say("By year"), "–".join(dict.fromkeys((*told[:1], *told[-1:])))])
    return [say("Problems"), by_year, say("Response"), say("Solution"), say("Latest")]


def _figures(count: Count, around: Surroundings) -> list[str]:
    voice = around.voice
    medians = [voice.length(one.median_s) for one in (count.response, count.solution)]
    if count.solution.missed:
        medians[1] += f" {SIGNS['missed']} {count.solution.missed}"
    return [
        str(count.number),
        " · ".join(map(str, recurrence.years(around.edition, count.entries).values())),
        *medians,
        count.latest.date,
    ]


def _trend(edition: Edition, voice: Voice) -> str:
    counts = recurrence.years(edition)
    return _table([voice.say("Year"), voice.say("Problems")], ([year, str(count)] for year, count in counts.items()))


def _paces(edition: Edition, voice: Voice) -> str:
    rows = [
        [inline(": ".join(one for one in (heading, name) if one)), str(count.number)]
        + [f"{voice.length(pace.median_s)} {glance.tally(pace)}".strip() for pace in (count.response, count.solution)]
        for heading, counts, _ in front.paces(edition, voice)
        for name, count in counts.items()
    ]
    return _table(["", *(voice.say(one) for one in ("Problems", "Response", "Solution"))], rows)


def _recurring(around: Surroundings) -> Iterator[str]:
    voice, edition = around.voice, around.edition
    for title, label, found in (
        (voice.say("Parts that recur"), voice.say("Part number"), recurrence.parts(edition)),
        (voice.say("Causes that recur"), voice.say("Cause"), recurrence.causes(edition.entries)),
    ):
        if found:
            yield f"## {title}"
            yield _table([label, *_heads(around)], (_recurs(one, around) for one in found[: recurrence.MOST]))
    lessons = recurrence.lessons(edition)
    if lessons:
        yield f"## {voice.say('Lessons of what recurs most')}"
        yield "\n".join(_lesson(one, count, around) for one, count in lessons)


def _lesson(entry: Entry, count: int, around: Surroundings) -> str:
    times = around.voice.say("{count} times", count=count) if count > 1 else ""
    told = " · ".join(one for one in (entry.id, front.place(entry), times) if one)
    link = _to(headline(entry), around.address[entry.id])
    return f"- {inline(glance.gist(entry.texts['lessons'], glance.LESSON))} — {link} {inline(told)}"


def _lists(around: Surroundings) -> Iterator[str]:
    voice, edition = around.voice, around.edition
    yield f"## {voice.say('Newest entries')}"
    yield "\n".join(_item(one, one.archived_on, around) for one in recurrence.newest(edition))
    linked = recurrence.linked(edition)
    if linked:
        yield f"## {voice.say('Most linked')}"
        yield "\n".join(_item(one, voice.say("{count} links", count=count), around) for one, count in linked)


def _recurs(count: Count, around: Surroundings) -> list[str]:
    where = " / ".join(one for one in count.names[:2] if one)
    named = " · ".join(inline(one) for one in (glance.gist(count.names[2]), where) if one)
    return [f"{named}<br>{_numbers(count, around)}", *_figures(count, around)]


def _numbers(count: Count, around: Surroundings) -> str:
    links = " ".join(_to(one.id, around.address[one.id]) for one in count.entries[: front.NUMBERED])
    return f"{links} +{count.number - front.NUMBERED}" if count.number > front.NUMBERED else links


def _item(entry: Entry, about: str, around: Surroundings) -> str:
    return f"- {_to(headline(entry), around.address[entry.id])} {entry.id} · {inline(about)}"


# --- one page ---------------------------------------------------------------------------------------------------------


def _page(leaf: Leaf, around: Surroundings) -> Iterator[str]:
    voice = around.voice
    yield f"# {inline(front.leaf_name(leaf, voice))}"
    yield _to(voice.say("Problem handbook"), FIRST)
    headed = not leaf.parted and len(leaf.chapter.sections) > 1
    if not headed:
        yield from _sums(leaf.sections[0], leaf, around)
    if leaf.count > 1:
        yield _glance(leaf, around)
    for section in leaf.sections:
        if headed:
            anchor = f'<a id="{stem(leaf.chapter, section)}"></a>'
            yield f"{anchor}\n\n## {inline(section.name or voice.say('no subsystem named'))}"
            yield from _sums(section, leaf, around)
        for entry in section.entries:
            yield from _problem(entry, around)


def _sums(section: Section, leaf: Leaf, around: Surroundings) -> Iterator[str]:
    """How often and how long, of the whole section, and the causes that recur in it."""
    voice, entries = around.voice, glance.whole(section, leaf).entries
    yield " · ".join(inline(one) for one in glance.figures(entries, around.edition, voice))
    causes = recurrence.causes(entries)[: glance.CAUSES]
    if causes:
        yield f"**{voice.say('Causes that recur')}**"
        told = (
            (one, inline(f"{glance.gist(one.names[2])} · {voice.say('{count} times', count=one.number)}"))
            for one in causes
        )
        yield "\n".join(f"- {text} · {_numbers(one, around)}" for one, text in told)


def _glance(leaf: Leaf, around: Surroundings) -> str:
    """The problems of a page with their causes and lessons in a line."""
    labels = [around.voice.say(one) for one in ("Title", "Reported", "Cause", "Lessons")]
    rows = []
    for entry in (one for section in leaf.sections for one in section.entries):
        told = dict(glance.about(entry, around.voice))
        name = _to(f"{entry.id} {headline(entry)}", f"#{entry.id}")
        rows.append([name, entry.date, *(inline(told.get(label, "")) for label in labels[2:])])
    return _table(labels, rows)


def _problem(entry: Entry, around: Surroundings) -> Iterator[str]:
    say = around.voice.say
    anchors = "".join(f'<a id="{one}"></a>' for one in (entry.formerly, entry.id) if one)
    yield f"---\n\n{anchors}\n\n### {entry.id} {inline(entry.title)}"
    yield "\n".join(f"- {label}: {text}" for label, text in _facts(entry, around) if text)
    for key, label in TEXTS:
        if key in entry.texts:
            yield f"#### {say(label)}"
            yield block(entry.texts[key])
    yield from _rest(entry, around)


def _facts(entry: Entry, around: Surroundings) -> Iterator[tuple[str, str]]:
    say = around.voice.say
    product = " / ".join(one for one in (entry.system, entry.subsystem) if one)
    site = f"{entry.site_name} ({entry.site})" if entry.site_name not in ("", entry.site) else entry.site
    yield say("Kind"), inline(say(entry.kind))
    yield (
        say("Priority"),
        inline(", ".join(say(one) for one in (entry.priority, entry.impact, entry.occurrence) if one)),
    )
    yield say("Reported"), entry.date
    yield say("Site"), inline(site)
    yield say("System"), inline(product)
    yield say("Part number"), inline(entry.part)
    yield say("Units"), inline(", ".join(entry.units))
    yield say("Tags"), inline(", ".join(entry.tags))
    yield from ((f"{say('Requester')}: {say(label)}", inline(text)) for label, text in entry.requester.items())
    yield say("Response"), _time(entry.response, around.voice)
    yield say("Solution"), _time(entry.solution, around.voice)
    alike = around.edition.alike(entry)
    if len(alike) > 1:
        others = [one for one in alike if one.id != entry.id]
        links = ", ".join(_to(one.id, around.address[one.id]) for one in others[:ALIKE])
        more = f" +{len(others) - ALIKE}" if len(others) > ALIKE else ""
        yield say("Frequency"), f"{inline(how_often(entry, alike, around.voice))}: {links}{more}"


def _time(time: Time, voice: Voice) -> str:
    return inline(f"{SIGNS[time.verdict]} {voice.say(time.verdict)} {spent(time, voice)}")


def _rest(entry: Entry, around: Surroundings) -> Iterator[str]:
    say = around.voice.say
    if entry.zeroing:
        yield f"#### {say('Zeroing')}"
        parts = BY_KEY["zeroing"].parts
        yield "\n".join(f"- {'✓' if entry.zeroing[one.key] else '–'} {inline(say(one.label))}" for one in parts)
    if entry.resources:
        yield f"#### {say('Resources')}"
        yield _resources(entry.resources, around.voice)
    links = around.edition.links(entry)
    if links:
        yield f"#### {say('Links')}"
        yield "\n".join(_link(one, around) for one in links)
    if entry.enclosures:
        yield f"#### {say('Files')}"
        addresses = [(one, around.files.get((entry.id, one.name))) for one in entry.enclosures]
        yield "\n".join(f"- {_to(one.shown, to) if to else inline(one.shown)}" for one, to in addresses)


def _resources(resources: Sequence[Resource], voice: Voice) -> str:
    labels = [voice.say(one) for one in ("Kind", "What", "Quantity", "Hours")]
    rows = [[inline(one) for one in (voice.say(held.kind), held.what, held.quantity, held.hours)] for held in resources]
    total = hours(tuple(resources))
    if total and len(rows) > 1:
        rows.append([voice.say("Total"), "", "", total])
    return _table(labels, rows)


def _link(link: Link, around: Surroundings) -> str:
    relation = f"{inline(relation_text(link, around.voice))}: " if link.relation else ""
    if link.entry is None:
        return f"- {relation}{inline(link.number)} {inline(around.voice.say('(not in this handbook)'))}"
    return f"- {relation}{_to(headline(link.entry), around.address[link.entry.id])} {link.entry.id}"
