"""Values that two people wrote at once: both shown in the field, and the keys that decide between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.flow.steps import ADDABLE
from fenji.superseded import superseded
from fenji.ticket import CLOSED
from fenji.tui import deeds
from fenji.tui.refusals import label
from fenji.tui.screens.in_place import InPlace
from fenji.tui.versus import Other

if TYPE_CHECKING:
    from fenji.superseded import Superseded
    from fenji.tui.kit import Kit

NO_OTHER_TEXT = "No other text waits here. All that was ever written stands in the log."


class TwoTexts(InPlace):
    """A page of one ticket in which what lost a merge stands beside what won it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._places: dict[str, int] = {}  # which of several values of a field is shown
        self._called_up: set[str] = set()  # fields whose settled values are shown as well
        self._wanted = ""  # the field that the bar goes to

    def forget_texts(self) -> None:
        """Another ticket is shown."""
        self._places, self._called_up, self._wanted = {}, set(), ""

    # --- what is shown ------------------------------------------------------------------------------------------------

    def others(self) -> dict[str, Other]:
        """What stands beside each field."""
        return {field: self._other(field, held) for field, held in self._lost().items()}

    def _lost(self) -> dict[str, list[Superseded]]:
        """The values to be shown by field: those that are open, all of fields that were asked for; own ones first."""
        if self.row is None:
            return {}
        found: dict[str, list[Superseded]] = {}
        for one in superseded(self.row.ticket) if self._called_up else self.row.superseded:
            if one in self.row.superseded or one.field in self._called_up:
                found.setdefault(one.field, []).append(one)
        return {field: sorted(held, key=lambda one: one.by != self.kit.desk.person) for field, held in found.items()}

    def _now(self, field: str, held: list[Superseded]) -> Superseded:
        return held[self._places.get(field, 0) % len(held)]

    def _other(self, field: str, held: list[Superseded]) -> Other:
        say, voice, one = self.kit.say, self.kit.voice, self._now(field, held)
        at = self.row.reading.at if self.row else one.at
        lost = say("lost to it: {person}, {time}", person=one.by, time=voice.moment(one.at, at))
        if len(held) > 1:
            lost = f"{lost} ({held.index(one) + 1}/{len(held)})"
        log = self.row.ticket.log if self.row else ()
        winner = next((event for event in reversed(log) if event.touches(field)), None)
        time = voice.moment(winner.at, at) if winner else ""
        stands = say("stands: {person}, {time}", person=winner.by, time=time) if winner else say("stands")
        return Other(one.value, stands, lost, self._hint(one, many=len(held) > 1))

    def _hint(self, one: Superseded, *, many: bool) -> str:
        key, say = self.kit.keymap.key, self.kit.say
        parts = [say("{key} takes it back", key=key("take"))] if self._takeable(one) else []
        if self.row and one in self.row.superseded:
            parts.append(say("{key} lets it go", key=key("keep")))
        if many:
            parts.append(say("{key} shows the next one", key=key("both")))
        return "   ".join(parts)

    def _takeable(self, one: Superseded) -> bool:
        closed = self.row is not None and self.row.ticket.state in CLOSED
        return one.takeable and not (closed and one.field.partition(".")[0] not in ADDABLE)

    # --- keys ---------------------------------------------------------------------------------------------------------

    def do_both(self) -> None:
        """Go to a field that two people wrote; there, to the next value that lost, or to one that was let go."""
        on = self._under_bar()
        lost = self._lost()
        if on in lost:
            self._places[on] = self._places.get(on, 0) + 1
        elif on and self.row and any(one.field == on for one in superseded(self.row.ticket)):
            self._called_up.add(on)
        else:
            self._go_to_first(lost)

    def _go_to_first(self, lost: dict[str, list[Superseded]]) -> None:
        if lost:
            self._wanted = next(iter(lost))
        else:
            self.refuse(self.kit.say(NO_OTHER_TEXT))

    def do_take(self) -> None:
        """Take back the value that lost."""
        one = self._decided()
        if one and self.row and self._may_take(one):
            self.fenji.submit(deeds.take_back(self.row.id, one.field, one.name))

    def do_keep(self) -> None:
        """Let the value that stands be; the other one is shown no more."""
        one = self._decided()
        if one and self.row:
            self._called_up.discard(one.field)
            if one in self.row.superseded:
                self.fenji.submit(deeds.put_aside(self.row.id, one.field))

    def _may_take(self, one: Superseded) -> bool:
        field = label(one.field, self.kit.voice)
        if self._takeable(one):
            return True
        self.refuse(self.kit.say("{field} stays as it is: the other value is only shown.", field=field))
        return False

    def _decided(self) -> Superseded | None:
        """The value shown at the bar. Where the bar is on none it goes to the first, and nothing is decided yet."""
        lost, on = self._lost(), self._under_bar()
        if on in lost:
            return self._now(on, lost[on])
        self._go_to_first(lost)
        return None

    def _under_bar(self) -> str:
        line = self.view.line if self.view.active else None
        return (line.lost or line.leaf or line.item) if line else ""

    def go_where_wanted(self) -> None:
        """Bring the bar to the field that was asked for, and both its texts into view; once the page is laid out."""
        field, self._wanted = self._wanted, ""
        shown = [n for n, line in enumerate(self.view.page) if field in (line.lost, line.leaf, line.item)]
        if field and shown:
            scroll = self.view.scroll
            scroll.fit(len(self.view.page), self.view.size.height)
            if not scroll.top < shown[0] <= shown[-1] < scroll.top + scroll.height:
                scroll.top = shown[0] - 1
            scroll.to(shown[0])
