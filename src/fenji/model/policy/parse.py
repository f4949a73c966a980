"""Parse policy.yaml strictly: every problem at once, each with its key path, its value and what to do.

Takes documents as `yaml_codec.load` returns them (mappings, lists, text, None), and in `from_mapping` those of other
loaders. `parse_versions` parses the dated rules, `validate` checks them against each other, `parse_parts` parses the
rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from fenji.errors import Damaged, Fault, Problem, Sentence
from fenji.i18n import LANGUAGES
from fenji.model.policy import parse_parts, parse_people, parse_versions, validate
from fenji.model.policy.corrections import parse_corrections
from fenji.model.policy.durations import DAY
from fenji.model.policy.parse_helpers import (
    Faults,
    abbreviate,
    parse_choice,
    read_known_keys,
    read_list,
    read_names,
)
from fenji.model.policy.policy import DEFAULT_GRACE, DEFAULT_STRANGERS, STRANGERS, Policy
from fenji.model.policy.shapes import Shape, note_shape
from fenji.model.ticket import KINDS

if TYPE_CHECKING:
    from fenji.model.values import Value

NEWEST_FORMAT = 2  # that this version reads
_FORMATS = tuple(str(number) for number in range(1, NEWEST_FORMAT + 1))
REQUIRED_KEYS = ("format", "since", "impact", "occurrence", "matrix", "priorities")
KEYS = (
    *("format", "since", "language", "sites", "units", "people", "impact", "occurrence", "matrix", "priorities"),
    *("kinds", "calendars", "waiting", "at_risk", "backdate", "excuses", "requires", "may", "routes", "views"),
    *("require_signed", "zone", "earlier"),
)
NEW_KEYS = ("grace", "strangers", "corrections")  # of format 2


def parse_policy(document: Value, faults: Faults | None = None) -> tuple[Policy | None, Faults]:
    """Parse the policy in a loaded document, or return None and everything that is wrong with it (format 5)."""
    faults = [] if faults is None else faults
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("a policy is a mapping of keys that begins with `format: 2`"))]
    top = read_known_keys(document, (), (*KEYS, *NEW_KEYS), faults, required=REQUIRED_KEYS)
    note_shape(faults, ("format",), Shape("choice", _FORMATS))
    if top.get("format") not in (None, *_FORMATS):
        values = {"value": abbreviate(top["format"]), "known": tuple(_FORMATS)}
        faults.append(Fault(("format",), Sentence("is {value}; this version reads the formats {known}", values)))
    for key in NEW_KEYS if top.get("format") == "1" else ():
        if top.get(key) is not None:
            message = Sentence("comes with `format: 2`; `fenji policy amend --format 2` brings the file there")
            faults.append(Fault((key,), message))
    policy = _build_policy(top, faults)
    return (None if faults else policy), faults


def from_mapping(mapping: Mapping[str, object]) -> Policy:
    """Parse the policy in a mapping, also one with dates, numbers and booleans as other YAML loaders make them.

    Raises Damaged with every problem; they have key paths but no lines.
    """
    policy, faults = parse_policy(_as_text(mapping))
    if policy is None:
        problems = tuple(Problem("policy", 0, 0, ".".join(map(str, fault.path)), fault.message) for fault in faults)
        raise Damaged("The policy cannot be used.", problems=problems, hint="Mend what is listed.")
    return policy


def _as_text(value: object) -> Value:
    if isinstance(value, Mapping):
        # Calendars parse such values themselves, and say what an unquoted time or `NO` has become.
        # The key `on` is a truth value to readers of YAML 1.1.
        keyed = {"on" if key is True else str(_as_text(key)): item for key, item in value.items()}
        return {key: item if key == "calendars" else _as_text(item) for key, item in keyed.items()}
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _build_policy(top: Mapping[str, Value], faults: Faults) -> Policy:
    number = 2 if top.get("format") == "2" else 1
    impact, occurrence = (parse_parts.parse_axis(top.get(key), key, faults) for key in ("impact", "occurrence"))
    units = parse_people.parse_units(top.get("units"), faults)
    people = parse_people.parse_people(top.get("people"), units, faults, dated=number > 1)
    axes, context = parse_versions.Axes(impact, occurrence), parse_versions.VersionContext(number, people)
    drafts = parse_versions.parse_versions(top, axes, context, faults)
    versions = tuple(draft.version for draft in drafts)
    levels = tuple(dict.fromkeys(level for version in reversed(versions) for level in version.levels))
    validate.check_promises(drafts, faults)
    values_by_field = {
        "kind": KINDS,
        "impact": impact,
        "occurrence": occurrence,
        "priority": levels,
        "site": tuple(drafts[-1].version.sites),
    }
    known = parse_parts.KnownNames(values_by_field, people, units)
    return Policy(
        format=number,
        language=parse_choice(top.get("language"), ("language",), LANGUAGES, faults) or "en",
        units=units,
        people=people,
        impact=impact,
        occurrence=occurrence,
        backdate=parse_parts.parse_time_span(top.get("backdate"), ("backdate",), DAY, faults),
        excuses=read_names(top.get("excuses"), ("excuses",), faults),
        requires=parse_parts.parse_requires(top.get("requires"), levels, faults),
        may=parse_parts.parse_may(top.get("may"), faults),
        routes=tuple(
            parse_parts.parse_route(route, ("routes", index), known, faults)
            for index, route in enumerate(read_list(top.get("routes"), ("routes",), faults))
        ),
        views=parse_parts.parse_views(top.get("views"), faults),
        require_signed=read_names(top.get("require_signed"), ("require_signed",), faults),
        versions=versions,
        zone=parse_parts.parse_zone(top.get("zone"), ("zone",), faults),
        grace=parse_parts.parse_time_span(top.get("grace"), ("grace",), DEFAULT_GRACE, faults),
        corrections=parse_corrections(top.get("corrections"), versions, people, faults),
        strangers=parse_choice(top.get("strangers"), ("strangers",), STRANGERS, faults) or DEFAULT_STRANGERS,
    )
