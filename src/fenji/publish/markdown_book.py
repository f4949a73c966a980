"""The handbook as a folder of Markdown files, for a wiki, a repository or an editor. Pure: values to bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.model.ticket import FIELD_BY_KEY
from fenji.publish import front_page, recurrence, summaries
from fenji.publish.article import MAX_SIMILAR, RenderContext, describe_relation, describe_time_used, total_hours
from fenji.publish.entries import TEXT_FIELDS, HandbookEntry, PromiseResult, Resource
from fenji.publish.markup import escape_block, escape_line
from fenji.publish.pages import AttachmentCopy, HandbookFile, Pagination, PublishedPage, file_stem, paginate
from fenji.publish.recurrence import ProblemGroup
from fenji.publish.summaries import VERDICT_SIGNS, describe_frequency, headline

if TYPE_CHECKING:
    from fenji.publish.edition import ChapterSection, Edition, EntryLink
    from fenji.publish.localization import Locale

FIRST = "README.md"


def render_notebook(
    edition: Edition, locale: Locale, attachments: Mapping[tuple[str, str], AttachmentCopy] | None = None
) -> Iterator[HandbookFile]:
    """Yield the files of the handbook, without the attachments; the same edition always gives the same bytes."""
    pages = paginate(edition)
    file_urls = {key: attachment.path for key, attachment in (attachments or {}).items()}
    urls = {number: f"{name}.md#{number}" for number, name in pages.page_names.items()}
    context = RenderContext(edition, locale, urls, file_urls, suffix=".md")
    yield HandbookFile(FIRST, _join_blocks(_render_first_page(context, pages)))
    for page in pages.pages:
        yield HandbookFile(f"{page.name}.md", _join_blocks(_render_page(page, context)))


def _join_blocks(blocks: Iterable[str]) -> bytes:
    return ("\n\n".join(text for text in blocks if text) + "\n").encode()


def _render_table(labels: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Render a table; its cells are Markdown already."""
    lines = [labels, ["---"] * len(labels), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _link_to(label: str, url: str) -> str:
    return f"[{escape_line(label) or '-'}]({url})"


# --- the first page ---------------------------------------------------------------------------------------------------


def _render_first_page(context: RenderContext, pages: Pagination) -> Iterator[str]:
    edition, locale = context.edition, context.locale
    say = locale.say
    yield f"# {escape_line(say('Problem handbook'))}"
    yield from (escape_line(sentence) for sentence in front_page.describe_edition(edition, locale))
    if not edition.entries:
        yield escape_line(say("This handbook has no archived tickets yet."))
        return
    yield f"## {say('Systems and subsystems')}"
    yield _render_contents(context, pages)
    yield from _render_recurring(context)
    yield f"## {say('Problems reported each year')}"
    yield _render_trend(edition, locale)
    yield from (escape_line(sentence) for sentence in front_page.describe_trend(edition, locale))
    yield f"## {say('How long it takes')}"
    yield _render_promise_table(edition, locale)
    yield escape_line(say("Medians of working time, a day being 24 hours of it; promises met, missed and excused."))
    yield from _render_lists(context)


def _render_contents(context: RenderContext, pages: Pagination) -> str:
    locale = context.locale
    rows = []
    for chapter in context.edition.chapters:
        for section in chapter.sections:
            names = [front_page.chapter_name(chapter, locale), section.name]
            if not section.name and len(chapter.sections) > 1:
                names[1] = locale.say("no subsystem named")
            url = context.section_url(pages.newest_page(chapter, section), section)
            name = _link_to(" / ".join(part for part in names if part), url)
            rows.append([name, *_group_cells(ProblemGroup((), section.entries), context)])
    return _render_table([locale.say("System"), *_figure_labels(context)], rows)


def _figure_labels(context: RenderContext) -> list[str]:
    """Return the headings over the cells of `_group_cells`."""
    say, years = context.locale.say, list(recurrence.count_by_year(context.edition))
    by_year = " ".join([say("By year"), "–".join(dict.fromkeys((*years[:1], *years[-1:])))])
    return [say("Problems"), by_year, say("Response"), say("Solution"), say("Latest")]


def _group_cells(group: ProblemGroup, context: RenderContext) -> list[str]:
    locale = context.locale
    medians = [locale.format_length(stats.median_s) for stats in (group.response, group.solution)]
    if group.solution.missed:
        medians[1] += f" {VERDICT_SIGNS['missed']} {group.solution.missed}"
    return [
        str(group.size),
        " · ".join(map(str, recurrence.count_by_year(context.edition, group.entries).values())),
        *medians,
        group.latest.date,
    ]


def _render_trend(edition: Edition, locale: Locale) -> str:
    counts = recurrence.count_by_year(edition)
    return _render_table(
        [locale.say("Year"), locale.say("Problems")], ([year, str(count)] for year, count in counts.items())
    )


def _render_promise_table(edition: Edition, locale: Locale) -> str:
    rows = [
        [escape_line(": ".join(part for part in (heading, name) if part)), str(group.size)]
        + [
            f"{locale.format_length(stats.median_s)} {summaries.format_verdicts(stats)}".strip()
            for stats in (group.response, group.solution)
        ]
        for heading, counts, _ in front_page.promise_groups(edition, locale)
        for name, group in counts.items()
    ]
    return _render_table(["", *(locale.say(label) for label in ("Problems", "Response", "Solution"))], rows)


def _render_recurring(context: RenderContext) -> Iterator[str]:
    locale, edition = context.locale, context.edition
    for title, label, groups in (
        (locale.say("Recurring parts"), locale.say("Part number"), recurrence.recurring_parts(edition)),
        (locale.say("Recurring causes"), locale.say("Cause"), recurrence.causes_of(edition)),
    ):
        if groups:
            yield f"## {title}"
            rows = (_recurring_row(group, context) for group in groups[: recurrence.MAX_ROWS])
            yield _render_table([label, *_figure_labels(context)], rows)
    lessons = recurrence.find_lessons(edition)
    if lessons:
        yield f"## {locale.say('Lessons from what recurs most')}"
        yield "\n".join(_render_lesson(entry, count, context) for entry, count in lessons)


def _render_lesson(entry: HandbookEntry, count: int, context: RenderContext) -> str:
    times = context.locale.say("{count} time", plural="{count} times", count=count) if count > 1 else ""
    details = " · ".join(detail for detail in (entry.id, front_page.product_place(entry), times) if detail)
    link = _link_to(headline(entry), context.urls[entry.id])
    lesson = summaries.shorten(entry.texts["lessons"], summaries.LESSON_WIDTH)
    return f"- {escape_line(lesson)} — {link} {escape_line(details)}"


def _render_lists(context: RenderContext) -> Iterator[str]:
    locale, edition = context.locale, context.edition
    yield f"## {locale.say('Newest entries')}"
    yield "\n".join(_render_item(entry, entry.archived_on, context) for entry in recurrence.newest_entries(edition))
    linked = recurrence.most_linked(edition)
    if linked:
        yield f"## {locale.say('Most linked')}"
        yield "\n".join(
            _render_item(entry, locale.say("{count} link", plural="{count} links", count=count), context)
            for entry, count in linked
        )


def _recurring_row(group: ProblemGroup, context: RenderContext) -> list[str]:
    where = " / ".join(part for part in group.names[:2] if part)
    heading = " · ".join(escape_line(part) for part in (summaries.shorten(group.names[2]), where) if part)
    return [f"{heading}<br>{_number_links(group, context)}", *_group_cells(group, context)]


def _number_links(group: ProblemGroup, context: RenderContext) -> str:
    links = " ".join(_link_to(entry.id, context.urls[entry.id]) for entry in group.entries[: front_page.MAX_LINKS])
    return f"{links} +{group.size - front_page.MAX_LINKS}" if group.size > front_page.MAX_LINKS else links


def _render_item(entry: HandbookEntry, about: str, context: RenderContext) -> str:
    return f"- {_link_to(headline(entry), context.urls[entry.id])} {entry.id} · {escape_line(about)}"


# --- one page ---------------------------------------------------------------------------------------------------------


def _render_page(page: PublishedPage, context: RenderContext) -> Iterator[str]:
    locale = context.locale
    yield f"# {escape_line(front_page.page_title(page, locale))}"
    yield _link_to(locale.say("Problem handbook"), FIRST)
    headed = not page.single_section and len(page.chapter.sections) > 1
    if not headed:
        yield from _render_section_summary(page.sections[0], page, context)
    if page.count > 1:
        yield _render_overview(page, context)
    for section in page.sections:
        if headed:
            anchor = f'<a id="{file_stem(page.chapter, section)}"></a>'
            yield f"{anchor}\n\n## {escape_line(section.name or locale.say('no subsystem named'))}"
            yield from _render_section_summary(section, page, context)
        for entry in section.entries:
            yield from _render_problem(entry, context)


def _render_section_summary(section: ChapterSection, page: PublishedPage, context: RenderContext) -> Iterator[str]:
    """Yield the figures of the whole section, and the causes that recur in it."""
    locale, entries = context.locale, summaries.whole_section(section, page).entries
    yield " · ".join(escape_line(phrase) for phrase in summaries.describe_figures(entries, context.edition, locale))
    causes = recurrence.recurring_causes(entries)[: summaries.MAX_CAUSES]
    if causes:
        yield f"**{locale.say('Recurring causes')}**"
        for group in causes:
            times = locale.say("{count} time", plural="{count} times", count=group.size)
            yield f"- {escape_line(f'{summaries.shorten(group.names[2])} · {times}')} · {_number_links(group, context)}"


def _render_overview(page: PublishedPage, context: RenderContext) -> str:
    """Render the problems of a page as a table with their causes and lessons."""
    labels = [context.locale.say(label) for label in ("Title", "Reported", "Cause", "Lessons")]
    rows = []
    for entry in (entry for section in page.sections for entry in section.entries):
        summary = dict(summaries.cause_and_lesson(entry, context.locale))
        name = _link_to(f"{entry.id} {headline(entry)}", f"#{entry.id}")
        rows.append([name, entry.date, *(escape_line(summary.get(label, "")) for label in labels[2:])])
    return _render_table(labels, rows)


def _render_problem(entry: HandbookEntry, context: RenderContext) -> Iterator[str]:
    say = context.locale.say
    anchors = "".join(f'<a id="{number}"></a>' for number in (entry.formerly, entry.id) if number)
    yield f"---\n\n{anchors}\n\n### {entry.id} {escape_line(entry.title)}"
    yield "\n".join(f"- {label}: {text}" for label, text in _iter_facts(entry, context) if text)
    for key, label in TEXT_FIELDS:
        if key in entry.texts:
            yield f"#### {say(label)}"
            yield escape_block(entry.texts[key])
    yield from _render_details(entry, context)


def _iter_facts(entry: HandbookEntry, context: RenderContext) -> Iterator[tuple[str, str]]:
    say = context.locale.say
    product = " / ".join(name for name in (entry.system, entry.subsystem) if name)
    site = f"{entry.site_name} ({entry.site})" if entry.site_name not in ("", entry.site) else entry.site
    yield say("Kind"), escape_line(say(entry.kind))
    yield (
        say("Priority"),
        escape_line(context.locale.join(map(say, filter(None, (entry.priority, entry.impact, entry.occurrence))))),
    )
    yield say("Reported"), entry.date
    yield say("Site"), escape_line(site)
    yield say("System"), escape_line(product)
    yield say("Part number"), escape_line(entry.part)
    yield from ((say(label), escape_line(text)) for label, text in entry.facts.items())
    yield say("Units"), escape_line(context.locale.join(entry.units))
    yield say("Tags"), escape_line(context.locale.join(entry.tags))
    yield from ((f"{say('Requester')}: {say(label)}", escape_line(text)) for label, text in entry.requester.items())
    yield say("Response"), _describe_promise(entry.response, context.locale)
    yield say("Solution"), _describe_promise(entry.solution, context.locale)
    similar = context.edition.similar_to(entry)
    if len(similar) > 1:
        others = [other for other in similar if other.id != entry.id]
        links = context.locale.join(_link_to(other.id, context.urls[other.id]) for other in others[:MAX_SIMILAR])
        more = f" +{len(others) - MAX_SIMILAR}" if len(others) > MAX_SIMILAR else ""
        yield say("Frequency"), f"{escape_line(describe_frequency(entry, similar, context.locale))}: {links}{more}"


def _describe_promise(result: PromiseResult, locale: Locale) -> str:
    return escape_line(
        f"{VERDICT_SIGNS[result.verdict]} {locale.say(result.verdict)} {describe_time_used(result, locale)}"
    )


def _render_details(entry: HandbookEntry, context: RenderContext) -> Iterator[str]:
    say = context.locale.say
    if entry.zeroing:
        yield f"#### {say('Zeroing')}"
        parts = FIELD_BY_KEY["zeroing"].parts
        yield "\n".join(f"- {'✓' if entry.zeroing[part.key] else '–'} {escape_line(say(part.label))}" for part in parts)
    if entry.resources:
        yield f"#### {say('Resources')}"
        yield _render_resources(entry.resources, context.locale)
    links = context.edition.links(entry)
    if links:
        yield f"#### {say('Links')}"
        yield "\n".join(_render_link(link, context) for link in links)
    if entry.attachments:
        yield f"#### {say('Files')}"
        urls = [(file.label, context.file_urls.get((entry.id, file.name))) for file in entry.attachments]
        yield "\n".join(f"- {_link_to(label, url) if url else escape_line(label)}" for label, url in urls)


def _render_resources(resources: Sequence[Resource], locale: Locale) -> str:
    labels = [locale.say(label) for label in ("Kind", "What", "Quantity", "Hours")]
    rows = [
        [escape_line(value) for value in (locale.say(resource.kind), resource.what, resource.quantity, resource.hours)]
        for resource in resources
    ]
    total = total_hours(tuple(resources))
    if total and len(rows) > 1:
        rows.append([locale.say("Total"), "", "", total])
    return _render_table(labels, rows)


def _render_link(link: EntryLink, context: RenderContext) -> str:
    relation = f"{escape_line(describe_relation(link, context.locale))}: " if link.relation else ""
    if link.entry is None:
        return f"- {relation}{escape_line(link.number)} {escape_line(context.locale.say('(not in this handbook)'))}"
    return f"- {relation}{_link_to(headline(link.entry), context.urls[link.entry.id])} {link.entry.id}"
