"""Saves the board as it is shown on the terminal, for the first paint of the next start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.desk import write_file
from fenji.errors import Unavailable
from fenji.model.board import format_left
from tui.board.columns import fit_left
from tui.terminal import kept_board
from tui.terminal.painted_rows import render_whole_row

if TYPE_CHECKING:
    from rich.console import Console
    from textual.app import App
    from textual.screen import Screen

    from fenji.model.board import Board, Row
    from tui.context import Context
    from tui.screens.board import BoardScreen
    from tui.terminal.kept_board import Field

_NEVER = 1e12  # seconds, longer than any board is kept
_MINUTE_S = 60
_LONGEST_S = 3_600  # seconds for which a time-left text is assumed to hold at most
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def keep_board(board: BoardScreen, app: App[int]) -> None:
    """Save the board for the next start's first paint when the interface ends, even if the terminal is gone."""
    if not board.is_attached or board.size != app.size or board.is_too_small:
        return
    board.return_to_start()
    rows, model, context = _render_rows(board, app.console), board.board_model, board.context
    shown = {board.view.region.y + n: row for n, uid in board.drawn_uids.items() if (row := model.find_row(uid))}
    fields = list(_find_fields(rows, shown, model.board, context))
    _write(context.desk.root, rows, fields, (board.size.width, board.size.height), plain=context.plain)


def _render_rows(screen: Screen[None], console: Console) -> list[str]:
    """Return each row of a screen as it is sent to the terminal."""
    compositor = screen._compositor
    chops = compositor._render_chops(compositor.size.region, lambda _: True)
    return [render_whole_row([strip for strip in row.values() if strip is not None], console) for row in chops]


def _find_fields(rows: Sequence[str], shown: Mapping[int, Row], board: Board, context: Context) -> Iterator[Field]:
    """Yield the texts that become wrong with time or when a file changes: the time in the head, and each time left.

    `shown` are the tickets in view, each by the line that it is drawn on.
    """
    read_at = board.at.timestamp()
    next_minute = read_at - read_at % _MINUTE_S + _MINUTE_S
    clock = context.formatter.format_time(board.at)
    if (start := rows[0].rfind(clock)) >= 0:
        yield 0, start, start + len(clock), next_minute, "", 0, 0
    meter_signs = context.theme.signs.full + context.theme.signs.half + context.theme.signs.track
    meter = re.compile(rf"(?:{_STYLE.pattern}| )*([{re.escape(meter_signs)}]+)")
    for y, row in shown.items():
        yield from _find_row_fields(rows[y], y, row, meter, (read_at, context.desk.root))


def _find_row_fields(
    text: str, y: int, row: Row, meter: re.Pattern[str], origin: tuple[float, Path]
) -> Iterator[Field]:
    read_at, root = origin
    left = fit_left(row.left_text, row.ticket.priority_text)
    start = text.find(left) if left else -1
    if start < 0:
        return
    with suppress(OSError):
        stat = os.lstat(root / row.path)
        common = (read_at + _holds_s(row), row.path, stat.st_mtime_ns, stat.st_size)
        yield y, start, start + len(left), *common
        if after := meter.match(text, start + len(left)):
            yield y, *after.span(1), *common


def _holds_s(row: Row) -> float:
    """Return the seconds for which a time-left text holds at least: working time runs no faster than real time."""
    if row.sign == "=" or row.promise is None or row.left_s is None:
        return _NEVER
    steps = range(_MINUTE_S, _LONGEST_S, _MINUTE_S)
    rest_s = row.left_s % _MINUTE_S if row.left_s > 0 else _MINUTE_S - -row.left_s % _MINUTE_S
    changed = (s for s in steps if format_left(row.left_s - s, row.promise.day_s) != row.left_text)
    return next(changed, _LONGEST_S) - _MINUTE_S + rest_s


def _write(root: Path, rows: Sequence[str], fields: Sequence[Field], size: tuple[int, int], *, plain: bool) -> None:
    """Write a board for the next start; if it cannot be written, the next start does without."""
    folder = kept_board.find_folder()
    if not folder:
        return
    data = kept_board.serialize(str(root), kept_board.describe_surroundings(plain=plain), rows, fields)
    with suppress(OSError, Unavailable):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(Path(folder), kept_board.file_name(str(root), size), data, private=True)
        for name in kept_board.list_superfluous(str(root)):
            Path(folder, name).unlink()
