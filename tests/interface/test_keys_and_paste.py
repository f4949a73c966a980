from __future__ import annotations

from pathlib import Path

import pytest

from interface.driven import copy_world, open_app
from tui import keys
from tui.settings import UserSettings, load_settings


async def test_question_mark_lists_every_key_and_typing_filters(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(100, 60)) as run:
        await run.press("j", "j", "?")  # onto a ticket that nobody has answered
        text = await run.wait_for("see", "do", "after", "count", "exchange", "everywhere", "^Z")
        assert "answer" in text
        await run.press("undo")
        await run.wait_for("Undo the last act", gone="Report a new ticket")
        await run.press("Esc")
        await run.wait_for("Owner")


async def test_the_keys_stand_in_two_columns_and_what_is_refused_names_what_is_first(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(80, 50)) as run:
        await run.press("4", "?")
        await run.wait_until(lambda: "see" in run.line(" do "), "two columns")
        await run.wait_until(lambda: "First: " in run.line("confirm"), "what comes first")
        await run.press("Tab")
        assert "▐Enter" in run.line("new")
        await run.press("Tab", *["Down"] * 13)
        assert "confirm" in run.line("▐")
        await run.press("Enter")
        assert "First: " in run.footer
        await run.press("Left", "Down", "Up", "Esc")
        await run.wait_for("Owner")
    async with open_app(tmp_path / "desk", size=(60, 50)) as run:
        await run.press("?")
        await run.wait_for("filter:")
        assert "after" not in run.line(" see")


async def test_a_key_turns_through_the_themes_and_keeps_the_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    file = tmp_path / "config" / "fenji" / "config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# mine\nviews: {Radar: 'system:radar'}\n", encoding="utf-8")
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("?")
        names = {"ansi": "16 colours", "mono": "no colours", "auto": "auto (terminal)"}
        for choice in ("dark", "light", "ansi", "mono", "auto", "dark"):
            await run.press("T")
            assert run.app.context.theme.choice == choice
            await run.wait_for(f"Colours: {names.get(choice, choice)}; saved in")
    text = file.read_text(encoding="utf-8")
    assert text == "# mine\nviews: {Radar: 'system:radar'}\ntheme: dark\n"
    assert load_settings().theme == "dark"


async def test_an_action_gets_another_key_by_the_key_that_is_pressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    file = tmp_path / "config" / "fenji" / "keys.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# mine\nnote: x\n", encoding="utf-8")
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("?")
        label = run.line("▐").split()[1]
        await run.press("K")
        await run.wait_for(f"Press the new key for {label}.")
        await run.press("Esc")
        assert file.read_text(encoding="utf-8") == "# mine\nnote: x\n"
        await run.press("K", "#")
        await run.wait_for("# is the only key for figures.")
        await run.press("K", "~")
        await run.wait_for(f"~ is now {label}; saved in")
        await run.press("K", "Ctrl+Y")
        await run.wait_for(f"Ctrl+Y is now {label}")
    assert file.read_text(encoding="utf-8") == '# mine\nnote: x\nnew: "ctrl+y"\n'
    assert load_settings().keymap.get_action("new").keys == ("ctrl+y",)


async def test_the_palette_does_what_is_chosen_on_the_ticket_one_came_from(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        selected = run.app.board_model.current_row
        assert selected is not None
        await run.press(":", "note", "Enter")
        await run.wait_for(f"Note on {selected.id}:", "fenji")


async def test_what_is_not_possible_says_why_and_does_nothing(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(120, 40)) as run:
        await run.press("4", "Ctrl+P", "archive")
        await run.wait_for("is new: archive is not possible.")
        await run.press("Enter")
        assert "filter:" in run.text
        assert "not possible" in run.footer


async def test_own_keys_change_footer_help_and_what_they_do(tmp_path: Path) -> None:
    keymap, unknown = keys.build_keymap({"note": ["ctrl+n"], "nothing": ["x"]})
    assert unknown == ["nothing"]
    async with open_app(copy_world("shipped", tmp_path / "desk"), own=UserSettings(keymap=keymap)) as run:
        await run.press("m")
        assert "Note on" not in run.footer
        await run.press("Ctrl+N")
        assert "Note on" in run.footer


async def test_settings_with_an_unknown_action_say_so_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config" / "fenji"
    config.mkdir(parents=True)
    (config / "keys.yaml").write_text("anser: r\nnots: x\n", encoding="utf-8")
    (config / "config.yaml").write_text("theme: neon\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.wait_for("keys.yaml: there is no action anser, nots.", "theme cannot be neon")
        await run.press("b")
        await run.wait_for("2 of your settings files have", "▐ /", "theme cannot be neon", "anser, nots")
        await run.press("Esc")
        assert "2 bad: b" in run.text


async def test_own_views_come_after_those_of_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config" / "fenji"
    config.mkdir(parents=True)
    (config / "config.yaml").write_text('views: {Radar: "system:雷達"}\ntheme: neon\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with open_app(copy_world("empty", tmp_path / "desk"), size=(132, 24)) as run:
        await run.wait_for("Radar", "config.yaml: theme cannot be neon, only auto, dark, light, ansi, mono.")
        number = run.line("Radar").split("Radar")[0].split()[-1]
        await run.press(number)
        assert run.app.board_model.query == "system:雷達"


async def test_pasted_text_never_acts(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        before = [row.ticket.log for row in run.app.board_model.rows]
        await run.paste("aX\nY\nq")
        assert "Pasted text was ignored" in run.footer
        assert [row.ticket.log for row in run.app.board_model.rows] == before


async def test_esc_ends_a_text_that_it_comes_with(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.burst("archive undo quit", "Esc", "n")
        await run.wait_for("New ticket at")


async def test_a_burst_in_a_prompt_is_text_and_confirms_nothing(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("j", "j")  # onto a ticket that nobody has answered
        selected = run.app.board_model.current_row
        assert selected is not None
        await run.press("a")
        await run.burst("answered them", "Enter", "quit", "Enter")
        await run.wait_for("nothing is done yet. Enter does it")
        assert run.footer.rstrip().endswith(f"Answer {selected.id}: answered them quit")
        assert run.desk.row(selected.id).ticket.log == selected.ticket.log
        await run.press("Enter")
        await run.wait_for("answered.")


async def test_a_burst_that_opens_a_question_does_not_confirm_it(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("j", "j")  # onto a ticket that nobody has answered
        await run.burst("a", "Enter")
        await run.wait_for("arrived all at once")
        selected = run.app.board_model.current_row
        assert selected is not None
        assert selected.ticket.state == "new"


@pytest.mark.parametrize("word", ["undo that", "quit now", "Every"])
async def test_a_burst_that_begins_with_a_quick_key_does_nothing(tmp_path: Path, word: str) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        row = run.desk.row(run.app.board_model.row_at(0).id)
        await run.burst(word)
        await run.wait_for("treated as pasted text")
        assert run.desk.row(row.id).ticket.log == row.ticket.log
        assert run.app.is_running


async def test_keys_typed_ahead_reach_the_place_they_open(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.burst("jn")
        await run.burst("Gear squeaks")
        await run.wait_for("New ticket at KSA", "Gear squeaks")
        assert run.app.board_model.scroll.selected_index == 1


async def test_a_key_held_down_over_a_slow_link_moves(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.burst("jjjjj")
        assert run.app.board_model.scroll.selected_index == 5
        await run.burst("kkkn")
        assert run.app.board_model.scroll.selected_index == 5
        await run.wait_for("treated as pasted text")


@pytest.mark.parametrize("key", ["？", "：", "／", "１", "ａ", "ｎ", "＊", "。"])
async def test_full_width_forms_of_keys_are_those_keys(tmp_path: Path, key: str) -> None:
    shown = {
        "？": "filter:",
        "：": "filter:",
        "／": "Tab completes",
        "ａ": "Answer DZA-",
        "ｎ": "New ticket at KSA",
        "＊": "9 marked",
    }
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("j", "j", key)  # onto a ticket that nobody has answered
        await run.wait_for(shown.get(key, "fenji"))
        assert "input method" not in run.footer


async def test_a_letter_of_an_input_method_says_what_is_the_matter(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("啊")
        await run.wait_for("The input method is on: switch to English to press keys.")
        await run.press("j")
        assert "input method" not in run.footer
        await run.press("m", "啊？")
        assert run.footer.rstrip().endswith("啊？")


async def test_the_full_width_form_of_the_key_that_confirms_confirms(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), person="zhao.min") as run:
        await run.press("X", "no ticket", "Enter")
        await run.wait_for("Y withdraws")
        await run.press("Ｙ")
        await run.wait_for("withdrawn")


async def test_a_burst_behind_the_key_that_takes_up_a_draft_stays_out_of_it(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("n", "Transmitter alarm", "Esc")
        run.clock_step_s = 0.05  # as the pieces of one paste come
        await run.press("n")
        await run.burst("es of the log", "Enter", "Enter")
        await run.burst("and more of it", "Enter")
        await run.wait_for("treated as pasted text", "New ticket at KSA")
        assert run.app.context.state.drafts["new"] == '{"title": "Transmitter alarm"}'
        run.clock_step_s = 1.0
        await run.press("s")
        await run.burst(" are on")
        await run.wait_for("Transmitter alarms are on")


async def test_a_terminal_that_is_too_small_says_so_and_takes_no_acts(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(30, 8)) as run:
        await run.wait_for("fenji needs 40 x 10")
        await run.press("a", "Enter")
        assert "Answer" not in run.text


async def test_plain_is_ascii_but_for_the_text_itself(tmp_path: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk"), plain=True) as run:
        run.desk.new({"title": "Gear squeaks", "impact": "major", "occurrence": "rare", "owner": "li.wei"})
        await run.wait_for("1 new: .")
        await run.press(".")
        for key in ("?", "Esc", "Enter", "G", "Esc", "n", "Esc", "f"):
            assert run.text.isascii() or any(name in run.text for name in ("李偉", "停機", "趙敏", "外場"))
            assert not set(run.text) & set("─│·…—→")
            await run.press(key)


@pytest.mark.parametrize("size", [(40, 20), (60, 24), (80, 24), (132, 40), (200, 50)])
async def test_no_line_is_wider_than_the_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    from tui.drawing import cells

    async with open_app(copy_world("busy_morning", tmp_path / "desk"), size=size) as run:
        for key in ("j", "Enter", "G", "Esc", "n", "Esc", "f", "Esc", "?", "Esc", "a"):
            await run.press(key)
            await run.wait_until(lambda: bool(run.app.screen._compositor.render_strips()), "a screen that is drawn")
            strips = run.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert max(cells.width(line) for line in run.text.split("\n")) <= size[0]
