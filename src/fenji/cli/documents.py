"""The documents that `--json` prints, a public interface (docs/commands.md). Always in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.ticket import to_json_value

if TYPE_CHECKING:
    from fenji.errors import Problem
    from fenji.model.annotations import HeldAct
    from fenji.model.board import Row
    from fenji.model.values import JsonValue


def ticket_document(row: Row) -> dict[str, JsonValue]:
    """Return a ticket as `show --json` prints it: every key of its file, its log, and both clocks."""
    header = {key: to_json_value(value) for key, value in (*row.ticket.data.items(), *row.ticket.extra.items())}
    reading = row.reading
    clocks = {"response": reading.response.mapping(), "solution": reading.solution.mapping()}
    log = [to_json_value(event.mapping()) for event in row.ticket.log]
    return {**header, "log": log, "clocks": clocks, **_annotations(row)}


def _annotations(row: Row) -> dict[str, JsonValue]:
    """Return superseded values, marked steps and held acts; a key without entries is left out."""
    conflicts = [
        {
            "field": conflict.field,
            "number": conflict.number,
            "by": conflict.by,
            "at": conflict.at.isoformat(),
            "value": conflict.value,
            "takeable": conflict.editable,
        }
        for conflict in row.superseded
    ]
    unsigned = [
        {"do": step.do, "by": step.by, "commit": step.commit, "reason": str(step.reason)} for step in row.unsigned
    ]
    refused = [
        {"do": step.do, "by": step.by, "commit": step.commit, "event": step.digest, "reason": str(step.reason)}
        for step in row.refused
    ]
    held = [held_document(act) for act in row.held]
    found = (("superseded", conflicts), ("unsigned", unsigned), ("refused", refused), ("held", held))
    return {key: value for key, value in found if value}


def held_document(act: HeldAct) -> dict[str, JsonValue]:
    """Return a held act: its ticket, who did what and when, its event and commit, and why it is held."""
    return {
        "id": act.id,
        "uid": act.uid,
        "title": act.title,
        "do": act.do,
        "by": act.by,
        "at": act.at.isoformat(),
        "n": act.n,
        "event": act.digest,
        "commit": act.commit,
        "reason": str(act.reason),
    }


def problem_document(problem: Problem) -> dict[str, JsonValue]:
    """Return a problem in a file; line and column count from 1, and 0 means unknown."""
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "message": str(problem.message),
    }
