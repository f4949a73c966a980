"""Facts and figures made by hand, for tests of counting."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fenji.model.appraisal.appraise import FigureQuestion, appraise
from fenji.model.appraisal.columns import column_types
from fenji.model.appraisal.facts import Facts, TicketFact, TicketFacts, VerdictFact
from fenji.model.appraisal.kinds import KindInputs, count_figures, find_kind
from fenji.model.periods import Period, parse_period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fenji.model.appraisal.figures import Appraisal
    from fenji.model.appraisal.tables import FigureTable

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 18)  # a Wednesday
NOVEMBER = parse_period("2026-11", today=TODAY, zone=SHANGHAI)
NOW = datetime(2026, 12, 5, tzinfo=UTC)
BLANK: dict[str, Any] = {"I": "", "q": 0, "B": True}
START = int(NOVEMBER.start.timestamp())


def make_ticket(number: int, **changes: Any) -> TicketFact:
    columns = {name: BLANK[code] for name, code in column_types(TicketFact).items()}
    known = {"uid": f"u{number}", "id": f"KSA-2026-{number:04}", "site": "KSA", "kind": "quality", "reported": START}
    return TicketFact(**{**columns, **known, **changes})


def make_verdict(number: int, answer: str = "met", **changes: Any) -> VerdictFact:
    blank = {name: BLANK[code] for name, code in column_types(VerdictFact).items()}
    known = {"uid": f"u{number}", "clock": "solution", "answer": answer, "at": START + 3600, "person": "li.wei"}
    return VerdictFact(**{**blank, **known, "level": "P3", "kind": "quality", "site": "KSA", **changes})


def facts_of(*verdicts: VerdictFact, tickets: int = 0) -> Facts:
    facts = Facts()
    by_uid: dict[str, list[VerdictFact]] = {f"u{number}": [] for number in range(tickets)}
    for verdict in verdicts:
        by_uid.setdefault(verdict.uid, []).append(verdict)
    facts.add(TicketFacts(make_ticket(int(uid[1:])), found) for uid, found in by_uid.items())
    return facts


def figures_of(facts: Facts, *by: str, period: Period = NOVEMBER) -> Appraisal:
    return appraise(facts, FigureQuestion(period, NOW, by), count_age=lambda _, reported, at: (at - reported).days)


def tables_of(
    facts: Facts, kind: str, *by: str, period: Period = NOVEMBER, clock: str = "", **inputs: Any
) -> Mapping[str, FigureTable]:
    """Return the tables of a kind, by name."""
    question = FigureQuestion(period, NOW, by or find_kind(kind).by, clock)
    known = KindInputs(facts, question, lambda _, reported, at: (at - reported).days, **inputs)
    return {table.name: table for table in count_figures(find_kind(kind), known).tables}


def values_of(table: FigureTable, *names: str) -> list[tuple[Any, ...]]:
    """Return the values of some columns, row by row, the total last."""
    return [tuple(row[name].value for name in names) for row in table.all_rows]
