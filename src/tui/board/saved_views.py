"""The views of one's own in config.yaml: one is added, everything else in the file stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fenji.desk import write_file
from fenji.errors import Unavailable
from tui.settings_file import config_path

if TYPE_CHECKING:
    from yaml.nodes import Node


def save_view(name: str, query: str) -> None:
    """Write a view into the settings file; everything else in it stays as it is. Raises Unavailable if that fails."""
    import yaml

    path = config_path()
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise Unavailable("{path} cannot be read; it is left aside.", path=path) from error
    try:
        changed = _with_view(text, name, query)
    except yaml.YAMLError as error:
        raise Unavailable("{path} cannot be read; it is left aside.", path=path) from error
    write_file(path.parent, path.name, changed.encode(), private=True)


def _with_view(text: str, name: str, query: str) -> str:
    """Return the text of a settings file with a view added, or replaced if there is one of that name."""
    import yaml

    document = yaml.load(text, Loader=yaml.BaseLoader)
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    settings = document if isinstance(document, Mapping) else {}
    views = settings.get("views")
    views = {**(views if isinstance(views, Mapping) else {}), name: query}
    if isinstance(root, yaml.MappingNode) and root.flow_style:
        return yaml.safe_dump({**settings, "views": views}, allow_unicode=True, sort_keys=False)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    start, end = next(
        ((key.start_mark.index, _end_of(value)) for key, value in pairs if key.value == "views"), (len(text), len(text))
    )
    before = f"{text[:start]}\n" if text[:start] and not text[:start].endswith("\n") else text[:start]
    return f"{before}{_views_block(views)}{text[end:].lstrip(' ').removeprefix(chr(10))}"


def _views_block(views: Mapping[str, object]) -> str:
    lines = [
        f"  {json.dumps(str(name), ensure_ascii=False)}: {json.dumps(str(query), ensure_ascii=False)}\n"
        for name, query in views.items()
    ]
    return "".join(["views:\n", *lines])


def _end_of(node: Node) -> int:
    """Return where a value ends in its file; of a block its last value, since remarks behind that belong elsewhere."""
    is_block = isinstance(node.value, list) and not getattr(node, "flow_style", True) and node.value
    return (
        _end_of(node.value[-1][-1] if isinstance(node.value[-1], tuple) else node.value[-1])
        if is_block
        else node.end_mark.index
    )
