from __future__ import annotations

from pathlib import Path

import pytest

from fenji.tui import keys
from fenji.tui.settings import Settings
from tui.driven import desk_folder, opened


async def test_question_mark_lists_every_key_and_typing_filters(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk"), size=(100, 60)) as run:
        await run.press("?")
        text = await run.until("Keys and commands", "Ctrl+P", "Report a new ticket", "Undo the last act")
        assert "Answer the customer" in text
        await run.press("undo")
        await run.until("Undo the last act", gone="Report a new ticket")
        await run.press("Esc")
        await run.until("fenji · KSA")


async def test_the_palette_does_what_is_chosen_on_the_ticket_one_came_from(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        selected = run.app.triage.selected
        assert selected is not None
        await run.press(":", "note", "Enter")
        await run.until(f"Note on {selected.id}:", "fenji · KSA")


async def test_what_is_not_possible_says_why_and_does_nothing(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk"), size=(120, 40)) as run:
        await run.press("4", "Ctrl+P", "archive")
        await run.until("is new: archive is not possible.")
        await run.press("Enter")
        assert "Keys and commands" in run.text
        assert "not possible" in run.foot


async def test_own_keys_change_footer_help_and_what_they_do(tmp_path: Path) -> None:
    keymap, unknown = keys.keymap({"note": ["ctrl+n"], "nothing": ["x"]})
    assert unknown == ["nothing"]
    async with opened(desk_folder("shipped", tmp_path / "desk"), own=Settings(keymap=keymap)) as run:
        await run.press("m")
        assert "Note on" not in run.foot
        await run.press("Ctrl+N")
        assert "Note on" in run.foot


async def test_settings_with_an_unknown_action_say_so_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config" / "fenji"
    config.mkdir(parents=True)
    (config / "keys.yaml").write_text("anser: r\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with opened(desk_folder("empty", tmp_path / "desk")) as run:
        await run.until("keys.yaml: there is no action anser.")


async def test_own_views_come_after_those_of_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config" / "fenji"
    config.mkdir(parents=True)
    (config / "config.yaml").write_text('views: {Radar: "system:雷達"}\ntheme: neon\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with opened(desk_folder("empty", tmp_path / "desk"), size=(132, 24)) as run:
        await run.until("Radar", "config.yaml: there is no theme neon, only terminal, light, dark, mono.")
        number = run.line("Radar").split("Radar")[0].split()[-1]
        await run.press(number)
        assert run.app.triage.words == "system:雷達"


async def test_pasted_text_never_acts(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        before = [one.ticket.log for one in run.app.triage.rows]
        await run.paste("aX\nY\nq")
        assert "Pasted text was left aside" in run.foot
        assert [one.ticket.log for one in run.app.triage.rows] == before


async def test_a_burst_of_keys_is_text_and_confirms_nothing(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        selected = run.app.triage.selected
        assert selected is not None
        await run.burst("answered them", "Enter", "quit", "Enter")
        await run.until("nothing is done yet. Enter does it.")
        assert run.foot.rstrip().endswith(f"Answer {selected.id}: nswered themquit")
        assert run.desk.row(selected.id).ticket.log == selected.ticket.log
        await run.press("Enter")
        await run.until("answered.")


@pytest.mark.parametrize("word", ["undo that", "quit now", "Every"])
async def test_a_burst_that_begins_with_a_quick_key_does_nothing(tmp_path: Path, word: str) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        row = run.desk.row(run.app.triage.row(0).id)
        await run.burst(word)
        await run.until("taken for pasted text")
        assert run.desk.row(row.id).ticket.log == row.ticket.log
        assert run.app.is_running


async def test_typed_ahead_keys_reach_the_place_they_open(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk")) as run:
        await run.burst("jn", "Gear squeaks")
        await run.until("New ticket at KSA", "Gear squeaks")
        assert run.app.triage.scroll.bar == 1


async def test_a_terminal_that_is_too_small_says_so_and_takes_no_acts(tmp_path: Path) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk"), size=(30, 8)) as run:
        await run.until("fenji needs 40 x 10")
        await run.press("a", "Enter")
        assert "Answer" not in run.text


async def test_plain_is_ascii_but_for_the_text_itself(tmp_path: Path) -> None:
    async with opened(desk_folder("empty", tmp_path / "desk"), plain=True) as run:
        run.desk.new({"title": "Gear squeaks", "impact": "major", "occurrence": "rare", "owner": "li.wei"})
        await run.until("1 new: .")
        await run.press(".")
        for key in ("?", "Esc", "Enter", "G", "Esc", "n", "Esc", "f"):
            assert run.text.isascii() or "李偉" in run.text or "停機" in run.text
            assert not set(run.text) & set("─│·…—→")
            await run.press(key)


@pytest.mark.parametrize("size", [(40, 20), (60, 24), (80, 24), (132, 40), (200, 50)])
async def test_no_line_is_wider_than_the_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    from fenji.tui import cells

    async with opened(desk_folder("busy_morning", tmp_path / "desk"), size=size) as run:
        for key in ("j", "Enter", "G", "Esc", "n", "Esc", "f", "Esc", "?", "Esc", "a"):
            await run.press(key)
            strips = run.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert max(cells.width(one) for one in run.text.split("\n")) <= size[0]
