"""A mapping: how the columns of a file become tickets, as defined in `imports/NAME.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo

from msgspec import Struct, field

from fenji.imports.tables import Reads

FOLDER = "imports"  # of the desk, for mappings
STATE_WORDS = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")
EVENT_COLUMNS = ("report", "respond", "assign", "wait", "solve", "confirm", "archive", "withdraw", "updated")
HISTORIES = ("rows", "jira", "redmine")
NOTE_FORMS = ("plain", "jira", "servicenow")
KEEP, REFUSE = "keep", "refuse"
# What may be translated besides fields: the state of the row, people in any field, and reasons for waits.
VALUE_NAMES = ("state", "person", "reason")
EXTRA_FIELDS = ("state", "site", "reason")  # what a column may give besides the fields of a ticket
VERDICT_PREFIX = "verdict."  # of a column that is kept under `origin.verdict`
_PLACE = re.compile(r"\{([^{}]+)\}")


class ColumnSource(Struct, frozen=True):
    """Where a field comes from: a column, a template of columns (`{型號} {故障}`), or several alternatives.

    `optional` says that the file may lack all of them, as when one mapping serves several languages.
    """

    alternatives: tuple[str, ...]
    optional: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns that it may use."""
        return tuple(dict.fromkeys(name for text in self.alternatives for name in columns_of(text)))

    def fill(self, value_of: Callable[[str], str]) -> Iterator[str]:
        """Yield the text of each alternative, without blank ones."""
        for text in self.alternatives:
            if "{" not in text:
                if value := value_of(text):
                    yield value
                continue
            values = {name: value_of(name) for name in columns_of(text)}
            if any(values.values()):
                yield fill_template(text, values)


def fill_template(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the columns in its braces filled in, without superfluous blanks."""
    filled = _PLACE.sub(lambda match: values[match[1]], text)
    return "\n".join(" ".join(line.split(" ")).strip() for line in filled.strip().split("\n"))


def columns_of(text: str) -> tuple[str, ...]:
    """Return the columns that a text names: those in braces, else the text itself."""
    return tuple(dict.fromkeys(_PLACE.findall(text))) or (text,)


class ValueMap(Struct, frozen=True):
    """The meanings of the words in a column, and what to do with others: keep, refuse, or one value for all."""

    words: Mapping[str, str]
    otherwise: str = REFUSE

    def translate(self, text: str) -> str | None:
        """Return the meaning of a word; None if the word must be refused."""
        known = self.words.get(text, self.words.get(fold_word(text)))
        if known is not None:
            return known
        return {KEEP: text, REFUSE: None}.get(self.otherwise, self.otherwise)


def is_state(text: str) -> bool:
    """Whether a text is a state: one word, or `waiting` with a reason."""
    word, _, reason = text.partition(" ")
    return word in STATE_WORDS and (not reason or (word == "waiting" and "=" not in reason))


def fold_word(text: str) -> str:
    """Return a word in the form for comparison: without case, full-width forms and repeated blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class HistoryRows(Struct, frozen=True):
    """The columns of a file with one row for each change that give a row's time, and the order of rows of one time."""

    at: str
    order: str = ""


class NoteColumns(Struct, frozen=True):
    """Columns whose cells are notes, and the form in which a note names its time and writer."""

    columns: tuple[str, ...]
    form: str = "plain"


class EventColumns(Struct, frozen=True):
    """The columns that date each step, by step, and the source of further history."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    history: str = ""
    rows: HistoryRows | None = None
    notes: tuple[NoteColumns, ...] = ()
    required: tuple[str, ...] = ()  # columns that the file must have, because they have no alternative

    @property
    def date_columns(self) -> tuple[str, ...]:
        """Every column that dates a step."""
        names = [name for columns in self.columns.values() for name in columns]
        return tuple(dict.fromkeys([*names, *([self.rows.at] if self.rows else [])]))


class ImportMapping(Struct, frozen=True):
    """A complete mapping.

    `keys` are lists of columns that make the identity of a record; the first list that the file has counts. `zone` is
    None for the time zone of the site; `repeats` says that a key has many rows.
    """

    name: str
    source: str
    keys: tuple[tuple[str, ...], ...]
    reads: Reads = field(default_factory=Reads)
    site: str = ""
    zone: tzinfo | None = None
    dates: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, ColumnSource] = field(default_factory=dict)
    values: Mapping[str, ValueMap] = field(default_factory=dict)
    events: EventColumns = field(default_factory=EventColumns)
    judge: str = "none"
    repeats: bool = False
