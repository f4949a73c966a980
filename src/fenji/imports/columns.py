"""A mapping applied to a table: which column of the file each name means, and how its dates are read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from functools import cached_property

from fenji.errors import Sentence
from fenji.imports.cells import Cell, SourceRow, SourceTable, cell_text
from fenji.imports.dates import AUTO, DateColumn, Moment, decide_form, read_day, read_moment
from fenji.imports.mapping import ImportMapping, columns_of, fill_template
from fenji.model.policy.document import closest_names
from fenji.model.ticket import find_field
from fenji.text import fold


@dataclass(frozen=True)
class MappedTable:
    """A table and the mapping applied to it. `zone` is the time zone of times that name none."""

    table: SourceTable
    mapping: ImportMapping
    zone: tzinfo
    _position_cache: dict[str, tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)
    _form_cache: dict[str, DateColumn] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The headings of the file, by their exact names and by their names folded for comparison."""
        folded: dict[str, str] = {}
        for name in self.table.positions:
            folded.setdefault(fold_heading(name), name)
        return folded | {name: name for name in self.table.positions}

    def column(self, name: str) -> str:
        """Return the heading that a name in the mapping means in this file; `""` if there is none.

        A text with columns in braces (`{日期} {時間}`) is its own name if the file has them all.
        """
        if "{" in name:
            return name if all(map(self.column, columns_of(name))) else ""
        return self._names.get(name) or self._names.get(fold_heading(name), "")

    def _positions(self, name: str) -> tuple[int, ...]:
        found = self._position_cache.get(name)
        if found is None:
            found = self._position_cache[name] = self.table.positions.get(self.column(name), ())
        return found

    def text(self, row: SourceRow, name: str) -> str:
        """Return the text of a row in a column; `""` if the file has no such column."""
        positions = self._positions(name)
        if len(positions) == 1:
            return cell_text(row.cells[positions[0]]) if positions[0] < len(row.cells) else ""
        return "\n".join(map(cell_text, self.cells(row, name)))

    def cells(self, row: SourceRow, name: str) -> list[Cell]:
        """Return the cells of a row in a column, without blank ones; empty if the file has no such column."""
        if "{" in name:
            text = join_cells(name, {column: self.cells(row, column) for column in columns_of(name)})
            return [text] if text else []
        cells, width = row.cells, len(row.cells)
        return [cells[at] for at in self._positions(name) if at < width and cells[at] is not None]

    @cached_property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the identity: the first list of the mapping that the file has; `()` if it has none."""
        found = (key for key in self.mapping.keys if all(map(self.column, key)))
        return next(found, ())

    # --- dates ----------------------------------------------------------------------------------------------------

    def form(self, name: str) -> DateColumn:
        """Return the form in which the dates of a column are read, decided by all its cells."""
        if name not in self._form_cache:
            cells = {cell: None for row in self.table.rows if not row.fault for cell in self.cells(row, name)}
            self._form_cache[name] = decide_form(cells, self._wanted_forms.get(name, AUTO))
        return self._form_cache[name]

    @cached_property
    def _wanted_forms(self) -> Mapping[str, str]:
        by_column = {self.column(name): form for name, form in self.mapping.dates.items() if self.column(name)}
        return {name: by_column[self.column(name)] for name in self._dated_names() if self.column(name) in by_column}

    def _dated_names(self) -> list[str]:
        days = [
            name
            for path, source in self.mapping.fields.items()
            if (field := find_field(path)) and field.type == "day"
            for name in source.columns
        ]
        return list(dict.fromkeys([*self.mapping.events.date_columns, *days]))

    @property
    def date_columns(self) -> dict[str, DateColumn]:
        """The columns of the file with dates, each with the form in which they are read."""
        return {self.column(name): self.form(name) for name in self._dated_names() if self.column(name)}

    def moment(self, row: SourceRow, name: str) -> Moment | None:
        """Return the instant of a row in a column, or None. Raises ValueError with the text that is not a date."""
        for cell in self.cells(row, name):
            found = read_moment(cell, self.form(name).form, self.zone)
            if found is None:
                raise ValueError(cell_text(cell))
            return found
        return None

    def day(self, row: SourceRow, name: str) -> str:
        """Return the date of a row in a column, `""` for none. Raises ValueError with the text that is not a date."""
        for cell in self.cells(row, name):
            day = read_day(cell, self.form(name).form)
            if not day:
                raise ValueError(cell_text(cell))
            return day
        return ""

    # --- what is wrong with the mapping for this file -------------------------------------------------------------

    def faults(self) -> list[Sentence]:
        """Return why this mapping does not fit this file; empty if it does."""
        return [*self.missing(), *self._date_faults()]

    def missing(self) -> list[Sentence]:
        """Return a message for each column that this mapping needs and the file lacks."""
        return [*self._missing_key(), *self._missing_columns()]

    def _missing_key(self) -> Iterable[Sentence]:
        if not self.key_columns:
            keys = tuple(" + ".join(key) for key in self.mapping.keys)
            values = {"key": keys, "columns": self._shown_columns()}
            yield Sentence("the file has no column {key} to identify tickets; it has: {columns}", values)

    def _missing_columns(self) -> Iterable[Sentence]:
        events = self.mapping.events
        fields = [name for source in self.mapping.fields.values() if not source.optional for name in source.columns]
        rows = [events.rows.at, events.rows.order] if events.rows else []
        required = [name for text in events.required for name in columns_of(text)]
        for name in dict.fromkeys([*fields, *required, *filter(None, rows)]):
            if not self.column(name):
                near = closest_names(name, list(self.table.positions))
                values = {"name": name, "near": near[0] if near else self._shown_columns()}
                yield Sentence("the file has no column {name}; did you mean {near}?" if near else _NO_COLUMN, values)
        reports = [name for name in events.columns["report"] if name not in events.required]
        if reports and not any(map(self.column, reports)):
            yield Sentence(_NO_COLUMN, {"name": tuple(reports), "near": self._shown_columns()})

    def _date_faults(self) -> Iterable[Sentence]:
        for name, form in self.date_columns.items():
            if form.fault:
                yield Sentence("dates of {column}: {reason}", {"column": name, "reason": form.fault})

    def _shown_columns(self) -> tuple[str, ...]:
        return tuple(self.table.positions)[:30]

    # --- what has no place ----------------------------------------------------------------------------------------

    @cached_property
    def _rest_positions(self) -> Sequence[tuple[str, int]]:
        """The name and the position of each unplaced column, with repeated headings numbered."""
        return [
            (_rest_key(name if number == 1 else f"{name} ({number})"), position)
            for name in self.unplaced
            for number, position in enumerate(self.table.positions[name], 1)
        ]

    @cached_property
    def unplaced(self) -> Sequence[str]:
        """The columns that the mapping does not use, which are kept in the ticket under `origin.rest`."""
        mapping = self.mapping
        placed = {name for source in mapping.fields.values() for name in source.columns}
        placed |= {name for texts in mapping.events.columns.values() for text in texts for name in columns_of(text)}
        if mapping.events.rows:
            placed |= {mapping.events.rows.at, mapping.events.rows.order}
        placed |= {name for group in mapping.events.notes for name in group.columns}
        placed |= set(self.key_columns) if len(self.key_columns) == 1 else set()
        used = {self.column(name) for name in placed if name}
        return [name for name in self.table.positions if name not in used]

    def rest(self, row: SourceRow) -> dict[str, str]:
        """Return the texts of a row in unplaced columns, by heading, with repeated headings numbered."""
        width = len(row.cells)
        return {
            name: cell_text(row.cells[position])
            for name, position in self._rest_positions
            if position < width and row.cells[position] is not None
        }


def join_cells(template: str, cells: Mapping[str, Sequence[Cell]]) -> str:
    """Return date and time from several columns as one text; `""` if the first of them is blank."""
    texts = {name: _joined_text(held[0]) if held else "" for name, held in cells.items()}
    first = next(iter(texts.values()), "")
    return fill_template(template, texts) if first else ""


def _joined_text(cell: Cell) -> str:
    midnight = isinstance(cell, datetime) and cell.time() == time()
    return cell_text(cell.date() if midnight and isinstance(cell, datetime) else cell)


_NO_COLUMN = "the file has no column {name}; it has: {near}"
_MAX_KEY = 200  # characters of a heading as a key


def _rest_key(name: str) -> str:
    return " ".join(name.split())[:_MAX_KEY]


def fold_heading(name: str) -> str:
    """Return a heading, or a word of guesses.yaml, in the form for comparison."""
    return "".join(fold(name).split())
