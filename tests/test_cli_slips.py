"""Slips at the command line: misspelt commands, help asked for in the short way, and a stdout that takes nothing."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

import worlds
from commandline import fenji
from fenji.cli.base import READING_COMMANDS, is_one_slip, nearest_command
from fenji.cli.program import COMMANDS, HUB_COMMANDS, POLICY_COMMANDS, root
from test_cli_words import run_in_shell, run_in_terminal


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("worked_example", tmp_path_factory.mktemp("desk") / "desk")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lst", "list"),
        ("lsit", "list"),
        ("shwo", "show"),
        ("SHOW", "show"),
        ("serach", "search"),
        ("searching", "search"),
        ("clocks", "clock"),
        ("report", "report"),
        ("reports", "report"),
        ("print", ""),
        ("responses", ""),
        ("resolve", ""),
        ("confirmed", ""),
        ("newest", ""),
        ("edited", ""),
        ("archived", "archive"),
        ("respnd", "respond"),
        ("respodn", "respond"),
        ("asign", "assign"),
        ("slove", "solve"),
        ("notee", "note"),
        ("sync", "sync"),
        ("zzzz", ""),
    ],
)
def test_a_command_that_writes_is_proposed_for_one_slip_alone(typed: str, meant: str) -> None:
    assert nearest_command(typed, COMMANDS) == meant


@pytest.mark.parametrize("others", ["wait", "wit", "wati", "waitt", "wwait", "mait"])
def test_one_slip(others: str) -> None:
    assert is_one_slip(others, "wait")
    assert not is_one_slip(others + "xy", "wait")


def test_no_command_that_records_an_event_counts_as_reading() -> None:
    context = click.Context(root, **root.context_settings)
    for name in READING_COMMANDS & COMMANDS.keys():
        command = root.get_command(context, name)
        assert command is not None
        assert "by" not in {parameter.name for parameter in command.params}, name
    assert not READING_COMMANDS - COMMANDS.keys() - POLICY_COMMANDS.keys() - HUB_COMMANDS.keys()


def test_what_is_proposed_is_said(desk: Path) -> None:
    assert "meant?" not in fenji("report", "--desk", desk).err
    assert "Is respond meant?" in fenji("respnd", "--desk", desk).err


@pytest.mark.parametrize("name", [*COMMANDS, *(f"policy {name}" for name in POLICY_COMMANDS)])
def test_the_short_help_is_the_page_everywhere(name: str, desk: Path) -> None:
    page = fenji(*name.split(), "-h", FENJI_DESK=str(desk))
    assert (page.code, page.out) == (0, fenji(*name.split(), "--help").out)
    assert "-h, --help" in page.out


def test_words_after_the_dashes_and_words_left_out_are_no_help(desk: Path) -> None:
    rows = fenji("list", "--archived", "--json", "--desk", desk).json
    assert fenji("list", "--archived", "--json", "--desk", desk, "-hydraulic").json == rows
    assert isinstance(fenji("list", "--json", "--desk", desk, "--", "-h").json, list)
    assert "Usage" in fenji("note", "42", "-h").out


def test_options_stand_only_where_they_mean_something() -> None:
    for group in ("hub", "policy"):
        page = fenji(group, "--help").out
        assert not any(option in page for option in ("--by", "--at", "--note"))
        assert fenji(group, "--by", "li.wei", "check").code == 2
    assert "Instant to show" in fenji("clock", "--help").out
    assert "When it happened" not in fenji("clock", "--help").out


@pytest.mark.parametrize("words", ["--help", "list --help", "--version", "--version --plain", "completion bash"])
def test_a_full_disk_is_told_in_one_sentence_by_every_page(words: str) -> None:
    done = run_in_shell(f'"$FENJI" -m fenji {words} > /dev/full')
    assert done.returncode == 1
    assert "full" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_a_page_that_nobody_reads_is_quiet(words: str) -> None:
    done = run_in_shell(f'(sleep 1; "$FENJI" -m fenji {words}; echo $? >&2) | true')
    assert done.stderr == "0\n"


def test_an_empty_note_is_told_plainly(desk: Path) -> None:
    for text in ("", "  "):
        result = fenji("note", "42", text, "--desk", desk)
        assert (result.code, result.err) == (1, "The note is empty.\nWrite what should go in the log.\n")


def test_a_dumb_terminal_is_told_what_to_do(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_in_terminal("--desk", str(desk), TERM="dumb") == ""
    assert "TERM says this terminal cannot move its cursor" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (
            "new --title x --kind odd --impact huge --occurrence often --priority P9 --set bare --set product.hue=red",
            "kind huge often P9 product.hue bare",
        ),
        ("edit KSA-2026-0042 --set owner=nobody --set units=MOON,SUN --set kind=odd", "nobody MOON SUN kind"),
        ("classify KSA-2026-0042 --kind odd --impact huge --priority P9", "kind huge P9"),
        ("assign KSA-2026-0042 nobody --unit MOON", "nobody MOON"),
        ("show 9997 9998", "9997 9998"),
        ("note 9997 9998 text", "9997 9998"),
        ("attach KSA-2026-0042 nowhere.jpg nowhere.pdf", "nowhere.jpg nowhere.pdf"),
        ("list colour:red weight:5 p:99 site:KSA", "colour weight"),
        ("report --by colour,weight", "colour weight"),
        ("init new-desk --site ?? --language xx --zone Mars/Base", "?? xx Mars/Base"),
    ],
)
def test_whatever_is_wrong_with_a_command_is_said_at_once(desk: Path, arguments: str, wrong: str) -> None:
    before = {path: path.read_bytes() for path in desk.rglob("*.yaml")}
    result = fenji("--desk", desk, *arguments.split())
    assert result.code
    assert [word for word in wrong.split() if word not in result.err] == []
    assert len(set(result.err.splitlines())) == len(result.err.splitlines())
    assert {path: path.read_bytes() for path in desk.rglob("*.yaml")} == before
