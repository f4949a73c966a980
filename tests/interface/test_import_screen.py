"""Importing on the screen: the same five questions as in the shell, what would become of it, and the writing."""

from __future__ import annotations

from pathlib import Path

from desks import is_clean
from interface.driven import copy_world, open_app
from test_import_dialogue import SHEET


async def test_a_file_without_a_mapping_is_asked_about_shown_and_imported(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "helpdesk.csv"
    sheet.write_text(SHEET.replace("2026", "2025"))
    async with open_app(root, person="zhao.min") as run:
        await run.press("I")
        await run.wait_for("Import file:")
        await run.press(str(sheet), "Enter")
        await run.wait_for("Mapping:")
        await run.press("Enter")
        await run.wait_for("1 of 5", "Pump · Valve")
        asked = ("2 of 5", "3 of 5", "3 of 5", "4 of 5", "4 of 5", "5 of 5", "5 of 5", "in priority", "in priority")
        for answer, then in zip(
            ("", "1", "3=- 4=solution", "", "dmy", "", "1=archived", "", "2=P1"), asked, strict=True
        ):
            await run.press(*([answer] if answer else []), "Enter")
            await run.wait_for(then)
        await run.press("Enter")
        await run.wait_for("Y imports them", "2 new, 0 changed")
        assert not list((root / "tickets").rglob("KSA-*.yaml"))
        await run.press("Y")
        await run.wait_for("2 new, 0 changed, 0 unchanged", gone="Y imports them")
        run.desk.flush()
    assert (root / "imports" / "helpdesk.yaml").is_file()
    assert len([path for path in (root / "tickets").rglob("*.yaml") if "Pump" in path.read_text("utf-8")]) == 1
    assert is_clean(root)


async def test_a_dialogue_that_is_left_writes_nothing(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "helpdesk.csv"
    sheet.write_text(SHEET.replace("2026", "2025"))
    async with open_app(root, person="zhao.min") as run:
        await run.press("I", str(sheet), "Enter", "Enter")
        await run.wait_for("1 of 5")
        await run.press("Esc", "Esc")
        await run.wait_for("report", gone="1 of 5")
    assert not (root / "imports").exists()


async def test_what_was_answered_in_a_dialogue_that_was_left_stands_there_the_next_time(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "helpdesk.csv"
    sheet.write_text(SHEET.replace("2026", "2025"))
    async with open_app(root, person="zhao.min") as run:
        await run.press("I", str(sheet), "Enter", "Enter")
        await run.wait_for("1 of 5")
        for answer, then in zip(("", "1", "3=- 4=solution"), ("2 of 5", "3 of 5", "3 of 5"), strict=True):
            await run.press(*([answer] if answer else []), "Enter")
            await run.wait_for(then)
        await run.press("5=tags")
        await run.press("Esc")
    async with open_app(root, person="zhao.min") as run:
        await run.press("I", str(sheet), "Enter", "Enter")
        await run.wait_for("1 of 5")
        await run.press("Enter")
        await run.wait_for("2 of 5", "(Enter: 1): 1")
        await run.press("Enter")
        await run.wait_for("3 of 5", "3=- 4=solution")
        await run.press("Enter")
        await run.wait_for("3 of 5", "5=tags")
        await run.press("Ctrl+U", "Enter")
        await run.wait_for("4 of 5")
        for answer, then in zip(
            ("dmy", "", "1=archived", "", "2=P1", ""),
            ("4 of 5", "5 of 5", "5 of 5", "in priority", "in priority", "Y imports"),
            strict=True,
        ):
            await run.press(*([answer] if answer else []), "Enter")
            await run.wait_for(then)
        assert not any(key.startswith("import ") for key in run.app.context.state.drafts)


async def test_who_may_not_import_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "helpdesk.csv"
    sheet.write_text(SHEET.replace("2026", "2025"))
    async with open_app(root, person="li.wei") as run:
        await run.press("I", str(sheet), "Enter", "Enter")
        await run.wait_for("may not import", gone="1 of 5")


async def test_a_long_list_of_columns_is_moved_through_while_its_question_stands(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "wide.csv"
    heads = ["No", "Subject", "Created", *(f"Field {number}" for number in range(397))]
    sheet.write_text(f"{','.join(heads)}\n1,Pump,2025-03-01,{','.join(['x'] * 397)}\n")
    async with open_app(root, person="zhao.min") as run:
        await run.press("I", str(sheet), "Enter", "Enter")
        await run.wait_for("1 of 5")
        await run.press("Enter")
        await run.wait_for("2 of 5", "Column number")
        for _ in range(60):
            await run.press("PageDown")
        await run.wait_for("400 Field 396", "Column number")
        await run.press("PageUp", "1")
        await run.wait_for("Column number (Enter: 1): 1")


async def test_what_runs_is_stopped_and_nothing_is_written(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "large.csv"
    rows = "".join(f"SUP-{number},Pump,To Do,22/Sep/25 9:26 AM\n" for number in range(20_000))
    sheet.write_text(f"Issue key,Summary,Status Category,Created\n{rows}")
    async with open_app(root, person="zhao.min") as run:
        await run.press("I", "x")
        await run.press("Esc", "x")
        await run.wait_for("There is nothing running to stop")
        await run.press("Enter", str(sheet), "Enter", "jira-csv", "Enter")
        await run.wait_for("Reading.")
        await run.press("x")
        await run.wait_for("Stopped; nothing was written.", gone="Reading.")
        await run.press("Enter")
        await run.wait_for("Import file:", gone="Y imports")
    assert not list((root / "tickets").rglob("KSA-*.yaml"))


async def test_without_a_file_it_says_how_to_go_on(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("I", "Esc")
        await run.wait_for("Enter asks for the file; nothing is written until you say so.")
