"""FIELD=VALUE arguments of the command line, parsed into the values that a step takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from fenji.cli.params import PERSON, TEXT, TextParam, read_text_arg
from fenji.desk.value_checks import check_values, validate_fields
from fenji.errors import Damaged, InvalidUsage, RefusalCollector
from fenji.model import ticket as tickets
from fenji.model.ticket import (
    FIELD_BY_KEY,
    FIELD_BY_PATH,
    FORM_PATHS,
    Field,
    FieldPath,
    Ticket,
    Value,
    parse_field_path,
    parse_items_key,
)

if TYPE_CHECKING:
    from fenji.cli.session import Session

# Help texts of the options; an option without one shows the label of its field.
_HELP: Mapping[FieldPath, str] = {
    "title": "One line: what is wrong or wanted.",
    "kind": "quality (default), request or project.",
    "description": "What happened, in detail.",
    "requester.name": "Who asked.",
    "requester.unit": "Their unit.",
    "requester.contact": "How to reach them.",
    "product.system": "The system it is about.",
    "product.subsystem": "The subsystem.",
    "product.part": "The part number.",
    "product.serial": "The serial number.",
    "impact": "How hard it hits the project.",
    "occurrence": "Whether it is a common problem.",
    "priority": "By hand, with --reason; default: the matrix.",
    "owner": "The one fixed contact.",
    "units": "A unit involved.",
    "tags": "A tag.",
}
# The fields that `-` takes from stdin, which can be read for one of them.
_LONG_TEXTS = tuple(field_path for field_path, field in FIELD_BY_PATH.items() if field.type in ("text", "items"))
# The metavar and the parameter type of the options.
_VALUES: Mapping[FieldPath, tuple[str, click.ParamType[Any]]] = {
    "kind": ("KIND", TextParam("kind")),
    "impact": ("WORD", TextParam("impact")),
    "occurrence": ("WORD", TextParam("occurrence")),
    "priority": ("P", TextParam("priority")),
    "owner": ("PERSON", PERSON),
    "units": ("UNIT", TextParam("unit")),
    "tags": ("TAG", TEXT),
}


def parse_fields(
    args: Iterable[str],
    given: Mapping[str, str] | None = None,
    *,
    ticket: Ticket | None = None,
    check: Callable[[Mapping[str, Value]], object] = lambda _: None,
) -> dict[str, Value]:
    """Parse `FIELD=VALUE` arguments, along with fields `given` by other options; an empty text clears a field.

    Examples: `product.part=XJ-4411`; `solution=@FILE`; `plan.m1.due=2026-03-20` sets part of an item (merged into the
    item in `ticket`); `plan.m1=` removes an item; `plan=@FILE` takes all items as YAML. Raises all errors together: an
    argument without `=`, an unknown or repeated field, an invalid value; if there is any, also what `check` raises for
    the valid values.
    """
    refusals = RefusalCollector()
    assignments, values = dict(given or {}), dict[str, Value]()
    for arg in args:
        with refusals.checking():
            field_path, text = _split_assignment(arg)
            if field_path in assignments:
                raise InvalidUsage("{field} is given twice.", field=field_path)
            assignments[field_path] = text
    with refusals.checking():
        if sum(assignments.get(field_path) == "-" for field_path in _LONG_TEXTS) > 1:
            raise InvalidUsage("{field} is given twice.", field="-")
    for field_path, text in assignments.items():
        with refusals.checking():
            values |= _parse_value(field_path, text, values, ticket or Ticket({}))
    if refusals:
        with refusals.checking():
            check(values)
    refusals.raise_all()
    return values


def check_given_values(session: Session, values: Mapping[str, Value], number: str = "") -> None:
    """Raise every error in values for a new ticket, or for the ticket with that number."""
    desk = session.desk
    ticket = desk.row(number).ticket if number else Ticket({})
    check_values(validate_fields(values), ticket, desk.policy, desk.now())


def _split_assignment(arg: str) -> tuple[str, str]:
    field_path, equals, text = arg.partition("=")
    field_path = field_path.strip()
    if not equals or not field_path:
        raise InvalidUsage("{word} is not FIELD=VALUE.", hint="Write it as --set product.part=XJ-4411.", word=arg)
    return field_path, text


def _parse_value(name: str, text: str, parsed: Mapping[str, Value], ticket: Ticket) -> dict[str, Value]:
    key, _, rest = name.partition(".")
    if key not in FIELD_BY_KEY or FIELD_BY_KEY[key].type != "items":
        return {name: _parse_path(name, text)}
    return dict([_parse_item(key, rest, text, parsed, ticket)]) if rest else {key: _parse_items(key, text)}


def _parse_path(field_path: str, text: str) -> Value:
    path = parse_field_path(field_path)
    key, _, part = path.partition(".")
    value = _raw_value(path, FIELD_BY_PATH[path], text)
    return _validate(path, {key: {part: value} if part else value}).get(path)


def _raw_value(field_path: str, field: Field, text: str) -> Value:
    """Return the text as the value that a loaded YAML document would have."""
    if field.type == "word" and "\n" in text.strip():
        raise InvalidUsage("{field} must be a single line.", field=field_path)
    if field.type == "words":
        return [word.strip() for word in text.split(",") if word.strip()]
    text = read_text_arg(text) if field.type == "text" else text.strip()
    return text if text.strip() else None


def _validate(name: str, document: Mapping[str, Value]) -> Ticket:
    ticket, faults = tickets.parse_ticket(document)
    fault = next((candidate for candidate in faults if candidate.path and candidate.path[0] in document), None)
    if fault:
        raise InvalidUsage("{field} {fault}.", field=name, fault=fault.message)
    return ticket


def _parse_item(key: str, rest: str, text: str, parsed: Mapping[str, Value], ticket: Ticket) -> tuple[str, Value]:
    parts = {field.key: field for field in FIELD_BY_KEY[key].parts}
    name, group, part = _split_item_name(rest, parts)
    if not part:
        if text.strip():
            hint = "Name one of its parts as well: {known}."
            raise InvalidUsage("{field} has several parts.", hint=hint, field=f"{key}.{rest}", known=tuple(parts))
        return f"{key}.{rest}", None
    field_path = f"{key}.{name}"
    existing = parsed.get(field_path, ticket.look_up(field_path))
    base = existing if isinstance(existing, Mapping) else _new_item(key, name)
    value = _parse_item_part(key, name, group, part, text)
    if group:
        former = base.get(group.key)
        value = {**(former if isinstance(former, Mapping) else {}), part.key: value}
        value = {part_name: entry for part_name, entry in value.items() if entry is not None} or None
    item = {**base, (group or part).key: value}
    ordered = {part_name: item[part_name] for part_name in (*parts, *item) if item.get(part_name) not in (None, [])}
    return field_path, ordered


def _split_item_name(rest: str, parts: Mapping[str, Field]) -> tuple[str, Field | None, Field | None]:
    """Split `r1.cost` or `r1.settle.as` into the item's name, the group of parts (if any), and the part."""
    name, _, last = rest.rpartition(".")
    outer, _, group_name = name.rpartition(".")
    group = parts.get(group_name) if outer else None
    if group and group.type == "group":
        inner = next((part for part in group.parts if part.key == last), None)
        if inner:
            return outer, group, inner
    part = parts.get(last) if name else None
    return name, None, None if part and part.type == "group" else part


def _new_item(key: str, name: str) -> dict[str, Value]:
    """Return a new item with only its key fields, such as `m1`, or the target and relation of a link."""
    pair_keys = FIELD_BY_KEY[key].key_parts
    return dict(zip(pair_keys, name.split("/", len(pair_keys) - 1), strict=False))


def _parse_item_part(key: str, name: str, group: Field | None, part: Field, text: str) -> Value:
    field_path = ".".join(filter(None, (key, name, group.key if group else "", part.key)))
    stated: dict[str, Value] = {part.key: _raw_value(field_path, part, text)}
    document: dict[str, Value] = {group.key: stated} if group else stated
    items = _validate(field_path, {key: [{**_new_item(key, name), **document}]}).items(parse_items_key(key))
    value = items[0].get((group or part).key) if items else None
    return value.get(part.key) if group and isinstance(value, Mapping) else value


def _parse_items(key: str, text: str) -> Sequence[Mapping[str, Value]] | None:
    text = read_text_arg(text)
    if not text.strip():
        return None
    from fenji.storage import yaml_codec

    try:
        document = yaml_codec.load(text.encode("utf-8"), key)
    except Damaged as damaged:
        raise InvalidUsage("{field} {fault}.", field=key, fault=damaged.problems[0].message) from None
    return list(_validate(key, {key: document}).items(parse_items_key(key)))


def _option_name(path: FieldPath) -> str:
    """Return the option's name: `requester_unit` for a requester's field, else the filter key or end of the path."""
    field, (group, _, _) = FIELD_BY_PATH[path], path.partition(".")
    return path.replace(".", "_") if group == "requester" else field.filter_key or path.rpartition(".")[2]


PATH_BY_OPTION: Mapping[str, FieldPath] = {_option_name(path): path for path in (*FORM_PATHS, "priority")}


def field_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add to a command an option for each field of a new ticket, and one for why its priority is set by hand."""
    options = [_make_option(name, path) for name, path in PATH_BY_OPTION.items()]
    options.append(
        click.option("--reason", metavar="TEXT", type=TEXT, default="", help="Why the priority is set by hand.")
    )
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)


def _make_option(name: str, path: FieldPath) -> Callable[[Any], Any]:
    field, (metavar, value_type) = FIELD_BY_PATH[path], _VALUES.get(path, ("TEXT", TEXT))
    return click.option(
        f"--{name.replace('_', '-')}",
        metavar=metavar,
        type=value_type,
        required=path == "title",
        multiple=field.type == "words",
        help=_HELP.get(path, field.label),
    )
