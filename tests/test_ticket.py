"""Tickets as values: reading a document, changing fields, and the order of the log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.errors import InvalidUsage
from fenji.model.ticket import (
    FIELD_BY_KEY,
    FIELD_BY_PATH,
    FIELDS,
    Event,
    Field,
    FieldPath,
    FileItem,
    GroupKey,
    ItemsKey,
    LinkItem,
    PlanItem,
    ResourceItem,
    Ticket,
    Value,
    is_short,
    item_key,
    parse_field_path,
    parse_input,
    parse_instant,
    parse_ticket,
    sanitize,
    to_json_value,
)
from fenji.model.ticket.attributes import (
    CountAttribute,
    FlagAttribute,
    NumberAttribute,
    TextAttribute,
    WordsAttribute,
)
from fenji.model.ticket.uid import make_uid
from samples import START, UID, after_event, reported_ticket

DOCUMENT: dict[str, Any] = {
    "id": "KSA-2026-0042",
    "uid": UID,
    "kind": "quality",
    "title": "備件生鏽",
    "site": "KSA",
    "log": [{"n": "1", "at": "2026-03-01T08:00:00+03:00", "by": "li.wei", "do": "report"}],
}


def list_faults(**changes: object) -> list[str]:
    return [".".join(map(str, fault.path)) for fault in parse_ticket(DOCUMENT | changes)[1]]


def test_a_sound_document_has_no_faults() -> None:
    ticket, problems = parse_ticket(DOCUMENT)
    assert problems == []
    assert (ticket.id, ticket.reported_at) == ("KSA-2026-0042", START)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "ksa-2026-1"),
        ("id", "KSA-2026-٠٠٤٢"),
        ("id", "KSA-2026-0042/../x"),
        ("uid", "01KK"),
        ("kind", "problem"),
        ("title", ["x"]),
        ("title", None),
        ("units", "HQ"),
        ("product", []),
        ("plan", {"m1": {}}),
        ("plan", [{"what": "no key"}]),
        ("plan", [{"key": "m1"}, {"key": "m1"}]),
        ("plan", [{"key": "m1", "due": "2026-02-30"}]),
        ("resources", [{"key": "r1", "cost": "1e9"}]),
        ("resources", [{"key": "r1", "cost": "١٢"}]),
        ("resources", [{"key": "r1", "billable": "yes"}]),
        ("feedback", {"rating": "1.5"}),
        ("zeroing", {"located": "1"}),
        ("log", None),
        ("log", "x"),
        ("log", ["x"]),
    ],
)
def test_what_does_not_fit_is_a_fault_at_its_place(key: str, value: object) -> None:
    assert list_faults(**{key: value})[0].startswith(key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n", "0"),
        ("n", "-1"),
        ("n", "1.0"),
        ("n", "٣"),
        ("n", "9" * 13),
        ("n", None),
        ("at", "2026-03-01T08:00:00"),
        ("at", "2026-03-01T08:00:00.5+03:00"),
        ("at", "2026-03-01"),
        ("at", "yesterday"),
        ("by", None),
        ("do", ["report"]),
        ("logged", "soon"),
        ("set", "x"),
        ("rewrote", "cause"),
    ],
)
def test_an_event_that_does_not_fit_is_a_fault_at_its_place(key: str, value: object) -> None:
    event = {**DOCUMENT["log"][0], key: value}
    assert list_faults(log=[event]) == [f"log.0.{key}"]


def test_all_faults_are_found_at_once() -> None:
    assert list_faults(kind="x", uid="y", product=[], log=[{"n": "0"}]) == [
        "kind",
        "product",
        "uid",
        "log.0.n",
        "log.0.at",
        "log.0.by",
        "log.0.do",
    ]


def test_unknown_keys_are_kept_wherever_they_stand() -> None:
    event = {**DOCUMENT["log"][0], "weather": "dry", "set": {"weather": "dry"}}
    ticket, problems = parse_ticket(
        DOCUMENT | {"crew": {"of": ["4"]}, "product": {"part": "x", "colour": "red"}, "log": [event]}
    )
    assert problems == []
    assert ticket.extra == {"crew": {"of": ["4"]}}
    assert ticket.data["product"] == {"part": "x", "colour": "red"}
    assert ticket.log[0].body == {"weather": "dry", "set": {"weather": "dry"}}


@given(
    st.recursive(
        st.none() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner)
    )
)
def test_any_document_gives_a_ticket_or_faults(document: Value) -> None:
    parse_ticket(document)
    for field in FIELDS:
        parse_ticket(DOCUMENT | {field.key: document})
    parse_ticket(DOCUMENT | {"log": [{**DOCUMENT["log"][0], "set": document, "value": document, "rewrote": document}]})


def test_the_log_is_read_in_its_order_and_equal_events_are_one() -> None:
    first = DOCUMENT["log"][0]
    later = {**first, "n": "2", "do": "note", "note": "x\n"}
    same = {"do": "note", "note": "x", "by": "li.wei", "at": later["at"], "n": "2"}
    ticket, _ = parse_ticket(DOCUMENT | {"log": [later, first, same]})
    assert [event.n for event in ticket.log] == [1, 2]
    assert ticket.next_n == 3


def test_an_event_is_the_same_in_memory_and_from_the_file() -> None:
    event = Event(2, START, "li.wei", "edit", {"set": {"owner": "", "tags": [], "title": "x"}, "note": None})
    read_back = Event(2, START, "li.wei", "edit", {"set": {"title": "x", "tags": None, "owner": None}})
    assert event == read_back
    assert event.digest == read_back.digest


def test_the_order_of_the_log_is_counter_then_instant_then_content() -> None:
    late, early = START + timedelta(hours=1), START
    events = [Event(2, early, "a", "note"), Event(1, late, "a", "note"), Event(1, early, "b", "note")]
    ordered = Ticket({}).with_events(events).log
    assert [(event.n, event.at) for event in ordered] == [(1, early), (1, late), (2, early)]
    elsewhere = early.astimezone(timezone(timedelta(hours=8)))
    assert Event(1, early, "b", "note").sort_key[1] == Event(1, elsewhere, "b", "note").sort_key[1]


def test_instants_outside_the_years_that_count_are_refused_where_they_are_read() -> None:
    for text in (
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ):
        assert parse_instant(text) is None
        for key in ("at", "logged"):
            event = {**DOCUMENT["log"][0], key: text}
            _, faults = parse_ticket({**DOCUMENT, "log": [event]})
            assert [(fault.path, str(fault.message)) for fault in faults] == [
                (("log", 0, key), "must be in the years 1900 to 2200")
            ]
    for text in ("1900-01-01T00:00:00+14:00", "2200-12-31T23:59:59-12:00"):
        assert parse_instant(text) is not None


def test_item_keys_of_any_digits_have_an_order() -> None:
    keys = ["m10", "m2", "\u00b2", "9" * 5000, "m\u0663", "10"]
    plan: list[Value] = [{"key": key, "what": "x"} for key in keys]
    ticket, faults = parse_ticket({**DOCUMENT, "plan": plan})
    assert not faults
    assert [item["key"] for item in ticket.items("plan")] == ["10", "9" * 5000, "m2", "m\u0663", "m10", "\u00b2"]


def test_an_event_touches_what_it_names() -> None:
    event = Event(2, START, "a", "edit", {"set": {"product.part": "x", "owner": "y"}, "rewrote": ["cause", "plan"]})
    assert all(event.touches(field_path) for field_path in ("product.part", "owner", "cause", "plan.m1", "plan"))
    assert not any(event.touches(field_path) for field_path in ("product", "product.serial", "description", "links"))
    kept = Event(2, START, "a", "superseded", {"field": "cause", "value": "x", "of": "0" * 16})
    assert not kept.touches("cause")


def test_fields_are_put_taken_and_emptied() -> None:
    ticket = reported_ticket().with_fields({"product.part": "XJ", "product.serial": "7", "tags": ["a"]})
    assert (ticket.get("product.part"), ticket.word("product.system")) == ("XJ", "")
    assert ticket.with_fields({"product.part": None}).get("product") == {"serial": "7"}
    assert "product" not in ticket.with_fields({"product.part": "", "product.serial": None}).data
    assert "tags" not in ticket.with_fields({"tags": []}).data
    assert list(ticket.data) == [field.key for field in FIELDS if field.key in ticket.data]


def test_items_are_put_by_key_in_natural_order() -> None:
    ticket = reported_ticket()
    for key in ("m10", "m2", "m1"):
        ticket = ticket.with_fields({f"plan.{key}": {"key": key, "what": key}})
    assert [item["key"] for item in ticket.items("plan")] == ["m1", "m2", "m10"]
    assert ticket.look_up("plan.m2") == {"key": "m2", "what": "m2"}
    assert [item["key"] for item in ticket.with_fields({"plan.m2": None}).items("plan")] == ["m1", "m10"]
    link = {"to": "KSA-2025-0007", "as": "duplicate"}
    assert item_key("links", link) == "KSA-2025-0007/duplicate"
    assert ticket.with_fields({"links.KSA-2025-0007/duplicate": link}).items("links") == [link]
    photo: dict[str, Value] = {"name": "rust.1.jpg", "size": 3}
    assert ticket.with_fields({"files.rust.1.jpg": photo}).look_up("files.rust.1.jpg") == photo


def test_what_is_put_reads_back_from_a_file() -> None:
    item: dict[str, Value] = {"key": "m1", "what": "ship", "done": "", "after": [], "owner": None}
    changes: dict[str, Value] = {
        "cause": "one\ntwo\n\n",
        "feedback.comment": "\n",
        "plan.m1": item,
        "resources.r1": {"key": "r1", "hours": 0},
    }
    ticket = after_event(reported_ticket(), "edit", fields=changes, note="word\n")
    assert (ticket.word("cause"), ticket.get("feedback")) == ("one\ntwo", None)
    assert ticket.items("plan") == [{"key": "m1", "what": "ship"}]
    assert ticket.items("resources") == [{"key": "r1", "hours": 0}]
    assert ticket.log[-1].note == "word"


def test_typed_values_are_read_by_their_field() -> None:
    assert parse_input("tags", " a, b ,,") == ["a", "b"]
    assert parse_input("zeroing.located", "true") is True
    assert parse_input("feedback.rating", "5") == 5
    assert parse_input("title", "no") == "no"
    assert parse_input("owner", " ") is None
    wrong: dict[FieldPath, str] = {"zeroing.located": "yes", "feedback.rating": "5.5", "kind": "problem"}
    for field_path, text in wrong.items():
        with pytest.raises(ValueError, match="must be"):
            parse_input(field_path, text)


def test_short_fields_are_those_whose_value_stands_in_the_log() -> None:
    assert all(
        is_short(field_path) for field_path in ("owner", "tags", "product.part", "zeroing.located", "feedback.rating")
    )
    assert not any(
        is_short(field_path)
        for field_path in ("cause", "feedback.comment", "plan", "plan.m1", "files", "sla", "unknown")
    )
    assert "product.part" in FIELD_BY_PATH
    assert "product" not in FIELD_BY_PATH


def test_plain_values_are_ready_for_json() -> None:
    assert to_json_value({"at": datetime(2026, 3, 1, tzinfo=UTC), "cost": Decimal("1.50"), "of": (True, None)}) == {
        "at": "2026-03-01T00:00:00+00:00",
        "cost": 1.5,
        "of": [True, None],
    }


@given(st.text())
def test_no_control_or_direction_mark_reaches_a_screen(text: str) -> None:
    shown = sanitize(text)
    assert not any(ord(character) < 32 and character not in "\n\t" for character in shown)
    assert not set(shown) & set(
        "\x7f\x85\x9b\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
    )


INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufeff",
    "".join(map(chr, (*range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x2060, 0x2065)))),
    "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0)))),
)


def test_no_letter_without_a_shape_passes_for_nothing() -> None:
    for letter in "".join(INVISIBLE):
        assert sanitize(f"KSA{letter}1") == f"KSA<{ord(letter):02X}>1"


def test_ordinary_text_is_shown_as_it_is() -> None:
    text = "雷達 T-101 [/red] é 😀 عربي ❤\ufe0f 1\ufe0f\u20e3 ™\ufe0e"
    assert sanitize(text) == text
    assert sanitize("❤\ufe0f\ufe0f") == "❤\ufe0f<FE0F>"


def test_a_change_leaves_the_original_alone() -> None:
    before = reported_ticket()
    after_event(before, "edit", fields={"cause": "x", "plan.m1": {"key": "m1"}})
    assert before == reported_ticket()


def test_a_new_uid_is_a_ulid_that_sorts_by_its_instant() -> None:
    first, later = (make_uid(START + timedelta(milliseconds=step)) for step in (0, 1))
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", first)
    assert first < later
    assert first[:10] == "01KJKW9140"
    assert first != make_uid(START)


# --- names of fields --------------------------------------------------------------------------------------------------


def test_a_misspelt_field_is_an_error_of_the_type_checker_and_of_the_program() -> None:
    """The comments are checked too: mypy refuses one that silences nothing."""
    ticket = reported_ticket()
    with pytest.raises(KeyError):
        ticket.word("ownr")  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        ticket.get("product.flavour")  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        ticket.items("owner")  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        ticket.ownr  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(InvalidUsage, match="no field ownr"):
        parse_field_path("ownr")
    assert ticket.word(parse_field_path("product.part")) == ticket.word("product.part")


def names_in(literal: object) -> set[str]:
    return {name for part in get_args(literal) for name in (names_in(part) if get_args(part) else {part})}


def test_the_names_that_code_writes_out_are_fields() -> None:
    assert names_in(FieldPath) <= FIELD_BY_PATH.keys()
    assert names_in(GroupKey) == {field.key for field in FIELDS if field.type == "group"}
    assert names_in(ItemsKey) == {field.key for field in FIELDS if field.type == "items"}


TYPES_OF_ATTRIBUTES: Mapping[type, frozenset[str]] = {
    TextAttribute: frozenset({"word", "text", "day"}),
    WordsAttribute: frozenset({"words"}),
    NumberAttribute: frozenset({"number"}),
    CountAttribute: frozenset({"count"}),
    FlagAttribute: frozenset({"flag"}),
}


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (Ticket, FIELDS),
        (LinkItem, FIELD_BY_KEY["links"].parts),
        (ResourceItem, FIELD_BY_KEY["resources"].parts),
        (PlanItem, FIELD_BY_KEY["plan"].parts),
        (FileItem, FIELD_BY_KEY["files"].parts),
    ],
)
def test_typed_attributes_are_fields_of_that_type(typed: type, fields: Sequence[Field]) -> None:
    types = {field.key: field.type for field in fields}
    attributes = [value for value in vars(typed).values() if type(value) in TYPES_OF_ATTRIBUTES]
    assert attributes
    for attribute in attributes:
        assert types[attribute.key] in TYPES_OF_ATTRIBUTES[type(attribute)], attribute
    if typed is not Ticket:
        assert {attribute.key for attribute in attributes} | {"settle"} == types.keys() | {"settle"}
