"""What `--json` prints: public interface (docs/commands.md). Keys and words are English, whatever the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.ticket import plain

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.errors import Problem


def ticket(row: Row) -> dict[str, object]:
    """A ticket as `show` gives it: every key of its file, its log, and both clocks."""
    header = {key: plain(value) for key, value in (*row.ticket.data.items(), *row.ticket.extra.items())}
    reading = row.reading
    clocks = {"response": reading.response.mapping(), "solution": reading.solution.mapping()}
    log = [plain(one.mapping()) for one in row.ticket.log]
    return {**header, "log": log, "clocks": clocks, **_beside(row)}


def _beside(row: Row) -> dict[str, object]:
    """What asks for a look: values that lost to others, and steps without the signature they need; absent is none."""
    lost = [
        {
            "field": one.field,
            "number": one.number,
            "by": one.by,
            "at": one.at.isoformat(),
            "value": one.value,
            "takeable": one.takeable,
        }
        for one in row.superseded
    ]
    unsigned = [{"do": one.do, "by": one.by, "commit": one.commit, "reason": str(one.reason)} for one in row.unsigned]
    return {key: value for key, value in (("superseded", lost), ("unsigned", unsigned)) if value}


def problem(one: Problem) -> dict[str, object]:
    """A problem in a file; line and column count from 1, 0 is unknown."""
    return {
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "key": one.key,
        "message": str(one.message),
    }
