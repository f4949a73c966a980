"""Usage, help, languages, exit codes: what the command line says before a ticket is touched."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fenji as package
import worlds
from clones import SOURCE
from commandline import child_environment, fenji, run_in_child
from desks import git, make_desk, replace_in_file

HEAVY = ("textual", "rich", "git", "whoosh", "holidays", "rjieba")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("worked_example", tmp_path_factory.mktemp("desk") / "desk")


def modules_loaded_by(*args: str) -> set[str]:
    """The modules that a command line loads, in a process of its own."""
    code = "import sys; from fenji.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, check=True, env=child_environment({}), text=True
    )
    return set(done.stderr.split())


def test_the_version_loads_next_to_nothing() -> None:
    modules = modules_loaded_by("--version")
    assert not modules & {*HEAVY, "yaml", "click", "fenji.desk"}


def test_a_list_loads_nothing_heavy(desk: Path) -> None:
    assert not modules_loaded_by("list", "--desk", str(desk)) & set(HEAVY)


def test_the_version() -> None:
    assert fenji("--version").out == f"fenji {package.__version__}\n"
    assert fenji("--version", "--plain").out == f"fenji {package.__version__}\n"


def test_help_names_every_command_and_every_command_has_help() -> None:
    from fenji.cli.program import COMMANDS

    page = fenji("--help")
    assert page.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in page.out
        assert f"fenji {name} [OPTIONS]" in fenji(name, "--help").out


def test_help_names_the_words_of_an_option_that_takes_no_others() -> None:
    words = " ".join(fenji("export", "--help").out.split())
    assert "--format FORMAT Format; by default from FILE's ending. xlsx | csv | jsonl | sqlite | ics" in words
    assert "text | json | csv | md | html | xlsx" in " ".join(fenji("report", "--help").out.split())


def test_every_command_takes_json_and_desk() -> None:
    from fenji.cli.program import COMMANDS

    for name in COMMANDS:
        page = fenji(name, "--help").out
        assert "--json" in page
        assert "--desk" in page


def test_every_step_takes_time_person_and_note() -> None:
    steps = "new edit classify respond assign note wait resume solve confirm archive reopen withdraw excuse attach link"
    for name in steps.split():
        page = fenji(name, "--help").out
        assert all(option in page for option in ("--at", "--by", "--note")), name


def test_the_commands_page_names_every_command_and_option() -> None:
    import click

    from fenji.cli.program import COMMANDS, POLICY_COMMANDS, root

    page = (Path(__file__).parent.parent / "docs" / "commands.md").read_text(encoding="utf-8")
    context = click.Context(root, **root.context_settings)
    for name in COMMANDS:
        command = root.get_command(context, name)
        assert command is not None
        assert f"`{name}" in page, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in page, (name, parameter.opts)
    for name in POLICY_COMMANDS:
        assert f"`policy {name}" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "There is no command bogus."),
        (["lst"], "Is list meant?"),
        (["policy"], "show, check"),
        (["policy", "bogus"], "There is no command bogus."),
        (["list", "--bogus"], "There is no option --bogus."),
        (["respond"], "ID is missing."),
        (["assign", "42"], "PERSON is missing."),
        (["new"], "--title is missing."),
        (["show", "42", "--desk"], "--desk needs a value."),
        (["--json=yes", "list"], "--json takes no value."),
        (["clock", "42", "43"], "too many arguments for fenji clock"),
        (["list", "--at", "2026-03-01T08:00"], "no option --at"),
        (["--at", "2026-03-01T08:00", "list"], "takes no --at"),
        (["--plain", "list"], "--plain is for the interface"),
        (["edit", "42", "--set", "title"], "FIELD=VALUE"),
        (["completion", "tcsh"], "bash, zsh, fish"),
        (["search"], "WORDS is missing."),
        (["search", "--limit", "0", "x"], "--limit"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(words: list[str], said: str, desk: Path) -> None:
    result = fenji(*words, FENJI_DESK=str(desk))
    assert result.code == 2
    assert said in result.err
    assert not result.out
    assert len(result.err.splitlines()) <= 2


def test_a_filter_that_cannot_be_read_is_wrong_usage(desk: Path) -> None:
    assert fenji("list", "bogus:1", "--desk", desk).code == 2


def test_the_interface_wants_a_terminal() -> None:
    result = run_in_child()
    assert result.code == 1
    assert "needs a terminal" in result.err
    assert fenji("--json").code == 2


def test_without_a_desk_it_says_how_to_begin_one(tmp_path: Path) -> None:
    result = fenji("list", "--desk", tmp_path)
    assert result.code == 1
    assert "fenji init" in result.err
    assert not result.out


def test_options_stand_before_or_after(desk: Path) -> None:
    before = fenji("--json", "--desk", desk, "list", "--archived").json
    after = fenji("list", "--archived", "--desk", desk, "--json").json
    assert before[0]["id"] == after[0]["id"] == "KSA-2026-0042"
    assert fenji("policy", "--json", "show", "--desk", desk).json["impact"] == ["major", "minor"]
    other = fenji("--desk", "/nowhere", "list", "--desk", desk)
    assert other.code == 0


def test_the_desk_is_found_upward_and_by_its_variable(desk: Path) -> None:
    assert run_in_child("list", cwd=desk / "tickets" / "archive").code == 0
    assert run_in_child("list", cwd=desk.parent, env={"FENJI_DESK": str(desk)}).code == 0


# --- languages --------------------------------------------------------------------------------------------------


def test_the_desk_speaks_its_policy_s_language(desk: Path) -> None:
    result = fenji("bogus", "--desk", desk, FENJI_LANGUAGE="", FENJI_DESK=str(desk))
    assert "bogus" in result.err
    assert fenji("bogus", FENJI_LANGUAGE="en").err.startswith("There is no command")


def test_help_errors_and_words_of_the_data_are_translated(desk: Path) -> None:
    traditional = {"FENJI_LANGUAGE": "zh-Hant"}
    assert fenji("bogus", **traditional).err.startswith("沒有命令 bogus。")
    assert fenji("bogus", FENJI_LANGUAGE="zh_CN").err.startswith("没有命令 bogus。")
    for text in ("輸出一個 JSON 文件。", "顯示本頁。"):
        assert text in fenji("show", "--help", **traditional).out
    assert "已歸檔" in fenji("show", "42", "--desk", desk, **traditional).out
    assert fenji("show", "42", "--json", "--desk", desk, **traditional).json["state"] == "archived"


def test_damaged_surroundings_do_not_keep_a_message_from_being_told(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_bytes(b"[")
    result = fenji("bogus", FENJI_LANGUAGE="", FENJI_DESK=str(tmp_path))
    assert result.code == 2


# --- streams ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_output_is_utf8_whatever_the_locale(desk: Path, locale: dict[str, str]) -> None:
    result = run_in_child("show", "42", "--desk", desk, env=locale)
    assert result.code == 0, result.err
    assert "備件生鏽" in result.out
    assert (
        run_in_child("list", "--archived", "生鏽", "--json", "--desk", desk, env=locale).json[0]["title"] == "備件生鏽"
    )


def run_in_shell(line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash; `$FENJI -m fenji` runs the command line, stdin is empty."""
    env = child_environment({"FENJI": sys.executable})
    command = ["bash", "-c", line]
    return subprocess.run(command, capture_output=True, check=False, text=True, env=env, stdin=subprocess.DEVNULL)


def test_a_closed_pipe_is_quiet(desk: Path) -> None:
    many = "42 " * 20
    done = run_in_shell(
        f"\"$FENJI\" -m fenji show {many} --desk '{desk}' | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}"
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_hurt_nothing(desk: Path, closed: str) -> None:
    done = run_in_shell(f"exec 9>&1; \"$FENJI\" -m fenji list --desk '{desk}' {closed}; echo done $? >&9")
    assert done.stdout.endswith("done 0\n")
    assert "Traceback" not in done.stderr


def test_a_full_disk_behind_stdout_is_told(desk: Path) -> None:
    done = run_in_shell(f"\"$FENJI\" -m fenji list --archived --desk '{desk}' > /dev/full")
    assert done.returncode == 1
    assert "full" in done.stderr
    assert "Traceback" not in done.stderr


def run_in_terminal(*args: str, **env: str) -> str:
    """What a command line writes to a terminal of 80 columns."""
    import pty

    ours, theirs = pty.openpty()
    known = child_environment({"TERM": "xterm", "COLUMNS": "80", **env})
    with subprocess.Popen([sys.executable, "-m", "fenji", *args], stdout=theirs, stdin=theirs, env=known) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:  # how a terminal says that nobody writes any more
            pass
        process.wait()
    os.close(ours)
    return written.decode()


def test_colours_are_for_terminals_that_have_them(tmp_path: Path) -> None:
    busy = str(worlds.make("busy_morning", tmp_path / "busy"))
    coloured = run_in_terminal("list", "--desk", busy)
    assert "\x1b[31m!" in coloured
    assert "\x1b[33m~" in coloured
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = run_in_terminal("list", "--desk", busy, **env)
        assert "\x1b" not in plain
        assert "\n!  P" in plain
    assert "\x1b" not in fenji("list", "--desk", busy).out


def test_json_is_indented_for_a_person(desk: Path) -> None:
    assert run_in_terminal("show", "42", "--json", "--desk", str(desk)).startswith('{\r\n  "id": ')


# --- completion -------------------------------------------------------------------------------------------------


def complete_line(line: str, desk: Path) -> list[str]:
    words_typed = line.split(" ")
    env = {
        "_FENJI_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words_typed) - 1),
        "FENJI_DESK": str(desk),
    }
    result = run_in_child(env=env)
    assert result.code == 0
    assert not result.err
    return [item.partition(",")[2] for item in result.out.splitlines() if item]


def test_commands_people_and_fields_complete(desk: Path) -> None:
    assert complete_line("fenji cla", desk) == ["classify"]
    assert complete_line("fenji policy ", desk)[:2] == ["show", "check"]
    assert "li.wei" in complete_line("fenji assign 42 li", desk)
    assert "parts" in complete_line("fenji wait 42 p", desk)
    assert "--impact" in complete_line("fenji classify 42 --im", desk)
    assert complete_line("fenji classify 42 --impact ma", desk) == ["major"]
    assert "product.part=" in complete_line("fenji edit 42 --set product.", desk)
    assert "state:" in complete_line("fenji list sta", desk)


def test_sites_keys_columns_contracts_and_periods_complete(desk: Path) -> None:
    for line in ("mail --site ", "remind --site ", "import x.csv --site "):
        assert complete_line(f"fenji {line}K", desk) == ["KSA"]
    assert complete_line("fenji report --by pe", desk) == ["person"]
    assert complete_line("fenji report --by person,pr", desk) == ["person,priority"]
    assert complete_line("fenji report --by person,per", desk) == []
    assert complete_line("fenji report --kind parts --by se", desk) == ["serial"]
    assert complete_line("fenji report --sort solution_r", desk) == ["solution_rate"]
    assert complete_line("fenji report --kind backlog --by site --sort s", desk) == ["site"]
    assert complete_line("fenji report --kind trend --sort 2", desk) == []
    assert complete_line("fenji report --clock i", desk) == ["item"]
    assert complete_line("fenji excuse 42 i", desk) == []
    assert complete_line("fenji excuse 42 solution --reason f", desk) == ["force majeure"]
    assert complete_line("fenji policy holidays SA 2027 --calendar h", desk) == ["hq"]
    assert complete_line("fenji hub revoke zhao", desk) == ["zhao.min"]
    assert complete_line("fenji completion z", desk) == ["zsh"]
    for period in complete_line("fenji report ", desk):
        assert fenji("--desk", desk, "report", period).code == 0, period


def test_contracts_complete(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    assert complete_line("fenji statement --contract ", root) == []
    (root / "contracts.yaml").write_bytes((SOURCE.parent / "contracts.yaml").read_bytes())
    assert complete_line("fenji statement --contract KSA-2023", root) == ["KSA-2023-07"]


@pytest.mark.parametrize(
    ("line", "offered", "opened"),
    [
        ("new --title ", False, False),
        ("search p", False, False),
        ("assign 42 li.wei --note ", False, False),
        ("report --from ", False, False),
        ("report --zone ", False, False),
        ("report --by ", True, False),
        ("report --sort ", True, False),
        ("mail --site ", True, True),
    ],
)
def test_a_desk_is_not_opened_for_words_that_it_does_not_hold(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, *, offered: bool, opened: bool
) -> None:
    wrapper, mark = tmp_path / "git", tmp_path / "opened"
    wrapper.write_text(f'#!/bin/sh\n: > {mark}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert bool(complete_line(f"fenji {line}", desk)) == offered
    assert mark.exists() == opened  # opening a desk asks git for its settings


def test_work_is_not_given_to_who_has_left(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    replace_in_file(root / "policy.yaml", "  li.wei: {", "  li.wei: {until: 2026-01-01, ")
    git(root, "commit", "-qam", "left")
    assert complete_line("fenji assign 42 li", root) == ["liu.yang"]
    assert "owner:li.wei" in complete_line("fenji list owner:", root)


def test_numbers_of_open_tickets_complete(tmp_path: Path) -> None:
    busy = worlds.make("busy_morning", tmp_path / "busy")
    number = next((busy / "tickets" / "open").glob("KSA-*.yaml")).stem
    assert number in complete_line(f"fenji show {number[:5]}", busy)
    assert complete_line(f"fenji show {number}", busy) == [number]
    assert number in complete_line(f"fenji show {number[-3:]}", busy)


def test_completion_never_fails_loudly(tmp_path: Path) -> None:
    assert complete_line("fenji show 4", tmp_path) == []
    assert "new" in complete_line("fenji nonsense --x ", tmp_path)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: str) -> None:
    result = fenji("completion", shell)
    assert result.code == 0
    assert f"_FENJI_COMPLETE={shell}_complete" in result.out
    assert fenji("completion", shell, "--json").json["script"] + "\n" == result.out


def test_bash_reads_its_script() -> None:
    script = fenji("completion", "bash").out
    subprocess.run(["bash", "-n"], input=script.encode(), check=True, capture_output=True)


# --- what nobody foresaw ----------------------------------------------------------------------------------------


def test_an_unforeseen_failure_is_one_sentence_and_a_file(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fenji.desk import Desk

    def fall(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Desk, "board", fall)
    result = fenji("list", "--desk", desk)
    assert result.code == 1
    assert "Unexpected error" in result.err
    assert "Traceback" not in result.err
    path = Path(result.err.split(" are in ")[1].strip().removesuffix("."))
    assert "ZeroDivisionError: secret" in path.read_text()
    assert "ZeroDivisionError: secret" in fenji("list", "--desk", desk, FENJI_DEBUG="1").err


def test_a_full_disk_and_other_failures_of_the_machine_are_named(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fenji.desk import Desk

    for code, reason in ((errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "not allowed")):

        def fail(*_: object, code: int = code, **__: object) -> None:
            raise OSError(code, os.strerror(code), "/some/where")

        monkeypatch.setattr(Desk, "board", fail)
        result = fenji("list", "--desk", desk)
        assert result.code == 1
        assert reason in result.err
        assert "/some/where" in result.err


def test_an_interrupt_ends_with_130(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fenji.desk import Desk

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Desk, "board", interrupted)
    result = fenji("list", "--desk", desk)
    assert (result.code, result.out, result.err) == (130, "", "")
