"""A refusal as one line: what is missing, and the key that supplies it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Sentence
from fenji.ticket import BY_KEY, LEAVES

if TYPE_CHECKING:
    from fenji.tui.keys import Keymap
    from fenji.tui.voice import Voice

# Values of a sentence that are words of the method, and so are said in the person's language.
_WORDS = frozenset({"do", "state", "steps", "later", "asks", "field", "fields", "choices", "earlier"})


def refusal(error: FenjiError, voice: Voice, keymap: Keymap) -> str:
    """The sentence, its hint, and the keys that help."""
    hint = voice.say(worded(error.hint, voice)) if error.hint else ""
    return not_now(error.sentence, voice, keymap, hint=hint)


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
