"""Commands that show and check the policy: policy show, policy check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fenji.cli import documents, streams
from fenji.cli.base import command
from fenji.cli.cells import TableColumn, format_table
from fenji.cli.failures import format_problem
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.amend import read_policy_file
from fenji.desk.date_warnings import DateWarning, find_date_warnings
from fenji.desk.open import POLICY_FILE, find_desk, parse_policy
from fenji.errors import Damaged, Problem, Refused
from fenji.judge.policy_draft import DraftJudge
from fenji.model.policy.describe import describe_policy
from fenji.model.policy.sections import list_policy_sections, list_values

if TYPE_CHECKING:
    from fenji.model.values import JsonValue


@command("The version in force; with --json, as a single document.")
def policy_show(session: Session) -> CommandOutput:
    """Show the policy in force as tables."""
    description = describe_policy(session.desk.policy, session.desk.now())
    return CommandOutput(render_policy(description, session), lambda: description)


@command("FILE is a draft; by default policy.yaml itself. Exit code 3 if it cannot be used, 1 if it is refused.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def policy_check(session: Session, file: Path | None) -> CommandOutput:
    """Check a policy file as the hub would if it were sent now."""
    path = file or find_desk(session.folder) / POLICY_FILE
    check = _check_policy(session, path, is_typed=file is None)
    lines = [session.say("{path} is sound.", path=path.name)]
    remarks = [session.say("{path} is refused.", path=path.name)]
    remarks += [format_problem(problem, session) for problem in check.problems]
    if check.passes_from_now:
        remarks.append(
            session.say("Its `since`, or the `on` of a correction, has passed; set it to now with: fenji policy amend")
        )
    return CommandOutput(
        [] if check.problems else [*lines, *_render_warnings(check.warnings, session)],
        lambda: {
            "path": str(path),
            "problems": [documents.problem_document(problem) for problem in check.problems],
            "in_force": check.in_force,
            "warnings": [
                {
                    "calendar": warning.calendar,
                    "message": str(warning.message),
                    "hint": str(warning.hint),
                }
                for warning in check.warnings
            ],
        },
        remarks=tuple(remarks) if check.problems else (),
        exit_code=check.exit_code,
    )


def _render_warnings(warnings: Iterable[DateWarning], session: Session) -> Iterator[str | OutputLine]:
    for warning in warnings:
        yield OutputLine(f"{session.say(warning.message)} {session.say(warning.hint)}", "risk")


class _PolicyCheck(Struct, frozen=True):
    """The problems of a policy file, and whether it is the policy in force."""

    exit_code: int
    problems: tuple[Problem, ...]
    in_force: bool = False
    passes_from_now: bool = False
    warnings: tuple[DateWarning, ...] = ()


def _check_policy(session: Session, path: Path, *, is_typed: bool) -> _PolicyCheck:
    """Check the policy file at `path`; `is_typed` if it is the desk's own. Raises NotFound if it cannot be read."""
    data = read_policy_file(path, is_draft=not is_typed)
    try:
        policy = parse_policy(data, path.name)
        desk = session.desk
    except Damaged as damaged:
        return _PolicyCheck(Damaged.exit_code, damaged.problems)
    warnings = tuple(find_date_warnings(policy.versions[-1].calendars, desk.now()))
    if is_typed and desk.policy_in_force.draft is None:
        return _PolicyCheck(0, (), in_force=True, warnings=warnings)
    judge = DraftJudge.at_desk(desk.root, desk.repo, desk.policy_in_force, desk.person, desk.now())
    problems = judge.find_problems(data, path.name)
    code = Refused.exit_code if problems else 0
    return _PolicyCheck(code, problems, passes_from_now=judge.date_from_now(data) is not None, warnings=warnings)


def render_policy(description: Mapping[str, JsonValue], session: Session) -> Iterator[str | OutputLine]:
    """Yield a title and one table per non-empty section; `description` comes from `describe_policy`."""
    yield OutputLine(session.say("Policy since {since}", since=description["since"]), "head")
    for since in list_values(description, "later"):
        yield session.say("From {since} on, another version replaces it.", since=since)
    yield session.say(
        "At risk once less than {share} of the time is left. Entries more than {backdate} late are made by a lead.",
        share=description["at_risk"],
        backdate=description["backdate"],
    )
    screen_width = streams.terminal_width()
    for section in list_policy_sections(description, session.say):
        yield ""
        yield OutputLine(section.title, "head")
        columns = [
            TableColumn(heading, elastic=index == len(section.headings) - 1)
            for index, heading in enumerate(section.headings)
        ]
        lines = format_table(columns, section.rows, screen_width and screen_width - 2)
        yield from (f"  {line}" for line in lines)
