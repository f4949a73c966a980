"""The promises of a new ticket: the matrix with the matching cell lit, and both due times below it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import FenjiError
from tui.drawing import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fenji.desk import TicketPreview
    from fenji.model.ticket import FieldPath
    from tui.context import Context
    from tui.drawing.theme import StyledLine

MATRIX_CELLS = 31  # width of the whole matrix in cells, beside the form
_CELL, _MAX_COLUMNS, _MAX_ROWS = 10, 2, 3


def describe_promise(context: Context, preview: TicketPreview | FenjiError | None, width: int) -> str:
    """Return the priority and both due times in one line, as if the ticket were saved now; shortened if too long."""
    if isinstance(preview, FenjiError):
        return cells.truncate(context.formatter.format_error(preview), width, context.theme.signs.ellipsis)
    if preview is None:
        return ""
    now, say, dot = context.desk.now(), context.say, f" {context.theme.signs.dot} "
    level = preview.priority if preview.is_judged else f"{preview.priority}?"
    promised = (("answer by {time}", "ans", preview.response_due), ("solution by {time}", "sol", preview.solution_due))
    times = [(text, short, context.formatter.format_moment(due, now)) for text, short, due in promised if due]
    whole = dot.join([level, *(say(text, time=time) for text, _, time in times)])
    if cells.width(whole) <= width:
        return whole
    return f"{level} {dot.join(f'{say(short)} {time}' for _, short, time in times)}"


def render_promise(
    context: Context, preview: TicketPreview | FenjiError | None, values: Mapping[FieldPath, str], width: int
) -> list[StyledLine]:
    """Return the matrix with the priority and both promises in each cell, the matching one lit, then the due times."""
    if isinstance(preview, FenjiError):
        text = context.formatter.format_error(preview)
        return [[(row, "risk")] for row in cells.wrap(text, max(width - 1, 8))]
    held = values.get("impact", ""), values.get("occurrence", "")
    policy, now = context.desk.policy, context.desk.now()
    columns, rows = policy.occurrence[-_MAX_COLUMNS:], policy.impact[-_MAX_ROWS:]
    label_width = max(width - _CELL * len(columns) - len(columns), 6)
    word, ellipsis = context.formatter.word, context.theme.signs.ellipsis
    head = "".join(f" {cells.fit(word(name), _CELL, ellipsis)}" for name in columns)
    lines: list[StyledLine] = [[(" " * label_width, ""), (head, "dim")]]
    for row in rows:
        grades = [(policy.priority(row, column, now) or "", (row, column) == held) for column in columns]
        label = cells.fit(word(row), label_width, ellipsis)
        lines += _render_row(context, label, grades, values.get("kind", ""))
    return [*lines, *_render_due(context, preview, label_width, width)]


def _render_row(context: Context, label: str, grades: Sequence[tuple[str, bool]], kind: str) -> list[StyledLine]:
    """Return the two lines of a row: priority and answer, and below the solution."""
    version = context.desk.policy.version(context.desk.now())
    first: StyledLine = [(label, "dim")]
    second: StyledLine = [(" " * cells.width(label), "")]
    for level, holds in grades:
        role = ("p1" if level == "P1" else "lit") if holds else "dim"
        answer, solution = (
            str(version.promise(level, clock, kind) or "") if level in version.priorities else ""
            for clock in ("response", "solution")
        )
        for line, text in ((first, f" {level:<2}{answer:>6} "), (second, f" {solution:>8} ")):
            line += [(" ", ""), (cells.fit(text, _CELL), role)]
    return [first, second]


def _render_due(context: Context, preview: TicketPreview | None, label_width: int, width: int) -> list[StyledLine]:
    if preview is None:
        return []
    now, formatter = context.desk.now(), context.formatter
    judged = preview.priority if preview.is_judged else f"{preview.priority}?"
    dues = ((context.say("answer"), preview.response_due), (context.say("solve"), preview.solution_due))
    lines: list[StyledLine] = []
    for n, (label, due) in enumerate(dues):
        time = context.say("by {time}", time=formatter.format_moment(due, now)) if due else context.say("no promise")
        level = f"{judged} " if not n else ""
        text = cells.truncate(f"{level}{time}", width - label_width - 1, context.theme.signs.ellipsis)
        shown = cells.fit(label, label_width, context.theme.signs.ellipsis)
        lines.append([(shown, "dim"), (" ", ""), (text, "strong" if due else "dim")])
    return lines


def put_beside(left: list[StyledLine], right: list[StyledLine], width: int) -> list[StyledLine]:
    """Return two columns side by side, the left one `width` cells wide."""
    lines: list[StyledLine] = []
    for n in range(max(len(left), len(right))):
        line = left[n] if n < len(left) else []
        used = sum(cells.width(text) for text, _ in line)
        lines.append([*line, (" " * max(width + 1 - used, 0), ""), *(right[n] if n < len(right) else [])])
    return lines
