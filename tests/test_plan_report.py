"""The plan items of a report: how many were done by their due, and each that was decided."""

from __future__ import annotations

from datetime import date

from fenji.errors import Sentence
from figure_facts import START, facts_of, make_verdict, tables_of, values_of

DAY = 86400


def test_items_are_counted_by_person_and_listed_the_missed_first() -> None:
    facts = facts_of(
        make_verdict(1, "met", clock="item", item="m1", at=START + 2 * DAY, stopped=START + 2 * DAY),
        make_verdict(1, "missed", clock="item", item="m2", at=START + 3 * DAY, stopped=START + 8 * DAY),
        make_verdict(2, "missed", clock="item", item="m1", at=START + 20 * DAY, person="zhao.min", over=False),
        make_verdict(2, "excused", clock="item", item="m2", at=START, stopped=START + DAY, person="zhao.min"),
        make_verdict(3, "missed", clock="solution"),
        make_verdict(4, "missed", clock="item", item="m1", at=START + 20 * DAY, late_until=START + 22 * DAY + 3600),
        make_verdict(3, "missed", clock="item", item="m1", at=START - DAY),
    )
    found = tables_of(facts, "plan")
    assert values_of(found["plan"], "person", "items_met", "items_missed", "items_excused", "items_rate") == [
        ("li.wei", 1, 2, 0, 0.3333),
        ("zhao.min", 0, 1, 1, 0.0),
        (Sentence("total"), 1, 3, 1, 0.25),
    ]
    assert found["plan"].rows[0]["items_missed"].query == "item.is:missed item.at:2026-11 item.by:li.wei"
    listed = values_of(found["items"], "ticket", "item", "answer", "decided", "days_late")
    assert [(ticket, item, str(answer), day, late) for ticket, item, answer, day, late in listed] == [
        ("KSA-2026-0001", "m2", "missed", date(2026, 11, 4), 5),
        ("KSA-2026-0002", "m1", "missed", date(2026, 11, 21), 9),
        ("KSA-2026-0004", "m1", "missed", date(2026, 11, 21), 2),
        ("KSA-2026-0002", "m2", "excused", date(2026, 11, 1), 1),
        ("KSA-2026-0001", "m1", "met", date(2026, 11, 3), None),
    ]
    assert [row["days_late"].at_least for row in found["items"].rows] == [False, True, False, False, False]
