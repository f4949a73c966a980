"""Statements on real desks: drafts, issuing, supplements, and what a hub takes of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

import hubs
from clones import Sites
from commandline import fenji
from desks import LEAD, RUST, Clock, git, make_desk, open_desk
from fenji.desk.statement import describe_payers, issue_statement, make_statement, read_issued, write_statement
from fenji.errors import Damaged, NotFound, Refused
from hubs import FIRST, rules
from samples import START

CONTRACTS = """\
format: 1
since: 2026-01-01
currency: USD
rates: {hours: {default: 80.00}, material: {markup: 10%}}
contracts:
  KSA-1: {customer: {Position 1: []}}
"""
LINE = {"key": "r1", "kind": "people", "what": "=cmd|' /C calc'!A0", "hours": "2", "on": "2026-11-10", "who": "li.wei"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_desk(tmp_path)
    (root / "contracts.yaml").write_text(CONTRACTS)
    with open_desk(root) as desk:
        fields = {**RUST, "kind": "request", "requester.unit": "position 1", "resources.r1": LINE}
        desk.new(fields)
        desk.new({**RUST, "kind": "request", "requester.unit": "Position 1", "resources": [{**LINE, "on": None}]})
    return root


def issued_file(root: Path, number: str) -> Path:
    return root / f"issued/statements/{number}.json"


def test_a_draft_shows_what_is_charged_and_apart_what_is_unknown(root: Path) -> None:
    said = fenji("statement", "--contract", "KSA-1", "2026-11", "--desk", root, "--json").json
    assert (said["number"], said["draft"], said["totals"]) == ("ST-KSA-1-2026-11", True, {"USD": "160.00"})
    assert [line["missing"] for line in said["unknown"]] == ["the line does not say which day"]
    text = fenji("statement", "--contract", "KSA-1", "2026-11", "--desk", root).out
    assert "To pay: 160.00 USD" in text
    assert "these cannot be settled yet" in text
    assert not (root / "issued").exists()


def test_a_line_without_a_day_is_named_in_the_month_in_which_it_was_written_down(tmp_path: Path) -> None:
    root, clock = make_desk(tmp_path), Clock(START)
    (root / "contracts.yaml").write_text(CONTRACTS)
    with open_desk(root, clock=clock) as desk:
        ticket = desk.new({**RUST, "kind": "request", "requester.unit": "Position 1"})
        clock.advance(60 * 24 * 45)
        line = {**LINE, "on": None, "what": "a part"}
        desk.act(ticket.id, "edit", fields={"resources": [line]}, at=clock.now - timedelta(hours=20))
    for month, count in ((START, 1), (clock.now, 1), (START - timedelta(days=40), 0)):
        period = f"{month:%Y-%m}"
        draft = fenji("statement", "--contract", "KSA-1", period, "--desk", root, "--json").json
        assert len(draft["unknown"]) == count
        shown = fenji("report", period, "--kind", "fees", "--desk", root).out
        assert shown.count("the line does not say which day") == count


def test_issuing_leaves_a_file_with_a_commit_and_a_second_time_is_refused(root: Path) -> None:
    said = fenji("statement", "--contract", "KSA-1", "2026-11", "--issue", "--by", LEAD, "--desk", root)
    assert said.code == 2, "--by is of acts: who issues is who sits there"
    with open_desk(root, LEAD) as desk:
        issue_statement(desk, "KSA-1", "2026-11", language="en")
        document = json.loads(issued_file(root, "ST-KSA-1-2026-11").read_text("utf-8"))
        assert (document["by"], document["totals"]) == (LEAD, {"USD": "160.00"})
        assert "unknown" not in document
        assert git(root, "status", "--porcelain", "issued") == ""
        with pytest.raises(Refused, match="nothing to issue"):
            issue_statement(desk, "KSA-1", "2026-11")
        with pytest.raises(Refused, match="may not issue"), open_desk(root, "li.wei") as other:
            issue_statement(other, "KSA-1", "2026-11")


def test_a_later_line_comes_as_a_supplement_and_the_first_file_stays(root: Path) -> None:
    with open_desk(root, LEAD) as desk:
        issue_statement(desk, "KSA-1", "2026-11")
        before = issued_file(root, "ST-KSA-1-2026-11").read_bytes()
        desk.act("0001", "edit", fields={"resources.r1": {**LINE, "hours": "3"}})
        draft = make_statement(desk, "KSA-1", "2026-11", language="en")
        assert (draft.number, [line.change for line in draft.lines]) == ("ST-KSA-1-2026-11-S1", ["minus", "plus"])
        issue_statement(desk, "KSA-1", "2026-11")
        assert issued_file(root, "ST-KSA-1-2026-11").read_bytes() == before
        totals = [sum(line.charged for line in issued.lines) for issued in read_issued(desk).values()]
        assert totals == [Decimal("160.00"), Decimal("80.00")]


def test_an_issued_statement_is_printed_again_as_it_was_issued(root: Path) -> None:
    """A draft beside it is of what is new since, and whoever issued it without a page had none."""
    git(root, "config", "fenji.user", LEAD)
    said = fenji("statement", "--contract", "KSA-1", "2026-11", "--issue", "--desk", root)
    assert said.out.splitlines()[-2:] == [
        "Issued: issued/statements/ST-KSA-1-2026-11.json",
        "To print it: fenji statement ST-KSA-1-2026-11 --format html",
    ]
    with open_desk(root, LEAD) as desk:
        desk.act("0001", "edit", fields={"resources.r1": {**LINE, "hours": "3"}})
    supplement = fenji("statement", "--contract", "KSA-1", "2026-11", "--issue", "--desk", root).out
    assert "taken back · " in supplement.splitlines()[1]
    assert "instead · " in supplement.splitlines()[2]
    again = fenji("statement", "ST-KSA-1-2026-11", "--json", "--desk", root).json
    assert again == json.loads(issued_file(root, "ST-KSA-1-2026-11").read_text("utf-8"))
    for number, title in (("ST-KSA-1-2026-11", "Statement"), ("ST-KSA-1-2026-11-S1", "Supplement")):
        page = root.parent / "again.html"
        assert fenji("statement", number, "-o", page, "--desk", root).code == 0
        assert f"{title} {number}<" in page.read_text("utf-8")
    chinese = fenji("statement", "ST-KSA-1-2026-11", "--language", "zh-Hans", "--desk", root).out.splitlines()
    assert (chinese[0].startswith("结算单"), chinese[-1].startswith("应付")) == (True, True), chinese
    unknown = fenji("statement", "ST-KSA-1-2026-12", "--desk", root)
    assert (unknown.code, "ST-KSA-1-2026-11-S1" in unknown.err) == (1, True)
    assert fenji("statement", "ST-KSA-1-2026-11", "--issue", "--desk", root).code == 2


def test_statements_stand_in_the_order_in_which_they_were_issued_wherever_that_was(root: Path) -> None:
    """By the wall clock of its site a supplement may be earlier than what it takes back."""
    with open_desk(root, LEAD) as desk:
        issue_statement(desk, "KSA-1", "2026-11")
        desk.act("0001", "edit", fields={"resources.r1": {**LINE, "hours": "3"}})
        issue_statement(desk, "KSA-1", "2026-11")
        for number, time in (("ST-KSA-1-2026-11", "12:30:00+08:00"), ("ST-KSA-1-2026-11-S1", "09:00:00+03:00")):
            document = json.loads(issued_file(root, number).read_text("utf-8"))
            issued_file(root, number).write_text(json.dumps({**document, "issued": f"2026-12-01T{time}"}), "utf-8")
        assert list(read_issued(desk)) == ["ST-KSA-1-2026-11", "ST-KSA-1-2026-11-S1"]
        assert make_statement(desk, "KSA-1", "2026-11").lines == ()


def test_a_tenth_supplement_comes_after_the_second(root: Path) -> None:
    with open_desk(root, LEAD) as desk:
        for hours in range(3, 14):
            issue_statement(desk, "KSA-1", "2026-11")
            desk.act("0001", "edit", fields={"resources.r1": {**LINE, "hours": str(hours)}})
        for path in (root / "issued/statements").iterdir():
            document = json.loads(path.read_text("utf-8"))
            path.write_text(json.dumps({**document, "issued": "2026-12-01T09:00:00+03:00"}), "utf-8")
        assert list(read_issued(desk))[-1] == "ST-KSA-1-2026-11-S10"
        draft = make_statement(desk, "KSA-1", "2026-11")
        assert [str(line.charged) for line in draft.lines] == ["-960.00", "1040.00"]


def test_who_names_no_contract_is_told_which_there_are(root: Path) -> None:
    said = fenji("statement", "2026-11", "--desk", root)
    assert said.code == 2
    assert "Name a contract" in said.err
    assert "KSA-1" in said.err


def test_no_contracts_or_bad_ones_or_a_damaged_file_say_so(root: Path) -> None:
    with open_desk(root, LEAD) as desk:
        with pytest.raises(NotFound, match="no contract nope"):
            make_statement(desk, "nope", "2026-11")
        (root / "issued/statements").mkdir(parents=True)
        issued_file(root, "ST-KSA-1-2026-10").write_text("{}")
        with pytest.raises(Damaged, match="cannot be read as an issued"):
            make_statement(desk, "KSA-1", "2026-11")
        issued_file(root, "ST-KSA-1-2026-10").unlink()
        (root / "contracts.yaml").write_text(CONTRACTS.replace("80.00", "cheap"))
        with pytest.raises(Damaged) as refused:
            make_statement(desk, "KSA-1", "2026-11")
        assert [problem.line for problem in refused.value.problems] == [4]
        (root / "contracts.yaml").unlink()
        with pytest.raises(NotFound, match=r"no contracts\.yaml"):
            make_statement(desk, "KSA-1", "2026-11")


def test_a_ticket_that_cannot_be_read_is_named_since_its_lines_are_missing(root: Path) -> None:
    run = ("statement", "2026-11", "--contract", "KSA-1", "--json", "--desk", root)
    before = fenji(*run)
    (root / "tickets/open/KSA-2026-0990.yaml").write_text("title: a\ntitle: b\n")
    result = fenji(*run)
    assert (before.code, result.code) == (0, 3)
    assert result.json["lines"] == before.json["lines"]
    assert "tickets/open/KSA-2026-0990.yaml:2:1" in result.err


def test_a_workbook_has_real_numbers_and_no_formula(root: Path, tmp_path: Path) -> None:
    with open_desk(root, LEAD) as desk:
        draft = make_statement(desk, "KSA-1", "2026-11", language="en")
        for file_format in ("xlsx", "docx", "html", "json"):
            path = write_statement(desk, draft, by="", file_format="", target=tmp_path / f"a.{file_format}")
            assert path.stat().st_size > 500
    with zipfile.ZipFile(io.BytesIO((tmp_path / "a.xlsx").read_bytes())) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<v>160</v>" in sheet
        assert "=cmd|" in parts.read("xl/sharedStrings.xml").decode()
    assert "=cmd|&#x27;" not in (tmp_path / "a.html").read_text("utf-8")
    assert "=cmd|' /C calc'!A0" in (tmp_path / "a.html").read_text("utf-8")


def test_the_form_says_who_pays(root: Path) -> None:
    with open_desk(root) as desk:
        assert describe_payers(desk, desk.row("0001").ticket, "en") == {"r1": "billable"}
        (root / "contracts.yaml").write_text("bad")
        assert describe_payers(desk, desk.row("0001").ticket, "en") == {}


def test_a_bad_file_of_contracts_is_named_by_check(root: Path) -> None:
    assert "contracts.yaml" not in fenji("check", "--desk", root).out
    (root / "contracts.yaml").write_text(CONTRACTS.replace("USD", "dollars"))
    said = fenji("check", "--desk", root)
    assert said.code == 3
    assert "contracts.yaml:3" in said.out + said.err


# --- between clones -----------------------------------------------------------------------------------------------


def test_contracts_and_issued_statements_go_by_sync_and_two_at_once_keep_the_hubs(tmp_path: Path) -> None:
    desks = Sites(tmp_path, "zhao.min", "hq.clone")
    first, second = desks["zhao.min"], desks["hq.clone"]
    first.write_file("contracts.yaml", CONTRACTS)
    desks.sync_all()
    assert (second.root / "contracts.yaml").read_text() == CONTRACTS
    for clone, text in ((first, "of ksa"), (second, "of hq")):
        clone.store.rewrite(FILE, partial(write_text, text), by="zhao.min", at=START)
        clone.store.commit_pending(None)
    first.sync()
    second.sync()
    assert (second.root / FILE).read_text() == "of ksa"
    desks.sync_all()
    desks.assert_equal()
    (second.root / FILE).unlink()
    git(second.root, "commit", "-qam", "take it out")
    desks.sync_all()
    assert (second.root / FILE).read_text() == "of ksa"


# --- what a hub takes ---------------------------------------------------------------------------------------------

FILE = "issued/statements/ST-KSA-1-2026-11.json"


def test_a_hub_takes_an_issued_file_once_and_from_whoever_may_issue(tmp_path: Path) -> None:
    clone = hubs.create_hub(tmp_path, rules(), FIRST)
    clone.write({FILE: b'{"number": "ST-KSA-1-2026-11"}\n'})
    clone.commit(by="li.wei")
    refused = clone.push()
    assert not refused.accepted
    assert any("may not issue it" in line for line in refused.lines)
    take_hub_version(clone)
    clone.write({FILE: b'{"number": "ST-KSA-1-2026-11"}\n'})
    clone.commit(by="zhao.min")
    assert clone.push().accepted
    for data in (b"{}\n", None):
        clone.write({FILE: data})
        clone.commit(by="zhao.min")
        refused = clone.push()
        assert not refused.accepted
        assert any("what is issued never changes" in line for line in refused.lines)
        take_hub_version(clone)


def test_contracts_are_changed_by_whoever_may_change_the_policy(tmp_path: Path) -> None:
    clone = hubs.create_hub(tmp_path, rules(), FIRST)
    for by, data, accepted in (
        ("zhao.min", CONTRACTS.encode(), False),
        ("sun.yu", b"format: 1\n", False),
        ("sun.yu", CONTRACTS.encode(), True),
    ):
        clone.write({"contracts.yaml": data})
        clone.commit(by=by)
        assert clone.push().accepted is accepted, (by, data)
        if not accepted:
            take_hub_version(clone)


def write_text(text: str, _: bytes | None) -> bytes:
    return text.encode()


def take_hub_version(clone: hubs.Clone) -> None:
    hubs.git(clone.folder, "fetch", "-q", str(clone.hub), "main")
    hubs.git(clone.folder, "reset", "-q", "--hard", "FETCH_HEAD")
