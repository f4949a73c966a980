"""The pages of the rules: all rules, the holidays, or a change with the result of its check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from fenji.errors import FenjiError
from fenji.model.policy.describe import describe_policy
from tui.drawing.head_line import render_head_line
from tui.drawing.spans import line_width
from tui.people import people_dialogs, rules_lines
from tui.screens.list_base import CanvasListScreen
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from fenji.desk.amend import Amendment
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered
    from tui.writing.dialogs import Dialog

RULES, HOLIDAYS, AMENDMENT = "rules", "holidays", "amendment"
_TITLES = {RULES: "Rules", HOLIDAYS: "Holidays and hours", AMENDMENT: "A change to the rules"}


class RulesScreen(CanvasListScreen):
    """The pages about the rules, to be read line by line."""

    SCREEN_ID = "rules"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._page = RULES
        self._warnings: list[str] | None = None
        self._amendment: Amendment | None = None
        self._failure: FenjiError | None = None
        self._since = ""

    # --- content --------------------------------------------------------------------------------------------------

    def show_rules(self) -> None:
        """Show the version in force and the undated rules."""
        self._show(RULES)

    def show_holidays(self) -> None:
        """Show the hours and coming holidays of each calendar, and warnings about the calendars."""
        self._show(HOLIDAYS)
        self._warnings = None
        self.fenji_app.ask_reader(RULES, (HOLIDAYS,), lambda: rules_lines.find_warnings(self.context))

    def _show(self, page: str) -> None:
        self._page = page
        self._scroll.move_to(0)

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the warnings about the calendars."""
        if message.topic == (HOLIDAYS,):
            self._warnings = cast("list[str]", message.answer)

    @property
    def token(self) -> str:
        return self._page

    # --- changing the rules -----------------------------------------------------------------------------------------

    @property
    def draft(self) -> Path:
        """The path of the edited copy of policy.yaml, which is kept until it is written or dropped."""
        from fenji.desk import amend

        return amend.draft_path(self.context.desk)

    def amend(self) -> None:
        """Open the kept draft or a new copy of the rules in the user's editor, and show the result of its check."""
        self._show(AMENDMENT)
        self._amendment, self._failure = None, None
        from fenji.desk import amend

        if self.fenji_app.tools.run_editor(amend.open_draft(self.context.desk)):
            self._check()

    def _check(self) -> None:
        """Check the draft as the hub would."""
        from fenji.desk import amend

        self._amendment, self._failure = None, None
        try:
            self._amendment = amend.plan_amendment(self.context.desk, self.draft, since=self._since)
        except FenjiError as error:
            self._failure = error

    @property
    def _can_write(self) -> bool:
        return bool(self._amendment and self._amendment.changes and not self._amendment.problems)

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always two lines
        title = self.context.say(_TITLES[self._page])
        count = len(self._lines(width))
        place = f"{min(self._scroll.selected_index + 1, count)}/{count}"
        name, site, right = (f" {title}", "strong"), (f"  {self.context.desk.site}", ""), (f" {place} ", "dim")
        waits = self.context.desk.policy_in_force.has_draft
        pill = (f"  ~ {self.context.say('a change waits')}" if waits else "", "risk")
        choices: list[StyledLine] = [[name, site, pill], [name, pill], [name, ("  ~" if waits else "", "risk")]]
        left = next((line for line in choices if line_width([*line, right]) <= width), choices[-1])
        return [render_head_line(left, [right], width, self.context.theme)]

    def _lines(self, width: int) -> list[StyledLine]:
        if self._page == AMENDMENT:
            return rules_lines.render_amendment(self._amendment, self._failure, self.context, width)
        waiting = rules_lines.render_waiting(self.context, width - 1)
        if self._page == HOLIDAYS:
            return [*waiting, *rules_lines.render_holidays(self._warnings, self.context, width)]
        description = describe_policy(self.context.desk.policy, self.context.desk.now())
        return [*waiting, *rules_lines.render_rules(description, self.context, width)]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        lines = self._lines(width)
        self._scroll.resize(len(lines), height)
        signs = self.context.theme.signs
        return [
            [(signs.bar, "accent") if n == self._scroll.selected_index else (" ", ""), *lines[n]]
            for n in self._scroll.visible_range
        ]

    def redraw(self) -> None:
        keys = ("amend_write", "amend", "amend_since", "amend_drop", "leave_rules")
        label = self.context.keymap.key_label
        if self._page == AMENDMENT:
            words = ("write", "edit", "from when", "drop", "back")
            hints = [
                f"{label(key)} {self.context.say(word)}"
                for key, word in zip(keys, words, strict=True)
                if key != "amend_write" or self._can_write
            ]
            self._key_hints = "  ".join(hints)
        else:
            self._key_hints = ""
        super().redraw()

    _key_hints = ""

    def key_hints(self) -> str:
        """Return the keys of a change of the rules; the other pages take theirs from the key table."""
        return self._key_hints

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_rules(self) -> None:
        self.show_rules()

    def do_holidays(self) -> None:
        self.show_holidays()

    def do_amend(self) -> None:
        people_dialogs.check_may_amend(self.context.desk)
        self.amend()

    def do_amend_since(self) -> None:
        """Ask when the change takes effect."""
        if self._page == AMENDMENT:
            self.start_dialog(self._since_dialog())
        else:
            self._say_nothing_to_write()

    def _since_dialog(self) -> Dialog:
        self._since = yield Question(
            self.context.say("In force from:"),
            initial=self._since,
            hint=self.context.say("A date or time, such as 2026-07-01; empty: now."),
            validate=self._check_since,
        )
        self._check()
        return None

    def _check_since(self, text: str) -> str:
        from fenji.desk import amend

        try:
            amend.plan_amendment(self.context.desk, self.draft, since=text)
        except FenjiError as error:
            return self.context.formatter.format_error(error)
        return ""

    def do_amend_write(self) -> None:
        """Write the change into policy.yaml."""
        if self._amendment and self._can_write:
            self.submit(people_dialogs.write_amendment(self._amendment, self.draft))
            self._amendment = None
            self._show(RULES)
        else:
            self._say_nothing_to_write()

    def do_amend_drop(self) -> None:
        """Throw the draft away."""
        if self._page == AMENDMENT and self.draft.exists():
            self.draft.unlink()
            self._amendment, self._failure, self._since = None, None, ""
            self._show(RULES)
            self.footer.show_notice(self.context.say("The draft is discarded; the rules stay as they are."))
        else:
            self._say_nothing_to_write()

    def _say_nothing_to_write(self) -> None:
        key = self.context.keymap.key_label("amend")
        self.show_error(self.context.say("There is no change to write. {key} edits the rules.", key=key))

    def do_copy(self) -> None:
        """Copy the lines of the page."""
        text = "\n".join("".join(part for part, _ in line).rstrip() for line in self._lines(self.size.width))
        self.fenji_app.tools.copy_text(text)

    def do_leave_rules(self) -> None:
        """Leave; a draft is kept."""
        if self._page == AMENDMENT and self.draft.exists():
            self.fenji_app.go_back(then=self._say_kept)
        else:
            self.fenji_app.go_back()

    def _say_kept(self) -> None:
        key = self.context.keymap.key_label("amend")
        text = self.context.say("Your draft of the rules is kept; {key} continues it.", key=key)
        self.fenji_app.show_notice(text)
