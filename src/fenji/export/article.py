"""One problem as HTML: an article that stands on any page. Pure; where other problems lie it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fenji.export.entries import TEXTS, Entry, Resource, Time
from fenji.export.glance import SIGNS, headline, how_often
from fenji.export.leaves import stem
from fenji.export.markup import Markup, join, tag
from fenji.ticket import BY_KEY, ID_PATTERN, RESOURCE_KINDS

if TYPE_CHECKING:
    from fenji.export.edition import Edition, Link, Section
    from fenji.export.leaves import Leaf
    from fenji.export.voice import Voice

ALIKE = 8  # other numbers named beside how often it occurred
_NUMBER = re.compile(rf"(?<![0-9A-Za-z-]){ID_PATTERN.pattern}(?![0-9A-Za-z])")
_PICTURE = re.compile(r"\.(jpe?g|png|gif|webp)$", re.IGNORECASE)


@dataclass(frozen=True)
class Surroundings:
    """What an article is printed into: the edition, the language, and the address of each problem by number.

    `files` holds the addresses of the copied attachments by number and name; `whole` says that all is on one page.
    """

    edition: Edition
    voice: Voice
    address: Mapping[str, str]
    files: Mapping[tuple[str, str], str]
    suffix: str = ".html"
    whole: bool = False

    def leaf(self, leaf: Leaf) -> str:
        """The address of a page."""
        return f"#{leaf.name}" if self.whole else f"{leaf.name}{self.suffix}"

    def section(self, leaf: Leaf, section: Section) -> str:
        """The address of a section on its page."""
        if leaf.parted or len(leaf.chapter.sections) == 1:
            return self.leaf(leaf)
        return f"{'' if self.whole else self.leaf(leaf)}#{stem(leaf.chapter, section)}"

    def link(self, entry: Entry, *content: str | Markup) -> Markup:
        """A link to another problem; its title, beside which its number stands, unless other content is given.

        On paper the number follows where it does not stand there already.
        """
        number = entry.id if content and content != (entry.id,) else None
        tongue = None if content else self.voice.tongue(entry.title)
        shown = content or (headline(entry),)
        return tag("a", *shown, href=self.address[entry.id], data_number=number, lang=tongue)


def article(entry: Entry, around: Surroundings) -> Markup:
    """The whole problem."""
    say = around.voice.say
    over = (entry.id, say(entry.kind), entry.priority)
    head = tag(
        "header",
        tag("p", " · ".join(one for one in over if one), class_="over"),
        tag("h3", tag("a", entry.title or entry.id, href=f"#{entry.id}"), lang=around.voice.tongue(entry.title)),
    )
    former = tag("span", id=entry.formerly) if entry.formerly else None
    parts = (*_texts(entry, around), *_items(entry, around), *_references(entry, around))
    return tag("article", former, head, _facts(entry, around), parts, class_="problem", id=entry.id)


def _facts(entry: Entry, around: Surroundings) -> Markup:
    say = around.voice.say
    site = f"{entry.site_name} ({entry.site})" if entry.site_name not in ("", entry.site) else entry.site
    grade = ", ".join(say(one) for one in (entry.impact, entry.occurrence) if one)
    facts = {
        say("Reported"): entry.date,
        say("Site"): site,
        say("System"): " / ".join(one for one in (entry.system, entry.subsystem) if one),
        say("Part number"): entry.part,
        say("Impact"): grade,
        say("Units"): ", ".join(entry.units),
        say("Tags"): ", ".join(entry.tags),
        say("Former number"): entry.formerly,
        say("Archived"): entry.archived_on,
        **{f"{say('Requester')}: {say(label)}": text for label, text in entry.requester.items()},
    }
    rows = [tag("div", tag("dt", label), tag("dd", text)) for label, text in facts.items() if text]
    return tag("dl", rows, _times(entry, around.voice), _frequency(entry, around), class_="facts")


def _times(entry: Entry, voice: Voice) -> Markup:
    named = ((voice.say("Response"), entry.response, "first"), (voice.say("Solution"), entry.solution, None))
    return join(
        tag("div", tag("dt", label), tag("dd", verdict(time, voice), " ", spent(time, voice)), class_=place)
        for label, time, place in named
    )


def verdict(time: Time, voice: Voice) -> Markup:
    """The verdict with its sign."""
    return tag("b", f"{SIGNS[time.verdict]} {voice.say(time.verdict)}", class_=f"verdict {time.verdict}")


def spent(time: Time, voice: Voice) -> str:
    """`9 d 5 h of 14 d`; what was used alone where nothing was promised."""
    used, target = voice.length(time.used_s), voice.length(time.target_s)
    return voice.say("{used} of {target}", used=used, target=target) if used and target else used


def _frequency(entry: Entry, around: Surroundings) -> Markup | None:
    alike = around.edition.alike(entry)
    if len(alike) < 2:
        return None
    others = [one for one in alike if one.id != entry.id]
    links = [join(" ", around.link(one, one.id)) for one in others[:ALIKE]]
    told = how_often(entry, alike, around.voice)
    more = f" +{len(others) - ALIKE}" if len(others) > ALIKE else ""
    return tag("div", tag("dt", around.voice.say("Frequency")), tag("dd", told, tag("br"), links, more), class_="often")


# --- texts ------------------------------------------------------------------------------------------------------------


def _texts(entry: Entry, around: Surroundings) -> Iterator[Markup]:
    for key, label in TEXTS:
        if key in entry.texts:
            tongue = around.voice.tongue(entry.texts[key])
            text = tag("div", _linked(entry.texts[key], entry, around), class_="text", lang=tongue)
            yield tag("section", tag("h4", around.voice.say(label)), text, class_=key)


def _linked(text: str, entry: Entry, around: Surroundings) -> Markup:
    """The text as typed; a number of another problem in it leads there."""
    pieces: list[str | Markup] = []
    end = 0
    for found in _NUMBER.finditer(text):
        other = around.edition.numbers.get(found[0])
        if other and other.id != entry.id:
            pieces += [text[end : found.start()], around.link(other, found[0])]
            end = found.end()
    return join(pieces, text[end:])


# --- items ------------------------------------------------------------------------------------------------------------


def _items(entry: Entry, around: Surroundings) -> Iterator[Markup]:
    say = around.voice.say
    if entry.zeroing:
        points = [
            tag(
                "li",
                tag("b", "✓" if entry.zeroing[part.key] else "–"),
                " ",
                say(part.label),
                class_=_done(entry, part.key),
            )
            for part in BY_KEY["zeroing"].parts
        ]
        done = sum(entry.zeroing.values())
        head = tag("h4", say("Zeroing"), " ", tag("small", f"{done}/{len(entry.zeroing)}"))
        yield tag("section", head, tag("ul", points, class_="points"), class_="zeroing")
    if entry.resources:
        yield tag("section", tag("h4", say("Resources")), _resources(entry.resources, around.voice), class_="resources")


def _done(entry: Entry, key: str) -> str | None:
    return None if entry.zeroing[key] else "open"


def _resources(resources: tuple[Resource, ...], voice: Voice) -> Markup:
    rows = [
        tag("tr", tag("td", voice.say(one.kind)), tag("td", one.what), _figure(one.quantity), _figure(one.hours))
        for one in sorted(resources, key=_kind)
    ]
    head = [tag("th", voice.say(label), scope="col") for label in ("Kind", "What")]
    head += [tag("th", voice.say(label), scope="col", class_="figure") for label in ("Quantity", "Hours")]
    total = hours(resources)
    foot = tag("tr", tag("td", voice.say("Total"), colspan=3), _figure(total)) if total and len(rows) > 1 else None
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), tag("tfoot", foot) if foot else None)


def _kind(one: Resource) -> int:
    return RESOURCE_KINDS.index(one.kind) if one.kind in RESOURCE_KINDS else len(RESOURCE_KINDS)


def _figure(text: str) -> Markup:
    return tag("td", text, class_="figure")


def hours(resources: tuple[Resource, ...]) -> str:
    """All hours together; `""` where there are none, or where one is no number."""
    try:
        total = sum(Decimal(one.hours) for one in resources if one.hours)
    except InvalidOperation:
        return ""
    return f"{total:f}" if total else ""


# --- other problems, files --------------------------------------------------------------------------------------------


def _references(entry: Entry, around: Surroundings) -> Iterator[Markup]:
    say = around.voice.say
    links = around.edition.links(entry)
    if links:
        yield tag("section", tag("h4", say("Links")), tag("ul", (_link(one, around) for one in links)), class_="links")
    if entry.enclosures:
        items = [_enclosure(entry, one.name, one.shown, one.size, around) for one in entry.enclosures]
        yield tag("section", tag("h4", say("Files")), tag("ul", items), class_="files")


def _link(link: Link, around: Surroundings) -> Markup:
    relation = tag("small", relation_text(link, around.voice), " ") if link.relation else None
    if link.entry is None:
        return tag("li", relation, link.number, tag("small", " ", around.voice.say("(not in this handbook)")))
    title = around.link(link.entry)
    return tag("li", relation, title, " ", tag("small", link.entry.id))


def relation_text(link: Link, voice: Voice) -> str:
    """`caused_by` in words; an arrow back where the other one names it."""
    return f"← {voice.say(link.relation)}" if link.back else voice.say(link.relation)


def _enclosure(entry: Entry, name: str, shown: str, size: int, around: Surroundings) -> Markup:
    address = around.files.get((entry.id, name))
    about = tag("small", " ", around.voice.size(size))
    if address is None:
        return tag("li", shown, about)
    picture = (
        tag("img", src=address, alt="", loading=None if around.whole else "lazy") if _PICTURE.search(name) else None
    )
    return tag("li", tag("a", picture, shown, href=address, download=picture is None), about)
