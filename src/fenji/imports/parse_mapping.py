"""Read a mapping strictly: every problem is found in one pass, each with its line and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from fenji.errors import Damaged, Fault, NotFound, Sentence
from fenji.imports.dates import AUTO, FORMS, is_form
from fenji.imports.mapping import (
    EVENT_COLUMNS,
    EXTRA_FIELDS,
    HISTORIES,
    KEEP,
    NOTE_FORMS,
    REFUSE,
    STATE_WORDS,
    VALUE_NAMES,
    VERDICT_PREFIX,
    ColumnSource,
    EventColumns,
    HistoryRows,
    ImportMapping,
    NoteColumns,
    ValueMap,
    fold_word,
    is_state,
)
from fenji.imports.tables import Reads
from fenji.model.policy.parse_helpers import closest_names, read_known_keys, read_line, read_list, read_mapping
from fenji.model.policy.shapes import Shape, note_shape
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, SITE_PATTERN
from fenji.model.worktime.zone import find_zone
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from datetime import tzinfo

    from fenji.model.policy.parse_helpers import Faults, KeyPath
    from fenji.model.values import Value

FORMAT = "1"
_KEYS = (
    *("format", "name", "reads", "source", "key", "repeats", "site", "zone"),
    *("dates", "set", "fields", "values", "events", "judge", "rest"),
)
_READS_KEYS = ("sheet", "header", "fill_merged", "blank", "skip_rows_like", "encoding", "delimiter", "records")
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", AUTO: ""}
_SETTABLE = tuple(
    path
    for path, spec in FIELD_BY_PATH.items()
    if spec.type not in ("items", "tree") and not FIELD_BY_KEY[path.partition(".")[0]].read_only
)
_CHOSEN = ("state", "kind", "priority", "impact", "occurrence", "reason")  # values of which the desk knows a list


def read_mapping_file(data: bytes, path: str, name: str) -> ImportMapping:
    """Read the mapping in `data`. Raises Damaged with every problem, each with its line."""
    faults: Faults = []
    mapping = parse_mapping(yaml_codec.load(data, path), name, faults)
    if faults:
        problems = yaml_codec.locate_faults(data, path, faults)
        raise Damaged("{path} cannot be used as a mapping.", path=path, problems=problems)
    return mapping


def shipped_names() -> list[str]:
    """Return the names of the mappings that come with fenji."""
    folder = resources.files("fenji.imports") / "mappings"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def read_shipped(name: str) -> bytes:
    """Return the text of a mapping that comes with fenji. Raises NotFound."""
    if name not in shipped_names():
        known = ", ".join(shipped_names())
        raise NotFound("There is no mapping {name}.", hint="Those that ship are: {known}.", name=name, known=known)
    return (resources.files("fenji.imports") / "mappings" / f"{name}.yaml").read_bytes()


def parse_mapping(document: Value, name: str, faults: Faults) -> ImportMapping:
    """Parse a loaded mapping; what is wrong with it goes to `faults`."""
    top = read_known_keys(document, (), _KEYS, faults, required=("format", "source", "key", "fields", "events"))
    note_shape(faults, ("format",), Shape("choice", (FORMAT,)))
    if top.get("format") not in (None, FORMAT):
        faults.append(Fault(("format",), Sentence("must be {wanted}", {"wanted": FORMAT})))
    site = read_line(top.get("site"), ("site",), faults)
    constants = _read_constants(top.get("set"), faults)
    site = site or constants.pop("site", "")
    if site and not SITE_PATTERN.fullmatch(site):
        faults.append(Fault(("site",), Sentence("must be the code of a site, as KSA")))
    fields = _read_fields(top.get("fields"), faults)
    if "title" not in fields and "title" not in constants:
        faults.append(Fault(("fields",), Sentence("gives no title")))
    events = _read_events(top.get("events"), faults)
    repeats = _read_choice(top.get("repeats"), ("repeats",), ("", "history"), faults) == "history"
    if repeats != (events.history == "rows"):
        faults.append(Fault(("repeats",), Sentence("`repeats: history` and `events: history: rows` go together")))
    _read_choice(top.get("rest"), ("rest",), ("", KEEP), faults)
    return ImportMapping(
        name=name,
        source=" ".join(read_line(top.get("source"), ("source",), faults).split()),
        keys=_read_keys(top.get("key"), faults),
        reads=_read_reads(top.get("reads"), faults),
        site=site,
        zone=_read_zone(top.get("zone"), faults),
        dates=_read_dates(top.get("dates"), faults),
        constants=constants,
        fields=fields,
        values=_read_values(top.get("values"), faults),
        events=events,
        judge=_read_choice(top.get("judge"), ("judge",), ("", "none", "policy"), faults) or "none",
        repeats=repeats,
    )


def _read_choice(value: Value, path: KeyPath, choices: tuple[str, ...], faults: Faults) -> str:
    note_shape(faults, path, Shape("choice", choices))
    word = read_line(value, path, faults)
    if word not in choices:
        known = ", ".join(choice for choice in choices if choice)
        faults.append(Fault(path, Sentence("must be one of {choices}", {"choices": known})))
        return ""
    return word


def _read_keys(value: Value, faults: Faults) -> tuple[tuple[str, ...], ...]:
    note_shape(faults, ("key",), Shape("words"))
    texts = _read_words(value, ("key",), faults) if isinstance(value, list) else (read_line(value, ("key",), faults),)
    keys = (tuple(part.strip() for part in text.split(" + ") if part.strip()) for text in texts)
    return tuple(key for key in keys if key)


def _read_zone(value: Value, faults: Faults) -> tzinfo | None:
    name = read_line(value, ("zone",), faults)
    zone = find_zone(name) if name else None
    if name and zone is None:
        faults.append(Fault(("zone",), Sentence("{zone} is no time zone, as Asia/Shanghai", {"zone": name})))
    return zone


# --- how the file is read -----------------------------------------------------------------------------------------


def _read_reads(value: Value, faults: Faults) -> Reads:
    known = read_known_keys(value, ("reads",), _READS_KEYS, faults)
    sheet = read_line(known.get("sheet"), ("reads", "sheet"), faults)
    delimiter = read_line(known.get("delimiter"), ("reads", "delimiter"), faults)
    encoding = read_line(known.get("encoding"), ("reads", "encoding"), faults)
    merged = _read_choice(known.get("fill_merged"), ("reads", "fill_merged"), ("", "true", "false"), faults)
    return Reads(
        sheet=int(sheet) if sheet.isdecimal() else sheet or 1,
        header=_read_header(known.get("header"), faults),
        fill_merged=merged != "false",
        blank=_read_words(known.get("blank"), ("reads", "blank"), faults),
        skip_rows_like=_read_words(known.get("skip_rows_like"), ("reads", "skip_rows_like"), faults),
        encoding="" if encoding == AUTO else encoding,
        delimiter=_DELIMITERS.get(delimiter, delimiter),
        records=read_line(known.get("records"), ("reads", "records"), faults),
    )


def _read_header(value: Value, faults: Faults) -> tuple[int, ...]:
    if value in (None, AUTO):
        return ()
    if value == "none":
        return (0,)
    numbers = value if isinstance(value, list) else [value]
    if not all(isinstance(number, str) and number.isdecimal() and int(number) for number in numbers):
        message = Sentence("must be the number of a row, as 1 or [2, 3]; `auto` or `none`")
        faults.append(Fault(("reads", "header"), message))
        return ()
    return tuple(sorted(int(str(number)) for number in numbers))


def _read_words(value: Value, path: KeyPath, faults: Faults) -> tuple[str, ...]:
    return tuple(read_line(item, (*path, index), faults) for index, item in enumerate(read_list(value, path, faults)))


def _read_columns(value: Value, path: KeyPath, faults: Faults) -> tuple[str, ...]:
    """Read one column or a list of them; none for `none`."""
    note_shape(faults, path, Shape("words"))
    if isinstance(value, list):
        return tuple(word for word in _read_words(value, path, faults) if word)
    word = read_line(value, path, faults)
    return () if word in ("", "none") else (word,)


def _read_dates(value: Value, faults: Faults) -> dict[str, str]:
    forms = {}
    for column, form in read_mapping(value, ("dates",), faults).items():
        path = ("dates", column)
        word = read_line(form, path, faults)
        if word != AUTO and not is_form(word):
            values = {"choices": ", ".join((*FORMS, AUTO))}
            faults.append(Fault(path, Sentence("must be one of {choices}, or a pattern as %d.%m.%Y", values)))
        forms[column] = word
    return forms


# --- what becomes of the columns ----------------------------------------------------------------------------------


def _read_constants(value: Value, faults: Faults) -> dict[str, str]:
    constants = {}
    for field, word in read_mapping(value, ("set",), faults).items():
        _check_field(field, ("set", field), ("site",), faults)
        constants[field] = read_line(word, ("set", field), faults)
    return constants


def _read_fields(value: Value, faults: Faults) -> dict[str, ColumnSource]:
    fields = {}
    for field, source in read_mapping(value, ("fields",), faults).items():
        path = ("fields", field)
        if not field.startswith(VERDICT_PREFIX):
            _check_field(field, path, EXTRA_FIELDS, faults)
        if isinstance(source, list):
            fields[field] = ColumnSource(_read_columns(source, path, faults), optional=True)
        elif isinstance(source, str) and source.strip():
            note_shape(faults, path, Shape("words"))
            fields[field] = ColumnSource((source.strip("\n"),))
        else:
            faults.append(Fault(path, Sentence("must name a column, or be a text with columns in braces")))
    return fields


def _check_field(field: str, path: KeyPath, also: tuple[str, ...], faults: Faults) -> None:
    if field in _SETTABLE or field in also:
        return
    near = closest_names(field, (*_SETTABLE, *also))
    template = "a ticket has no field {value}; {known} is meant?" if near else "a ticket has no field {value}"
    faults.append(Fault(path, Sentence(template, {"value": field, "known": near[0] if near else ""})))


def _read_values(value: Value, faults: Faults) -> dict[str, ValueMap]:
    maps = {}
    for name, words in read_mapping(value, ("values",), faults).items():
        path = ("values", name)
        _check_field(name, path, (*VALUE_NAMES, "site"), faults)
        known = {word: read_line(meaning, (*path, word), faults) for word, meaning in _pairs(words, path, faults)}
        otherwise = known.pop("else", KEEP if name not in _CHOSEN else REFUSE)
        for word, meaning in (*known.items(), ("else", otherwise)):
            if name == "state" and not is_state(meaning) and meaning not in (KEEP, REFUSE):
                values = {"choices": ", ".join(STATE_WORDS)}
                faults.append(Fault((*path, word), Sentence("must be one of {choices}", values)))
        maps[name] = ValueMap({fold_word(word): meaning for word, meaning in known.items()} | known, otherwise)
    return maps


def _pairs(value: Value, path: KeyPath, faults: Faults) -> list[tuple[str, Value]]:
    return list(read_mapping(value, path, faults).items())


def _read_events(value: Value, faults: Faults) -> EventColumns:
    known = read_known_keys(value, ("events",), (*EVENT_COLUMNS, "history", "at", "order", "notes"), faults)
    columns = {key: _read_columns(known.get(key), ("events", key), faults) for key in EVENT_COLUMNS}
    history = _read_choice(known.get("history"), ("events", "history"), ("", "none", *HISTORIES), faults)
    rows = None
    if history == "rows":
        at = read_line(known.get("at"), ("events", "at"), faults)
        if not at:
            faults.append(Fault(("events", "at"), Sentence("is missing: the column that says when a row was written")))
        rows = HistoryRows(at, read_line(known.get("order"), ("events", "order"), faults))
    if not columns["report"]:
        faults.append(Fault(("events", "report"), Sentence("is missing: the column that says when it was reported")))
    return EventColumns(
        {key: names for key, names in columns.items() if names},
        "" if history == "none" else history,
        rows,
        tuple(_read_notes(known.get("notes"), faults)),
        tuple(names[0] for key, names in columns.items() if names and isinstance(known.get(key), str)),
    )


def _read_notes(value: Value, faults: Faults) -> list[NoteColumns]:
    groups = []
    items = value if isinstance(value, list) else [] if value in (None, "none") else [value]
    for index, item in enumerate(items):
        path: KeyPath = ("events", "notes", index) if isinstance(value, list) else ("events", "notes")
        if not isinstance(item, Mapping):
            groups.append(NoteColumns(_read_columns(item, path, faults)))
            continue
        known = read_known_keys(item, path, ("columns", "form"), faults, required=("columns",))
        form = _read_choice(known.get("form"), (*path, "form"), ("", *NOTE_FORMS), faults) or "plain"
        groups.append(NoteColumns(_read_columns(known.get("columns"), (*path, "columns"), faults), form))
    return groups
