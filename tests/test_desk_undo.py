"""Undo and redo: what is taken back, what stays, and what others did meanwhile. Real files, real git."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from desks import ENGINEER, LEAD, OTHER, RUST, TEXTS, Clock, is_clean, make_desk, open_desk, replace_in_file, subjects
from fenji.desk import exchange
from fenji.errors import Refused, Unavailable
from fenji.hub import create as create_hub
from fenji.hub import push_desk
from worlds.repositories import git

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.ticket import Ticket, Value


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path)


def content_of(ticket: Ticket) -> dict[str, object]:
    """What stands in the header."""
    return dict(ticket.data)


PLAN = [{"key": "m1", "what": "訂貨"}, {"key": "m2", "what": "發運", "after": ["m1"]}]
FIELD_ACTS: list[tuple[str, dict[str, Any]]] = [
    ("classify", {"fields": {"impact": "major", "occurrence": "rare", "kind": "request"}}),
    ("classify", {"fields": {"priority": "P1"}, "reason": "視察"}),
    ("assign", {"fields": {"owner": OTHER, "units": ["FIELD", "FACTORY-7"]}}),
    ("edit", {"fields": {"title": "改過", "description": "新\n文", "product.part": "XJ-1", "tags": ["a", "b"]}}),
    ("edit", {"fields": {"owner": None, "description": None, "product.system": ""}}),
    ("edit", {"fields": {"plan": PLAN, "feedback.rating": 5, "zeroing.located": True}}),
    ("link", {"fields": {"links.A/related": {"to": "A", "as": "related"}}}),
]


@pytest.mark.parametrize(("do", "said"), FIELD_ACTS)
def test_fields_are_put_back_and_set_again(root: Path, do: str, said: dict[str, Any]) -> None:
    with open_desk(root) as desk:
        before = desk.new({**RUST, "description": "三件", "owner": ENGINEER, "units": ["HQ-TECH"]}).ticket
        after = desk.act(before.id, do, **said).ticket
        assert content_of(after) != content_of(before)
        name = {"classify": "grading", "assign": "change of owner"}.get(do, do)
        for _ in range(2):
            assert str(desk.undo()) == f"Undone: {name} on {before.id}"
            assert content_of(desk.row(before.id).ticket) == content_of(before)
            assert str(desk.redo()) == f"Redone: {name} on {before.id}"
            assert content_of(desk.row(before.id).ticket) == content_of(after)
        back = do if do == "classify" else "edit"  # kind and grade change by classify alone
        assert [event.do for event in desk.row(before.id).ticket.log] == ["report", do, back, do, back, do]
        assert desk.row(before.id).ticket.log[2].note == f"undo {do}"
    assert is_clean(root)


def test_a_wait_and_a_resumption_undo_each_other(root: Path) -> None:
    clock = Clock()
    with open_desk(root, clock=clock) as desk:
        number = desk.act(desk.new(RUST).id, "respond").id
        desk.act(number, "wait", reason="access")
        clock.advance(5)
        assert str(desk.undo()) == f"Undone: wait on {number}"
        assert desk.row(number).ticket.state == "responded"
        desk.redo()
        assert desk.row(number).ticket.state == "waiting"
        desk.act(number, "resume")
        desk.undo()
        ticket = desk.row(number).ticket
        assert (ticket.state, ticket.log[-1].reason) == ("waiting", "access")
        desk.redo()
        assert desk.row(number).ticket.state == "responded"


def test_a_solution_undone_and_done_again_keeps_its_instant(root: Path) -> None:
    clock = Clock()
    with open_desk(root, clock=clock) as desk:
        number = desk.new(RUST).id
        clock.advance(60)
        first = desk.act(number, "solve", fields=TEXTS).reading.solution.done
        clock.advance(5)
        assert str(desk.undo()) == f"Undone: solution on {number}, now working"
        assert desk.row(number).ticket.word("cause") == TEXTS["cause"]
        clock.advance(5)
        desk.redo()
        row = desk.row(number)
        assert (row.ticket.state, row.reading.solution.done) == ("solved", first)


def test_a_reopening_by_mistake_leaves_no_trace_on_the_clock(root: Path) -> None:
    clock = Clock()
    with open_desk(root, clock=clock) as desk:
        number = desk.new(RUST).id
        clock.advance(60)
        first = desk.act(number, "solve", fields=TEXTS).reading.solution.done
        clock.advance(60 * 24 * 30)
        desk.act(number, "reopen", reason="看錯了")
        clock.advance(5)
        desk.undo()
        row = desk.row(number)
        assert (row.ticket.state, row.reading.solution.done, row.reading.solution.met) == ("solved", first, True)


def test_a_report_is_undone_by_withdrawing_it_and_stays_withdrawn(root: Path) -> None:
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        desk.act(number, "edit", fields={"tags": ["a"]})
        desk.undo()
        assert str(desk.undo()) == f"Undone: report on {number}, now withdrawn"
        assert desk.row(number).path.startswith("tickets/archive/")
        with pytest.raises(Refused, match="nothing to undo"):
            desk.undo()
        with pytest.raises(Refused, match="cannot be reported again"):
            desk.redo()
        with pytest.raises(Refused, match="nothing to redo"):
            desk.redo()
        assert desk.new(RUST).id != number
        with pytest.raises(Refused, match="nothing to redo"):
            desk.redo()
    assert is_clean(root)


def test_what_cannot_be_done_again_is_refused_once_and_then_the_act_before_it_is(root: Path) -> None:
    with open_desk(root) as desk:
        other = desk.new(RUST).id
        desk.act(other, "edit", fields={"tags": ["a"]})
        number = desk.new({**RUST, "title": "another"}).id
        assert str(desk.undo()) == f"Undone: report on {number}, now withdrawn"
        desk.undo()
        assert str(desk.redo()).startswith("Redone: edit")
        with pytest.raises(Refused, match="cannot be reported again"):
            desk.redo()
        with pytest.raises(Refused, match="nothing to redo"):
            desk.redo()
        assert desk.row(other).ticket.tags == ["a"]


def test_an_act_that_a_full_disk_kept_from_being_redone_is_redone_later(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        desk.act(number, "edit", fields={"tags": ["a"]})
        desk.undo()
        with monkeypatch.context() as patch:
            patch.setattr("fenji.files.os.fsync", fail_for_no_room)
            with pytest.raises(Unavailable):
                desk.redo()
        assert str(desk.redo()).startswith("Redone: edit")
        assert desk.row(number).ticket.tags == ["a"]


def fail_for_no_room(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("do", ["respond", "note", "confirm", "archive", "withdraw", "excuse"])
def test_what_is_a_record_stays(root: Path, do: str) -> None:
    clock = Clock()
    steps: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "confirm": [("solve", {"fields": TEXTS})],
        "archive": [("solve", {"fields": TEXTS}), ("confirm", {})],
    }
    options: dict[str, dict[str, Any]] = {
        "note": {"note": "x"},
        "withdraw": {"reason": "x"},
        "excuse": {"clock": "response", "reason": "force majeure", "note": "x"},
    }
    with open_desk(root, LEAD, clock=clock) as desk:
        number = desk.new(RUST).id
        clock.advance(60 * 48)
        for step, more in [*steps.get(do, []), (do, options.get(do, {}))]:
            desk.act(number, step, **more)
        before = desk.row(number).ticket
        with pytest.raises(Refused, match=f"{number}: the .* stays in the log"):
            desk.undo()
        assert desk.row(number).ticket == before


def test_behind_a_record_the_next_undo_takes_back_what_was_done_before_it(root: Path) -> None:
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        desk.act(number, "edit", fields={"tags": ["x"]})
        desk.act(number, "respond")
        desk.act(number, "note", note="y")
        assert desk.undoable is None
        with pytest.raises(Refused, match=f"{number}: the note stays .* The next undo takes back: edit on {number}"):
            desk.undo()
        assert desk.undoable is not None
        assert str(desk.undo()).startswith(f"Undone: edit on {number}")
        assert desk.row(number).ticket.get("tags") is None


def test_what_is_refused_once_does_not_bar_what_was_done_before_it(root: Path) -> None:
    with open_desk(root) as desk:
        first, second = desk.new(RUST).id, desk.new(RUST).id
        desk.act(first, "edit", fields={"tags": ["x"]})
        desk.act(second, "wait", reason="customer")
        with open_desk(root, OTHER) as other:
            other.act(second, "resume")
        with pytest.raises(Refused, match="has moved on"):
            desk.undo()
        assert str(desk.undo()) == f"Undone: edit on {first}"


def test_a_file_attached_by_mistake_is_taken_out_and_put_back(root: Path, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"x")
    with open_desk(root) as desk:
        number = desk.attach(desk.new(RUST).id, [photo]).id
        desk.undo()
        assert desk.row(number).ticket.items("files") == ()
        assert not (root / "tickets/files" / number / "a.jpg").exists()
        desk.redo()
        assert [file["name"] for file in desk.row(number).ticket.items("files")] == ["a.jpg"]
        assert (root / "tickets/files" / number / "a.jpg").read_bytes() == b"x"


def test_of_two_files_the_one_that_stays_named_stays(root: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    with open_desk(root) as desk:
        number = desk.attach(desk.new(RUST).id, [tmp_path / "a.jpg", tmp_path / "b.jpg"]).id
        replace_in_file(root / f"tickets/open/{number}.yaml", "name: b.jpg\n", "name: b.jpg\n  of: the left one\n")
        desk.undo()
        assert [item.name for item in desk.row(number).ticket.files] == ["b.jpg"]
        folder = root / "tickets/files" / number
        assert [path.name for path in folder.iterdir()] == ["b.jpg"]


def test_a_file_that_was_taken_out_is_none_that_a_sync_names_and_one_that_was_sent_stays(
    root: Path, tmp_path: Path
) -> None:
    create_hub(tmp_path / "hub.git")
    push_desk(tmp_path / "hub.git", root)
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"x")
    with open_desk(root) as desk:
        number = desk.attach(desk.new(RUST).id, [photo]).id
        desk.undo()
        result = exchange.sync(desk)
        assert (result.left_alone, result.held, exchange.sync(desk).left_alone) == ((), (), ())
        assert "a.jpg" not in git(tmp_path / "hub.git", "ls-tree", "-r", "--name-only", "main")
        desk.attach(number, [photo])
        exchange.sync(desk)
        with pytest.raises(Refused, match="was sent, so it can no longer be removed"):
            desk.undo()
        assert (root / "tickets/files" / number / "a.jpg").exists()
    assert is_clean(root)


# --- several tickets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [False, True])
def test_an_act_on_several_is_undone_in_one_commit(root: Path, *, later: bool) -> None:
    with open_desk(root, later=later) as desk:
        ids = [desk.new({**RUST, "title": f"第{n}件", "tags": [str(n)]}).id for n in range(4)]
        desk.act_all(ids, desk.make_act("edit", fields={"tags": ["一起"]}))
        desk.flush()
        count = len(subjects(root))
        assert str(desk.undo()) == "Undone: edit on KSA-2026-0001 +3"
        desk.flush()
        assert [desk.row(number).ticket.get("tags") for number in ids] == [[str(n)] for n in range(4)]
        assert subjects(root)[0] == "李偉: 4 tickets: edit"
        assert len(subjects(root)) == count + 1
        desk.redo()
        desk.flush()
        assert len(subjects(root)) == count + 2
        assert [desk.row(number).ticket.get("tags") for number in ids] == [["一起"]] * 4


def test_of_several_only_those_that_changed_are_undone(root: Path) -> None:
    with open_desk(root) as desk:
        first, second = desk.new(RUST).id, desk.new(RUST).id
        desk.act(first, "edit", fields={"tags": ["x"]})
        desk.act_all([first, second], desk.make_act("edit", fields={"tags": ["x"]}))
        desk.undo()
        assert desk.row(first).ticket.get("tags") == ["x"]
        assert desk.row(second).ticket.get("tags") is None


def test_where_one_of_several_cannot_be_undone_none_is(root: Path) -> None:
    with open_desk(root) as desk:
        ids = [desk.new(RUST).id for _ in range(3)]
        desk.act_all(ids, desk.make_act("wait", reason="customer"))
        with open_desk(root, OTHER) as other:
            other.act(ids[1], "resume")
        with pytest.raises(Refused, match=f"{ids[1]} has moved on"):
            desk.undo()
        assert [desk.row(number).ticket.state for number in ids] == ["waiting", "new", "waiting"]


# --- what others did meanwhile ----------------------------------------------------------------------------------


def change_as_other(root: Path, number: str, **fields: Value) -> None:
    with open_desk(root, OTHER) as other:
        other.act(number, "edit", fields=fields)


def test_what_others_changed_since_stays_and_is_told(root: Path) -> None:
    with open_desk(root) as desk:
        number = desk.new({**RUST, "description": "舊"}).id
        desk.act(number, "edit", fields={"description": "我的", "cause": "我的", "tags": ["a"]})
        change_as_other(root, number, cause="別人的")
        assert str(desk.undo()) == f"Undone: edit on {number}, but not cause: changed since"
        ticket = desk.row(number).ticket
        assert (ticket.word("description"), ticket.word("cause"), ticket.get("tags")) == ("舊", "別人的", None)
        assert str(desk.redo()) == f"Redone: edit on {number}, but not cause: changed since"
        ticket = desk.row(number).ticket
        assert (ticket.word("description"), ticket.word("cause"), ticket.get("tags")) == ("我的", "別人的", ["a"])


def test_where_others_changed_all_of_it_nothing_is_undone(root: Path) -> None:
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        desk.act(number, "edit", fields={"cause": "我的"})
        change_as_other(root, number, cause="別人的")
        with pytest.raises(Refused, match="cause of KSA-2026-0001: changed since"):
            desk.undo()
        assert desk.row(number).ticket.word("cause") == "別人的"


def test_a_change_by_hand_counts_as_another_s(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        desk.act(row.id, "edit", fields={"product.part": "XJ-1", "tags": ["a"]})
        replace_in_file(root / row.path, "part: XJ-1", "part: XJ-2")
        desk.undo()
        ticket = desk.row(row.id).ticket
        assert (ticket.word("product.part"), ticket.get("tags")) == ("XJ-2", None)


def test_a_ticket_that_others_work_on_is_not_withdrawn_by_undo(root: Path) -> None:
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        with open_desk(root, OTHER) as other:
            other.act(number, "note", note="在看")
        with pytest.raises(Refused, match="has moved on"):
            desk.undo()


def test_the_ticket_is_found_under_its_new_number(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        desk.act(row.id, "edit", fields={"tags": ["a"]})
        suffixed = f"{row.id}-{row.uid[-2:]}"
        text = (root / row.path).read_text("utf-8").replace(f"id: {row.id}\n", f"id: {suffixed}\n")
        (root / "tickets/open" / f"{suffixed}.yaml").write_text(text, "utf-8")
        other = text.replace(f"id: {suffixed}\n", f"id: {row.id}\n").replace(row.uid, row.uid[:-4] + "0000")
        (root / row.path).write_text(other, "utf-8")
        desk.undo()
        assert desk.row(suffixed).ticket.get("tags") is None
        assert desk.row(row.id).ticket.get("tags") == ["a"]


def test_undo_is_by_the_person_at_the_desk(root: Path) -> None:
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        desk.act(number, "edit", fields={"tags": ["a"]}, by=OTHER)
        desk.undo()
        desk.redo()
        assert [event.by for event in desk.row(number).ticket.log] == [ENGINEER, OTHER, ENGINEER, OTHER]


def test_acts_are_undone_latest_first_and_a_new_one_ends_redoing(root: Path) -> None:
    def tags(desk: Desk) -> object:
        return desk.row("1").ticket.get("tags")

    with open_desk(root) as desk:
        desk.new(RUST)
        for tag in "abc":
            desk.act("1", "edit", fields={"tags": [tag]})
        desk.act("1", "edit", fields={"tags": ["c"]})  # changes nothing, and is not remembered
        for wanted in (["b"], ["a"]):
            desk.undo()
            assert tags(desk) == wanted
        desk.redo()
        assert tags(desk) == ["b"]
        desk.act("1", "edit", fields={"tags": ["d"]})
        with pytest.raises(Refused, match="nothing to redo"):
            desk.redo()
        desk.undo()
        assert tags(desk) == ["b"]
