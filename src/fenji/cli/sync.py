"""Commands for exchanging with other clones: sync, bundle, receive, files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import documents
from fenji.cli.base import command
from fenji.cli.failures import format_problem
from fenji.cli.held import describe_held
from fenji.cli.params import TEXT, TICKET
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import InvalidUsage, Sentence
from fenji.i18n import count_commits, count_tickets
from fenji.text.sizes import format_size

if TYPE_CHECKING:
    from fenji.model.values import JsonValue
    from fenji.sync import Bundle, BundlePreview, SyncResult, TicketOutcome

_UPDATE_INTERVAL_S = 1.0  # seconds between two updates of the progress line, which may go over a slow link


@command("Commits what is pending, fetches, merges by meaning, pushes. Safe to interrupt and to repeat.")
@click.option("--repair", is_flag=True, help="Hold back what would be refused, before anything is sent.")
@click.option(
    "--since-now",
    is_flag=True,
    help="Set the `since` of a policy.yaml draft, and the `on` of its corrections, to now if they have passed.",
)
def sync(session: Session, *, repair: bool, since_now: bool) -> CommandOutput:
    """Exchange everything with the hub."""
    from fenji.desk import exchange
    from fenji.sync.session import no_progress

    with ProgressLine(session) as progress:
        listener = progress if progress.enabled else no_progress
        result = exchange.sync(session.desk, progress=listener, repair=repair, since_now=since_now)
    return CommandOutput(
        _render_result(result, session), lambda: _result_document(result), remarks=_problem_remarks(result, session)
    )


@command("OUT is the file to write. Carry it over in any way; on the other side: fenji receive OUT.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", metavar="PEER", type=TEXT, help="For whom: a site or clone that sent something, or hub.")
@click.option("--whole", is_flag=True, help="For somebody who has nothing yet: the whole history.")
def bundle(session: Session, out: Path, to: str | None, *, whole: bool) -> CommandOutput:
    """Write into a file the commits that the other end lacks."""
    from fenji.desk import exchange

    if to and whole:
        raise InvalidUsage("--to and --whole cannot be combined.")
    with ProgressLine(session) as progress:
        written = exchange.bundle(session.desk, out, to=None if whole else to or "", progress=progress)
    return CommandOutput(_render_bundle(written, session), lambda: _bundle_document(written))


@command("IN is a file written by `fenji bundle`. Receiving it twice changes nothing.")
@click.argument("file", metavar="IN", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what is inside; receive nothing.")
def receive(session: Session, file: Path, *, dry_run: bool) -> CommandOutput:
    """Take in the contents of a bundle file."""
    from fenji.desk import exchange

    if dry_run:
        preview = exchange.preview_bundle(session.desk, file)
        return CommandOutput(_render_preview(preview, session), lambda: _preview_document(preview))
    with ProgressLine(session) as progress:
        preview, result = exchange.receive(session.desk, file, progress=progress)
    lines = [*_describe_sender(preview, session), *_render_result(result, session, hub=False)]
    return CommandOutput(
        lines,
        lambda: {**_preview_document(preview), **_result_document(result)},
        remarks=_problem_remarks(result, session),
    )


@command("Those left at the hub, to spare a slow link, are fetched.")
@click.argument("number", metavar="ID", type=TICKET)
def files(session: Session, number: str) -> CommandOutput:
    """Print the paths of a ticket's attachments."""
    from fenji.desk import exchange

    with ProgressLine(session) as progress:
        paths = (
            exchange.fetch_attachments(session.desk, number, progress=progress)
            if progress.enabled
            else exchange.fetch_attachments(session.desk, number)
        )
    return CommandOutput([str(path) for path in paths], lambda: {"files": [str(path) for path in paths]})


# --- progress ---------------------------------------------------------------------------------------------------------


class ProgressLine:
    """Shows the progress of an exchange on stderr: one line, updated at most once a second, only in a terminal."""

    def __init__(self, session: Session) -> None:
        from fenji.desk.exchange import STEPS

        self._translate: Callable[[Sentence], str] = session.say
        self._step_labels = STEPS
        self.enabled = sys.stderr.isatty() and not session.json
        self._last_update, self._last_step = 0.0, ""
        self._written = False

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._written:
            self._write("")

    def __call__(self, step: str, _part: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.enabled or (step == self._last_step and now - self._last_update < _UPDATE_INTERVAL_S):
            return
        self._last_update, self._last_step = now, step
        percent = f" {done * 100 // total} %" if total else ""
        self._write(self._translate(self._step_labels.get(step, Sentence(step))) + percent)

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
        self._written = True


# --- for people -------------------------------------------------------------------------------------------------------


def _render_result(result: SyncResult, session: Session, *, hub: bool = True) -> Iterator[str | OutputLine]:
    yield from (_describe_outcome(outcome, session) for outcome in result.outcomes)
    if result.carried_to:
        text = "What was recorded off the desk's branch, {branch}, was merged into it."
        yield session.say(text, branch=result.carried_to)
    if result.concluded == "merge":
        yield session.say("A merge that git had left in conflict was resolved and completed.")
    elif result.concluded:
        yield session.say("A {what} started with git was ended; its changes are recorded.", what=result.concluded)
    if result.released:
        yield session.say(
            Sentence(
                "{count} held act was sent.",
                {"count": result.released},
                plural="{count} held acts were sent.",
            )
        )
    if result.policy_changed:
        yield session.say("policy.yaml has changed; see: fenji policy show")
    if result.policy_sent:
        yield session.say("policy.yaml was sent.")
    for path, kept in result.drafts_kept.items():
        yield session.say("{file}: the hub's version is used; yours is kept in {path}.", file=path, path=kept)
    received = count_tickets(result.received)
    if hub:
        yield session.say("{tickets} received, {sent} sent", tickets=received, sent=result.sent)
    else:
        yield session.say("{tickets} received", tickets=received)


def _describe_outcome(outcome: TicketOutcome, session: Session) -> str:
    text = session.say(outcome.description)
    parts = [f"{outcome.id}  {text}"]
    if outcome.people:
        parts.append(session.join(outcome.people))
    if outcome.superseded:
        fields = tuple(outcome.superseded)
        parts.append(session.say("another text of {fields} is kept in the log", fields=fields))
    if outcome.left_out:
        parts.append(f"{outcome.path}: git show {outcome.left_out[:12]}")
    return session.join_clauses(parts)


def _problem_remarks(result: SyncResult, session: Session) -> tuple[str, ...]:
    clock = (session.say(result.clock_problem),) if result.clock_problem else ()
    # An unreadable file is named every time until it is mended, since its text is not exchanged.
    problems = [problem for problem in result.left_alone if problem.line or problem.path not in result.named_before]
    lines = [f"  {format_problem(problem, session)}" for problem in problems]
    lines += [f"  {describe_held(act, session)}" for act in result.held]
    if result.draft_passes_from_now:
        lines.append(
            session.say(
                "Its `since`, or the `on` of a correction, has passed; set it to now with: fenji sync --since-now"
            )
        )
    if result.held:
        lines.append(session.say("What is held waits here; the rest was sent. See: fenji held"))
    return (*clock, session.say("To review:"), *lines) if lines else clock


def _render_bundle(written: Bundle, session: Session) -> Iterator[str]:
    size = format_size(written.size)
    if written.is_receipt:
        yield session.say("Nothing new; {path} ({size}) is a receipt.", path=written.path, size=size)
    else:
        counts = {"tickets": count_tickets(written.tickets), "commits": count_commits(written.commits)}
        yield session.say("{path}: {tickets} in {commits}, {size}", path=written.path, size=size, **counts)
    if written.is_complete:
        yield session.say("It holds everything and can also start a desk: fenji init DIR --site SITE --from FILE")
    elif written.peer:
        yield session.say("It is for {peer}; others can take it only if they have what came before.", peer=written.peer)


def _render_preview(preview: BundlePreview, session: Session) -> Iterator[str | OutputLine]:
    yield from _describe_sender(preview, session)
    yield from (_describe_outcome(outcome, session) for outcome in preview.outcomes)


def _describe_sender(preview: BundlePreview, session: Session) -> Iterator[str]:
    sender = preview.peer or session.say("an unnamed clone")
    if not preview.commits and not preview.outcomes:
        yield session.say(
            "From {peer}, {size}: everything in it is already here.", peer=sender, size=format_size(preview.size)
        )
        return
    yield session.say(
        "From {peer}, {size}: {commits} by {people}",
        peer=sender,
        size=format_size(preview.size),
        commits=count_commits(preview.commits),
        people=tuple(preview.people) or "-",
    )


# --- for programs -----------------------------------------------------------------------------------------------------


def _result_document(result: SyncResult) -> dict[str, JsonValue]:
    return {
        "received": result.received,
        "sent": result.sent,
        "tickets": [_outcome_document(outcome) for outcome in result.outcomes],
        "policy_changed": result.policy_changed,
        "policy_sent": result.policy_sent,
        "policy_kept": result.drafts_kept.get("policy.yaml"),
        "kept": dict(result.drafts_kept),
        "concluded": result.concluded or None,
        "carried_to": result.carried_to or None,
        "draft_passes_from_now": result.draft_passes_from_now,
        "clock": str(result.clock_problem) if result.clock_problem else None,
        "left": [documents.problem_document(problem) for problem in result.left_alone],
        "held": [documents.held_document(act) for act in result.held],
        "released": result.released,
    }


def _outcome_document(outcome: TicketOutcome) -> dict[str, JsonValue]:
    return {
        "id": outcome.id,
        "uid": outcome.uid or None,
        "path": outcome.path,
        "how": outcome.how,
        "was": outcome.was or None,
        "superseded": list(outcome.superseded),
        "events": outcome.events,
        "people": list(outcome.people),
        "left_out": outcome.left_out or None,
    }


def _bundle_document(written: Bundle) -> dict[str, JsonValue]:
    return {
        "path": str(written.path),
        "size": written.size,
        "to": written.peer or None,
        "commits": written.commits,
        "tickets": written.tickets,
        "whole": written.is_complete,
        "receipt": written.is_receipt,
    }


def _preview_document(preview: BundlePreview) -> dict[str, JsonValue]:
    return {
        "path": str(preview.path),
        "size": preview.size,
        "from": preview.peer or None,
        "commits": preview.commits,
        "people": list(preview.people),
        "first": preview.first.isoformat() if preview.first else None,
        "last": preview.last.isoformat() if preview.last else None,
        "tickets": [_outcome_document(outcome) for outcome in preview.outcomes],
    }
