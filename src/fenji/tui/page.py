"""A ticket as lines to read: every field with its label, empty ones together in one line. Pure.

Each line knows what stands in it, so that a key can edit that field, that item, or open that ticket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.beside import SIGN_IT
from fenji.board import TWO_TEXTS, UNSIGNED
from fenji.superseded import held
from fenji.ticket import BY_KEY, LEAVES, TEXTS, Value, item_key
from fenji.tui import cells, versus
from fenji.tui.refusals import label

if TYPE_CHECKING:
    from fenji.beside import Unsigned
    from fenji.ticket import Ticket
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line, Span
    from fenji.tui.versus import Other
    from fenji.tui.voice import Voice

# Always shown, so that what is missing is seen.
_CORE = ("title", "kind", "priority", "impact", "occurrence", "owner")
_REST = (
    *("units", "requester.name", "requester.unit", "requester.contact"),
    *("product.system", "product.subsystem", "product.part", "product.serial", "tags"),
)
_FEEDBACK = ("feedback.rating", "feedback.comment", "feedback.opportunity")
LABEL_CELLS = 15


@dataclass(frozen=True)
class PageLine:
    """One line of a page: the field it shows (`leaf`), or the item of a list (`item`), or a ticket to open (`to`).

    `lost` is a field of which it shows a value that lost to the one that stands.
    """

    spans: Line
    leaf: str = ""
    item: str = ""
    to: str = ""
    lost: str = ""


BLANK = PageLine([])


@dataclass(frozen=True)
class Page:
    """What a page is made of, and how wide it may be. `changed` are leaves that somebody else changed meanwhile.

    `others` are values that lost, by field; `written` is the field that is being written; `unsigned` are steps that
    should be signed and are not.
    """

    ticket: Ticket
    kit: Kit
    width: int
    changed: frozenset[str] = frozenset()
    others: Mapping[str, Other] = field(default_factory=dict)
    written: str = ""
    unsigned: tuple[Unsigned, ...] = ()

    def say(self, text: str, /, **values: object) -> str:
        return self.kit.voice.say(text, **values)


def lines(page: Page) -> list[PageLine]:
    """The fields, texts and lists of a ticket."""
    found = [*_unsigned(page), *(one for leaf in _CORE for one in _field(page, leaf))]
    found += [one for leaf in _REST if page.ticket.get(leaf) for one in _field(page, leaf)]
    found += _unfilled(page)
    for key in TEXTS:
        found += text(page, key)
    found += [*_resources(page), *_plan(page), *_links(page), *_files(page), *_zeroing(page), *_feedback(page)]
    return [*found, *_elsewhere(page), *_result(page)]


def heading(page: Page, words: str, leaf: str = "", *, item: str = "") -> PageLine:
    """The head of a section; marked where somebody else changed it."""
    return PageLine([*_mark(page, leaf), (words, "title")], leaf, item)


def _mark(page: Page, leaf: str) -> Line:
    return [("*" if leaf and leaf in page.changed else " ", "notice")]


def _field(page: Page, leaf: str) -> Iterator[PageLine]:
    dash = page.kit.look.signs.dash
    name = cells.fit(label(leaf, page.kit.voice), LABEL_CELLS, page.kit.look.signs.cut)
    rows = cells.wrap(_shown(page, leaf) or dash, max(page.width - LABEL_CELLS - 4, 8))
    for n, row in enumerate(rows):
        shown: Span = (row, "" if row != dash else "faint")
        yield PageLine(
            [*_mark(page, leaf if not n else ""), (name if not n else " " * LABEL_CELLS, "label"), (" ", ""), shown],
            leaf,
        )


def _shown(page: Page, leaf: str) -> str:
    """A value as people read it: words of the method in their language, people with their names."""
    value = page.ticket.get(leaf)
    if value in (None, "", []):
        return ""
    voice, policy = page.kit.voice, page.kit.desk.policy
    if leaf in ("kind", "impact", "occurrence"):
        return voice.word(str(value))
    if leaf == "owner":
        return _person(str(value), policy.name_of(str(value)))
    if isinstance(value, list | tuple):
        return cells.line(
            ", ".join(_person(str(one), policy.name_of(str(one))) if leaf == "units" else str(one) for one in value)
        )
    return cells.line(str(value))


def _person(key: str, name: str) -> str:
    return cells.line(key if name == key or not name else f"{key} {name}")


def _unsigned(page: Page) -> list[PageLine]:
    """Which steps lack a signature, in which commit, why, and what to do."""
    told = [(unsigned_words(one, page.kit.voice), "late") for one in page.unsigned]
    told += [(page.say(SIGN_IT), "")] if told else []
    return [PageLine([(f" {row}", role)]) for text, role in told for row in cells.wrap(text, max(page.width - 3, 8))]


def unsigned_words(one: Unsigned, voice: Voice) -> str:
    """`# unsigned: confirm; commit 1234567890 must be signed by zhao.min: the commit is not signed`."""
    sign, word = UNSIGNED
    return f"{sign} {voice.say(word)}: {voice.word(one.do)}; {voice.say(one.message)}"


def _unfilled(page: Page) -> list[PageLine]:
    empty = [label(leaf, page.kit.voice) for leaf in _REST if not page.ticket.get(leaf)]
    empty += [label(key, page.kit.voice) for key in ("resources", "plan", "links") if not page.ticket.items(key)]
    if not empty:
        return []
    said = page.say("Not filled: {fields}", fields=", ".join(empty))
    return [PageLine([(f" {row}", "faint")]) for row in cells.wrap(said, max(page.width - 4, 8))]


def text(page: Page, key: str) -> list[PageLine]:
    """One long text under its label."""
    value, name = page.ticket.word(key), label(key, page.kit.voice)
    if key in page.others:
        return [BLANK, heading(page, name, key), *_both(page, key)]
    if not value:
        empty: Line = [(cells.fit(name, LABEL_CELLS), "title"), (f" {page.kit.look.signs.dash}", "faint")]
        return [BLANK, PageLine([*_mark(page, key), *empty], key)]
    found = [BLANK, heading(page, name, key)]
    for one in cells.lines(value):
        found += [PageLine([(f"   {row}", "")], key) for row in cells.wrap(one, max(page.width - 5, 8))]
    return found


def _both(page: Page, key: str) -> list[PageLine]:
    """The value that stands and one that lost to it: beside each other where there is room, else one below."""
    other, stands = page.others[key], versus.as_text(held(page.ticket, key))
    lost, width = versus.as_text(other.value), page.width - 1
    leaf, item = (key, "") if key in LEAVES else ("", key if key.partition(".")[0] in BY_KEY else "")
    if width >= versus.SIDE_BY_SIDE_CELLS and page.written != key:
        both = [versus.heads(other.stands, other.lost, width), *versus.side_by_side(stands, lost, width)]
        found = [PageLine(line, leaf, item, lost=key) for line in both]
    else:
        ours, theirs = versus.below(stands, lost, width)
        empty: Line = [(f"   {page.kit.look.signs.dash}", "faint")]
        found = [PageLine(line, leaf, item, lost="" if leaf else key) for line in ours or [empty]]
        theirs.insert(0, [(f" {TWO_TEXTS[0]} {cells.cut(other.lost, width - 3, page.kit.look.signs.cut)}", "notice")])
        found += [PageLine(line, lost=key) for line in theirs]
    hint = cells.wrap(other.hint, max(width - 4, 8)) if other.hint else ()
    return [*found, *(PageLine([(f"   {row}", "faint")], lost=key) for row in hint)]


def _elsewhere(page: Page) -> list[PageLine]:
    """Values that lost of fields that are no long texts of the page: items, parts, keys unknown to this version."""
    found: list[PageLine] = []
    for key in page.others:
        if key not in TEXTS:
            name = label(key, page.kit.voice)
            name = f"{name} {key.partition('.')[2]}" if key not in LEAVES and "." in key else name
            said = page.say("Two wrote it: {field}", field=name)
            found += [BLANK, PageLine([(f" {said}", "title")], lost=key), *_both(page, key)]
    return found


# --- lists --------------------------------------------------------------------------------------------------------


def _section(page: Page, key: str, rows: Sequence[tuple[str, str]]) -> list[PageLine]:
    """A list under its label; rows are (key of the item, text)."""
    if not rows:
        return []
    told = [(name, row) for name, words in rows for row in cells.wrap(cells.line(words), max(page.width - 5, 8))]
    items = [PageLine([(f"   {row}", "")], item=f"{key}.{name}") for name, row in told]
    return [BLANK, heading(page, label(key, page.kit.voice), item=key), *items]


def _resources(page: Page) -> list[PageLine]:
    def told(one: Mapping[str, Value]) -> str:
        parts = [page.kit.voice.word(str(one.get("kind") or "")), str(one.get("what") or "")]
        if one.get("quantity"):
            parts.append(f"x {one['quantity']}")
        if one.get("hours"):
            parts.append(page.say("{hours} h", hours=one["hours"]))
        if one.get("cost"):
            parts.append(f"{one['cost']} {one.get('currency') or ''}".strip())
        if one.get("billable"):
            parts.append(page.say("billable"))
        return "  ".join(part for part in parts if part)

    return _section(page, "resources", [(str(one["key"]), told(one)) for one in page.ticket.items("resources")])


def _plan(page: Page) -> list[PageLine]:
    def told(one: Mapping[str, Value]) -> str:
        span = " - ".join(str(one[key]) for key in ("start", "due") if one.get(key))
        done = page.say("done {day}", day=one["done"]) if one.get("done") else ""
        after = (
            page.say("after {items}", items=", ".join(map(str, _listed(one.get("after"))))) if one.get("after") else ""
        )
        parts = [str(one["key"]), str(one.get("what") or ""), span, done, after, str(one.get("owner") or "")]
        return "  ".join(part for part in parts if part)

    return _section(page, "plan", [(str(one["key"]), told(one)) for one in page.ticket.items("plan")])


def _listed(value: Value) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _links(page: Page) -> list[PageLine]:
    found = _section(
        page,
        "links",
        [
            (item_key("links", one), f"{page.kit.voice.word(str(one.get('as') or 'related'))}  {one['to']}")
            for one in page.ticket.items("links")
        ],
    )
    return [
        PageLine(one.spans, one.leaf, one.item, one.item.removeprefix("links.").partition("/")[0])
        if one.item.startswith("links.")
        else one
        for one in found
    ]


def _files(page: Page) -> list[PageLine]:
    rows = [(str(one["name"]), f"{one['name']}  {one.get('size') or '?'} B") for one in page.ticket.items("files")]
    return _section(page, "files", rows)


def _zeroing(page: Page) -> list[PageLine]:
    held = page.ticket.get("zeroing")
    needed = any("zeroing" in one for one in _needs(page))
    if not isinstance(held, Mapping) and not needed:
        return []
    known = held if isinstance(held, Mapping) else {}
    found = [BLANK, heading(page, label("zeroing", page.kit.voice))]
    for part in BY_KEY["zeroing"].parts:
        box = "[x]" if known.get(part.key) is True else "[ ]"
        leaf = f"zeroing.{part.key}"
        found.append(PageLine([*_mark(page, leaf), (f"  {box} {page.say(part.label)}", "")], leaf))
    return found


def _needs(page: Page) -> Sequence[str]:
    policy, ticket = page.kit.desk.policy, page.ticket
    return [one for step in ("solve", "archive") for one in policy.needs(ticket.kind, step, ticket.priority)]


def _feedback(page: Page) -> list[PageLine]:
    if not page.ticket.get("feedback") and page.ticket.state not in ("solved", "confirmed", "archived"):
        return []
    fields = [one for leaf in _FEEDBACK if leaf in LEAVES for one in _field(page, leaf)]
    return [BLANK, heading(page, label("feedback", page.kit.voice)), *fields]


def _result(page: Page) -> list[PageLine]:
    """The verdicts as the site lead confirmed them."""
    sla = page.ticket.get("sla")
    if not isinstance(sla, Mapping):
        return []
    found = [BLANK, heading(page, label("sla", page.kit.voice))]
    for clock in ("response", "solution"):
        one = sla.get(clock)
        if isinstance(one, Mapping):
            verdict = page.kit.voice.word("met" if one.get("met") else "excused" if one.get("excused") else "missed")
            found.append(PageLine([(f"   {page.kit.voice.word(clock)}: {verdict}", "")]))
    confirmed = sla.get("confirmed")
    if isinstance(confirmed, Mapping):
        said = page.say("confirmed by {person}", person=confirmed.get("by"))
        reason = cells.line(str(confirmed.get("reason") or ""))
        found.append(PageLine([(f"   {said}  {reason}".rstrip(), "")]))
    return found
