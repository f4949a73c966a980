"""The `doctor` command: the desk and its surroundings, one line each, with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.session import CommandOutput, OutputLine, Session, default_language
from fenji.errors import Refused
from fenji.text.cells import pad

if TYPE_CHECKING:
    from fenji.desk.doctor import Diagnosis, Finding

_SIGNS = {"ok": " ", "note": "~", "fault": "!"}
_STYLES = {"ok": "", "note": "risk", "fault": "late"}


@command("Changes nothing and needs no network. `!` marks what needs doing: then the exit code is 1.")
def doctor(session: Session) -> CommandOutput:
    """Look at the desk and its surroundings; works also where the desk cannot be opened."""
    from fenji.desk.doctor import diagnose

    diagnosis = diagnose(session.folder)
    session.language = diagnosis.language or default_language()  # the desk is not opened for it
    return CommandOutput(
        _render(diagnosis, session),
        lambda: {"findings": [_document(finding) for finding in diagnosis.findings]},
        exit_code=Refused.exit_code if diagnosis.needs_doing else 0,
    )


def _render(diagnosis: Diagnosis, session: Session) -> Iterator[OutputLine]:
    width = max(len(finding.name) for finding in diagnosis.findings)
    for finding in diagnosis.findings:
        parts = [session.say(sentence) for sentence in (finding.message, finding.hint) if sentence]
        text = f"{_SIGNS[finding.state]} {pad(finding.name, width)}  {' '.join(parts)}"
        yield OutputLine(one_line(text), _STYLES[finding.state])


def _document(finding: Finding) -> dict[str, object]:
    hint = str(finding.hint) if finding.hint else None
    return {"name": finding.name, "state": finding.state, "message": str(finding.message), "hint": hint}
