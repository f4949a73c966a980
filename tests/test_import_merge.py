"""One ticket that two sites imported: it is one, under the smaller number, brought in by the first."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

from fenji.model.merge import merge
from fenji.model.ticket import Event, Ticket, Value

REPORT = Event(
    1, datetime(2016, 2, 29, 1, 16, tzinfo=UTC), "import", "report", {"set": {"title": "T", "kind": "quality"}}
)


def imported(number: str, hour: int, by: str) -> Ticket:
    at = datetime(2026, 11, 29, hour, tzinfo=UTC)
    data: dict[str, Value] = {
        "id": number,
        "uid": "01KK3Q0W8Z5V9M3T7K2B4C6D8E",
        "kind": "quality",
        "title": "T",
        "state": "new",
        "site": "KSA",
        "origin": {"source": "jira", "key": "SUP-17", "at": at, "by": by},
    }
    return Ticket(data, (REPORT,))


def test_the_smaller_number_and_the_earlier_origin_stand_in_any_order() -> None:
    versions = [
        imported("KSA-2016-0012", 9, "li.wei"),
        imported("KSA-2016-0007", 11, "omar"),
        imported("KSA-2016-0009", 10, "zhao.min"),
    ]
    for first, second, third in permutations(versions):
        merged = merge(merge(first, second), third)
        assert merged == merge(first, merge(second, third))
        assert (merged.id, merged.word("formerly")) == ("KSA-2016-0007", "KSA-2016-0012")
        origin = merged.get("origin")
        assert isinstance(origin, dict)
        assert origin["by"] == "li.wei"
        assert len(merged.log) == 1


def test_a_number_that_had_to_give_way_keeps_its_letters() -> None:
    renumbered = imported("KSA-2016-0007-8E", 9, "li.wei").with_fields({"formerly": "KSA-2016-0007"})
    merged = merge(renumbered, imported("KSA-2016-0012", 8, "omar"))
    assert (merged.id, merged.word("formerly")) == ("KSA-2016-0007-8E", "KSA-2016-0007")
    assert merged == merge(imported("KSA-2016-0012", 8, "omar"), renumbered)
