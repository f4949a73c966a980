"""Commands for searching: search, suggest, index."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.cells import TableColumn, format_table, one_line
from fenji.cli.params import TEXT, read_text_arg
from fenji.cli.progress import CountingLine
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.model.ticket import FIELD_BY_PATH, parse_field_path
from fenji.text.cells import pad, width, wrap_lines

if TYPE_CHECKING:
    from fenji.model.values import JsonValue
    from fenji.search.pages import SimilarTicket
    from fenji.search.predict import Guess
    from fenji.search.searcher import SearchHits
    from fenji.search.similar import Suggestion

_INDENT = "    "
_SOLUTION_LINES = 8  # lines shown of a solution; `fenji show` prints all of it


@command(
    "Words in any script or language of the tickets; kind:quality part:XJ site:KSA year:2026 narrow it down; put a "
    "phrase in quotes.",
    wordy=True,
)
@click.argument("words", nargs=-1, required=True, type=TEXT)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=10, help="Maximum hits; 10 by default.")
@click.option("--offset", metavar="N", type=click.IntRange(min=0), default=0, help="Skip this many of the best hits.")
def search(session: Session, words: Sequence[str], limit: int, offset: int) -> CommandOutput:
    """Search the handbook and the open tickets."""
    hits = session.desk.search(" ".join(words), limit=limit, offset=offset)
    return CommandOutput(_render_hits(hits, offset, session), lambda: _search_document(hits))


def _search_document(hits: SearchHits) -> dict[str, JsonValue]:
    hit_documents: list[dict[str, JsonValue]] = [
        {"id": hit.id, "title": hit.title, "score": round(hit.score, 4), "excerpt": hit.excerpt, "path": hit.path}
        for hit in hits.hits
    ]
    document: dict[str, JsonValue] = {"total": hits.total, "took_ms": round(hits.took_ms, 1), "hits": hit_documents}
    return {**document, "meant": dict(hits.meant)} if hits.meant else document


def _render_hits(hits: SearchHits, offset: int, session: Session) -> Iterator[str | OutputLine]:
    screen_width = streams.terminal_width()
    for rank, hit in enumerate(hits.hits, start=offset + 1):
        yield OutputLine(f"{rank:>2}  {hit.id}  {one_line(hit.title)}", "head")
        excerpt = one_line(hit.excerpt)
        yield from (_INDENT + line for line in (wrap_lines(excerpt, screen_width - 4) if screen_width else [excerpt]))
    if hits.meant:
        meant = tuple(f"{typed}: {word}" for typed, word in hits.meant.items())
        yield session.say("Read as {meant}", meant=meant)
    shown = len(hits.hits)
    if shown:
        yield session.say("{shown} of {total} in {took} ms", shown=shown, total=hits.total, took=round(hits.took_ms))
    else:
        yield session.say("Nothing found. Try fewer or different words.")


@command("TEXT is a title or more; - reads it from stdin.", wordy=True)
@click.argument("words", metavar="TEXT", nargs=-1, required=True, type=TEXT)
def suggest(session: Session, words: Sequence[str]) -> CommandOutput:
    """Show tickets similar to a text, and how they were classified."""
    text = " ".join(words)
    suggestion = session.desk.suggest(read_text_arg(text) if text == "-" else text)
    return CommandOutput(_render_suggestion(suggestion, session), lambda: _suggestion_document(suggestion))


def _suggestion_document(suggestion: Suggestion) -> dict[str, JsonValue]:
    similar_documents: list[dict[str, JsonValue]] = [
        {
            "id": ticket.id,
            "title": ticket.title,
            "percent": ticket.percent,
            "path": ticket.path,
            "state": ticket.page.state,
            "solution": ticket.page.texts.get("solution", ""),
        }
        for ticket in suggestion.likes
    ]
    guesses = {
        name: {
            "values": list(guess.values),
            "count": guess.count,
            "of": guess.of,
            "percent": guess.percent,
            "word": guess.word or None,
        }
        for name, guess in suggestion.guesses.items()
    }
    return {"likes": similar_documents, "guesses": guesses, "took_ms": round(suggestion.took_ms, 1)}


def _render_suggestion(suggestion: Suggestion, session: Session) -> Iterator[str | OutputLine]:
    if not suggestion.likes and not suggestion.guesses:
        yield session.say("No similar tickets found.")
    yield from _render_similar(suggestion.likes, session)
    if suggestion.likes and suggestion.guesses:
        yield ""
    fields = {name: FIELD_BY_PATH[parse_field_path(name)] for name in suggestion.guesses}
    labels = {name: session.say(field.label) for name, field in fields.items()}
    for name, guess in suggestion.guesses.items():
        label = pad(labels[name], max(map(width, labels.values())))
        values = session.join(session.say(value) if fields[name].has_terms else value for value in guess.values)
        yield f"{label}  {one_line(values)}  ({one_line(_describe_evidence(guess, session))})"


def _describe_evidence(guess: Guess, session: Session) -> str:
    if guess.word:
        return session.say("{count} of {of} with “{word}”", count=guess.count, of=guess.of, word=guess.word)
    return session.say("{count} of {of} similar", count=guess.count, of=guess.of)


def _render_similar(similar_tickets: Sequence[SimilarTicket], session: Session) -> Iterator[str | OutputLine]:
    """Yield the similar tickets, one per line, and the solution of the most similar one that has one."""
    if not similar_tickets:
        return
    rows = [
        (f"{ticket.percent} %", ticket.id, session.say(ticket.page.state), ticket.title) for ticket in similar_tickets
    ]
    headings = ("Number", "State", "Title")
    columns = [
        TableColumn(session.say(heading), elastic=heading == "Title", drop_priority=heading == "State")
        for heading in headings
    ]
    screen_width = streams.terminal_width()
    yield from list(format_table([TableColumn("", align_right=True), *columns], rows, screen_width))[1:]
    solved = next((ticket for ticket in similar_tickets if ticket.page.texts.get("solution")), None)
    if solved:
        yield ""
        yield OutputLine(f"{solved.id}: {session.say('Solution')}", "head")
        for line in solved.page.texts["solution"].splitlines()[:_SOLUTION_LINES]:
            yield from (
                _INDENT + part
                for part in (wrap_lines(one_line(line), screen_width - 4) if screen_width else [one_line(line)])
            )


def _describe_progress(count: int, session: Session) -> str:
    return session.say(
        "Preparing the index: {count} ticket.", plural="Preparing the index: {count} tickets.", count=count
    )


@command("Searching does this by itself; --rebuild builds a new index and discards the old one.")
@click.option("--rebuild", is_flag=True, help="Rebuild it from all tickets.")
def index(session: Session, *, rebuild: bool) -> CommandOutput:
    """Bring the search index up to date."""
    started_s = time.monotonic()
    with CountingLine(session, lambda count: _describe_progress(count, session)) as shown:
        count = session.desk.update_index(rebuild=rebuild, progress=shown.show)
    took_ms = round((time.monotonic() - started_s) * 1000)
    line = session.say(
        "{count} ticket indexed in {took} ms.",
        plural="{count} tickets indexed in {took} ms.",
        count=count,
        took=took_ms,
    )
    return CommandOutput([line], lambda: {"indexed": count, "took_ms": took_ms})
