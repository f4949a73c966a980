"""The byte budget of the interface at 80x24: what each kind of act may cost, and the acts that are measured."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_PAINT = 30_000
BUDGET: Mapping[str, int] = {"move": 1_000, "prompt": 2_000, "tick": 1_000, "page": 6_400, "screen": 25_000, "idle": 0}

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
    ("preview on", ("p",), "screen"),
)
