"""Reading the rules that carry a date: priorities, matrix, calendars, exceptions by kind, now and under `earlier`.

What one version lacks it takes from the version after it, calendar by calendar. How the levels of a version must relate
to each other is asked in `ladder`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise, product

from fenji import calendars
from fenji.errors import Fault, Sentence
from fenji.policy.durations import NONE, Duration, parse
from fenji.policy.shape import Faults, Path, entries, keyed, listed, offered, shown, word
from fenji.policy.values import ALWAYS, CLOCKS, SITE, Level, Version
from fenji.ticket import KINDS, instant

VERSIONED = ("priorities", "matrix", "calendars", "kinds")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_YEAR, _LAST_YEAR = 1970, 9998  # leaves room for every zone's offset


@dataclass(frozen=True)
class Draft:
    """A version as far as it could be read, where each part stands, and the calendars it names, sound or not."""

    version: Version
    places: Mapping[str, Path]
    named: frozenset[str]


@dataclass(frozen=True)
class Axes:
    """The values of the matrix's two axes; None where a former version's own rows and columns are meant."""

    impact: tuple[str, ...] | None
    occurrence: tuple[str, ...] | None


def drafts(top: Mapping[str, object], axes: Axes, faults: Faults) -> list[Draft]:
    """Every version of the policy, oldest first; the last is the one at the top of the file."""
    since = moment(top.get("since"), ("since",), faults)
    newest = _draft((since or date(_LAST_YEAR, 1, 1), (), dict(top)), axes, faults)
    former = _former(top.get("earlier"), faults)
    if since:
        _in_order(former, since, faults)
    former.sort(key=lambda one: _begins(one[0]), reverse=True)
    found = [newest]
    for one in former:
        found.append(_draft(one, Axes(None, None), faults, after=found[-1]))
    return found[::-1]


def moment(value: object, path: Path, faults: Faults) -> date | datetime | None:
    """A date, or an instant with offset; None where absent or faulty."""
    text = word(value, path, faults)
    if not text:
        return None
    found = _date(text) if _DATE.fullmatch(text) else instant(text)
    if found and _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return found
    message = Sentence(
        "{value} is not a date, as 2026-01-01, nor an instant with offset, as 2026-01-01T00:00:00+03:00",
        {"value": text},
    )
    faults.append(Fault(path, message))
    return None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begins(since: date | datetime) -> datetime:
    return since if isinstance(since, datetime) else datetime(since.year, since.month, since.day, tzinfo=UTC)


Entry = tuple[date | datetime, Path, dict[str, object]]  # since, where it stands, what it holds


def _former(value: object, faults: Faults) -> list[Entry]:
    found: list[Entry] = []
    for index, one in enumerate(listed(value, ("earlier",), faults)):
        path: Path = ("earlier", index)
        entry = keyed(one, path, ("since", *VERSIONED), faults, needed=("since",))
        if not any(entry.get(key) is not None for key in VERSIONED):
            faults.append(Fault(path, Sentence("says nothing: give its priorities, matrix or calendars")))
        since = moment(entry.get("since"), (*path, "since"), faults)
        # Without its date it cannot be placed, but what else is wrong with it is still found.
        found.append((since or date(_FIRST_YEAR, 1, 1), path, entry))
    return found


def _in_order(former: list[Entry], since: date | datetime, faults: Faults) -> None:
    dated = [one for one in former if one[2].get("since") is not None]
    begun = [_begins(one[0]) for one in dated]
    rising = all(left < right for left, right in pairwise(begun))
    falling = all(left > right for left, right in pairwise(begun))
    for index, (when, path, entry) in enumerate(dated):
        values = {"value": shown(entry["since"]), "since": since.isoformat()}
        if begun[index] in begun[:index]:
            faults.append(Fault((*path, "since"), Sentence("{value} stands twice", values)))
        if _begins(when) >= _begins(since):
            message = Sentence("{value} must lie before the `since` of the newest version, {since}", values)
            faults.append(Fault((*path, "since"), message))
    if not rising and not falling and len(set(begun)) == len(begun):
        faults.append(Fault(("earlier",), Sentence("the versions must stand in the order of their `since`")))


def _draft(entry: Entry, axes: Axes, faults: Faults, *, after: Draft | None = None) -> Draft:
    since, path, held = entry
    places = {key: (*path, key) for key in VERSIONED if after is None or held.get(key) is not None}
    priorities = _priorities(held.get("priorities"), places.get("priorities"), faults)
    levels = priorities or (after.version.priorities if after else {})
    matrix = _matrix(held.get("matrix"), places.get("matrix"), axes, tuple(levels), faults)
    _matrix_fits(after, places, levels, path, faults)
    own, named = _calendars(held.get("calendars"), places.get("calendars"), faults)
    kinds = _kinds(held.get("kinds"), places.get("kinds"), faults)
    if after is None:
        return Draft(Version(since, levels, matrix, own, kinds), places, named)
    version = Version(
        since,
        levels,
        matrix if "matrix" in places else after.version.matrix,
        {**after.version.calendars, **own},
        kinds if "kinds" in places else after.version.kinds,
    )
    return Draft(version, {**after.places, **places}, named | after.named)


def _matrix_fits(
    after: Draft | None, places: Mapping[str, Path], levels: Mapping[str, Level], path: Path, faults: Faults
) -> None:
    """A version with priorities of its own that takes the matrix of the next must know every priority in it."""
    if after is None or "matrix" in places or "priorities" not in places:
        return
    cells = dict.fromkeys(cell for row in after.version.matrix.values() for cell in row.values())
    strange = ", ".join(cell for cell in cells if cell not in levels)
    if strange:
        message = Sentence("needs a matrix of its own: that of the version after it names {value}", {"value": strange})
        faults.append(Fault(path, message))


def _priorities(value: object, path: Path | None, faults: Faults) -> dict[str, Level]:
    found: dict[str, Level] = {}
    for name, one in entries(value, path or (), faults).items():
        place = (*(path or ()), name)
        if one is None:
            faults.append(Fault(place, Sentence("needs its times: response and solution, or `none` for either")))
        level = keyed(one, place, (*CLOCKS, "calendar"), faults)
        response, solution = (duration(level.get(clock), (*place, clock), faults) for clock in CLOCKS)
        found[name] = Level(response, solution, _hours(level.get("calendar"), (*place, "calendar"), faults))
    return found


def _hours(value: object, path: Path, faults: Faults) -> str:
    text = word(value, path, faults) or ALWAYS
    if text not in (ALWAYS, SITE):
        message = Sentence(
            "must be `always`, or `site` for the calendar of the ticket's site, not {value}", {"value": text}
        )
        faults.append(Fault(path, message))
        return ALWAYS
    return text


def duration(value: object, path: Path, faults: Faults) -> Duration | None:
    """A target; None where it is absent or `none` (clock rules 9), or faulty."""
    text = word(value, path, faults)
    if not text or text == NONE:
        return None
    found = parse(text)
    if isinstance(found, Sentence):
        faults.append(Fault(path, found))
        return None
    return found


def _kinds(value: object, path: Path | None, faults: Faults) -> dict[str, dict[str, Duration | None]]:
    place = path or ()
    found: dict[str, dict[str, Duration | None]] = {}
    for kind, one in keyed(value, place, KINDS, faults).items():
        exceptions = keyed(one, (*place, kind), CLOCKS, faults)
        found[kind] = {
            clock: duration(text, (*place, kind, clock), faults)
            for clock, text in exceptions.items()
            if text is not None
        }
    return found


def _calendars(
    value: object, path: Path | None, faults: Faults
) -> tuple[dict[str, calendars.Calendar], frozenset[str]]:
    found = {}
    named = entries(value, path or (), faults)
    for name, one in named.items():
        place = (*(path or ()), name)
        if name in (ALWAYS, SITE):
            faults.append(
                Fault(place, Sentence("{value} has a meaning of its own: name the calendar otherwise", {"value": name}))
            )
            continue
        calendar, wrong = calendars.read(one, place)
        faults += wrong
        if calendar and not wrong:
            found[name] = calendar
    return found, frozenset(named)


def _matrix(
    value: object, path: Path | None, axes: Axes, levels: tuple[str, ...], faults: Faults
) -> dict[str, dict[str, str]]:
    place = path or ()
    rows = {name: entries(one, (*place, name), faults) for name, one in entries(value, place, faults).items()}
    readable = isinstance(value, Mapping) and all(isinstance(one, Mapping | None) for one in value.values())
    if rows and readable:
        columns = tuple(dict.fromkeys(key for row in rows.values() for key in row))
        impact = tuple(rows) if axes.impact is None else axes.impact
        occurrence = columns if axes.occurrence is None else axes.occurrence
        faults += _missing_cells(rows, place, impact, occurrence)
        faults += _strange_cells(rows, place, impact, occurrence)
    return {
        name: {key: _level(cell, (*place, name, key), levels, faults) for key, cell in row.items() if cell is not None}
        for name, row in rows.items()
    }


Rows = Mapping[str, Mapping[str, object]]
Words = tuple[str, ...]


def _missing_cells(rows: Rows, place: Path, impact: Words, occurrence: Words) -> Iterator[Fault]:
    for row, column in product(impact, occurrence):
        if rows.get(row, {}).get(column) is None:
            values = {"impact": row, "occurrence": column}
            message = Sentence("the cell is missing: which priority has {impact} with {occurrence}?", values)
            yield Fault((*place, row, column), message)


def _strange_cells(rows: Rows, place: Path, impact: Words, occurrence: Words) -> Iterator[Fault]:
    """Rows and columns beyond the axes; an axis that could not be read judges nothing."""
    for name, row in rows.items():
        if impact and name not in impact:
            values = {"value": name, "known": offered(name, impact)}
            yield Fault((*place, name), Sentence("{value} is not among the values of impact: {known}", values))
        for column in row:
            if occurrence and column not in occurrence:
                values = {"value": column, "known": offered(column, occurrence)}
                message = Sentence("{value} is not among the values of occurrence: {known}", values)
                yield Fault((*place, name, column), message)


def _level(cell: object, path: Path, levels: tuple[str, ...], faults: Faults) -> str:
    text = word(cell, path, faults)
    if text and levels and text not in levels:
        values = {"value": text, "known": offered(text, levels)}
        faults.append(Fault(path, Sentence("no priority is called {value}; known are {known}", values)))
    return text
