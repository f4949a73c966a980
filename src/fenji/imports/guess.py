"""Guess what the columns of an unknown file mean: each guess is shown with real values, a person decides. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.imports.cells import Cell, SourceTable, cell_text, plain_text
from fenji.imports.columns import MappedTable, fold_heading, join_cells
from fenji.imports.dates import AUTO, DateColumn, decide_form
from fenji.imports.mapping import EVENT_COLUMNS, EXTRA_FIELDS, STATE_WORDS, is_state
from fenji.imports.parse_mapping import read_mapping_file, read_shipped, shipped_names
from fenji.model.ticket import FIELD_BY_PATH, KINDS
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.imports.tables import Reads

REST = "-"  # the place of a column that gives no field; it is kept under origin.rest
_SHOWN_VALUES = 3
_MAX_WORDS = 40  # distinct words of a column whose meaning is asked for
_TIME_OF_DAY = re.compile(
    r"(?:[AP]M|上午|下午)? ?[0-9]{1,2}[:时時][0-9]{2}(?::[0-9]{2})?分?(?: ?[AP]M)?", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\s*[0-9]{1,2}\s*(?:[-–—.):：]\s*|\s)")  # `3 - Moderate`, `3 normal`: the word counts
WORDED = ("state", "priority", "kind")  # places whose words need a meaning in the desk
PLACES = (REST, *EVENT_COLUMNS, *EXTRA_FIELDS, *(path for path, spec in FIELD_BY_PATH.items() if not spec.read_only))
_ENOUGH = 5  # known columns from which a mapping fits; fewer prove nothing, as every program has a title and a date


class ColumnGuess(Struct, frozen=True):
    """A column with some of its values, and the place that its heading means: `-` for none."""

    name: str
    place: str
    values: tuple[str, ...]


class MappingDraft(Struct):
    """A mapping while a person answers questions about it; parts without an answer are left out."""

    name: str
    table: SourceTable
    reads: Reads
    keys: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # by column
    times: dict[str, str] = field(default_factory=dict)  # column of dates → column of times of day
    ended: str = ""  # the column that says when the present state began, which may have a place as well
    dates: dict[str, str] = field(default_factory=dict)  # by column
    levels: Sequence[str] = ("P1", "P2", "P3", "P4")  # priorities of the desk
    meanings: dict[tuple[str, str], str] = field(default_factory=dict)  # by (place, word)

    @property
    def columns(self) -> list[ColumnGuess]:
        """Every column with its place and its first distinct values."""
        return [ColumnGuess(name, self.places.get(name, REST), self.values(name)) for name in self.table.positions]

    def values(self, name: str) -> tuple[str, ...]:
        """Return the first distinct values of a column."""
        return tuple(self._distinct(name, _SHOWN_VALUES))

    def _distinct(self, name: str, most: int) -> list[str]:
        found: dict[str, None] = {}
        for row in self.table.rows:
            text = self.table.text_at(row, name)
            if text:
                found[text] = None
            if len(found) == most:
                break
        return list(found)

    def guess(self) -> None:
        """Fill in the places that the headings mean, for a person to check.

        Only whole headings count: `Project description` does not mean `description`.
        """
        folded = {name: _spellings(name) for name in self.table.positions}
        for place, names in _read_words("headings").items():
            found = [name for name, texts in folded.items() if texts & names]
            if place == "key":
                self.keys = [name for name in sorted(found, key=_depth) if self.repeats([name]) == []][:1]
            elif found and place not in self.places.values():
                self.places.setdefault(min(found, key=_depth), place)
        if "" in self.words("kind").values():  # many columns are named type; the kind has known words only
            self.places = {name: place for name, place in self.places.items() if place != "kind"}
        self._guess_times()

    def _guess_times(self) -> None:
        """Join each column of times of day with the column of dates on its left."""
        names = list(self.table.positions)
        for name, after in pairwise(names):
            if self.places.get(name) in EVENT_COLUMNS and self.places.get(after, REST) == REST:
                texts = self._distinct(after, _MAX_WORDS)
                if texts and all(_TIME_OF_DAY.fullmatch(plain_text(text)) for text in texts):
                    self.times[name] = after

    def source(self, name: str) -> str:
        """Return the source for a place: a column, or a template of its columns of dates and times."""
        return f"{{{name}}} {{{self.times[name]}}}" if name in self.times else name

    def repeats(self, keys: Sequence[str]) -> list[str]:
        """Return up to three values of a key that occur in several rows."""
        seen: dict[str, int] = {}
        for row in self.table.rows:
            key = " + ".join(self.table.text_at(row, name) for name in keys)
            seen[key] = seen.get(key, 0) + 1
        return [key for key, count in seen.items() if count > 1][:_SHOWN_VALUES]

    @property
    def date_columns(self) -> dict[str, DateColumn]:
        """The columns that date a step or give a day, each with the form in which it would be read."""
        names = [name for name, place in self.places.items() if place in EVENT_COLUMNS or _is_day(place)]
        names += [self.ended] if self.ended and self.ended not in names else []
        return {name: decide_form(self._dates_of(name), self.dates.get(name, AUTO)) for name in names}

    def _dates_of(self, name: str) -> Iterator[Cell]:
        at = self.times.get(name)
        for row in self.table.rows:
            if row.fault:
                continue
            cells = self.table.cells_at(row, name)
            if at:
                text = join_cells(self.source(name), {name: cells, at: self.table.cells_at(row, at)})
                yield text or None
            else:
                yield from cells

    def ends_undated(self) -> list[str]:
        """Return the words for states that end a ticket, if no column says when it ended."""
        dated = {"solve", "confirm", "archive", "withdraw", "updated"} & set(self.places.values())
        ends = ("solved", "confirmed", "archived", "withdrawn")
        return [] if dated or self.ended else [word for word, state in self.words("state").items() if state in ends]

    def words(self, place: str) -> dict[str, str]:
        """Return the words in the column of a place, each with its meaning; `""` if that is unknown."""
        column = next((name for name, given in self.places.items() if given == place), "")
        words = self._distinct(column, _MAX_WORDS) if column else []
        known = self._known_words(place)
        return {
            word: self.meanings.get((place, word))
            or known.get(fold_heading(word))
            or known.get(fold_heading(_NUMBERED.sub("", word)), "")
            for word in words
        }

    def _known_words(self, place: str) -> dict[str, str]:
        words = _read_words(place)
        if place == "priority":
            pairs = [(level, {level} | words[rank]) for level, rank in zip(self.levels, words, strict=False)]
        else:
            pairs = [(meaning, set(given)) for meaning, given in words.items()]
        return {fold_heading(word): meaning for meaning, given in pairs for word in given}

    def is_meaning(self, place: str, text: str) -> bool:
        """Whether `text` is a possible meaning for words of this place."""
        return is_state(text) if place == "state" else text in self.meanings_of(place)

    def meanings_of(self, place: str) -> Sequence[str]:
        """Return the possible meanings for words of this place."""
        return {"state": STATE_WORDS, "priority": self.levels}.get(place, KINDS)

    def missing(self) -> list[str]:
        """Return the places that a mapping needs and no column gives yet."""
        wanted = ("title", "report")
        return [*(place for place in wanted if place not in self.places.values()), *([] if self.keys else ["key"])]

    def render(self) -> str:
        """Return the mapping as the text of its file."""
        fields = {place: name for name, place in self.places.items() if place not in (REST, *EVENT_COLUMNS)}
        events = {place: self.source(name) for name, place in self.places.items() if place in EVENT_COLUMNS}
        events |= {"updated": self.source(self.ended)} if self.ended else {}
        lines = ["format: 1", f"name: {_quote(self.name)}", *_reads_lines(self.reads), f"source: {_quote(self.name)}"]
        lines.append(f"key: {_quote(' + '.join(self.keys))}")
        lines += _block(
            "dates", {self.source(name): form.form for name, form in self.date_columns.items() if form.form}
        )
        lines += _block("fields", fields)
        worded = [line for place in WORDED if place in fields for line in _block(place, self.words(place))]
        lines += ["values:", *(f"  {line}" for line in worded)] if worded else []
        return "\n".join([*lines, *_block("events", events), "judge: none", "rest: keep"]) + "\n"


def _depth(name: str) -> int:
    """Return how deep in a record a column is; the name of a shallow one means more than that of a deep one."""
    return name.count(".")


def _spellings(name: str) -> set[str]:
    """Return the names that may identify a heading: all of it, its lowest row, the last part of a path (`fields.x`)."""
    path = name.split(".")
    last = path[-2] if len(path) > 1 and path[-1] in ("name", "displayName") else path[-1]
    return {fold_heading(name), fold_heading(name.rpartition(" / ")[2]), fold_heading(last)}


@cache
def _read_words(name: str) -> dict[str, frozenset[str]]:
    """Return one table of guesses.yaml: the words for each meaning, folded for comparison."""
    data = (resources.files("fenji.imports") / "guesses.yaml").read_bytes()
    document = yaml_codec.load(data, "guesses.yaml")
    assert isinstance(document, Mapping)
    table = document[name]
    assert isinstance(table, Mapping)
    return {
        str(meaning): frozenset(map(fold_heading, map(str, words)))
        for meaning, words in table.items()
        if isinstance(words, list)
    }


def _is_day(place: str) -> bool:
    return any(path == place and spec.type == "day" for path, spec in FIELD_BY_PATH.items())


def _reads_lines(reads: Reads) -> list[str]:
    parts: dict[str, object] = {} if reads.sheet == 1 and not reads.header else {"sheet": reads.sheet}
    if reads.header:
        parts["header"] = "none" if reads.header == (0,) else list(reads.header)
    parts |= {key: text for key in ("encoding", "delimiter", "records") if (text := getattr(reads, key))}
    return [f"reads: {json.dumps(parts, ensure_ascii=False)}"] if parts else []


def _block(name: str, entries: Mapping[str, str]) -> list[str]:
    return [f"{name}:", *(f"  {_quote(key)}: {_quote(value)}" for key, value in entries.items())] if entries else []


def _quote(text: str) -> str:
    return json.dumps(cell_text(text), ensure_ascii=False)


def find_fitting(table: SourceTable) -> str:
    """Return the name of the shipped mapping that knows most of the table's columns; `""` if none knows enough."""
    counts = {name: _count_known(table, name) for name in shipped_names()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= _ENOUGH else ""


def _count_known(table: SourceTable, name: str) -> int:
    """Return for how many columns a mapping has a place; 0 if it needs a column that is missing."""
    mapped = MappedTable(table, read_mapping_file(read_shipped(name), f"{name}.yaml", name), UTC)
    return 0 if mapped.missing() else len(table.positions) - len(mapped.unplaced)
