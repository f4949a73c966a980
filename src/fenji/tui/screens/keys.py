"""All keys of a place and the commands behind them: typing filters, Enter does, what is not possible says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.geometry import Offset

from fenji.tui import cells
from fenji.tui.keys import Action, shown
from fenji.tui.prompt import window
from fenji.tui.screens.listing import SheetListing
from fenji.tui.scroll import Scroll
from fenji.tui.writing import Writing

if TYPE_CHECKING:
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line
    from fenji.tui.screens.place import Place

KEY_CELLS = 16
LABEL_CELLS = 12


class KeysPlace(SheetListing):
    """The list of keys, and the palette."""

    PLACE = "keys"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._about: Place | None = None
        self._words = Writing()
        self._barred: Mapping[str, str] = {}

    def about(self, place: Place) -> None:
        """List the keys of a place; for the ticket chosen there, what is not possible now and why."""
        self._about = place
        self._words = Writing()
        self._scroll = Scroll()
        self._barred = self._reasons(place)
        self.foot.hint = [(f" {self.kit.say('Type to find, Enter does it, Esc goes back.')}", "faint")]

    def _reasons(self, place: Place) -> dict[str, str]:
        rows = place.chosen()
        steps = {one.step for one in self.kit.keymap.of(place.PLACE) if one.step}
        return {step: reason for step in steps if (reason := place.barred(rows, step))}

    # --- shown ----------------------------------------------------------------------------------------------------

    @property
    def _fitting(self) -> list[Action]:
        """The actions that fit what is typed, those whose word begins with it first."""
        if self._about is None:
            return []
        typed = self._words.text.strip().casefold()
        found = [one for one in self.kit.keymap.of(self._about.PLACE) if typed in self._told(one).casefold()]
        return sorted(found, key=lambda one: not self.kit.say(one.label).casefold().startswith(typed))

    def _told(self, one: Action) -> str:
        keys = " ".join(shown(key) for key in one.keys)
        return f"{keys} {one.id} {self.kit.say(one.label)} {self.kit.say(one.help)}"

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        before, under, after, _ = window(self._words, width - 6)
        return [
            [(f" {self.kit.say('Keys and commands')}", "title")],
            [(" / ", "key"), (before, ""), (under, "cursor"), (after, "")],
            [],
        ]

    def _list(self, width: int, height: int) -> list[Line]:
        fitting = self._fitting
        self._scroll.fit(len(fitting), height)
        if not fitting:
            return [[(f"  {self.kit.say('No command is called so. Backspace takes letters back.')}", "")]]
        return [self._line(fitting[n], width, bar=n == self._scroll.bar) for n in self._scroll.seen]

    def _line(self, one: Action, width: int, *, bar: bool) -> Line:
        reason = self._barred.get(one.step, "") if one.step else ""
        mark = self.kit.look.signs.cut
        keys = cells.fit(" ".join(shown(key) for key in one.keys), KEY_CELLS, mark)
        name = cells.fit(self.kit.say(one.label), LABEL_CELLS, mark)
        rest = cells.cut(reason or self.kit.say(one.help), max(width - KEY_CELLS - LABEL_CELLS - 4, 0), mark)
        line: Line = [(f"  {keys} ", "key"), (f"{name} ", ""), (rest, "faint" if reason else "")]
        return [("".join(text for text, _ in line), "bar"), ("\n", "bar")] if bar else line

    def cursor(self) -> Offset:
        """The terminal's cursor goes along with what is typed."""
        return self.head.region.offset + Offset(3 + window(self._words, self.size.width - 6)[3], 1)

    # --- keys -----------------------------------------------------------------------------------------------------

    def write(self, key: str, character: str | None) -> bool:
        """What is typed filters; the rest moves the bar."""
        if key in ("home", "end") or not self._words.take(key, character):
            return False
        self._scroll.to(0)
        return True

    def paste(self, text: str) -> bool:
        """Pasted text filters as well."""
        self._words.insert(text)
        return True

    def do_open(self) -> None:
        """Go back and do what the bar is on."""
        fitting, place = self._fitting, self._about
        if not fitting or place is None:
            return
        action = fitting[self._scroll.bar]
        reason = self._barred.get(action.step, "") if action.step else ""
        if reason:
            self.refuse(reason)
            return
        self.fenji.back(then=lambda: place.act(action))
