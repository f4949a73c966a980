"""Commands that look things over: check, policy show, policy check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji import yamlio
from fenji.cli import documents
from fenji.cli.failing import problem_line
from fenji.cli.grammar import command
from fenji.cli.policypage import policy_lines
from fenji.cli.session import Answer, Line, Session
from fenji.desk.opening import POLICY, find, read_policy
from fenji.errors import Damaged, NotFound, Refused
from fenji.policy import describe, moved_past

if TYPE_CHECKING:
    from fenji.desk.checking import Findings
    from fenji.errors import Problem
    from fenji.policy import Policy


@command("Nothing is changed. Exit code 3 where a file is damaged.")
@click.option("--signatures", is_flag=True, help="Also whether what must be signed is signed, by whom it should be.")
def check(session: Session, *, signatures: bool) -> Answer:
    """Look the whole desk over."""
    found = session.desk.check()
    if signatures:
        from fenji.hub.signatures import problems

        found = replace(found, remarks=(*found.remarks, *problems(session.desk.repo, session.desk.policy)))
    return Answer(
        _findings(found, session),
        lambda: {
            "tickets": found.tickets,
            "problems": [{**documents.problem(one), "damaged": True} for one in found.damaged]
            + [{**documents.problem(one), "damaged": False} for one in found.remarks],
        },
        exit_code=Damaged.exit_code if found.damaged else 0,
    )


def _findings(found: Findings, session: Session) -> Iterator[str | Line]:
    for heading, problems in (
        (session.say("Damaged; left alone until somebody mends them:"), found.damaged),
        (session.say("Worth a look:"), found.remarks),
    ):
        if problems:
            yield Line(heading, "head")
            yield from (f"  {problem_line(one, session)}" for one in problems)
    if found.damaged:
        yield session.say("Mend a damaged file in an editor at the place named; git keeps its former versions.")
    yield session.say(
        "{tickets} tickets read, {damaged} problems in damaged files, {remarks} worth a look",
        tickets=found.tickets,
        damaged=len(found.damaged),
        remarks=len(found.remarks),
    )


# --- the policy ---------------------------------------------------------------------------------------------------


@command("The version in force; with --json the same as one document.")
def policy_show(session: Session) -> Answer:
    """The policy in force, as tables."""
    described = describe(session.desk.policy, session.desk.now().date())
    return Answer(policy_lines(described, session), lambda: described)


@command("FILE is a draft; else policy.yaml itself. Exit code 3 where it cannot be used, 1 where it moves the past.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def policy_check(session: Session, file: Path | None) -> Answer:
    """What is wrong with a policy, and whether it would change figures of the past."""
    path = file or find(session.folder) / POLICY
    code, problems = _judged(session, path, draft=file is not None)
    sound = session.say("{path} is sound.", path=path.name)
    refused = session.say("{path} is refused.", path=path.name)
    return Answer(
        [] if problems else [sound],
        lambda: {"path": str(path), "problems": [documents.problem(one) for one in problems]},
        remarks=(refused, *(problem_line(one, session) for one in problems)) if problems else (),
        exit_code=code,
    )


def _judged(session: Session, path: Path, *, draft: bool) -> tuple[int, tuple[Problem, ...]]:
    """The exit code and every problem of the policy in `path`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFound("{path} cannot be read: {reason}.", path=path, reason=error.strerror) from error
    try:
        policy = read_policy(data, path.name)
    except Damaged as damaged:
        return Damaged.exit_code, damaged.problems
    former = session.desk.policy if draft else _committed(session)
    faults = moved_past(former, policy) if former else []
    return (Refused.exit_code if faults else 0), yamlio.problems(data, path.name, faults)


def _committed(session: Session) -> Policy | None:
    """The policy of the last commit, where there is one that can be used."""
    data = session.desk.repo.read(POLICY)
    try:
        return read_policy(data) if data else None
    except Damaged:
        return None
