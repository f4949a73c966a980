"""What people type for fields, texts and instants, and what an act gets of it."""

from __future__ import annotations

import io
import sys
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fenji.cli.fields import parse_fields
from fenji.cli.params import decode_arg, parse_instant, read_text_arg
from fenji.errors import InvalidUsage, NotFound
from fenji.i18n import match_language
from fenji.model.ticket import Ticket, Value

RIYADH = ZoneInfo("Asia/Riyadh")


def test_words_become_the_values_of_their_fields() -> None:
    typed = ["product.part=XJ-4411", "tags=corrosion, spares", "feedback.rating=5", "title=a=b", "owner="]
    assert parse_fields(typed) == {
        "product.part": "XJ-4411",
        "tags": ["corrosion", "spares"],
        "feedback.rating": 5,
        "title": "a=b",
        "owner": None,
    }


@pytest.mark.parametrize("word", ["title", "=x", "", "  =x"])
def test_what_is_no_pair_is_refused(word: str) -> None:
    with pytest.raises(InvalidUsage, match="FIELD=VALUE"):
        parse_fields([word])


def test_a_field_is_given_once() -> None:
    with pytest.raises(InvalidUsage, match="twice"):
        parse_fields(["title=a", "title=b"])


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("product=x", "no field product"),
        ("flavour=red", "no field flavour"),
        ("kind=question", "one of quality, request, project"),
        ("feedback.rating=5.5", "whole number"),
        ("zeroing.located=perhaps", "true or false"),
        ("title=one\ntwo", "a single line"),
        ("plan.m1=x", "several parts"),
        ("plan.m1.due=tomorrow", "date"),
        ("plan=not a list", "list"),
        ("plan=[", "bracket"),
        ("resources.r1.cost=cheap", "number"),
        ("resources.r1.settle=billable", "several parts"),
        ("resources.r1.as=gift", "one of hours, material, travel, cost"),
        ("failed=yesterday", "date"),
        ("result.state=broken", "one of restored, workaround, observing"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(word: str, why: str) -> None:
    with pytest.raises(InvalidUsage, match=why):
        parse_fields([word])


def test_parts_of_an_item_join_what_the_ticket_holds() -> None:
    item = {"key": "m1", "what": "ship", "due": "2026-03-20"}
    ticket = Ticket({}).with_fields({"plan": [item]})
    typed = ["plan.m1.done=2026-03-19", "plan.m1.after=m0, m2", "plan.m2.what=unpack"]
    assert parse_fields(typed, ticket=ticket) == {
        "plan.m1": {**item, "done": "2026-03-19", "after": ["m0", "m2"]},
        "plan.m2": {"key": "m2", "what": "unpack"},
    }


def test_parts_of_a_part_are_named_by_two_dots() -> None:
    ticket = Ticket({}).with_fields({"resources": [{"key": "r1", "hours": Decimal(3)}]})
    typed = ["resources.r1.settle.as=warranty", "resources.r1.settle.why=agreed by letter"]
    settled: dict[str, Value] = {
        "key": "r1",
        "hours": Decimal(3),
        "settle": {"as": "warranty", "why": "agreed by letter"},
    }
    assert parse_fields(typed, ticket=ticket) == {"resources.r1": settled}
    ticket = ticket.with_fields({"resources.r1": settled})
    cleared = ["resources.r1.settle.as=", "resources.r1.settle.why=", "resources.r1.as=hours"]
    assert parse_fields(cleared, ticket=ticket) == {"resources.r1": {"key": "r1", "hours": Decimal(3), "as": "hours"}}


def test_a_part_or_an_item_is_taken_out_by_an_empty_value() -> None:
    ticket = Ticket({}).with_fields({"plan": [{"key": "m1", "what": "ship", "due": "2026-03-20"}]})
    assert parse_fields(["plan.m1.due="], ticket=ticket) == {"plan.m1": {"key": "m1", "what": "ship"}}
    assert parse_fields(["plan.m1="], ticket=ticket) == {"plan.m1": None}


def test_an_item_keeps_numbers_that_another_part_does_not_touch() -> None:
    ticket = Ticket({}).with_fields({"resources": [{"key": "r1", "cost": Decimal("1200.00")}]})
    changed = parse_fields(["resources.r1.billable=true"], ticket=ticket)
    assert changed == {"resources.r1": {"key": "r1", "cost": Decimal("1200.00"), "billable": True}}


def test_all_items_come_as_yaml(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("- {key: m2, what: b}\n- {key: m1, what: a, after: [m0]}\n")
    items = parse_fields([f"plan=@{tmp_path / 'plan.yaml'}"])["plan"]
    assert items == [{"key": "m1", "what": "a", "after": ["m0"]}, {"key": "m2", "what": "b"}]


def test_texts_come_from_files_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeff鏽\r\n跡\r\n".encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("來自管道\n".encode())))
    assert read_text_arg(f"@{tmp_path / 'a.txt'}") == "鏽\n跡"
    assert read_text_arg("-") == "來自管道"
    assert read_text_arg("@@home") == "@home"
    assert read_text_arg("plain @ text") == "plain @ text"


def test_stdin_is_for_one_field(monkeypatch: pytest.MonkeyPatch) -> None:
    for args, given in (
        (["cause=-", "solution=-"], {}),
        (["cause=-"], {"description": "-"}),
        (["plan=-", "cause=-"], {}),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"typed once\n")))
        with pytest.raises(InvalidUsage, match="- is given twice"):
            parse_fields(args, given)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"typed once\n")))
    assert parse_fields(["cause=-", "tags=-"]) == {"cause": "typed once", "tags": ["-"]}


def test_a_missing_or_strange_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.txt"):
        read_text_arg(f"@{tmp_path / 'nowhere.txt'}")
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidUsage, match="UTF-8"):
        read_text_arg(f"@{tmp_path / 'b.bin'}")


def test_only_long_texts_are_read_from_files() -> None:
    assert parse_fields(["title=@home", "owner=-"]) == {"title": "@home", "owner": "-"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T08:00", "2026-03-01T08:00:00+03:00"),
        ("2026-03-01 08:00:30", "2026-03-01T08:00:30+03:00"),
        ("2026-03-01T08:00:00+08:00", "2026-03-01T08:00:00+08:00"),
        ("2026-03-01T08:00Z", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01T08:00:00.9+03:00", "2026-03-01T08:00:00+03:00"),
    ],
)
def test_an_instant_without_offset_is_the_site_s(text: str, expected: str) -> None:
    assert parse_instant(text, RIYADH).isoformat() == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-03-01", "2026-13-01T08:00", "08:00", "", "2026-03-01T25:00"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InvalidUsage):
        parse_instant(text, RIYADH)


def test_an_hour_that_the_zone_skips_is_refused() -> None:
    with pytest.raises(InvalidUsage, match="skip"):
        parse_instant("2026-03-29T02:30", ZoneInfo("Europe/Berlin"))


def test_bytes_of_another_locale_are_read_as_utf8() -> None:
    assert decode_arg("備件".encode().decode("ascii", "surrogateescape")) == "備件"
    with pytest.raises(InvalidUsage, match="UTF-8"):
        decode_arg("\udcff\udcfe")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("zh_TW.UTF-8", "zh-Hant"),
        ("zh_CN.GB18030", "zh-Hans"),
        ("zh-hant", "zh-Hant"),
        ("zh_Hant_HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("en_GB.UTF-8", "en"),
        ("C.UTF-8", ""),
        ("fr_FR", ""),
        ("", ""),
    ],
)
def test_languages_are_known_by_many_names(word: str, expected: str) -> None:
    assert match_language(word) == expected
