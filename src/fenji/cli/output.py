"""Prints the output of a command: the one place where text is sanitized and coloured, and JSON is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.cli import streams
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.i18n import join_sentences
from fenji.model.ticket import sanitize

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

_ANSI_STYLES = {"late": "\x1b[31m", "risk": "\x1b[33m", "held": "\x1b[2m", "head": "\x1b[1m"}
_ANSI_RESET = "\x1b[0m"


def print_output(output: CommandOutput, session: Session) -> None:
    """Print the output: one JSON document, or lines for people; remarks go to stderr."""
    if output.document:
        streams.write(render_json(output.document()) if session.json else render_lines(output.lines))
    for remark in output.remarks:
        streams.write_error(sanitize(remark))


def warn_of_refused_files(session: Session) -> None:
    """Warn on stderr if policy.yaml is a draft, or it or handbook.yaml is refused, so that an older one is in force."""
    if not session.desk_opened:
        return
    session.desk.reload_changed_policy()  # the command may have sent it, or received another
    if notice := session.desk.policy_notice:
        told = (notice, session.desk.policy_in_force.advice)
        streams.write_error(join_sentences((session.say(part) for part in told if part), session.language))
    if session.desk.synonyms.problems:
        hint = "handbook.yaml is refused; the last good one from git is in force. See: fenji check"
        streams.write_error(session.say(hint))


def warn_of_index(session: Session) -> None:
    """Warn on stderr if the desk's own index cannot be kept up to date, so that another one was searched."""
    notice = session.desk.index_notice if session.desk_opened else None
    if notice:
        streams.write_error(session.say(notice))


def warn_of_absent_tickets(session: Session) -> None:
    """Warn on stderr if a sparse checkout keeps tickets off this disk, so that the output lacks them."""
    if session.desk_opened:
        from fenji.desk.check import find_absent_tickets

        absent = find_absent_tickets(session.desk.repo)
        if absent:
            streams.write_error(session.say(absent))


def warn_of_clock(session: Session) -> None:
    """Warn on stderr if an event was recorded while this machine's clock is known to be wrong."""
    if session.desk_opened:
        from fenji.desk.check import find_clock_problem

        problem = find_clock_problem(session.desk.repo)
        if problem:
            streams.write_error(session.say(problem))


def render_lines(lines: Iterable[str | OutputLine]) -> str:
    """Return the lines as printed, with colours if enabled and control characters in the data made visible."""
    use_colours = streams.colours_enabled()
    rendered = []
    for item in lines:
        line = item if isinstance(item, OutputLine) else OutputLine(item)
        style = _ANSI_STYLES.get(line.style, "") if use_colours else ""
        rendered.append(f"{style}{sanitize(line.text)}{_ANSI_RESET if style else ''}\n")
    return "".join(rendered)


def render_json(document: JsonValue) -> str:
    """Return one JSON document and a line feed, indented for a terminal; control characters stay escaped."""
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    if sanitize(text) != text or not _is_encodable(text):
        text = json.dumps(document, indent=indent)
    return text + "\n"


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
