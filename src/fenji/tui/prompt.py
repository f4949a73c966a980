"""One-line questions in the footer's place, and dialogues made of them. Knows no widget: keys in, an answer out.

A dialogue is a generator: it yields what it asks (`Ask`), is sent each answer, and returns the deed to be done.
Leaving one keeps what was typed as a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from fenji.tui import cells
from fenji.tui.writing import Writing

if TYPE_CHECKING:
    from fenji.tui.look import Line, Look

Deed = TypeVar("Deed")


@dataclass(frozen=True)
class Choice:
    """One of the answers to choose from: what is kept, what is shown, and a word behind it."""

    value: str
    label: str = ""
    aside: str = ""

    @property
    def shown(self) -> str:
        return self.label or self.value


@dataclass(frozen=True)
class Ask:
    """One question. All texts are said already.

    `choices` bind the answer to one of them, unless `free`; where `unlisted` is given it is said once, and a second
    Enter takes an answer that is none of them. `draft` names what is kept where the person leaves.
    `check` gives what is wrong with an answer, `""` for nothing. `live` gives the hint while typing. With `key` only
    that key says yes: the key that confirms is never the one that began.
    """

    label: str
    initial: str = ""
    hint: str = ""
    choices: Sequence[Choice] = ()
    free: bool = False
    unlisted: str = ""
    draft: str = ""
    key: str = ""
    check: Callable[[str], str] = field(default=lambda _: "")
    live: Callable[[str], str] | None = None
    complete: Callable[[str], Sequence[str]] | None = None


Dialogue = Generator[Ask, str, Deed]


class Left(Exception):
    """The person left the prompt; nothing is done."""


class Prompt(Generic[Deed]):
    """A dialogue as it runs: the present question, what is typed, and which choice is taken."""

    def __init__(self, dialogue: Dialogue[Deed], drafts: dict[str, str]) -> None:
        self._dialogue = dialogue
        self._drafts = drafts
        self.used: list[str] = []  # names of the drafts that may go once the deed is done
        self.fault = ""
        self.ended = False
        self.ask = next(dialogue)
        self._begin()

    def _begin(self) -> None:
        initial = self._drafts.get(self.ask.draft, self.ask.initial) if self.ask.draft else self.ask.initial
        bound = bool(self.ask.choices) and not self.ask.free
        self.drafted = bool(initial) and not bound and initial != self.ask.initial  # a draft of last time stands there
        self._warned = ""
        self.writing = Writing("" if bound else initial)
        self.taken = self._index(initial) if bound else 0

    def _index(self, value: str) -> int:
        return next((n for n, one in enumerate(self.offered) if one.value == value), 0)

    @property
    def offered(self) -> list[Choice]:
        """The choices that fit what is typed, those that begin with it first."""
        typed = self.writing.text.strip().casefold()
        fitting = [one for one in self.ask.choices if typed in f"{one.value} {one.shown}".casefold()]
        return sorted(fitting, key=lambda one: not _begins(one, typed)) if typed else fitting

    def take(self, key: str, character: str | None, *, burst: bool = False) -> Deed | None:
        """Take a key. The deed once the dialogue is at its end, else None. Raises Left where the person goes back.

        In a `burst` of pasted keys nothing is confirmed: what comes is text.
        """
        self.fault = ""
        if key in ("escape", "ctrl+c"):
            self._keep()
            raise Left
        if self.ask.key:
            return self._confirmed() if character == self.ask.key and not burst else None
        if key == "enter":
            return None if burst else self._enter()
        if self.ask.choices and not self.ask.free and key in _TURNS:
            self.taken = (self.taken + _TURNS[key]) % max(len(self.offered), 1)
        elif key == "tab":
            self._complete()
        elif self.writing.take(key, character):
            self.taken = 0
        return None

    def paste(self, text: str) -> None:
        """Pasted text is text."""
        if not self.ask.key:
            self.writing.insert(text)
            self.taken = 0

    def _confirmed(self) -> Deed | None:
        return self._answer(self.ask.key)

    def _enter(self) -> Deed | None:
        answer = self.writing.text.strip()
        if self.ask.choices and not self.ask.free:
            offered = self.offered
            if offered:
                answer = offered[min(self.taken, len(offered) - 1)].value
            elif not self.ask.unlisted or self._warned != answer:
                self.fault, self._warned = self.ask.unlisted or self.ask.hint, answer
                return None
        self.fault = self.ask.check(answer)
        return None if self.fault else self._answer(answer)

    def _answer(self, answer: str) -> Deed | None:
        if self.ask.draft:
            self._drafts[self.ask.draft] = answer
            self.used.append(self.ask.draft)
        try:
            self.ask = self._dialogue.send(answer)
        except StopIteration as end:
            self.ended = True
            deed: Deed = end.value
            return deed
        self._begin()
        return None

    def _keep(self) -> None:
        if self.ask.draft and self.writing.text.strip() and self.writing.text != self.ask.initial:
            self._drafts[self.ask.draft] = self.writing.text

    def _complete(self) -> None:
        """Go on with what all completions have in common."""
        begun = self.writing.text
        found = self.ask.complete(begun) if self.ask.complete else [one.value for one in self.offered]
        word = _common(found) if found else ""
        if len(word) > len(begun) or len(found) == 1:
            self.writing = Writing(word)

    # --- shown --------------------------------------------------------------------------------------------------

    def lines(self, width: int, look: Look) -> tuple[Line, Line, int]:
        """The hint above, the line that is typed in, and the cell of the cursor in it."""
        label = cells.cut(self.ask.label, max(width - 12, width // 2), look.signs.cut)
        room = width - cells.width(label) - 3
        before, under, after, cell = window(self.writing, room)
        typed: Line = [(f" {label} ", "title"), (before, ""), (under, "cursor"), (after, "")]
        return self._hint(width, look), typed, cells.width(label) + 2 + cell

    def _hint(self, width: int, look: Look) -> Line:
        if self.fault:
            return [(f" {self.fault}", "error")]
        if self.ask.live:
            return [(f" {self.ask.live(self.writing.text)}", "faint")]
        if self.ask.choices:
            return choices(self.offered, self.taken if not self.ask.free else -1, width, look)
        return [(f" {self.ask.hint}", "faint")]


_TURNS = {"tab": 1, "right": 1, "down": 1, "left": -1, "up": -1, "shift+tab": -1}


def _begins(one: Choice, typed: str) -> bool:
    return one.value.casefold().startswith(typed) or one.shown.casefold().startswith(typed)


def _common(words: Sequence[str]) -> str:
    first, last = min(words), max(words)
    same = next((n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]


def choices(offered: Sequence[Choice], taken: int, width: int, look: Look) -> Line:
    """The choices in a row, the one that Enter takes standing out; as many as fit, the taken one among them."""
    shown = [f"[{one.shown}]" if n == taken else f" {one.shown} " for n, one in enumerate(offered)]
    first = 0
    while first < taken and sum(cells.width(one) + 1 for one in shown[first : taken + 1]) > width - 4:
        first += 1
    line: Line = [(" ", "") if not first else (look.signs.cut, "faint")]
    for n, one in enumerate(shown[first:], first):
        line.append((one + " ", "chosen" if n == taken else ""))
    if 0 <= taken < len(offered) and offered[taken].aside:
        line.append((f" {offered[taken].aside}", "faint"))
    return line


def window(writing: Writing, room: int) -> tuple[str, str, str, int]:
    """One line of text in `room` cells around its cursor: before it, the grapheme under it, after it; its cell."""
    pieces = [(cells.line(one), 0) for one, _ in cells.graphemes(writing.text[: writing.at])]
    before = "".join(one for one, _ in pieces)
    while cells.width(before) > max(room - 2, 0) and pieces:
        pieces.pop(0)
        before = "".join(one for one, _ in pieces)
    rest = [cells.line(one) for one, _ in cells.graphemes(writing.text[writing.at :])]
    under = rest[0] if rest else " "
    after = cells.cut("".join(rest[1:]), max(room - cells.width(before) - cells.width(under), 0), "")
    return before, under, after, cells.width(before)
