"""The `check` command: checks every file of a desk, or every commit of its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from fenji.cli import documents
from fenji.cli.base import command
from fenji.cli.failures import format_problem
from fenji.cli.progress import CountingLine
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.check import CheckResult, check_desk
from fenji.errors import Damaged, InvalidUsage, Problem, Refused, Sentence
from fenji.i18n import count_tickets
from fenji.model.ticket import sanitize

if TYPE_CHECKING:
    from fenji.judge.whole_history import HistoryFinding, HistoryFindings
    from fenji.model.values import JsonValue


@command(
    "Nothing is changed. Exit code 3 if a file is damaged. With --history, every commit since the desk was founded "
    "is judged as a hub would: exit code 1 if it would have refused one."
)
@click.option("--signatures", is_flag=True, help="Also check that what must be signed is, and by the right person.")
@click.option("--history", is_flag=True, help="Judge the history instead of the files, commit by commit.")
@click.option("--since", metavar="COMMIT", default="", help="With --history: only commits after this one.")
def check(session: Session, *, signatures: bool, history: bool, since: str) -> CommandOutput:
    """Check the whole desk."""
    if history:
        return _check_history(session, since)
    if since:
        raise InvalidUsage("--since needs --history.")
    findings = check_desk(session.desk)
    if signatures:
        from fenji.judge.signatures import find_problems

        findings = replace(
            findings, remarks=(*findings.remarks, *find_problems(session.desk.repo, session.desk.policy))
        )
    return CommandOutput(
        _render_findings(findings, session),
        lambda: {
            "tickets": findings.tickets,
            "problems": [{**documents.problem_document(problem), "damaged": True} for problem in findings.damaged]
            + [{**documents.problem_document(problem), "damaged": False} for problem in findings.remarks],
        },
        exit_code=Damaged.exit_code if findings.damaged else 0,
    )


def _render_findings(findings: CheckResult, session: Session) -> Iterator[str | OutputLine]:
    damaged_heading = session.say("Damaged; left as they are until fixed:")
    yield from _render_problems(damaged_heading, findings.damaged, session)
    yield from _render_problems(session.say("Worth a look:"), findings.remarks, session)
    if any(problem.line for problem in findings.damaged):
        yield session.say("Fix a damaged file in an editor at the place named; git keeps its older versions.")
    yield session.say(
        "{tickets} read; problems in damaged files: {damaged}; worth a look: {remarks}",
        tickets=count_tickets(findings.tickets),
        damaged=len(findings.damaged),
        remarks=len(findings.remarks),
    )


def _render_problems(heading: str, problems: Sequence[Problem], session: Session) -> Iterator[str | OutputLine]:
    if problems:
        yield OutputLine(heading, "head")
        yield from (f"  {format_problem(problem, session)}" for problem in problems)


# --- the history ------------------------------------------------------------------------------------------------------


def _check_history(session: Session, since: str) -> CommandOutput:
    session.desk.flush()
    from fenji.judge.whole_history import judge_history

    desk = session.desk
    with CountingLine(session, lambda done, total: _describe_progress(done, total, session)) as line:
        found = judge_history(desk.repo, desk.now(), since=since, progress=line.show)
    damaged = any(finding.damaged for finding in found.findings)
    refused = Refused.exit_code if found.findings else 0
    return CommandOutput(
        _render_history(found, session),
        lambda: {
            "founding": found.founding or None,
            "commits": found.commits,
            "refusals": [_finding_document(finding) for finding in found.findings],
        },
        exit_code=Damaged.exit_code if damaged else refused,
    )


def _describe_progress(done: int, total: int, session: Session) -> str:
    return session.say("{done} of {total} commits judged …", done=done, total=total)


def _render_history(found: HistoryFindings, session: Session) -> Iterator[str | OutputLine]:
    for finding in found.findings:
        yield OutputLine(f"{finding.commit[:10]}  {sanitize(finding.subject)}: {session.say(finding.reason)}", "late")
    if not found.founding:
        yield session.say("No commit in this history has readable rules, so there is nothing to judge it by.")
        return
    counts = Sentence(
        "{count} commit judged since {founding}; refused: {refused}",
        {"count": found.commits, "founding": found.founding[:10], "refused": len(found.findings)},
        plural="{count} commits judged since {founding}; refused: {refused}",
    )
    yield session.say(counts)
    settled = sum(finding.at_hub for finding in found.findings)
    if settled:
        standing = Sentence(
            "{count} of them is at the hub, is settled and counts: an older fenji accepted it, or it bypassed the "
            "hook. --since COMMIT judges what came later.",
            {"count": settled},
            plural="{count} of them are at the hub, are settled and count: an older fenji accepted them, or they "
            "bypassed the hook. --since COMMIT judges what came later.",
        )
        yield session.say(standing)


def _finding_document(finding: HistoryFinding) -> dict[str, JsonValue]:
    return {
        "commit": finding.commit,
        "subject": finding.subject,
        "reason": str(finding.reason),
        "damaged": finding.damaged,
        "at_hub": finding.at_hub,
    }
