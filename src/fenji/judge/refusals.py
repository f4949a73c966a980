"""Refusals of parts of a push, as values that identify the part and give the reason."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Problem, Sentence
from fenji.git.remotes import REFUSAL_MARK
from fenji.model.ticket import sanitize

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

_MAX_DEPTH = 100  # nested sentences; each of several joined refusals is one level (`join_refusals`)


class Refusal(Struct, frozen=True):
    """One line of a refused push: its subject (a ticket's number, a path or a branch), and the reason.

    The other fields identify the part to leave out so that the push would be accepted: the commit (`""`: the fault is
    in the final files), the ticket's uid, the digests of its events (none: its file), and the path of another file.
    """

    subject: str
    message: Sentence
    commit: str = ""
    uid: str = ""
    events: tuple[str, ...] = ()
    path: str = ""


def refusal_from_problem(problem: Problem) -> Refusal:
    """Return the refusal for a problem in a file, with its location and key as subject."""
    location = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    return Refusal(f"{location}: {problem.key}" if problem.key else location, problem.message)


def join_refusals(refusals: Iterable[Refusal]) -> Sentence:
    """Return several refusals as one sentence with a line each, which can still be translated when it is shown."""
    lines = [Sentence("{subject}: {reason}", {"subject": each.subject, "reason": each.message}) for each in refusals]
    return reduce(lambda text, line: Sentence("{text}\n{line}", {"text": text, "line": line}), lines)


# --- across the wire --------------------------------------------------------------------------------------------------


def to_wire(refusal: Refusal) -> str:
    """Return a refusal as one line of ASCII for the desk that pushed, which translates it into its own language."""
    data = {"subject": refusal.subject, "uid": refusal.uid, "path": refusal.path, **dump_sentence(refusal.message)}
    return f"{REFUSAL_MARK} {json.dumps({key: value for key, value in data.items() if value})}"


def from_wire(line: str) -> Refusal | None:
    """Return the refusal in a hub's line; None for other lines, and for a line without a valid sentence."""
    if not line.startswith(REFUSAL_MARK):
        return None
    try:
        data = json.loads(line.removeprefix(REFUSAL_MARK))
        uid, path = str(data.get("uid", "")), str(data.get("path", ""))
        return Refusal(_printable(data.get("subject", "")), load_sentence(data), uid=uid, path=path)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def _printable(value: object) -> str:
    return sanitize(str(value).encode("utf-8", "replace").decode())


def dump_sentence(sentence: Sentence) -> dict[str, JsonValue]:
    """Return a sentence as plain values, so that the reader can still translate it."""
    values = {key: _dump_value(value) for key, value in sentence.values.items()}
    return {"say": sentence.template, "with": values, **({"plural": sentence.plural} if sentence.plural else {})}


def _dump_value(value: object) -> JsonValue:
    if isinstance(value, tuple):
        return [str(word) for word in value]
    return dump_sentence(value) if isinstance(value, Sentence) else value if isinstance(value, int) else str(value)


def load_sentence(data: Mapping[str, JsonValue], depth: int = 0) -> Sentence:
    """Return the sentence from a result of `dump_sentence`, maybe of another machine.

    Raises ValueError, KeyError or AttributeError for other data, and for a template that does more than insert values.
    """
    values = data.get("with") or {}
    if depth > _MAX_DEPTH or not isinstance(values, Mapping):
        raise ValueError
    loaded = {
        str(key): load_sentence(value, depth + 1) if isinstance(value, Mapping) else _load_value(value)
        for key, value in values.items()
    }
    template, plural = _printable(data["say"]), _printable(data.get("plural") or "")
    for text in (template, plural):
        for _, name, spec, conversion in string.Formatter().parse(text):
            if name is not None and (name not in loaded or spec or conversion):
                raise ValueError(text)
    if plural and type(loaded.get("count")) is not int:
        raise ValueError(plural)
    return Sentence(template, loaded, plural)


def _load_value(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_printable, value))
    return value if type(value) is int else _printable(value)
