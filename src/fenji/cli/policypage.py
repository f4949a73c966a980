"""The policy as tables for people, from its description in plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.cli import streams
from fenji.cli.cells import Column, table
from fenji.cli.session import Line

if TYPE_CHECKING:
    from fenji.cli.session import Session

Rows = Iterable[Sequence[object]]
Section = tuple[str, tuple[str, ...], Rows]


def policy_lines(described: Mapping[str, object], session: Session) -> Iterator[str | Line]:
    """Title lines and one table for each part that holds anything; `described` is `fenji.policy.describe`."""
    yield Line(session.say("Policy since {since}", since=described["since"]), "head")
    yield session.say(
        "At risk below {share} of a target left; logged at most {backdate} late without a lead.",
        share=described["at_risk"],
        backdate=described["backdate"],
    )
    cells = streams.screen_cells()
    for title, headings, rows in _sections(described):
        texts = [[_word(value, session) for value in row] for row in rows]
        if texts:
            yield ""
            yield Line(session.say(title), "head")
            columns = [
                Column(session.say(heading), elastic=index == len(headings) - 1)
                for index, heading in enumerate(headings)
            ]
            lines = table(columns, texts, cells and cells - 2)
            yield from (f"  {line}" for line in lines)


def _word(value: object, session: Session) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_word(held, session)}" for key, held in value.items())
    if isinstance(value, Iterable):
        return ", ".join(_word(one, session) for one in value)
    return "" if value is None else str(value)


def _sections(described: Mapping[str, object]) -> Iterator[Section]:
    yield "Promises", ("P", "Response", "Solution", "Hours"), _records(described, "levels")
    yield _matrix(described)
    yield "Other promises by kind", ("Kind", "Promises"), _entries(described, "kinds")
    yield "Waiting", ("Reason", "Clocks held"), _entries(described, "waiting")
    yield "Excuses", ("Reason",), ((one,) for one in _list(described, "excuses"))
    yield (
        "Calendars",
        ("Name", "Zone", "A day", "Week", "Holidays of", "Next holidays"),
        _records(described, "calendars"),
    )
    yield "Sites", ("Site", "Name", "Calendar", "Lead"), _records(described, "sites")
    yield "Units", ("Unit", "Name"), _records(described, "units")
    keys = ("person", "name", "unit", "email", "roles")
    yield "People", ("Person", "Name", "Unit", "Mail", "Roles"), _records(described, "people", keys)
    yield "What a step needs", ("Kind", "Step: fields"), _entries(described, "requires")
    yield "Who may", ("Step", "Roles"), _entries(described, "may")
    yield "Routes", ("When", "Owner", "Units"), _records(described, "routes")
    yield "Shared views", ("Name", "Filter"), _entries(described, "views")


def _matrix(described: Mapping[str, object]) -> Section:
    columns = [str(one) for one in _list(described, "occurrence")]
    rows = [(impact, *(cells.get(one, "") for one in columns)) for impact, cells in _entries(described, "matrix")]
    return "Priority by impact and occurrence", ("", *columns), rows


def _entries(described: Mapping[str, object], key: str) -> list[tuple[str, Mapping[str, object]]]:
    held = described.get(key)
    return list(held.items()) if isinstance(held, Mapping) else []


def _list(described: Mapping[str, object], key: str) -> Sequence[object]:
    held = described.get(key)
    return held if isinstance(held, list) else []


def _records(described: Mapping[str, object], key: str, keys: Sequence[str] = ()) -> Rows:
    """The mappings of a list, as rows of the values of `keys` (all of them where none are named)."""
    records = [one for one in _list(described, key) if isinstance(one, Mapping)]
    return [[one.get(name) for name in keys] if keys else list(one.values()) for one in records]
