"""One problem as HTML: an article for any page. Pure; the context has the URLs of other problems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.ticket import FIELD_BY_KEY, ID_PATTERN, RESOURCE_KINDS
from fenji.publish.entries import TEXT_FIELDS, HandbookEntry, PromiseResult, Resource
from fenji.publish.markup import Markup, join, tag
from fenji.publish.pages import PublishedPage, file_stem
from fenji.publish.summaries import VERDICT_SIGNS, describe_frequency, headline
from fenji.text.sizes import format_size

if TYPE_CHECKING:
    from fenji.publish.edition import ChapterSection, Edition, EntryLink
    from fenji.publish.localization import Locale

MAX_SIMILAR = 8  # similar problems whose numbers are listed with the frequency
_TICKET_NUMBER = re.compile(rf"(?<![0-9A-Za-z-]){ID_PATTERN.pattern}(?![0-9A-Za-z])")
_IMAGE = re.compile(r"\.(jpe?g|png|gif|webp)$", re.IGNORECASE)


class RenderContext(Struct, frozen=True):
    """The context of an article: the edition, the language, and the URL of each problem by number.

    `file_urls` has the URLs of copied attachments by number and name; `single_page`: everything is on one page.
    """

    edition: Edition
    locale: Locale
    urls: Mapping[str, str]
    file_urls: Mapping[tuple[str, str], str]
    suffix: str = ".html"
    single_page: bool = False

    def page_url(self, page: PublishedPage) -> str:
        """Return the URL of a page."""
        return f"#{page.name}" if self.single_page else f"{page.name}{self.suffix}"

    def section_url(self, page: PublishedPage, section: ChapterSection) -> str:
        """Return the URL of a section on its page."""
        if page.single_section or len(page.chapter.sections) == 1:
            return self.page_url(page)
        return f"{'' if self.single_page else self.page_url(page)}#{file_stem(page.chapter, section)}"

    def link_to(self, entry: HandbookEntry, *content: str | Markup) -> Markup:
        """Return a link to another problem, labelled with its title unless other content is given.

        If other content than the number is given, the number goes into `data-number`, to be printed after the link.
        """
        number = entry.id if content and content != (entry.id,) else None
        lang = None if content else self.locale.lang_of(entry.title)
        children = content or (headline(entry),)
        return tag("a", *children, href=self.urls[entry.id], data_number=number, lang=lang)


def render_article(entry: HandbookEntry, context: RenderContext) -> Markup:
    """Render a whole problem."""
    say = context.locale.say
    overline = (entry.id, say(entry.kind), entry.priority)
    head = tag(
        "header",
        tag("p", " · ".join(part for part in overline if part), class_="over"),
        tag("h3", tag("a", entry.title or entry.id, href=f"#{entry.id}"), lang=context.locale.lang_of(entry.title)),
    )
    former_anchor = tag("span", id=entry.formerly) if entry.formerly else None
    parts = (*_render_texts(entry, context), *_render_items(entry, context), *_render_references(entry, context))
    return tag("article", former_anchor, head, _render_facts(entry, context), parts, class_="problem", id=entry.id)


def _render_facts(entry: HandbookEntry, context: RenderContext) -> Markup:
    say = context.locale.say
    site = f"{entry.site_name} ({entry.site})" if entry.site_name not in ("", entry.site) else entry.site
    grade = context.locale.join(map(say, filter(None, (entry.impact, entry.occurrence))))
    facts = {
        say("Reported"): entry.date,
        say("Site"): site,
        say("System"): " / ".join(name for name in (entry.system, entry.subsystem) if name),
        say("Part number"): entry.part,
        **{say(label): text for label, text in entry.facts.items()},
        say("Impact"): grade,
        say("Units"): context.locale.join(entry.units),
        say("Tags"): context.locale.join(entry.tags),
        say("Former number"): entry.formerly,
        say("Archived"): entry.archived_on,
        **{f"{say('Requester')}: {say(label)}": text for label, text in entry.requester.items()},
    }
    rows = [tag("div", tag("dt", label), tag("dd", text)) for label, text in facts.items() if text]
    return tag("dl", rows, _render_promises(entry, context.locale), _render_frequency(entry, context), class_="facts")


def _render_promises(entry: HandbookEntry, locale: Locale) -> Markup:
    promises = ((locale.say("Response"), entry.response, "first"), (locale.say("Solution"), entry.solution, None))
    return join(
        tag(
            "div",
            tag("dt", label),
            tag("dd", render_verdict(result, locale), " ", describe_time_used(result, locale)),
            class_=css_class,
        )
        for label, result, css_class in promises
    )


def render_verdict(result: PromiseResult, locale: Locale) -> Markup:
    """Render a verdict with its sign."""
    return tag("b", f"{VERDICT_SIGNS[result.verdict]} {locale.say(result.verdict)}", class_=f"verdict {result.verdict}")


def describe_time_used(result: PromiseResult, locale: Locale) -> str:
    """Return a text such as `9 d 5 h of 14 d`, or only the time used if nothing was promised."""
    used, target = locale.format_length(result.used_s), locale.format_length(result.target_s)
    return locale.say("{used} of {target}", used=used, target=target) if used and target else used


def _render_frequency(entry: HandbookEntry, context: RenderContext) -> Markup | None:
    similar = context.edition.similar_to(entry)
    if len(similar) < 2:
        return None
    others = [other for other in similar if other.id != entry.id]
    links = [join(" ", context.link_to(other, other.id)) for other in others[:MAX_SIMILAR]]
    summary = describe_frequency(entry, similar, context.locale)
    more = f" +{len(others) - MAX_SIMILAR}" if len(others) > MAX_SIMILAR else ""
    return tag(
        "div", tag("dt", context.locale.say("Frequency")), tag("dd", summary, tag("br"), links, more), class_="often"
    )


# --- texts ------------------------------------------------------------------------------------------------------------


def _render_texts(entry: HandbookEntry, context: RenderContext) -> Iterator[Markup]:
    for key, label in TEXT_FIELDS:
        if key in entry.texts:
            lang = context.locale.lang_of(entry.texts[key])
            text = tag("div", _link_numbers(entry.texts[key], entry, context), class_="text", lang=lang)
            yield tag("section", tag("h4", context.locale.say(label)), text, class_=key)


def _link_numbers(text: str, entry: HandbookEntry, context: RenderContext) -> Markup:
    """Return the text as typed, with the numbers of other problems as links."""
    pieces: list[str | Markup] = []
    end = 0
    for match in _TICKET_NUMBER.finditer(text):
        other = context.edition.entries_by_number.get(match[0])
        if other and other.id != entry.id:
            pieces += [text[end : match.start()], context.link_to(other, match[0])]
            end = match.end()
    return join(pieces, text[end:])


# --- items ------------------------------------------------------------------------------------------------------------


def _render_items(entry: HandbookEntry, context: RenderContext) -> Iterator[Markup]:
    say = context.locale.say
    if entry.zeroing:
        points = [
            tag(
                "li",
                tag("b", "✓" if entry.zeroing[part.key] else "–"),
                " ",
                say(part.label),
                class_=None if entry.zeroing[part.key] else "open",
            )
            for part in FIELD_BY_KEY["zeroing"].parts
        ]
        done = sum(entry.zeroing.values())
        head = tag("h4", say("Zeroing"), " ", tag("small", f"{done}/{len(entry.zeroing)}"))
        yield tag("section", head, tag("ul", points, class_="points"), class_="zeroing")
    if entry.resources:
        yield tag(
            "section",
            tag("h4", say("Resources")),
            _render_resources(entry.resources, context.locale),
            class_="resources",
        )


def _render_resource(resource: Resource, locale: Locale) -> Markup:
    words = tag("td", locale.say(resource.kind)), tag("td", resource.what)
    return tag("tr", *words, _figure_cell(resource.quantity), _figure_cell(resource.hours))


def _render_resources(resources: tuple[Resource, ...], locale: Locale) -> Markup:
    rows = [_render_resource(resource, locale) for resource in sorted(resources, key=_kind_order)]
    head = [tag("th", locale.say(label), scope="col") for label in ("Kind", "What")]
    head += [tag("th", locale.say(label), scope="col", class_="figure") for label in ("Quantity", "Hours")]
    total = total_hours(resources)
    foot = (
        tag("tr", tag("td", locale.say("Total"), colspan=3), _figure_cell(total)) if total and len(rows) > 1 else None
    )
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), tag("tfoot", foot) if foot else None)


def _kind_order(resource: Resource) -> int:
    return RESOURCE_KINDS.index(resource.kind) if resource.kind in RESOURCE_KINDS else len(RESOURCE_KINDS)


def _figure_cell(text: str) -> Markup:
    return tag("td", text, class_="figure")


def total_hours(resources: tuple[Resource, ...]) -> str:
    """Return the sum of the hours; `""` if there are none, or if one is not a number."""
    try:
        total = sum(Decimal(resource.hours) for resource in resources if resource.hours)
    except InvalidOperation:
        return ""
    return f"{total:f}" if total else ""


# --- other problems, files --------------------------------------------------------------------------------------------


def _render_references(entry: HandbookEntry, context: RenderContext) -> Iterator[Markup]:
    say = context.locale.say
    links = context.edition.links(entry)
    if links:
        items = [_render_link(link, context) for link in links]
        yield tag("section", tag("h4", say("Links")), tag("ul", items), class_="links")
    if entry.attachments:
        items = [_render_attachment(entry, file.name, file.label, file.size, context) for file in entry.attachments]
        yield tag("section", tag("h4", say("Files")), tag("ul", items), class_="files")


def _render_link(link: EntryLink, context: RenderContext) -> Markup:
    relation = tag("small", describe_relation(link, context.locale), " ") if link.relation else None
    if link.entry is None:
        return tag("li", relation, link.number, tag("small", " ", context.locale.say("(not in this handbook)")))
    title = context.link_to(link.entry)
    return tag("li", relation, title, " ", tag("small", link.entry.id))


def describe_relation(link: EntryLink, locale: Locale) -> str:
    """Describe the relation of a link in words, with an arrow back for an incoming link."""
    return f"← {locale.say(link.relation)}" if link.incoming else locale.say(link.relation)


def _render_attachment(entry: HandbookEntry, name: str, label: str, size: int, context: RenderContext) -> Markup:
    url = context.file_urls.get((entry.id, name))
    size_note = tag("small", " ", format_size(size))
    if url is None:
        return tag("li", label, size_note)
    image = (
        tag("img", src=url, alt="", loading=None if context.single_page else "lazy") if _IMAGE.search(name) else None
    )
    return tag("li", tag("a", image, label, href=url, download=image is None), size_note)
