"""Commands that exchange with other clones: sync, bundle, receive."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import documents
from fenji.cli.failing import problem_line
from fenji.cli.grammar import command
from fenji.cli.session import Answer, Line, Session
from fenji.cli.values import TEXT, TICKET
from fenji.errors import Misused, Sentence

if TYPE_CHECKING:
    from fenji.sync import Exchange, Inside, Outcome, Parcel

_EVERY_SECONDS = 1.0  # how often the line that tells how far it is changes: a thin link carries it too


@command("Commits what is pending, fetches, merges by meaning, pushes. Safe to interrupt, and to do again.")
def sync(session: Session) -> Answer:
    """Exchange everything with the hub."""
    from fenji.desk import exchange

    with Telling(session) as told:
        done = exchange.sync(session.desk, progress=told) if told.shown else exchange.sync(session.desk)
    return Answer(_exchanged(done, session), lambda: _document(done), remarks=_remarks(done, session))


@command("OUT is the file to write. Carry it over any way there is; there: fenji receive OUT.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", metavar="PEER", type=TEXT, help="For whom: a site or clone that sent something, or hub.")
@click.option("--whole", is_flag=True, help="For somebody who has nothing yet: the whole history.")
def bundle(session: Session, out: Path, to: str | None, *, whole: bool) -> Answer:
    """Write into a file what the other end lacks."""
    from fenji.desk import exchange

    if to and whole:
        raise Misused("--to and --whole do not go together.")
    with Telling(session) as told:
        made = exchange.bundle(session.desk, out, to=None if whole else to or "", progress=told)
    return Answer(_packed(made, session), lambda: _parcel(made))


@command("IN is a file that `fenji bundle` wrote. Doing it twice changes nothing.")
@click.argument("file", metavar="IN", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what is inside and take nothing.")
def receive(session: Session, file: Path, *, dry_run: bool) -> Answer:
    """Take in what a file brings."""
    from fenji.desk import exchange

    if dry_run:
        told = exchange.inside(session.desk, file)
        return Answer(_looked(told, session), lambda: _contents(told))
    with Telling(session) as telling:
        told, done = exchange.receive(session.desk, file, progress=telling)
    lines = [*_sender(told, session), *_exchanged(done, session, hub=False)]
    return Answer(lines, lambda: {**_contents(told), **_document(done)}, remarks=_remarks(done, session))


@command("Those that were left with the hub, to spare a thin link, are fetched.")
@click.argument("number", metavar="ID", type=TICKET)
def files(session: Session, number: str) -> Answer:
    """The attachments of a ticket, as paths."""
    from fenji.desk import exchange

    found = exchange.attachments(session.desk, number)
    return Answer([str(one) for one in found], lambda: {"files": [str(one) for one in found]})


# --- how far it is ----------------------------------------------------------------------------------------------------


class Telling:
    """Tells on stderr how far an exchange is: one line that is written over, at most once a second, to people only."""

    def __init__(self, session: Session) -> None:
        from fenji.desk.exchange import STEPS

        self._say: Callable[[Sentence], str] = session.say
        self._steps = STEPS
        self.shown = sys.stderr.isatty() and not session.json
        self._last, self._step = 0.0, ""
        self._written = False

    def __enter__(self) -> Telling:
        return self

    def __exit__(self, *_: object) -> None:
        if self._written:
            self._write("")

    def __call__(self, step: str, _part: str, done: int, of: int) -> None:
        now = time.monotonic()
        if not self.shown or (step == self._step and now - self._last < _EVERY_SECONDS):
            return
        self._last, self._step = now, step
        how_far = f" {done * 100 // of} %" if of else ""
        self._write(self._say(self._steps.get(step, Sentence(step))) + how_far)

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
        self._written = True


# --- for people -------------------------------------------------------------------------------------------------------


def _exchanged(done: Exchange, session: Session, *, hub: bool = True) -> Iterator[str | Line]:
    yield from (_outcome(one, session) for one in done.outcomes)
    if done.concluded:
        yield session.say("A merge that git had left in conflict was joined and concluded.")
    if done.policy_changed:
        yield session.say("policy.yaml has changed; see: fenji policy show")
    if done.policy_sent:
        yield session.say("policy.yaml was sent.")
    if done.policy_kept:
        hint = "policy.yaml: the hub's version stands; yours is kept in {path}."
        yield session.say(hint, path=done.policy_kept)
    if hub:
        counts = {"received": done.received, "sent": done.sent}
        yield session.say("{received} tickets received, {sent} sent", **counts)
    else:
        yield session.say("{received} tickets received", received=done.received)


def _outcome(one: Outcome, session: Session) -> str:
    told = session.say(one.told)
    parts = [f"{one.id}  {told}"]
    if one.people:
        parts.append(", ".join(one.people))
    if one.superseded:
        fields = ", ".join(one.superseded)
        parts.append(session.say("another text of {fields} is kept in the log", fields=fields))
    if one.left_out:
        parts.append(f"{one.path}: git show {one.left_out[:12]}")
    return "; ".join(parts)


def _remarks(done: Exchange, session: Session) -> tuple[str, ...]:
    if not done.left:
        return ()
    return (session.say("To be looked at:"), *(f"  {problem_line(one, session)}" for one in done.left))


def _packed(made: Parcel, session: Session) -> Iterator[str]:
    size = _size(made.size)
    if made.receipt:
        yield session.say("There is nothing new; {path} ({size}) is a receipt.", path=made.path, size=size)
    else:
        yield session.say(
            "{path}: {tickets} tickets in {commits} commits, {size}",
            path=made.path,
            tickets=made.tickets,
            commits=made.commits,
            size=size,
        )
    if made.whole:
        yield session.say("It holds everything, and can also begin a desk: fenji init DIR --site SITE --from FILE")
    elif made.peer:
        yield session.say("It is for {peer}; others take it only if they have what came before.", peer=made.peer)


def _looked(told: Inside, session: Session) -> Iterator[str | Line]:
    yield from _sender(told, session)
    yield from (_outcome(one, session) for one in told.outcomes)


def _sender(told: Inside, session: Session) -> Iterator[str]:
    who = told.peer or session.say("an unnamed clone")
    if not told.commits and not told.outcomes:
        yield session.say("From {peer}, {size}: everything in it is here already.", peer=who, size=_size(told.size))
        return
    yield session.say(
        "From {peer}, {size}: {commits} commits by {people}",
        peer=who,
        size=_size(told.size),
        commits=told.commits,
        people=", ".join(told.people) or "-",
    )


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


# --- for programs -----------------------------------------------------------------------------------------------------


def _document(done: Exchange) -> dict[str, object]:
    return {
        "received": done.received,
        "sent": done.sent,
        "tickets": [_outcome_document(one) for one in done.outcomes],
        "policy_changed": done.policy_changed,
        "policy_sent": done.policy_sent,
        "policy_kept": done.policy_kept or None,
        "concluded": done.concluded or None,
        "left": [documents.problem(one) for one in done.left],
    }


def _outcome_document(one: Outcome) -> dict[str, object]:
    return {
        "id": one.id,
        "uid": one.uid or None,
        "path": one.path,
        "how": one.how,
        "was": one.was or None,
        "superseded": list(one.superseded),
        "events": one.events,
        "people": list(one.people),
        "left_out": one.left_out or None,
    }


def _parcel(made: Parcel) -> dict[str, object]:
    return {
        "path": str(made.path),
        "size": made.size,
        "to": made.peer or None,
        "commits": made.commits,
        "tickets": made.tickets,
        "whole": made.whole,
        "receipt": made.receipt,
    }


def _contents(told: Inside) -> dict[str, object]:
    return {
        "path": str(told.path),
        "size": told.size,
        "from": told.peer or None,
        "commits": told.commits,
        "people": list(told.people),
        "first": told.first.isoformat() if told.first else None,
        "last": told.last.isoformat() if told.last else None,
        "tickets": [_outcome_document(one) for one in told.outcomes],
    }
