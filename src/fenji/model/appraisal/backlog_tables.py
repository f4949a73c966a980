"""The backlog at any past instant as tables: tickets open then, by whoever held them, and their age. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.backlog import (
    RUNNING,
    SOLVED,
    WAITING,
    OpenTicket,
    find_open_tickets,
    summarize_backlog,
)
from fenji.model.appraisal.figures import AGE_NAMES
from fenji.model.appraisal.grouping import Grouping, sort_keys
from fenji.model.appraisal.queries import list_query
from fenji.model.appraisal.table_keys import key_cells, key_columns, total_key
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.kinds import KindInputs

_CellMaker = Callable[[Sequence[OpenTicket]], Mapping[str, Cell]]


def build_backlog_tables(inputs: KindInputs) -> list[FigureTable]:
    """Return the tables of what was open at the end of the period: a summary, then running and waiting by age."""
    facts, question = inputs.facts, inputs.question
    grouping = Grouping(question.by, facts, question.period)
    found = find_open_tickets(facts, grouping, question.at, inputs.count_age)
    whole = find_open_tickets(facts, Grouping((), facts, question.period), question.at, inputs.count_age).get((), [])
    rows = {key: found[key] for key in sort_keys(found, grouping)}

    def make_table(name: str, title: Sentence, columns: Sequence[Column], make_cells: _CellMaker) -> FigureTable:
        return FigureTable(
            name,
            title,
            [*key_columns(question.by), *columns],
            [TableRow({**key_cells(grouping, key), **make_cells(tickets)}) for key, tickets in rows.items()]
            if question.by
            else (),
            TableRow({**total_key(question.by), **make_cells(whole)}),
        )

    zone = question.period.zone
    return [
        make_table("backlog", Sentence("Backlog"), _SUMMARY_COLUMNS, lambda tickets: _summary_cells(tickets, zone)),
        make_table("running", _RUNNING_TITLE, _AGE_COLUMNS, lambda tickets: _age_cells(tickets, RUNNING)),
        make_table("waiting", _WAITING_TITLE, _AGE_COLUMNS, lambda tickets: _age_cells(tickets, WAITING)),
    ]


_SUMMARY_COLUMNS = (
    Column("open", label=Sentence("backlog")),
    Column("running", label=Sentence("running")),
    Column("waiting", label=Sentence("waiting")),
    Column("unconfirmed", label=Sentence("to be confirmed")),
    Column("oldest_unconfirmed", ValueType.DATE, Sentence("oldest solved on"), drop=1),
)
_AGE_COLUMNS = (*(Column(f"age_{band}", label=band) for band in AGE_NAMES), Column("all", label=Sentence("total")))
_RUNNING_TITLE = Sentence("Running, by age in open days")
_WAITING_TITLE = Sentence("Waiting, by age in open days")


def _summary_cells(tickets: Sequence[OpenTicket], zone: tzinfo) -> dict[str, Cell]:
    backlog = summarize_backlog(tickets)
    oldest = backlog.oldest_unconfirmed
    return {
        "open": _count_cell(tickets, lambda ticket: ticket.state != SOLVED),
        "running": _count_cell(tickets, lambda ticket: ticket.state == RUNNING),
        "waiting": _count_cell(tickets, lambda ticket: ticket.state == WAITING),
        "unconfirmed": _count_cell(tickets, lambda ticket: ticket.state == SOLVED),
        "oldest_unconfirmed": Cell(oldest.astimezone(zone).date() if oldest else None),
    }


def _age_cells(tickets: Sequence[OpenTicket], state: str) -> dict[str, Cell]:
    known = [ticket for ticket in tickets if ticket.state == state]
    bands = {
        f"age_{name}": _count_cell([ticket for ticket in known if ticket.band == place])
        for place, name in enumerate(AGE_NAMES)
    }
    return {**bands, "all": _count_cell(known)}


def _count_cell(tickets: Sequence[OpenTicket], fits: Callable[[OpenTicket], bool] = lambda _: True) -> Cell:
    ids = [ticket.id for ticket in tickets if fits(ticket)]
    return Cell(len(ids), list_query(ids))
