"""Rules beside the hours of calendars that should have stood in the place of others, as a correction names them. Pure.

Levels, kinds, waiting reasons and sites are named one by one, each with what was wrong of it; what is not named stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fenji.errors import Fault, Sentence
from fenji.model.policy.parse_helpers import Faults, KeyPath, read_known_keys, read_mapping, suggest_names
from fenji.model.policy.parse_parts import parse_waiting
from fenji.model.policy.parse_versions import parse_calendar_choice, parse_kinds, parse_target
from fenji.model.policy.parts import ALWAYS
from fenji.model.ticket import CLOCKS

if TYPE_CHECKING:
    from fenji.model.policy.durations import Duration
    from fenji.model.policy.policy import PolicyVersion
    from fenji.model.values import Value

RULE_KEYS = ("priorities", "kinds", "sites", "waiting")


@dataclass(frozen=True)
class RuleChanges:
    """Parts of rules that take the place of others: those of levels, kinds and sites by name, and what reasons hold."""

    priorities: Mapping[str, Mapping[str, Duration | str | None]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Duration | None]] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)  # the calendar of each
    waiting: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """What is named, as `priorities.P1`."""
        return [f"{key}.{name}" for key in RULE_KEYS for name in getattr(self, key)]

    def apply(self, version: PolicyVersion) -> PolicyVersion:
        """Return a version with these parts; of what it does not know, nothing."""
        levels, sites = dict(version.priorities), dict(version.sites)
        for name in self.priorities.keys() & levels.keys():
            parts: dict[str, Any] = dict(self.priorities[name])
            levels[name] = replace(levels[name], **parts)
        for code in self.sites.keys() & sites.keys():
            sites[code] = replace(sites[code], calendar=self.sites[code])
        kinds = {**version.kinds}
        for kind, exceptions in self.kinds.items():
            kinds[kind] = {**kinds.get(kind, {}), **exceptions}
        return replace(
            version, priorities=levels, sites=sites, kinds=kinds, waiting={**version.waiting, **self.waiting}
        )


@dataclass(frozen=True)
class KnownRules:
    """The names that a correction may use: those of any version."""

    calendars: Collection[str]
    levels: Collection[str]
    sites: Collection[str]


def know_rules(versions: Collection[PolicyVersion]) -> KnownRules:
    """Return the names that any of the versions has."""
    calendars, levels, sites = (
        tuple(dict.fromkeys(name for version in versions for name in getattr(version, key)))
        for key in ("calendars", "priorities", "sites")
    )
    return KnownRules(calendars, levels, sites)


def parse_rule_changes(entry: Mapping[str, Value], path: KeyPath, known: KnownRules, faults: Faults) -> RuleChanges:
    """Parse what an entry says of rules beside the calendars, strictly."""
    return RuleChanges(
        dict(_parse_levels(entry.get("priorities"), (*path, "priorities"), known, faults)),
        parse_kinds(entry.get("kinds"), (*path, "kinds"), faults),
        dict(_parse_sites(entry.get("sites"), (*path, "sites"), known, faults)),
        parse_waiting(entry.get("waiting"), (*path, "waiting"), faults),
    )


def _parse_levels(
    value: Value, path: KeyPath, known: KnownRules, faults: Faults
) -> Iterator[tuple[str, dict[str, Duration | str | None]]]:
    for name, item in read_mapping(value, path, faults).items():
        if name not in known.levels:
            values = {"value": name, "known": suggest_names(name, known.levels)}
            message = Sentence("no priority is called {value}; known are {known}", values)
            faults.append(Fault((*path, name), message))
        level = read_known_keys(item, (*path, name), (*CLOCKS, "calendar"), faults)
        parts: dict[str, Duration | str | None] = {
            clock: parse_target(level[clock], (*path, name, clock), faults) for clock in CLOCKS if clock in level
        }
        if "calendar" in level:
            parts["calendar"] = parse_calendar_choice(level["calendar"], (*path, name, "calendar"), faults)
        yield name, parts


def _parse_sites(value: Value, path: KeyPath, known: KnownRules, faults: Faults) -> Iterator[tuple[str, str]]:
    for code, item in read_mapping(value, path, faults).items():
        if code not in known.sites:
            values = {"value": code, "known": suggest_names(code, known.sites)}
            faults.append(Fault((*path, code), Sentence("no site is called {value}; known are {known}", values)))
        site = read_known_keys(item, (*path, code), ("calendar",), faults, required=("calendar",))
        name = site.get("calendar")
        if name is not None and name != ALWAYS and name not in known.calendars:
            values = {"value": str(name), "known": suggest_names(str(name), known.calendars)}
            message = Sentence("no calendar is called {value}; known are {known}", values)
            faults.append(Fault((*path, code, "calendar"), message))
        yield code, str(name)
