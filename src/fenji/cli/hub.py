"""Commands for the administrator of a hub: hub init, hub check."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fenji import hub
from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.session import CommandOutput, Session
from fenji.errors import NotFound, Refused
from fenji.git.remotes import HUB_TIME
from fenji.hub.setup import current_branch
from fenji.judge.refusals import to_wire
from fenji.model.ticket import sanitize

_MAX_REFUSAL_LINES = 40  # lines of a refusal; the rest mostly repeats the same few mistakes


@command("The bare repository that all sites sync with. Run it again to renew its settings and its hook.")
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "source", metavar="DESK", type=click.Path(path_type=Path), help="Start from what a desk holds.")
def hub_init(session: Session, place: Path, source: Path | None) -> CommandOutput:
    """Set up a hub in a folder."""
    desk = None
    if source or session.folder:
        session.folder = source or session.folder
        desk = session.desk.root
        session.desk.flush()
    branch = current_branch(desk) if desk else "main"
    hub_path = hub.create(place, branch=branch, object_format=session.desk.repo.object_format if desk else "sha1")
    remote = hub.push_desk(hub_path, desk) if desk else ""
    lines = [session.say("{path} is now a hub; its branch is {branch}.", path=hub_path, branch=branch)]
    if remote:
        lines.append(session.say("{desk} syncs with it as {remote}.", desk=desk, remote=remote))
    if not desk:
        lines.append(
            session.say(
                "Fill it from a desk, which then syncs with it: fenji hub init {path} --from DESK", path=hub_path
            )
        )
    return CommandOutput(
        lines, lambda: {"hub": str(hub_path), "branch": branch, "desk": str(desk or ""), "remote": remote}
    )


@command(
    "git calls this before it accepts a push: lines OLD NEW REF on stdin. Exit code 1 if it is refused. To check a "
    "hub: fenji hub status.",
    meant="hub status",
)
def hub_check(session: Session) -> CommandOutput:
    """Check whether a push may come in."""
    git_dir = Path(os.environ.get("GIT_DIR", ".")).absolute()
    if not (git_dir / "HEAD").is_file():
        hint = "git runs this in the hub's own folder. To check a hub: fenji hub status DIR"
        raise NotFound("Not a hub: {path}.", hint=hint, path=git_dir)
    pushed = b"" if streams.is_typed() else streams.read_stdin()
    ref_updates = hub.parse_updates(pushed.decode("utf-8", "surrogateescape"))
    if not ref_updates:
        hint = "git passes OLD NEW REF to this command. To check a hub: fenji hub status"
        raise Refused("Nothing was pushed.", hint=hint)
    if "GIT_QUARANTINE_PATH" in os.environ:  # git is asking: the desk that pushes compares its clock
        streams.write_error(f"{HUB_TIME} {datetime.now(UTC).isoformat(timespec='seconds')}")
        hub.tidy(git_dir)
    hub.add_missing_settings(git_dir)
    verdict = hub.check_push(git_dir, ref_updates, datetime.now(UTC))
    if verdict.language:
        session.language = verdict.language
    lines = [
        sanitize(f"{refusal.subject}: {session.say(refusal.message)}").replace("\n", " ")
        for refusal in verdict.refusals
    ]
    hidden = len(lines) - _MAX_REFUSAL_LINES
    shown = lines[:_MAX_REFUSAL_LINES] + ([session.say("… and {count} more.", count=hidden)] if hidden > 0 else [])
    if "GIT_QUARANTINE_PATH" in os.environ:
        shown += [to_wire(refusal) for refusal in verdict.refusals[:_MAX_REFUSAL_LINES]]
        way_out = (
            "To fix this: `fenji sync` there holds back what is refused and sends the rest; `fenji held` lists it."
        )
        shown += [session.say(way_out)] if lines else []
    return CommandOutput(
        [],
        lambda: {"accepted": not lines, "refusals": [_refusal_document(refusal) for refusal in verdict.refusals]},
        remarks=tuple(shown),
        exit_code=1 if lines else 0,
    )


def _refusal_document(refusal: hub.Refusal) -> dict[str, str]:
    return {"subject": refusal.subject, "message": str(refusal.message)}
