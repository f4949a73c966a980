"""Reads of the desk in the background: the poll once a second, the board after a change, search hits.

These functions run in reader threads and never touch a widget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from fenji.errors import FenjiError, Sentence

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.desk.exchange import StatusStamp, SyncStatus, TicketOutcome
    from fenji.desk.reads import DeskStamp
    from fenji.desk.search_results import SearchHits
    from fenji.errors import Problem
    from fenji.model.board import Board, Row

BoardStamp: TypeAlias = "tuple[DeskStamp, tuple[Problem, ...]]"
BACKLOG_WEEKS = 12


class PollResult(Struct, frozen=True):
    """The result of a poll: a stamp that changes with the desk's files, the minute, and why commits fail, if they do.

    `sync_stamp` changes with each sync with the hub; `hub_state` is set if it has changed.
    """

    stamp: BoardStamp
    minute: datetime
    commit_failure: FenjiError | None = None
    sync_stamp: StatusStamp | None = None
    hub_state: HubState | None = None


class HubState(Struct, frozen=True):
    """The sync state of this clone with its hub, for the board.

    `arrivals`: received tickets that nobody has looked at, by number; `unsent`: numbers of tickets waiting to be
    sent, and whether each number is provisional. `held_count` counts the acts that the hub refuses; `remarks` name what
    is unusual about this clone: tickets missing on its disk, or a HEAD that is not on the desk's branch.
    """

    status: SyncStatus
    arrivals: Mapping[str, TicketOutcome]
    unsent: Mapping[str, bool]
    held_count: int = 0
    remarks: tuple[Sentence, ...] = ()


class BoardReload(Struct, frozen=True):
    """The board read again; `closed_rows` are the present rows of displayed tickets that are no longer open."""

    stamp: BoardStamp
    board: Board
    closed_rows: tuple[Row, ...] = ()


def poll(desk: Desk, known_stamp: StatusStamp | None) -> PollResult:
    """Check the desk's files, the time, and whether anything was synced since the sync stamp `known_stamp`."""
    from fenji.desk import exchange  # slow to import: after the first paint

    sync_stamp = exchange.status_stamp(desk)
    hub_state = None
    if sync_stamp != known_stamp:
        hub_state = _read_hub_state(desk)
    return PollResult(_desk_stamp(desk), desk.now().replace(second=0), desk.commit_failure, sync_stamp, hub_state)


def _read_hub_state(desk: Desk) -> HubState:
    from fenji.desk import check, exchange, held

    remarks = check.describe_elsewhere(desk.repo), check.find_absent_tickets(desk.repo)
    return HubState(
        exchange.read_status(desk),
        exchange.read_arrivals(desk),
        exchange.list_unsent(desk),
        len(held.list_held(desk)),
        tuple(remark for remark in remarks if remark),
    )


def count_backlog(desk: Desk) -> list[int]:
    """Return the number of open tickets over the last weeks, two points per cell of the head; empty if unknown."""
    from fenji.desk.backlog_trend import count_backlog as count  # slow to import: after the first paint

    with suppress(FenjiError):
        return count(desk, weeks=BACKLOG_WEEKS, points=2 * BACKLOG_WEEKS)
    return []


def check_signatures(desk: Desk) -> None:
    """Scan new commits for steps that should be signed; the next poll picks up the findings.

    If git cannot be run, the scan is tried again a second later without a message.
    """
    with suppress(FenjiError):
        desk.history_watch.scan(desk.policy)


def reload_board(desk: Desk, shown: Sequence[tuple[str, str]], old_stamp: BoardStamp) -> BoardReload:
    """Read the board again, and the policy as well if anything changed since `old_stamp`.

    `shown` holds uid and number of each ticket on the board screen.
    """
    stamp = _desk_stamp(desk)
    if stamp != old_stamp:
        desk.refresh()
    board = desk.board()
    uids = {row.uid for row in board.rows}
    closed_rows = [row for uid, ticket_id in shown if uid not in uids for row in _find_row(desk, ticket_id, uid)]
    return BoardReload(stamp, board, tuple(closed_rows))


def _desk_stamp(desk: Desk) -> BoardStamp:
    """Return a stamp that changes with the desk's files and with the problems found in its synonyms."""
    return desk.stamp(), desk.synonyms.in_force().problems


def search(desk: Desk, text: str, offset: int, report: Callable[[int], object] | None) -> SearchHits:
    """Return ten hits from `offset` on; with `report`, update the index first and report how many tickets are indexed.

    `report` is called at most once a second.
    """
    if report:
        desk.update_index(progress=_throttle(report))
    return desk.search(text, limit=10, offset=offset, typing=True)


def check_filter(desk: Desk, query: str) -> FenjiError | None:
    """Return the error in a filter that matches no open ticket, such as an owner that no ticket has; None if valid."""
    try:
        desk.check_filter(query)
    except FenjiError as error:
        return error
    return None


def _throttle(report: Callable[[int], object]) -> Callable[[int], None]:
    reported_s = time.monotonic()

    def report_throttled(count: int) -> None:
        nonlocal reported_s
        if time.monotonic() - reported_s >= 1:
            reported_s = time.monotonic()
            report(count)

    return report_throttled


def _find_row(desk: Desk, ticket_id: str, uid: str) -> list[Row]:
    try:
        return [desk.row(ticket_id, uid=uid)]
    except FenjiError:
        return []
