"""A ticket in the person's own editor: what is taken, what is refused, and the copy that is never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from desks import LEAD, OTHER, RUST, TEXTS, is_clean, make_desk, open_desk, replace_in_file
from fenji.desk.check import check_desk
from fenji.errors import Damaged, FenjiError, NotFound, Refused
from fenji.storage import yaml_codec


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path)


def test_what_was_changed_is_taken_as_one_edit(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new({**RUST, "description": "三件", "tags": ["a"]})
        copy = desk.write_edit_copy(row.id)
        assert copy.read_bytes() == (root / row.path).read_bytes()
        replace_in_file(copy, "title: 備件生鏽", "title: 備件生鏽三件")
        replace_in_file(copy, "  三件", "  三件，\n\n    縮排也留著。")
        replace_in_file(copy, "tags:\n- a\n", "resources:\n- {key: r1, what: 防鏽袋, cost: 12.50}\n")
        row = desk.apply_edit_copy(row.id, copy, note="在編輯器裡")
        last = row.ticket.log[-1]
        assert {path: value for path, value in last.set.items() if not path.startswith("resources.")} == {
            "title": "備件生鏽三件",
            "tags": None,
        }
        assert (last.set["resources.r1.what"], str(last.set["resources.r1.cost"])) == ("防鏽袋", "12.50")
        assert list(last.rewrote) == ["description", "resources.r1"]
        assert row.ticket.word("description") == "三件，\n\n  縮排也留著。"
        assert not list(copy.parent.iterdir())
    assert is_clean(root)


def test_an_unchanged_copy_writes_nothing(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        before = (root / row.path).read_bytes()
        desk.apply_edit_copy(row.id, desk.write_edit_copy(row.id))
        assert (root / row.path).read_bytes() == before


def test_an_unfinished_copy_is_taken_up_again(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        replace_in_file(desk.write_edit_copy(row.id), "title: 備件生鏽", "title: 寫到一半")
        desk.act(row.id, "edit", fields={"product.part": "XJ-1"})
    with open_desk(root) as desk:
        copy = desk.write_edit_copy(row.id)
        assert "寫到一半" in copy.read_text("utf-8")
        ticket = desk.apply_edit_copy(row.id, copy).ticket
        assert (ticket.title, ticket.word("product.part")) == ("寫到一半", "XJ-1")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("title: 備件生鏽", "title: [備件", "KSA-2026-0001.yaml:"),
        ("title: 備件生鏽\n", "", "title: is missing"),
        ("kind: quality", "kind: problem", "must be one of"),
        ("  by: li.wei", "  by: zhao.min", "log cannot be edited"),
        ("log:", "log:\n- {n: 9, at: 2026-03-01T08:00:00+03:00, by: x, do: solve}", "log cannot be edited"),
        ("state: new", "state: solved", "state cannot be edited"),
        ("site: KSA", "site: HQ", "site cannot be edited"),
        ("uid: 0", "uid: 1", "uid cannot be edited"),
        ("site: KSA", "site: KSA\nweather: hot", "weather cannot be edited"),
        ("  system: 液壓", "  system: 液壓\n  flavour: red", "product.flavour cannot be edited"),
        ("impact: minor", "impact: huge", "not a known impact"),
        ("priority: P4", "priority: P1", "set by hand needs a reason"),
    ],
)
def test_a_faulty_copy_is_kept_and_its_place_told(root: Path, before: str, after: str, told: str) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        file = (root / row.path).read_bytes()
        copy = desk.write_edit_copy(row.id)
        replace_in_file(copy, before, after)
        typed = copy.read_bytes()
        for _ in range(2):
            with pytest.raises((Damaged, Refused), match=told) as refused:
                desk.apply_edit_copy(row.id, copy)
            assert str(copy) in str(refused.value.hint)
        assert desk.write_edit_copy(row.id) == copy
        assert copy.read_bytes() == typed
        assert (root / row.path).read_bytes() == file
        replace_in_file(copy, after, before)
        replace_in_file(copy, "title: 備件生鏽", "title: 改好了")
        assert desk.apply_edit_copy(row.id, copy).ticket.title == "改好了"


def test_a_note_says_why_a_priority_was_edited(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        copy = desk.write_edit_copy(row.id)
        replace_in_file(copy, "priority: P4", "priority: P1")
        assert desk.apply_edit_copy(row.id, copy, note="視察").ticket.priority == "P1"


def test_what_others_wrote_meanwhile_is_merged(root: Path) -> None:
    with open_desk(root) as desk, open_desk(root, OTHER) as other:
        row = desk.new({**RUST, "cause": "舊"})
        copy = desk.write_edit_copy(row.id)
        replace_in_file(copy, "  舊", "  我的")
        replace_in_file(copy, "title: 備件生鏽", "title: 我的")
        other.act(row.id, "edit", fields={"cause": "王芳的", "decision": "王芳的", "product.part": "XJ-1"})
        other.act(row.id, "respond")
        ticket = desk.apply_edit_copy(row.id, copy).ticket
        kept = [str(event.body["value"]) for event in ticket.log if event.do == "superseded"]
        assert {ticket.word("cause"), *kept} == {"我的", "王芳的"}
        assert (ticket.title, ticket.word("decision"), ticket.word("product.part")) == ("我的", "王芳的", "XJ-1")
        assert ticket.state == "responded"
        assert yaml_codec.read_ticket((root / row.path).read_bytes(), "x") == ticket
    assert is_clean(root)


def test_a_header_changed_by_hand_before_and_during_editing_is_kept(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new({**RUST, "description": "三件"})
        replace_in_file(root / row.path, "impact: minor", "impact: major")
        copy = desk.write_edit_copy(row.id)
        replace_in_file(copy, "title: 備件生鏽", "title: 我的")
        replace_in_file(root / row.path, "  三件", "  五件")
        ticket = desk.apply_edit_copy(row.id, copy).ticket
        assert (ticket.title, ticket.word("impact"), ticket.word("description")) == ("我的", "major", "五件")
        assert [event.do for event in ticket.log] == ["report", "classify", "edit", "edit"]
        assert not desk.board().rows[0].hand_edited
    assert is_clean(root)


def test_a_copy_outlives_the_archiving_of_its_ticket(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.act(desk.new(RUST).id, "edit", fields=TEXTS)
        copy = desk.write_edit_copy(row.id)
        replace_in_file(copy, str(TEXTS["cause"]), "改了原因")
        for do in ("solve", "confirm", "archive"):
            desk.act(row.id, do, by="zhao.min")
        with pytest.raises(Refused, match="can no longer be changed"):
            desk.apply_edit_copy(row.id, copy)
        assert "改了原因" in copy.read_text("utf-8")


def test_a_copy_of_another_ticket_is_not_taken(root: Path) -> None:
    with open_desk(root) as desk:
        first, second = desk.new(RUST), desk.new(RUST)
        copy = desk.write_edit_copy(first.id)
        replace_in_file(copy, "title: 備件生鏽", "title: x")
        with pytest.raises(Refused, match="is a copy of KSA-2026-0001"):
            desk.apply_edit_copy(second.id, copy)
        with pytest.raises(NotFound):
            desk.apply_edit_copy(first.id, copy.with_name("gone.yaml"))


def test_a_copy_without_its_beginning_is_set_aside_and_kept(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        copy = desk.write_edit_copy(row.id)
        replace_in_file(copy, "title: 備件生鏽", "title: x")
        copy.with_suffix(".base").unlink()
        with pytest.raises(FenjiError):
            desk.apply_edit_copy(row.id, copy)
        fresh = desk.write_edit_copy(row.id)
        assert fresh.read_bytes() == (root / row.path).read_bytes()
        assert "title: x" in copy.with_suffix(".kept").read_text("utf-8")


def test_a_windows_editor_and_a_byte_order_mark_change_nothing(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new({**RUST, "description": "一\n二"})
        copy = desk.write_edit_copy(row.id)
        copy.write_bytes(b"\xef\xbb\xbf" + copy.read_bytes().replace(b"\n", b"\r\n"))
        before = (root / row.path).read_bytes()
        desk.apply_edit_copy(row.id, copy)
        assert (root / row.path).read_bytes() == before


def test_a_ticket_with_a_step_of_a_newer_version_can_only_be_read(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        path = desk.path_of(row.id)
    at = row.ticket.log[0].at.isoformat()
    step = f"- n: 2\n  at: {at}\n  by: {LEAD}\n  do: teleport\n  weird: 3\n"
    path.write_text(path.read_text("utf-8").replace("state: new", "state: solved") + step, "utf-8")
    replace_in_file(path, "title: 備件生鏽", "title: 備件全鏽")
    written = path.read_bytes()
    with open_desk(root) as desk:
        assert desk.row(row.id).ticket.state == "solved"
        with pytest.raises(Refused, match="has a step that this fenji does not know: teleport"):
            desk.act(row.id, "note", note="x")
        with pytest.raises(Refused, match="It can only be read here"):
            desk.act(row.id, "edit", fields={"title": "x"})
        assert "teleport" in str(desk.find_obstacle(row.id, "confirm"))
        assert ["teleport" in str(problem.message) for problem in check_desk(desk).remarks] == [True]
        desk.new(RUST)
    assert path.read_bytes() == written
