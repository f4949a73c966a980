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
    from fenji.board import Board, Row
    from fenji.desk import Desk
    from fenji.desk.exchange import Outcome, Standing
    from fenji.tui.found import Hits


@dataclass(frozen=True)
class Glance:
    """What a glance tells: a stamp that differs once files changed, the minute, and why commits are held up.

    `exchange` is such a stamp for the exchange with the hub; `seen`, where that changed, how it stands.
    """

    stamp: object
    minute: datetime
    commit_failure: FenjiError | None = None
    exchange: object = None
    seen: Seen | None = None


@dataclass(frozen=True)
class Seen:
    """How this clone stands to its hub, for the board.

    `came`: what came in that nobody has looked at, by number; `unsent`: what waits, and whether its number is
    provisional.
    """

    standing: Standing
    came: Mapping[str, Outcome]
    unsent: Mapping[str, bool]


@dataclass(frozen=True)
class Reread:
    """The board as it is now; `moved` are tickets shown before that are no longer open, as they are now."""

    stamp: object
    board: Board
    moved: tuple[Row, ...] = ()


def glance(desk: Desk, exchanged: object) -> Glance:
    """Has the desk changed, has a minute gone by, has anything been exchanged since the stamp `exchanged`?"""
    from fenji.desk import exchange  # it takes its time to load: after the first paint

    stamp = exchange.stamp(desk)
    seen = None
    if stamp != exchanged:
        seen = Seen(exchange.standing(desk), exchange.arrivals(desk), exchange.unsent(desk))
    return Glance(_stamp(desk), desk.now().replace(second=0), desk.commit_failure, stamp, seen)


def signatures(desk: Desk) -> None:
    """Look at commits that are new for steps that should be signed; the next glance tells what came up.

    Where git cannot be asked it is tried again with the next second, and nobody is bothered with it.
    """
    with suppress(FenjiError):
        desk.watch.look(desk.policy)


def reread(desk: Desk, shown: Sequence[tuple[str, str]], before: object) -> Reread:
    """Read the board anew, and the rules where anything changed since the stamp `before`.

    `shown` are uid and number of the tickets on the screen.
    """
    stamp = _stamp(desk)
    if stamp != before:
        desk.refresh()
    board = desk.board()
    uids = {row.uid for row in board.rows}
    moved = [row for uid, number in shown if uid not in uids for row in _row(desk, number, uid)]
    return Reread(stamp, board, tuple(moved))


def _stamp(desk: Desk) -> object:
    """Something that differs once files of the desk have changed, or once its synonyms turn out to be bad."""
    return desk.stamp(), desk.synonyms().problems


def searched(desk: Desk, text: str, offset: int, tell: Callable[[int], object] | None) -> Hits:
    """Ten hits from `offset` on. With `tell` the index is brought up to date first, and `tell` gets the tickets told.

    `tell` is called at most once a second.
    """
    if tell:
        desk.index(progress=_once_a_second(tell))
    return desk.search(text, limit=10, offset=offset, typing=True)


def _once_a_second(tell: Callable[[int], object]) -> Callable[[int], None]:
    told_s = time.monotonic()

    def progress(count: int) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= 1:
            told_s = time.monotonic()
            tell(count)

    return progress


def _row(desk: Desk, number: str, uid: str) -> list[Row]:
    try:
        return [desk.row(number, uid=uid)]
    except FenjiError:
        return []
