"""The first line of the board: late and at-risk counts as pills, arrivals, the sync state, and the time. Pure.

On a narrow screen the pieces shrink in a fixed order: first the words go, then whatever is also shown elsewhere; signs
and counts stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.board import HELD_ALERT
from fenji.text import bars
from tui.drawing import cells
from tui.drawing.head_line import align_ends
from tui.drawing.meter import pill
from tui.polling import BACKLOG_WEEKS
from tui.settings import group_by_file

if TYPE_CHECKING:
    from tui.board.board_model import BoardModel
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan
    from tui.sync_controller import SyncController

BACKLOG_WIDTH = 120  # minimum width in cells for the backlog
WORDS_WIDTH = 64  # minimum width in cells for words; below it counts have only their signs

# The order in which pieces shrink: the greatest number first.
_NAME, _PERSON, _BACKLOG, _TIME, _TRAFFIC, _ARRIVALS, _ALERTS = 6, 8, 9, 1, 1, 7, 2
# Sign, words, role of the pill, role of the short form without words, and `gives_way`.
_COUNTS = (
    ("!", "! {count} late", "p1", "head late strong", 3),
    ("~", "~ {count} at risk", "lit", "head risk", 4),
    ("=", "= {count} stopped", "head", "head dim", 5),
)


class HeadPiece(Struct):
    """A piece of the line in its possible forms, the longest first; the greatest `gives_way` shrinks first."""

    forms: list[list[StyledSpan]]
    gives_way: int = 0
    at_right: bool = False

    @property
    def spans(self) -> list[StyledSpan]:
        return self.forms[0]

    @property
    def width(self) -> int:
        return sum(cells.width(text) for text, _ in self.spans)


class BoardHead(Struct, frozen=True):
    """The contents of the first line; `backlog` has the numbers of open tickets in the last weeks, the oldest first."""

    board_model: BoardModel
    context: Context
    sync_controller: SyncController
    backlog: Sequence[float] = ()

    def render(self, width: int) -> StyledLine:
        """Return `fenji KSA   ! 3 late   ~ 2 at risk   = 2 stopped  5 new i   ▴ 2 ▾ 0 li.wei 14:02`, filled."""
        pieces = [piece for piece in self._pieces(width) if piece.forms]
        while sum(piece.width for piece in pieces) > width:
            shrinkable = [piece for piece in pieces if len(piece.forms) > 1]
            if not shrinkable:
                break
            max(shrinkable, key=lambda piece: piece.gives_way).forms.pop(0)
        left, right = (
            [span for piece in pieces if piece.at_right is at_end for span in piece.spans] for at_end in (False, True)
        )
        return [*align_ends(left, right, width, self.context.theme, ground="head"), ("\n", "head")]

    def _pieces(self, width: int) -> list[HeadPiece]:
        context = self.context
        site, person = (cells.sanitize_line(text) for text in (context.desk.site, context.desk.person))
        return [
            HeadPiece([[(" fenji", "head key")], []], _NAME),
            HeadPiece([[(f" {site} ", "head strong")]]),
            *self._count_pieces(width),
            *self._alert_pieces(),
            self._backlog_piece(width),
            self._traffic_piece(),
            HeadPiece([[(f"{person} ", "head dim")], []], _PERSON, at_right=True),
            self._time_piece(),
        ]

    def _time_piece(self) -> HeadPiece:
        """Return the time, with its UTC offset if it is this machine's local time and not that of a site."""
        formatter, at = self.context.formatter, self.board_model.board.at
        forms: list[list[StyledSpan]] = [[(f"{formatter.format_time(at)} ", "head dim")]]
        if not self.context.desk.user.has_own_zone:
            forms.insert(0, [(f"{formatter.format_offset(at)} {formatter.format_time(at)} ", "head dim")])
        return HeadPiece(forms, _TIME, at_right=True)

    def _count_pieces(self, width: int) -> list[HeadPiece]:
        """Return the counts of late and at-risk tickets as pills, and of tickets whose clock is stopped."""
        pieces = []
        for sign, template, role, tight_role, gives_way in _COUNTS:
            count = self.board_model.counts_by_sign.get(sign, 0)
            if not count:
                continue
            words = self.context.say(template, count=count)
            gap: StyledSpan = (" ", "head")
            long, short = [gap, pill(words, role)], [gap, pill(f"{sign} {count}", role)]
            tight = [(f"{sign}{count} ", tight_role)]
            pieces.append(HeadPiece([long, short, tight] if width >= WORDS_WIDTH else [tight], gives_way))
        return pieces

    # --- what needs a look ------------------------------------------------------------------------------------------

    def _alert_pieces(self) -> list[HeadPiece]:
        """Return the alerts (arrived, new, bad, held back), each with the key that shows it; short forms lack words."""
        alerts = [*self._arrivals(), *self._desk_alerts(), *self._sync_alerts()]
        return [
            HeadPiece([[(f" {text} ", f"head {role}")], [(f"{short} ", f"head {role}")]], gives_way)
            for text, short, role, gives_way in alerts
        ]

    def _arrivals(self) -> list[tuple[str, str, str, int]]:
        """Return the alert about tickets that came in and that nobody has looked at."""
        state, key = self.sync_controller.hub_state, self.context.keymap.key_label("exchange")
        count = len(state.arrivals) if state else 0
        text = self.context.say("{count} new {key}", count=count, key=key)
        return [(text, f"{count}{key}", "info", _ARRIVALS)] if count else []

    def _desk_alerts(self) -> list[tuple[str, str, str, int]]:
        say, key, model = self.context.say, self.context.keymap.key_label, self.board_model
        alerts = []
        if count := model.pending_count:
            alerts.append((say("{count} new: {key}", count=count, key=key("refresh")), f"+{count}", "strong", _ALERTS))
        if self.context.desk.policy_notice and not self.context.desk.policy_problems:
            alerts.append((say("draft of the rules: {key}", key=key("bad")), f"?{key('bad')}", "strong", _ALERTS))
        if count := self._count_problems():
            text = say("{count} bad: {key}", count=count, key=key("bad"))
            alerts.append((text, f"{count}{key('bad')}", "late strong", _ALERTS))
        return alerts

    def _count_problems(self) -> int:
        """Count the entries of the list of problems: bad files, marks, faults of the policy, synonyms and settings."""
        desk = self.context.desk
        problems = (*self.context.settings.problems, *self.sync_controller.schedule_problems)
        return (
            len(self.board_model.board.bad_files)
            + bool(desk.policy_problems)
            + bool(desk.synonyms.problems)
            + len(desk.marks)
            + len(group_by_file(problems))
        )

    def _sync_alerts(self) -> list[tuple[str, str, str, int]]:
        """Return the alerts about held acts and about a failed sync."""
        state, say, key = self.sync_controller.hub_state, self.context.say, self.context.keymap.key_label("exchange")
        alerts = []
        if state and state.held_count:
            text = say("{count} held back: {key}", count=state.held_count, key=key)
            short = f"{HELD_ALERT[0]}{state.held_count}:{key}"
            alerts.append((f"{HELD_ALERT[0]}{text}", short, "late strong", _ALERTS))
        if self.sync_controller.last_failed:
            alerts.append((say("not synced: {key}", key=key), f"!{key}", "late strong", _ALERTS))
        return alerts

    # --- backlog and sync -------------------------------------------------------------------------------------------

    def _backlog_piece(self, width: int) -> HeadPiece:
        """Return the number of open tickets, with a sparkline of the last weeks."""
        if width < BACKLOG_WIDTH or not self.backlog:
            return HeadPiece([])
        say, theme = self.context.say, self.context.theme
        count = len(self.board_model.board.rows)
        spark = bars.draw_spark(list(self.backlog), theme.bar_signs)
        spans = [
            (f"   {say('backlog {count}', count=count)} ", "head dim"),
            (spark, "head accent"),
            (f" {say('{count} weeks', count=BACKLOG_WEEKS)} ", "head dim"),
        ]
        return HeadPiece([spans, []], _BACKLOG)

    def _traffic_piece(self) -> HeadPiece:
        """Return `▴ 2 ▾ 0` (commits to send and commits to merge), or the progress of a running sync."""
        controller, signs = self.sync_controller, self.context.theme.signs
        if controller.progress_text:
            return HeadPiece([[(f" {controller.progress_text} ", "head strong")]], at_right=True)
        if not controller.hub_state or not controller.remote:
            return HeadPiece([])
        status = controller.hub_state.status
        text = f" {signs.up} {status.ahead} {signs.down} {status.behind} "
        forms: list[list[StyledSpan]] = [[(text, "head info")]]
        return HeadPiece(forms if status.ahead or status.behind else [*forms, []], _TRAFFIC, at_right=True)
