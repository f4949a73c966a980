"""The keys of the board that arrange its list (sort, group, columns), and the key that saves a filter as a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import FenjiError
from tui.board.board_groups import SORT_KEYS, write_closed_groups
from tui.board.columns import CHOOSABLE, COLUMNS, layout_columns
from tui.people.people_dialogs import may_amend, share_view
from tui.settings_file import save_view
from tui.writing.prompt import Choice, Question

if TYPE_CHECKING:
    from tui.board.board_model import BoardModel
    from tui.context import Context
    from tui.screens.base import BaseScreen
    from tui.state import SavedState
    from tui.writing.dialogs import Dialog

_HEADERS = {column.key: column.header for column in COLUMNS}
_GROUPING_LABELS = {"due": "when it runs out", "owner": "Owner", "system": "System", "none": "no groups"}
_NO_COLUMNS = "-"
_OWN, _SHARED = "own", "desk"  # whom a view belongs to


def chosen_columns(state: SavedState) -> frozenset[str] | None:
    """Return the columns that the person chose; None while the width decides."""
    text = state.last_values.get("columns", "")
    return frozenset(text.split(",")) & frozenset(CHOOSABLE) if text else None


class BoardArranger:
    """Asks how to arrange the list, and remembers the answer."""

    def __init__(
        self, screen: BaseScreen, context: Context, board_model: BoardModel, own_views: dict[str, str]
    ) -> None:
        self._screen, self._context, self._model, self._own_views = screen, context, board_model, own_views

    # --- order --------------------------------------------------------------------------------------------------------

    def do_sort(self) -> None:
        """Choose the sort column; choosing the same one again reverses the order."""
        self._screen.start_dialog(self._sort_dialog())

    def _sort_dialog(self) -> Dialog:
        present = self._model.arrangement
        choices = [Choice(key, self._context.say(_HEADERS[key])) for key in SORT_KEYS]
        hint = self._context.say("The same again reverses the order.")
        key = yield Question(self._context.say("Sort by"), initial=present.sort_key, choices=choices, hint=hint)
        is_descending = key == present.sort_key and not present.is_descending
        self._context.state.last_values["sort"] = f"{'-' if is_descending else ''}{key}"
        self._model.arrange_by(replace(present, sort_key=key, is_descending=is_descending))
        return None

    def do_grouping(self) -> None:
        """Choose what the list is grouped by."""
        self._screen.start_dialog(self._grouping_dialog())

    def _grouping_dialog(self) -> Dialog:
        present = self._model.arrangement
        choices = [Choice(name, self._context.say(label)) for name, label in _GROUPING_LABELS.items()]
        grouping = yield Question(self._context.say("Group by"), initial=present.grouping, choices=choices)
        self._context.state.last_values["grouping"] = grouping
        self._model.arrange_by(replace(present, grouping=grouping, closed_groups=frozenset()))
        self._keep_closed_groups()
        return None

    # --- groups -------------------------------------------------------------------------------------------------------

    def do_fold(self) -> None:
        """Close the group of the selected ticket to one line, or open it again."""
        self._model.toggle_group()
        self._keep_closed_groups()

    def do_unfold(self) -> None:
        """Open all closed groups."""
        self._model.open_all_groups()
        self._keep_closed_groups()

    def _keep_closed_groups(self) -> None:
        """Remember across restarts which groups are closed."""
        self._context.state.last_values["closed_groups"] = write_closed_groups(self._model.arrangement)

    def do_next_group(self) -> None:
        self._model.move_by_groups(1)

    def do_last_group(self) -> None:
        self._model.move_by_groups(-1)

    # --- columns ------------------------------------------------------------------------------------------------------

    def do_columns(self) -> None:
        """Choose the columns: each Enter shows or hides one, and Esc ends the dialog."""
        self._screen.start_dialog(self._columns_dialog())

    def _columns_dialog(self) -> Dialog:
        say, values = self._context.say, self._context.state.last_values
        last = ""
        while True:
            shown = self._shown_columns()
            signs = self._context.theme.signs
            choices = [
                Choice(key, f"{signs.met if key in shown else signs.dash} {say(_HEADERS[key])}") for key in CHOOSABLE
            ]
            choices.append(Choice("auto", say("auto (width)")))
            hint = say("Enter shows or hides a column, Esc finishes.")
            last = yield Question(say("Columns"), initial=last, choices=choices, hint=hint)
            if last == "auto":
                values.pop("columns", None)
                return None
            values["columns"] = ",".join(sorted(shown ^ {last})) or _NO_COLUMNS

    def _shown_columns(self) -> frozenset[str]:
        """Return the chosen columns, else those that the width shows."""
        chosen = chosen_columns(self._context.state)
        if chosen is not None:
            return chosen
        layout = layout_columns(self._screen.size.width, self._context.formatter)
        return frozenset(column.key for column, _ in layout.columns) & frozenset(CHOOSABLE)

    # --- views --------------------------------------------------------------------------------------------------------

    def do_keep_view(self) -> None:
        """Save the present filter as a view of the user or, if they may change the rules, of the whole desk."""
        if not self._model.query:
            key = self._context.keymap.key_label("filter")
            self._screen.show_error(self._context.say("No filter is on. {key} sets one.", key=key))
            return
        self._screen.start_dialog(self._view_dialog(self._model.query))

    def _view_dialog(self, query: str) -> Dialog:
        say = self._context.say
        name = yield Question(
            say("Name of the view"),
            hint=say("{query} is kept as a view of your own.", query=query),
            validate=lambda answer: "" if answer else say("A view needs a name."),
        )
        if may_amend(self._context.desk):
            choices = [Choice(_OWN, say("for yourself")), Choice(_SHARED, say("for the whole desk"))]
            if (yield Question(say("{name} is kept", name=name), initial=_OWN, choices=choices)) == _SHARED:
                return share_view(name, query)
        try:
            save_view(name, query)
        except FenjiError as error:
            self._screen.show_error(self._context.formatter.format_error(error))
            return None
        self._own_views[name] = query
        self._screen.footer.show_notice(say("{name} is now a view.", name=name))
        return None
