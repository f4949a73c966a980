"""An answer on its way to stdout: the one place where text is cleaned and coloured, and JSON written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.cli import streams
from fenji.cli.session import Line
from fenji.ticket import visible

if TYPE_CHECKING:
    from fenji.cli.session import Answer, Session

_STYLES = {"late": "\x1b[31m", "risk": "\x1b[33m", "held": "\x1b[2m", "head": "\x1b[1m"}
_PLAIN = "\x1b[0m"


def emit(answer: Answer, session: Session) -> None:
    """Print the answer: one JSON document, or its lines for people; remarks go to stderr."""
    streams.write(json_text(answer.document()) if session.json else text(answer.lines))
    for remark in answer.remarks:
        streams.complain(visible(remark))


def warn(session: Session) -> None:
    """Say where the rules in force are not those of the file, whatever the command was."""
    if session.opened and session.desk.policy_bad:
        hint = "policy.yaml is refused; the last good one from git is in force. See: fenji policy check"
        streams.complain(session.say(hint))
    if session.opened and session.desk.synonyms_bad:
        hint = "handbook.yaml is refused; the last good one from git is in force. See: fenji check"
        streams.complain(session.say(hint))


def text(lines: Iterable[str | Line]) -> str:
    """The lines as they are printed: no control character of the data gets through."""
    coloured = streams.coloured()
    printed = []
    for one in lines:
        line = one if isinstance(one, Line) else Line(one)
        style = _STYLES.get(line.style, "") if coloured else ""
        printed.append(f"{style}{visible(line.text)}{_PLAIN if style else ''}\n")
    return "".join(printed)


def json_text(document: object) -> str:
    """One JSON document and a line feed, indented for a person; what a terminal would obey stays escaped."""
    indent = 2 if sys.stdout.isatty() else None
    written = json.dumps(document, ensure_ascii=False, indent=indent)
    if visible(written) != written or not _encodable(written):
        written = json.dumps(document, indent=indent)
    return written + "\n"


def _encodable(written: str) -> bool:
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
