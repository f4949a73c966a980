"""The first page in HTML: what recurs, how long it takes, what is new, and links to every page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from fenji.publish import charts, recurrence
from fenji.publish.localization import Locale, format_instant
from fenji.publish.markup import Markup, join, tag
from fenji.publish.recurrence import ProblemGroup, PromiseStats
from fenji.publish.summaries import LESSON_WIDTH, VERDICT_SIGNS, format_verdicts, format_years, shorten

if TYPE_CHECKING:
    from fenji.publish.article import RenderContext
    from fenji.publish.edition import Chapter, Edition
    from fenji.publish.entries import HandbookEntry
    from fenji.publish.pages import Pagination, PublishedPage

MAX_LINKS = 6  # problems linked for each part or cause


def render_front_page(context: RenderContext, pages: Pagination) -> Markup:
    """Render the first page below its heading and search field."""
    edition, say = context.edition, context.locale.say
    if not edition.entries:
        return tag("p", say("This handbook has no archived tickets yet."), class_="empty")
    return join(
        _render_block(say("Systems and subsystems"), _render_contents(context, pages)),
        _render_block(
            say("Recurring parts"), _render_recurring("Part number", recurrence.recurring_parts(edition), context)
        ),
        _render_block(say("Recurring causes"), _render_recurring("Cause", recurrence.causes_of(edition), context)),
        _render_block(say("Lessons from what recurs most"), _render_lessons(context)),
        tag(
            "div",
            _render_block(say("Problems reported each year"), _render_trend(context)),
            _render_block(say("How long it takes"), _render_promise_table(context)),
            class_="pair",
        ),
        tag(
            "div",
            _render_block(say("Newest entries"), _render_newest(context)),
            _render_block(say("Most linked"), _render_most_linked(context)),
            class_="pair",
        ),
    )


def describe_edition(edition: Edition, locale: Locale) -> list[str]:
    """Return sentences about what the handbook contains and leaves out."""
    sentences = []
    if edition.entries:
        at = format_instant(edition.as_of)
        sentences.append(
            locale.say(
                "{count} problem, archived up to {at}.",
                plural="{count} problems, archived up to {at}.",
                count=len(edition.entries),
                at=at,
            )
        )
    if edition.filter_text:
        sentences.append(locale.say("Only: {words}", words=edition.filter_text))
    if edition.withdrawn:
        sentences.append(
            locale.say(
                "{count} withdrawn ticket is left out.",
                plural="{count} withdrawn tickets are left out.",
                count=edition.withdrawn,
            )
        )
    if edition.unreadable:
        sentences.append(
            locale.say(
                "{count} file could not be read and is missing.",
                plural="{count} files could not be read and are missing.",
                count=edition.unreadable,
            )
        )
    return sentences


def _render_block(title: str, content: Markup | None) -> Markup | None:
    return tag("section", tag("h2", title), content) if content else None


def table_cell(label: str, *content: str | Markup | None, class_: str = "") -> Markup:
    """Render a table cell that repeats its column heading, for screens too narrow for columns."""
    return tag("td", *content, data_label=label, class_=class_ or None)


def row_heading(content: str | Markup) -> Markup:
    """Render the heading cell of a table row."""
    return tag("th", content, scope="row", class_="name")


def render_table(labels: Sequence[str], rows: Sequence[Markup]) -> Markup:
    """Render a table with a heading over each column."""
    head = tag("tr", (tag("th", label, scope="col") for label in labels))
    return tag("table", tag("thead", head), tag("tbody", rows), class_="figures")


# --- contents ---------------------------------------------------------------------------------------------------------


def chapter_name(chapter: Chapter, locale: Locale) -> str:
    """Return the system of a chapter, or the kind of its problems if they name no system."""
    if chapter.kind:
        return locale.say("{kind}, no system named", kind=locale.say(chapter.kind))
    return chapter.name


def page_title(page: PublishedPage, locale: Locale) -> str:
    """Return the chapter, the subsystem if the page has only that, and the page number if there are several pages."""
    names = [chapter_name(page.chapter, locale)]
    if page.single_section and len(page.chapter.sections) > 1:
        names.append(page.sections[0].name or locale.say("no subsystem named"))
    name = " / ".join(names)
    return f"{name} ({page.page_number}/{page.page_count})" if page.page_count > 1 else name


def _render_contents(context: RenderContext, pages: Pagination) -> Markup:
    edition = context.edition
    maximum = max(len(section.entries) for chapter in edition.chapters for section in chapter.sections)
    rows = [row for chapter in edition.chapters for row in _render_chapter_rows(chapter, context, pages, maximum)]
    return render_table(_column_labels("System", context.locale), rows)


def _column_labels(first: str, locale: Locale) -> list[str]:
    return [locale.say(label) for label in (first, "Problems", "By year", "Response", "Solution", "Latest")]


def _render_chapter_rows(chapter: Chapter, context: RenderContext, pages: Pagination, maximum: int) -> Iterator[Markup]:
    locale = context.locale
    if len(chapter.sections) > 1:
        first = pages.newest_page(chapter, chapter.sections[0])
        name = chapter_name(chapter, locale)
        head = name if first.single_section else tag("a", name, href=context.page_url(first))
        yield tag("tr", tag("th", head, " ", tag("small", str(chapter.count)), colspan=6, scope="rowgroup"))
    for section in chapter.sections:
        page = pages.newest_page(chapter, section)
        alone = len(chapter.sections) == 1
        names = [chapter_name(chapter, locale), section.name] if alone else [section.name]
        name = " / ".join(part for part in names if part) or locale.say("no subsystem named")
        link = tag("a", name, href=context.section_url(page, section), lang=locale.lang_of(name))
        cells = _group_cells(ProblemGroup((), section.entries), maximum, context)
        yield tag("tr", row_heading(link), cells, class_=None if alone else "under")


def _group_cells(group: ProblemGroup, maximum: int, context: RenderContext) -> Markup:
    locale = context.locale
    labels = _column_labels("", locale)
    trend = charts.draw_sparkline(
        recurrence.count_by_year(context.edition, group.entries),
        label=format_years(group, context.edition, context.locale),
    )
    return join(
        table_cell(labels[1], charts.draw_bar(group.size, maximum), tag("b", str(group.size)), class_="bars"),
        table_cell(labels[2], trend, class_="trend"),
        table_cell(labels[3], locale.format_length(group.response.median_s)),
        table_cell(labels[4], locale.format_length(group.solution.median_s), _missed_note(group.solution)),
        table_cell(labels[5], group.latest.date, class_="when"),
    )


def _missed_note(stats: PromiseStats) -> Markup | None:
    return tag("small", f" {VERDICT_SIGNS['missed']} {stats.missed}", class_="missed") if stats.missed else None


# --- what recurs ------------------------------------------------------------------------------------------------------


def _render_recurring(first: str, groups: Sequence[ProblemGroup], context: RenderContext) -> Markup | None:
    """Render parts or causes with their figures and the problems that name them."""
    if not groups:
        return None
    shown = groups[: recurrence.MAX_ROWS]
    rows = [
        tag("tr", row_heading(_recurring_heading(group, context)), _group_cells(group, shown[0].size, context))
        for group in shown
    ]
    remaining = len(groups) - len(shown)
    more = tag("p", context.locale.say("{count} more were named more than once.", count=remaining), class_="aside")
    return join(render_table(_column_labels(first, context.locale), rows), more if remaining else None)


def _recurring_heading(group: ProblemGroup, context: RenderContext) -> Markup:
    where = " / ".join(part for part in group.names[:2] if part)
    name = tag("b", shorten(group.names[2]), lang=context.locale.lang_of(group.names[2]))
    return join(name, " ", tag("small", where), tag("small", number_links(group, context), class_="numbers"))


def number_links(group: ProblemGroup, context: RenderContext) -> Markup:
    """Render links to the newest problems of a group, by number."""
    links = join(join(context.link_to(entry, entry.id), " ") for entry in group.entries[:MAX_LINKS])
    return join(links, f"+{group.size - MAX_LINKS}" if group.size > MAX_LINKS else "")


def _render_lessons(context: RenderContext) -> Markup | None:
    lessons = recurrence.find_lessons(context.edition)
    items = [_render_lesson(entry, count, context) for entry, count in lessons]
    return tag("ul", items, class_="list lessons") if items else None


def _render_lesson(entry: HandbookEntry, count: int, context: RenderContext) -> Markup:
    locale = context.locale
    text = entry.texts["lessons"]
    details = [
        entry.id,
        product_place(entry),
        locale.say("{count} time", plural="{count} times", count=count) if count > 1 else "",
    ]
    about = tag("small", " · ".join(detail for detail in details if detail))
    return tag("li", tag("p", shorten(text, LESSON_WIDTH), lang=locale.lang_of(text)), context.link_to(entry), about)


def product_place(entry: HandbookEntry) -> str:
    """Return where in the product the problem is: the subsystem, else the system, and the part."""
    return " ".join(part for part in (entry.subsystem or entry.system, entry.part) if part)


def _render_trend(context: RenderContext) -> Markup | None:
    counts = recurrence.count_by_year(context.edition)
    if not counts:
        return None
    chart = charts.draw_columns(counts, label=context.locale.say("Problems reported each year"))
    return join(
        chart, (tag("p", sentence, class_="aside") for sentence in describe_trend(context.edition, context.locale))
    )


def describe_trend(edition: Edition, locale: Locale) -> Iterator[str]:
    """Yield a sentence that compares the last 365 days with the 365 before, if the handbook goes back that far."""
    recent = recurrence.count_recent(edition)
    if recent:
        yield locale.say("Last 365 days: {count}; the 365 before: {before}.", count=recent[0], before=recent[1])


def promise_groups(edition: Edition, locale: Locale) -> Iterator[tuple[str, Mapping[str, ProblemGroup], str]]:
    """Yield (heading, groups by name, filter key) for all problems, then by priority, kind and site."""
    yield "", {locale.say("All"): ProblemGroup((), edition.entries)}, ""
    names = {entry.site: entry.site_name for entry in reversed(edition.entries)}
    groups = (
        (locale.say("Priority"), "p", recurrence.group_by_priority(edition)),
        (locale.say("Kind"), "kind", recurrence.group_by_kind(edition)),
        (locale.say("Site"), "site", recurrence.group_by_site(edition)),
    )
    for label, filter_key, counts in groups:
        if counts:
            yield label, {_name_label(group.names[0], names, locale): group for group in counts}, filter_key


def _name_label(name: str, sites: Mapping[str, str], locale: Locale) -> str:
    site = sites.get(name, "")
    return f"{site} ({name})" if site not in ("", name) else locale.say(name)


def _render_promise_table(context: RenderContext) -> Markup:
    locale = context.locale
    labels = [locale.say(label) for label in ("", "Problems", "Response", "Solution") if label]
    rows: list[Markup] = []
    for heading, counts, filter_key in promise_groups(context.edition, locale):
        if heading:
            rows.append(tag("tr", tag("th", heading, colspan=4, scope="rowgroup")))
        rows += [_render_promise_row(name, group, filter_key, labels, context) for name, group in counts.items()]
    about = locale.say("Medians of working time, a day being 24 hours of it; promises met, missed and excused.")
    return join(render_table(["", *labels], rows), tag("p", about, class_="aside"))


def _render_promise_row(
    name: str, group: ProblemGroup, filter_key: str, labels: Sequence[str], context: RenderContext
) -> Markup:
    query = f"#q={quote(f'{filter_key}:{group.names[0]}')}" if filter_key and not context.single_page else None
    return tag(
        "tr",
        row_heading(tag("a", name, href=query) if query else name),
        table_cell(labels[0], str(group.size), class_="figure"),
        table_cell(labels[1], *_promise_cells(group.response, context.locale)),
        table_cell(labels[2], *_promise_cells(group.solution, context.locale)),
        class_="under" if filter_key else None,
    )


def _promise_cells(stats: PromiseStats, locale: Locale) -> tuple[str, Markup]:
    return locale.format_length(stats.median_s), tag("small", " ", format_verdicts(stats), class_="tally")


# --- lists ------------------------------------------------------------------------------------------------------------


def _render_newest(context: RenderContext) -> Markup:
    return _render_list([(entry, entry.archived_on) for entry in recurrence.newest_entries(context.edition)], context)


def _render_most_linked(context: RenderContext) -> Markup | None:
    linked = recurrence.most_linked(context.edition)
    if not linked:
        return None
    return _render_list(
        [(entry, context.locale.say("{count} link", plural="{count} links", count=count)) for entry, count in linked],
        context,
    )


def _render_list(entries: Sequence[tuple[HandbookEntry, str]], context: RenderContext) -> Markup:
    return tag("ul", (_render_item(entry, about, context) for entry, about in entries), class_="list")


def _render_item(entry: HandbookEntry, about: str, context: RenderContext) -> Markup:
    return tag("li", context.link_to(entry), tag("small", f"{entry.id} · {about}"))
