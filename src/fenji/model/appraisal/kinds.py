"""The kinds of report, one entry for each, and how each one is counted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import InvalidUsage, Sentence
from fenji.model.appraisal.appraisal_tables import build_appraisal_tables
from fenji.model.appraisal.appraise import FigureQuestion, appraise
from fenji.model.appraisal.grouping import KEYS, MONTH, TICKET_KEYS
from fenji.model.appraisal.tables import Figures, FigureTable

if TYPE_CHECKING:
    from fenji.model.appraisal.backlog import Ages
    from fenji.model.appraisal.facts import Facts
    from fenji.model.contracts import Contracts, SettledLine

SettledLines = Mapping[tuple[str, str], Sequence["SettledLine"]]  # by uid of the ticket and key of the line
APPRAISAL, TREND = "appraisal", "trend"


class KindInputs(Struct, frozen=True):
    """What a kind of report may read: the facts, the question, and data that facts do not contain."""

    facts: Facts
    question: FigureQuestion
    count_age: Ages
    whole: Facts | None = None  # facts of all tickets, if `facts` are narrowed by a query
    settle: Callable[[], SettledLines] = dict  # reads contracts and tickets; called only by kinds that need it
    contracts: Callable[[], Contracts | None] = lambda: None


class Kind(Struct, frozen=True):
    """A kind of report: its name, its title, and the keys by which its rows may be grouped.

    `by`: the default keys. The tables are built by the module `NAME_tables`, which is imported on demand.
    """

    name: str
    title: Sentence
    by: tuple[str, ...] = ()
    keys: tuple[str, ...] = KEYS


KINDS = (
    Kind(APPRAISAL, Sentence("Service figures")),
    Kind("backlog", Sentence("Backlog"), by=("person",)),
    Kind(TREND, Sentence("Trend"), keys=tuple(key for key in KEYS if key != MONTH)),
    Kind("workload", Sentence("Workload"), by=("person",)),
    Kind("fees", Sentence("Hours and fees"), by=("person",)),
    Kind("parts", Sentence("Failures"), keys=TICKET_KEYS),
    Kind("opportunity", Sentence("Opportunities"), keys=()),
    Kind("plan", Sentence("Plan items"), by=("person",)),
)
KIND_BY_NAME = {kind.name: kind for kind in KINDS}


def find_kind(name: str) -> Kind:
    """Return a kind by its name. Raises InvalidUsage for an unknown one."""
    if name not in KIND_BY_NAME:
        known = tuple(KIND_BY_NAME)
        raise InvalidUsage("There is no report kind {kind}.", hint="It knows {known}.", kind=name, known=known)
    return KIND_BY_NAME[name]


def count_figures(kind: Kind, inputs: KindInputs) -> Figures:
    """Count the figures of a kind."""
    facts, question = inputs.facts, inputs.question
    appraisal = None
    if kind.name == APPRAISAL:  # JSON has its own shape for this kind
        appraisal = appraise(facts, question, count_age=inputs.count_age)
        tables: Sequence[FigureTable] = build_appraisal_tables(appraisal)
    else:
        module = import_module(f"{__package__}.{kind.name}_tables")
        tables = getattr(module, f"build_{kind.name}_tables")(inputs)
    return Figures(
        kind.name,
        question.period,
        question.by,
        question.at,
        len(facts.tickets),
        [table.with_shared_tickets().with_marks() for table in tables],
        appraisal,
        where=question.where,
        clock=question.clock,
    )
