"""Ask five questions about a file to import without a mapping; the answers become a mapping of the desk.

Every guess is shown with real values and counts only once it is confirmed. The questions are a generator: the shell or
the screen shows each one and sends the typed line.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.errors import Refused
from fenji.imports.dates import FORMS, is_form
from fenji.imports.guess import PLACES, REST, WORDED, ColumnGuess, MappingDraft, find_fitting
from fenji.imports.mapping import EVENT_COLUMNS
from fenji.imports.read import is_json, list_records, read_grids, read_table
from fenji.imports.tables import Reads, find_header, select_table
from fenji.model.ticket import sanitize
from fenji.text.cells import truncate

if TYPE_CHECKING:
    from fenji.imports.cells import Grid, SourceTable

_VALUE_CELLS = 26
_SHOWN_HEADINGS = 12
_SIGNS = {"tab": "\t", "comma": ",", "semicolon": ";"}
_ALL_UNKNOWN = "*"
_EXAMPLES = {
    "state": "2=solved, 3=waiting customer, *=working",
    "priority": "2=P3, *=P4",
    "kind": "2=request, *=quality",
}


class ImportQuestion(Struct, frozen=True):
    """A question about a file: the lines shown above it, and the prompt."""

    lines: Sequence[str]
    prompt: str


Answers = Generator[ImportQuestion, str, None]


class ImportDialogue(Struct):
    """Asks about one file; `say` translates text into the reader's language."""

    path: Path
    say: Callable[..., str]
    levels: Sequence[str] = ("P1", "P2", "P3", "P4")
    _lines: list[str] = field(default_factory=list)  # to be shown above the next question

    def questions(self) -> Generator[ImportQuestion, str, MappingDraft]:
        """Yield all questions, receive the typed lines by `send`, and return the answers."""
        draft = yield from self._ask_table()
        draft.guess()
        yield from self._ask_key(draft)
        yield from self._ask_columns(draft)
        yield from self._ask_dates(draft)
        yield from self._ask_words(draft)
        yield from self._ask_end(draft)
        return draft

    def _ask(self, prompt: str) -> Generator[ImportQuestion, str, str]:
        lines, self._lines = self._lines, []
        typed = yield ImportQuestion(lines, prompt)
        return typed.strip()

    def _show(self, line: str) -> None:
        self._lines.append(line)

    def _show_numbered(self, lines: Iterable[str]) -> None:
        for number, line in enumerate(lines, 1):
            self._show(f"  {number:3} {line}")

    # --- 1: the table ---------------------------------------------------------------------------------------------

    def _ask_table(self) -> Generator[ImportQuestion, str, MappingDraft]:
        say, name = self.say, self.path.name.split(".")[0]
        if is_json(self.path):
            return (yield from self._ask_records(name))
        grids, reads = self._read_grids(Reads()), Reads()
        grid = grids[0]
        while True:
            header = reads.header or find_header(grid)
            table = select_table(grid, replace(reads, header=header), self.path.name)
            rows, sheet = tuple(map(str, header)), grid.name or "-"
            for note in table.notes:
                self._show(say(note))
            self._mention_fitting(table)
            self._show(say("1 of 5. The sheet {sheet} has its headings in row {rows}:", sheet=sheet, rows=rows))
            for column in list(table.positions)[:_SHOWN_HEADINGS]:
                self._show(f"  {_clip(column)}: {_values(table.text_at(row, column) for row in table.rows[:3])}")
            names = tuple(other.name for other in grids if other.name)
            how = "Otherwise type its row (2, or 2,3; 0: none), or a sheet: {sheets}."
            of_text = "Otherwise type its row (2, or 2,3; 0: none), encoding=big5 or delimiter=tab."
            self._show(say(how, sheets=names) if names else say(of_text))
            typed = yield from self._ask(say("Enter if OK:"))
            if not typed:
                return MappingDraft(name, table, replace(reads, header=header), levels=self.levels)
            setting, _, value = map(str.strip, typed.partition("="))
            if setting in ("encoding", "delimiter"):
                sign = _SIGNS.get(value, value[:1])
                changed = Reads(encoding=value) if setting == "encoding" else replace(reads, header=(), delimiter=sign)
                try:
                    grids, reads = self._read_grids(changed), changed
                    grid = grids[0]
                except Refused as refused:
                    self._show(say(refused.sentence))
            else:
                grid, reads = _choose(typed, grids, grid, reads)

    def _mention_fitting(self, table: SourceTable) -> None:
        """Show which built-in mapping fits these columns: with it, no question is needed."""
        if fitting := find_fitting(table):
            self._show(
                self.say("The mapping {name} knows these columns: with --map {name} nothing is asked.", name=fitting)
            )

    def _read_grids(self, reads: Reads) -> Sequence[Grid]:
        grids = read_grids(self.path, reads)
        if not grids:
            raise Refused("{path} is empty.", path=self.path.name)
        return grids

    def _ask_records(self, name: str) -> Generator[ImportQuestion, str, MappingDraft]:
        """Ask which list of a JSON file holds the records, if there are several."""
        say, paths = self.say, list_records(self.path)
        path = paths[0] if len(paths) == 1 else ""
        while paths and path not in paths:
            self._show(say("1 of 5. The file has these lists:"))
            self._show_numbered(paths)
            typed = yield from self._ask(say("Number of the list with the tickets:"))
            path = paths[index] if (index := _index(typed, paths)) >= 0 else ""
        reads = Reads(records=path)
        table = read_table(self.path, reads)
        self._mention_fitting(table)
        return MappingDraft(name, table, reads, levels=self.levels)

    # --- 2: the identity ------------------------------------------------------------------------------------------

    def _ask_key(self, draft: MappingDraft) -> Answers:
        say, names = self.say, list(draft.table.positions)
        refused: list[str] = []
        while True:
            self._show(say("2 of 5. Which column is the ticket number there? Combine several with +: 1+3"))
            self._show_numbered(f"{_clip(column.name)}: {_values(column.values)}" for column in draft.columns)
            guessed = "+".join(str(names.index(key) + 1) for key in draft.keys)
            prompt = say("Column number (Enter: {guess}):", guess=guessed) if guessed else ""
            typed = yield from self._ask(prompt or say("Column number, or several that tell rows apart:"))
            keys = [names[index] for part in (typed or guessed).split("+") if (index := _index(part, names)) >= 0]
            repeats = draft.repeats(keys) if keys else []
            if keys and (not repeats or keys == refused):
                draft.keys = keys
                return
            if not keys:
                text = "{word} is not understood: type a number from 1 to {most}, or several, such as 1+3."
                self._show(say(text, word=typed or "Enter", most=len(names)))
            if repeats:
                refused = keys
                text = "These are in several rows: {values}. Add a column; the same answer again refuses those rows."
                self._show(say(text, values=tuple(repeats)))

    # --- 3: the columns -------------------------------------------------------------------------------------------

    def _ask_columns(self, draft: MappingDraft) -> Answers:
        say = self.say
        while True:
            self._show(
                say("3 of 5. What the columns are; those marked - are kept as they are (4+5=report: date and time):")
            )
            self._show_numbered(
                f"{_shown_place(draft, column):16} {_clip(column.name)}: {_values(column.values)}"
                for column in draft.columns
            )
            missing = draft.missing()
            if missing:
                self._show(say("Still needed: {missing}", missing=tuple(say(_NEEDED[place]) for place in missing)))
                typed = yield from self._ask(say("Type which columns these are, such as 4=title 7=report:"))
            else:
                typed = yield from self._ask(say("Enter if OK, or type 4=title 7=-:"))
                if not typed:
                    return
            self._place(draft, typed.split())

    def _place(self, draft: MappingDraft, words: Sequence[str]) -> None:
        names = list(draft.table.positions)
        for word in words:
            number, _, place = word.partition("=")
            number, _, timed = number.partition("+")
            index, at = _index(number, names), _index(timed, names)
            if index >= 0 and place in PLACES and (at >= 0 or not timed):
                draft.places = {name: old for name, old in draft.places.items() if old != place or place == REST}
                draft.places[names[index]] = place
                draft.times.pop(names[index], None)
                draft.times |= {names[index]: names[at]} if timed and place in EVENT_COLUMNS else {}
            else:
                places = tuple(PLACES)
                self._show(self.say("{word} is not understood; known: {places}", word=word, places=places))

    # --- 4: the dates ---------------------------------------------------------------------------------------------

    def _ask_dates(self, draft: MappingDraft) -> Answers:
        say = self.say
        while True:
            columns = draft.date_columns
            self._show(say("4 of 5. How the dates are read:"))
            for name, form in columns.items():
                said = say(form.fault) if form.fault else f"{form.example} → {form.meaning} ({form.form})"
                self._show(f"  {'?' if form.fault else ' '} {name}: {said}")
            unclear = next((name for name, form in columns.items() if form.fault), "")
            if unclear:
                self._show(say("Type it as dmy, mdy, excel or %d.%m.%Y."))
                typed = yield from self._ask(say("{column} is read as:", column=_clip(unclear)))
            else:
                typed = yield from self._ask(say("Enter if OK, or type COLUMN=dmy:"))
                if not typed:
                    return
            name, _, form_name = typed.rpartition("=")
            column = name or unclear
            if column in columns and is_form(form_name):
                draft.dates[column] = form_name
            else:
                forms = tuple(FORMS)
                self._show(say("{word} is not understood; known: {places}", word=typed or "-", places=forms))

    # --- 5: the words ---------------------------------------------------------------------------------------------

    def _ask_words(self, draft: MappingDraft) -> Answers:
        for place in WORDED:
            yield from self._ask_words_of(place, draft)

    def _ask_end(self, draft: MappingDraft) -> Answers:
        """Ask which column says when tickets were closed, if none is known: rows without that are refused."""
        say, names = self.say, list(draft.table.positions)
        while words := draft.ends_undated():
            self._show(say("No column says when tickets became {words}.", words=tuple(words)))
            self._show_numbered(f"{_clip(column.name)}: {_values(column.values)}" for column in draft.columns)
            typed = yield from self._ask(say("Number of the column that does (Enter: none; those rows are refused):"))
            if not typed:
                return
            index = _index(typed, names)
            if index >= 0:
                draft.ended = names[index]
                yield from self._ask_dates(draft)

    def _ask_words_of(self, place: str, draft: MappingDraft) -> Answers:
        say = self.say
        while words := draft.words(place):
            self._show(say("5 of 5. What the words in {column} mean:", column=place))
            self._show_numbered(f"{_clip(word)}: {meaning or '?'}" for word, meaning in words.items())
            unknown = next((word for word, meaning in words.items() if not meaning), "")
            self._show(say("Type as {example}.", example=_EXAMPLES[place]))
            if unknown:
                typed = yield from self._ask(say("Say what {word} means:", word=_clip(unknown)))
            else:
                typed = yield from self._ask(say("Enter if OK:"))
                if not typed:
                    return
            for answer in typed.split(","):
                self._give_meaning(draft, place, list(words), answer.strip())

    def _give_meaning(self, draft: MappingDraft, place: str, words: Sequence[str], answer: str) -> None:
        """Record the meaning of a word (`*`: of all unknown ones), or show that the answer is not understood."""
        number, _, meaning = map(str.strip, answer.partition("="))
        index = _index(number, words)
        if not draft.is_meaning(place, meaning) or (index < 0 and number != _ALL_UNKNOWN):
            known = tuple(draft.meanings_of(place))
            self._show(self.say("{word} is not understood; known: {places}", word=answer or "-", places=known))
            return
        unknown = [word for word, given in draft.words(place).items() if not given]
        for word in unknown if number == _ALL_UNKNOWN else [words[index]]:
            draft.meanings[place, word] = meaning


# The places that every mapping must fill, each with the word to type for it.
_NEEDED = {
    "title": "title: what the ticket is about",
    "report": "report: when it was reported",
    "key": "key: the ticket number there",
}


def _shown_place(draft: MappingDraft, column: ColumnGuess) -> str:
    if column.place != REST:
        return column.place
    dated = next((draft.places[name] for name, at in draft.times.items() if at == column.name), "")
    return f"{dated}+" if dated else "key" if column.name in draft.keys else REST


def _choose(typed: str, grids: Sequence[Grid], grid: Grid, reads: Reads) -> tuple[Grid, Reads]:
    named = next((other for other in grids if other.name == typed), None)
    if named:
        return named, Reads(sheet=named.name)
    numbers = [int(part) for part in typed.split(",") if part.strip().isdecimal() and int(part) < len(grid.rows)]
    return grid, replace(reads, header=tuple(sorted(numbers))) if numbers else reads


def _index(typed: str, names: Sequence[str]) -> int:
    """Return the index for a typed number that counts from 1; -1 if there is none."""
    number = int(typed) if typed.strip().isdecimal() else 0
    return number - 1 if number <= len(names) else -1


def _clip(text: str) -> str:
    return truncate(" ".join(sanitize(text).split()), _VALUE_CELLS)


def _values(values: Iterable[str]) -> str:
    return " · ".join(_clip(value) for value in values if value) or "-"
