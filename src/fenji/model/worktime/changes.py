"""The parts of a calendar's hours that a correction replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji.errors import Fault, Sentence
from fenji.model.worktime.offsets import WrittenOffsets, parse_offsets
from fenji.model.worktime.parse import HoursParser, KeyPath
from fenji.model.worktime.zone import Zone

if TYPE_CHECKING:
    from fenji.model.values import LooseValue
    from fenji.model.worktime.hours import Hours


class HoursChanges(Struct, frozen=True):
    """Replacements for parts of a calendar's hours; parts that are not named stay."""

    parts: tuple[tuple[str, object], ...]  # fields of `Hours` by name
    zone: str = ""
    offsets: WrittenOffsets | None = None

    def apply(self, hours: Hours) -> Hours:
        """Return the hours with these parts replaced."""
        offsets = hours.zone.offsets if self.offsets is None else self.offsets
        zone = Zone(self.zone or hours.zone.key, offsets)
        changes: dict[str, Any] = dict(self.parts)
        return replace(hours, zone=zone, **changes)


_CHANGED_KEYS = ("tz", "week", "holidays", "shifts", "breaks", "offsets")


def parse_hours_changes(mapping: LooseValue, path: KeyPath) -> tuple[HoursChanges, list[Fault]]:
    """Read the parts of a calendar that a correction names, and everything that is wrong with them."""
    parser = HoursParser(path, 2)
    if not isinstance(mapping, Mapping) or not mapping:
        values = {"keys": _CHANGED_KEYS}
        parser.add_fault((), Sentence("what should have been there is missing: {keys}", values))
        return HoursChanges(()), parser.faults
    parser.check_keys(mapping, {2: _CHANGED_KEYS}, ())
    zone = parser.parse_zone(mapping["tz"], None) if "tz" in mapping else None
    parts: list[tuple[str, object]] = []
    if "week" in mapping:
        parts.append(("week", parser.parse_week(mapping["week"])))
    if "holidays" in mapping:
        holidays = parser.parse_holidays(mapping["holidays"])
        parts += [("closed", holidays.closed), ("country", ""), ("subdiv", ""), ("worked", frozenset())]
    parts += [(key, parser.parse_dated_spans(mapping[key], key)) for key in ("shifts", "breaks") if key in mapping]
    offsets = parse_offsets(mapping["offsets"], (*path, "offsets"), parser.faults) if "offsets" in mapping else None
    return HoursChanges(tuple(parts), zone.key if zone else "", offsets), parser.faults
