"""A refusal as a sentence or two: what is missing, and the key that supplies it. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Damaged, FenjiError, Sentence
from fenji.ticket import BY_KEY, LEAVES
from fenji.tui import cells

if TYPE_CHECKING:
    from fenji.tui.keys import Keymap
    from fenji.tui.voice import Voice

# Values of a sentence that are words of the method, and so are said in the person's language.
_WORDS = frozenset({"do", "state", "steps", "later", "asks", "field", "fields", "choices", "earlier"})


def refusal(error: FenjiError, voice: Voice, keymap: Keymap, *, root: Path | None = None) -> str:
    """The sentence, what is wrong in the file, the hint, and the keys that help; paths as seen from `root`."""
    hint = voice.say(worded(_seen_from(root, error.hint), voice)) if error.hint else ""
    faults = _faults(error, voice)
    return not_now(_seen_from(root, error.sentence), voice, keymap, hint=f"{faults} {hint}".strip())


def _faults(error: FenjiError, voice: Voice) -> str:
    """The first thing that is wrong in a damaged file, and how many more there are."""
    problems = error.problems if isinstance(error, Damaged) else ()
    if not problems:
        return ""
    first, more = problems[0], len(problems) - 1
    place = voice.say("line {line}", line=first.line) if first.line else ""
    said = " ".join(part for part in (place, cells.line(first.key), voice.say(first.message)) if part)
    return f"{said}. {voice.say('And {count} more.', count=more)}" if more else f"{said}."


def _seen_from(root: Path | None, sentence: Sentence) -> Sentence:
    start = f"{root}{os.sep}"
    held = sentence.values.items()
    values = {key: one.removeprefix(start) if isinstance(one, str) else one for key, one in held}
    return Sentence(sentence.template, values)


def not_now(sentence: Sentence, voice: Voice, keymap: Keymap, *, hint: str = "") -> str:
    """Why something may not be done now, and the keys that help."""
    parts = [
        voice.say(worded(sentence, voice)),
        _helping_keys(sentence, voice, keymap) or hint or _asked(sentence, voice),
    ]
    return " ".join(part for part in parts if part)


def _asked(sentence: Sentence, voice: Voice) -> str:
    people = sentence.values.get("people")
    return voice.say("Ask {people}.", people=people) if people else ""


def _helping_keys(sentence: Sentence, voice: Voice, keymap: Keymap) -> str:
    """`First: s solve, C confirm.` or `e edits cause.`; empty where no key helps."""
    steps = str(sentence.values.get("steps") or "")
    if steps:
        shown = ", ".join(f"{keymap.step_key(step)} {voice.word(step)}" for step in steps.split(", "))
        return voice.say("First: {steps}.", steps=shown)
    leaves = sentence.values.get("leaves")
    if not isinstance(leaves, Sequence) or not leaves:
        return ""
    by_key: dict[str, list[str]] = {}
    for leaf in leaves:
        by_key.setdefault(_key_for(str(leaf), keymap), []).append(label(str(leaf), voice))
    return " ".join(
        voice.say("{key} sets {fields}.", key=key, fields=", ".join(names)) for key, names in by_key.items()
    )


_SETTERS = {
    "kind": "classify",
    "impact": "classify",
    "occurrence": "classify",
    "priority": "classify",
    "owner": "owner",
    "plan": "add",
    "resources": "add",
    "links": "link",
}


def _key_for(leaf: str, keymap: Keymap) -> str:
    return keymap.key(_SETTERS.get(leaf.partition(".")[0], "edit"))


# Fields whose own label says too little without its group.
_LABELS = {"requester.name": "Requester", "requester.unit": "Their unit", "requester.contact": "Their contact"}


def label(leaf: str, voice: Voice) -> str:
    """What people call a field."""
    if leaf in _LABELS:
        return voice.say(_LABELS[leaf])
    one = LEAVES.get(leaf) or BY_KEY.get(leaf.partition(".")[0])
    return voice.say(one.label) if one and one.label else leaf


def worded(sentence: Sentence, voice: Voice) -> Sentence:
    """The sentence with the words of the method among its values in the person's language."""
    values = {key: _said(value, voice) if key in _WORDS else value for key, value in sentence.values.items()}
    return Sentence(sentence.template, values)


def _said(value: object, voice: Voice) -> object:
    if not isinstance(value, str):
        return value
    return ", ".join(label(part, voice) if part in BY_KEY else voice.say(part) for part in value.split(", "))
