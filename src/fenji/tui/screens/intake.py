"""A new ticket: the title first; what is like it appears beside it, and what it will be promised stands above."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual.containers import Container
from textual.geometry import Offset

from fenji.errors import FenjiError
from fenji.ticket import KINDS, LEAVES, Value, parse_value
from fenji.tui import cells, deeds, heads, prompt
from fenji.tui.form import Entry, Form, Hunch
from fenji.tui.prompt import Choice
from fenji.tui.refusals import label
from fenji.tui.screens.place import Place
from fenji.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from fenji.board import Row
    from fenji.desk import Preview
    from fenji.tui.found import Guess, Like, Suggestion
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line
    from fenji.tui.messages import Answered

SUGGEST_S = 0.25  # after the last letter of title or description
BESIDE_CELLS = 100
STATE_CELLS = 60  # from this width on a closed ticket shows its state, as an open one always does
DRAFT = "new"
SAVES = ("ctrl+d", "ctrl+s")
TAKES = "ctrl+t"
CLOSED = ("archived", "withdrawn")
LEAVES_ASKED = (
    *("title", "impact", "occurrence", "kind", "description", "owner", "units"),
    *("requester.name", "requester.unit", "requester.contact"),
    *("product.system", "product.subsystem", "product.part", "product.serial", "tags"),
)
COMPARED = ("title", "description", "product.part", "product.serial")


class IntakePlace(Place):
    """The form of a new ticket."""

    PLACE = "new"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.head = Sheet(self._head, look=kit.look, id="head")
        self.main = Sheet(self._main, look=kit.look, id="main")
        self.below = Sheet(self._below, look=kit.look, id="below")
        self.form = Form([self._entry(leaf) for leaf in LEAVES_ASKED])
        self._top = 0
        self._cursor = (0, 0)
        self._likes: tuple[Like, ...] = ()
        self._guesses: Mapping[str, Hunch] = {}  # by what is like it
        self._outlook: Preview | FenjiError | None = None  # what saving it now would make of it
        self._like = -1  # the one the bar is on; -1 while a field is written in
        self._asked = ""
        self._waiting: Timer | None = None
        self._saving = False

    def _entry(self, leaf: str) -> Entry:
        policy, one = self.kit.desk.policy, LEAVES[leaf]
        known = {"kind": KINDS, "impact": policy.impact, "occurrence": policy.occurrence}
        choices = [Choice(value, self.kit.voice.word(value)) for value in known.get(leaf, ())]
        if leaf == "owner":
            choices = [Choice(key, key, policy.people[key].name) for key in policy.people]
        return Entry(
            leaf, label(leaf, self.kit.voice), self.kit.say(one.help) if one.help else "", one.held == "text", choices
        )

    def parts(self) -> ComposeResult:
        yield self.head
        with Container(id="body"):
            yield self.main
            yield self.below

    def resized(self) -> None:
        """In a wide terminal what is like it stands beside the form."""
        self.query_one("#body").set_class(self.size.width >= BESIDE_CELLS, "beside")

    def arrive(self, *, returning: bool) -> None:
        """A draft of the last time is taken up again."""
        draft = _values(self.kit.memory.drafts.get(DRAFT, ""))
        if not returning:
            self.form.put(draft)
            self.form.at, self._like, self._saving = 0, -1, False
            self._likes, self._guesses = (), {}
        if draft and not returning:
            self.foot.say(self.kit.say("Your draft is taken up again. Ctrl+N begins anew."))
            self._suggest_soon()

    # --- shown ----------------------------------------------------------------------------------------------------

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        title = self.kit.say("New ticket at {site}", site=self.kit.desk.site)
        return [[(f" {title}", "title")], [(f" {cells.cut(self._promise(), width - 2, self.kit.look.signs.cut)}", "")]]

    def _promise(self) -> str:
        """Priority and both due times as they would be if it were saved now."""
        found = self._outlook
        if isinstance(found, FenjiError):
            return self.kit.voice.error(found)
        if found is None:
            return ""
        now, voice = self.kit.desk.now(), self.kit.voice
        parts = [found.priority]
        if found.response_due:
            parts.append(self.kit.say("answer by {time}", time=voice.moment(found.response_due, now)))
        if found.solution_due:
            parts.append(self.kit.say("solution by {time}", time=voice.moment(found.solution_due, now)))
        return f" {self.kit.look.signs.dot} ".join(parts)

    def _ruled(self) -> dict[str, Hunch]:
        """Owner and units that the policy's routes give it, which are saved where none are filled in."""
        if self._outlook is None or isinstance(self._outlook, FenjiError):
            return {}
        given = {"owner": self._outlook.owner, "units": ", ".join(self._outlook.units)}
        why = self.kit.say("by the rules")
        return {leaf: Hunch(value, value, why, sure=True) for leaf, value in given.items() if value}

    def _main(self, width: int, height: int) -> list[Line]:
        lines, self._cursor = self.form.lines(width, self.kit.look.signs.cut)
        line = self._cursor[0]
        if not self._top <= line < self._top + height:
            self._top = max(line - height // 2, 0)
        self._top = max(min(self._top, len(lines) - height), 0)
        return lines[self._top : self._top + height]

    def _below(self, width: int, height: int) -> list[Line]:
        """What is like it, the likest first, and what was done about the chosen one."""
        lines = [] if self.query_one("#body").has_class("beside") else [heads.rule(self.kit, width)]
        if not self._likes:
            silent = self.form.entries[0].text and self._asked and not self._guesses
            said = self.kit.say("Nothing like it was seen before.") if silent else ""
            return [*lines, [(f"  {said}", "faint")]]
        lines.append([(f"  {self.kit.say('Seen before')}", "title")])
        for n, one in enumerate(self._likes):
            lines.append(self._like_line(n, one, width))
        solved = [one for one in self._likes if one.page.texts.get("solution")]
        chosen = self._likes[self._like] if self._like >= 0 or not solved else solved[0]
        solution = chosen.page.texts.get("solution", "")
        if solution:
            lines.append([(f"  {chosen.id}: {self.kit.say('Solution')}", "title")])
            lines += [[(f"  {row}", "")] for one in cells.lines(solution) for row in cells.wrap(one, max(width - 4, 8))]
        return lines[:height]

    def _like_line(self, number: int, one: Like, width: int) -> Line:
        chosen = number == self._like
        about = f"{one.percent:3} %  {one.id}  "
        told = width >= STATE_CELLS or one.page.state not in CLOSED
        state = f"  {self.kit.voice.word(one.page.state)}" if told else ""
        room = max(width - cells.width(about) - cells.width(state) - 3, 4)
        title = cells.fit(cells.line(one.title), room, self.kit.look.signs.cut)
        return [("> " if chosen else "  ", "title"), (about, "title" if chosen else ""), (title, ""), (state, "faint")]

    def show(self) -> None:
        try:
            self._outlook = self.kit.desk.preview({"title": "?", **self._typed()})
        except FenjiError as error:
            self._outlook = error
        self.form.guesses = {**self._guesses, **self._ruled()}
        self.foot.hint = self._hint()
        super().show()

    def _hint(self) -> Line:
        entry, hunch = self.form.entry, self.form.hunch
        if self._like >= 0:
            return [(f" {self.kit.say('Enter opens it; Esc there comes back here.')}", "faint")]
        if hunch:
            return [(f" {self.kit.say('Enter takes {value}: {why}.', value=hunch.shown, why=hunch.why)}", "faint")]
        if entry.choices:
            taken = next((n for n, one in enumerate(entry.choices) if one.value == entry.value), -1)
            return prompt.choices(entry.choices, taken, self.size.width, self.kit.look)
        return [(f" {entry.help}", "faint")]

    def keys_line(self) -> str:
        """What the keys of the form are; they are no actions of the key table, since letters are text here."""
        if self._offered():
            return self.kit.say("Ctrl+D save   Ctrl+T take what is suggested   Tab next   Esc back   Ctrl+N anew")
        return self.kit.say("Ctrl+D save   Tab next   Esc back, kept as a draft   Ctrl+N begin anew")

    def cursor(self) -> Offset | None:
        """The terminal's cursor stands in the present field."""
        line, cell = self._cursor
        return self.main.region.offset + Offset(cell, line - self._top) if self._like < 0 else None

    # --- keys -----------------------------------------------------------------------------------------------------

    def write(self, key: str, character: str | None) -> bool:
        """Everything typed here is text, but for the few keys that save and leave."""
        if key in SAVES:
            self._save()
        elif key in ("escape", "ctrl+c", "ctrl+q"):
            self._keep()
            self.fenji.back()
        elif key == "ctrl+n":
            self._begin_anew()
        elif key == TAKES:
            self._take_suggested()
        elif self._like >= 0:
            self._take_in_likes(key)
        else:
            self._take_in_form(key, character)
        return True

    def paste(self, text: str) -> bool:
        """Pasted text goes into the present field."""
        self.form.paste(text)
        self._changed()
        return True

    def _take_in_form(self, key: str, character: str | None) -> None:
        before = self.form.values
        if not self.form.take(key, character) and key in ("down", "tab") and self._likes:
            self._like = 0
        if self.form.values != before:
            self._changed()

    def _offered(self) -> list[tuple[Entry, Hunch]]:
        """The empty fields for which something is suggested; what the rules give is saved by itself."""
        found = [(one, self.form.guesses.get(one.leaf)) for one in self.form.entries if not one.text]
        return [(one, hunch) for one, hunch in found if hunch and not hunch.sure]

    def _take_suggested(self) -> None:
        offered = self._offered()
        for entry, hunch in offered:
            entry.put(hunch.value)
        if offered:
            self._changed()
        else:
            self.foot.say(self.kit.say("Nothing is suggested for the empty fields."))

    def _take_in_likes(self, key: str) -> None:
        if key in ("up", "shift+tab"):
            self._like -= 1
        elif key in ("down", "tab"):
            self._like = min(self._like + 1, len(self._likes) - 1)
        elif key == "enter":
            self.fenji.open_ticket(self._likes[self._like].id)

    def _changed(self) -> None:
        self.kit.memory.drafts[DRAFT] = json.dumps(self.form.values, ensure_ascii=False)
        text = self._text()
        if text != self._asked:
            self._suggest_soon()

    def _keep(self) -> None:
        if not self.form.values:
            self.kit.memory.drafts.pop(DRAFT, None)
        self.kit.memory.keep()

    def _begin_anew(self) -> None:
        self.form.put({})
        self.form.at, self._like, self._asked = 0, -1, ""
        self._likes, self._guesses = (), {}
        self.kit.memory.drafts.pop(DRAFT, None)

    # --- what is like it ------------------------------------------------------------------------------------------

    def _text(self) -> str:
        """What is compared with other tickets: what is wrong, and the numbers of the part."""
        typed = self.form.values
        return "\n".join(typed[leaf] for leaf in COMPARED if leaf in typed)

    def _suggest_soon(self) -> None:
        if self._waiting:
            self._waiting.stop()
        self._waiting = self.set_timer(SUGGEST_S, self._suggest)

    def _suggest(self) -> None:
        text = self._asked = self._text()
        if len(text.strip()) > 1:
            self.fenji.ask("suggest", ("like", text), lambda: self.kit.desk.suggest(text))
        else:
            self._likes, self._guesses, self._like = (), {}, -1
            self.show()

    def answered(self, message: Answered) -> None:
        """What is like the text as it is now."""
        if message.topic != ("like", self._asked):
            return
        found = cast("Suggestion", message.answer)
        self._likes = tuple(found.likes)
        self._like = min(self._like, len(self._likes) - 1)
        self._guesses = {leaf: self._hunch(leaf, one) for leaf, one in found.guesses.items()}

    def _hunch(self, leaf: str, one: Guess) -> Hunch:
        value = ", ".join(one.values)
        shown = value if leaf in ("owner", "units") else self.kit.voice.word(value)
        if one.word:
            why = self.kit.say("{count} of {of} with “{word}”", count=one.count, of=one.of, word=cells.line(one.word))
        else:
            why = self.kit.say("{count} of {of} like it", count=one.count, of=one.of)
        return Hunch(value, shown, why)

    # --- saving ---------------------------------------------------------------------------------------------------

    def _typed(self) -> dict[str, Value]:
        """What was filled in, as values. Text that fits its field not yet is left out."""
        found: dict[str, Value] = {}
        for leaf, text in self.form.values.items():
            try:
                found[leaf] = parse_value(leaf, text)
            except ValueError:
                continue
        return found

    def _save(self) -> None:
        if not self.form.values.get("title"):
            self.form.at, self._like = 0, -1
            self.refuse(self.kit.say("A ticket needs a title."))
        elif not self._saving:
            self._saving = True
            self.fenji.submit(deeds.report(self._typed(), draft=DRAFT))

    def done(self, rows: tuple[Row, ...]) -> None:
        """It is saved: on to the board."""
        if self._saving and rows:
            self._begin_anew()
            self._saving = False
            self.fenji.home()

    def failed(self) -> None:
        """It was not saved; it can be tried again."""
        self._saving = False


def _values(draft: str) -> Mapping[str, str]:
    try:
        held = json.loads(draft) if draft else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in held.items()} if isinstance(held, dict) else {}
