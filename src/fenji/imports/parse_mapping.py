"""Read a mapping strictly: every problem is found in one pass, each with its line and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from fenji.errors import Damaged, NotFound
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
from fenji.model.policy.document import DocumentNode, Faults, NodeByKey, closest_names
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, SITE_PATTERN
from fenji.model.worktime.zone import find_zone
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from datetime import tzinfo

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
_CHOSEN = ("state", "kind", "priority", "impact", "occurrence", "reason")  # fields with a fixed list of values


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
        known = tuple(shipped_names())
        raise NotFound("There is no mapping {name}.", hint="The built-in ones are: {known}.", name=name, known=known)
    return (resources.files("fenji.imports") / "mappings" / f"{name}.yaml").read_bytes()


def parse_mapping(document: Value, name: str, faults: Faults) -> ImportMapping:
    """Parse a loaded mapping, adding everything that is wrong with it to `faults`."""
    node = DocumentNode(document, faults)
    top = node.keys(_KEYS, required=("format", "source", "key", "fields", "events"))
    top["format"].note("choice", (FORMAT,))
    if top["format"].value not in (None, FORMAT):
        top["format"].add_fault("must be {wanted}", wanted=FORMAT)
    site, constants = top["site"].line(), _read_constants(top["set"])
    site = site or constants.pop("site", "")
    if site and not SITE_PATTERN.fullmatch(site):
        top["site"].add_fault("must be the code of a site, such as KSA")
    fields = _read_fields(top["fields"])
    if "title" not in fields and "title" not in constants:
        top["fields"].add_fault("gives no title")
    events = _read_events(top["events"])
    repeats = _read_choice(top["repeats"], ("", "history")) == "history"
    if repeats != (events.history == "rows"):
        top["repeats"].add_fault("`repeats: history` and `events: history: rows` go together")
    _read_choice(top["rest"], ("", KEEP))
    return ImportMapping(
        name=name,
        source=" ".join(top["source"].line().split()),
        keys=_read_keys(top["key"]),
        reads=_read_reads(top["reads"]),
        site=site,
        zone=_read_zone(top["zone"]),
        dates=_read_dates(top["dates"]),
        constants=constants,
        fields=fields,
        values=_read_values(top["values"]),
        events=events,
        judge=_read_choice(top["judge"], ("", "none", "policy")) or "none",
        repeats=repeats,
    )


def _read_choice(node: DocumentNode, choices: tuple[str, ...]) -> str:
    node.note("choice", choices)
    word = node.line()
    if word not in choices:
        node.add_fault("must be one of {choices}", choices=tuple(filter(None, choices)))
        return ""
    return word


def _read_keys(node: DocumentNode) -> tuple[tuple[str, ...], ...]:
    node.note("words")
    texts = _read_words(node) if isinstance(node.value, list) else (node.line(),)
    keys = (tuple(part.strip() for part in text.split(" + ") if part.strip()) for text in texts)
    return tuple(key for key in keys if key)


def _read_zone(node: DocumentNode) -> tzinfo | None:
    name = node.line()
    zone = find_zone(name) if name else None
    if name and zone is None:
        node.add_fault("{zone} is not a time zone, such as Asia/Shanghai", zone=name)
    return zone


# --- how the file is read -----------------------------------------------------------------------------------------


def _read_reads(node: DocumentNode) -> Reads:
    parts = node.keys(_READS_KEYS)
    sheet, delimiter, encoding = (parts[key].line() for key in ("sheet", "delimiter", "encoding"))
    merged = _read_choice(parts["fill_merged"], ("", "true", "false"))
    return Reads(
        sheet=int(sheet) if sheet.isdecimal() else sheet or 1,
        header=_read_header(parts["header"]),
        fill_merged=merged != "false",
        blank=_read_words(parts["blank"]),
        skip_rows_like=_read_words(parts["skip_rows_like"]),
        encoding="" if encoding == AUTO else encoding,
        delimiter=_DELIMITERS.get(delimiter, delimiter),
        records=parts["records"].line(),
    )


def _read_header(node: DocumentNode) -> tuple[int, ...]:
    if node.value in (None, AUTO):
        return ()
    if node.value == "none":
        return (0,)
    numbers = node.value if isinstance(node.value, list) else [node.value]
    if not all(isinstance(number, str) and number.isdecimal() and int(number) for number in numbers):
        node.add_fault("must be a row number, such as 1 or [2, 3], or `auto` or `none`")
        return ()
    return tuple(sorted(int(str(number)) for number in numbers))


def _read_words(node: DocumentNode) -> tuple[str, ...]:
    return tuple(item.line() for item in node.items())


def _read_columns(node: DocumentNode) -> tuple[str, ...]:
    """Read the name of one column or a list of names; an empty tuple for `none`."""
    node.note("words")
    if isinstance(node.value, list):
        return tuple(filter(None, _read_words(node)))
    word = node.line()
    return () if word in ("", "none") else (word,)


def _read_dates(node: DocumentNode) -> dict[str, str]:
    forms = {}
    for column, entry in node.names().items():
        forms[column] = form = entry.line()
        if form != AUTO and not is_form(form):
            choices = (*FORMS, AUTO)
            entry.add_fault("must be one of {choices}, or a pattern such as %d.%m.%Y", choices=choices)
    return forms


# --- what becomes of the columns ----------------------------------------------------------------------------------


def _read_constants(node: DocumentNode) -> dict[str, str]:
    constants = {}
    for field, word in node.names().items():
        _check_field(field, word, ("site",))
        constants[field] = word.line()
    return constants


def _read_fields(node: DocumentNode) -> dict[str, ColumnSource]:
    fields = {}
    for field, source in node.names().items():
        if not field.startswith(VERDICT_PREFIX):
            _check_field(field, source, EXTRA_FIELDS)
        if isinstance(source.value, list):
            fields[field] = ColumnSource(_read_columns(source), optional=True)
        elif isinstance(source.value, str) and source.value.strip():
            source.note("words")
            fields[field] = ColumnSource((source.value.strip("\n"),))
        else:
            source.add_fault("must name a column, or be text with columns in braces")
    return fields


def _check_field(field: str, place: DocumentNode, also: tuple[str, ...]) -> None:
    if field in _SETTABLE or field in also:
        return
    near = closest_names(field, (*_SETTABLE, *also))
    template = "a ticket has no field {value}; did you mean {known}?" if near else "a ticket has no field {value}"
    place.add_fault(template, value=field, known=near[0] if near else "")


def _read_values(node: DocumentNode) -> dict[str, ValueMap]:
    maps = {}
    for name, entry in node.names().items():
        _check_field(name, entry, (*VALUE_NAMES, "site"))
        known = {word: meaning.line() for word, meaning in entry.names().items()}
        otherwise = known.pop("else", KEEP if name not in _CHOSEN else REFUSE)
        for word, meaning in (*known.items(), ("else", otherwise)):
            if name == "state" and not is_state(meaning) and meaning not in (KEEP, REFUSE):
                entry.below(word, meaning).add_fault("must be one of {choices}", choices=tuple(STATE_WORDS))
        maps[name] = ValueMap({fold_word(word): meaning for word, meaning in known.items()} | known, otherwise)
    return maps


def _read_events(node: DocumentNode) -> EventColumns:
    parts = node.keys((*EVENT_COLUMNS, "history", "at", "order", "notes"))
    columns = {key: _read_columns(parts[key]) for key in EVENT_COLUMNS}
    history = _read_choice(parts["history"], ("", "none", *HISTORIES))
    rows = _read_history_rows(parts) if history == "rows" else None
    if not columns["report"]:
        parts["report"].add_fault("is missing: the column that says when it was reported")
    return EventColumns(
        {key: names for key, names in columns.items() if names},
        "" if history == "none" else history,
        rows,
        tuple(map(_read_notes, _list_notes(parts["notes"]))),
        tuple(names[0] for key, names in columns.items() if names and isinstance(parts[key].value, str)),
    )


def _read_history_rows(parts: NodeByKey) -> HistoryRows:
    at = parts["at"].line()
    if not at:
        parts["at"].add_fault("is missing: the column that says when a row was written")
    return HistoryRows(at, parts["order"].line())


def _list_notes(node: DocumentNode) -> list[DocumentNode]:
    if isinstance(node.value, list):
        return [node.below(index, item) for index, item in enumerate(node.value)]
    return [] if node.value in (None, "none") else [node]


def _read_notes(node: DocumentNode) -> NoteColumns:
    if not isinstance(node.value, Mapping):
        return NoteColumns(_read_columns(node))
    parts = node.keys(("columns", "form"), required=("columns",))
    form = _read_choice(parts["form"], ("", *NOTE_FORMS)) or "plain"
    return NoteColumns(_read_columns(parts["columns"]), form)
