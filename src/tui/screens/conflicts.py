"""Values that two people wrote at the same time: both are shown at the field, with keys to choose one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.conflicts import list_superseded
from fenji.model.ticket import CLOSED_STATES
from fenji.model.workflow.steps import EDITABLE_WHEN_CLOSED
from tui import commands
from tui.refusals import field_label
from tui.ticket.diff import ConflictDisplay
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.model.board import Row
    from fenji.model.conflicts import SupersededValue
    from tui.screens.base import BaseScreen
    from tui.ticket.page_lines import PageLine
    from tui.widgets.page_view import PageView
    from tui.writing.dialogs import Dialog

NO_CONFLICT = "There is no other text here. All that was ever written is in the log."


class ConflictViewer:
    """The part of a screen that shows values that lost a merge next to those that won."""

    def __init__(self, screen: BaseScreen, current_line: Callable[[], PageLine]) -> None:
        self._screen, self._current_line, self.context = screen, current_line, screen.context
        self.reset()

    @property
    def _row(self) -> Row | None:
        return self._screen.selected_row

    def reset(self) -> None:
        """Forget what was shown for the previous ticket."""
        self._shown_index: dict[str, int] = {}  # which of the superseded values is shown, by field
        self._recalled_fields: set[str] = set()  # fields whose dismissed values are shown as well
        self._target_field = ""  # the field to select next

    # --- display ------------------------------------------------------------------------------------------------------

    def displays(self) -> dict[str, ConflictDisplay]:
        """Return the conflict to display at each field."""
        return {field: self._describe_conflict(field, conflicts) for field, conflicts in self._lost_values().items()}

    def _lost_values(self) -> dict[str, list[SupersededValue]]:
        """Return the superseded values to show by field: open ones, and all of recalled fields; own values first."""
        if self._row is None:
            return {}
        by_field: dict[str, list[SupersededValue]] = {}
        for conflict in list_superseded(self._row.ticket) if self._recalled_fields else self._row.superseded:
            if conflict in self._row.superseded or conflict.field in self._recalled_fields:
                by_field.setdefault(conflict.field, []).append(conflict)
        return {
            field: sorted(conflicts, key=lambda conflict: conflict.by != self.context.desk.person)
            for field, conflicts in by_field.items()
        }

    def _shown_conflict(self, field: str, conflicts: list[SupersededValue]) -> SupersededValue:
        return conflicts[self._shown_index.get(field, 0) % len(conflicts)]

    def _describe_conflict(self, field: str, conflicts: list[SupersededValue]) -> ConflictDisplay:
        say, formatter, conflict = (
            self.context.say,
            self.context.formatter,
            self._shown_conflict(field, conflicts),
        )
        at = self._row.reading.at if self._row else conflict.at
        template = "typed in the file: {person}, {time}" if conflict.typed else "replaced text: {person}, {time}"
        lost_text = say(template, person=conflict.by, time=formatter.format_moment(conflict.at, at))
        if len(conflicts) > 1:
            lost_text = f"{lost_text} ({conflicts.index(conflict) + 1}/{len(conflicts)})"
        log = self._row.ticket.log if self._row else ()
        winner = next((event for event in reversed(log) if event.touches(field)), None)
        time = formatter.format_moment(winner.at, at) if winner else ""
        winner_text = say("current: {person}, {time}", person=winner.by, time=time) if winner else say("current")
        return ConflictDisplay(
            conflict.value,
            winner_text,
            lost_text,
            self._key_hint(conflict, many=len(conflicts) > 1),
            typed=conflict.typed,
            why=say("It was put back: {reason}", reason=conflict.why) if conflict.typed else "",
        )

    def _key_hint(self, conflict: SupersededValue, *, many: bool) -> str:
        key, say = self.context.keymap.key_label, self.context.say
        template = "{key} takes it up" if conflict.typed else "{key} takes it back"
        parts = [say(template, key=key("take"))] if self._can_take_back(conflict) else []
        if self._row and conflict in self._row.superseded:
            parts.append(say("{key} lets it go", key=key("keep")))
        if many:
            parts.append(say("{key} shows the next one", key=key("both")))
        return "   ".join(parts)

    def _can_take_back(self, conflict: SupersededValue) -> bool:
        closed = self._row is not None and self._row.ticket.state in CLOSED_STATES
        return conflict.editable and not (closed and conflict.field.partition(".")[0] not in EDITABLE_WHEN_CLOSED)

    # --- keys ---------------------------------------------------------------------------------------------------------

    def do_both(self) -> None:
        """Go to a field that two people wrote; on such a field, show its next superseded value, or dismissed ones."""
        field = self._selected_field()
        conflicts = self._lost_values()
        if field in conflicts:
            self._shown_index[field] = self._shown_index.get(field, 0) + 1
        elif field and self._row and any(conflict.field == field for conflict in list_superseded(self._row.ticket)):
            self._recalled_fields.add(field)
        else:
            self._go_to_first(conflicts)

    def _go_to_first(self, conflicts: dict[str, list[SupersededValue]]) -> None:
        if conflicts:
            self._target_field = next(iter(conflicts))
        else:
            self._screen.show_error(self.context.say(NO_CONFLICT))

    def do_take(self) -> None:
        """Restore the value that lost the merge."""
        conflict = self._selected_conflict()
        if conflict and self._row and self._check_takeable(conflict):
            self._screen.start_dialog(self._take_dialog(self._row.id, conflict))

    def _take_dialog(self, number: str, conflict: SupersededValue) -> Dialog:
        """Ask for the reason of a typed value, which the rules may require; restore a lost value without a question."""
        note = ""
        if conflict.typed:
            field = field_label(conflict.field, self.context.formatter)
            note = yield Question(
                self.context.say("Take up {field} of {id}; why:", field=field, id=number),
                hint=self.context.say("Optional where the rules ask for no reason. Esc goes back."),
                draft_key=f"take/{number}/{conflict.digest}",
            )
        return commands.restore_superseded(number, conflict.field, conflict.digest, note=note)

    def do_keep(self) -> None:
        """Keep the current value, and stop showing the superseded one."""
        conflict = self._selected_conflict()
        if conflict and self._row:
            self._recalled_fields.discard(conflict.field)
            if conflict in self._row.superseded:
                self._screen.submit(commands.dismiss_superseded(self._row.id, conflict.field))

    def _check_takeable(self, conflict: SupersededValue) -> bool:
        field = field_label(conflict.field, self.context.formatter)
        if self._can_take_back(conflict):
            return True
        self._screen.show_error(self.context.say("{field} stays as it is: the other value is only shown.", field=field))
        return False

    def _selected_conflict(self) -> SupersededValue | None:
        """Return the superseded value at the selected line; if there is none, go to the first one and return None."""
        conflicts, field = self._lost_values(), self._selected_field()
        if field in conflicts:
            return self._shown_conflict(field, conflicts[field])
        self._go_to_first(conflicts)
        return None

    def _selected_field(self) -> str:
        line = self._current_line()
        return line.conflict_field or line.field_path or line.item

    def show_clock(self, clock: str) -> None:
        """Select the story of a clock; `""` selects nothing."""
        self._target_field = f"clock {clock}"

    def scroll_to_target(self, *views: PageView) -> None:
        """Select the requested field or clock, and bring all its lines into view; call it once the page is built."""
        target, self._target_field = self._target_field, ""
        for view in views if target else ():
            shown = [
                n
                for n, line in enumerate(view.page_lines)
                if target in (line.conflict_field, line.field_path, line.item, f"clock {line.clock}")
            ]
            if shown:
                view.scroll.resize(len(view.page_lines), view.size.height)
                if not view.scroll.top < shown[0] <= shown[-1] < view.scroll.top + view.scroll.height:
                    view.scroll.top = shown[0] - 1
                view.scroll.move_to(shown[0])
                for other in views:
                    other.active = other is view
                return
