"""A report as one self-contained HTML page: tables with charts, and the tickets behind them folded in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.i18n import join_words
from fenji.model.appraisal import figure_text
from fenji.model.appraisal.kinds import APPRAISAL, find_kind
from fenji.model.appraisal.tables import ValueType
from fenji.model.board import format_left
from fenji.model.ticket import sanitize
from fenji.publish.markup import Markup, join, tag

if TYPE_CHECKING:
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.tables import Cell, Column, Figures, FigureTable, TableRow
    from fenji.publish.figure_edition import FigureEdition

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MAX_LISTED = 100  # tickets listed behind one figure; its query lists the rest
_MEASURES = (ValueType.COUNT, ValueType.HOURS, ValueType.MONEY)
_WIDTH, _HEIGHT, _MIDDLE = 200, 20, 10  # of an axis, in units of the drawing
_LINE_WIDTH, _LINE_HEIGHT = 1200, 100


def render_page(edition: FigureEdition) -> bytes:
    """Render a report as a page of HTML."""
    title = figure_text.title_parts(edition.main, "", edition.say)[0]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width"),
        tag("title", edition.title),
        tag("style", Markup(_style())),
    )
    heading = [
        tag("h1", title),
        tag(
            "p",
            " · ".join(figure_text.title_parts(edition.main, edition.listed_sites, edition.say)[1:]),
            class_="source",
        ),
        tag("p", edition.source, class_="source"),
    ]
    parts = [_render_part(part, edition, is_main=part is edition.main) for part in edition.parts]
    body = tag("body", heading, parts, _render_terms(edition) if edition.main.kind == APPRAISAL else None)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang=edition.language)}\n".encode()


@cache
def _style() -> str:
    return Path(__file__).with_name("figures.css").read_text("utf-8")


def _render_part(part: Figures, edition: FigureEdition, *, is_main: bool) -> Markup:
    title = find_kind(part.kind).title
    heading = None if is_main else tag("h2", f"{edition.say(title)} {part.period.query}")
    tables = []
    for table in part.tables:
        tables.append(None if table.title == title else tag("h3", edition.say(table.title)))
        tables.append(_TableMarkup(table, edition).render(with_tiles=is_main and table is part.tables[0]))
    return tag("section", heading, tables)


class _TableMarkup:
    """One table as markup."""

    def __init__(self, table: FigureTable, edition: FigureEdition) -> None:
        self._table, self._edition, self._say = table, edition, edition.say
        self._keys = [column for column in table.columns if column.is_key]
        self._columns = [column for column in table.columns if column.shown and not column.is_key]
        self._most = {column.name: _most(table, column) for column in self._columns if column.type in _MEASURES}

    def render(self, *, with_tiles: bool) -> Markup:
        table = self._table
        if not table.all_rows:
            return join(*(tag("p", self._say(said), class_="source") for said in table.said_of_nothing))
        if table.spark and not table.rows:
            return join(self._render_spark(), self._render_behind(table.all_rows[0]))
        body = [markup for row in table.all_rows for markup in self._render_row(row)]
        notes = [tag("li", self._say(note)) for note in table.notes]
        return join(
            self._render_tiles() if with_tiles else None,
            self._render_spark() if table.spark else None,
            tag("div", tag("table", tag("thead", tag("tr", self._heads())), tag("tbody", body)), class_="table"),
            tag("ul", notes, class_="notes") if notes else None,
        )

    def _render_tiles(self) -> Markup | None:
        """Render the figures of the total, large."""
        total = self._table.total
        if total is None:
            return None
        tiles = [
            tag(
                "div",
                tag("dt", self._label(column)),
                tag("dd", self._value(total, column), self._earlier(column)),
                class_="tile",
            )
            for column in self._columns
            if total[column.name].value is not None
        ]
        return tag("dl", tiles, class_="tiles")

    def _earlier(self, column: Column) -> Markup | None:
        """Render the total's figure for the period before."""
        earlier = self._edition.earlier
        before = next((table for table in earlier.tables if table.name == self._table.name), None) if earlier else None
        if earlier is None or before is None or before.total is None or before.total[column.name].value is None:
            return None
        value = figure_text.format_cell(before.total[column.name], column, self._say)
        return tag("small", f"{earlier.period.query}: {value}")

    def _render_spark(self) -> Markup | None:
        """Render the total, else the first row, as a line over the months, with the values below."""
        row = self._table.total or self._table.rows[0]
        columns = [column for column in self._columns if column.name in self._table.spark]
        values = figure_text.spark_values(row, [column.name for column in columns])
        top = 1.0 if columns and columns[0].type is ValueType.RATE else None
        months = [
            tag("span", tag("b", figure_text.format_cell(row[column.name], column, self._say)), self._label(column))
            for column in columns
        ]
        return tag("div", draw_line(values, top=top), tag("div", months, class_="months"), class_="chart")

    # --- heads and rows -----------------------------------------------------------------------------------------------

    def _label(self, column: Column) -> str:
        return figure_text.format_label(column, self._say)

    def _heads(self) -> Iterator[Markup]:
        yield tag("th", join_words(map(self._label, self._keys), self._edition.language), class_="text", scope="col")
        for column in self._columns:
            yield tag("th", self._label(column), class_="text" if _is_text(column) else None, scope="col")
            if column.bar:
                yield tag("th", "0 – 100 %", scope="col")

    def _render_row(self, row: TableRow) -> Iterator[Markup]:
        flag = "! " if row.flagged else ""
        name = flag + sanitize(figure_text.format_name(row, self._keys, self._say))
        cells = [tag("td", name, class_="text key")]
        for column in self._columns:
            cells.append(self._render_cell(row, column))
            if column.bar:
                cells.append(tag("td", self._axis(row, column), class_="bar"))
        is_total = row is self._table.total
        names = " ".join(word for word, holds in (("total", is_total), ("flagged", row.flagged)) if holds)
        yield tag("tr", cells, class_=names or None)
        behind = self._render_behind(row)
        if behind:
            yield tag("tr", tag("td", behind, colspan=len(cells)), class_="behind")

    def _render_cell(self, row: TableRow, column: Column) -> Markup:
        cell = row[column.name]
        marks = {"text": _is_text(column), "small": cell.small, "flag": cell.flag, "none": cell.value is None}
        names = " ".join(name for name, holds in marks.items() if holds)
        return tag(
            "td",
            tag("span", self._value(row, column), class_="value"),
            class_=names or None,
            data_label=self._label(column),
        )

    def _value(self, row: TableRow, column: Column) -> Markup:
        """Render a value: a rate with its counts, a count with a bar below it except in the total."""
        cell = row[column.name]
        text = sanitize(figure_text.format_cell(cell, column, self._say))
        counts = figure_text.format_counts(cell) if figure_text.has_counts(column) else ""
        most = self._most.get(column.name, 0.0)
        share = None
        if most and row is not self._table.total and isinstance(cell.value, int):
            share = draw_share(cell.value / most)
        return join(
            tag("span", text, share, class_="count") if share else text, tag("small", counts) if counts else None
        )

    def _axis(self, row: TableRow, column: Column) -> Markup | None:
        cell = row[column.name]
        if not isinstance(cell.value, float) or cell.interval is None:
            return tag("small", self._say(Sentence("too few to compare"))) if cell.small else None
        return draw_axis(cell.value, cell.interval, figure_text.expected_beside(row, column))

    # --- the tickets behind -------------------------------------------------------------------------------------------

    def _render_behind(self, row: TableRow) -> Markup | None:
        """Render a folded list of the tickets behind each figure of a row; nothing for a total below other rows."""
        if row is self._table.total and self._table.rows:
            return None
        lists = [(column, row[column.name].query) for column in self._columns if row[column.name].query]
        known = {query: column for column, query in reversed(lists)}
        if not known:
            return None
        count = len({ticket.uid for query in known for ticket in self._edition.behind.get(query, ())})
        summary = self._say(Sentence("{count} ticket", {"count": count}, plural="{count} tickets"))
        blocks = [self._render_list(column, row[column.name], query) for query, column in reversed(known.items())]
        return tag("details", tag("summary", summary), blocks)

    def _render_list(self, column: Column, cell: Cell, query: str) -> Markup:
        tickets = self._edition.behind.get(query, ())
        value = figure_text.format_cell(cell, column, self._say)
        text = f"{self._label(column)} {value} {figure_text.format_counts(cell)}"
        items = [self._render_ticket(ticket) for ticket in tickets[:_MAX_LISTED]]
        rest = len(tickets) - len(items)
        more = tag(
            "p", self._say(Sentence("and {count} more: {query}", {"count": rest, "query": query})), class_="query"
        )
        return join(tag("h4", sanitize(text)), tag("ul", items), more if rest > 0 else None)

    def _render_ticket(self, ticket: CountedTicket) -> Markup:
        length = "" if ticket.seconds is None else format_left(ticket.seconds)
        at = f"{ticket.at.astimezone(self._edition.main.period.zone):%Y-%m-%d %H:%M:%S}"
        return tag(
            "li",
            tag("b", sanitize(ticket.id)),
            tag("span", sanitize(ticket.level), class_="level"),
            tag(
                "span",
                length,
                class_="length",
                title=f"{self._say(ticket.answer) if ticket.answer else ''} {at}".strip(),
            ),
            tag("span", sanitize(figure_text.format_person(ticket.person, self._say))),
            tag("span", sanitize(ticket.title), class_="title"),
            class_=ticket.answer or None,
        )


def _most(table: FigureTable, column: Column) -> float:
    values = [row[column.name].value for row in table.rows]
    return max((float(value) for value in values if isinstance(value, int)), default=0.0)


def _is_text(column: Column) -> bool:
    return column.type in figure_text.LEFT_ALIGNED


# --- what the figures mean ----------------------------------------------------------------------------------------

_TERMS = (
    (
        Sentence("What is counted"),
        Sentence(
            "Each clock counts once, when it became final: a miss at its due, an answer when given, a solution when "
            "confirmed."
        ),
    ),
    (
        Sentence("Attainment"),
        Sentence(
            "Met out of met and missed, cut, not rounded; excused misses are apart. With fewer than ten decided, it "
            "is in brackets and not compared."
        ),
    ),
    (
        Sentence("Interval and expected"),
        Sentence(
            "The bar is where the rate falls nine times in ten, with chance removed; the vertical mark is what the "
            "rest of the desk reached on clocks of the same priority and kind."
        ),
    ),
    (
        Sentence("The sign !"),
        Sentence("Less than expected, beyond chance (99 %). Rows are sorted by name: this is not a ranking."),
    ),
    (
        Sentence("Lengths"),
        Sentence("Median, and the length that nine in ten stay within; >= where something still runs."),
    ),
)


def _render_terms(edition: FigureEdition) -> Markup:
    terms = [join(tag("dt", edition.say(term)), tag("dd", edition.say(text))) for term, text in _TERMS]
    heading = tag("h2", edition.say(Sentence("How each figure is defined")))
    return tag("section", heading, tag("dl", terms, class_="terms"))


# --- drawings ---------------------------------------------------------------------------------------------------------


def draw_axis(rate: float, interval: tuple[float, float], expected: float | None) -> Markup:
    """Draw a rate as a dot on an axis from 0 to 1, with its interval and a mark at the expected rate."""
    low, high = (round(end * _WIDTH) for end in interval)
    mark = None
    if expected is not None:
        at = round(expected * _WIDTH)
        mark = tag("line", class_="expected", x1=at, x2=at, y1=2, y2=_HEIGHT - 2)
    return tag(
        "svg",
        tag("line", class_="track", x1=0, x2=_WIDTH, y1=_MIDDLE, y2=_MIDDLE),
        tag("line", class_="interval", x1=low, x2=high, y1=_MIDDLE, y2=_MIDDLE),
        mark,
        tag("circle", class_="rate", cx=round(rate * _WIDTH), cy=_MIDDLE, r=5),
        class_="axis",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        aria_hidden="true",
    )


def draw_share(share: float) -> Markup:
    """Draw a bar that fills a share of its space."""
    shape = tag("rect", width=max(round(share * 100), 1) if share > 0 else 0, height=3)
    return tag("svg", shape, class_="share", viewBox="0 0 100 3", preserveAspectRatio="none", aria_hidden="true")


def draw_line(values: Sequence[float | None], *, top: float | None = None) -> Markup:
    """Draw numbers as a line, scaled from 0 to `top` or else to the largest; a missing number breaks the line."""
    known = [value for value in values if value is not None]
    top = top or max(known, default=0.0) or 1.0
    step = _LINE_WIDTH / max(len(values), 1)
    runs: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            height = round(_LINE_HEIGHT - max(value, 0.0) / top * _LINE_HEIGHT)
            runs[-1].append(f"{round((place + 0.5) * step)},{height}")
    lines = [tag("polyline", points=" ".join(run)) for run in runs if len(run) > 1]
    # Each dot is a line of no length with round ends, because a circle would be stretched with the page.
    dots = [tag("polyline", class_="dot", points=f"{point} {point}") for run in runs for point in run]
    base = tag("line", x1=0, x2=_LINE_WIDTH, y1=_LINE_HEIGHT, y2=_LINE_HEIGHT)
    box = f"0 0 {_LINE_WIDTH} {_LINE_HEIGHT}"
    return tag("svg", base, lines, dots, class_="spark", viewBox=box, preserveAspectRatio="none", aria_hidden="true")
