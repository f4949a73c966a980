"""The setup of the interface: settings, signs and saved state, and the first read of the board."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from fenji.desk import early_board
from fenji.errors import FenjiError
from fenji.model.filters import parse_filter
from fenji.text import fold
from tui import state
from tui.app import FenjiApp
from tui.board.board_groups import parse_arrangement
from tui.board.board_model import BoardModel
from tui.context import Context
from tui.drawing.signs import choose_signs
from tui.drawing.theme import Terminal, Theme
from tui.formatting import Formatter
from tui.settings import UserSettings, choose_language, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk import Desk
    from fenji.desk.early_board import FirstBoard
    from fenji.model.board import Board
    from fenji.model.filters import RowFilter


def create_app(
    desk: Desk,
    *,
    plain: bool = False,
    over_ssh: bool = False,
    settings: UserSettings | None = None,
    read_board: Callable[[Desk], FirstBoard] | None = None,
) -> FenjiApp:
    """Read the board of a desk and create its app; `plain` draws with ASCII and without colours."""
    user_settings = settings or load_settings()
    context = Context(
        desk=desk,
        formatter=Formatter(choose_language(desk, user_settings.language), desk.now().tzinfo or UTC),
        theme=Theme(
            "mono" if plain else user_settings.theme,
            choose_signs(user_settings.signs, plain=plain),
            Terminal.from_environment(),
        ),
        settings=user_settings,
        state=state.load_state(desk.root),
        plain=plain,
        over_ssh=over_ssh,
    )
    context.state.last_values.setdefault("preview", user_settings.preview)
    first = (read_board or early_board.read)(desk)
    return FenjiApp(context, _build_board_model(context, first.board), (first.stamp, ()))


def _build_board_model(context: Context, board: Board) -> BoardModel:
    """Return the model of the board, with the filter of the last run if it can still be parsed."""

    def parse_query(query: str) -> RowFilter:
        return parse_filter(query, me=context.desk.person, fold=fold, today=context.desk.today())

    values = context.state.last_values
    arrangement = parse_arrangement(values)
    try:
        return BoardModel(board, parse_query, values.get("filter", ""), arrangement)
    except FenjiError:
        return BoardModel(board, parse_query, arrangement=arrangement)
