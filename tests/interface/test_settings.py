"""The user's settings: read with every mistake named, changed by key, written with all else as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from fenji.errors import Refused, Unavailable
from interface.driven import NOW, copy_world, open_app
from tui import settings_file
from tui.keys import build_keymap
from tui.settings import load_settings
from two_clones import git


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "fenji"
    folder.mkdir(parents=True)
    return folder / "config.yaml"


def test_every_mistake_is_named(config: Path) -> None:
    config.write_text("theme: neon\nnotices: loud\nviews: none\nthem: dark\n", "utf-8")
    said = [str(problem.message) for problem in load_settings().problems]
    for word in ("neon", "loud", "views", "them"):
        assert any(word in sentence for sentence in said), word
    assert (load_settings().theme, load_settings().notices) == ("auto", "bell")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "theme: dark\n"),
        ("signs: ascii", "signs: ascii\ntheme: dark\n"),
        ("# mine\ntheme: light  # by day\nsigns: ascii\n", "# mine\ntheme: dark  # by day\nsigns: ascii\n"),
        ("theme:\n", "theme: dark\n"),
        ("views:\n  theme: mono\n", "views:\n  theme: mono\ntheme: dark\n"),
    ],
)
def test_one_value_is_set_and_the_rest_stays(before: str, after: str) -> None:
    assert settings_file.set_value(before, "theme", "dark") == after


@pytest.mark.parametrize("text", ["{theme: light}", "theme: [a,\n b]\n", "theme: |\n  light\n", "- a\n", "a: b: c\n"])
def test_a_file_written_otherwise_is_not_spoilt(text: str) -> None:
    with pytest.raises(Refused, match="cannot be set"):
        settings_file.set_value(text, "theme", "dark")


@pytest.mark.parametrize("text", ["- a\n", "a: b: c\n", "\ta: b\n"])
def test_a_file_that_is_no_mapping_is_named_and_takes_no_view(config: Path, text: str) -> None:
    config.write_text(text, "utf-8")
    assert "cannot be read" in str(load_settings().problems[0].message)
    with pytest.raises(Refused, match="cannot be read"):
        settings_file.save_view("A", "p:1")
    assert config.read_text("utf-8") == text


def test_a_folder_that_cannot_be_made_is_named(config: Path) -> None:
    config.parent.rmdir()
    config.parent.symlink_to(config.parent.with_name("gone") / "away")
    with pytest.raises(Unavailable, match="cannot be written"):
        settings_file.save_view("A", "p:1")


@pytest.mark.parametrize("typed", ["r", '"#"', "'r'", "[r, x]"])
def test_another_key_leaves_the_rest_of_its_file_alone(config: Path, typed: str) -> None:
    path = config.with_name("keys.yaml")
    path.write_text(f"# mine\nanswer: {typed}  # by the left hand\nnote: m\n", "utf-8")
    assert settings_file.write_key("answer", "ctrl+r") == path
    assert path.read_text("utf-8") == '# mine\nanswer: "ctrl+r"  # by the left hand\nnote: m\n'


async def test_keys_change_a_setting_here_and_in_the_file(tmp_path: Path, config: Path) -> None:
    config.write_text("# my own\nnotices: off\n", "utf-8")
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("Ctrl+O")
        await run.wait_for("Settings", "notices", "window title")
        await run.press("j", "Right", "Right")
        assert run.app.context.theme.choice == "light"
        await run.press("h", "j", "j", "Enter")
        assert run.app.context.state.last_values["preview"] == "off"
        await run.press("Esc")
        await run.wait_for("KSA")
    assert config.read_text("utf-8") == "# my own\nnotices: off\ntheme: dark\npreview: off\n"


async def test_a_setting_that_cannot_be_written_says_why(tmp_path: Path, config: Path) -> None:
    config.write_text("{theme: light}", "utf-8")
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("Ctrl+O", "j", "Enter")
        await run.wait_for("by hand")
    assert config.read_text("utf-8") == "{theme: light}"


def test_the_own_language_holds_unless_the_environment_says_otherwise(config: Path, tmp_path: Path) -> None:
    from fenji.desk import Desk
    from tui.startup import create_app

    config.write_text("language: zh-Hant\n", "utf-8")
    with (
        Desk.open(copy_world("shipped", tmp_path / "desk"), person="li.wei") as desk,
        pytest.MonkeyPatch.context() as patch,
    ):
        for wanted, environment in (("zh-Hant", ""), ("en", "en")):
            patch.setenv("FENJI_LANGUAGE", environment)
            desk.refresh()
            app = create_app(desk)
            app.close()
            assert app.context.formatter.language == wanted


async def test_another_language_and_other_signs_are_seen_at_once(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FENJI_LANGUAGE")
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("Ctrl+O", "Right")
        await run.wait_for("设置", "简体中文", "所在现场", gone="Settings")
        await run.press("Right", "Right", "j", "j", "Right", "Right")
        await run.wait_for("Settings", "< ASCII only >")
        await run.press("h", "h", "k", "k", "h", "Esc")
        await run.wait_for("編號", "責任人")
    assert config.read_text("utf-8") == "language: zh-Hant\nsigns: auto\n"


async def test_a_language_that_the_environment_overrules_says_so(tmp_path: Path, config: Path) -> None:
    async with open_app(copy_world("empty", tmp_path / "desk")) as run:
        await run.press("Ctrl+O", "Right")
        await run.wait_for("FENJI_LANGUAGE", "简体中文")
    assert config.read_text("utf-8") == "language: zh-Hans\n"


async def test_the_settings_say_who_one_is_and_what_changes_that(tmp_path: Path, config: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("Ctrl+O")
        await run.wait_for("li.wei", "KSA", "Asia/Riyadh", "git config fenji.user KEY", "git config fenji.site CODE")
        assert config.name in run.line("Settings")


async def test_a_desk_without_a_site_names_the_zone_of_its_times(tmp_path: Path, config: Path) -> None:
    """Its times are those of this machine: the board says which, and the settings what gives it a zone of its own."""
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder) as run:
        assert "UTC" not in run.text.split("\n")[0]
    git(folder, "config", "--unset", "fenji.site")
    here = NOW.astimezone()
    zone = f"UTC{here.isoformat()[-6:]}".removesuffix("+00:00")
    async with open_app(folder) as run:
        assert run.text.split("\n")[0].endswith(f"{zone} {here:%H:%M}")
        await run.press("Ctrl+O")
        await run.wait_for(f"{zone}, from this machine")
        assert run.line("time zone").endswith("git config fenji.site CODE")
    assert config.parent.is_dir()


async def test_another_key_acts_at_once_and_none_is_left_without(tmp_path: Path, config: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("?", "Down", "K", "r")
        await run.wait_for("r is now answer")
        await run.press("K", "o")
        await run.wait_for("o is the only key for owner.")
        await run.press("Esc", "r")
        await run.wait_for("It was already answered")
    assert config.with_name("keys.yaml").read_text("utf-8") == 'answer: "r"\n'


def test_a_key_of_the_own_file_goes_before_the_only_key_of_another_action() -> None:
    keymap, _ = build_keymap({"owner": ["a"]})
    assert keymap.find_action("board", "a") == keymap.get_action("owner")
