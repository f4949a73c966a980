"""The report: every key of it, the tickets behind a figure, and the verdict to the second."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commandline import fenji
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest
from fenji.model.appraisal.kinds import KINDS
from fenji.model.board import format_left
from interface.driven import NOW, PATIENCE_S, AppDriver, copy_world, fail, open_app
from tui import commands
from tui.drawing.cells import width
from tui.report import report_head
from tui.screens.behind import BehindScreen
from tui.screens.report import ReportScreen

if TYPE_CHECKING:
    from fenji.desk.report import Report
    from tui.context import Context
    from tui.drawing.theme import StyledLine

YEARS = "2025..2026"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[AppDriver]:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as driver:
        yield driver


async def open_report(app: AppDriver, period: str = YEARS) -> ReportScreen:
    """Open the report of a period, and wait until it is counted."""
    await app.press("#")
    await app.wait_for("read at")
    if period:
        await app.press("p", period, "Enter")
        await app.wait_for(f"‹ {period} ›")
    screen = app.app.active_screen
    assert isinstance(screen, ReportScreen)
    return screen


def counted(app: AppDriver, *, by: str, clock: str) -> list[str]:
    """The names of the rows that the desk counts."""
    figures = FigureDesk(app.desk).report(ReportRequest(period=YEARS, by=by, clock=clock)).figures
    return [" ".join(str(row[key].data) for key in figures.by) for row in figures.tables[0].rows]


async def test_the_board_opens_the_report_of_the_last_month_by_unit(app: AppDriver) -> None:
    await open_report(app, "")
    await app.wait_for("Report", "‹ 2026-02 ›", "by unit", "UTC", "1 Verdicts")
    await app.press("Esc")
    await app.wait_for("open", gone="1 Verdicts")


async def test_rows_are_those_that_the_desk_counts_and_the_total_stands_below(app: AppDriver) -> None:
    await open_report(app)
    names = counted(app, by="unit", clock="solution")
    await app.wait_for(*(name or "not said" for name in names), "total")


async def test_periods_are_stepped_through_and_widened(app: AppDriver) -> None:
    await open_report(app, "2026-02")
    for key, period in (("[", "2026-01"), ("[", "2025-12"), ("]", "2026-01"), ("m", "2026-Q1"), ("m", "2026"),
                        ("m", "2026-01"), ("]", "2026-02"), ("m", "2026-Q1"), ("m", "2026"), ("]", "2027"),
                        ("[", "2026"), ("m", "2026-02")):  # fmt: skip
        await app.press(key)
        await app.wait_for(f"‹ {period} ›")


async def test_the_month_of_a_year_that_still_runs_is_the_present_one(app: AppDriver) -> None:
    await open_report(app, "2026")
    for period in ("2026-03", "2026-Q1", "2026", "2026-03"):
        await app.press("m")
        await app.wait_for(f"‹ {period} ›")


async def test_a_period_that_has_not_begun_offers_no_tickets_and_no_forms(app: AppDriver) -> None:
    await open_report(app, "2026-03")
    assert "F forms" in app.footer
    await app.press("]")
    await app.wait_for("‹ 2026-04 ›", "not begun yet")
    assert "forms" not in app.footer
    assert "tickets" not in app.footer


async def test_keys_faster_than_the_counting_add_up(app: AppDriver) -> None:
    await open_report(app, "2026-02")
    await app.burst(*"[[[[")
    await app.wait_for("‹ 2025-10 ›")


async def test_a_period_that_there_is_not_is_refused_where_it_is_typed(app: AppDriver) -> None:
    await open_report(app)
    await app.press("p", "2026-13", "Enter")
    assert "is not a period" in app.footer
    await app.press("Esc")
    assert f"‹ {YEARS} ›" in app.text


async def test_rows_go_by_what_is_asked_also_in_other_words(app: AppDriver) -> None:
    await open_report(app)
    await app.press("b", "Ctrl+U", "person,kind", "Enter")
    await app.wait_for("by person, kind", "li.wei ∙ quality", "duty queue ∙", gone="queue:")
    await app.press("b", "Ctrl+U", "prio", "Tab", "Enter")
    await app.wait_for("by priority", "P1")
    await app.press("b", "Ctrl+U", "colour", "Enter")
    assert "colour" in app.footer
    await app.press("Esc", "b", "Ctrl+U", "Enter")
    await app.wait_for("total", gone="by priority")


async def test_the_head_is_put_together_once_for_each_redraw(app: AppDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = await open_report(app)
    calls: list[int] = []
    render = report_head.render_head

    def count(asked: report_head.AskedReport, context: Context, width: int) -> list[StyledLine]:
        calls.append(width)
        return render(asked, context, width)

    monkeypatch.setattr(report_head, "render_head", count)
    screen.redraw()
    assert calls == [screen.size.width]


async def test_what_is_proposed_is_replaced_by_typing_and_the_choices_stand_there_at_once(app: AppDriver) -> None:
    await open_report(app)
    await app.press("b", "person,kind", "Enter")
    await app.wait_for("by person, kind")
    await app.press("b")
    assert all(word in app.footer for word in ("Rows by: person, kind", "unit", "site", "priority"))
    await app.press("unit,s")
    assert "Rows by: unit,s" in app.footer
    assert "site" in app.footer
    assert "priority" not in app.footer
    await app.press("Ctrl+U", "unit", "Enter")
    await app.wait_for("by unit")
    await app.press("b", "End", ",kind", "Enter")
    await app.wait_for("by unit, kind")
    await app.press("b", "Backspace")
    assert "unit, kind" not in app.footer
    await app.press("Esc")


async def test_a_query_narrows_and_one_that_cannot_is_refused(app: AppDriver) -> None:
    screen = await open_report(app)
    assert screen.report
    whole = screen.report.figures.tickets
    await app.press("/", "p:1..4 kind:pro", "Tab", "Enter")
    await app.wait_for("/ p:1..4 kind:project")
    await app.wait_until(lambda: bool(screen.report and screen.report.figures.tickets < whole))
    await app.press("/", "Ctrl+U", "left:<4h", "Enter")
    assert "cannot be narrowed" in app.footer
    await app.press("Esc")


async def test_a_query_left_with_esc_is_offered_again(app: AppDriver) -> None:
    await open_report(app)
    await app.press("/", "p:1..", "Esc", "/")
    assert "/ p:1.." in app.text
    await app.press("4", "Enter")
    await app.wait_for("/ p:1..4")
    await app.press("/", "Esc", "/", "Ctrl+U", "Enter", "/")
    assert app.footer.endswith("\n /"), "nothing is left of it once it was used"


async def test_clocks_are_counted_each_and_all(app: AppDriver) -> None:
    await open_report(app)
    await app.wait_for("by unit ∙ solution", "Solution")
    await app.press("c")
    await app.wait_for("by unit ∙ item")
    await app.press("c")
    await app.wait_for("Response", "Solution", gone="∙ item")
    await app.press("c")
    await app.wait_for("by unit ∙ response", "Response")


async def test_every_kind_has_its_place_and_key(app: AppDriver) -> None:
    screen = await open_report(app)
    for number, kind in enumerate(KINDS, 1):
        await app.press(str(number))
        await app.wait_until(lambda kind=kind: bool(screen.report) and screen.report.figures.kind == kind.name)  # type: ignore[misc, union-attr]
    await app.press("Tab")
    await app.wait_until(lambda: bool(screen.report) and screen.report.figures.kind == KINDS[0].name)  # type: ignore[union-attr]
    await app.press("ShiftTab")
    await app.wait_until(lambda: bool(screen.report) and screen.report.figures.kind == KINDS[-1].name)  # type: ignore[union-attr]


async def test_a_period_stands_beside_another(app: AppDriver) -> None:
    await open_report(app, "2026-02")
    await app.press("v", "Enter")
    await app.wait_for("by unit ∙ solution ∙ against 2026-01")
    await app.press("G")
    await app.wait_for("2026-02 against 2026-01")
    await app.press("v", "Ctrl+U", "2025-Q4", "Enter")
    await app.wait_for("2026-02 against 2025-Q4")
    await app.press("v", "Ctrl+U", "issue", "Enter")
    await app.wait_for("2026-02 is not issued yet.", "against 2025-Q4")
    await app.press("v", "Ctrl+U", "Enter")
    await app.wait_for("by unit", gone="against")


async def test_what_changed_since_the_issue_is_proposed_and_stands_below_the_figures(app: AppDriver) -> None:
    root = app.desk.root
    issued = fenji("--desk", root, "--by", "liu.yang", "report", "2025", "--issue")
    assert issued.code == 0, issued.err
    path = next((root / "issued/figures").iterdir())
    before = re.sub(r'(?m)^(.*"solution".*"answer": )"met"', r'\1"missed"', path.read_text("utf-8"), count=1)
    path.write_text(before, "utf-8")
    await open_report(app, "2025")
    await app.wait_for("1 change since")
    await app.press("v")
    await app.wait_for("Compare with: issue")
    await app.press("Enter")
    await app.wait_for("Changed since it was issued")
    screen = app.app.active_screen
    assert isinstance(screen, ReportScreen)
    await app.wait_until(lambda: bool(screen.spot and screen.spot.table.name == "changed"))
    await app.press("g")
    assert screen.spot
    assert screen.spot.table.name == "appraisal"


async def test_while_another_period_is_counted_it_says_so(app: AppDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = await open_report(app, "2026-02")
    is_let_go = threading.Event()
    count = FigureDesk.report

    def wait_and_count(figures: FigureDesk, request: ReportRequest, **how: Any) -> Report:
        assert is_let_go.wait(PATIENCE_S)
        return count(figures, request, **how)

    monkeypatch.setattr(FigureDesk, "report", wait_and_count)
    table_at = app.text.split("\n").index(app.line("Solution"))
    await app.press("m")
    await app.wait_for("Counting.", gone="read at")
    assert app.text.split("\n").index(app.line("Solution")) == table_at
    is_let_go.set()
    await app.wait_for("‹ 2026-Q1 ›", "read at", gone="Counting.")
    assert screen.report


async def test_the_bar_moves_over_rows_and_figures_and_says_what_is_behind(app: AppDriver) -> None:
    screen = await open_report(app)
    await app.press("G")
    await app.wait_until(lambda: bool(screen.spot))
    await app.press("g")
    first = screen.spot
    await app.press("j", "k", "Down", "Up", "l", "Right", "h", "Left")
    assert screen.spot == first
    assert first
    assert first.cell
    await app.wait_until(lambda: app.line(" ∙ Solution ∙ ") != "")
    found = screen.figures.tickets_behind(first.cell.query)
    await app.wait_for(found[0].id)
    await app.press("y")
    assert "copied" in app.footer


async def test_enter_opens_the_tickets_then_the_story_then_the_ticket(app: AppDriver) -> None:
    screen = await open_report(app)
    await app.press("b", "Ctrl+U", "Enter")
    await app.wait_until(lambda: bool(screen.spot and len(screen.report.figures.by) == 0))  # type: ignore[union-attr]
    await app.press("Enter")
    behind = app.app.active_screen
    assert isinstance(behind, BehindScreen)
    await app.wait_until(lambda: behind.selected is not None)
    listed = screen.figures.tickets_behind("solution.is:missed,met solution.at:2025..2026")
    assert [listed[0].answer, listed[-1].answer] == ["missed", "met"]
    missed = next(ticket for ticket in listed if ticket.seconds and ticket.answer == "missed")
    assert f" +{format_left(missed.seconds)} " in app.line(missed.id)  # over the promise, unlike what a met one took
    await app.wait_for(f"1/{len(listed)}", "solution.is:missed,met", listed[0].id)
    reading = app.desk.row(listed[0].id).reading.solution
    assert reading.due
    due = app.app.context.formatter.format_dated(reading.due, NOW)
    await app.wait_for(f"Due {due}", "missed by", "answers for it")
    await app.press("Enter")
    await app.wait_for(listed[0].id, "how the solution clock ran")
    await app.press("Esc", "j")
    await app.wait_for(f"2/{len(listed)}")
    await app.press("y")
    assert "copied" in app.footer
    await app.press("Esc")
    await app.wait_for("Report", "total")


async def test_a_short_list_leaves_its_lines_to_the_story_of_the_clock(app: AppDriver) -> None:
    screen = await open_report(app, "2025")
    await app.wait_until(lambda: bool(screen.spot and screen.spot.cell and screen.spot.cell.query))
    await app.press("Enter")
    behind = app.app.active_screen
    assert isinstance(behind, BehindScreen)
    await app.wait_until(lambda: behind.selected is not None)
    await app.wait_for("answers for it")
    assert len(behind._tickets or []) < 5
    assert behind.preview.size.height > 12
    assert app.line("reported") or app.line("new, ")  # the first stretch of the way is in view


async def test_a_figure_without_tickets_says_so(app: AppDriver) -> None:
    await open_report(app, "1999")
    await app.press("Enter")
    await app.wait_for("No ticket is counted here.")
    for key in "yF":
        await app.press(key)
        assert "No ticket is counted here." in app.footer


async def test_another_lookup_that_fails_takes_nothing_from_the_request(app: AppDriver) -> None:
    screen = await open_report(app)
    is_let_go = threading.Event()
    app.app.ask_reader("report", None, lambda: is_let_go.wait(PATIENCE_S))
    await app.press("p", "2026-01", "Enter")
    app.app.ask_reader("other", "other", fail)
    await app.wait_for("The other thing failed.")
    is_let_go.set()
    await app.wait_for("‹ 2026-01 ›")
    await app.wait_until(lambda: bool(screen.report and screen.report.figures.period.months == 1), "its report")
    assert screen.request.period == "2026-01"


async def test_a_report_that_was_counted_while_another_screen_stood_there_is_counted_on_return(app: AppDriver) -> None:
    screen = await open_report(app)
    is_let_go = threading.Event()
    app.app.ask_reader("report", None, lambda: is_let_go.wait(PATIENCE_S))
    await app.press("p", "2026-01", "Enter", "?")
    await app.wait_until(lambda: app.app.active_screen is not screen, "another screen")
    is_let_go.set()
    answered: list[bool] = []
    app.app.ask_reader("report", None, lambda: answered.append(True))
    await app.wait_until(lambda: bool(answered), "the thread is done")
    await app.press("Esc")
    await app.wait_until(lambda: bool(screen.report and screen.report.figures.period.months == 1), "its report")
    await app.wait_for("‹ 2026-01 ›", gone="ounting")


async def test_months_that_a_narrow_screen_leaves_out_are_named(app: AppDriver) -> None:
    await open_report(app, "2025-03..2026-02")
    await app.press(str([kind.name for kind in KINDS].index("trend") + 1))
    text = await app.wait_for("No room here for 2025-03 to 2025-", "an export has them")
    last = re.search(r"No room here for 2025-03 to 2025-(\d\d)", text)
    assert last
    heads = next(line for line in text.split("\n") if "26-01" in line)
    assert f"25-{int(last[1]) + 1:02}" in heads
    assert f"25-{last[1]}" not in heads


async def test_below_the_figures_of_a_month_stand_the_twelve_months_up_to_it(app: AppDriver) -> None:
    await open_report(app, "2026-02")
    await app.wait_for("12 months, up to 2026-02", "backlog", "new")
    figures = FigureDesk(app.desk)
    months = figures.report(ReportRequest(kind="trend", period="2025-03..2026-02")).figures
    flow = next(table for table in months.tables if table.name == "reported")
    assert flow.total
    last = flow.total["2026-02"].value
    assert re.search(rf"new [⠀-⣿]{{6}} {last}", app.line("met ⡆"))
    await app.press("2")
    await app.wait_for("‹ 2026-02 ›", "Backlog", gone="12 months")


async def test_nought_is_a_sign_and_the_bar_takes_the_row(app: AppDriver) -> None:
    screen = await open_report(app)
    await app.wait_for("▐  FACTORY-12")
    await app.press("2")
    await app.wait_until(lambda: bool(screen.report) and screen.report.figures.kind == "backlog")  # type: ignore[union-attr]
    await app.wait_for(" ∙ ")
    assert not re.search(r" 0 ", app.line("total"))


async def test_the_forms_of_the_tickets_behind_a_figure_are_one_file(app: AppDriver) -> None:
    screen = await open_report(app)
    await app.press("b", "Ctrl+U", "Enter")
    await app.wait_until(lambda: bool(screen.spot and len(screen.report.figures.by) == 0))  # type: ignore[union-attr]
    assert screen.spot
    assert screen.spot.cell
    found = {ticket.id for ticket in screen.figures.tickets_behind(screen.spot.cell.query)}
    await app.press("F")
    await app.wait_for("Form of", "Solution ∙", "[whole]")
    await app.press("Enter")
    await app.wait_for("the form to print is", ".html")
    (path,) = (app.desk.root / "index/forms").iterdir()
    text = path.read_text("utf-8")
    assert len(found) > 1
    assert {number for number in found if number in text} == found


async def test_a_ticket_of_the_list_behind_a_figure_is_printed_alone_or_with_all(
    app: AppDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = await open_report(app)
    await app.press("b", "Ctrl+U", "Enter")
    await app.wait_until(lambda: bool(screen.spot and len(screen.report.figures.by) == 0))  # type: ignore[union-attr]
    await app.press("Enter")
    behind = app.app.active_screen
    assert isinstance(behind, BehindScreen)
    await app.wait_until(lambda: behind.selected is not None)
    number = behind.selected.id if behind.selected else ""
    await app.press("F", "Enter", "Enter")
    await app.wait_for(f"{number}: the form to print is")
    assert (app.desk.root / f"index/forms/{number}.html").exists()
    monkeypatch.setattr(commands, "MAX_FORMS", 1)
    await app.press("F", "all", "Enter", "Enter")
    await app.wait_for("At most 1 forms can be written at once here.")


async def test_what_was_asked_is_kept_across_restarts(app: AppDriver) -> None:
    await open_report(app)
    await app.press("b", "Ctrl+U", "kind", "Enter", "/", "p:1..3", "Enter")
    await app.wait_until(lambda: app.app.context.state.last_values.get("report.where") == "p:1..3")
    again = ReportScreen(app.app.context)
    assert (again.request.by, again.request.where) == ("kind", "p:1..3")


@pytest.mark.parametrize("file_format", ["html", "xlsx", "csv", "md", "json"])
async def test_the_report_is_written_while_the_screen_goes_on(app: AppDriver, file_format: str, tmp_path: Path) -> None:
    await open_report(app)
    target = tmp_path / f"out.{file_format}"
    await app.press("x", file_format, "Enter", "Ctrl+U", str(target), "Enter")
    await app.wait_for("Written:")
    data = target.read_bytes()
    assert data
    if file_format == "json":
        assert json.loads(data)["by"] == ["unit"]


async def test_a_file_among_the_tickets_is_refused(app: AppDriver) -> None:
    await open_report(app)
    await app.press("x", "csv", "Enter", "Ctrl+U", "tickets/x.csv", "Enter")
    await app.wait_for("belongs to the desk itself")
    assert not (app.desk.root / "tickets/x.csv").exists()


async def test_the_default_place_is_below_the_index(app: AppDriver) -> None:
    await open_report(app, "2026-02")
    await app.press("x", "Enter", "Enter")
    await app.wait_for("Written:")
    assert (app.desk.root / "index/reports/appraisal-2026-02-unit.html").exists()


async def test_an_export_can_be_stopped(app: AppDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = await open_report(app)
    listing = screen.figures.tickets_behind

    def stop_and_list(query: str) -> object:
        screen.perform(app.app.context.keymap.get_action("export"))
        return listing(query)

    monkeypatch.setattr(screen.figures, "tickets_behind", stop_and_list)
    target = app.desk.root / "index/reports/appraisal-2025..2026-unit.html"
    await app.press("x", "Enter", "Enter")
    await app.wait_for("Stopped; nothing was written.")
    assert not target.exists()


async def test_what_changed_is_counted_anew_when_asked(app: AppDriver) -> None:
    screen = await open_report(app)
    before = screen.report
    await app.press(".")
    await app.wait_until(lambda: screen.report is not before)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50)])
async def test_nothing_is_cut_in_a_number_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=size) as app:
        await app.press("#")
        await app.wait_for("total")
        await app.press("p", YEARS, "Enter")
        await app.wait_for(f"‹ {YEARS}")
        screen = app.app.active_screen
        assert isinstance(screen, ReportScreen)
        for number, kind in enumerate(KINDS, 1):
            await app.press(str(number))
            await app.wait_until(lambda kind=kind: bool(screen.report) and screen.report.figures.kind == kind.name)  # type: ignore[misc, union-attr]
            assert all(width(line) <= size[0] for line in app.text.split("\n"))


async def test_without_signs_only_ascii_is_drawn(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), plain=True) as app:
        await app.press("#")
        await app.wait_for("total")
        await app.press("p", YEARS, "Enter", "b", "Ctrl+U", "Enter")
        await app.wait_for("#o")
        drawn = {sign for sign in app.text if not sign.isascii() and unicodedata.category(sign) != "Lo"}
        assert not drawn & set("╌╍◉╏▁▂▃▄▅▆▇█▏▎▍▌▋▊▉─·…↑↓")


@pytest.mark.parametrize(("language", "words"), [("zh-Hans", ("报表", "按单位")), ("zh-Hant", ("報表", "按單位"))])
async def test_it_speaks_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, str]
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(copy_world("shipped", tmp_path / "desk")) as app:
        await app.press("#")
        await app.wait_for(*words)


@pytest.mark.parametrize(("language", "shown"), [("zh-Hans", "第七配套廠 "), ("en", "FACTORY-7 ")])
async def test_who_reads_the_desks_language_sees_units_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, shown: str
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(copy_world("shipped", tmp_path / "desk")) as app:
        await app.press("#", "p", YEARS, "Enter")
        await app.wait_for(shown)


async def test_a_month_that_is_over_is_issued_by_a_key_after_what_that_does_is_confirmed(tmp_path: Path) -> None:
    root = copy_world("shipped", tmp_path / "desk")
    issued = root / "issued/figures"
    async with open_app(root, person="liu.yang") as app:
        await open_report(app, "2026-02")
        await app.wait_for("I issue")
        await app.press("I")
        await app.wait_for("Issue 2026-02? Y issues", "not issued yet", "issued/figures/2026-02-*.json")
        await app.press("Esc")
        assert not issued.exists()
        await app.press("I", "Y")
        await app.wait_for("Issued: issued/figures/2026-02-", "issued 1 time, 0 changes since", gone="I issue")
        (path,) = issued.iterdir()
        assert json.loads(path.read_text("utf-8"))["by"] == "liu.yang"
        assert app.desk.repo.dirty_paths() == []
        await app.press("I")
        await app.wait_for("It was issued 1 time, last on 2026-03-10.")
        await app.press("Y", "Esc")  # and left while it is issued
        await app.wait_until(lambda: len(list(issued.iterdir())) == 2)
        await app.wait_for("Issued: issued/figures/2026-02-", gone="1 Verdicts")
        await app.press("#")
        await app.wait_for("issued 2 times, 0 changes since")


async def test_a_period_that_runs_and_a_person_who_may_not_issue_are_refused_in_words(tmp_path: Path) -> None:
    root = copy_world("shipped", tmp_path / "desk")
    async with open_app(root, person="liu.yang") as app:
        await open_report(app, "2026-03")
        assert "I issue" not in app.footer
        await app.press("I")
        assert "2026-03 still runs. Issue it from 2026-04-01 00:00 on." in app.footer
    async with open_app(root, person="k.haddad") as app:
        await open_report(app, "2026-02")
        assert "I issue" not in app.footer
        await app.press("I")
        assert "Karim Haddad may not issue" in app.footer
        assert "Ask" in app.footer
    assert not (root / "issued").exists()
