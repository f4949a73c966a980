"""The byte budget of the interface at 80x24: what each kind of act may cost, and the acts that are measured."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_PAINT = 9_000
BUDGET: Mapping[str, int] = {
    "two bars": 900,
    "move": 1_050,
    "prompt": 500,
    "tick": 550,
    "page": 5_000,
    "report": 5_000,
    "screen": 5_000,
    "idle": 0,
}

# (name, keys, kind), in the order in which they are pressed.
ACTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("cursor down, preview filled", ("Down",), "move"),
    ("cursor down", ("j",), "move"),
    ("cursor up", ("k",), "move"),
    ("page down", ("PageDown",), "page"),
    ("mark", ("Space",), "move"),
    ("unmark", ("Esc",), "move"),
    ("prompt opened: answer", ("a",), "prompt"),
    ("a letter in it", ("x",), "move"),
    ("prompt left", ("Esc",), "prompt"),
    ("prompt opened: classify", ("c",), "prompt"),
    ("a choice taken", ("Right",), "move"),
    ("prompt left, choices", ("Esc",), "prompt"),
    ("filter opened", ("/",), "prompt"),
    ("filter left", ("Esc",), "prompt"),
    ("view changed", ("2",), "page"),
    ("view changed back", ("1",), "page"),
    ("ticket opened, first time", ("Enter",), "screen"),
    ("line down in it", ("j",), "move"),
    ("ticket left", ("Esc",), "screen"),
    ("ticket opened again", ("Enter",), "screen"),
    ("ticket left again", ("Esc",), "screen"),
    ("keys listed, first time", ("?",), "screen"),
    ("a letter typed there", ("u",), "page"),
    ("keys left", ("Esc",), "screen"),
    ("find opened, first time", ("f",), "screen"),
    ("synonyms listed, first time", ("Ctrl+T",), "screen"),
    ("group down", ("j",), "move"),
    ("group up", ("k",), "move"),
    ("prompt opened: group", ("+",), "prompt"),
    ("prompt left, group", ("Esc",), "prompt"),
    ("synonyms left", ("Esc",), "screen"),
    ("find left", ("Esc",), "screen"),
    ("new ticket, first time", ("n",), "screen"),
    ("a letter of the title", ("G",), "move"),
    ("next field", ("Tab",), "move"),
    ("new ticket left", ("Esc",), "screen"),
    ("in and out opened, first time", ("i",), "screen"),
    ("in and out left", ("Esc",), "screen"),
    ("in and out opened again", ("i",), "screen"),
    ("in and out left again", ("Esc",), "screen"),
    ("exchanged, no hub", ("S",), "prompt"),
    ("preview off", ("p",), "screen"),
    ("two down", ("j", "j"), "two bars"),
    ("two up", ("k", "k"), "two bars"),
    ("preview on", ("p",), "screen"),
)

# The report: figures come a while after their key, so each act names a text that is on the screen when it is over.
REPORT_ACTS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("report opened, first time", ("#",), "report", "read at"),
    ("its period named", ("p", *"2025..2026", "Enter"), "report", "‹ 2025..2026 ›"),
    ("row down", ("j",), "move", ""),
    ("row up", ("k",), "move", ""),
    ("figure to the right", ("l",), "move", ""),
    ("rows by, asked", ("b",), "prompt", "Rows by"),
    ("rows by, left", ("Esc",), "prompt", "Enter"),
    ("last row", ("G",), "page", ""),
    ("tickets behind it", ("Enter",), "report", "1/"),
    ("ticket down", ("j",), "move", ""),
    ("ticket up", ("k",), "move", ""),
    ("tickets left", ("Esc",), "report", "Report"),
    ("another kind", ("2",), "report", "waiting"),
    ("the period before", ("[",), "report", "‹ 2023..2024 ›"),
    ("report left", ("Esc",), "screen", "open"),
)
