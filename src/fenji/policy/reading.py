"""Reading policy.yaml strictly: every problem at once, each with its key path, its value and what to do.

Takes documents as `yamlio.load` gives them (mappings, lists, text, None), and by `from_mapping` what other loaders make
of them. The dated rules are read in `rules` and held against each other in `ladder`; the rest is read in `undated`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fenji.errors import Damaged, Fault, Problem, Sentence
from fenji.policy import ladder, rules, undated
from fenji.policy.shape import Faults, keyed, listed, shown, words
from fenji.policy.values import Policy
from fenji.ticket import KINDS
from fenji.words import LANGUAGES

NEEDED = ("format", "since", "impact", "occurrence", "matrix", "priorities")
KEYS = (
    *("format", "since", "language", "sites", "units", "people", "impact", "occurrence", "matrix", "priorities"),
    *("kinds", "calendars", "waiting", "at_risk", "backdate", "excuses", "requires", "may", "routes", "views"),
    *("require_signed", "earlier"),
)


def read(document: object) -> tuple[Policy | None, Faults]:
    """The policy in a loaded document, or None and everything that is wrong with it (format 5)."""
    faults: Faults = []
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("a policy is a mapping of keys that begins with `format: 1`"))]
    top = keyed(document, (), KEYS, faults, needed=NEEDED)
    if top.get("format") not in (None, "1"):
        values = {"value": shown(top["format"])}
        faults.append(Fault(("format",), Sentence("is {value}; this version reads format 1", values)))
    policy = _policy(top, faults)
    return (None if faults else policy), faults


def from_mapping(mapping: Mapping[str, object]) -> Policy:
    """The policy in a mapping, also one with the dates, numbers and truth values that other YAML loaders make.

    Raises Damaged with every problem; they carry key paths and no lines.
    """
    policy, faults = read(_as_text(mapping))
    if policy is None:
        problems = tuple(Problem("policy", 0, 0, ".".join(map(str, one.path)), one.message) for one in faults)
        raise Damaged("The policy cannot be used.", problems=problems, hint="Mend what is listed.")
    return policy


def _as_text(value: object) -> object:
    if isinstance(value, Mapping):
        # Calendars read such values themselves, and say what a time or `NO` without quotes has become.
        return {str(_as_text(key)): held if key == "calendars" else _as_text(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(one) for one in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _policy(top: Mapping[str, object], faults: Faults) -> Policy:
    impact, occurrence = (undated.axis(top.get(key), key, faults) for key in ("impact", "occurrence"))
    drafts = rules.drafts(top, rules.Axes(impact, occurrence), faults)
    levels = tuple(dict.fromkeys(level for one in reversed(drafts) for level in one.version.levels))
    units = undated.units(top.get("units"), faults)
    people = undated.people(top.get("people"), units, faults)
    sites = undated.sites(top.get("sites"), people, drafts[-1], faults)
    ladder.check(drafts, sites, faults)
    leaves = {"kind": KINDS, "impact": impact, "occurrence": occurrence, "priority": levels, "site": tuple(sites)}
    known = undated.Known(leaves, people, units)
    return Policy(
        language=undated.one_of(top.get("language"), ("language",), LANGUAGES, faults) or "en",
        sites=sites,
        units=units,
        people=people,
        impact=impact,
        occurrence=occurrence,
        waiting=undated.waiting(top.get("waiting"), faults),
        at_risk=undated.share(top.get("at_risk"), faults),
        backdate=undated.backdate(top.get("backdate"), faults),
        excuses=words(top.get("excuses"), ("excuses",), faults),
        requires=undated.requires(top.get("requires"), levels, faults),
        may=undated.may(top.get("may"), faults),
        routes=tuple(
            undated.route(one, ("routes", index), known, faults)
            for index, one in enumerate(listed(top.get("routes"), ("routes",), faults))
        ),
        views=undated.views(top.get("views"), faults),
        require_signed=words(top.get("require_signed"), ("require_signed",), faults),
        versions=tuple(one.version for one in drafts),
    )
