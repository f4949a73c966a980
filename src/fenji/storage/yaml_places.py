"""A YAML text with the positions of its nodes, so that it can be changed in place. Knows nothing of policies."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any

import yaml
from msgspec import Struct

from fenji.storage import yaml_codec

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlPlaces(Struct, frozen=True):
    """A text that `yaml_codec.load` accepts, its nodes with marks that count characters, and its kind of line end."""

    text: str
    root: Any
    newline: str
    mark: bytes  # the byte order mark before it, if any

    @classmethod
    def read(cls, data: bytes, path: str) -> YamlPlaces:
        """Read a document, adding a line end to its last line if it has none. Raises Damaged."""
        text, _ = compose(data, path)
        newline = "\r\n" if "\r\n" in text else "\n"
        mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
        return cls("", None, newline, mark).with_text(text if text.endswith("\n") else text + newline, path)

    def with_text(self, text: str, path: str) -> YamlPlaces:
        """Return a changed text with its nodes. Raises Damaged or YAMLError."""
        return YamlPlaces(*compose(text.encode("utf-8"), path), self.newline, self.mark)

    @property
    def data(self) -> bytes:
        return self.mark + self.text.encode("utf-8")

    def end_of(self, node: Any) -> int:
        """Return the offset of the end of a node, without the comments and blank lines after it."""
        while is_block(node) and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        return max(start, len(self.text[:end].rstrip()))

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        return self.text.index(self.newline, at)

    def next_line(self, at: int) -> int:
        return self.line_end(at) + len(self.newline)


def is_block(node: Any) -> bool:
    """Whether a node is a mapping or list in block style, not in braces or brackets."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def find_entry(node: Any, key: str) -> tuple[Any, Any] | None:
    """Return the nodes of a key and its value in a mapping; None if the key is absent."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((key_node, value) for key_node, value in pairs if key_node.value == key), None)


def compose(data: bytes, path: str) -> tuple[str, Any]:
    """Return the text of a document and its nodes. Raises Damaged or YAMLError."""
    text, _ = yaml_codec.decode(data, path)
    return data.decode("utf-8").removeprefix("\ufeff"), yaml.compose(text, Loader=_Loader)
