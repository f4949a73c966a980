"""A policy as sections of tables, for the command and the screen that show it; made from its description. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.policy.parts import ALWAYS, SITE
from fenji.model.ticket import KINDS, find_field
from fenji.model.values import JsonValue
from fenji.model.workflow.steps import STEPS
from fenji.model.worktime.hours import WEEKDAYS

# Sections whose values are words of the method; the others contain names that people chose.
_METHOD_SECTIONS = frozenset(
    {
        "Promises",
        "Priority by impact and occurrence",
        "Other promises by kind",
        "Waiting",
        "Excuses",
        "What a step needs",
        "Who may",
    }
)
# Words of the method, and of the policy that a new desk begins with; all other words are shown as they are.
_METHOD_WORDS = frozenset(
    {
        *(ALWAYS, SITE, "none", "response", "solution", "cause", "decision", "plan", "zeroing"),
        *("policy", "import", "issue"),
        *("engineer", "lead", "manager", "admin"),
        *("major", "minor", "rare", "common", "customer", "parts", "access"),
        *("force majeure", "customer access", "export licence"),
        *KINDS,
        *STEPS,
    }
)
# Columns with words of the method, in sections whose other columns have names that people chose.
_METHOD_HEADINGS = frozenset({"Roles", "Calendar"})
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b")
TableRows = Iterable[Sequence[JsonValue]]
_Tables = tuple[str, tuple[str, ...], TableRows]
Translate = Callable[[str | Sentence], str]


class PolicySection(Struct, frozen=True):
    """A table of the policy: its title, headings and cells, as they are shown."""

    title: str
    headings: list[str]
    rows: list[list[str]]


def list_policy_sections(description: Mapping[str, JsonValue], say: Translate) -> Iterator[PolicySection]:
    """Yield the sections that are not empty; `description` comes from `describe_policy`, `say` translates a word."""
    for title, headings, rows in _iter_sections(description):
        formats = [_cell_format(title, name, say) for name in headings]
        texts = [[form(value) for value, form in zip(row, formats, strict=True)] for row in rows]
        count = len(headings)
        if headings[-1] == "Until" and not any(row[-1] for row in texts):
            count -= 1  # no row has an end
        if texts:
            yield PolicySection(say(title), [say(name) for name in headings[:count]], [row[:count] for row in texts])


def _translator(say: Translate) -> Callable[[str], str]:
    return lambda text: say(text) if text in _METHOD_WORDS else text


def _field_translator(say: Translate) -> Callable[[str], str]:
    """Translate a step, a kind, or the path of a field: `feedback.rating` by its label."""

    def translate(text: str) -> str:
        if text in _METHOD_WORDS:
            return say(text)
        field = find_field(text)
        return say(field.label) if field else text

    return translate


def translate_weekdays(week: str, say: Translate) -> str:
    """Return the open days of a week with the days in the reader's language: `sun-thu 08:00-17:00`."""
    return _WEEKDAY.sub(lambda match: say(match[0]), week)


def _cell_format(title: str, heading: str, say: Translate) -> Callable[[JsonValue], str]:
    """Return the function that formats the cells of a column, with words of the method translated or as they are."""
    if heading == "When":
        return partial(_format_conditions, say=say)
    if heading == "Week":
        return lambda week: translate_weekdays(_format_value(week, str, say), say)
    if heading == "Step: fields":
        return partial(_format_value, translate=_field_translator(say), say=say)
    if heading == "Clocks held":
        return lambda clocks: _format_value(clocks, _translator(say), say) or "-"
    is_method = bool({title, heading} & (_METHOD_SECTIONS | _METHOD_HEADINGS))
    return partial(_format_value, translate=_translator(say) if is_method else str, say=say)


def _format_conditions(when: JsonValue, say: Translate) -> str:
    """Write the conditions of a route by the labels of their fields: `Kind: quality; System: radar, power`."""
    conditions = []
    for path, values in when.items() if isinstance(when, Mapping) else ():
        field = find_field(str(path))
        translate = _translator(say) if field and field.has_terms else str
        label = say(field.label) if field else str(path)
        conditions.append((label, _format_value(values, translate, say)))
    return _join_pairs(conditions, say)


def _format_value(value: JsonValue, translate: Callable[[str], str], say: Translate) -> str:
    if isinstance(value, str):
        return translate(value) if value else ""
    if isinstance(value, Mapping):
        pairs = ((translate(str(key)), _format_value(entry, translate, say)) for key, entry in value.items())
        return _join_pairs(pairs, say)
    if isinstance(value, Iterable):
        words = tuple(_format_value(item, translate, say) for item in value)
        return say(Sentence("{message}", {"message": words})) if words else ""
    return "" if value is None else str(value)


def _join_pairs(pairs: Iterable[tuple[str, str]], say: Translate) -> str:
    """Write `label: text; label: text` as the language does."""
    whole = ""
    for label, text in pairs:
        pair = say(Sentence("{label}: {text}", {"label": label, "text": text}))
        whole = say(Sentence("{what}; {message}", {"what": whole, "message": pair})) if whole else pair
    return whole


def _iter_sections(description: Mapping[str, JsonValue]) -> Iterator[_Tables]:
    yield "Promises", ("P", "Response", "Solution", "Calendar"), _record_rows(description, "levels")
    yield _matrix_section(description)
    yield "Other promises by kind", ("Kind", "Promises"), _mapping_items(description, "kinds")
    yield "Waiting", ("Reason", "Clocks held"), _mapping_items(description, "waiting")
    yield "Excuses", ("Reason",), ((excuse,) for excuse in list_values(description, "excuses"))
    yield (
        "Calendars",
        ("Name", "Zone", "A day", "Week", "Holidays of", "Next holidays"),
        _record_rows(description, "calendars"),
    )
    sites, units = ("site", "name", "calendar", "lead", "until"), ("unit", "name", "until")
    yield "Sites", ("Site", "Name", "Calendar", "Lead", "Until"), _record_rows(description, "sites", sites)
    yield "Units", ("Unit", "Name", "Until"), _record_rows(description, "units", units)
    people = ("person", "name", "unit", "email", "roles", "until")
    yield (
        "People",
        ("Person", "Full name", "Unit", "Mail", "Roles", "Until"),
        _record_rows(description, "people", people),
    )
    yield "What a step needs", ("Kind", "Step: fields"), _mapping_items(description, "requires")
    yield "Who may", ("Step", "Roles"), _mapping_items(description, "may")
    yield "Routes", ("When", "Owner", "Units"), _record_rows(description, "routes")
    headings = ("Key", "On", "By", "From", "To", "Calendars", "Rules", "Why")
    yield "Corrections", headings, _record_rows(description, "corrections")
    yield "Shared views", ("Name", "Filter"), _mapping_items(description, "views")


def _matrix_section(description: Mapping[str, JsonValue]) -> _Tables:
    columns = [str(occurrence) for occurrence in list_values(description, "occurrence")]
    rows = [
        (impact, *(cells.get(column, "") for column in columns))
        for impact, cells in _mapping_items(description, "matrix")
        if isinstance(cells, Mapping)
    ]
    return "Priority by impact and occurrence", ("", *columns), rows


def _mapping_items(description: Mapping[str, JsonValue], key: str) -> list[tuple[str, JsonValue]]:
    mapping = description.get(key)
    return list(mapping.items()) if isinstance(mapping, Mapping) else []


def list_values(description: Mapping[str, JsonValue], key: str) -> Sequence[JsonValue]:
    """Return a list of the description; empty where there is none."""
    values = description.get(key)
    return values if isinstance(values, list) else []


def _record_rows(description: Mapping[str, JsonValue], key: str, keys: Sequence[str] = ()) -> TableRows:
    """Return the mappings in a list as rows with the values of `keys`, or all values if no keys are given."""
    records = [record for record in list_values(description, key) if isinstance(record, Mapping)]
    return [[record.get(name) for name in keys] if keys else list(record.values()) for record in records]
