from __future__ import annotations

from pathlib import Path

from tui.driven import desk_folder, opened


async def test_a_ticket_is_saved_with_three_fields_and_the_board_goes_to_it(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("n", "Gear squeaks", "Tab", "maj", "Tab", "rare")
        await run.until("P1 · answer by 11:00 · solution by 03-11 10:00")
        await run.press("Ctrl+D")
        await run.until(": saved. u undoes it.", "fenji · KSA", "Gear squeaks")
        row = run.app.triage.selected
        assert row is not None
        assert (row.ticket.title, row.ticket.priority) == ("Gear squeaks", "P1")


async def test_what_is_like_it_appears_and_guesses_are_taken_by_enter(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("n", "雷達天線轉台卡滯")
        await run.until("Seen before", "KSA-2025-0007", " %", "Solution")
        await run.press("Tab")
        await run.until("like it")
        guess = run.line(">Impact").split()[1].rstrip("?")
        await run.press("Enter")
        assert run.line(" Impact").split()[1] == guess


async def test_a_ticket_like_it_is_opened_and_the_form_is_still_there(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.press("n", "雷達天線轉台卡滯")
        await run.until("KSA-2025-0007")
        await run.press(*["Tab"] * 20)
        await run.press("Enter")
        await run.until("response", "Title  ")
        await run.press("Esc")
        await run.until("New ticket at KSA", "雷達天線轉台卡滯")


async def test_a_half_typed_ticket_is_kept_also_over_a_restart(tmp_path: Path) -> None:
    folder = desk_folder("empty", tmp_path / "desk")
    async with opened(folder) as run:
        await run.press("n", "Gear", "Tab", "min", "Esc")
        await run.until("No open tickets")
    async with opened(folder) as run:
        await run.press("n")
        await run.until("Gear", "minor", "Your draft is taken up again.")
        await run.press("Ctrl+N")
        await run.until(gone="Gear")
        await run.press("Esc", "n")
        assert "Gear" not in run.text


async def test_the_owner_that_the_rules_give_is_shown_and_saved(tmp_path: Path) -> None:
    async with opened(desk_folder("empty", tmp_path / "desk"), size=(80, 40)) as run:
        await run.press("n", "Gear squeaks", "Tab", "min", "Tab", "comm")
        owner = run.desk.preview({"title": "Gear squeaks", "impact": "minor", "occurrence": "common"}).owner
        assert owner
        await run.until(f"{owner}  by the rules")
        await run.press("Ctrl+D")
        await run.until("saved")
        row = run.app.triage.selected
        assert row is not None
        assert row.ticket.owner == owner


async def test_without_a_title_nothing_is_saved(tmp_path: Path) -> None:
    async with opened(desk_folder("empty", tmp_path / "desk")) as run:
        await run.press("n", "Ctrl+D")
        assert "A ticket needs a title." in run.foot


async def test_letters_are_text_here_and_pasted_lines_stay_one_title(tmp_path: Path) -> None:
    async with opened(desk_folder("empty", tmp_path / "desk")) as run:
        await run.press("n", "quit ")
        await run.paste("now\nor never")
        await run.until("quit now or never")


async def test_a_description_of_several_lines(tmp_path: Path) -> None:
    async with opened(desk_folder("empty", tmp_path / "desk")) as run:
        await run.press("n", "Gear", "Tab", "Tab", "Tab", "Tab", "first", "Enter", "second", "Up", "!", "Ctrl+D")
        await run.until("saved")
        row = run.app.triage.selected
        assert row is not None
        assert row.ticket.word("description") == "first!\nsecond"
