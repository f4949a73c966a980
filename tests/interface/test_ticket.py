from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fenji.desk import Desk
from fenji.model.ticket import Event, Value
from fenji.storage import yaml_codec
from interface.driven import NOW, AppDriver, copy_world, open_app
from interface.test_acts import CONFIRMED, RESPONDED, SOLVED, one_ticket
from tui import commands
from tui.drawing import cells
from tui.screens.ticket import TicketScreen
from tui.ticket import clock_lines

if TYPE_CHECKING:
    from fenji.desk.search_results import Suggestion


async def move_to(run: AppDriver, part: str) -> None:
    """Move the bar down to the line that holds `part`."""
    for _ in range(80):
        if run.line("▐").find(part) >= 0:
            return
        await run.press("j")
    raise AssertionError(f"no line with {part!r}\n{run.text}")


async def test_a_ticket_shows_both_clocks_the_timeline_and_every_field(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(80, 100)) as run:
        await run.press("Enter")
        text = await run.wait_for("answer", "solve", "timeline", "reported", "Description", "fields", "empty:")
        assert "due" in text
        assert "how the response clock ran" in text
        assert " until now  running " in text
        await run.press("=")
        await run.wait_for("Title ", "Kind ", "Priority ", "= fold", gone="empty:")
        await run.press("=")
        await run.wait_for("= unfold", "empty:")


async def test_a_short_field_is_edited_in_the_footers_place(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "=")
        await move_to(run, "Title")
        await run.press("e", "Ctrl+U", "備件生鏽八件", "Enter")
        await run.wait_for("saved. u undoes it")
        assert run.desk.row(number).ticket.title == "備件生鏽八件"
        assert "備件生鏽八件" in run.line(number)


async def test_a_title_cannot_be_taken_away(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "e", "Title", "Enter", "Ctrl+U", "Enter")
        assert "This cannot be empty" in run.footer
        await run.press("Esc")
        assert run.desk.row(number).ticket.title == "備件生鏽"


async def test_a_long_text_is_written_where_it_stands(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "=")
        await move_to(run, "Cause")
        await run.press("e", "密封袋漏氣", "Enter", "冷凝水使齒面生鏽")
        await run.wait_for("Cause", "密封袋漏氣", "Ctrl+D save")
        await run.press("Ctrl+D")
        await run.wait_for("saved. u undoes it")
        assert run.desk.row(number).ticket.word("cause") == "密封袋漏氣\n冷凝水使齒面生鏽"


@pytest.mark.parametrize("end", ["Ctrl+D", "Esc"])
async def test_what_was_empty_is_left_where_it_was_written(tmp_path: Path, end: str) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("/", "0189", "Enter", "Enter", "e", "cause", "Enter", "the hose burst")
        before = run.text.split("\n").index(run.line("the hose burst"))
        await run.press(end)
        await run.wait_for("saved. u undoes it" if end == "Ctrl+D" else "Kept as a draft")
        lines = run.text.split("\n")
        assert abs(lines.index(run.line("▐")) - before) <= 1
        assert ("the hose burst" in run.text) is (end == "Ctrl+D")


async def test_esc_keeps_a_long_text_as_a_draft_also_over_a_restart(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "=")
        await move_to(run, "Cause")
        await run.press("e", "half a thought", "Esc")
        assert "Kept as a draft. e continues it." in run.footer
        assert run.desk.row(number).ticket.word("cause") == ""
    async with open_app(tmp_path / "desk") as run:
        await run.press("Enter", "=")
        await move_to(run, "Cause")
        await run.press("e")
        await run.wait_for("half a thought", "Your draft is restored.")
        await run.press("Ctrl+D")
        await run.wait_for("saved")
        assert run.desk.row(number).ticket.word("cause") == "half a thought"


async def test_what_others_changed_meanwhile_is_merged_and_shown(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", size=(80, 60)) as (run, number):
        await run.press("Enter", "=")
        await move_to(run, "Cause")
        await run.press("e", "mine")
        with Desk.open(tmp_path / "desk", person="zhao.min", now=lambda: NOW) as other:
            other.act(number, "edit", fields={"decision": "theirs", "product.part": "XJ-4411"})
        await run.wait_for("zhao.min changed meanwhile: Part number, Decision.", "Cause", "mine")
        await run.press("Ctrl+D")
        await run.wait_for("saved")
        ticket = run.desk.row(number).ticket
        assert (ticket.word("cause"), ticket.word("decision")) == ("mine", "theirs")
        await run.wait_for("*Decision")


async def test_a_text_that_two_wrote_at_once_keeps_both(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "=")
        await move_to(run, "Cause")
        await run.press("e", "mine")
        with Desk.open(tmp_path / "desk", person="zhao.min", now=lambda: NOW) as other:
            other.act(number, "edit", fields={"cause": "theirs"})
        await run.wait_for("zhao.min changed meanwhile: Cause. Yours is not touched; saving it keeps both.", "mine")
        await run.press("Ctrl+D")
        await run.wait_for("Two texts in Cause: v shows both.", "+ ", "- ", "T takes it back")
        ticket = run.desk.row(number).ticket
        lost = [event.body.get("value") for event in ticket.log if event.do == "superseded"]
        assert {ticket.word("cause"), *lost} == {"mine", "theirs"}
        await run.press("g")
        await move_to(run, "two texts")
        loser = "li.wei" if lost == ["mine"] else "zhao.min"
        line = run.line("two texts")
        assert f"Cause: the text by {loser} was replaced" in line
        assert line.split("two texts")[0].strip("▐ ").count(" ") <= 1  # date and time, nobody's name: the merge did it
        await run.press("Enter")
        await run.wait_for(f"- {lost[0]}")


async def test_items_are_added_edited_and_removed(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        await run.press("Enter", "+", "res", "Enter", "mat", "Enter", "gear XJ-4411", "Enter")
        await run.press("two", "Enter")
        assert "must be a number" in run.footer
        await run.press("Ctrl+U", "2", "Enter", "Enter", "1200.00", "Enter", "USD", "Enter", "yes", "Enter")
        await run.press("Ctrl+U", "2026-03-02", "Enter", "Enter", "Enter", "expert", "Enter", "travel", "Enter")
        await run.press("120", "Enter", "Enter")
        await run.wait_for("saved")
        item = run.desk.row(number).ticket.items("resources")[0]
        assert re.fullmatch("r1[a-z]{6}", str(item["key"]))
        assert (item["on"], item["who"], item["role"], item["as"], str(item["km"])) == (
            "2026-03-02",
            "li.wei",
            "expert",
            "travel",
            "120",
        )
        assert (item["kind"], item["what"], str(item["quantity"]), item["billable"]) == (
            "material",
            "gear XJ-4411",
            "2",
            True,
        )
        await move_to(run, "gear XJ-4411")
        await run.press("-")
        await run.wait_until(lambda: not run.desk.row(number).ticket.items("resources"), "the item is gone")
        await run.press("u")
        await run.wait_until(lambda: bool(run.desk.row(number).ticket.items("resources")), "the item is back")


async def test_a_plan_with_dates(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", kind="project") as (run, _):
        await run.press(
            "Enter", "+", "plan", "Enter", "survey", "Enter", "Enter", "2026-03-01", "Enter", "tomorrow", "Enter"
        )
        assert "must be a date" in run.footer
        await run.press("Ctrl+U", "2026-03-20", "Enter", "Enter", "Enter")
        await run.wait_for("saved")
        await move_to(run, "survey")
        assert "2026-03-01 - 2026-03-20" in run.line("▐")


async def test_a_link_is_opened_and_esc_comes_back(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, number):
        other = run.desk.new({"title": "like it"}).id
        run.desk.act(number, "link", fields={f"links.{other}/related": {"to": other, "as": "related"}})
        await run.press(".", "g", "Enter")
        if other in run.line("request").split()[:1]:
            await run.press("J")
        screen = run.app.get_screen("ticket")
        assert isinstance(screen, TicketScreen)
        screen.show(number)
        await move_to(run, f"related  {other}")
        await run.press("Enter")
        await run.wait_for("like it")
        await run.press("Esc")
        await run.wait_for("備件生鏽")


async def test_an_archived_ticket_is_read_only_but_for_what_it_teaches(tmp_path: Path) -> None:
    archived = ("archive", {"by": "zhao.min"})
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED, CONFIRMED, archived) as (run, number):
        run.app.open_ticket(number)
        await run.press("j")
        await run.wait_for("archived", "備件生鏽")
        await run.press("=")
        await move_to(run, "Title")
        await run.press("e")
        assert f"{number} is archived: this stays as it is." in run.footer
        await move_to(run, "Lessons")
        await run.press("e", "seal the bags", "Ctrl+D")
        await run.wait_for("saved")
        assert run.desk.row(number).ticket.word("lessons") == "seal the bags"


async def test_in_a_wide_terminal_the_fields_stand_beside_and_are_edited_there(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", size=(120, 36)) as (run, number):
        await run.press("Enter")
        await run.wait_until(lambda: "╎" in run.line("Kind "), "the fields beside")
        await run.press("Tab")
        await move_to(run, "Title")
        await run.press("Enter", "Ctrl+U", "eight", "Enter")
        await run.wait_until(lambda: "eight" in run.line("Title "), "the changed title")
        assert run.desk.row(number).ticket.title == "eight"
        await run.press("Tab", "j")
        assert "reported" in run.line("▐")


async def test_next_and_previous_walk_the_list_of_the_board(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        second = run.app.board_model.row_at(1).id
        await run.press("Enter", "J")
        await run.wait_for(second)
        await run.press("Esc")
        await run.wait_for("fenji KSA")
        assert run.app.board_model.current_row is not None
        assert run.app.board_model.current_row.id == second


async def test_the_file_in_the_persons_own_editor(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, _):
        await run.press("E")
        await run.wait_for("This terminal cannot be handed to an editor.")


async def test_enter_unfolds_what_an_event_said_and_changed(tmp_path: Path) -> None:
    notes = [("note", {"note": f"note {n} of many"}) for n in range(20)]
    edit = ("edit", {"fields": {"product.part": "XJ-4411", "cause": "the seal let go"}, "note": "first\nsecond line"})
    async with one_ticket(tmp_path / "desk", *notes, edit, size=(80, 40)) as (run, number):
        run.desk.act(number, "edit", fields={"product.part": "XJ-4412"})
        run.desk.flush()
        await run.press("Enter")
        await run.wait_for("more", "Part number XJ-4412")
        await move_to(run, "Part number XJ-4412")
        await run.press("Enter")
        await run.wait_for("- XJ-4411", "+ XJ-4412")
        await run.press("j", "j", "Enter")
        await run.wait_for("second line", "+ the seal let go")
        await run.press("Enter")
        await run.wait_until(lambda: "+ the seal let go" not in run.text, "it is folded")
        await move_to(run, "more")
        await run.press("Enter")
        await run.wait_for("note 0 of many", gone="more")


async def test_brackets_go_from_section_to_section(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", size=(80, 40), description="rust", cause="salt") as (run, _):
        await run.press("Enter", "]")
        assert "rust" in run.line("▐")
        await run.press("]")
        assert "salt" in run.line("▐")
        await run.press("[")
        assert "rust" in run.line("▐")
        await run.press("Tab")
        assert "rust" in run.line("▐")  # there is no other column
    async with open_app(tmp_path / "desk", size=(120, 40)) as run:
        await run.press("Enter", *("]" * 20))
        await run.wait_until(lambda: "Kind" in run.line("▐") or "Title" in run.line("▐"), "the other column")
        await run.press(*("[" * 20))
        await run.wait_until(lambda: "reported" in run.line("▐"), "back in the first one")


async def test_what_solving_still_needs_and_what_the_customer_asked_stand_below_the_clocks(tmp_path: Path) -> None:
    asked = (
        "note",
        {"note": "Hello. May it turn? We wait.", "sender": "requester"},
    )
    async with one_ticket(tmp_path / "desk", RESPONDED, asked, kind="quality") as (run, number):
        await run.press("Enter")
        await run.wait_for("? before s ", "asked: May it turn? (no word")
        for width in (40, 80, 120):
            await run.pilot.resize_terminal(width, 30)
            await run.wait_until(lambda: "May it" in run.text, "the question")
        await run.press("m", "yes, it may", "Enter")
        await run.wait_for("noted", gone="asked:")
        assert not run.desk.row(number).customer_wrote


async def test_no_clock_line_is_cut_without_a_sign(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(80, 24)) as run:
        for uid in run.app.board_model.shown_uids:
            number = next(row.id for row in run.app.board_model.rows if row.uid == uid)
            screen = run.app.open_ticket(number)
            for width in (40, 60, 80, 100, 120, 200):
                lines = clock_lines.render_clocks(run.app.context, run.app.context.desk.row(number), width)
                for line in lines:
                    text = "".join(part for part, _ in line)
                    assert cells.width(text) <= width
                    story = line[-1][0]
                    assert not story or story.endswith("⋯") or "⋯" not in story
            assert screen.token == number


async def test_the_solution_of_what_was_seen_before_is_copied_by_a_key(tmp_path: Path) -> None:
    archived = ("archive", {"by": "zhao.min"})
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED, CONFIRMED, archived) as (run, number):
        other = run.desk.new({"title": "備件生鏽"}).id
        run.desk.update_index()
        run.app.open_ticket(other)
        await run.press("j")
        await run.wait_for("seen before 1", "Y copies")
        await run.press("Y")
        await run.wait_for(f"solution from {number} copied")
        assert run.desk.row(other).ticket.word("solution") == "new ones were sent"
        await move_to(run, f"{number} ")
        await run.press("Enter")
        await run.wait_for("archived")


async def test_a_solution_that_stands_there_already_keeps_what_is_around_it(tmp_path: Path) -> None:
    archived = ("archive", {"by": "zhao.min"})
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED, CONFIRMED, archived) as (run, number):
        text = "ours\n\nnew ones were sent\n\nand more"
        other = run.desk.new({"title": "another", "solution": text})
        third = run.desk.new({"title": "a third one", "solution": "ours"})
        for row, expected in ((other, text), (third, "ours\n\nnew ones were sent")):
            for _ in range(2):
                run.app.submit(commands.copy_solution(number, run.desk.row(row.id)))
                await run.wait_for(f"{row.id}: solution from {number} copied.")
                await run.press("j")
            ticket = run.desk.row(row.id).ticket
            assert ticket.word("solution") == expected
            assert [{name: link[name] for name in ("to", "as")} for link in ticket.items("links")] == [
                {"to": number, "as": "related"}
            ]


async def test_tickets_like_one_are_looked_for_once_also_if_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    suggest = Desk.suggest

    def note_and_suggest(desk: Desk, text: str, *, exclude: str = "") -> Suggestion:
        asked.append(text)
        return suggest(desk, text, exclude=exclude)

    monkeypatch.setattr(Desk, "suggest", note_and_suggest)
    async with one_ticket(tmp_path / "desk") as (run, _):
        await run.press("Enter")
        screen = run.app.active_screen
        assert isinstance(screen, TicketScreen)
        await run.wait_until(lambda: screen.lookups.knows_likes, "the answer")
        await run.press("i", "Esc", "#", "Esc")
        await run.wait_for("timeline")
        assert asked == ["備件生鏽"]
        assert screen.lookups.likes == ()


async def test_a_mail_of_the_customer_and_a_hand_edit_are_said(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", RESPONDED, SOLVED, CONFIRMED) as (run, number):
        row = run.desk.row(number)
        mail = {"from": "a@b.example", "as": "requester", "key": "k1"}
        event = Event(row.ticket.next_n, NOW, "mail", "note", {"note": "It rusts again.", "mail": mail})
        path = tmp_path / "desk" / row.path
        path.write_bytes(yaml_codec.dump(row.ticket.with_events([event])))
        await run.press(".", "Enter")
        run.app.open_ticket(number)
        await run.press("j")
        await run.wait_for("@ customer wrote", "R reopens it", "asked: It rusts again.")


async def test_each_item_of_a_plan_has_its_own_clock_and_the_next_one_stands_on_top(tmp_path: Path) -> None:
    plan: list[Value] = [
        {"key": "m1", "what": "survey", "due": "2026-03-11", "done": "2026-03-10"},
        {"key": "m2", "what": "tower", "due": "2026-03-08"},
        {"key": "m3", "what": "wiring", "due": "2026-04-20", "after": ["m2"]},
    ]
    fields = {f"plan.{item['key']}": item for item in plan if isinstance(item, dict)}
    edit = ("edit", {"fields": fields})
    async with one_ticket(tmp_path / "desk", edit, kind="project", size=(100, 40)) as (run, _):
        await run.press("Enter")
        await run.wait_for("Plan 3", "1 of 3 done", "2026-03-08")
        assert run.line(" survey").lstrip().startswith("✓ m1")
        assert run.line(" wiring").lstrip().startswith("m3")
        assert "tower" in run.line(" m2  ") or "tower" in run.line("m2 ")
        assert not [line for line in run.text.split("\n") if " 0:00 " in line and "survey" in line]


async def test_the_figures_and_the_exchange_are_a_key_away_from_a_ticket(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("Enter")
        for key, words in (("#", "Report"), ("i", "Nothing came in")):
            await run.press(key)
            await run.wait_for(words)
            await run.press("Esc")
            await run.wait_for("timeline")


async def test_a_key_of_another_screen_says_that_it_does_nothing_here(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk") as (run, _):
        await run.press("T")
        assert "T does nothing here. ? shows the keys." in run.footer
        await run.press("Enter", "I")
        assert "I does nothing here. ? shows the keys." in run.footer
