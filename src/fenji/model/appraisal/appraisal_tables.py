"""The appraisal as tables: a row for each key with its counts, rates and lengths, and a table of the signs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.brought_in import brought_in_columns
from fenji.model.appraisal.figures import CLOCKS, COUNT_NAMES, RATE_NAMES
from fenji.model.appraisal.table_keys import CLOCK_LABELS, key_columns, total_key
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType
from fenji.model.sla.names import SIGN_LABELS

if TYPE_CHECKING:
    from fenji.model.appraisal.figures import Appraisal, ClockFigures, FigureRow
    from fenji.model.appraisal.intervals import Quantile
    from fenji.model.appraisal.tables import Words

_ANSWERS = ("met", "missed", "excused")
_SHARES: Mapping[str, tuple[Words, int]] = {"median": (Sentence("median"), 3), "p90": ("p90", 4)}  # label, drop
_LENGTH_MARKS = ("at_least", "elapsed")
RATE_MARKS = ("small", "flag")
COUNTED_MARKS = ("met", "decided", "small")  # of a rate whose counts have no other columns
_SHOWN_CLOCKS = ("response", "solution")


def build_appraisal_tables(figures: Appraisal) -> list[FigureTable]:
    """Return the tables of an appraisal."""
    return [
        FigureTable(
            "appraisal",
            Sentence("Service figures"),
            [*key_columns(figures.by), *_columns(figures)],
            [TableRow({**_key_cells(row), **_cells(row)}) for row in figures.rows],
            TableRow({**total_key(figures.by), **_cells(figures.total)}),
            list(_notes(figures)),
        ),
        *_sign_tables(figures),
    ]


def _sign_tables(figures: Appraisal) -> Iterator[FigureTable]:
    """Yield the table of the signs beside the rates, each with whoever caused it; nothing without signs."""
    rows = [
        TableRow(
            {
                **_key_cells(row),
                "sign": Cell(Sentence(SIGN_LABELS[sign])),
                "count": Cell(number, row.queries.get(sign, "")),
            }
        )
        for row in (figures.rows if figures.by else [figures.total])
        for sign, number in sorted(row.signs.items())
    ]
    if rows:
        columns = [
            *key_columns(figures.by),
            Column("sign", ValueType.TEXT, Sentence("sign")),
            Column("count", label="n"),
        ]
        yield FigureTable("signs", Sentence("Signs next to the rates"), columns, rows, is_extract=True)


def _key_cells(row: FigureRow) -> dict[str, Cell]:
    return {key: Cell(value) for key, value in row.key.items()} or total_key(())


# --- columns ------------------------------------------------------------------------------------------------------


def _columns(figures: Appraisal) -> Iterator[Column]:
    yield Column("tickets", shown=False)
    for clock in CLOCKS:
        counted = ValueType.NUMBER if clock == "item" else ValueType.COUNT  # a ticket may have several items
        yield from (Column(f"{COUNT_NAMES[clock]}_{answer}", counted, shown=False) for answer in _ANSWERS)
    decided = [clock for clock in CLOCKS if figures.total.clock(clock).decided] or _SHOWN_CLOCKS
    main = "solution" if "solution" in decided else decided[0]
    for clock in CLOCKS:
        yield from _rate_columns(clock, shown=clock in decided, is_main=clock == main)
    for clock in _SHOWN_CLOCKS:
        for share, (label, drop) in _SHARES.items():
            name, shown = f"{share}_{clock}_s", clock == main
            yield Column(name, ValueType.SECONDS, label, shown=shown, drop=drop, marks=_LENGTH_MARKS)
        yield Column(f"{clock}_calendar", ValueType.TEXT, shown=False)
    yield Column("backlog", label=Sentence("backlog"))
    yield Column("unconfirmed", label=Sentence("to be confirmed"), shown=False)
    yield Column("with_unconfirmed_rate", ValueType.RATE, Sentence("with these"), shown=False, marks=COUNTED_MARKS)
    yield Column("solved_earlier", ValueType.NUMBER, shown=False)
    yield Column("answers", ValueType.NUMBER, Sentence("answers"), shown="person" in figures.by, drop=5)
    yield Column("waiting_share", ValueType.RATE, Sentence("waiting"), drop=6, with_counts=False)
    yield from brought_in_columns(name for row in figures.rows or (figures.total,) for name in row.brought_in)
    yield Column("hours", ValueType.HOURS, shown=False)
    rows = (*figures.rows, figures.total)
    for currency in sorted({currency for row in rows for currency in row.costs}):
        yield Column(f"cost_{currency}", ValueType.MONEY, Sentence("cost"), currency, shown=False)
    for currency in sorted({currency for row in rows for currency in row.fees}):
        yield Column(f"fees_{currency}", ValueType.MONEY, Sentence("marked billable"), currency, shown=False)
    for sign in sorted({sign for row in rows for sign in row.signs}):
        yield Column(sign, ValueType.NUMBER, Sentence(SIGN_LABELS[sign]), shown=False)


def _rate_columns(clock: str, *, shown: bool, is_main: bool) -> Iterator[Column]:
    """Yield the columns of a clock's rate; pages leave out a clock of which none is decided."""
    name = RATE_NAMES[clock]
    yield Column(f"{name}_rate", ValueType.RATE, CLOCK_LABELS[clock], shown=shown, bar=is_main, marks=RATE_MARKS)
    yield Column(f"{name}_low", ValueType.RATE, shown=False)
    yield Column(f"{name}_high", ValueType.RATE, shown=False)
    yield Column(f"{name}_expected", ValueType.RATE, Sentence("exp."), shown=is_main, drop=1, with_counts=False)


# --- cells --------------------------------------------------------------------------------------------------------


def _cells(row: FigureRow) -> dict[str, Cell]:
    cells = {"tickets": Cell(row.tickets, row.queries.get("tickets", ""))}
    for clock in CLOCKS:
        figures = row.clock(clock)
        for answer in _ANSWERS:
            name = f"{COUNT_NAMES[clock]}_{answer}"
            cells[name] = Cell(getattr(figures, answer), row.queries.get(name, ""))
        cells |= rate_cells(RATE_NAMES[clock], figures, query=_decided_query(row, clock))
    for clock in _SHOWN_CLOCKS:
        cells |= _length_cells(clock, row.clock(clock))
    return cells | {
        "backlog": Cell(row.backlog.open, row.queries.get("backlog", "")),
        "unconfirmed": Cell(row.backlog.unconfirmed, row.queries.get("unconfirmed", "")),
        "with_unconfirmed_rate": _rate_cell(row.with_unconfirmed),
        "solved_earlier": Cell(row.solved_earlier),
        "answers": Cell(row.answers),
        "waiting_share": Cell(None if row.waiting_share is None else round(row.waiting_share, 4)),
        "hours": Cell(row.hours),
        **{f"cost_{currency}": Cell(amount) for currency, amount in row.costs.items()},
        **{f"fees_{currency}": Cell(amount) for currency, amount in row.fees.items()},
        **{name: Cell(count, row.queries.get(name, "")) for name, count in {**row.signs, **row.brought_in}.items()},
    }


def _decided_query(row: FigureRow, clock: str) -> str:
    """Return the query for all tickets behind a rate, met and missed."""
    for answer in ("missed", "met"):
        query = row.queries.get(f"{COUNT_NAMES[clock]}_{answer}", "")
        if query:
            return query.replace(f"{clock}.is:{answer}", f"{clock}.is:missed,met", 1)
    return ""


def rate_cells(name: str, figures: ClockFigures, *, query: str = "") -> dict[str, Cell]:
    """Return the cells of a rate (flagged if it lies below the expected one), its interval and the expected rate."""
    rate = _rate_cell(figures, query)
    shown = figures.mapping()
    others = {f"{name}_{part}": Cell(_number(shown[part])) for part in ("low", "high", "expected")}
    return {f"{name}_rate": rate, **others}


def _rate_cell(figures: ClockFigures, query: str = "") -> Cell:
    return Cell(
        figures.shown_rate,
        query,
        small=figures.small and bool(figures.decided),
        flag=figures.flagged,
        of=(figures.met, figures.decided),
        interval=figures.interval,
    )


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _length_cells(clock: str, figures: ClockFigures) -> dict[str, Cell]:
    """Return the cells of median and p90, with marks if they may still grow, and of their calendar (rule 28)."""
    cells = {f"{clock}_calendar": Cell(figures.calendar)}
    for share in _SHARES:
        length: Quantile | None = getattr(figures, share)
        if length:
            elapsed = not figures.calendar
            cells[f"{share}_{clock}_s"] = Cell(length.seconds, at_least=length.at_least, elapsed=elapsed)
    return cells


# --- notes --------------------------------------------------------------------------------------------------------


def _unconfirmed_note(figures: Appraisal) -> Sentence:
    """Return the note on the unconfirmed solutions: how many, since when, and the rate including them."""
    total, solution = figures.total, figures.total.with_unconfirmed
    oldest = total.backlog.oldest_unconfirmed
    values: dict[str, object] = {
        "count": total.backlog.unconfirmed,
        "since": oldest.astimezone(figures.period.zone).date().isoformat() if oldest else "-",
    }
    if not solution.decided:
        return Sentence("solved and not confirmed: {count}, the oldest since {since}", values)
    counts = {"met": solution.met, "decided": solution.decided}
    values |= {"rate": f"{solution.met * 100 // solution.decided} %", **counts}
    return Sentence(
        "solved and not confirmed: {count}, the oldest since {since}; with them {rate} ({met}/{decided}) in time",
        values,
    )


def _notes(figures: Appraisal) -> Iterator[Sentence]:
    """Yield the notes on the rates: what is not confirmed, what was excused, the hours, what the marks mean."""
    total = figures.total
    if total.backlog.unconfirmed:
        yield _unconfirmed_note(figures)
    if total.solved_earlier:
        yield Sentence("confirmed now, solved in an earlier period: {count}", {"count": total.solved_earlier})
    excused = {name: total.clock(name).excused for name in _SHOWN_CLOCKS}
    if any(excused.values()):
        yield Sentence("excused: responses {response}, solutions {solution}", excused)
    clocks = [row.clock(name) for row in (*figures.rows, total) for name in _SHOWN_CLOCKS]
    if any(clock.median and not clock.calendar for clock in clocks):
        yield Sentence("* elapsed, without waits: the row's clocks ran on several calendars")
    if total.hours:
        fees = tuple(f"{currency} {amount}" for currency, amount in sorted(total.fees.items())) or "-"
        values = {"hours": total.hours, "fees": fees, "kind": Sentence("Hours and fees")}
        yield Sentence(
            "hours {hours}, lines marked billable {fees}: proposals; what contracts bill is under {kind}", values
        )
    if any(row.clock(name).flagged for row in figures.rows for name in _SHOWN_CLOCKS):
        yield Sentence("! lower than the rest of the desk on similar tickets, beyond chance")
