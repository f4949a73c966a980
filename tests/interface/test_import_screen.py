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
        await run.wait_for("Import the file:")
        await run.press(str(sheet), "Enter")
        await run.wait_for("Mapping:")
        await run.press("Enter")
        await run.wait_for("1 of 5", "Pump · Valve")
        for answer in ("", "1", "3=- 4=solution", "", "dmy", "", "1=archived", "", "2=P1", ""):
            await run.press(*([answer] if answer else []), "Enter")
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


async def test_who_may_not_import_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    root, sheet = copy_world("empty", tmp_path / "desk"), tmp_path / "helpdesk.csv"
    sheet.write_text(SHEET.replace("2026", "2025"))
    async with open_app(root, person="li.wei") as run:
        await run.press("I", str(sheet), "Enter", "Enter")
        await run.wait_for("may not import", gone="1 of 5")
