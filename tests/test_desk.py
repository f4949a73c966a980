"""The one door: what a person does at a desk, from the report to the handbook. Real files, real git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from desks import (
    ENGINEER,
    LEAD,
    MANAGER,
    OTHER,
    RUST,
    TEXTS,
    Clock,
    git,
    is_clean,
    make_desk,
    open_desk,
    replace_in_file,
    subjects,
)
from fenji.desk import people
from fenji.desk.check import check_desk
from fenji.errors import Damaged, FenjiError, InvalidUsage, NotFound, Refused, Unavailable
from fenji.model.policy import STEPS
from fenji.storage import FileLock, yaml_codec
from fenji.storage.lock import open_locked
from worlds import SHIPPED_NOW
from worlds.damage import TITLES

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.board import Row

DAY = 24 * 60  # minutes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path)


def steps_of(row: Row) -> list[str]:
    return [event.do for event in row.ticket.log]


def read_file(desk: Desk, row: Row) -> bytes:
    return desk.path_of(row.id).read_bytes()


# --- the worked example -----------------------------------------------------------------------------------------


def test_the_worked_example(root: Path) -> None:
    clock = Clock()
    with open_desk(root, clock=clock) as desk:
        row = desk.new(RUST, note="客戶值班員來電")
        assert (row.id, row.ticket.priority, row.ticket.state) == ("KSA-2026-0001", "P4", "new")
        assert row.reading.response.due == SHIPPED_NOW + timedelta(hours=24)
        assert row.reading.solution.due == SHIPPED_NOW + timedelta(days=14)
        clock.advance(70)
        assert desk.act("1", "respond").reading.response.met is True
        assert desk.act("1", "assign", fields={"owner": ENGINEER}).ticket.state == "working"
        clock.advance(10 * DAY)
        with pytest.raises(Refused, match="solve needs cause, decision, solution"):
            desk.act("1", "solve")
        row = desk.act("1", "solve", fields=TEXTS)
        assert (row.ticket.state, row.reading.solution.met) == ("solved", True)
        with pytest.raises(Refused, match="李偉 may not do this: confirm"):
            desk.act("1", "confirm")
        row = desk.act("1", "confirm", by=LEAD, reason="按期完成")
        sla: Any = row.ticket.get("sla")
        assert (sla["solution"]["met"], sla["confirmed"]["by"]) == (True, LEAD)
        row = desk.act("1", "archive", by=LEAD)
        assert row.path == "tickets/archive/KSA/2026/KSA-2026-0001.yaml"
        assert desk.board().rows == ()
        assert [row.id for row in desk.board(archived=True).rows] == [row.id]
        assert [hit.id for hit in desk.search("生锈").hits] == [row.id]
        assert check_desk(desk).damaged == check_desk(desk).remarks == ()
    assert steps_of(row) == ["report", "respond", "assign", "solve", "confirm", "archive"]
    assert subjects(root)[:2] == ["趙敏: KSA-2026-0001: archive", "趙敏: KSA-2026-0001: confirm"]
    assert is_clean(root)
    assert yaml_codec.read_ticket((root / row.path).read_bytes(), "x") == row.ticket


# --- every act --------------------------------------------------------------------------------------------------


def test_every_step_writes_its_event_its_state_and_its_commit(root: Path, tmp_path: Path) -> None:
    clock = Clock()
    photo = tmp_path / "鏽 1.jpg"
    photo.write_bytes(b"jpeg")
    steps: list[tuple[str, str, dict[str, Any], str]] = [
        ("classify", ENGINEER, {"fields": {"impact": "minor", "occurrence": "common"}}, "new"),
        ("note", ENGINEER, {"note": "問批次", "sender": "requester"}, "new"),
        ("wait", ENGINEER, {"reason": "customer"}, "waiting"),
        ("resume", ENGINEER, {}, "new"),
        ("respond", ENGINEER, {"note": "已答覆"}, "responded"),
        ("assign", ENGINEER, {"fields": {"owner": OTHER, "units": ["FIELD"]}}, "working"),
        ("edit", ENGINEER, {"fields": {"product.part": "XJ-4411", "description": "三件\n都鏽"}}, "working"),
        ("link", ENGINEER, {"fields": {"links.A/related": {"to": "A", "as": "related"}}}, "working"),
        ("solve", ENGINEER, {"fields": TEXTS}, "solved"),
        ("reopen", ENGINEER, {"reason": "又鏽"}, "working"),
        ("solve", ENGINEER, {}, "solved"),
        ("confirm", LEAD, {}, "confirmed"),
        ("reopen", LEAD, {"reason": "客戶不認"}, "working"),
        ("solve", ENGINEER, {}, "solved"),
        ("confirm", LEAD, {}, "confirmed"),
        ("archive", MANAGER, {}, "archived"),
        ("edit", ENGINEER, {"fields": {"lessons": "入庫前驗封口"}}, "archived"),
        ("note", ENGINEER, {"note": "事後補記"}, "archived"),
    ]  # fmt: skip
    with open_desk(root, clock=clock) as desk:
        row = desk.new({"title": "備件生鏽", "kind": "quality"})
        for do, by, options, state in steps:
            clock.advance(5)
            row = desk.act(row.id, do, by=by, **options)
            last = row.ticket.log[-1]
            assert (last.do, last.by, last.at, row.ticket.state) == (do, by, clock.now, state)
            assert read_file(desk, row) == yaml_codec.dump(row.ticket)
            assert subjects(root)[0].endswith(f"KSA-2026-0001: {do}")
        row = desk.attach(row.id, [photo], note="現場照")
    assert row.ticket.items("files")[0]["name"] == "鏽 1.jpg"
    assert (root / "tickets/files/KSA-2026-0001/鏽 1.jpg").read_bytes() == b"jpeg"
    assert len(subjects(root)) == len(steps) + 3
    assert is_clean(root)


def test_withdrawn_tickets_lie_in_the_archive(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.act(desk.new(RUST).id, "withdraw", reason="誤報")
        assert row.path.startswith("tickets/archive/KSA/2026/")
        with pytest.raises(Refused, match="is withdrawn"):
            desk.act(row.id, "respond")
    assert is_clean(root)


def test_a_miss_is_excused_by_another_person(root: Path) -> None:
    clock = Clock()
    with open_desk(root, clock=clock) as desk:
        row = desk.new(RUST)
        clock.advance(2 * DAY)
        with pytest.raises(Refused, match="needs a note"):
            desk.act(row.id, "excuse", clock="response", reason="force majeure", by=LEAD)
        row = desk.act(row.id, "excuse", clock="response", reason="force majeure", note="沙塵暴", by=LEAD)
        assert (row.reading.response.met, row.reading.response.counts) == (False, False)
        with pytest.raises(Refused, match="already excused"):
            desk.act(row.id, "excuse", clock="response", reason="force majeure", note="沙塵暴", by=LEAD)


def test_what_happened_earlier_is_logged_now(root: Path) -> None:
    clock = Clock()
    with open_desk(root, clock=clock) as desk:
        row = desk.new(RUST)
        clock.advance(DAY)
        then = SHIPPED_NOW + timedelta(hours=1)
        row = desk.act(row.id, "respond", at=then.replace(microsecond=123))
        assert (row.ticket.log[-1].at, row.ticket.log[-1].logged) == (then, clock.now)
        with pytest.raises(InvalidUsage, match="no UTC offset"):
            desk.act(row.id, "note", note="x", at=then.replace(tzinfo=None))
        clock.advance(2 * DAY)
        with pytest.raises(Refused, match="Only a lead"):
            desk.act(row.id, "note", note="x", at=then)
        assert desk.act(row.id, "note", note="x", at=then, by=LEAD).ticket.log[-1].at != clock.now


# --- refusals ---------------------------------------------------------------------------------------------------


def test_nothing_is_written_where_a_step_is_refused(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        before, head = read_file(desk, row), git(root, "rev-parse", "HEAD")
        refused: list[tuple[str, dict[str, Any]]] = [
            ("wait", {"reason": "lunch"}),
            ("assign", {"fields": {"owner": ""}}),
            ("edit", {"fields": {"title": ""}}),
            ("edit", {"fields": {"kind": "problem"}}),
            ("edit", {"fields": {"files.x": None}}),
            ("note", {}),
            ("note", {"note": "x", "sender": "boss"}),
            ("confirm", {"by": LEAD}),
            ("archive", {"by": LEAD}),
            ("dance", {}),
            ("superseded", {"note": "x"}),
        ]
        for do, options in refused:
            with pytest.raises(FenjiError):
                desk.act(row.id, do, **options)
        with pytest.raises(NotFound):
            desk.act("9999", "respond")
        assert (read_file(desk, row), git(root, "rev-parse", "HEAD")) == (before, head)


def test_menus_tell_of_state_and_role_and_ask_for_the_rest(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        hindrances = {do: desk.find_obstacle(row.id, do) for do in STEPS}
        assert {do for do, hindrance in hindrances.items() if hindrance is None} == {
            *("classify", "respond", "assign", "note", "wait", "edit", "withdraw", "attach", "link"),
        }
        assert hindrances["solve"] is not None
        assert hindrances["solve"].values["field_paths"] == ("cause", "decision", "solution")
        assert "may not" in str(desk.find_obstacle(row.id, "excuse"))
        assert "no ticket" in str(desk.find_obstacle("9999", "note"))
        row = desk.act(row.id, "solve", fields=TEXTS)
        assert "may not" in str(desk.find_obstacle(row.id, "confirm"))
        (desk.root / row.path).write_text("id: [", "utf-8")
        assert "cannot be read" in str(desk.find_obstacle(row.id, "note"))
    with open_desk(root, LEAD) as desk:
        git(root, "checkout", "-q", "--", "tickets")
        assert desk.find_obstacle(row.id, "confirm") is None


def test_what_menus_allow_is_carried_out(tmp_path: Path) -> None:
    """Over shipped tickets in all their states: no step that is allowed is refused, none that is not is done."""
    root = make_desk(tmp_path, "shipped")
    options: dict[str, dict[str, Any]] = {
        "note": {"note": "x"},
        "assign": {"fields": {"owner": ENGINEER}},
        "wait": {"reason": "customer"},
        "edit": {"fields": {"lessons": "x"}},
        "classify": {"fields": {"impact": "minor"}},
        "excuse": {"reason": "force majeure", "note": "x", "clock": "response"},
    }
    with open_desk(root, LEAD, later=True) as desk:
        ids = [row.id for row in desk.board(archived=True).rows][::3]
        tried = 0
        for number in ids:
            for do in (*options, "respond", "solve", "confirm", "archive"):
                hindrance = desk.find_obstacle(number, do)
                done = _try_step(desk, number, do, options.get(do, {}))
                if do != "excuse":  # allowed for one clock, tried for the response
                    assert done == (hindrance is None) or (
                        hindrance is not None and hindrance.template.startswith("It ")
                    ), (number, do)
                tried += 1
    assert tried > 100


def _try_step(desk: Desk, number: str, do: str, options: dict[str, Any]) -> bool:
    try:
        desk.act(number, do, **options)
    except Refused:
        return False
    return True


# --- several at once --------------------------------------------------------------------------------------------


def test_several_tickets_are_one_commit(root: Path) -> None:
    with open_desk(root) as desk:
        ids = [desk.new({**RUST, "title": f"第{n}件"}).id for n in range(5)]
        count = len(subjects(root))
        rows = desk.act_all(ids, desk.make_act("respond", note="都答覆了"))
        assert [row.ticket.state for row in rows] == ["responded"] * 5
        assert [row.id for row in rows] == ids
    assert subjects(root)[0] == "李偉: 5 tickets: respond"
    assert len(subjects(root)) == count + 1


def test_all_are_checked_before_any_is_written_and_the_refusal_names_the_one(root: Path) -> None:
    with open_desk(root) as desk:
        ids = [desk.new({**RUST, "title": f"第{n}件"}).id for n in range(3)]
        desk.act_all(ids[:2], desk.make_act("edit", fields=TEXTS))
        before = [read_file(desk, desk.row(number)) for number in ids]
        with pytest.raises(Refused, match="KSA-2026-0003: solve needs cause") as refused:
            desk.act_all(ids, desk.make_act("solve"))
        assert refused.value.sentence.values["field_paths"] == ("cause", "decision", "solution")
        assert [read_file(desk, desk.row(number)) for number in ids] == before


def test_a_ticket_named_twice_is_one_ticket(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        rows = desk.act_all([row.id, "1", "0001"], desk.make_act("note", note="一次"))
        assert len({id(row.ticket) for row in rows}) == 1
        assert steps_of(rows[0]) == ["report", "note"]
        assert len(rows) == 3


def test_tickets_that_a_bulk_act_does_not_change_are_left_alone(root: Path) -> None:
    with open_desk(root) as desk:
        first, second = desk.new(RUST), desk.new(RUST)
        desk.act(first.id, "wait", reason="customer")
        rows = desk.act_all([first.id, second.id], desk.make_act("resume"))
        assert [steps_of(row)[-1] for row in rows] == ["resume", "report"]


# --- new tickets ------------------------------------------------------------------------------------------------


def test_a_title_is_one_line_and_no_ticket_is_without(root: Path) -> None:
    with open_desk(root) as desk:
        assert desk.new({"title": "  備件\r\n生鏽 \n"}).ticket.title == "備件 生鏽"
        for title in ("", "  \n ", None):
            with pytest.raises(Refused, match="needs a title"):
                desk.new({"title": title})
        with pytest.raises(InvalidUsage, match="not set by hand"):
            desk.new({"title": "x", "site": "HQ"})


@pytest.mark.parametrize("name", TITLES)
def test_hostile_text_is_text(root: Path, name: str) -> None:
    text = TITLES[name]
    with open_desk(root, later=True) as desk:
        row = desk.new(
            {"title": text, "description": text * 3, "requester.name": text, "tags": [text], "product.part": text},
            note=text,
            reason=text,
        )
        again = desk.row(row.id).ticket
        assert again == row.ticket
        assert again.title == " ".join(part.strip() for part in text.splitlines() if part.strip())
        with people.insist():
            desk.act(row.id, "assign", fields={"owner": text}, note=text)
        assert [row.id for row in desk.board().rows] == [row.id]
        desk.search(text)
        desk.suggest(text)
    assert is_clean(root)
    assert "\x1b" not in git(root, "log", "--format=%s")


def test_half_a_character_is_refused(root: Path) -> None:
    with open_desk(root) as desk:
        with pytest.raises(Refused, match="UTF-8"):
            desk.new({"title": "rust \udcff"})
        row = desk.new(RUST)
        with pytest.raises(Refused, match="UTF-8"):
            desk.act(row.id, "note", note="\ud800")
        assert desk.board().bad_files == ()


def test_a_text_larger_than_a_file_is_refused_and_nothing_is_written(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        before = read_file(desk, row)
        with pytest.raises(Refused, match="at most"):
            desk.act(row.id, "edit", fields={"description": "長" * (1 << 19)})
        assert read_file(desk, row) == before


def test_a_refused_report_takes_no_number(root: Path) -> None:
    with open_desk(root) as desk:
        for _ in range(3):
            with pytest.raises(Refused, match="needs a reason"):
                desk.new({**RUST, "priority": "P1"})
        assert desk.new(RUST).id == "KSA-2026-0001"


@pytest.mark.parametrize(
    ("utc", "site", "number"),
    [
        ("2026-12-31T20:59:59+00:00", "KSA", "KSA-2026-0001"),
        ("2026-12-31T21:00:00+00:00", "KSA", "KSA-2027-0001"),
        ("2026-12-31T16:00:00+00:00", "HQ", "HQ-2027-0001"),
        ("2026-12-31T22:59:59+00:00", "DZA", "DZA-2026-0001"),
    ],
)
def test_the_year_of_a_number_is_that_of_its_site(root: Path, utc: str, site: str, number: str) -> None:
    git(root, "config", "fenji.site", site)
    with open_desk(root, clock=Clock(SHIPPED_NOW.fromisoformat(utc))) as desk:
        assert desk.new(RUST).id == number


def test_a_report_of_last_year_is_numbered_by_its_year(root: Path) -> None:
    clock = Clock(SHIPPED_NOW.fromisoformat("2027-01-01T10:00:00+03:00"))
    with open_desk(root, clock=clock) as desk:
        assert desk.new(RUST, at=clock.now - timedelta(hours=12)).id == "KSA-2026-0001"


def test_a_preview_is_what_the_report_becomes(root: Path) -> None:
    with open_desk(root) as desk:
        for fields in (RUST, {**RUST, "impact": "major"}, {"title": "x"}, {**RUST, "kind": "project"}):
            preview, row = desk.preview(fields), desk.new(fields)
            dues = row.reading.response.due, row.reading.solution.due
            assert (preview.priority, preview.response_due, preview.solution_due) == (row.ticket.priority, *dues)
        with pytest.raises(FenjiError):
            desk.preview({**RUST, "impact": "huge"})
        assert desk.preview({}).priority == "P4"


# --- files beside a ticket --------------------------------------------------------------------------------------


def test_files_are_attached_all_or_none(root: Path, tmp_path: Path) -> None:
    good = tmp_path / "log.txt"
    good.write_text("x")
    with open_desk(root) as desk:
        row = desk.new(RUST)
        with pytest.raises(NotFound, match="gone"):
            desk.attach(row.id, [good, tmp_path / "gone.txt"])
        with pytest.raises(Refused, match="it is a folder"):
            desk.attach(row.id, [good, tmp_path])
        assert not (root / "tickets/files").exists() or not list((root / "tickets/files").rglob("*.txt"))
        row = desk.attach(row.id, [good, good], note="日誌")
        assert [file["name"] for file in row.ticket.items("files")] == ["log.txt"]
        assert desk.attach(row.id, [good]).ticket == row.ticket
        (root / row.path).write_text("id: [", "utf-8")
        with pytest.raises(Damaged):
            desk.attach(row.id, [good])
    assert subjects(root)[0] == "李偉: KSA-2026-0001: attach"


def test_a_ticket_that_cannot_be_written_keeps_no_copy_of_a_file(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_text("x")
    with open_desk(root) as desk:
        row = desk.new(RUST)
        (root / "tickets/files" / row.id).mkdir(parents=True)
        (root / "tickets/files" / row.id / "own.txt").write_text("laid there by hand")

        def fail(*_args: object, **_more: object) -> None:
            raise Unavailable("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(desk.store, "write", fail)
            with pytest.raises(Unavailable):
                desk.attach(row.id, [photo])
        assert [path.name for path in (root / "tickets/files" / row.id).iterdir()] == ["own.txt"]
        assert [file["name"] for file in desk.attach(row.id, [photo]).ticket.items("files")] == ["photo.jpg"]


def test_no_write_waits_for_a_commit(root: Path, tmp_path: Path) -> None:
    """Who commits is waited for without the desk's lock: each would wait for the other, until both give up."""
    photo = tmp_path / "photo.jpg"
    photo.write_text("x")
    with open_desk(root) as desk:
        number = desk.new(RUST).id
        doings: list[Callable[[], object]] = [
            lambda: desk.attach(number, [photo]),
            lambda: desk.act(number, "edit", fields={"title": "rust again"}),
            desk.undo,
            desk.redo,
            lambda: desk.new(RUST),
        ]
        for doing in doings:
            before = len(subjects(root))
            with ThreadPoolExecutor(1) as executor:
                with FileLock(desk.repo.git_dir / "fenji-commit.lock"):
                    acting = executor.submit(doing)
                    while not desk.store.pending():
                        assert not acting.done()
                    handle = open_locked(desk.store.lock.path, 5)
                    assert handle is not None
                    os.close(handle)
                acting.result()
            assert len(subjects(root)) == before + 1


def test_files_are_attached_to_an_archived_ticket(tmp_path: Path) -> None:
    root = make_desk(tmp_path, "worked_example")
    photo = tmp_path / "late.jpg"
    photo.write_bytes(b"x")
    with open_desk(root) as desk:
        row = desk.attach("42", [photo])
        assert row.path.startswith("tickets/archive/")
        assert row.ticket.items("files")[0]["name"] == "late.jpg"
        assert desk.act("42", "edit", fields={"lessons": "驗封口"}).ticket.word("lessons") == "驗封口"
        with pytest.raises(Refused, match="can no longer be changed"):
            desk.act("42", "edit", fields={"cause": "x"})
        assert str(desk.undo()).startswith("Undone: edit")
    assert is_clean(root)


# --- what others did meanwhile ----------------------------------------------------------------------------------


def test_two_desks_on_one_folder_see_each_other(root: Path) -> None:
    with open_desk(root) as desk, open_desk(root, OTHER) as other_desk:
        row = desk.new(RUST)
        stamp = desk.stamp()
        assert other_desk.act(row.id, "respond").ticket.state == "responded"
        assert desk.stamp() != stamp
        assert desk.board().rows[0].ticket.state == "responded"
        assert steps_of(desk.act(row.id, "note", note="x")) == ["report", "respond", "note"]
        assert {desk.new(RUST).id, other_desk.new(RUST).id} == {"KSA-2026-0002", "KSA-2026-0003"}


def test_a_form_filled_in_on_what_is_old_by_now_loses_nobody_s_words(root: Path) -> None:
    with open_desk(root) as desk, open_desk(root, OTHER) as other_desk:
        seen = desk.new(RUST).ticket
        other_desk.act(seen.id, "edit", fields={"cause": "王芳寫的"})
        row = desk.act(seen.id, "edit", fields={"cause": "李偉寫的"}, seen=seen)
        kept = [str(event.body["value"]) for event in row.ticket.log if event.do == "superseded"]
        assert {row.ticket.word("cause"), *kept} == {"王芳寫的", "李偉寫的"}
        assert desk.row(seen.id).ticket == row.ticket
    assert is_clean(root)


def test_a_header_changed_by_hand_is_explained_before_the_act(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        replace_in_file(root / row.path, "impact: minor", "impact: major")
        assert desk.board().rows[0].hand_edited
        assert [row.id for row in desk.board("is:edited").rows] == [row.id]
        assert "changed by hand" in str(check_desk(desk).remarks[0])
        row = desk.act(row.id, "respond")
        assert steps_of(row) == ["report", "classify", "respond"]
        assert row.ticket.log[1].set == {"impact": "major", "priority": "P2"}
        assert not desk.board().rows[0].hand_edited
    assert is_clean(root)


def test_a_long_text_changed_by_hand_is_explained_too(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new({**RUST, "description": "三件"})
        replace_in_file(root / row.path, "三件", "五件")
        row = desk.act(row.id, "respond")
        assert (row.ticket.log[1].do, list(row.ticket.log[1].rewrote)) == ("edit", ["description"])


def test_a_bad_file_stops_nobody_else_and_is_left_alone(root: Path) -> None:
    with open_desk(root) as desk:
        first, second = desk.new(RUST), desk.new(RUST)
        path = root / first.path
        path.write_bytes(b"id: [\n\xff")
        assert [row.id for row in desk.board().rows] == [second.id]
        assert [bad.path for bad in desk.board().bad_files] == [first.path]
        for call in (desk.row, desk.write_edit_copy, lambda number: desk.act(number, "respond")):
            with pytest.raises(Damaged) as damaged:
                call(first.id)
            assert damaged.value.problems
        with pytest.raises(Damaged):
            desk.act_all([second.id, first.id], desk.make_act("respond"))
        assert desk.row(second.id).ticket.state == "new"
        assert desk.act(second.id, "respond").ticket.state == "responded"
        assert path.read_bytes() == b"id: [\n\xff"
        assert len(check_desk(desk).damaged) == 1


def test_a_ticket_of_an_impossible_year_is_a_bad_file_and_the_rest_goes_on(root: Path) -> None:
    with open_desk(root) as desk:
        first, second = desk.new(RUST), desk.new(RUST)
        instant = first.ticket.log[0].at.isoformat()
        replace_in_file(root / first.path, f"at: {instant}", "at: 0001-01-01T00:00:00+14:00")
        git(root, "commit", "-q", "-a", "-m", "an odd instant")  # what is not committed is put back
        assert [row.id for row in desk.board().rows] == [second.id]
        assert [bad.path for bad in desk.board().bad_files] == [first.path]
        assert any(problem.path == first.path and "years" in str(problem) for problem in check_desk(desk).damaged)


def test_a_hostile_desk_is_listed_and_checked(tmp_path: Path) -> None:
    root = make_desk(tmp_path, "bad_files")
    with open_desk(root) as desk:
        board = desk.board()
        assert len(board.rows) > 10
        assert len(board.bad_files) > 20
        before = git(root, "rev-parse", "HEAD")
        report = check_desk(desk)
        assert report.tickets == len(board.rows)
        assert {bad.path for bad in board.bad_files} <= {problem.path for problem in report.damaged}
        assert git(root, "rev-parse", "HEAD") == before
        assert is_clean(root)


def test_a_check_finds_doubles_missing_files_and_unknown_owners(root: Path, tmp_path: Path) -> None:
    note = tmp_path / "a.txt"
    note.write_text("x")
    with open_desk(root) as desk:
        row = desk.attach(desk.new(RUST).id, [note])
        with people.insist():
            desk.act(row.id, "assign", fields={"owner": "wnag.fang"})
        text = (root / row.path).read_text("utf-8")
        (root / "tickets/open/KSA-2026-0009.yaml").write_text(text.replace(row.id, "KSA-2026-0009"), "utf-8")
        (root / "tickets/files" / row.id / "a.txt").write_text("y")
        report = check_desk(desk)
        assert [(problem.path[-9:], problem.key) for problem in report.damaged] == [("0009.yaml", "uid")]
        remarks = "\n".join(map(str, report.remarks))
        assert "not the file that was attached" in remarks
        assert "the attachment is missing" in remarks
        assert "no person wnag.fang" in remarks


# --- the user's own repository ----------------------------------------------------------------------------------


def test_what_the_user_staged_stays_staged(root: Path) -> None:
    (root / "mine.txt").write_text("mine")
    git(root, "add", "mine.txt")
    (root / "policy.yaml").write_text((root / "policy.yaml").read_text("utf-8") + "# mine\n", "utf-8")
    with open_desk(root) as desk:
        desk.act(desk.new(RUST).id, "respond")
    assert git(root, "status", "--porcelain").splitlines() == ["A  mine.txt", " M policy.yaml"]


def test_hooks_and_signing_of_the_user_do_not_run(root: Path) -> None:
    hook = root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    git(root, "config", "commit.gpgSign", "true")
    with open_desk(root) as desk:
        desk.new(RUST)
    assert is_clean(root)


def test_a_desk_is_used_on_a_detached_head(root: Path) -> None:
    git(root, "checkout", "-q", "--detach")
    with open_desk(root) as desk:
        desk.new(RUST)
    assert is_clean(root)
    assert subprocess.run(["git", "-C", root, "symbolic-ref", "-q", "HEAD"], check=False).returncode == 1
