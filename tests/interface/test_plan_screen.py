"""The plan: every key of it, and that what is drawn are the days that the plan works out."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

import worlds
from fenji.model.plan import plan_project
from interface.driven import AppDriver, copy_world, open_app
from tui.drawing.cells import width
from tui.plan.plan_axis import AHEAD, DONE, DUE, TODAY, DayAxis, fit_axis, mark_item, zoom_axis
from tui.screens.plan import PlanScreen

NOW = worlds.SHIPPED_NOW
NUMBER = "KSA-2026-0171"


def make_desk(folder: Path) -> Path:
    return worlds.make("shipped", folder / "desk", now=NOW)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[AppDriver]:
    async with open_app(make_desk(tmp_path), person="zhao.min", now=lambda: NOW) as driver:
        yield driver


async def open_plan(app: AppDriver) -> PlanScreen:
    """Open the plan of the acceptance from its ticket."""
    await app.press("/", "Ctrl+U", NUMBER, "Enter", "%")
    screen = app.app.active_screen
    assert isinstance(screen, PlanScreen)
    await app.wait_for("m3")
    return screen


def selected_key(screen: PlanScreen) -> str:
    assert screen.selected
    return screen.selected.key[1]


async def go_to(app: AppDriver, screen: PlanScreen, key: str) -> None:
    await app.press("Home")
    while selected_key(screen) != key:
        await app.press("j")


async def test_the_board_opens_the_plan_of_its_project_at_what_is_not_done(app: AppDriver) -> None:
    screen = await open_plan(app)
    assert selected_key(screen) == "m3"
    await app.wait_for("0171", "P3", "10-25 to 12-20", "slack", "m7", "today", "3/7")
    await app.press("Esc")
    assert app.app.active_screen.SCREEN_ID == "board"


async def test_a_ticket_that_is_no_project_opens_all_projects(app: AppDriver) -> None:
    await app.press("/", "Ctrl+U", "kind:quality", "Enter", "%")
    await app.wait_for("Plan", "1 project")
    await app.press("q")
    assert app.app.active_screen.SCREEN_ID == "board"


async def test_the_ticket_opens_its_plan_and_the_plan_its_ticket(app: AppDriver) -> None:
    await app.press("/", "Ctrl+U", NUMBER, "Enter", "Enter")
    assert app.app.active_screen.SCREEN_ID == "ticket"
    await app.press("%")
    assert app.app.active_screen.SCREEN_ID == "plan"
    await app.press("Enter")
    assert app.app.active_screen.SCREEN_ID == "ticket"
    await app.press("Esc", "Esc", "Esc")
    assert app.app.active_screen.SCREEN_ID == "board"


async def test_the_way_back_stands_in_the_footer(app: AppDriver) -> None:
    await app.press("/", "Ctrl+U", "kind:quality", "Enter", "%")
    await app.wait_for("Esc back", "? keys")


async def test_the_palette_knows_it(app: AppDriver) -> None:
    await app.press("/", "Ctrl+U", NUMBER, "Enter", ":", *"time axis", "Enter")
    await app.wait_for("d done today")


async def test_what_is_drawn_adds_up_to_the_plan(app: AppDriver) -> None:
    screen = await open_plan(app)
    row = app.desk.row(NUMBER)
    plan = plan_project(row.ticket, app.desk.policy, row.reading)
    for item in plan.items:
        line = app.line(f"{item.key} ")
        assert ("*" in line[:30]) is item.is_critical
        assert line.endswith("" if item.slack is None else f"{item.slack}d")
        below = app.text.split("\n")[app.text.split("\n").index(line) + 1]
        assert item.owner in below
        slip = ((item.done or item.ends) - item.first_due).days if item.first_due else 0
        assert below.endswith(f"{slip:+}d" if slip else ("╎", ""))
    assert f"expected {plan.ends:%m-%d}" in app.text
    late = next(item for item in plan.items if item.late_days and not item.done)
    await go_to(app, screen, late.key)
    await app.wait_for(f"{late.late_days} calendar day", f"project ends {plan.ends:%m-%d}")


async def test_an_item_is_done_today_once_and_undone(app: AppDriver) -> None:
    screen = await open_plan(app)
    await app.press("d")
    await app.wait_for(" is done.", "undoes it")
    today = NOW.astimezone(app.desk.policy.calendar_at("KSA", NOW).zone).date()
    assert next(item for item in app.desk.row(NUMBER).ticket.plan if item.key == "m3").done == today.isoformat()
    await app.wait_until(lambda: bool(screen.selected and screen.selected.item and screen.selected.item.done))
    await app.press("d")
    assert "was already done on" in app.footer
    await app.press("u")
    await app.wait_until(lambda: not next(i for i in app.desk.row(NUMBER).ticket.plan if i.key == "m3").done)
    await app.wait_until(lambda: bool(screen.selected and screen.selected.item and not screen.selected.item.done))
    await app.press("U")
    await app.wait_until(lambda: bool(next(i for i in app.desk.row(NUMBER).ticket.plan if i.key == "m3").done))


async def test_an_item_is_changed_given_away_and_added(app: AppDriver) -> None:
    screen = await open_plan(app)
    await go_to(app, screen, "m5")
    await app.press("o", "wang.fang", "Enter")
    await app.wait_until(lambda: app.desk.row(NUMBER).ticket.plan[4].owner == "wang.fang")
    await app.press("e", " II", *["Enter"] * 6)
    await app.wait_until(lambda: app.desk.row(NUMBER).ticket.plan[4].what.endswith(" II"))
    await app.press("a", "party", *["Enter"] * 6)
    await app.wait_until(lambda: app.desk.row(NUMBER).ticket.plan[-1].what == "party")
    await app.wait_for("party", "added")


async def test_whoever_is_typed_for_an_item_and_is_not_known_is_asked_about(app: AppDriver) -> None:
    screen = await open_plan(app)
    await go_to(app, screen, "m5")
    await app.press("o", "wang.fnag", "Enter")
    await app.wait_for("Is wang.fang meant?", "Enter again")


async def test_all_projects_one_line_each_and_back_to_one(app: AppDriver) -> None:
    screen = await open_plan(app)
    assert app.line("Item").endswith(" slack, slip")
    await app.press("A")
    await app.wait_for("Plan", "project", "days late")
    assert app.line("Item").endswith(" days late")
    assert screen.selected
    assert (screen.selected.project and screen.selected.project.number, screen.selected.item) == (NUMBER, None)
    await app.press("d")
    assert "No item is selected" in app.footer
    await app.press("Enter")
    await app.wait_for("m7")
    await app.press("A", "A")
    await app.wait_for("m7")


async def test_items_go_by_owner_and_by_unit(app: AppDriver) -> None:
    screen = await open_plan(app)
    await app.press("b")
    await app.wait_for("by owner", "wang.fang 2")
    assert not any(entry.heading and n == screen.active_scroll.selected_index for n, entry in enumerate(screen.entries))
    for _ in range(12):
        await app.press("j")
        assert screen.selected
        assert not screen.selected.heading
    for _ in range(12):
        await app.press("k")
        assert screen.selected
        assert not screen.selected.heading
    await app.press("b")
    await app.wait_for("by unit", "FIELD")
    await app.press("A")
    await app.wait_for("0171")
    await app.press("b")
    await app.wait_for("by begin")


async def test_the_first_plan_is_drawn_and_a_new_one_is_promised(app: AppDriver) -> None:
    screen = await open_plan(app)
    await app.press("v")
    await app.wait_for("first plan", "╍╍")
    await app.press("v", "B", "Enter")
    assert "This cannot be empty" in app.footer
    await app.press(*"agreed anew", "Enter")
    await app.wait_for("noted.")
    await app.wait_until(lambda: len(screen.shown_projects[0].plan.baselines) == 2)
    await app.press("v", "v")
    await app.wait_for("newest plan", "promised again")
    await app.press("v")
    assert "newest plan" not in app.text


async def test_days_are_shown_larger_and_moved(app: AppDriver) -> None:
    screen = await open_plan(app)
    whole = app.line("slack")
    await app.press("l")
    assert "zooms in" in app.footer
    await app.press("+")
    larger = app.line("slack")
    assert larger != whole
    await app.press("l")
    later = app.line("slack")
    await app.press("h")
    assert later != larger == app.line("slack")
    await app.press("-")
    assert app.line("slack") == whole
    await app.press("-", "0")
    assert app.line("slack") == whole
    assert screen.selected


async def test_next_and_previous_go_through_the_projects(tmp_path: Path) -> None:
    async with open_app(worlds.make("whole", tmp_path / "desk", now=NOW), person="zhao.min", now=lambda: NOW) as app:
        screen = await open_plan(app)
        seen = {screen.token}
        for _ in screen.projects:
            await app.press("J")
            seen.add(screen.token)
        assert seen == {project.number for project in screen.projects}
        assert len(seen) > 1
        await app.press("J", "K")
        assert screen.token == NUMBER


async def test_copy_takes_number_and_item(app: AppDriver) -> None:
    await open_plan(app)
    await app.press("y")
    assert "copied" in app.footer


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50)])
async def test_every_line_fits_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with open_app(make_desk(tmp_path), size=size, person="zhao.min", now=lambda: NOW) as app:
        await open_plan(app)
        for keys in ("", "v", "+", "b", "b", "A", "b"):
            await app.press(*keys)
            lines = app.text.split("\n")
            assert all(width(line) <= size[0] for line in lines)
            assert any("slack" in line or "days late" in line for line in lines)


async def test_a_narrow_screen_has_a_line_for_what_an_item_is_and_the_next_for_its_days(tmp_path: Path) -> None:
    async with open_app(make_desk(tmp_path), size=(40, 36), person="zhao.min", now=lambda: NOW) as app:
        screen = await open_plan(app)
        lines = app.text.split("\n")
        assert len(re.findall(r"\d\d-\d\d", lines[1])) >= 3
        for entry in screen.entries:
            if entry.item:
                place = next(n for n, line in enumerate(lines) if entry.item.what[:10] in line)
                assert len(lines[place + 1][:33].split()[0]) == 29
        await app.press("v")
        assert "first plan" in app.text
        assert all(width(line) <= 40 for line in app.text.split("\n"))


async def test_a_heading_is_never_the_last_line_of_a_list(tmp_path: Path) -> None:
    for height in range(14, 24):
        async with open_app(
            make_desk(tmp_path / str(height)), size=(80, height), person="zhao.min", now=lambda: NOW
        ) as app:
            screen = await open_plan(app)
            await app.press("b")
            headings = {entry.heading for entry in screen.entries if entry.heading}
            lines = app.text.split("\n")
            last = lines[next(n for n, line in enumerate(lines) if "critical" in line) - 1]
            assert last.strip().rpartition(" ")[0] not in headings


async def test_no_line_is_cut_into_more_runs_than_a_thin_link_bears(app: AppDriver) -> None:
    await open_plan(app)
    for line in app.app.screen._compositor.render_strips()[:-1]:  # but the keys
        assert len(line.simplify()._segments) <= 11, line.text


async def test_without_signs_only_ascii_is_drawn(tmp_path: Path) -> None:
    async with open_app(make_desk(tmp_path), plain=True, person="zhao.min", now=lambda: NOW) as app:
        await open_plan(app)
        await app.wait_for("===", "####", ":")
        drawn = {sign for sign in app.text if not sign.isascii()}
        assert {unicodedata.category(sign) for sign in drawn} <= {"Lo", "Po", "Ps", "Pe"}
        assert not drawn & set("╌╍╏╎░▐∙⋯✓")


@pytest.mark.parametrize(
    ("language", "words"), [("zh-Hans", ("余量", "关键", "今天")), ("zh-Hant", ("餘量", "關鍵", "今天"))]
)
async def test_it_speaks_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(make_desk(tmp_path), person="zhao.min", now=lambda: NOW) as app:
        await open_plan(app)
        await app.wait_for(*words)


# --- the axis -----------------------------------------------------------------------------------------------------


def day(text: str) -> date:
    return datetime.fromisoformat(f"2026-{text}").date()


def test_each_day_lies_on_the_cells_between_its_neighbours() -> None:
    axis = DayAxis(day("10-25"), day("12-20"), 42)
    cells = [
        (axis.start_cell(axis.first + timedelta(days=n)), axis.end_cell(axis.first + timedelta(days=n)))
        for n in range(57)
    ]
    assert cells[0][0] == 0
    assert cells[-1][1] == 41
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(cells))
    assert axis.labels().split() == ["10-25", "11-08", "11-22", "12-06", "12-20"]
    assert len(axis.labels()) <= 42


@pytest.mark.parametrize("days", [7, 30, 57, 400, 2000])
@pytest.mark.parametrize("cells", [10, 16, 42, 130])
def test_dates_stand_apart_and_on_the_axis(days: int, cells: int) -> None:
    axis = DayAxis(day("01-01"), day("01-01") + timedelta(days=days - 1), cells)
    labels = axis.labels()
    assert len(labels) <= cells
    assert {len(label) for label in labels.split()} <= {5, 7}


def test_zoom_halves_around_a_day_and_stays_inside() -> None:
    axis = DayAxis(day("10-01"), day("11-30"), 40)
    near = zoom_axis(axis, day("10-02"), 1)
    assert (near.first, near.days) == (axis.first, 30)
    assert zoom_axis(axis, day("11-30"), 2).last == axis.last
    assert zoom_axis(axis, day("10-20"), -1).days == 2 * axis.days
    assert fit_axis([day("10-01")], 20).days == 7


async def test_marks_of_an_item(app: AppDriver) -> None:
    screen = await open_plan(app)
    plan = screen.shown_projects[0].plan
    axis = fit_axis([plan.items[0].begins, plan.ends], 57)
    for item in plan.items:
        marks = mark_item(item, axis, plan.today)
        assert (DONE in marks, AHEAD in marks) == (bool(item.done), not item.done)
        assert (DUE in marks) == (not item.done or item.late_days > 0)
        assert marks.count(TODAY) <= 1


async def test_of_all_projects_the_free_lines_show_the_items_of_the_one_under_the_bar(app: AppDriver) -> None:
    await app.press("%")
    await app.wait_for("1 project", "critical")
    screen = app.app.active_screen
    assert isinstance(screen, PlanScreen)
    for _ in screen.projects:
        selected = screen.selected
        assert selected
        assert selected.project
        for item in selected.project.plan.items:
            assert item.what[:4] in app.text
        heads = [line for line in app.text.split("\n") if line.startswith(" Item")]
        assert [line.rstrip().endswith(end) for line, end in zip(heads, ("days late", "slack, slip"), strict=True)] == [
            True,
            True,
        ]
        await app.press("j")
    await app.press("Enter")
    await app.wait_for("slack, slip", gone="1 project")


async def test_where_there_is_no_project_the_plan_says_how_to_make_one(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("%")
        await run.wait_for("There is no open project. n on the board creates one: choose project as its kind.")
