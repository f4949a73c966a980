"""The handbook as a folder of HTML pages that need no server and no network. Pure: values to bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.publish import front_page, recurrence, summaries
from fenji.publish.article import RenderContext, render_article
from fenji.publish.markup import Markup, join, tag
from fenji.publish.pages import AttachmentCopy, HandbookFile, Pagination, PublishedPage, file_stem, paginate
from fenji.publish.search_index import MAX_INLINE, build_search_index

if TYPE_CHECKING:
    from fenji.publish.edition import ChapterSection, Edition
    from fenji.publish.entries import HandbookEntry
    from fenji.publish.localization import Locale
    from fenji.publish.recurrence import ProblemGroup

MAX_SINGLE_PAGE = 200  # problems; up to so many there is also a single page, to print everything at once
_MIN_LISTED = 4  # problems; with fewer, a page does not begin with a list of them


def render_website(
    edition: Edition,
    locale: Locale,
    attachments: Mapping[tuple[str, str], AttachmentCopy] | None = None,
    *,
    max_inline: int = MAX_INLINE,
) -> Iterator[HandbookFile]:
    """Yield the files of the handbook, without the attachments; the same edition always gives the same bytes.

    `max_inline` is the size in characters up to which the search index is inside the first page.
    """
    pages = paginate(edition)
    file_urls = {key: attachment.path for key, attachment in (attachments or {}).items()}
    urls = {number: f"{name}.html#{number}" for number, name in pages.page_names.items()}
    context = RenderContext(edition, locale, urls, file_urls)
    index = build_search_index(edition, pages, locale, max_inline=max_inline)
    yield HandbookFile("index.html", _render_first_page(context, pages, index.inline))
    yield from index.files
    for page in pages.pages:
        yield HandbookFile(f"{page.name}.html", _render_page(page, context, pages))
    if 0 < len(edition.entries) <= MAX_SINGLE_PAGE:
        single = replace(context, urls={number: f"#{number}" for number in pages.page_names}, single_page=True)
        yield HandbookFile("all.html", _render_single_page(single, pages))


# --- pages ------------------------------------------------------------------------------------------------------------


def _render_first_page(context: RenderContext, pages: Pagination, index: str) -> bytes:
    locale, edition = context.locale, context.edition
    title = locale.say("Problem handbook")
    about = [tag("p", sentence) for sentence in front_page.describe_edition(edition, locale)]
    if 0 < len(edition.entries) <= MAX_SINGLE_PAGE:
        about.append(tag("p", tag("a", locale.say("All of it on one page, for printing"), href="all.html")))
    body = join(
        tag("header", tag("h1", title), about, class_="mast"),
        _search_field(locale, live=True),
        _render_filters(edition, locale),
        tag("noscript", tag("p", locale.say("Searching needs JavaScript; the lists below lead to every problem."))),
        tag("p", id="note", role="status"),
        tag("ol", id="hits"),
        tag("main", front_page.render_front_page(context, pages)),
        tag("script", Markup(index), type="application/json", id="index"),
        tag("script", Markup(_load_script())),
    )
    return _html_document(title, body, locale, script=True)


def _render_page(page: PublishedPage, context: RenderContext, pages: Pagination) -> bytes:
    locale = context.locale
    name = front_page.page_title(page, locale)
    book = locale.say("Problem handbook")
    siblings = pages.sibling_pages(page)
    body = join(
        tag("nav", tag("a", book, href="index.html"), _search_field(locale), class_="top"),
        tag("header", tag("h1", name, lang=locale.lang_of(name)), _render_overview(page, context), class_="mast"),
        tag("main", (_render_section(section, page, context) for section in page.sections)),
        tag("nav", (_sibling_link(sibling, page) for sibling in siblings), class_="beside")
        if len(siblings) > 1
        else None,
    )
    return _html_document(f"{name} · {book}", body, locale)


def _render_part(page: PublishedPage, context: RenderContext) -> Markup:
    return join(
        tag("h1", front_page.page_title(page, context.locale), id=page.name),
        _render_overview(page, context),
        (_render_section(section, page, context) for section in page.sections),
    )


def _render_single_page(context: RenderContext, pages: Pagination) -> bytes:
    locale = context.locale
    title = locale.say("Problem handbook")
    parts = [_render_part(page, context) for page in pages.pages]
    about = [tag("p", sentence) for sentence in front_page.describe_edition(context.edition, locale)]
    body = join(
        tag("nav", tag("a", title, href="index.html"), class_="top"),
        tag("header", tag("h1", title), about, class_="mast"),
        tag("main", front_page.render_front_page(context, pages), parts),
    )
    return _html_document(title, body, locale)


def _render_section(section: ChapterSection, page: PublishedPage, context: RenderContext) -> Markup:
    several = len(page.chapter.sections) > 1 and not page.single_section
    name = section.name or (context.locale.say("no subsystem named") if several else "")
    head = tag(
        "h2",
        context.locale.say("{count} problem", plural="{count} problems", count=len(section.entries)),
        class_="unseen",
    )
    if name and not page.single_section:
        lang = context.locale.lang_of(name)
        head = join(
            tag("h2", name, id=file_stem(page.chapter, section), lang=lang), _render_figures(section, page, context)
        )
    return tag("section", head, (render_article(entry, context) for entry in section.entries), class_="subsystem")


def _render_figures(section: ChapterSection, page: PublishedPage, context: RenderContext) -> Markup:
    """Render the figures of the whole section, and the causes that recur in it."""
    entries = summaries.whole_section(section, page).entries
    summary = tag("p", " · ".join(summaries.describe_figures(entries, context.edition, context.locale)), class_="sum")
    causes = recurrence.recurring_causes(entries)[: summaries.MAX_CAUSES]
    if not causes:
        return summary
    items = (tag("li", _render_cause(group, context)) for group in causes)
    return join(
        summary,
        tag("h2" if page.single_section else "h3", context.locale.say("Recurring causes"), class_="causes"),
        tag("ul", items, class_="list"),
    )


def _render_cause(group: ProblemGroup, context: RenderContext) -> Markup:
    text = group.names[2]
    times = context.locale.say("{count} time", plural="{count} times", count=group.size)
    about = tag("small", times, " · ", front_page.number_links(group, context))
    return join(tag("span", summaries.shorten(text), lang=context.locale.lang_of(text)), about)


def _render_overview(page: PublishedPage, context: RenderContext) -> Markup:
    """Render the figures of the page, and a list of its problems with their causes and lessons."""
    headed = any(section.name for section in page.sections) and not page.single_section
    figures = None if headed else _render_figures(page.sections[0], page, context)
    if page.count < _MIN_LISTED:
        return join(figures)
    items = [_render_overview_item(entry, page, context) for section in page.sections for entry in section.entries]
    summary = context.locale.say(
        "{count} problem on this page at a glance", plural="{count} problems on this page at a glance", count=page.count
    )
    listed = tag("details", tag("summary", summary), tag("ol", items, class_="list"), class_="toc", open=True)
    return join(figures, listed)


def _render_overview_item(entry: HandbookEntry, page: PublishedPage, context: RenderContext) -> Markup:
    locale = context.locale
    where = entry.part if page.single_section else front_page.product_place(entry)
    details = " · ".join(detail for detail in (entry.id, entry.date, where) if detail)
    lines = (
        tag("p", tag("small", label), " ", tag("span", text, lang=locale.lang_of(text)))
        for label, text in summaries.cause_and_lesson(entry, locale)
    )
    return tag("li", context.link_to(entry), tag("small", details), lines)


def _sibling_link(other: PublishedPage, page: PublishedPage) -> Markup:
    if other is page:
        return tag("b", str(other.page_number))
    return tag("a", str(other.page_number), href=f"{other.name}.html")


def _search_field(locale: Locale, *, live: bool = False) -> Markup:
    """Render the search field; on pages without the index it leads to the first page."""
    placeholder = locale.say("Search: words, part number, number")
    named = {"type": "search", "name": "q", "id": "q" if live else None}
    plain = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "enterkeyhint": "search"}
    search_input = tag("input", **named, placeholder=placeholder, aria_label=placeholder, **plain)
    return tag("form", search_input, role="search", action="index.html", method="get")


def _render_filters(edition: Edition, locale: Locale) -> Markup | None:
    """Render example filters, taken from the newest problem."""
    if not edition.entries:
        return None
    newest = edition.entries[0]
    filters = {"site": newest.site, "year": newest.year, "kind": newest.kind, "p": newest.priority}
    queries = [f"{key}:{value}" for key, value in filters.items() if value and value.isalnum()]
    links = join(join(" ", tag("a", query, href=f"#q={query}")) for query in queries)
    return tag("p", locale.say("Narrow:"), links, class_="aside narrow")


# --- the HTML document ------------------------------------------------------------------------------------------------


def _html_document(title: str, body: Markup, locale: Locale, *, script: bool = False) -> bytes:
    style = _load_style()
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_security_policy(script=script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="format-detection", content="telephone=no, date=no, address=no, email=no"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    root = tag("html", tag("head", head), tag("body", body), lang=locale.language)
    return f"<!DOCTYPE html>\n{root}\n".encode()


def _security_policy(*, script: bool) -> str:
    """Return the security policy: a page loads only its own style and script, and images and scripts of its folder."""
    directives = [
        "default-src 'none'",
        f"style-src {_csp_hash(_load_style())}",
        "img-src 'self' file:",
        "base-uri 'none'",
    ]
    if script:
        directives.append(f"script-src {_csp_hash(_load_script())} 'strict-dynamic' 'self' file:")
    return "; ".join(directives)


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _load_style() -> str:
    """Return the style sheet without comments and indentation, because every page includes it."""
    text = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


@cache
def _load_script() -> str:
    return Path(__file__).with_name("search.js").read_text(encoding="utf-8")
