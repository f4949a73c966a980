"""The handbook as a folder of HTML pages that need no server and no network. Pure: values to bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.export import front, glance, recurrence
from fenji.export.article import Surroundings, article
from fenji.export.leaves import Attachment, File, Leaf, Leaves, leaves, stem
from fenji.export.lookup import INLINE, lookup
from fenji.export.markup import Markup, join, tag

if TYPE_CHECKING:
    from fenji.export.edition import Edition, Section
    from fenji.export.entries import Entry
    from fenji.export.recurrence import Count
    from fenji.export.voice import Voice

WHOLE = 200  # problems up to which the book also lies on one page, to be printed at once
_LISTED = 4  # problems from which on a page begins with a list of them


def website(
    edition: Edition,
    voice: Voice,
    attachments: Mapping[tuple[str, str], Attachment] | None = None,
    *,
    inline: int = INLINE,
) -> Iterator[File]:
    """The files of the handbook, without the attachments themselves; the same edition gives the same bytes.

    `inline` is the size in characters up to which the search index stands in the first page.
    """
    pages = leaves(edition)
    files = {key: one.path for key, one in (attachments or {}).items()}
    address = {number: f"{name}.html#{number}" for number, name in pages.place.items()}
    around = Surroundings(edition, voice, address, files)
    index = lookup(edition, pages, voice, inline=inline)
    yield File("index.html", _first(around, pages, index.inline))
    yield from index.files
    for leaf in pages.pages:
        yield File(f"{leaf.name}.html", _page(leaf, around, pages))
    if 0 < len(edition.entries) <= WHOLE:
        here = replace(around, address={number: f"#{number}" for number in pages.place}, whole=True)
        yield File("all.html", _all(here, pages))


# --- pages ------------------------------------------------------------------------------------------------------------


def _first(around: Surroundings, pages: Leaves, index: str) -> bytes:
    voice, edition = around.voice, around.edition
    title = voice.say("Problem handbook")
    about = [tag("p", one) for one in front.told(edition, voice)]
    if 0 < len(edition.entries) <= WHOLE:
        about.append(tag("p", tag("a", voice.say("All of it on one page, to be printed"), href="all.html")))
    body = join(
        tag("header", tag("h1", title), about, class_="mast"),
        _field(voice, live=True),
        _narrowing(edition, voice),
        tag("noscript", tag("p", voice.say("Searching needs JavaScript; the lists below lead to every problem."))),
        tag("p", id="note", role="status"),
        tag("ol", id="hits"),
        tag("main", front.front(around, pages)),
        tag("script", Markup(index), type="application/json", id="index"),
        tag("script", Markup(_script())),
    )
    return _document(title, body, voice, script=True)


def _page(leaf: Leaf, around: Surroundings, pages: Leaves) -> bytes:
    voice = around.voice
    name = front.leaf_name(leaf, voice)
    book = voice.say("Problem handbook")
    beside = pages.beside(leaf)
    body = join(
        tag("nav", tag("a", book, href="index.html"), _field(voice), class_="top"),
        tag("header", tag("h1", name, lang=voice.tongue(name)), _glance(leaf, around), class_="mast"),
        tag("main", (_section(one, leaf, around) for one in leaf.sections)),
        tag("nav", (_beside(one, leaf) for one in beside), class_="beside") if len(beside) > 1 else None,
    )
    return _document(f"{name} · {book}", body, voice)


def _all(around: Surroundings, pages: Leaves) -> bytes:
    voice = around.voice
    title = voice.say("Problem handbook")
    parts = [
        join(
            tag("h1", front.leaf_name(leaf, voice), id=leaf.name),
            _glance(leaf, around),
            (_section(one, leaf, around) for one in leaf.sections),
        )
        for leaf in pages.pages
    ]
    about = [tag("p", one) for one in front.told(around.edition, voice)]
    body = join(
        tag("nav", tag("a", title, href="index.html"), class_="top"),
        tag("header", tag("h1", title), about, class_="mast"),
        tag("main", front.front(around, pages), parts),
    )
    return _document(title, body, voice)


def _section(section: Section, leaf: Leaf, around: Surroundings) -> Markup:
    several = len(leaf.chapter.sections) > 1 and not leaf.parted
    name = section.name or (around.voice.say("no subsystem named") if several else "")
    head = tag("h2", around.voice.say("{count} problems", count=len(section.entries)), class_="unseen")
    if name and not leaf.parted:
        tongue = around.voice.tongue(name)
        head = join(tag("h2", name, id=stem(leaf.chapter, section), lang=tongue), _figures(section, leaf, around))
    return tag("section", head, (article(one, around) for one in section.entries), class_="subsystem")


def _figures(section: Section, leaf: Leaf, around: Surroundings) -> Markup:
    """How often and how long, of the whole section, and the causes that recur in it."""
    entries = glance.whole(section, leaf).entries
    held = tag("p", " · ".join(glance.figures(entries, around.edition, around.voice)), class_="sum")
    causes = recurrence.causes(entries)[: glance.CAUSES]
    if not causes:
        return held
    items = (tag("li", _cause(one, around)) for one in causes)
    return join(
        held,
        tag("h2" if leaf.parted else "h3", around.voice.say("Causes that recur"), class_="causes"),
        tag("ul", items, class_="list"),
    )


def _cause(count: Count, around: Surroundings) -> Markup:
    text = count.names[2]
    times = around.voice.say("{count} times", count=count.number)
    about = tag("small", times, " · ", front.numbers(count, around))
    return join(tag("span", glance.gist(text), lang=around.voice.tongue(text)), about)


def _glance(leaf: Leaf, around: Surroundings) -> Markup:
    """The figures of what the page is about, and its problems with their causes and lessons in a line."""
    headed = any(one.name for one in leaf.sections) and not leaf.parted
    figures = None if headed else _figures(leaf.sections[0], leaf, around)
    if leaf.count < _LISTED:
        return join(figures)
    items = [_glanced(one, leaf, around) for section in leaf.sections for one in section.entries]
    summary = around.voice.say("{count} problems on this page at a glance", count=leaf.count)
    listed = tag("details", tag("summary", summary), tag("ol", items, class_="list"), class_="toc", open=True)
    return join(figures, listed)


def _glanced(entry: Entry, leaf: Leaf, around: Surroundings) -> Markup:
    voice = around.voice
    where = entry.part if leaf.parted else front.place(entry)
    told = " · ".join(one for one in (entry.id, entry.date, where) if one)
    lines = (
        tag("p", tag("small", label), " ", tag("span", text, lang=voice.tongue(text)))
        for label, text in glance.about(entry, voice)
    )
    return tag("li", around.link(entry), tag("small", told), lines)


def _beside(other: Leaf, leaf: Leaf) -> Markup:
    if other is leaf:
        return tag("b", str(other.running))
    return tag("a", str(other.running), href=f"{other.name}.html")


def _field(voice: Voice, *, live: bool = False) -> Markup:
    """The search field; on pages without the index it leads to the first page."""
    words = voice.say("Search: words, part number, number")
    typed = tag(
        "input",
        type="search",
        name="q",
        id="q" if live else None,
        placeholder=words,
        aria_label=words,
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
        enterkeyhint="search",
    )
    return tag("form", typed, role="search", action="index.html", method="get")


def _narrowing(edition: Edition, voice: Voice) -> Markup | None:
    """What narrows a search, by the example of the newest problem."""
    if not edition.entries:
        return None
    newest = edition.entries[0]
    words = {"site": newest.site, "year": newest.year, "kind": newest.kind, "p": newest.priority}
    said = [f"{key}:{value}" for key, value in words.items() if value and value.isalnum()]
    links = join(join(" ", tag("a", one, href=f"#q={one}")) for one in said)
    return tag("p", voice.say("Narrow:"), links, class_="aside narrow")


# --- the shell around a page ------------------------------------------------------------------------------------------


def _document(title: str, body: Markup, voice: Voice, *, script: bool = False) -> bytes:
    style = _style()
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_rules(script=script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="format-detection", content="telephone=no, date=no, address=no, email=no"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    root = tag("html", tag("head", head), tag("body", body), lang=voice.language)
    return f"<!DOCTYPE html>\n{root}\n".encode()


def _rules(*, script: bool) -> str:
    """What the page may load: its own style and script, pictures and index parts of its folder, nothing else."""
    rules = ["default-src 'none'", f"style-src {_hash(_style())}", "img-src 'self' file:", "base-uri 'none'"]
    if script:
        rules.append(f"script-src {_hash(_script())} 'strict-dynamic' 'self' file:")
    return "; ".join(rules)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _style() -> str:
    """The style sheet, without comments and indentation: it stands in every page."""
    text = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


@cache
def _script() -> str:
    return Path(__file__).with_name("search.js").read_text(encoding="utf-8")
