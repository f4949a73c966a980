"""The commands of a hub's administrator: hub init, hub check."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fenji import hub
from fenji.cli import streams
from fenji.cli.grammar import command
from fenji.cli.session import Answer, Session
from fenji.errors import NotFound, Refused
from fenji.hub.making import branch_of
from fenji.ticket import visible

_MOST = 40  # lines of a refusal; what is behind them stands on the same few mistakes


@command("The bare repository that all sites sync with. Run it again to renew its settings and its hook.")
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "source", metavar="DESK", type=click.Path(path_type=Path), help="Begin with what a desk holds.")
def hub_init(session: Session, place: Path, source: Path | None) -> Answer:
    """Set up a hub in a folder."""
    desk = None
    if source or session.folder:
        session.folder = source or session.folder
        desk = session.desk.root
        session.desk.flush()
    branch = branch_of(desk) if desk else "main"
    made = hub.make(place, branch=branch)
    remote = hub.seed(made, desk) if desk else ""
    lines = [session.say("{path} is a hub now; its branch is {branch}.", path=made, branch=branch)]
    if remote:
        lines.append(session.say("{desk} syncs with it as {remote}.", desk=desk, remote=remote))
    if not desk:
        lines.append(session.say("Fill it from a desk: git push {path} {branch}", path=made, branch=branch))
    return Answer(lines, lambda: {"hub": str(made), "branch": branch, "desk": str(desk or ""), "remote": remote})


@command("git asks this before it takes a push: lines OLD NEW REF on stdin. Exit code 1 where it may not come in.")
def hub_check(session: Session) -> Answer:
    """Say whether a push may come in."""
    git_dir = Path(os.environ.get("GIT_DIR", ".")).absolute()
    if not (git_dir / "HEAD").is_file():
        raise NotFound("{path} is no hub.", hint="git runs this in the hub's own folder.", path=git_dir)
    pushed = hub.updates(streams.read_stdin().decode("utf-8", "surrogateescape"))
    if not pushed:
        raise Refused("Nothing is pushed.", hint="git gives to this command: OLD NEW REF")
    verdict = hub.check(git_dir, pushed, datetime.now(UTC))
    if verdict.language:
        session.language = verdict.language
    lines = [visible(f"{one.subject}: {session.say(one.message)}").replace("\n", " ") for one in verdict.refusals]
    more = len(lines) - _MOST
    told = lines[:_MOST] + ([session.say("… and {count} more.", count=more)] if more > 0 else [])
    return Answer(
        [],
        lambda: {"accepted": not lines, "refusals": [_document(one) for one in verdict.refusals]},
        remarks=tuple(told),
        exit_code=1 if lines else 0,
    )


def _document(one: hub.Refusal) -> dict[str, str]:
    return {"subject": one.subject, "message": str(one.message)}
