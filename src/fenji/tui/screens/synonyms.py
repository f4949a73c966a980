"""Words for one thing: the groups of handbook.yaml, a line each, to add to, change and remove with one-line prompts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Sentence
from fenji.tui import cells
from fenji.tui.deeds import Deed, Outcome
from fenji.tui.prompt import Ask
from fenji.tui.screens.listing import SheetListing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fenji.board import Row
    from fenji.desk import Desk
    from fenji.tui.dialogues import Acting
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line

_COMMAS = re.compile("[,，、;；]")
_HINT = "Words with commas between, as: rust, corrosion. Either script will do."
Group = tuple[str, ...]


class SynonymsPlace(SheetListing):
    """The list of groups."""

    PLACE = "synonyms"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._groups: tuple[Group, ...] = ()
        self._only = ""  # shown are the groups in which this stands

    def arrive(self, *, returning: bool) -> None:  # noqa: ARG002 - read anew in either case
        """The file may have changed since."""
        self._read()

    def tick(self) -> None:
        """The desk was read again."""
        self._read()

    def done(self, rows: tuple[Row, ...]) -> None:  # noqa: ARG002 - no ticket is meant
        """A group was changed."""
        self._read()

    def _read(self) -> None:
        self._groups = self.kit.desk.synonyms().groups

    # --- shown ----------------------------------------------------------------------------------------------------

    @property
    def _shown(self) -> list[Group]:
        only = self.kit.desk.folded(self._only)
        return [one for one in self._groups if only in self.kit.desk.folded(" ".join(one))]

    @property
    def _chosen(self) -> Group:
        shown = self._shown
        return shown[min(self._scroll.bar, len(shown) - 1)] if shown else ()

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        cut = self.kit.look.signs.cut
        title = self.kit.say(
            "{count} groups of words for one thing: searching one finds the others", count=len(self._groups)
        )
        bad = self.kit.desk.synonyms_bad
        told: Line = [(f" / {cells.line(self._only)}", "")] if self._only else []
        if bad:
            place = self.kit.say("line {line}", line=bad[0].line) if bad[0].line else ""
            reason = f"handbook.yaml {place}: {self.kit.say(bad[0].message)}"
            told = [(cells.cut(f" {reason}", width - 2, cut), "error")]
        return [[(f" {cells.cut(title, width - 2, cut)}", "title")], told, []]

    def _list(self, width: int, height: int) -> list[Line]:
        shown = self._shown
        self._scroll.fit(len(shown), height)
        if not shown:
            add = self.kit.keymap.key("group_add")
            return [[(f"  {self.kit.say('There is no such group. {key} adds one.', key=add)}", "")]]
        return [self._line(shown[n], width, bar=n == self._scroll.bar) for n in self._scroll.seen]

    def _line(self, group: Group, width: int, *, bar: bool) -> Line:
        words = cells.cut(cells.line(", ".join(group)), max(width - 3, 8), self.kit.look.signs.cut)
        return [(">" if bar else " ", "title"), (f" {words}", "title" if bar else "")]

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Change the group that the bar is on."""
        self.do_group_change()

    def do_group_add(self) -> None:
        """Ask for the words of a new group."""
        self.ask(self._asking(()))

    def do_group_change(self) -> None:
        """Ask for the words of the group anew."""
        if self._chosen:
            self.ask(self._asking(self._chosen))

    def do_group_remove(self) -> None:
        """Remove the group, after a question that names it."""
        if self._chosen:
            self.ask(self._removing(self._chosen))

    def do_narrow(self) -> None:
        """Show only groups in which something stands."""
        self.ask(self._narrowing())

    def do_copy(self) -> None:
        """Copy the words of the group."""
        if self._chosen:
            self.fenji.copy(", ".join(self._chosen))

    def do_editor(self) -> None:
        """Open handbook.yaml in the person's editor; where there is none yet, there is nothing to open."""
        path = self.kit.desk.root / "handbook.yaml"
        if not path.exists():
            self.refuse(self.kit.say("There is no handbook.yaml yet; the first change writes it."))
            return
        self.fenji.run_editor(path)
        self._read()
        self.fenji.read_board()

    # --- dialogues ------------------------------------------------------------------------------------------------

    def _asking(self, before: Group) -> Acting:
        label = self.kit.say("Change to:") if before else self.kit.say("New group:")
        typed = yield Ask(
            label,
            initial=", ".join(before),
            hint=self.kit.say(_HINT),
            draft="" if before else "synonyms",
            check=self._fault,
        )
        return _changed(before, _split(typed))

    def _fault(self, typed: str) -> str:
        try:
            self.kit.desk.check_synonyms(_split(typed))
        except FenjiError as error:
            return self.kit.say(error.sentence)
        return ""

    def _removing(self, group: Group) -> Acting:
        words = cells.line(", ".join(group))
        yield Ask(self.kit.say("Remove this group? Y removes, Esc goes back."), hint=words, key="Y")
        return _changed(group, ())

    def _narrowing(self) -> Acting:
        self._only = yield Ask(
            self.kit.say("Show groups with:"), initial=self._only, hint=self.kit.say("Nothing shows all of them.")
        )
        self._scroll.to(0)
        return None


def _split(typed: str) -> list[str]:
    return [word for one in _COMMAS.split(typed) if (word := one.strip())]


def _changed(before: Sequence[str], after: Sequence[str]) -> Deed:
    """One group in the place of another; either may be none."""

    def run(desk: Desk) -> Outcome:
        if not after:
            words = desk.remove_synonyms(before)
            return Outcome(Sentence("Removed: {words}", {"words": ", ".join(words)}))
        words = desk.change_synonyms(before, after) if before else desk.add_synonyms(after)
        return Outcome(Sentence("Saved: {words}", {"words": ", ".join(words)}))

    return Deed(run)
