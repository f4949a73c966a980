from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interface.driven import PATIENCE_S, copy_world, open_app
from tui import polling
from tui.find_lines import list_filters, remove_filter
from tui.screens.find import FindScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk import Desk
    from fenji.desk.search_results import SearchHits


async def test_hits_as_you_type_with_the_passage_and_the_solution(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "生锈")
        await run.wait_for("found", "KSA-2026-0042", "備件生鏽", "archived", "Solution")


async def test_the_passage_stands_out(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "生锈")
        await run.wait_for("KSA-2026-0042")
        strips = run.app.screen._compositor.render_strips()
        marked = {segment.text for strip in strips for segment in strip if segment.style and segment.style.underline}
        assert "生鏽" in marked


async def test_an_archived_ticket_opens_and_esc_comes_back_to_the_hits(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "生锈")
        await run.wait_for("KSA-2026-0042")
        await run.press("Enter")
        await run.wait_for("archived", "Description")
        await run.press("Esc")
        await run.wait_for("Find", "KSA-2026-0042")
        await run.press("Esc")
        await run.wait_for("fenji KSA")


async def test_the_solution_goes_into_the_ticket_one_came_from_with_a_link(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("3", "Enter")
        row = run.app.active_screen.selected_rows()[0]
        await run.press("f", "备件生锈")
        await run.wait_for("KSA-2026-0042")
        await run.press("Tab", "y")
        await run.wait_for(f"{row.id}: solution from KSA-2026-0042 copied.")
        ticket = run.desk.row(row.id).ticket
        assert run.desk.row("KSA-2026-0042").ticket.word("solution") in ticket.word("solution")
        assert {"to": "KSA-2026-0042", "as": "related"} in ticket.items("links")
        await run.wait_until(
            lambda: run.app._desk_stamp[0] == run.desk.stamp(), "the board, read while Find stood there"
        )
        await run.press("Esc")
        assert "related KSA-2026-0042" in run.text


async def test_from_the_board_it_is_asked_first_and_names_the_ticket(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        selected = run.app.board_model.current_row
        assert selected is not None
        await run.press("f", "备件生锈")
        await run.wait_for("KSA-2026-0042")
        await run.press("Tab", "y")
        await run.wait_for(f"Copy KSA-2026-0042's solution into {selected.id}? Y copies")
        await run.press("Esc")
        assert "KSA-2026-0042" not in run.desk.row(selected.id).ticket.word("solution")


async def test_a_ticket_number_is_looked_up_be_it_of_one_digit(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "3")
        await run.wait_for("-0003")
        await run.press("Backspace", "42")
        await run.wait_until(lambda: "KSA-2026-0042" in run.line("▐"), "the bar on it")


async def test_nothing_found_says_how_to_go_on(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "xyzzyplugh")
        await run.wait_for("Nothing found. Try fewer or different words.")


async def test_the_last_query_is_there_again_and_the_first_letter_begins_anew(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder) as run:
        await run.press("f", "生锈")
        await run.wait_for("KSA-2026-0042")
    async with open_app(folder) as run:
        await run.press("f")
        await run.wait_for("Find  生锈", "KSA-2026-0042")
        await run.press("P")
        assert "Find  P" in run.text


async def test_more_hits_come_at_the_end_of_the_list(tmp_path: Path) -> None:
    async with open_app(copy_world("busy_morning", tmp_path / "desk")) as run:
        await run.press("f", "kind:quality")
        await run.wait_for("found")
        await run.press("Tab", *["j"] * 12)
        screen = run.app.active_screen
        await run.wait_until(lambda: len(getattr(screen, "_hits", ())) > 10, "more than ten hits")


async def test_hits_that_are_asked_for_twice_come_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, done, go, search = list[int](), list[int](), threading.Event(), polling.search

    def search_later(desk: Desk, text: str, offset: int, report: Callable[[int], object] | None) -> SearchHits:
        begun.append(offset)
        go.wait(PATIENCE_S)
        done.append(offset)
        return search(desk, text, offset, report)

    async with open_app(copy_world("busy_morning", tmp_path / "desk")) as run:
        await run.press("f", "kind:quality")
        await run.wait_for("found")
        screen = run.app.active_screen
        assert isinstance(screen, FindScreen)
        monkeypatch.setattr(polling, "search", search_later)
        await run.press("Tab", *["j"] * 10)
        await run.wait_until(lambda: len(begun) == 1, "the thread looks for more")
        await run.press("j")
        go.set()
        await run.wait_until(lambda: len(done) == 2 and len(screen._hits) > 10, "both answers")
        await run.press("k")
        assert begun == [10, 10]
        assert len({hit.id for hit in screen._hits}) == len(screen._hits)


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("site:KSA A-site:KSA", "A-site:KSA"),
        ("site:KSA rust site:KSA", "site:KSA rust"),
        ("site:KSA website:KSA", "site:KSA"),
        ('part:"a b" rust', "rust"),
    ],
)
def test_a_filter_is_taken_off_and_no_part_of_another_word(query: str, rest: str) -> None:
    assert remove_filter(query, list_filters(query)[-1]) == rest


async def test_an_index_that_is_not_the_desks_own_is_said(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    shutil.rmtree(desk / "index", ignore_errors=True)
    (desk / "index").symlink_to(tmp_path)
    async with open_app(desk) as run:
        await run.press("f", "生锈")
        await run.wait_for("KSA-2026-0042", "index is a link that leads out of the desk")


async def test_a_hit_far_into_a_text_is_in_sight_on_a_narrow_screen(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 24)) as run:
        await run.press("f", "生锈")
        await run.wait_for("description: ⋯", "備件生鏽：")


async def test_what_is_like_a_hit_stands_below_its_solution(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "電源模塊 DY-2207")
        await run.wait_for("alike", " % ")
        assert run.line("alike").strip() == "alike"
        await run.press("Tab", "j")
        await run.wait_for("2/")


async def test_the_filter_of_a_search_stands_as_a_pill_that_a_key_takes_off(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "电源 site:DZA")
        await run.wait_for("site:DZA ✕")
        await run.press("Ctrl+X")
        await run.wait_for("found", gone="site:DZA")
        assert run.app.context.state.last_values["query"] == "电源"


async def test_a_new_ticket_like_a_hit_has_its_title_kind_and_part(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "生锈")
        await run.wait_for("KSA-2026-0042")
        await run.press("Ctrl+N")
        await run.wait_for("New ticket at KSA", "備件生鏽", "quality", "draft kept")
        await run.press("Esc", "Ctrl+N")
        await run.wait_for("Your draft is restored.")


async def test_a_word_of_an_input_method_replaces_the_last_query_as_a_letter_does(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "rust")
        await run.wait_for("found")
        await run.press("Esc", "f")
        await run.burst("電源模塊")
        await run.wait_for("Find  電源模塊", gone="rust")
        await run.paste(" 過熱")
        await run.wait_for("Find  電源模塊 過熱")


async def test_keys_for_hits_wait_for_the_hits(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        selected = run.app.board_model.current_row
        assert selected is not None
        await run.press("f", "备件生锈", "Tab", "y")
        await run.wait_for(f"Copy KSA-2026-0042's solution into {selected.id}? Y copies", "Find  备件生锈", gone="锈y")
        await run.press("Esc", "f", "备件", "Enter")
        await run.wait_for("Description", gone="Find")


async def test_keys_for_hits_do_nothing_without_any_and_are_not_typed(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "xyzzyplugh", "Tab", "j", "y", "Enter")
        await run.wait_for("Find  xyzzyplugh", "Nothing found.", gone="plughj")
        await run.press("Q")
        assert "xyzzyplughQ" in run.text


async def test_enter_opens_no_hit_of_an_older_query_and_esc_lets_go_of_it(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "备件生锈")
        await run.wait_for("KSA-2026-0042")
        await run.press("Ctrl+U", "xyzzyplugh", "Enter")
        await run.wait_for("Nothing found.")
        await run.press("q", "Enter", "j", "Esc")
        await run.wait_for("fenji KSA")
