"""What had been decided before a ticket was brought in: by the other system, or reckoned by the policy. Pure.

It is counted in columns of its own and in no rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.facts import MET, MISSED, BroughtFact
from fenji.model.appraisal.figures import CLOCKS
from fenji.model.appraisal.table_keys import ANSWER_LABELS, CLOCK_LABELS
from fenji.model.appraisal.tables import Column
from fenji.model.sla.charges import answerer_before, find_answerer
from fenji.model.sla.timers import SECOND

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import Facts
    from fenji.model.appraisal.grouping import Grouping, GroupKey
    from fenji.model.sla import Evidence

_PREFIX = "brought_in"


def read_brought_in(evidence: Evidence) -> Iterator[BroughtFact]:
    """Yield what had been decided on a ticket when it was brought in.

    What the other system decided counts when the last thing happened there, and by whoever held the ticket then.
    """
    uid, run = evidence.ticket.uid, evidence.runs.get("solution")
    origin = evidence.ticket.get("origin")
    if run is None or run.timeline.brought_in is None or not isinstance(origin, Mapping):
        return
    known = [event.at for event in evidence.ticket.log if event.at <= run.timeline.brought_in]
    last = max(known, default=run.timeline.reported)
    holder = answerer_before(run, last + SECOND)
    verdict = origin.get("verdict")
    for name, answer in verdict.items() if isinstance(verdict, Mapping) else ():
        yield BroughtFact(uid, str(name), str(answer), _seconds(last), holder.key, holder.unit or "")
    for clock, each in evidence.runs.items():
        answerer = find_answerer(each)
        if each.decided_elsewhere and each.timeline.judged_there and each.decided and answerer:
            answer = MISSED if each.miss else MET
            yield BroughtFact(uid, clock, answer, _seconds(each.decided), answerer.key, answerer.unit or "")


def find_brought_in(facts: Facts, grouping: Grouping, span: tuple[int, int]) -> dict[GroupKey, dict[str, list[str]]]:
    """Return the numbers of the tickets of each thing that was decided, by row; its names are those of columns."""
    table = facts.brought.within("at", *span)
    found: dict[GroupKey, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, name, answer, uid in zip(
        grouping.of_rows(table, "at"), table.column("name"), table.column("answer"), table.columns["uid"], strict=True
    ):
        number = facts.number_at(facts.ticket_places[uid])
        found[key][f"{_PREFIX}_{name}_{answer}"].append(number)
    return {key: dict(names) for key, names in found.items()}


def brought_in_columns(names: Iterator[str]) -> Iterator[Column]:
    """Yield the columns of what was decided elsewhere."""
    for name in sorted(set(names)):
        what, _, answer = name.removeprefix(f"{_PREFIX}_").rpartition("_")
        words: dict[str, object] = {"name": what, "answer": answer}
        if what in CLOCKS and answer in ANSWER_LABELS:
            words = {"name": CLOCK_LABELS[what], "answer": ANSWER_LABELS[answer]}
        yield Column(name, label=Sentence("brought in, {name}: {answer}", words), drop=7)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
