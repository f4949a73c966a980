"""Set one view in the text of policy.yaml; every other line stays as it is."""

from __future__ import annotations

import json

import yaml

from fenji.errors import Refused


def set_view(data: bytes, name: str, query: str) -> bytes:
    """Return the policy with a shared view added, or replaced if one has that name already.

    Raises Refused if `views` is laid out so that no line can be added.
    """
    text = data.decode("utf-8")
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    views = next((value for key, value in pairs if key.value == "views"), None)
    if views is None:
        separator = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{separator}views:\n{_line('  ', name, query)}".encode()
    if not isinstance(views, yaml.MappingNode) or views.flow_style or not views.value:
        raise Refused("A view cannot be added to `views` in policy.yaml as it is written.", hint="Add it by hand.")
    lines = text.splitlines(keepends=True)
    indent = " " * views.value[0][0].start_mark.column
    same = next(((key, value) for key, value in views.value if key.value == name), None)
    if same:
        first, end = same[0].start_mark.line, _end_line(same[1])
    else:
        first = end = _end_line(views.value[-1][1])
        if not lines[end - 1].endswith("\n"):
            lines[end - 1] += "\n"
    return "".join([*lines[:first], _line(indent, name, query), *lines[end:]]).encode()


def _line(indent: str, name: str, query: str) -> str:
    return f"{indent}{json.dumps(name, ensure_ascii=False)}: {json.dumps(query, ensure_ascii=False)}\n"


def _end_line(value: yaml.Node) -> int:
    """Return the number of the line after a value."""
    mark = value.end_mark
    return int(mark.line) + (1 if mark.column else 0)
