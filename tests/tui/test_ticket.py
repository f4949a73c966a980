from __future__ import annotations

from pathlib import Path

from fenji.desk import Desk
from fenji.tui.screens.ticket import TicketPlace
from tui.driven import NOW, Driven, desk_folder, opened
from tui.test_acts import CONFIRMED, RESPONDED, SOLVED, one_ticket


async def to(run: Driven, part: str) -> None:
    """Move the bar down to the line that holds `part`."""
    for _ in range(80):
        if run.line(">").find(part) >= 0:
            return
        await run.press("j")
    raise AssertionError(f"no line with {part!r}\n{run.text}")


async def test_a_ticket_shows_both_clocks_every_field_and_what_happened(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk"), size=(100, 60)) as run:
        await run.press("Enter")
        text = await run.until("response", "solution", "Title", "Kind", "Priority", "Description", "Cause")
        assert "due" in text
        assert "Not filled:" in text
        await run.press("G")
        await run.until("What happened, newest first", "reported", "How the response clock ran")


async def test_a_short_field_is_edited_in_the_footers_place(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "e", "Ctrl+U", "備件生鏽八件", "Enter")
        await run.until("saved. u undoes it")
        assert run.desk.row(number).ticket.title == "備件生鏽八件"
        assert "備件生鏽八件" in run.line(number)


async def test_a_title_cannot_be_taken_away(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "e", "Ctrl+U", "Enter")
        assert "Something must stand here" in run.foot
        await run.press("Esc")
        assert run.desk.row(number).ticket.title == "備件生鏽"


async def test_a_long_text_is_written_where_it_stands(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter")
        await to(run, "Cause")
        await run.press("e", "密封袋漏氣", "Enter", "冷凝水使齒面生鏽")
        await run.until("Cause:", "密封袋漏氣", "Ctrl+D save")
        await run.press("Ctrl+D")
        await run.until("saved. u undoes it")
        assert run.desk.row(number).ticket.word("cause") == "密封袋漏氣\n冷凝水使齒面生鏽"


async def test_esc_keeps_a_long_text_as_a_draft_also_over_a_restart(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter")
        await to(run, "Cause")
        await run.press("e", "half a thought", "Esc")
        assert "Kept as a draft. e takes it up again." in run.foot
        assert run.desk.row(number).ticket.word("cause") == ""
    async with opened(tmp_path / "desk") as run:
        await run.press("Enter")
        await to(run, "Cause")
        await run.press("e")
        await run.until("half a thought", "Your draft is taken up again.")
        await run.press("Ctrl+D")
        await run.until("saved")
        assert run.desk.row(number).ticket.word("cause") == "half a thought"


async def test_what_others_changed_meanwhile_is_merged_and_shown(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter")
        await to(run, "Cause")
        await run.press("e", "mine")
        with Desk.open(tmp_path / "desk", person="zhao.min", now=lambda: NOW) as other:
            other.act(number, "edit", fields={"decision": "theirs", "product.part": "XJ-4411"})
        await run.until("zhao.min changed meanwhile: Part number, Decision.", "Cause:", "mine")
        await run.press("Ctrl+D")
        await run.until("saved")
        ticket = run.desk.row(number).ticket
        assert (ticket.word("cause"), ticket.word("decision")) == ("mine", "theirs")
        await run.until("*Decision")


async def test_a_text_that_two_wrote_at_once_keeps_both(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter")
        await to(run, "Cause")
        await run.press("e", "mine")
        with Desk.open(tmp_path / "desk", person="zhao.min", now=lambda: NOW) as other:
            other.act(number, "edit", fields={"cause": "theirs"})
        await run.until("zhao.min changed meanwhile: Cause.", "mine")
        await run.press("Ctrl+D")
        await run.until("Two wrote Cause: v shows both.", "+ ", "- ", "T takes it back")
        ticket = run.desk.row(number).ticket
        lost = [one.more.get("value") for one in ticket.log if one.do == "superseded"]
        assert {ticket.word("cause"), *lost} == {"mine", "theirs"}
        await run.press("G")
        await run.until("Cause was superseded; it said:", str(lost[0]))


async def test_items_are_added_edited_and_removed(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "+", "res", "Enter", "mat", "Enter", "gear XJ-4411", "Enter")
        await run.press("two", "Enter")
        assert "must be a number" in run.foot
        await run.press("Ctrl+U", "2", "Enter", "Enter", "1200.00", "Enter", "USD", "Enter", "yes", "Enter")
        await run.until("saved")
        item = run.desk.row(number).ticket.items("resources")[0]
        assert (item["kind"], item["what"], str(item["quantity"]), item["billable"]) == (
            "material",
            "gear XJ-4411",
            "2",
            True,
        )
        await to(run, "gear XJ-4411")
        await run.press("-")
        await run.when(lambda: not run.desk.row(number).ticket.items("resources"), "the item is gone")
        await run.press("u")
        await run.when(lambda: bool(run.desk.row(number).ticket.items("resources")), "the item is back")


async def test_a_plan_with_dates(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", kind="project") as (run, _):
        await run.press(
            "Enter", "+", "plan", "Enter", "survey", "Enter", "Enter", "2026-03-01", "Enter", "tomorrow", "Enter"
        )
        assert "must be a date" in run.foot
        await run.press("Ctrl+U", "2026-03-20", "Enter", "Enter", "Enter")
        await run.until("saved")
        await to(run, "m1  survey  2026-03-01 - 2026-03-20")


async def test_a_link_is_opened_and_esc_comes_back(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        other = run.desk.new({"title": "like it"}).id
        run.desk.act(number, "link", fields={f"links.{other}/related": {"to": other, "as": "related"}})
        await run.press(".", "g", "Enter")
        if other in run.line("request").split()[:1]:
            await run.press("J")
        place = run.app.get_screen("ticket")
        assert isinstance(place, TicketPlace)
        place.open(number)
        await to(run, other)
        await run.press("Enter")
        await run.until("like it")
        await run.press("Esc")
        await run.until("備件生鏽")


async def test_an_archived_ticket_is_read_only_but_for_what_it_teaches(tmp_path: Path) -> None:
    archived = ("archive", {"by": "zhao.min"})
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED, CONFIRMED, archived) as (run, number):
        run.app.open_ticket(number)
        await run.press("j")
        await run.until("archived", "備件生鏽")
        await run.press("g", "e")
        assert f"{number} is archived: this stays as it is." in run.foot
        await to(run, "Lessons")
        await run.press("e", "seal the bags", "Ctrl+D")
        await run.until("saved")
        assert run.desk.row(number).ticket.word("lessons") == "seal the bags"


async def test_in_a_wide_terminal_the_story_stands_beside(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk"), size=(200, 50)) as run:
        await run.press("Enter")
        await run.when(lambda: "What happened" in run.line("Title"), "the story beside the fields")
        await run.press("Tab", "j", "Tab")
        await run.until("> Title")


async def test_next_and_previous_walk_the_list_of_the_board(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        second = run.app.triage.row(1).id
        await run.press("Enter", "J")
        await run.until(second)
        await run.press("Esc")
        await run.until("fenji · KSA")
        assert run.app.triage.selected is not None
        assert run.app.triage.selected.id == second


async def test_the_file_in_the_persons_own_editor(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, _):
        await run.press("E")
        await run.until("This terminal cannot be handed to an editor.")
