"""Commands that find: search, suggest, index."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.cells import Column, one_line, padded, table, width, wrapped
from fenji.cli.grammar import command
from fenji.cli.session import Answer, Line, Session
from fenji.cli.values import TEXT, text_value
from fenji.ticket import LEAVES

if TYPE_CHECKING:
    from fenji.handbook.guesses import Guess
    from fenji.handbook.likeness import Like, Suggestion
    from fenji.handbook.searching import Hits

_INDENT = "    "
_SOLUTION_LINES = 8  # `fenji show` has them all


@command(
    "Words in any script and language of the tickets; kind:quality part:XJ site:KSA year:2026 narrow, "
    "a phrase stands in quotes.",
    wordy=True,
)
@click.argument("words", nargs=-1, required=True, type=TEXT)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=10, help="At most so many hits; else 10.")
@click.option("--offset", metavar="N", type=click.IntRange(min=0), default=0, help="Leave out so many of the best.")
def search(session: Session, words: Sequence[str], limit: int, offset: int) -> Answer:
    """Search the handbook and the open tickets."""
    hits = session.desk.search(" ".join(words), limit=limit, offset=offset)
    return Answer(_hits(hits, offset, session), lambda: _document(hits))


def _document(hits: Hits) -> dict[str, object]:
    found = [
        {"id": one.id, "title": one.title, "score": round(one.score, 4), "excerpt": one.excerpt, "path": one.path}
        for one in hits.hits
    ]
    document: dict[str, object] = {"total": hits.total, "took_ms": round(hits.took_ms, 1), "hits": found}
    return {**document, "meant": dict(hits.meant)} if hits.meant else document


def _hits(hits: Hits, offset: int, session: Session) -> Iterator[str | Line]:
    cells = streams.screen_cells()
    for place, one in enumerate(hits.hits, start=offset + 1):
        yield Line(f"{place:>2}  {one.id}  {one_line(one.title)}", "head")
        excerpt = one_line(one.excerpt)
        yield from (_INDENT + line for line in (wrapped(excerpt, cells - 4) if cells else [excerpt]))
    if hits.meant:
        meant = ", ".join(f"{typed}: {word}" for typed, word in hits.meant.items())
        yield session.say("Read as {meant}", meant=meant)
    shown = len(hits.hits)
    if shown:
        yield session.say("{shown} of {total} in {took} ms", shown=shown, total=hits.total, took=round(hits.took_ms))
    else:
        yield session.say("Nothing is found. Fewer or other words may find more.")


@command("TEXT is a title, or more; - takes it from stdin.", wordy=True)
@click.argument("words", metavar="TEXT", nargs=-1, required=True, type=TEXT)
def suggest(session: Session, words: Sequence[str]) -> Answer:
    """What a text resembles, and how such tickets were judged."""
    text = " ".join(words)
    found = session.desk.suggest(text_value(text) if text == "-" else text)
    return Answer(_suggested(found, session), lambda: _suggestion_document(found))


def _suggestion_document(found: Suggestion) -> dict[str, object]:
    likes = [
        {
            "id": one.id,
            "title": one.title,
            "percent": one.percent,
            "path": one.path,
            "state": one.page.state,
            "solution": one.page.texts.get("solution", ""),
        }
        for one in found.likes
    ]
    guesses = {
        name: {
            "values": list(one.values),
            "count": one.count,
            "of": one.of,
            "percent": one.percent,
            "word": one.word or None,
        }
        for name, one in found.guesses.items()
    }
    return {"likes": likes, "guesses": guesses, "took_ms": round(found.took_ms, 1)}


def _suggested(found: Suggestion, session: Session) -> Iterator[str | Line]:
    if not found.likes and not found.guesses:
        yield session.say("Nothing like it is known here.")
    yield from _likes(found.likes, session)
    if found.likes and found.guesses:
        yield ""
    labels = {name: session.say(LEAVES[name].label) for name in found.guesses}
    for name, one in found.guesses.items():
        label = padded(labels[name], max(map(width, labels.values())))
        values = ", ".join(session.say(value) if LEAVES[name].choices else value for value in one.values)
        yield f"{label}  {one_line(values)}  ({one_line(_evidence(one, session))})"


def _evidence(one: Guess, session: Session) -> str:
    if one.word:
        return session.say("{count} of {of} with “{word}”", count=one.count, of=one.of, word=one.word)
    return session.say("{count} of {of} like it", count=one.count, of=one.of)


def _likes(likes: Sequence[Like], session: Session) -> Iterator[str | Line]:
    """The tickets like it, one a line, and how the likest that was solved was solved."""
    if not likes:
        return
    rows = [(f"{one.percent} %", one.id, session.say(one.page.state), one.title) for one in likes]
    headings = ("Number", "State", "Title")
    named = [Column(session.say(one), elastic=one == "Title", spare=one == "State") for one in headings]
    cells = streams.screen_cells()
    yield from list(table([Column("", right=True), *named], rows, cells))[1:]
    solved = next((one for one in likes if one.page.texts.get("solution")), None)
    if solved:
        yield ""
        yield Line(f"{solved.id}: {session.say('Solution')}", "head")
        for line in solved.page.texts["solution"].splitlines()[:_SOLUTION_LINES]:
            yield from (_INDENT + part for part in (wrapped(one_line(line), cells - 4) if cells else [one_line(line)]))


def _telling(session: Session) -> Callable[[int], None] | None:
    """Says once a second how many tickets are indexed, on one line, where a person watches."""
    if not sys.stderr.isatty() or session.json:
        return None
    told_s = time.monotonic()

    def tell(count: int) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= 1:
            told_s = time.monotonic()
            sys.stderr.write("\r\x1b[K" + session.say("Preparing the index: {count} tickets.", count=count))
            sys.stderr.flush()

    return tell


@command("Searching does this by itself; --rebuild makes the index anew, and forgets the old one.")
@click.option("--rebuild", is_flag=True, help="Make it anew from all tickets.")
def index(session: Session, *, rebuild: bool) -> Answer:
    """Bring the search index up to date."""
    began = time.monotonic()
    tell = _telling(session)
    count = session.desk.index(rebuild=rebuild, progress=tell)
    if tell:
        sys.stderr.write("\r\x1b[K")
    took_ms = round((time.monotonic() - began) * 1000)
    lines = [session.say("{count} tickets are indexed, in {took} ms.", count=count, took=took_ms)]
    return Answer(lines, lambda: {"indexed": count, "took_ms": took_ms})
