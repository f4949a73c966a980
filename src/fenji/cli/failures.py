"""Turns every error into one clear sentence and an exit code; translates exceptions of other libraries."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from fenji import files
from fenji.cli.help import format_usage
from fenji.errors import Damaged, FenjiError, InvalidUsage, Problem, Unavailable, os_reason
from fenji.folders import state_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fenji.cli.session import CommandOutput, Session
    from fenji.model.board import BadFile
    from fenji.model.values import JsonValue


_MAX_NAMED = 5  # unreadable files named at most; `check` names them all


def describe_error(error: Exception, session: Session) -> tuple[str, int]:
    """Return what to print on stderr, and the exit code. With FENJI_DEBUG the traceback comes first."""
    translated = _translate(error)
    if translated is None:
        return _report_unexpected(error, session), 1
    text = "\n".join(_error_lines(translated, session))
    if os.environ.get("FENJI_DEBUG"):
        text = "".join(traceback.format_exception(error)) + text
    return text, translated.exit_code


def _error_lines(error: FenjiError, session: Session) -> list[str]:
    lines = [session.say(error.sentence)]
    if isinstance(error, Damaged):
        lines += [format_problem(problem, session) for problem in error.problems]
    if error.hint:
        lines.append(session.say(error.hint))
    return [*lines, *(line for other in error.others for line in _error_lines(other, session))]


def format_problem(problem: Problem, session: Session) -> str:
    """Format a problem as `path:line:column: key: message`."""
    path = files.printable(problem.path)
    location = f"{path}:{problem.line}:{problem.column}" if problem.line else path
    return ": ".join(part for part in (location, problem.key, session.say(problem.message)) if part)


def describe_bad_files(bad_files: Sequence[BadFile], session: Session) -> Iterator[str]:
    """Yield how many files cannot be read, and the first few with their first problem; nothing if there are none."""
    if bad_files:
        yield session.say(
            "{count} file cannot be read. Details: fenji check",
            plural="{count} files cannot be read. Details: fenji check",
            count=len(bad_files),
        )
    for bad_file in bad_files[:_MAX_NAMED]:
        yield format_problem(bad_file.problems[0], session) if bad_file.problems else bad_file.path


def name_bad_files(output: CommandOutput, bad_files: Sequence[BadFile], session: Session) -> CommandOutput:
    """Return the output of a command that met unreadable files: they are named, and the exit code says so."""
    if not bad_files:
        return output
    remarks = (*output.remarks, *describe_bad_files(bad_files, session))
    return replace(output, remarks=remarks, exit_code=output.exit_code or Damaged.exit_code)


def _translate(error: Exception) -> FenjiError | None:
    if isinstance(error, FenjiError):
        return error
    if isinstance(error, click.UsageError):
        return _translate_usage_error(error)
    if isinstance(error, OSError):
        return _translate_os_error(error)
    return None


# --- wrong usage --------------------------------------------------------------------------------------------------


def _translate_usage_error(error: click.UsageError) -> InvalidUsage:
    template, values = _usage_message(error)
    usage = format_usage(error.ctx) if error.ctx else "fenji [OPTIONS] COMMAND"
    return InvalidUsage(template, hint="Usage: {usage}", usage=usage, **values)


def _usage_message(error: click.UsageError) -> tuple[str, dict[str, JsonValue]]:
    if isinstance(error, click.NoSuchOption):
        near = " ".join(error.possibilities or ())
        template = "There is no option {option}; is {near} meant?" if near else "There is no option {option}."
        return template, {"option": error.option_name, "near": near}
    if isinstance(error, click.MissingParameter):
        return "{name} is missing.", {"name": _parameter_name(error.param)}
    if isinstance(error, click.BadParameter):
        return "{name}: {message}", {"name": _parameter_name(error.param), "message": error.message}
    if isinstance(error, click.BadOptionUsage):
        flag = "does not take" in error.message  # the two errors of click differ only in their text
        return ("{option} takes no value." if flag else "{option} needs a value."), {"option": error.option_name}
    return "{message}", {"message": error.message}


def _parameter_name(parameter: click.Parameter | None) -> str:
    if parameter is None:
        return "?"
    return (
        parameter.opts[-1]
        if isinstance(parameter, click.Option)
        else (parameter.metavar or str(parameter.name).upper())
    )


# --- the machine --------------------------------------------------------------------------------------------------


def _translate_os_error(error: OSError) -> Unavailable:
    reason = os_reason(error)
    if error.filename is None:
        return Unavailable("The system does not allow it: {reason}.", reason=reason)
    hint = "Nothing is lost: fix that and try again."
    return Unavailable("{path} cannot be used: {reason}.", hint=hint, path=error.filename, reason=reason)


def _report_unexpected(error: Exception, session: Session) -> str:
    """Return one sentence; the traceback is written to a file, or follows if no file can be written."""
    details = "".join(traceback.format_exception(error))
    if os.environ.get("FENJI_DEBUG"):
        return details.rstrip()
    name = type(error).__name__
    path = _write_report(details)
    if path is None:
        return session.say("Unexpected error ({name}); the details follow.", name=name) + "\n" + details.rstrip()
    return session.say("Unexpected error ({name}). The details are in {path}.", name=name, path=path)


def _write_report(details: str) -> Path | None:
    """Write a report to the user's state folder, else to the temporary folder; return its path, None on failure."""
    from fenji import __version__

    header = f"fenji {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n{sys.argv[1:2]}\n\n"
    name = f"failure-{datetime.now().astimezone():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    state = state_home()
    paths = [Path(state, "fenji", name)] if state else []
    with suppress(OSError):
        paths.append(Path(tempfile.gettempdir(), f"fenji-{name}"))
    return next((path for path in paths if _write_private(path, header + details)), None)


def _write_private(path: Path, text: str) -> bool:
    """Write a new file that only its owner can read; return whether that succeeded."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return True
    return False
