"""What is read of the desk behind the screens: a glance once a second, the board when something changed, hits.

Called in reader threads; touches no widget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import FenjiError

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.desk.exchange import SyncStatus, TicketOutcome
    from fenji.model.board import Board, Row
    from tui.result_types import SearchHitsView


@dataclass(frozen=True)
class PollResult:
    """What a glance tells: a stamp that differs once files changed, the minute, and why commits are held up.

    `exchange` is such a stamp for the exchange with the hub; `seen`, where that changed, how it stands.
    """

    stamp: object
    minute: datetime
    commit_failure: FenjiError | None = None
    sync_stamp: object = None
    hub_state: HubState | None = None


@dataclass(frozen=True)
class HubState:
    """How this clone stands to its hub, for the board.

    `came`: what came in that nobody has looked at, by number; `unsent`: what waits, and whether its number is
    provisional.
    """

    status: SyncStatus
    arrivals: Mapping[str, TicketOutcome]
    unsent: Mapping[str, bool]


@dataclass(frozen=True)
class BoardReload:
    """The board as it is now; `moved` are tickets shown before that are no longer open, as they are now."""

    stamp: object
    board: Board
    closed_rows: tuple[Row, ...] = ()


def poll(desk: Desk, known_stamp: object) -> PollResult:
    """Has the desk changed, has a minute gone by, has anything been exchanged since the stamp `exchanged`?"""
    from fenji.desk import exchange  # it takes its time to load: after the first paint

    sync_stamp = exchange.status_stamp(desk)
    hub_state = None
    if sync_stamp != known_stamp:
        hub_state = HubState(exchange.read_status(desk), exchange.read_arrivals(desk), exchange.list_unsent(desk))
    return PollResult(_desk_stamp(desk), desk.now().replace(second=0), desk.commit_failure, sync_stamp, hub_state)


def check_signatures(desk: Desk) -> None:
    """Look at commits that are new for steps that should be signed; the next glance tells what came up.

    Where git cannot be asked it is tried again with the next second, and nobody is bothered with it.
    """
    with suppress(FenjiError):
        desk.signature_watch.scan(desk.policy)


def reload_board(desk: Desk, shown: Sequence[tuple[str, str]], old_stamp: object) -> BoardReload:
    """Read the board anew, and the rules where anything changed since the stamp `before`.

    `shown` are uid and number of the tickets on the screen.
    """
    stamp = _desk_stamp(desk)
    if stamp != old_stamp:
        desk.refresh()
    board = desk.board()
    uids = {row.uid for row in board.rows}
    closed_rows = [row for uid, ticket_id in shown if uid not in uids for row in _find_row(desk, ticket_id, uid)]
    return BoardReload(stamp, board, tuple(closed_rows))


def _desk_stamp(desk: Desk) -> object:
    """Something that differs once files of the desk have changed, or once its synonyms turn out to be bad."""
    return desk.stamp(), desk.synonyms().problems


def search(desk: Desk, text: str, offset: int, report: Callable[[int], object] | None) -> SearchHitsView:
    """Ten hits from `offset` on. With `tell` the index is brought up to date first, and `tell` gets the tickets told.

    `tell` is called at most once a second.
    """
    if report:
        desk.update_index(progress=_throttle(report))
    return desk.search(text, limit=10, offset=offset, typing=True)


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
