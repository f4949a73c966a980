"""The note by which an event says that it takes an act back: one word in every file, shown in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from fenji.errors import Sentence

# What an act is called where it is taken back or done again.
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
    """Return the note of an event that takes back an act, as it stands in the file."""
    return f"{_UNDO}{do}"


def explain_note(note: str) -> Sentence | None:
    """Return what such a note says; None for any other, which is somebody's own words."""
    do = note.removeprefix(_UNDO)
    return (
        Sentence("undone: {do}", {"do": Sentence(ACT_NAMES[do])}) if note == undo_note(do) and do in ACT_NAMES else None
    )
