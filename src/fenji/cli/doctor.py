"""The `doctor` command: a line for each finding about the desk and its environment, with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.session import CommandOutput, OutputLine, Session, default_language
from fenji.errors import Refused
from fenji.i18n import join_sentences
from fenji.text.cells import pad, width

if TYPE_CHECKING:
    from fenji.desk.doctor import Finding
    from fenji.model.values import JsonValue

_SIGNS = {"ok": " ", "note": "~", "fault": "!"}
_LABELS = {"held": "held back"}  # `held` is also the state of a waiting clock
_STYLES = {"ok": "", "note": "risk", "fault": "late"}


@command("Changes nothing and needs no network. `!` marks what needs doing: then the exit code is 1.")
def doctor(session: Session) -> CommandOutput:
    """Diagnose the desk and its environment, even if the desk cannot be opened."""
    from fenji.desk.doctor import diagnose

    diagnosis = diagnose(session.folder)
    session.language = diagnosis.language or default_language()  # so that the desk is not opened to find it
    return CommandOutput(
        render_findings(diagnosis.findings, session),
        lambda: {"findings": [finding_document(finding) for finding in diagnosis.findings]},
        exit_code=Refused.exit_code if diagnosis.needs_doing else 0,
    )


def render_findings(findings: Sequence[Finding], session: Session) -> Iterator[OutputLine]:
    """Yield a line for each finding, with what to do."""
    names = [session.say(_LABELS.get(finding.name, finding.name)) for finding in findings]
    name_width = max(map(width, names))
    for name, finding in zip(names, findings, strict=True):
        told = (finding.message, finding.hint)
        said = join_sentences((session.say(part) for part in told if part), session.language)
        line = f"{_SIGNS[finding.state]} {pad(name, name_width)}  {said}"
        yield OutputLine(one_line(line), _STYLES[finding.state])


def finding_document(finding: Finding) -> dict[str, JsonValue]:
    """Return a finding as a JSON object."""
    hint = str(finding.hint) if finding.hint else None
    return {"name": finding.name, "state": finding.state, "message": str(finding.message), "hint": hint}
