from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fenji.desk import Desk
from fenji.model.load import measure_loads
from interface.driven import NOW, copy_world, open_app
from tui.board.board_groups import parse_arrangement, write_closed_groups
from tui.screens.board import BoardScreen
from tui.settings import UserSettings, load_settings
from tui.settings_file import config_path, save_view


async def test_the_board_shows_what_runs_out_next_on_top(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        text = await run.wait_for("fenji KSA", "late", "Left▴", "? keys")
        lines = text.split("\n")
        assert lines[3].startswith(" late ")
        assert lines[4].startswith("▐! P")
        assert run.app.board_model.current_row is not None
        await run.wait_for(run.app.board_model.current_row.id + "  ")


async def test_the_bar_moves_and_the_preview_follows_it(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("j", "Down", "k")
        row = run.app.board_model.row_at(1)
        assert run.app.board_model.current_row == row
        await run.wait_until(lambda: f" {row.id}  " in run.text and "reported" in run.line(f" {row.id}  "))
        await run.press("G")
        assert run.app.board_model.scroll.selected_index == len(run.app.board_model.shown_uids) - 1
        await run.press("g")
        assert run.app.board_model.scroll.selected_index == 0


async def test_a_view_a_filter_and_esc_back_to_all(tmp_path: Path) -> None:
    async with open_app(copy_world("busy_morning", tmp_path / "desk")) as run:
        total = len(run.app.board_model.shown_uids)
        await run.press("5")
        assert {run.app.board_model.row_at(n).ticket.state for n in range(len(run.app.board_model.shown_uids))} == {
            "waiting"
        }
        await run.press("/", "Ctrl+U", "p:1..2", "Enter")
        assert {run.app.board_model.row_at(n).ticket.priority for n in range(len(run.app.board_model.shown_uids))} <= {
            "P1",
            "P2",
        }
        assert "/ p:1..2" in run.text
        await run.press("/", "kind:quality", "Enter")
        assert run.app.board_model.query == "p:1..2 kind:quality"
        await run.press("Esc")
        assert len(run.app.board_model.shown_uids) == total


async def test_a_filter_that_cannot_be_read_says_so_and_stays_open(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        before = list(run.app.board_model.shown_uids)
        await run.press("/", "flavour:red", "Enter")
        assert "The filter does not know flavour:." in run.footer
        await run.press("Esc")
        assert run.app.board_model.shown_uids == before


async def test_tab_completes_a_filter(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("/", "state:wai", "Tab", "Enter")
        assert run.app.board_model.query == "state:waiting"


async def test_a_tab_that_leaves_a_choice_names_what_fits(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("/", "state:w", "Tab")
        assert "state:waiting" in run.footer
        assert "state:working" in run.footer
        await run.press("x")
        assert "state:working" not in run.footer


async def test_what_a_filter_can_become_is_named_while_it_is_typed(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("/", "-")
        assert "Tab completes" in run.footer
        await run.press("Backspace", "own")
        assert "owner:" in run.footer
        await run.press("Tab")
        assert "owner:me  owner:" in run.footer
        await run.press("me,wang")
        assert "wang.fang" in run.footer
        assert "li.wei" not in run.footer
        await run.press(" ", "p:")
        assert "p:1  p:2  p:3  p:4" in run.footer


async def test_a_path_that_was_left_is_not_put_in_front_of_the_next(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("t", "/tmp/no", "Esc", "t")
        assert "/tmp/no" not in run.footer


async def test_the_preview_names_its_texts_and_says_that_there_is_more(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk) as run:
        await run.press("e", "description", "Enter")
        await run.paste(" ".join(f"word{number}" for number in range(300)))
        await run.press("Ctrl+D", "Esc")
        await run.wait_for("▾ ")


async def test_the_keys_that_help_stand_in_front_of_a_reason(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("?", "confirm")
        await run.wait_for("First: s solve.")


@pytest.mark.parametrize("width", [40, 50, 63, 80])
async def test_views_that_do_not_fit_leave_a_sign(tmp_path: Path, width: int) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(width, 24)) as run:
        tabs = run.text.split("\n")[1].rstrip()
        shown = [tab for tab in tabs.split() if tab[:1].isdigit()]
        assert tabs.replace("/ filter", "").rstrip().endswith("›") or len(shown) >= len(run.app.context.desk.views())


async def test_a_filter_that_fits_nothing_says_how_to_go_on(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("/", "zzzzzz", "Enter")
        assert "Nothing matches zzzzzz. Esc shows all again." in run.text
        await run.press("a")
        assert "There is no ticket here" in run.footer


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("owner:li.wie", "No ticket has owner:li.wie. Is li.wei"),
        ("site:KSB", "No ticket has site:ksb. Is KSA"),
        ("unit:FACTRY-7", "No ticket has unit:factry-7. Is FACTORY-7"),
        ("impact:majr", "No ticket has impact:majr. Is major"),
        ("occurrence:rar", "No ticket has occurrence:rar. Is rare"),
        ("p:9", "No ticket has p:9."),
    ],
)
async def test_a_filter_for_what_no_ticket_has_is_named(tmp_path: Path, word: str, hint: str) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("/", word, "Enter")
        await run.wait_for(hint)
        assert "Nothing matches" not in run.text
        await run.press("Esc")
        assert run.app.board_model.shown_uids


async def test_an_empty_desk_says_what_to_do_next(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        assert "No open tickets. n reports one, f searches the handbook." in run.text


async def test_a_minute_goes_by_and_only_what_changed_is_drawn(tmp_path: Path) -> None:
    clock = [NOW]
    async with open_app(copy_world("shipped", tmp_path / "desk"), now=lambda: clock[0]) as run:
        await run.wait_for("10:00")
        bar, order = run.app.board_model.scroll.selected_index, list(run.app.board_model.shown_uids)
        clock[0] = NOW + timedelta(minutes=7)
        await run.wait_for("10:07")
        assert (run.app.board_model.scroll.selected_index, run.app.board_model.shown_uids) == (bar, order)


async def test_what_comes_from_outside_is_announced_and_pulled_in_by_a_key(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder, size=(120, 36)) as run:
        await run.press("j", "j")
        selected, order = run.app.board_model.current_row, list(run.app.board_model.shown_uids)
        assert selected is not None
        with Desk.open(folder, person="zhao.min", now=lambda: NOW) as other:
            number = other.new({"title": "天線罩破損", "impact": "major", "occurrence": "rare"}).id
            other.act(selected.id, "note", note="seen by zhao")
        await run.wait_for("1 new: .", "seen by zhao")
        assert run.app.board_model.shown_uids == order
        assert run.app.board_model.current_row is not None
        assert run.app.board_model.current_row.uid == selected.uid
        assert number not in run.text
        await run.press(".")
        await run.wait_for(number, gone="1 new: .")
        assert run.app.board_model.current_row.uid == selected.uid


async def test_a_ticket_closed_elsewhere_stays_in_its_line_until_pulled(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder, size=(120, 36)) as run:
        order = list(run.app.board_model.shown_uids)
        gone = run.app.board_model.row_at(2)
        with Desk.open(folder, person="li.wei", now=lambda: NOW) as other:
            other.act(gone.id, "withdraw", reason="twice reported")
        await run.wait_until(lambda: "withdrawn" in run.line(gone.id), "withdrawn")
        assert run.app.board_model.shown_uids == order
        await run.press(".")
        await run.wait_for(gone=gone.id)


async def test_marks_and_one_act_for_all_of_them(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder) as run:
        await run.press("Space", "Space")
        ids = [row.id for row in run.app.board_model.selected_rows]
        assert len(ids) == 2
        assert "2 marked" in run.text
        await run.press("m")
        assert f"Note on {ids[0]} +1:" in run.footer
        await run.press("parts are on the way", "Enter")
        await run.wait_for("noted.")
        for number in ids:
            assert run.desk.row(number).ticket.log[-1].note == "parts are on the way"
        assert not run.app.board_model.marked_uids


async def test_esc_takes_back_marks_before_the_filter(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("1", "*")
        assert len(run.app.board_model.marked_uids) == len(run.app.board_model.shown_uids)
        await run.wait_until(lambda: "marked" in run.text)
        await run.press("Esc")
        assert not run.app.board_model.marked_uids


async def test_p_hides_the_preview_and_a_restart_remembers(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder) as run:
        await run.press("p")
        await run.wait_for(gone="∙ reported")
    async with open_app(folder) as run:
        assert "∙ reported" not in run.text
        await run.press("p")
        await run.wait_for("∙ reported")


async def test_the_filter_survives_a_restart(tmp_path: Path) -> None:
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder) as run:
        await run.press("/", "kind:quality", "Enter")
        shown = list(run.app.board_model.shown_uids)
    async with open_app(folder) as run:
        assert run.app.board_model.query == "kind:quality"
        assert run.app.board_model.shown_uids == shown


async def test_hostile_text_is_shown_as_marks_and_never_as_markup(tmp_path: Path) -> None:
    folder = copy_world("empty", tmp_path / "desk")
    with Desk.open(folder, person="li.wei", now=lambda: NOW) as desk:
        desk.new({"title": "[/red] \x1b]0;x\x07 \u202egnp.exe"}, note="[bold")
    async with open_app(folder) as run:
        text = await run.wait_for("[/red] <1B>]0;x<07>")
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        await run.press("Enter")
        await run.wait_for("<202E>")
        assert not {"\x1b", "\x07", "\u202e"} & set(run.text)


async def test_damaged_files_are_counted_and_listed_with_their_place(tmp_path: Path) -> None:
    async with open_app(copy_world("bad_files", tmp_path / "desk")) as run:
        count = len(run.app.board_model.board.bad_files)
        assert f"{count} bad: b" in run.text
        await run.press("b")
        await run.wait_for(f"{count} files cannot be read", "tickets/open/", "line ")
        await run.press("Esc")
        await run.wait_for("fenji KSA")


MANY_VIEWS = {f"Own {n}": f"tag:t{n}" for n in range(1, 7)}


@pytest.mark.parametrize("width", [40, 80, 200])
async def test_a_filter_is_never_on_without_a_sign(tmp_path: Path, width: int) -> None:
    own = UserSettings(views=MANY_VIEWS)
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(width, 24), own=own) as run:
        assert " of " not in run.text.split("\n")[1]
        screen = run.app.active_screen
        assert isinstance(screen, BoardScreen)
        for number, (label, query) in enumerate(screen.list_views(), 1):
            if number <= 10:
                await run.press(str(number % 10))
            else:
                await run.press("]")
            assert run.app.board_model.query == query
            tabs = run.text.split("\n")[1]
            assert label in tabs
            if query:
                assert f"{len(run.app.board_model.rows)} of 9" in tabs
                assert f"/ {query[:6]}" in tabs
        await run.press("]")
        assert run.app.board_model.query == ""
        await run.press("[")
        assert run.app.board_model.query == query


@pytest.mark.parametrize("width", [40, 80])
async def test_a_filter_that_survives_a_restart_is_shown(tmp_path: Path, width: int) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk, size=(width, 24)) as run:
        await run.press("/", "state:solved", "Enter")
    async with open_app(desk, size=(width, 24)) as run:
        tabs = run.text.split("\n")[1]
        assert "/ state:solv" in tabs
        assert "1 of 9" in tabs
        await run.press("Esc")
        assert " of 9" not in run.text.split("\n")[1]


async def test_the_list_is_sorted_by_a_key_that_turns_it_round_and_is_remembered(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk, size=(120, 36)) as run:
        await run.press("B", "no gr", "Enter", "O", "num", "Enter")
        numbers = [row.id.split("-")[1:] for row in run.app.board_model.rows]
        assert numbers == sorted(numbers)
        assert "Number▴" in run.text
        await run.press("O", "num", "Enter")
        assert [row.id.split("-")[1:] for row in run.app.board_model.rows] == numbers[::-1]
        assert "Number▾" in run.text
    async with open_app(desk, size=(120, 36)) as run:
        assert [row.id.split("-")[1:] for row in run.app.board_model.rows] == numbers[::-1]


@pytest.mark.parametrize(
    ("system", "subsystem", "shown"),
    [("雷達", "天線轉台", "雷達／天線轉台 "), ("Énergie", "Gaz", "Énergie / Gaz "), ("雷達", "", "雷達 ")],
)
async def test_a_wide_board_shows_the_subsystem_beside_the_system(
    tmp_path: Path, system: str, subsystem: str, shown: str
) -> None:
    copy_world("empty", tmp_path / "desk")
    fields = {"title": "Gear squeaks", "product.system": system, "product.subsystem": subsystem or None}
    with Desk.open(tmp_path / "desk", person="li.wei", now=lambda: NOW) as desk:
        number = desk.new(fields).id
    async with open_app(tmp_path / "desk", size=(120, 36)) as run:
        assert shown in run.line(number[-4:])


async def test_the_list_is_grouped_by_owner(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("B", "own", "Enter")
        assert " chen.jie 1" in run.text
        owners = [row.ticket.owner for row in run.app.board_model.rows]
        assert [owner for owner in owners if owner] == sorted(owner for owner in owners if owner)
        assert owners[-1] == ""


async def test_columns_are_chosen_and_go_back_to_those_of_the_width(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("|", "kind", "Enter", "state", "Enter", "Esc")
        heads = run.text.split("\n")[2]
        assert "Kind" in heads
        assert "State" not in heads
        await run.press("|", "auto", "Enter")
        heads = run.text.split("\n")[2]
        assert "State" in heads
        assert "Kind" not in heads


async def test_a_filter_is_kept_as_a_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk, size=(200, 24)) as run:
        await run.press("V")
        assert "No filter is on. / sets one." in run.footer
        await run.press("/", "p:1..2", "Enter", "V", "Urgent", "Enter")
        assert "Urgent is now a view." in run.footer
        assert "7 Urgent 3" in run.text
    async with open_app(desk, size=(200, 24)) as run:
        await run.press("1", "7")
        assert run.app.board_model.query == "p:1..2"


async def test_who_may_change_the_rules_keeps_a_view_for_the_whole_desk(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk, person="sun.yu", size=(200, 24)) as run:
        await run.press("/", "p:1..2", "Enter", "V", "Urgent", "Enter")
        await run.wait_for("Urgent is kept", "for yourself", "for the whole desk")
        await run.press("Right", "Enter")
        await run.wait_for("Urgent is now a view of the whole desk")
    assert '"Urgent": "p:1..2"' in (desk / "policy.yaml").read_text("utf-8")


async def test_a_closed_group_is_closed_after_a_restart(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk) as run:
        await run.press("z")
        await run.wait_for("▸ late 2")
    async with open_app(desk) as run:
        await run.wait_for("▸ late 2")
        await run.press("Z")
        await run.wait_for("late 2", gone="▸ late 2")


async def test_the_closed_group_of_tickets_without_an_owner_is_closed_after_a_restart(tmp_path: Path) -> None:
    desk = copy_world("shipped", tmp_path / "desk")
    async with open_app(desk) as run:
        await run.press("B", "own", "Enter", "G", "z")
        await run.wait_for("▸ no owner ")
    async with open_app(desk) as run:
        await run.press("G")
        await run.wait_for("▸ no owner ")
        await run.press("z")
        await run.wait_for("no owner", gone="▸ no owner ")
    async with open_app(desk) as run:
        await run.press("G")
        await run.wait_for("no owner", gone="▸ no owner ")


@pytest.mark.parametrize(
    ("saved", "closed"), [("", set()), ("late\ntoday", {"late", "today"}), ("\n", {""}), ("\nli.wei\n", {"", "li.wei"})]
)
def test_closed_groups_are_read_as_they_were_saved_also_long_ago(saved: str, closed: set[str]) -> None:
    arrangement = parse_arrangement({"closed_groups": saved})
    assert arrangement.closed_groups == closed
    assert parse_arrangement({"closed_groups": write_closed_groups(arrangement)}) == arrangement


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'views:\n  "A": "p:1"\n'),
        ("theme: dark", 'theme: dark\nviews:\n  "A": "p:1"\n'),
        ("views: {}  # mine\ntheme: dark\n", 'views:\n  "A": "p:1"\n# mine\ntheme: dark\n'),
        (
            "views:\n  B: p:2\n# of the theme\ntheme: x\n",
            'views:\n  "B": "p:2"\n  "A": "p:1"\n# of the theme\ntheme: x\n',
        ),
        ("views:\n  A: p:3\n", 'views:\n  "A": "p:1"\n'),
        ("{theme: dark}", "theme: dark\nviews:\n  A: p:1\n"),
    ],
)
def test_a_view_is_written_and_everything_else_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = config_path()
    path.parent.mkdir()
    path.write_text(before, encoding="utf-8")
    save_view("A", "p:1")
    assert path.read_text(encoding="utf-8") == after
    assert load_settings().views["A"] == "p:1"


async def test_a_wide_board_has_the_ticket_itself_beside_the_list(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(200, 50)) as run:
        row = run.app.board_model.current_row
        assert row is not None
        text = await run.wait_for("open ", "timeline ", "Requester", "in hand, late")
        lines = text.split("\n")
        assert all("╎" in line for line in lines[2:49])
        assert row.id in lines[2].partition("╎")[2]
        await run.press("j")
        below = run.app.board_model.current_row
        assert below is not None
        await run.wait_until(lambda: below.id in run.text.split("\n")[2].partition("╎")[2])


async def test_beside_a_wide_list_each_person_has_as_much_in_hand_as_with_people(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(200, 60)) as run:
        rows = run.app.board_model.board.rows
        text = await run.wait_for("in hand, late")
        lines = [line.partition("╎")[2].split() for line in text.partition("in hand, late")[2].split("\n")[1:]]
        shown = {words[0]: words[2] for words in lines if len(words) > 2 and words[2].isdigit()}
        loads = measure_loads(rows, run.desk.policy, run.app.board_model.board.at)
        assert {row.ticket.owner for row in rows if row.ticket.state in ("solved", "confirmed")} & set(shown)
        assert shown == {load.person: str(load.total) for load in loads if load.person in shown}


async def test_the_preview_of_a_ticket_without_a_description_tells_what_solved_it_else_its_last_note(
    tmp_path: Path,
) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(120, 36)) as run:
        await run.press("n", "Gear squeaks", "Ctrl+D")
        await run.wait_for("saved. u undoes it.")
        await run.press("m", "heard at night", "Enter")
        await run.wait_for("noted", "heard at night")
        await run.wait_until(lambda: [line.strip() for line in run.text.split("\n")].count("Latest events") == 1)
        assert run.line("note").strip() == "note"
        await run.press("a", "Enter")
        await run.wait_for("answered.")
        await run.press("w", "Enter", "Enter")
        await run.wait_for("= solve", "held")
        await run.press("W", "Enter", "s", "worn", "Enter", "oil it", "Enter", "oiled twice", "Enter")
        await run.wait_for(": solved.")
        await run.press("Esc")
        await run.wait_for("oiled twice")
        assert run.line("Solution").strip() == "Solution"


async def test_beside_a_wide_list_no_key_is_named_that_works_in_the_ticket_alone(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(200, 50)) as run:
        await run.wait_for("timeline", gone="Enter diff")
        await run.press("Enter")
        await run.wait_for("timeline", "Enter diff")


async def test_an_item_of_a_plan_is_named_however_long_the_title_of_its_project_is(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        line = run.line(" m3 ")
        assert "二號陣地" in line
        assert " ∙ 收發與信號" in line


async def test_a_filter_left_with_esc_is_offered_again(tmp_path: Path) -> None:
    async with open_app(copy_world("busy_morning", tmp_path / "desk")) as run:
        await run.press("/", "kind:qua", "Esc", "/")
        assert "/ kind:qua" in run.text
        await run.press("lity", "Enter")
        assert run.app.board_model.query == "kind:quality"
        await run.press("Esc", "/")
        assert "kind:qua" not in run.text
        await run.press("Esc", "/", "p:1", "Esc", "2", "/")
        assert "/ p:1" not in run.text, "what the view shows is refined, not what was left on another"
