"""Find: one line; hits as it is typed, with the passage that fits and the solution beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual.containers import Container
from textual.geometry import Offset

from fenji.ticket import CLOSED
from fenji.tui import cells, deeds, glances, heads
from fenji.tui.prompt import Ask, window
from fenji.tui.screens.listing import Listing
from fenji.tui.scroll import Scroll
from fenji.tui.widgets.sheet import Sheet
from fenji.tui.writing import Writing

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from fenji.board import Row
    from fenji.tui.deeds import Deed
    from fenji.tui.dialogues import Acting
    from fenji.tui.found import Hit, Hits, Spans
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line
    from fenji.tui.messages import Answered

SEARCH_S = 0.15  # after the last letter
BESIDE_CELLS = 100
HIT_LINES = 2
INDEXING = "indexing"
READABLE = ("solution", "cause", "decision", "lessons", "description")


class FindPlace(Listing):
    """The search line, the hits, and what the chosen one says."""

    PLACE = "find"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.head = Sheet(self._head, look=kit.look, id="head")
        self.list = Sheet(self._list, look=kit.look, id="list")
        self.below = Sheet(self._below, look=kit.look, id="below")
        self._query = Writing(kit.memory.last.get("query", ""))
        self._begins_anew = False  # the next letter replaces the query of the last time
        self._typing = True
        self._hits: tuple[Hit, ...] = ()
        self._total = -1
        self._indexed = False
        self._told = 0  # tickets that the index was told so far
        self._meant: Mapping[str, str] = {}
        self._scroll = Scroll()
        self._waiting: Timer | None = None
        self._asked = ""
        self._from: Row | None = None  # the ticket that the person came from

    def parts(self) -> ComposeResult:
        yield self.head
        with Container(id="body"):
            yield self.list
            yield self.below

    def resized(self) -> None:
        """In a wide terminal the solution stands beside the hits."""
        self.query_one("#body").set_class(self.size.width >= BESIDE_CELLS, "beside")

    def arrive(self, *, returning: bool) -> None:
        """The last query stands there; the first letter begins a new one."""
        if not returning:
            rows = self.fenji.place_named(self.fenji.came_from).chosen()
            self._from = rows[0] if rows else None
            self._typing, self._begins_anew = True, bool(self._query.text)
        if self._query.text and self._total < 0:
            self._search()

    # --- shown ----------------------------------------------------------------------------------------------------

    @property
    def moving(self) -> Scroll:
        return self._scroll

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        before, under, after, _ = window(self._query, width - 10)
        role = "faint" if self._begins_anew else ""
        typed: Line = [(f" {self.kit.say('Find')} ", "title"), (before, role)]
        typed += [(under, "cursor" if self._typing else ""), (after, role)]
        return [typed, [(f" {self._status()}", "faint")], []]

    def _status(self) -> str:
        if not self._asked:
            return self.kit.say("Words, a part number, a ticket number; kind: part: site: year: narrow it down.")
        if self._total < 0:
            told = self.kit.say("Preparing the index: {count} tickets.", count=self._told)
            return told if self._told and not self._indexed else self.kit.say("Searching.")
        if not self._total:
            return self.kit.say("Nothing found. Fewer or other words find more.")
        found = self.kit.say("{count} found", count=self._total)
        if self._meant:
            meant = ", ".join(f"{typed} {self.kit.look.signs.arrow} {read}" for typed, read in self._meant.items())
            return f"{found}  {self.kit.say('read as')} {cells.line(meant)}"
        return found

    def _list(self, width: int, height: int) -> list[Line]:
        self._scroll.fit(len(self._hits), height // HIT_LINES)
        return [line for n in self._scroll.seen for line in self._hit(n, width)]

    def _hit(self, number: int, width: int) -> list[Line]:
        hit, voice = self._hits[number], self.kit.voice
        mark = ">" if number == self._scroll.bar else " "
        about = f"{hit.id}  "
        state = f"  {voice.word(hit.page.state)}"
        room = width - cells.width(about) - cells.width(state) - 3
        title = marked(hit.title, hit.title_spans, room, self.kit.look.signs.cut)
        filler = " " * max(room - sum(cells.width(text) for text, _ in title), 0)
        first: Line = [
            (f"{mark} ", "title"),
            (about, "title" if mark == ">" else ""),
            *title,
            (filler, ""),
            (state, "faint"),
        ]
        place = f"    {voice.word(hit.place)}: " if hit.place not in ("", "title") else "    "
        passage = marked(hit.excerpt, hit.spans, width - cells.width(place) - 1, self.kit.look.signs.cut)
        return [first, [(place, "label"), *passage]]

    def _below(self, width: int, height: int) -> list[Line]:
        """What the chosen hit says, the solution first."""
        lines = [] if self.query_one("#body").has_class("beside") else [heads.rule(self.kit, width)]
        hit = self._chosen_hit
        if hit is None:
            return lines
        for key in READABLE:
            text = hit.page.texts.get(key, "")
            if text:
                lines.append([(f"  {self.kit.say(key.capitalize())}", "title")])
                for one in cells.lines(text):
                    lines += [[(f"  {row}", "")] for row in cells.wrap(one, max(width - 4, 8))]
        return lines[:height]

    @property
    def _chosen_hit(self) -> Hit | None:
        return self._hits[self._scroll.bar] if self._hits else None

    def keys_line(self) -> str:
        """While the query is typed, letters are text."""
        said = self.kit.say("Enter open  Tab to the hits  Ctrl+Y copy solution  Ctrl+T synonyms  Esc back")
        return said if self._typing else ""

    def cursor(self) -> Offset | None:
        """The terminal's cursor stands in the query."""
        if not self._typing or self.foot.prompt:
            return super().cursor()
        start = cells.width(f" {self.kit.say('Find')} ")
        return self.head.region.offset + Offset(start + window(self._query, self.size.width - 10)[3], 0)

    # --- typing ---------------------------------------------------------------------------------------------------

    def write(self, key: str, character: str | None) -> bool:
        """Letters go into the query while it is being typed; down and Tab go on to the hits."""
        if not self._typing:
            return False
        if key in ("tab", "down"):
            self._typing = not self._hits
        elif key == "ctrl+y":
            self.do_copy()
        elif key == "ctrl+t":
            self.do_synonyms()
        elif key in ("enter", "escape", "ctrl+c", "ctrl+q", "ctrl+p"):
            return False
        else:
            self._type(key, character)
        return True

    def _type(self, key: str, character: str | None) -> None:
        if self._begins_anew and character and character.isprintable():
            self._query.clear()
        self._begins_anew = False
        before = self._query.text
        if self._query.take(key, character) and self._query.text != before:
            self._search_soon()

    def paste(self, text: str) -> bool:
        """Pasted text is searched for."""
        if self._typing:
            self._query.insert(text)
            self._search_soon()
        return self._typing

    def _search_soon(self) -> None:
        if self._waiting:
            self._waiting.stop()
        self._waiting = self.set_timer(SEARCH_S, self._search)

    def _search(self) -> None:
        text = self._query.text.strip()
        self.kit.memory.last["query"] = text
        short = len(text) < 2 and text.isascii()  # two letters are wanted, or one Chinese character
        self._asked = "" if short else text
        if short:
            self._hits, self._total = (), -1
            self.show()
            return
        self._look_up(text, 0)

    def _look_up(self, text: str, offset: int) -> None:
        """Ask for hits; the first question of all brings the index up to date, and says how far it has come."""
        tell = None if self._indexed else self.fenji.telling(INDEXING)
        self.fenji.ask("search", ("hits", text, offset), lambda: glances.searched(self.kit.desk, text, offset, tell))

    def answered(self, message: Answered) -> None:
        """Hits came; those of an older query are left aside."""
        if message.topic == INDEXING:
            self._told = cast("int", message.answer)
        if not isinstance(message.topic, tuple) or message.topic[0] != "hits" or message.topic[1] != self._asked:
            return
        hits, self._indexed = cast("Hits", message.answer), True
        self._total, self._meant = hits.total, hits.meant or {}
        if message.topic[2]:
            self._hits = (*self._hits, *hits.hits)
        else:
            self._hits, self._scroll = tuple(hits.hits), Scroll()

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_down(self) -> None:
        """One down; at the end more hits are fetched."""
        super().do_down()
        known = len(self._hits)
        if self._scroll.bar == known - 1 and known < self._total:
            self._look_up(self._asked, known)

    def do_up(self) -> None:
        """One up; from the top back into the query."""
        self._typing = self._scroll.bar == 0
        super().do_up()

    def do_find(self) -> None:
        """Back into the query."""
        self._typing, self._begins_anew = True, bool(self._query.text)

    def do_synonyms(self) -> None:
        """To the words for one thing; coming back, it is searched anew."""
        self._total = -1
        self.fenji.visit("synonyms")

    def do_open(self) -> None:
        """Open the chosen hit."""
        if self._chosen_hit:
            self.fenji.open_ticket(self._chosen_hit.id)

    def do_copy(self) -> None:
        """The solution into the ticket that the person came from, with a link; else to the clipboard."""
        hit, here = self._chosen_hit, self._from
        if hit is None:
            return
        if not hit.page.texts.get("solution"):
            self.refuse(self.kit.say("{id} has no solution to copy.", id=hit.id))
        elif here is None or here.ticket.state in CLOSED or here.id == hit.id:
            self.fenji.copy(hit.page.texts["solution"])
        elif self.fenji.came_from == "ticket":
            self.fenji.submit(deeds.copy_solution(hit.id, here))
        else:
            self.ask(self._copying(hit, here))

    def _copying(self, hit: Hit, here: Row) -> Acting:
        yield Ask(
            self.kit.say("Solution of {source} into {id}? Y copies, Esc goes back.", source=hit.id, id=here.id),
            hint=cells.line(here.ticket.title),
            key="Y",
        )
        deed: Deed = deeds.copy_solution(hit.id, here)
        return deed


def marked(text: str, spans: Spans, room: int, mark: str) -> Line:
    """A text in at most `room` cells with its `spans` (in characters) standing out."""
    line: Line = []
    at = 0
    for start, end in (*spans, (len(text), len(text))):
        line += [(cells.line(text[at:start]), ""), (cells.line(text[start:end]), "hit")]
        at = end
    return cut_line([span for span in line if span[0]], room, mark)


def cut_line(line: Line, room: int, mark: str) -> Line:
    """A line cut to `room` cells."""
    kept: Line = []
    for text, role in line:
        size = cells.width(text)
        if size > room:
            return [*kept, (cells.cut(text, room, mark), role)]
        kept.append((text, role))
        room -= size
    return kept
