"""In and out: what came in since the person last looked, what waits to go out, and the exchange while it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fenji.errors import Sentence
from fenji.tui import cells, deeds, dialogues, heads
from fenji.tui.prompt import Ask
from fenji.tui.refusals import label
from fenji.tui.screens.listing import SheetListing
from fenji.tui.timeline import HAPPENED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.desk.exchange import Inside, Outcome, Overview, Waiting
    from fenji.errors import Problem
    from fenji.tui.dialogues import Acting
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line
    from fenji.tui.messages import Answered

_OVERVIEW, _INSIDE = "overview", "inside"


@dataclass(frozen=True)
class _Entry:
    """A ticket (`number`) or file (`path`) in the list, its lines, and whether it is there to be looked at."""

    lines: tuple[Line, ...]
    number: str = ""
    path: str = ""
    came: bool = False


class ExchangePlace(SheetListing):
    """The list of what came in, and of what waits."""

    PLACE = "exchange"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._overview: Overview | None = None

    def arrive(self, *, returning: bool) -> None:
        """Ask how things stand."""
        if not returning:
            self._scroll.to(0)
        self.tick()

    def tick(self) -> None:
        """Something was exchanged, or changed in the desk."""
        from fenji.desk import exchange

        self.fenji.ask(_OVERVIEW, _OVERVIEW, lambda: exchange.overview(self.kit.desk))

    def answered(self, message: Answered) -> None:
        """How things stand, or what is in a file."""
        if message.topic == _OVERVIEW:
            self._overview = cast("Overview", message.answer)
        elif message.topic == _INSIDE:
            self.ask(self._taking(cast("Inside", message.answer)))

    # --- shown ------------------------------------------------------------------------------------------------------

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        exchanging, voice = self.fenji.exchanging, self.kit.voice
        now = self.kit.desk.now()
        hub = exchanging.remote
        title = self.kit.say("Exchange with {remote}", remote=hub) if hub else self.kit.say("Exchange")
        right = [*heads.traffic(self.kit, exchanging), (f" {voice.time(now)} ", "title")]
        return [heads.spread([(f" {title}", "title")], right, width, self.kit.look), [(f" {self._state()}", "")], []]

    def _state(self) -> str:
        """When it last went well, and when it is tried next."""
        exchanging, say, now = self.fenji.exchanging, self.kit.say, self.kit.desk.now()
        standing = self._overview.standing if self._overview else None
        if standing is None or not standing.remote:
            return ""
        last = standing.last_ok
        parts = [
            say("last exchange {time}", time=self.kit.voice.moment(last, now)) if last else say("not exchanged yet")
        ]
        if exchanging.next_at:
            parts.append(say("next at {time}", time=self.kit.voice.moment(exchanging.next_at, now)))
        return f" {self.kit.look.signs.dot} ".join(parts)

    def _list(self, width: int, height: int) -> list[Line]:
        """The lines in view; those of one entry stay together with their heading as far as there is room."""
        lines: list[tuple[int, Line]] = []
        entry = -1
        for one in self._shown(width):
            if isinstance(one, _Entry):
                entry += 1
                mark = ">" if entry == self._scroll.bar else " "
                lines += [(entry, [(mark if not n else " ", "title"), *line]) for n, line in enumerate(one.lines)]
            else:
                lines.append((max(entry + 1, 0), one))
        self._scroll.fit(entry + 1, height)
        first = next((n for n, (at, _) in enumerate(lines) if at == self._scroll.bar), 0)
        last = max((n for n, (at, _) in enumerate(lines) if at == self._scroll.bar), default=0)
        top = min(max(last - height + 1, 0), first) if last >= height else 0
        return [line for _, line in lines[top : top + height]]

    @property
    def _entries(self) -> list[_Entry]:
        return [one for one in self._shown(max(self.size.width, 40)) if isinstance(one, _Entry)]

    def _shown(self, width: int) -> Iterator[_Entry | Line]:
        """Headings and plain lines, and the entries under them."""
        if self._overview is None:
            return
        yield from self._remarks(width)
        yield from self._section(
            Sentence("Came in, not looked at yet: {count}"), [self._came(one, width) for one in self._overview.came]
        )
        yield from self._section(
            Sentence("Waits to go out: {count}"), [self._waits(one, width) for one in self._overview.waiting]
        )
        if not self._overview.came and not self._overview.waiting:
            yield [(f"  {self.kit.say('Nothing came in, and nothing waits to go out.')}", "")]

    def _section(self, heading: Sentence, entries: list[_Entry]) -> Iterator[_Entry | Line]:
        if entries:
            yield [(f" {self.kit.say(replace(heading, values={'count': len(entries)}))}", "label")]
            yield from entries
            yield []

    def _remarks(self, width: int) -> Iterator[_Entry | Line]:
        """Why the last exchange failed, whose policy stands, and what was left alone."""
        overview, say = cast("Overview", self._overview), self.kit.say
        if not overview.standing.remote:
            hint = "This desk knows no hub. Name it once with: git remote add origin URL. Without a link: {out}, {in}."
            keys = {"out": self.kit.keymap.key("bundle"), "in": self.kit.keymap.key("receive")}
            yield from self._wrapped(say(hint, **keys), width, "notice")
            yield []
        failure = overview.standing.failure
        if failure and self.fenji.exchanging.failed:
            yield from self._wrapped(say(failure), width, "error")
            yield []
        for name in overview.kept:
            words = say("policy.yaml: the hub's version stands; yours is kept in {path}.", path=name)
            yield _Entry(tuple(self._wrapped(words, width, "notice")), path=name)
        left = self.fenji.exchanging.last.left if self.fenji.exchanging.last else ()
        yield from self._section(Sentence("Left alone: {count}"), [self._left(one, width) for one in left])

    def _wrapped(self, words: str, width: int, role: str) -> list[Line]:
        return [[(f" {row}", role)] for row in cells.wrap(words, max(width - 3, 8))]

    def _left(self, one: Problem, width: int) -> _Entry:
        place = self.kit.say("line {line}", line=one.line) if one.line else ""
        words = "  ".join(part for part in (cells.line(one.path), place, self.kit.say(one.message)) if part)
        return _Entry(tuple(self._wrapped(words, width, "")), path=one.path)

    def _came(self, one: Outcome, width: int) -> _Entry:
        parts = [self.kit.say(one.told), ", ".join(one.people)]
        lines = [self._row(one.id, parts, self._title(one.id), width)]
        for leaf in dict.fromkeys(one.superseded):
            words = self.kit.say(
                "Two wrote {field}: both texts stand in the ticket.", field=label(leaf, self.kit.voice)
            )
            lines += [[("    ", ""), *line] for line in self._wrapped(words, width - 4, "notice")]
        if one.left_out:
            lines.append([(f"     git show {one.left_out[:12]}", "notice")])
        return _Entry(tuple(lines), one.id, one.path, came=True)

    def _waits(self, one: Waiting, width: int) -> _Entry:
        steps = ", ".join(self.kit.voice.word(HAPPENED[step]) for step in one.steps if step in HAPPENED)
        parts = [steps, self.kit.say("number provisional") if one.fresh else ""]
        number = one.id if one.title else ""
        return _Entry((self._row(one.id, parts, self._title(one.id), width),), number, one.path)

    def _title(self, number: str) -> str:
        return cells.line(self._overview.titles.get(number, "")) if self._overview else ""

    def _row(self, number: str, parts: list[str], title: str, width: int) -> Line:
        """`KSA-2026-0042  merged … · sun.yu  title`."""
        told = f" {self.kit.look.signs.dot} ".join(cells.line(one) for one in parts if one)
        mark, room = self.kit.look.signs.cut, max(width - 3, 20)
        shown = cells.cut(cells.line(number), room, mark)
        room -= cells.width(shown) + 2
        told = cells.cut(told, max(room, 0) if not title else max(room * 3 // 5, 0), mark)
        room -= cells.width(told) + 2
        return [(f" {shown}  ", "title"), (told, ""), (f"  {cells.cut(title, max(room, 0), mark)}", "faint")]

    # --- keys -------------------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> _Entry | None:
        entries = self._entries
        return entries[min(self._scroll.bar, len(entries) - 1)] if entries else None

    def do_open(self) -> None:
        """Open the ticket that the bar is on; of a file say where it lies."""
        one = self._chosen
        if one and one.number:
            self.fenji.open_ticket(one.number)
        elif one:
            self.foot.say(str(self.kit.desk.root / one.path))

    def do_seen(self) -> None:
        """What the bar is on is new no longer."""
        if self._chosen and self._chosen.came:
            self._looked_at([self._chosen.number])

    def do_all_seen(self) -> None:
        """None of it is new any more."""
        self._looked_at([one.number for one in self._entries if one.came])

    def _looked_at(self, numbers: list[str]) -> None:
        self.fenji.exchanging.looked_at(numbers)
        self.tick()

    def do_stop(self) -> None:
        """Stop the exchange that is under way."""
        if self.fenji.exchanging.progress:
            self.fenji.exchanging.stop()
        else:
            self.foot.say(self.kit.say("No exchange is under way."))

    def do_copy(self) -> None:
        """Copy number and title, or the path, of what the bar is on."""
        if self._chosen:
            one = self._chosen
            self.fenji.copy(f"{one.number} {self._title(one.number)}".strip() or one.path)

    # --- files instead of a link ------------------------------------------------------------------------------------

    def do_bundle(self) -> None:
        """Write what the other end lacks into a file."""
        self.ask(self._bundling())

    def _bundling(self) -> Acting:
        name = f"{self.kit.desk.site}-{self.kit.desk.now():%Y-%m-%d}.bundle"
        typed = yield Ask(
            self.kit.say("Write to the file:"),
            initial=name,
            hint=self.kit.say("Carry it over any way there is; there it is received. Tab completes."),
            check=self._writable,
            complete=dialogues.paths,
        )
        return deeds.bundle(Path(typed).expanduser())

    def _writable(self, typed: str) -> str:
        path = Path(typed).expanduser()
        if not typed or path.is_dir():
            return self.kit.say("Name a file.")
        return "" if path.absolute().parent.is_dir() else self.kit.say("There is no such folder.")

    def do_receive(self) -> None:
        """Look into a file; what is in it is told before anything is taken."""
        self.ask(self._receiving())

    def _receiving(self) -> Acting:
        typed = yield Ask(
            self.kit.say("Receive the file:"),
            hint=self.kit.say("The path of a file; Tab completes."),
            check=lambda path: "" if Path(path).expanduser().is_file() else self.kit.say("There is no such file."),
            complete=dialogues.paths,
        )
        from fenji.desk import exchange

        path = Path(typed).expanduser()
        self.fenji.ask(_INSIDE, _INSIDE, lambda: exchange.inside(self.kit.desk, path))
        return None

    def _taking(self, told: Inside) -> Acting:
        """Say what is in a file, and ask whether to take it in."""
        who = told.peer or self.kit.say("an unnamed clone")
        values = {"peer": who, "tickets": len(told.outcomes), "commits": told.commits, "people": ", ".join(told.people)}
        yield Ask(
            self.kit.say("Take in {tickets} tickets from {peer}? y", **values),
            hint=self.kit.say("{commits} commits by {people}. Esc takes nothing.", **values),
            key="y",
        )
        return deeds.receive(told.path)
