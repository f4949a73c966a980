"""Everything that can go wrong, as one clear sentence and an exit code; foreign exceptions are translated here."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli.helping import usage_line
from fenji.errors import Damaged, FenjiError, Misused, Sentence, Unavailable

if TYPE_CHECKING:
    from fenji.cli.session import Session
    from fenji.errors import Problem


def explain(error: Exception, session: Session) -> tuple[str, int]:
    """What to print on stderr, and the exit code. With FENJI_DEBUG the traceback stands before it."""
    known = _known(error)
    if known is None:
        return _unforeseen(error, session), 1
    text = "\n".join(_lines(known, session))
    if os.environ.get("FENJI_DEBUG"):
        text = "".join(traceback.format_exception(error)) + text
    return text, known.exit_code


def _lines(error: FenjiError, session: Session) -> list[str]:
    lines = [session.say(error.sentence)]
    if isinstance(error, Damaged):
        lines += [problem_line(one, session) for one in error.problems]
    return [*lines, session.say(error.hint)] if error.hint else lines


def problem_line(problem: Problem, session: Session) -> str:
    """`path:line:column: key: message`."""
    place = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    return ": ".join(part for part in (place, problem.key, session.say(problem.message)) if part)


def _known(error: Exception) -> FenjiError | None:
    if isinstance(error, FenjiError):
        return error
    if isinstance(error, click.UsageError):
        return _usage(error)
    if isinstance(error, OSError):
        return _surroundings(error)
    return None


# --- wrong usage --------------------------------------------------------------------------------------------------


def _usage(error: click.UsageError) -> Misused:
    template, values = _usage_sentence(error)
    usage = usage_line(error.ctx) if error.ctx else "fenji [OPTIONS] COMMAND"
    return Misused(template, hint="Usage: {usage}", usage=usage, **values)


def _usage_sentence(error: click.UsageError) -> tuple[str, dict[str, object]]:
    if isinstance(error, click.NoSuchOption):
        near = " ".join(error.possibilities or ())
        template = "There is no option {option}; is {near} meant?" if near else "There is no option {option}."
        return template, {"option": error.option_name, "near": near}
    if isinstance(error, click.MissingParameter):
        return "{name} is missing.", {"name": _name(error.param)}
    if isinstance(error, click.BadParameter):
        return "{name}: {message}", {"name": _name(error.param), "message": error.message}
    if isinstance(error, click.BadOptionUsage):
        flag = "does not take" in error.message  # the only difference that click makes between the two
        return ("{option} takes no value." if flag else "{option} needs a value."), {"option": error.option_name}
    return "{message}", {"message": error.message}


def _name(parameter: click.Parameter | None) -> str:
    if parameter is None:
        return "?"
    return (
        parameter.opts[-1]
        if isinstance(parameter, click.Option)
        else (parameter.metavar or str(parameter.name).upper())
    )


# --- the machine --------------------------------------------------------------------------------------------------

_REASONS = {
    errno.ENOSPC: Sentence("the disk is full"),
    errno.EDQUOT: Sentence("the disk quota is used up"),
    errno.EROFS: Sentence("the disk is read-only"),
    errno.EACCES: Sentence("not allowed"),
    errno.EPERM: Sentence("not allowed"),
    errno.ENOENT: Sentence("there is no such file"),
}


def _surroundings(error: OSError) -> Unavailable:
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    if error.filename is None:
        return Unavailable("The machine does not allow it: {reason}.", reason=reason)
    hint = "Nothing is lost: put that right and do it again."
    return Unavailable("{path} cannot be used: {reason}.", hint=hint, path=error.filename, reason=reason)


def _unforeseen(error: Exception, session: Session) -> str:
    """One sentence; the details go to a file in the person's state folder, or to stderr where that cannot be."""
    details = "".join(traceback.format_exception(error))
    if os.environ.get("FENJI_DEBUG"):
        return details.rstrip()
    name = type(error).__name__
    try:
        path = _written(details)
    except OSError:
        return session.say("This was not foreseen ({name}); the details follow.", name=name) + "\n" + details.rstrip()
    return session.say("This was not foreseen ({name}). The details are in {path}.", name=name, path=path)


def _written(details: str) -> Path:
    from fenji import __version__

    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "fenji"
    state.mkdir(parents=True, exist_ok=True)
    path = state / f"failure-{datetime.now().astimezone():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    head = f"fenji {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n{sys.argv[1:2]}\n\n"
    path.write_text(head + details, encoding="utf-8", errors="backslashreplace")
    return path
