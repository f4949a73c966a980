"""The note of an event that undoes an act: the same words in every file, shown in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from fenji.errors import Sentence

# The name of each act where it is undone or redone.
ACT_NAMES: Mapping[str, str] = {
    "report": "report",
    "classify": "grading",
    "respond": "answer",
    "assign": "change of owner",
    "note": "note",
    "wait": "wait",
    "resume": "end of the wait",
    "edit": "edit",
    "solve": "solution",
    "confirm": "confirmation",
    "excuse": "excuse",
    "archive": "archiving",
    "reopen": "reopening",
    "withdraw": "withdrawal",
    "attach": "attached file",
    "link": "link",
}
_UNDO = "undo "


def undo_note(do: str) -> str:
    """Return the note of an event that undoes an act, as written in the file."""
    return f"{_UNDO}{do}"


def explain_note(note: str) -> Sentence | None:
    """Return the meaning of an undo note; None for any other note, which is in somebody's own words."""
    do = note.removeprefix(_UNDO)
    return (
        Sentence("undone: {do}", {"do": Sentence(ACT_NAMES[do])}) if note == undo_note(do) and do in ACT_NAMES else None
    )
