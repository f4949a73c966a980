"""The quick reader takes only what fenji writes, and reads it as the strict reader does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fenji.errors import Damaged
from fenji.files import MAX_BYTES
from fenji.storage import plain_yaml
from fenji.storage.yaml_codec import dump, load, load_strictly
from minutes import EXAMPLES_FACTOR
from test_yaml_codec import HOSTILE, LOOKALIKES, SPACED, TEXT, tickets
from worlds import bulk
from worlds.crowd import Crowd

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

POLICY = (Path(__file__).resolve().parent.parent / "policy.yaml").read_bytes()
CROWD = Crowd(80, 20, datetime(2026, 11, 19, 9, tzinfo=UTC), "plain", timedelta(days=400))
FILES = tuple(data for path, data in bulk.crowd_files(CROWD, POLICY).items() if path.endswith(".yaml"))


def assert_same(text: str) -> None:
    """A text is not read quickly, or read as the strict reader does."""
    quick = plain_yaml.load(text)
    try:
        strict: object = load_strictly(text.encode(), "x")
    except Damaged:
        strict = Damaged
    assert quick is None or quick == strict
    if quick is not None:
        assert _list_keys(quick) == _list_keys(strict)


def _list_keys(value: object) -> list[object]:
    """The keys in their order, which `==` of mappings does not look at."""
    if isinstance(value, dict):
        return [(key, _list_keys(item)) for key, item in value.items()]
    return [_list_keys(item) for item in value] if isinstance(value, list) else []


def test_every_file_of_a_world_is_read_quickly() -> None:
    for data in FILES:
        assert plain_yaml.load(data.decode()) is not None
        assert_same(data.decode())


@settings(deadline=None)
@given(tickets())
def test_any_ticket_that_is_written(ticket: Ticket) -> None:
    assert_same(dump(ticket).decode())


VALUES = st.one_of(
    LOOKALIKES,
    TEXT,
    st.sampled_from(
        ('"a"', '"a\\tb"', '"a\\u0041"', '"\\ud83d"', '"a', "'a'", "|", "|-", "|2", "|2-", "|+", "|1", ">", "[]", "{}")
    ),
    st.sampled_from(("a #b", "a#b", "a: b", "a:b", "a:", "-1", "~", "null", "Null", '""', '"\\/"', '"\\x41"', '"a" b')),
)
KEYS = st.sampled_from(
    ("a", "b", "note", "plan.m1.due", "log", "鏽", "null", "y", "-", "a b", '"a"', "1", "", "x" * 129)
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    indent, dash = " " * draw(st.integers(0, 6)), draw(st.sampled_from(("", "", "", "- ", "-", "- - ")))
    match draw(st.integers(0, 5)):
        case 0:
            return indent + draw(VALUES)
        case 1:
            return draw(st.sampled_from(("", " ", "    ", "\t", "---", "...", "# a", "  # a", "%YAML 1.1", *SPACED)))
        case 2:
            return f"{indent}{dash}{draw(KEYS)}:"
        case 3:
            return f"{indent}{dash}{draw(VALUES)}"
        case _:
            return f"{indent}{dash}{draw(KEYS)}: {draw(VALUES)}"


@settings(deadline=None, max_examples=300 * EXAMPLES_FACTOR)
@given(st.lists(lines(), max_size=8))
@example(["a: |", "", "  b"])
@example(["a: |", "    b", "  c"])
@example(["a: |2", "", "    b", "", "c: d"])
@example(["a: |-", "  b", "", ""])
@example(["a: b", "  c: d"])
@example(["a: b", "  c"])
@example(["a:", "- b", "  c"])
@example(["a:", "- b:", "  - c", "  d: e"])
def test_any_lines(soup: list[str]) -> None:
    assert_same("\n".join(soup))
    assert_same("\n".join([*soup, ""]))


@st.composite
def mutated_files(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(FILES)).decode().split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                text.insert(at, draw(lines()))
            case 1:
                text[at] += draw(VALUES)
            case 2:
                text[at] = " " * draw(st.integers(0, 3)) + text[at]
            case 3:
                text[at] = text[at][draw(st.integers(0, 3)) :]
            case 4:
                text.insert(draw(st.integers(0, len(text))), text[at])
            case _:
                cut = draw(st.integers(0, len(text[at])))
                text[at] = text[at][:cut] + draw(st.characters(exclude_categories=["Cs"])) + text[at][cut:]
    return "\n".join(text)


@settings(deadline=None, max_examples=300 * EXAMPLES_FACTOR)
@given(mutated_files())
def test_any_file_that_somebody_changed(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_file_is_read_quickly(name: str) -> None:
    assert plain_yaml.load(FILES[0].decode().replace("kind: ", f"{HOSTILE[name][0]}\nkind: ", 1)) is None


def test_what_is_too_large_or_too_deep_is_refused_as_ever() -> None:
    deep = "".join(f"{'  ' * level}a:\n" for level in range(40))
    with pytest.raises(Damaged):
        load(deep.encode(), "x")
    with pytest.raises(Damaged):
        load(b"a: " + b"x" * MAX_BYTES + b"\n", "x")
