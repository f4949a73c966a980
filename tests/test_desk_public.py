"""What other programs may call: with the values of this package, and with what any YAML loader makes of the files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from fenji.desk import Desk
from fenji.errors import Damaged
from fenji.model import sla as clocks
from fenji.model.merge import merge
from fenji.model.ticket import Ticket, from_mapping, to_json_value
from fenji.storage import yaml_codec
from samples import after_event, reported_ticket, uid_of
from worlds import SHIPPED_NOW
from worlds.damage import hostile_tickets
from worlds.making import PROJECT, shipped_policy

POLICY = shipped_policy()
FILES = sorted(PROJECT.glob("tickets/**/*.yaml"))


def load_yaml(data: bytes) -> dict[str, Any]:
    """What PyYAML's own loader makes of it."""
    parsed = yaml.safe_load(data)
    assert isinstance(parsed, dict)
    return parsed


# --- tickets ----------------------------------------------------------------------------------------------------


def test_any_loader_s_ticket_is_the_ticket() -> None:
    assert len(FILES) > 30
    for path in FILES:
        data = path.read_bytes()
        assert from_mapping(load_yaml(data)) == yaml_codec.read_ticket(data, path.name), path.name


def test_hostile_text_comes_through_any_loader() -> None:
    for ticket in hostile_tickets(POLICY, SHIPPED_NOW):
        assert from_mapping(load_yaml(yaml_codec.dump(ticket))) == ticket


def test_json_is_taken_as_well() -> None:
    ticket = reported_ticket(plan=[{"key": "m1", "what": "訂貨", "due": "2026-03-20"}])
    document = {**ticket.data, "log": [event.mapping() for event in ticket.log]}
    assert from_mapping(json.loads(json.dumps(to_json_value(document)))) == ticket


def test_values_of_every_type_become_what_the_field_holds() -> None:
    document: dict[Any, Any] = {
        **load_yaml(yaml_codec.dump(reported_ticket())),
        "product": {"serial": 12345, "part": 1.5},
        "tags": [2026, True, date(2026, 3, 1)],
        "resources": [{"key": 1, "quantity": 2, "cost": 12.5, "hours": Decimal("1E+2"), "billable": False}],
        "plan": ({"key": "m1", "start": date(2026, 3, 1), "due": "2026-03-20", "after": ()},),
        "feedback": {"rating": 5},
        "zeroing": {"located": True, "mechanism": "false"},
        "x-list": [1, {"a": None}],
        7: datetime(2026, 3, 1, tzinfo=UTC),
    }
    ticket = from_mapping(document)
    assert ticket.get("product") == {"part": "1.5", "serial": "12345"}
    assert ticket.get("tags") == ["2026", "true", "2026-03-01"]
    assert ticket.look_up("resources.1") == {
        "key": "1", "quantity": Decimal(2), "hours": Decimal(100), "cost": Decimal("12.5"), "billable": False,
    }  # fmt: skip
    assert ticket.look_up("plan.m1") == {"key": "m1", "start": "2026-03-01", "due": "2026-03-20"}
    assert (ticket.get("feedback.rating"), ticket.get("zeroing.mechanism")) == (5, False)
    assert ticket.extra == {"x-list": ["1", {"a": None}], "7": "2026-03-01T00:00:00+00:00"}
    assert yaml_codec.read_ticket(yaml_codec.dump(ticket), "x") == ticket


def test_every_fault_is_told_with_its_key() -> None:
    document: dict[str, Any] = load_yaml(yaml_codec.dump(reported_ticket())) | {
        "kind": 7,
        "uid": None,
        "feedback": {"rating": 4.5},
    }
    document["log"].append({"n": 2, "at": datetime(2026, 3, 1), "by": None, "do": "note"})
    with pytest.raises(Damaged) as damaged:
        from_mapping(document)
    nothing: Any = []
    keys = [problem.key for problem in damaged.value.problems]
    assert keys == ["uid", "kind", "feedback.rating", "log.1.at", "log.1.by"]
    with pytest.raises(Damaged, match="a ticket is a mapping"):
        from_mapping(nothing)


# --- clocks and merging -----------------------------------------------------------------------------------------


def test_a_clock_is_read_off_plain_mappings() -> None:
    policy = load_yaml((PROJECT / "policy.yaml").read_bytes())
    for path in FILES[::6]:
        data = path.read_bytes()
        wanted = clocks.reading(yaml_codec.read_ticket(data, "x"), POLICY, SHIPPED_NOW)
        assert clocks.reading(load_yaml(data), policy, SHIPPED_NOW) == wanted
        assert clocks.reading(load_yaml(data), POLICY, SHIPPED_NOW).mapping() == wanted.mapping()
    with pytest.raises(Damaged, match="policy"):
        clocks.reading(reported_ticket(), {"format": 1}, SHIPPED_NOW)
    with pytest.raises(Damaged, match="ticket"):
        clocks.reading({}, POLICY, SHIPPED_NOW)


def test_versions_merge_from_plain_mappings() -> None:
    base = reported_ticket()
    ours, theirs = (
        after_event(base, "edit", fields={"cause": "我"}),
        after_event(base, "edit", by="x", fields={"cause": "他"}),
    )
    wanted = merge(ours, theirs)
    mappings = [load_yaml(yaml_codec.dump(ticket)) for ticket in (ours, theirs)]
    assert merge(*mappings) == merge(ours, mappings[1]) == merge(mappings[1], ours) == wanted
    assert isinstance(merge(*mappings), Ticket)
    with pytest.raises(ValueError, match="different tickets"):
        merge(mappings[0], reported_ticket(uid=uid_of(7)))
    with pytest.raises(Damaged):
        merge(mappings[0], {"id": "x"})


# --- a desk -----------------------------------------------------------------------------------------------------


def test_a_program_works_at_a_desk(tmp_path: Path) -> None:
    """As the README may show it: plain values in, rows out."""
    from desks import make_desk

    with Desk.open(make_desk(tmp_path), person="li.wei") as desk:
        row = desk.new({"title": "備件生鏽", "impact": "minor", "occurrence": "common", "tags": ("rust",)})
        desk.act(
            row.id,
            "edit",
            fields={"resources": [{"key": "r1", "kind": "material", "cost": 12.5}], "feedback.rating": 5},
        )
        row = desk.act(row.id, "respond", at=desk.now() - timedelta(0))
        assert [row.id for row in desk.board("p:4 tag:rust").rows] == [row.id]
        assert desk.row(row.id).ticket.look_up("resources.r1") == {
            "key": "r1",
            "kind": "material",
            "cost": Decimal("12.5"),
        }
