"""The options of `new`, one for each field of the form, made from the table of fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import click

from fenji.cli.params import PERSON, TEXT, TextParam
from fenji.model.ticket import FIELD_BY_PATH, FORM_PATHS, FieldPath

# What an option says of its field; of one that is not here it says the label.
_HELP: Mapping[FieldPath, str] = {
    "title": "One line: what is wrong or wanted.",
    "kind": "quality, request or project; else quality.",
    "description": "What happened, at length.",
    "requester.name": "Who asked.",
    "requester.unit": "Their unit.",
    "requester.contact": "How to reach them.",
    "product.system": "The system it is about.",
    "product.subsystem": "The subsystem.",
    "product.part": "The part number.",
    "product.serial": "The serial number.",
    "impact": "How hard it hits the project.",
    "occurrence": "Whether it is a common problem.",
    "priority": "By hand, with --reason; else by the matrix.",
    "owner": "The one fixed contact.",
    "units": "A unit with a share in it.",
    "tags": "A tag.",
}
# What stands for the value, and what completes it.
_VALUES: Mapping[FieldPath, tuple[str, click.ParamType[Any]]] = {
    "kind": ("KIND", TextParam("kind")),
    "impact": ("WORD", TextParam("impact")),
    "occurrence": ("WORD", TextParam("occurrence")),
    "priority": ("P", TextParam("priority")),
    "owner": ("PERSON", PERSON),
    "units": ("UNIT", TextParam("unit")),
    "tags": ("TAG", TEXT),
}


def _option_name(path: FieldPath) -> str:
    """Return the name: as the field is called in filters, but of the requester and of texts by the path."""
    field, (group, _, _) = FIELD_BY_PATH[path], path.partition(".")
    return path.replace(".", "_") if group == "requester" else field.filter_key or path.rpartition(".")[2]


PATH_BY_OPTION: Mapping[str, FieldPath] = {_option_name(path): path for path in (*FORM_PATHS, "priority")}


def field_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each field that a new ticket may be given, and one for why its priority is set."""
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
