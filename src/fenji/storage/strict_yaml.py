"""Read any YAML strictly, from the events of libyaml's parser; imported only for a text that is not in plain form.

Aliases, tags, duplicate keys and deep nesting are refused before anything is built; every scalar stays text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import yaml

from fenji.errors import Damaged, Problem, Sentence
from fenji.storage import yaml_slips
from fenji.storage.plain_yaml import MAX_KEY_LENGTH, NULL_WORDS

if TYPE_CHECKING:
    from fenji.model.ticket import Value

MAX_DEPTH = 16
Positions = dict[tuple[str | int, ...], tuple[int, int]]  # line and column of each key path, counted from 1
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALAR, _MAPPING, _SEQUENCE, _ALIAS = (
    yaml.ScalarEvent,
    yaml.MappingStartEvent,
    yaml.SequenceStartEvent,
    yaml.AliasEvent,
)
_END_EVENTS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class _InvalidYaml(Exception):
    def __init__(self, mark: Any, template: str | Sentence, **values: object) -> None:
        super().__init__(template)
        self.mark = mark
        self.sentence = template if isinstance(template, Sentence) else Sentence(template, values)


def build_document(text: str, path: str, positions: Positions | None, restore: Callable[[str], str] | None) -> Value:
    """Return the one document in a text, and record the `positions` of its keys. Raises Damaged at the first fault."""
    try:
        return _DocumentBuilder(text, positions, restore).build_document()
    except _InvalidYaml as refusal:
        problem = Problem(path, refusal.mark.line + 1, refusal.mark.column + 1, "", refusal.sentence)
    except yaml.YAMLError as error:
        problem = _explain_error(error, text, path)
    raise Damaged("{path} cannot be read.", path=path, problems=(problem,))


def _explain_error(error: yaml.YAMLError, text: str, path: str) -> Problem:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "nesting depth" in str(getattr(error, "problem", "")):  # libyaml's own limit, which may come before ours
        return Problem(path, line, column, "", Sentence("nested deeper than {most}", {"most": MAX_DEPTH}))
    return yaml_slips.explain(text, Problem(path, line, column, "", Sentence("")), context.line + 1 if context else 0)


class _DocumentBuilder:
    """Builds a document in one pass over the parser's events."""

    def __init__(
        self,
        text: str,
        positions: Positions | None,
        restore: Callable[[str], str] | None,
    ) -> None:
        self.parser = _Loader(text)
        self.next_event: Callable[[], Any] = self.parser.get_event
        self.positions = positions
        self.restore = restore

    def build_document(self) -> Value:
        try:
            beginning = self.next_event()
            start = self.next_event()
            if isinstance(start, yaml.StreamEndEvent):
                raise _InvalidYaml(beginning.start_mark, "the file is empty")
            value = self.build_node(self.next_event(), (), 0)
            self.next_event()  # document end
            after = self.next_event()
            if not isinstance(after, yaml.StreamEndEvent):
                raise _InvalidYaml(after.start_mark, "expected one document; a second one begins here")
            return value
        finally:
            self.parser.dispose()

    def build_node(self, event: Any, path: tuple[str | int, ...], depth: int) -> Value:
        kind = type(event)
        if kind is _ALIAS:
            raise _InvalidYaml(event.start_mark, "aliases (*) are not allowed")
        if event.anchor is not None:
            raise _InvalidYaml(event.start_mark, "anchors (&) are not allowed")
        if event.tag is not None:
            raise _InvalidYaml(event.start_mark, "tags (!) are not allowed")
        if self.positions is not None:
            self.positions.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
        if kind is _SCALAR:
            value: str = event.value
            if not event.style and value in NULL_WORDS:
                return None
            if not event.style and event.start_mark.line != event.end_mark.line:
                self._check_wide_sign(event)
            return self.restore(value) if self.restore else value
        if depth == MAX_DEPTH:
            raise _InvalidYaml(event.start_mark, "nested deeper than {most}", most=MAX_DEPTH)
        return self.build_mapping(path, depth) if kind is _MAPPING else self.build_sequence(path, depth)

    def _check_wide_sign(self, event: Any) -> None:
        """Refuse a plain text of several lines that begins with `｜` or `＞`, as YAML would join the lines."""
        if fault := yaml_slips.explain_wide_sign(event.value.partition(" ")[0]):
            raise _InvalidYaml(event.start_mark, fault)

    def build_mapping(self, path: tuple[str | int, ...], depth: int) -> dict[str, Value]:
        entries: dict[str, Value] = {}
        while True:
            event = self.next_event()
            mark = event.start_mark
            if type(event) in _END_EVENTS:
                return entries
            if type(event) is not _SCALAR or event.tag is not None or event.anchor is not None:
                raise _InvalidYaml(mark, "a key must be plain text")
            key: str = self.restore(event.value) if self.restore else event.value
            if len(key) > MAX_KEY_LENGTH:
                raise _InvalidYaml(mark, "a key has at most {most} characters", most=MAX_KEY_LENGTH)
            if key == "<<" and not event.style:
                raise _InvalidYaml(mark, "merge keys (<<) are not allowed")
            if key in entries:
                raise _InvalidYaml(mark, "the key {name} appears twice", name=key)
            if self.positions is not None:
                self.positions[(*path, key)] = (mark.line + 1, mark.column + 1)
            value = self.build_node(self.next_event(), (*path, key) if self.positions is not None else path, depth + 1)
            if not event.style and not key.isascii() and (fault := yaml_slips.explain_key(key, is_empty=value is None)):
                raise _InvalidYaml(mark, fault)
            entries[key] = value

    def build_sequence(self, path: tuple[str | int, ...], depth: int) -> list[Value]:
        items: list[Value] = []
        while type(event := self.next_event()) not in _END_EVENTS:
            items.append(self.build_node(event, (*path, len(items)) if self.positions is not None else path, depth + 1))
        return items
