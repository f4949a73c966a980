"""People and rules: every key, numbers that add up, handing over in one act, and rules changed with a check before."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

import worlds
from desks import RUST, Clock, make_desk, open_desk, subjects
from fenji.model.load import GRADES, NOBODY, PersonLoad
from interface.driven import AppDriver, open_app
from tui.drawing.cells import width
from tui.drawing.theme import Theme
from tui.people.people_lines import full_load, render_load
from tui.screens.people import PeopleScreen
from tui.screens.rules import RulesScreen
from tui.settings import UserSettings

NOW = worlds.SHIPPED_NOW


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[AppDriver]:
    async with open_app(make_desk(tmp_path, "shipped"), person="sun.yu", now=lambda: NOW) as driver:
        yield driver


async def open_people(app: AppDriver) -> PeopleScreen:
    await app.press("@")
    screen = app.app.active_screen
    assert isinstance(screen, PeopleScreen)
    await app.wait_until(
        lambda: bool(screen.loads) and any(load.person in app.text for load in screen.loads if load.person)
    )
    return screen


async def go_to(app: AppDriver, screen: PeopleScreen, person: str) -> PersonLoad:
    await app.press("Home")
    for _ in screen.loads:
        if screen.selected and screen.selected.person == person:
            return screen.selected
        await app.press("j")
    raise AssertionError(f"{person} is not listed")


def numbers_of(line: str) -> list[int]:
    return [int(word) for word in line.replace("∙", "0").split() if word.isdigit()]


async def test_the_numbers_add_up_to_the_board(app: AppDriver) -> None:
    rows = app.app.board_model.board.rows
    screen = await open_people(app)
    assert app.line("People and rules").split("∙")[2].split() == [str(len(rows)), "open"]
    await app.wait_for("2026-09..2026-11")
    totals = 0
    for load in screen.loads:
        await go_to(app, screen, load.person)
        line = app.line("no owner" if load.person == NOBODY else f"{load.person} ")
        total, late, soon, waiting = numbers_of(line)[:4] if load.person != NOBODY else [*numbers_of(line)[:4]]
        assert (total, late, soon, waiting) == (load.total, *(load.count(g) for g in ("late", "soon", "waiting")))
        assert f"{load.total} open" in app.text
        totals += total
    assert totals == len(rows)
    unowned = sum(not row.ticket.owner for row in rows)
    assert f"{unowned} without owner" in app.text


async def test_rules_in_force_stand_below_with_their_date(app: AppDriver) -> None:
    await open_people(app)
    await app.wait_for("rules in force since 2024-01-01", "P1", "around the clock", "14d")


async def test_the_bar_begins_at_the_person_at_the_desk_and_moves(app: AppDriver) -> None:
    screen = await open_people(app)
    assert screen.selected
    assert screen.selected.person == "sun.yu"
    await app.press("Home")
    first = screen.selected
    await app.press("j", "k", "G", "g")
    assert screen.selected == first
    await app.press("Esc")
    assert app.app.active_screen.SCREEN_ID == "board"


async def test_enter_goes_to_the_tickets_then_opens_one_and_esc_comes_back(app: AppDriver) -> None:
    screen = await open_people(app)
    load = await go_to(app, screen, "zhao.min")
    await app.press("Enter", "Enter")
    assert app.app.active_screen.SCREEN_ID == "ticket"
    assert load.rows[0].id in app.text
    await app.press("Esc")
    assert app.app.active_screen is screen
    await app.press("Tab", "Tab", "Tab", "Esc", "q")
    assert app.app.active_screen.SCREEN_ID == "board"


async def test_a_number_of_last_year_has_its_year_with_people_and_in_the_plan(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    for at in (NOW - timedelta(days=365), NOW):
        with open_desk(desk, clock=Clock(at)) as opened:
            number = opened.new({**RUST, "kind": "project", "owner": "zhao.min"}).id
            opened.act(number, "edit", fields={"plan.m1": {"key": "m1", "what": "parts", "due": f"{NOW:%Y-%m-%d}"}})
    async with open_app(desk, person="zhao.min", now=lambda: NOW) as app:
        await open_people(app)
        text = await app.wait_for(" 25-0001 ", " 0001 ")
        assert app.text.count("25-0001") == 1, text
        await app.press("Esc", "%", "A")
        await app.wait_until(lambda: app.app.active_screen.SCREEN_ID == "plan")
        await app.wait_for(" 25-0001 ", " 0001 ")


async def test_nothing_in_hand_says_so(app: AppDriver) -> None:
    screen = await open_people(app)
    await go_to(app, screen, "xu.ning")
    await app.press("Enter")
    assert "Nothing is in hand" in app.footer
    await app.press("o")
    assert "Nothing is in hand" in app.footer


async def test_all_is_handed_over_in_one_act_and_taken_back(app: AppDriver) -> None:
    screen = await open_people(app)
    load = await go_to(app, screen, "zhao.min")
    await app.press("o")
    assert "Hand over zhao.min's 1 ticket, 1 item to:" in app.footer
    await app.press("li.wei")
    assert "open" in app.footer.split("\n")[0]
    await app.press("Enter")
    await app.wait_for("handed over from zhao.min to li.wei", "undoes it")
    row = app.desk.row(load.rows[0].id)
    assert row.ticket.owner == "li.wei"
    assert {item.owner for item in row.ticket.plan if not item.done} >= {"li.wei"}
    await app.wait_until(lambda: not next(other for other in screen.loads if other.person == "zhao.min").rows)
    app.desk.flush()
    assert subjects(app.desk.root)[0].startswith("孫宇: KSA-2026-0171: assign")
    await app.press("u")
    await app.wait_until(lambda: app.desk.row(load.rows[0].id).ticket.owner == "zhao.min")
    await app.press("U")
    await app.wait_until(lambda: app.desk.row(load.rows[0].id).ticket.owner == "li.wei")


async def test_what_is_confirmed_stays_and_the_rest_is_handed_over_as_leaving_promises(app: AppDriver) -> None:
    other = app.desk.new({"title": "pump", "owner": "zhao.min", "kind": "request"}).id
    confirmed = app.desk.new({"title": "fan", "owner": "zhao.min", "kind": "request"}).id
    for do, fields in (("respond", {}), ("solve", {"solution": "new seal"}), ("confirm", {})):
        app.desk.act(confirmed, do, fields=fields)
    app.app.reload_board()
    await app.wait_until(lambda: {row.id for row in app.app.board_model.board.rows} >= {other, confirmed})
    screen = await open_people(app)
    load = await go_to(app, screen, "zhao.min")
    assert {other, confirmed} < {row.id for row in load.rows}
    await app.press("L")
    await app.wait_for("2 tickets, 1 item", "hands all of it over")
    await app.press("Enter", "o")
    assert "Hand over zhao.min's 2 tickets, 1 item to:" in app.footer
    await app.press("li.wei", "Enter")
    await app.wait_for("handed over from zhao.min to li.wei")
    assert [app.desk.row(number).ticket.owner for number in (other, confirmed)] == ["li.wei", "zhao.min"]
    await app.press("Esc", "o")
    await app.wait_for("zhao.min has nothing left to hand over.")


async def test_a_ticket_that_nobody_has_is_given_to_somebody(app: AppDriver) -> None:
    screen = await open_people(app)
    load = await go_to(app, screen, NOBODY)
    await app.press("Enter", "o", "ma.chao")
    assert "1 open" in app.footer
    await app.press("Enter")
    await app.wait_for("given to ma.chao")
    assert app.desk.row(load.rows[0].id).ticket.owner == "ma.chao"


async def test_leaving_names_what_is_left_behind(app: AppDriver) -> None:
    screen = await open_people(app)
    await go_to(app, screen, "zhao.min")
    await app.press("L")
    await app.wait_for("if zhao.min leaves", "1 ticket, 1 item", "leads KSA", "hands all of it over")
    await app.press("Esc")
    await app.wait_for("rules in force")
    await app.press("L", "L")
    await app.wait_for("rules in force")


async def test_all_rules_and_holidays_can_be_read(app: AppDriver) -> None:
    await open_people(app)
    await app.press("P")
    assert isinstance(app.app.active_screen, RulesScreen)
    await app.wait_for("Policy since 2024-01-01", "Promises", "Response")
    await app.press("G")
    await app.press("h")
    name = app.desk.policy.version(NOW).sites["KSA"].name
    assert any(line.split()[:2] == ["▐KSA", *name.split()[:1]] and "ksa" in line for line in app.text.split("\n"))
    await app.wait_for("Holidays", "ksa", "Asia/Riyadh", "Founding Day")
    await app.press("P", "j", "k", "y")
    assert "copied" in app.footer
    await app.press("s")
    assert "There is no change to write" in app.footer
    await app.press("Esc")
    assert isinstance(app.app.active_screen, PeopleScreen)


def edit_with(monkeypatch: pytest.MonkeyPatch, change: tuple[bytes, bytes]) -> None:
    def edit(path: Path) -> None:
        data = path.read_bytes()
        assert change[0] in data
        path.write_bytes(data.replace(*change, 1))

    def run_editor(_: object, path: Path) -> bool:
        edit(path)
        return True

    monkeypatch.setattr("tui.terminal.external.ExternalTools.run_editor", run_editor)


async def test_rules_are_changed_with_a_check_before_they_are_written(
    app: AppDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_with(monkeypatch, (b"P1: {response: 1h", b"P1: {response: 2h"))
    await open_people(app)
    before = (app.desk.root / "policy.yaml").read_bytes()
    await app.press("A")
    began = f"New version from {NOW.astimezone(app.app.context.formatter.zone):%Y-%m-%d %H:%M} on"
    await app.wait_for(began, "+  P1: {response: 2h", "Y write")
    assert (app.desk.root / "policy.yaml").read_bytes() == before
    await app.press("s", "soon", "Enter")
    assert "is not a date" in app.footer
    await app.press("Ctrl+U", "2027-01-01", "Enter")
    await app.wait_for("New version from 2027-01-01 on")
    await app.press("Y")
    await app.wait_for(
        "The change is in policy.yaml", "~ a change waits", "is waiting: below are the rules in force until"
    )
    await app.press("h")
    await app.wait_for("Holidays", "~ a change waits", "is waiting: below are the rules in force until")
    await app.press("Esc")
    await app.wait_for("rules in force since 2024-01-01", "~ a change waits")
    await app.press("P")
    after = (app.desk.root / "policy.yaml").read_bytes()
    assert b"response: 2h" in after
    assert b"2027-01-01" in after
    screen = app.app.active_screen
    assert isinstance(screen, RulesScreen)
    assert not screen.draft.exists()


async def test_a_refused_change_is_not_written_and_the_draft_is_kept(
    app: AppDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_with(monkeypatch, (b"P1: {response: 1h", b"P1: {response: soon"))
    screen = await open_people(app)
    await app.press("A")
    await app.wait_for("refused", "soon is not a duration")
    await app.press("Y")
    assert "There is no change to write" in app.footer
    await app.press("Esc")
    assert "draft of the rules is kept" in app.footer
    assert app.app.active_screen is screen
    edit_with(monkeypatch, (b"response: soon", b"response: 1h"))
    await app.press("A")
    await app.wait_for("Nothing was changed")
    await app.press("X")
    assert "discarded" in app.footer
    rules = app.app.active_screen
    assert isinstance(rules, RulesScreen)
    assert not rules.draft.exists()


async def test_who_may_not_change_the_rules_is_told_whom_to_ask(tmp_path: Path) -> None:
    async with open_app(make_desk(tmp_path, "shipped"), person="li.wei", now=lambda: NOW) as app:
        await open_people(app)
        await app.press("A")
        assert "may not change the rules. Ask 孫宇" in app.footer
        assert isinstance(app.app.active_screen, PeopleScreen)


async def test_the_prompt_for_an_owner_shows_what_each_has_in_hand(app: AppDriver) -> None:
    await app.press("o", "zhao.min")
    assert "1 open, 1 late" in app.footer


async def test_plan_and_people_open_each_other(app: AppDriver) -> None:
    await open_people(app)
    await app.press("%", "@")
    assert isinstance(app.app.active_screen, PeopleScreen)
    await app.press("y", ".")
    await app.press("Esc", "Esc", "Esc")
    assert app.app.active_screen.SCREEN_ID == "board"


@pytest.mark.parametrize("size", [(40, 12), (64, 20), (80, 24), (120, 36), (200, 50)])
async def test_every_line_fits_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with open_app(make_desk(tmp_path, "shipped"), size=size, person="sun.yu", now=lambda: NOW) as app:
        await open_people(app)
        for keys in ("", "Enter", "L", "P", "h"):
            await app.press(*([keys] if keys else []))
            assert all(width(line) <= size[0] for line in app.text.split("\n"))


async def test_no_line_is_cut_into_more_runs_than_a_thin_link_bears(app: AppDriver) -> None:
    await open_people(app)
    for line in app.app.screen._compositor.render_strips()[:-1]:  # but the keys
        assert len(line.simplify()._segments) <= 11, line.text


async def test_without_signs_only_ascii_is_drawn(tmp_path: Path) -> None:
    async with open_app(make_desk(tmp_path, "shipped"), plain=True, person="sun.yu", now=lambda: NOW) as app:
        await open_people(app)
        await app.wait_for("##..")
        drawn = {sign for sign in app.text if not sign.isascii()}
        assert {unicodedata.category(sign) for sign in drawn} <= {"Lo", "Po", "Ps", "Pe"}


@pytest.mark.parametrize(("language", "words"), [("zh-Hans", ("在手", "负荷")), ("zh-Hant", ("在手", "負荷"))])
async def test_it_speaks_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(make_desk(tmp_path, "shipped"), person="sun.yu", now=lambda: NOW) as app:
        await open_people(app)
        await app.wait_for(*words)


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (1, 1, 1, 1), (7, 0, 0, 1), (0, 0, 30, 1), (3, 2, 4, 1)])
def test_a_load_bar_is_as_long_as_the_load_and_shows_each_kind(counts: tuple[int, ...]) -> None:
    load = PersonLoad("li.wei", rows=(None,) * sum(counts), counts=dict(zip(GRADES, counts, strict=True)))  # type: ignore[arg-type]
    spans = render_load(load, full_load([load]), 16, Theme())
    assert sum(len(text) for text, _ in spans) == 16
    roles = [role for _, role in spans if role != "faint"]
    assert len(roles) == sum(count > 0 for count in counts)


async def test_without_colours_each_grade_of_a_load_has_a_sign_of_its_own(tmp_path: Path) -> None:
    load = PersonLoad("li.wei", rows=(None,) * 4, counts=dict.fromkeys(GRADES, 1))  # type: ignore[arg-type]
    signs = [text[0] for text, _ in render_load(load, full_load([load]), 16, Theme("mono"))]
    assert len(set(signs)) == len(signs) == len(GRADES) + 1
    folder = make_desk(tmp_path, "shipped")
    async with open_app(folder, person="sun.yu", now=lambda: NOW, own=UserSettings(theme="mono")) as app:
        await open_people(app)
        await app.wait_for("  ! late  ~ due in 24h  ╍ in hand  w waiting")


async def test_what_has_no_owner_stays_in_view_wherever_the_bar_is(app: AppDriver) -> None:
    screen = await open_people(app)
    assert len(screen.loads) > screen._scroll.height, "the table does not fit"
    await app.press("Home")
    for load in screen.loads:
        assert screen.selected == load
        assert numbers_of(app.line("no owner"))[0] == screen.loads[-1].total
        assert ("no owner" if load.person == NOBODY else load.person) in app.line("▐")
        await app.press("j")


async def test_the_days_of_a_week_are_told_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "zh-Hant")
    async with open_app(make_desk(tmp_path, "shipped"), person="sun.yu", now=lambda: NOW) as app:
        await open_people(app)
        await app.press("h")
        text = await app.wait_for("週日-週四", "週一-週五")
        assert "sun-thu" not in text
