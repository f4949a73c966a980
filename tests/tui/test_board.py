from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from fenji.desk import Desk
from tui.driven import NOW, desk_folder, opened


async def test_the_board_shows_what_runs_out_next_on_top(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        text = await run.until("fenji · KSA", "open", "breached", "Left", "? keys")
        rows = [one for one in text.split("\n")[3:] if one[1:2] in "!~= " and "-20" in one]
        assert rows[0].startswith(" ! P")
        assert run.app.triage.selected is not None
        await run.until(run.app.triage.selected.id + " ·")


async def test_the_bar_moves_and_the_preview_follows_it(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("j", "Down", "k")
        row = run.app.triage.row(1)
        assert run.app.triage.selected == row
        await run.until(f"{row.id} · reported")
        await run.press("G")
        assert run.app.triage.scroll.bar == len(run.app.triage.order) - 1
        await run.press("g")
        assert run.app.triage.scroll.bar == 0


async def test_a_view_a_filter_and_esc_back_to_all(tmp_path: Path) -> None:
    async with opened(desk_folder("busy_morning", tmp_path / "desk")) as run:
        whole = len(run.app.triage.order)
        await run.press("5")
        assert {run.app.triage.row(n).ticket.state for n in range(len(run.app.triage.order))} == {"waiting"}
        await run.press("/", "Ctrl+U", "p:1..2", "Enter")
        assert {run.app.triage.row(n).ticket.priority for n in range(len(run.app.triage.order))} <= {"P1", "P2"}
        assert "/ p:1..2" in run.text
        await run.press("Esc")
        assert len(run.app.triage.order) == whole


async def test_a_filter_that_cannot_be_read_says_so_and_stays_open(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        before = list(run.app.triage.order)
        await run.press("/", "colour:red", "Enter")
        assert "The filter does not know colour:." in run.foot
        await run.press("Esc")
        assert run.app.triage.order == before


async def test_tab_completes_a_filter(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("/", "state:wai", "Tab", "Enter")
        assert run.app.triage.words == "state:waiting"


async def test_a_filter_that_fits_nothing_says_how_to_go_on(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("/", "zzzzzz", "Enter")
        assert "Nothing fits zzzzzz. Esc shows all again." in run.text
        await run.press("a")
        assert "There is no ticket here" in run.foot


async def test_an_empty_desk_says_what_to_do_next(tmp_path: Path) -> None:
    async with opened(desk_folder("empty", tmp_path / "desk")) as run:
        assert "No open tickets. n reports one, f searches the handbook." in run.text


async def test_a_minute_goes_by_and_only_what_changed_is_drawn(tmp_path: Path) -> None:
    clock = [NOW]
    async with opened(desk_folder("shipped", tmp_path / "desk"), now=lambda: clock[0]) as run:
        await run.until("10:00")
        bar, order = run.app.triage.scroll.bar, list(run.app.triage.order)
        clock[0] = NOW + timedelta(minutes=7)
        await run.until("10:07")
        assert (run.app.triage.scroll.bar, run.app.triage.order) == (bar, order)


async def test_what_comes_from_outside_is_announced_and_pulled_in_by_a_key(tmp_path: Path) -> None:
    folder = desk_folder("shipped", tmp_path / "desk")
    async with opened(folder) as run:
        await run.press("j", "j")
        held, order = run.app.triage.selected, list(run.app.triage.order)
        assert held is not None
        with Desk.open(folder, person="zhao.min", now=lambda: NOW) as other:
            number = other.new({"title": "天線罩破損", "impact": "major", "occurrence": "rare"}).id
            other.act(held.id, "note", note="seen by zhao")
        await run.until("1 new: .", "seen by zhao")
        assert run.app.triage.order == order
        assert run.app.triage.selected is not None
        assert run.app.triage.selected.uid == held.uid
        assert number not in run.text
        await run.press(".")
        await run.until(number, gone="1 new: .")
        assert run.app.triage.selected.uid == held.uid


async def test_a_ticket_closed_elsewhere_stays_in_its_line_until_pulled(tmp_path: Path) -> None:
    folder = desk_folder("shipped", tmp_path / "desk")
    async with opened(folder) as run:
        order = list(run.app.triage.order)
        gone = run.app.triage.row(2)
        with Desk.open(folder, person="li.wei", now=lambda: NOW) as other:
            other.act(gone.id, "withdraw", reason="twice reported")
        await run.when(lambda: "withdrawn" in run.line(gone.id), "withdrawn")
        assert run.app.triage.order == order
        await run.press(".")
        await run.until(gone=gone.id)


async def test_marks_and_one_act_for_all_of_them(tmp_path: Path) -> None:
    folder = desk_folder("shipped", tmp_path / "desk")
    async with opened(folder) as run:
        await run.press("Space", "Space")
        ids = [row.id for row in run.app.triage.chosen]
        assert len(ids) == 2
        assert "2 marked" in run.text
        await run.press("m")
        assert f"Note on {ids[0]} +1:" in run.foot
        await run.press("parts are on the way", "Enter")
        await run.until("noted.")
        for number in ids:
            assert run.desk.row(number).ticket.log[-1].note == "parts are on the way"
        assert not run.app.triage.marks


async def test_esc_takes_back_marks_before_the_filter(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("1", "*")
        assert len(run.app.triage.marks) == len(run.app.triage.order)
        await run.when(lambda: "marked" in run.text)
        await run.press("Esc")
        assert not run.app.triage.marks


async def test_p_hides_the_preview_and_a_restart_remembers(tmp_path: Path) -> None:
    folder = desk_folder("shipped", tmp_path / "desk")
    async with opened(folder) as run:
        await run.press("p")
        await run.until(gone="· reported")
    async with opened(folder) as run:
        assert "· reported" not in run.text
        await run.press("p")
        await run.until("· reported")


async def test_the_filter_survives_a_restart(tmp_path: Path) -> None:
    folder = desk_folder("shipped", tmp_path / "desk")
    async with opened(folder) as run:
        await run.press("/", "kind:quality", "Enter")
        shown = list(run.app.triage.order)
    async with opened(folder) as run:
        assert run.app.triage.words == "kind:quality"
        assert run.app.triage.order == shown


async def test_hostile_text_is_shown_as_marks_and_never_as_markup(tmp_path: Path) -> None:
    folder = desk_folder("empty", tmp_path / "desk")
    with Desk.open(folder, person="li.wei", now=lambda: NOW) as desk:
        desk.new({"title": "[/red] \x1b]0;x\x07 \u202egnp.exe"}, note="[bold")
    async with opened(folder) as run:
        text = await run.until("[/red] <1B>]0;x<07>")
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        await run.press("Enter")
        await run.until("<202E>")
        assert not {"\x1b", "\x07", "\u202e"} & set(run.text)


async def test_damaged_files_are_counted_and_listed_with_their_place(tmp_path: Path) -> None:
    async with opened(desk_folder("bad_files", tmp_path / "desk")) as run:
        count = len(run.app.triage.board.bad)
        assert f"{count} bad: b" in run.text
        await run.press("b")
        await run.until(f"{count} files cannot be read", "tickets/open/", "line ")
        await run.press("Esc")
        await run.until("fenji · KSA")
