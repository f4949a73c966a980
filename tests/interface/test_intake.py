from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.desk import Desk
from interface.driven import NOW, PATIENCE_S, copy_world, fail, open_app
from tui.commands import create_ticket
from tui.drawing import cells
from tui.screens.intake import DRAFT_KEY, IntakeScreen

if TYPE_CHECKING:
    import pytest

    from fenji.desk.search_results import Suggestion
    from interface.driven import AppDriver
    from tui.writing.form import FormEntry


async def test_a_ticket_is_saved_with_three_fields_and_the_board_goes_to_it(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks", "Tab", "maj", "Tab", "rare")
        await run.wait_for("P1 by 11:00", "by 03-11 10:00")
        await run.press("Ctrl+D")
        await run.wait_for(": saved. u undoes it.", "fenji KSA", "Gear squeaks")
        row = run.app.board_model.current_row
        assert row is not None
        assert (row.ticket.title, row.ticket.priority) == ("Gear squeaks", "P1")


async def test_what_is_like_it_appears_and_guesses_are_taken_by_enter(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "雷達天線轉台卡滯")
        await run.wait_for("seen before", "KSA-2025-0007", " %")
        await run.press("Tab", "Tab", "Tab")
        await run.wait_for("similar")
        guess = run.line("▐Kind").split()[1]
        assert guess == "quality"
        await run.press("Enter")
        assert run.line(" Kind").split()[1] == guess
        assert "similar" not in run.line(" Kind")


async def test_one_key_takes_all_that_is_suggested(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "雷達天線轉台卡滯，方位電流忽高忽低")
        await run.wait_for("similar", "Ctrl+T take suggestions", "working")
        await run.press("Ctrl+T")
        await run.wait_for("P2 by ", gone="similar")
        assert [run.line(f" {name}").split()[1] for name in ("Impact", "Occurrence", "Kind")] == [
            "major",
            "common",
            "quality",
        ]
        await run.press("Ctrl+T")
        await run.wait_for("No suggestions for the empty fields.")


async def test_without_rules_owner_and_units_are_those_of_tickets_like_it(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    policy = folder / "policy.yaml"
    rules, _, rest = policy.read_text("utf-8").partition("\nroutes:")
    rest = "".join(line for line in rest.splitlines(keepends=True) if not line.startswith((" ", "\n")) and line.strip())
    policy.write_text(f"{rules}\n{rest}", "utf-8")
    with Desk.open(folder, person="sun.yu", now=lambda: NOW) as desk:  # who may change the rules brings them in
        desk.act(desk.board().rows[0].id, "note", note="without routes")
        like = desk.row("KSA-2026-0187").ticket
    report = " ".join(f"{like.title} {like.word('description')}".split())  # of a title alone the owner is not sure
    async with open_app(folder, size=(80, 40)) as run:
        await run.press("n")
        await run.paste(report)
        await run.wait_for("chen.jie ", "1 of 1 similar", "HQ-TECH")
        await run.press("Ctrl+T", "Ctrl+D")
        await run.wait_for("saved", "fenji KSA")
        row = next(row for row in run.desk.board().rows if row.ticket.title == report)
        await run.wait_until(lambda: run.app.board_model.current_row == row, "the new ticket is selected")
        assert (row.ticket.owner, list(row.ticket.units)) == ("chen.jie", ["HQ-TECH", "FACTORY-7"])


async def test_what_is_unknown_suggests_nothing_and_so_does_an_emptied_title(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "食堂菜單")
        await run.wait_for("No similar ticket was seen before.", gone="Ctrl+T")
        await run.press("Ctrl+U", "雷達天線轉台卡滯")
        await run.wait_for("seen before", "similar")
        await run.press("Ctrl+U")
        await run.wait_for(gone="similar")
        assert "seen before" not in run.text


async def test_another_lookup_that_fails_takes_nothing_from_the_search(tmp_path: Path) -> None:
    is_let_go = threading.Event()
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n")
        run.app.ask_reader("suggest", None, lambda: is_let_go.wait(PATIENCE_S))
        await run.press("備件生鏽")
        screen = run.app.active_screen
        assert isinstance(screen, IntakeScreen)
        await run.wait_until(lambda: screen.similar.asked_text == "備件生鏽", "the search waits")
        run.app.ask_reader("other", "other", fail)
        await run.wait_for("The other thing failed.")
        is_let_go.set()
        await run.wait_for("KSA-2026-0042")


async def test_that_nothing_is_like_it_is_said_only_once_it_was_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_let_go = threading.Event()
    suggest = Desk.suggest

    def wait_and_suggest(desk: Desk, text: str, *, exclude: str = "") -> Suggestion:
        assert is_let_go.wait(PATIENCE_S)
        return suggest(desk, text, exclude=exclude)

    monkeypatch.setattr(Desk, "suggest", wait_and_suggest)
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "食堂菜單", "Tab")
        await run.wait_for("Searching.", gone="No similar")
        is_let_go.set()
        await run.wait_for("No similar ticket was seen before.", gone="Searching.")
        is_let_go.clear()
        await run.press("ShiftTab", "Ctrl+U", "雷達天線轉台卡滯")
        await run.wait_for("Searching.", gone="No similar")
        is_let_go.set()
        await run.wait_for("KSA-2025-0007", gone="Searching.")


async def test_where_there_is_room_what_helped_is_shown_whole(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(120, 50)) as run:
        await run.press("n", "雷達天線轉台卡滯")
        await run.wait_for("KSA-2025-0007", "seen before")
        screen = run.app.active_screen
        assert isinstance(screen, IntakeScreen)
        helped = [like.page.texts.get("solution", "") for like in screen.similar.tickets]
        assert max(map(len, helped)) > 40  # more than a line holds there
        width, height = screen.details.size
        lines = screen.similar.render(run.app.context, width, height)
        assert all(sum(cells.width(text) for text, _ in line) <= width for line in lines)
        shown = "".join("".join(text for text, _ in line).strip() for line in lines).replace(" ", "")
        assert all("".join(text.split()) in shown for text in helped)
        assert len(screen.similar.render(run.app.context, width, 6)) <= 6


async def test_a_ticket_like_it_is_opened_and_the_form_is_still_there(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "雷達天線轉台卡滯")
        await run.wait_for("KSA-2025-0007")
        await run.press(*["Tab"] * 20)
        await run.press("Enter")
        await run.wait_for("answer", "timeline")
        await run.press("Esc")
        await run.wait_for("New ticket at KSA", "雷達天線轉台卡滯")


async def test_a_half_typed_ticket_is_kept_also_over_a_restart(tmp_path: Path) -> None:
    folder = copy_world("empty", tmp_path / "desk")
    async with open_app(folder) as run:
        await run.press("n", "Gear", "Tab", "min", "Esc")
        await run.wait_for("No open tickets")
    async with open_app(folder) as run:
        await run.press("n")
        await run.wait_for("Gear", "minor", "Your draft is restored.")
        await run.press("Ctrl+N")
        await run.wait_for(gone="Gear")
        await run.press("Esc", "n")
        assert "Gear" not in run.text


async def test_the_owner_that_the_rules_give_is_shown_and_saved(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk"), size=(80, 40)) as run:
        await run.press("n", "Gear squeaks", "Tab", "min", "Tab", "comm")
        owner = run.desk.preview({"title": "Gear squeaks", "impact": "minor", "occurrence": "common"}).owner
        assert owner
        await run.wait_for(owner, "by the rules")
        await run.press("Ctrl+D")
        await run.wait_for("saved", "fenji KSA", "Gear squeaks")
        row = run.app.board_model.current_row
        assert row is not None
        assert row.ticket.owner == owner


async def test_a_unit_that_nobody_knows_is_taken_by_an_answer_of_its_own(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk"), size=(120, 40)) as run:
        await run.press("n", "Gear squeaks")
        screen = run.app.active_screen
        assert isinstance(screen, IntakeScreen)
        screen.submit(create_ticket({"title": "Gear squeaks", "units": ["HQ-TCH"]}, draft_key=DRAFT_KEY))
        await run.wait_for("HQ-TCH is not among the units", "Is HQ-TECH meant?", "Y keeps what")
        await run.press("Esc")
        assert run.desk.board().rows == ()
        screen.submit(create_ticket({"title": "Gear squeaks", "units": ["HQ-TCH"]}, draft_key=DRAFT_KEY))
        await run.wait_for("Y keeps what")
        await run.press("Y")
        await run.wait_for("saved", "fenji KSA", "Gear squeaks")
        assert run.desk.board().rows[0].ticket.units == ["HQ-TCH"]


async def test_saving_twice_in_one_burst_makes_one_ticket(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks")
        await run.burst("Ctrl+D", "Ctrl+D")
        await run.wait_for("saved", "fenji KSA", "Gear squeaks")
    with Desk.open(tmp_path / "desk") as desk:
        assert [row.ticket.title for row in desk.board().rows] == ["Gear squeaks"]


async def test_a_form_opened_again_while_it_is_being_saved_makes_one_ticket(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks")
        with run.desk.store.lock:  # the save waits for it
            await run.press("Ctrl+D", "Esc")
            await run.wait_for("No open tickets")
            await run.press("n", "Ctrl+D")
        await run.wait_for("saved", "fenji KSA", "Gear squeaks")
    with Desk.open(tmp_path / "desk") as desk:
        assert [row.ticket.title for row in desk.board().rows] == ["Gear squeaks"]


async def test_a_form_come_back_to_after_it_was_saved_is_empty(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "雷達天線轉台卡滯")
        await run.wait_for("KSA-2025-0007")
        await run.press(*["Tab"] * 20)
        with run.desk.store.lock:  # the save waits for it
            await run.press("Ctrl+D", "Enter")
            await run.wait_for("answer", "timeline")
        await run.wait_for(": saved.")
        await run.press("Esc")
        await run.wait_for("New ticket at KSA", gone="雷達天線轉台卡滯")
        await run.press("Ctrl+D")
        await run.wait_for("A ticket needs a title.")


async def test_without_a_title_nothing_is_saved(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("n", "Ctrl+D")
        assert "A ticket needs a title." in run.footer


async def test_letters_are_text_here_and_pasted_lines_stay_one_title(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("n", "quit ")
        await run.paste("now\nor never")
        await run.wait_for("quit now or never")


async def test_a_description_of_several_lines(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("n", "Gear", "Tab", "Tab", "Tab", "Tab", "first", "Enter", "second", "Up", "!", "Ctrl+D")
        await run.wait_for("saved", "fenji KSA", "Gear")
        row = run.app.board_model.current_row
        assert row is not None
        assert row.ticket.word("description") == "first!\nsecond"


async def test_the_cell_of_the_matrix_that_holds_is_lit_and_what_may_be_the_same_stands_first(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "電源模塊過熱告警，發射機兩次降功率")
        await run.wait_for("maybe the same", "^O opens", "^Y copies", "P1", "P4", "answer", "by ")
        await run.press("Tab", "maj", "Tab", "rare")
        screen = run.app.active_screen
        assert isinstance(screen, IntakeScreen)
        lit = [text.split() for line in screen._draw_promise(33) for text, role in line if role in ("lit", "p1")]
        assert lit == [["P1", "1h"], ["24h"]]
        await run.press("Ctrl+Y")
        assert "copied" in run.footer or "no solution" in run.footer
        await run.press("Ctrl+O")
        await run.wait_for("KSA-2026-0189", "timeline")
        await run.press("Esc")
        await run.wait_for("New ticket at KSA", "draft kept")
        await run.pilot.resize_terminal(120, 36)
        await run.wait_for("maybe the same", "24h")
        await run.pilot.resize_terminal(60, 24)
        await run.wait_for("P1 ∙ answer by")


async def test_what_each_person_has_in_hand_stands_beside_the_names(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks")
        await run.wait_for("wang.fang  3 open")
        await run.press("Tab", "Tab", "Tab", "Tab", "Tab")
        await run.wait_for("▐Owner")
        await run.press("li")
        await run.wait_for("李偉 HQ-TECH", " open")


async def test_the_key_after_saving_is_for_the_new_ticket_also_before_the_board_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks")
        monkeypatch.setattr(run.app, "reload_board", lambda: None)
        await run.press("Ctrl+D")
        await run.wait_for(": saved. u undoes it.", "fenji KSA")
        row = run.app.board_model.current_row
        assert row is not None
        assert row.ticket.title == "Gear squeaks"


async def test_every_field_is_in_view_where_nothing_stands_below(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n")
        shown = run.text.split("\n")
        assert all(any(f" {entry.label}" in line or f"▐{entry.label}" in line for line in shown) for entry in form(run))
        await run.press("雷達天線轉台卡滯")
        await run.wait_for("seen before", "▾ 3")
        await run.press(*["Tab"] * len(form(run)))
        await run.wait_for("Enter opens it", gone="▾ 3")
        assert run.text.count("▐") == 1, "the bar stands in the list alone"
        await run.press("ShiftTab")
        assert run.line("▐Tags")


def form(run: AppDriver) -> list[FormEntry]:
    screen = run.app.active_screen
    assert isinstance(screen, IntakeScreen)
    return screen.form.entries


async def test_a_hint_that_does_not_fit_goes_on_in_the_next_line(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 24)) as run:
        await run.press("n")
        assert "one line that says what is wrong or wanted" in " ".join(run.text.split())


async def test_a_joiner_that_joins_nothing_can_be_typed_and_moved_over(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n")
        for text in ("\u200d轉", "a\u200d", "\ud83d"):
            await run.paste(text)
            await run.press("Home", "x", "Right", "Left", "y", "End", "z", "Home", "Right", "Right")
        assert run.app.is_running
        await run.press("Ctrl+U", "轉台")
        assert "轉台" in run.line("▐Title")
