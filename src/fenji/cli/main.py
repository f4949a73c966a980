"""The entry point of `fenji`. Imports only what every start needs; the commands are in `program`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from fenji.cli import COMPLETE_ENV, INTERRUPTED

# Allocations between two garbage collections. A thousand tickets are some 200,000 objects that all live until the
# command ends; with Python's default of 700, `list` would spend a fifth of its time scanning them.
_GC_THRESHOLD = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    if args == ["--version"]:
        return _print_version()
    if args[:1] == ["merge-driver"]:  # git runs this for every ticket changed on both sides
        from fenji.sync.merge_driver import main as merge_driver

        return merge_driver(args[1:])
    gc.set_threshold(_GC_THRESHOLD, 50, 50)
    try:
        code = _run(args)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if arguments is None and "textual" not in sys.modules:
        _exit_now(code)
    return code


def _run(args: Sequence[str]) -> int:
    """Open the interface without reading the table of commands first, or run a command."""
    from fenji.cli import interface

    options = interface.read_options(args) if COMPLETE_ENV not in os.environ else None
    if options is None:
        from fenji.cli.program import run

        return run(args)
    try:
        return interface.start(options)
    except Exception as error:  # any error is shown as one sentence
        from fenji.cli.program import report_error
        from fenji.cli.session import Session

        session = Session()
        if options.folder:
            from pathlib import Path

            session.folder = Path(options.folder)
        return report_error(error, session)


def _print_version() -> int:
    from fenji import __version__
    from fenji.cli import streams

    try:
        streams.prepare()
        streams.write(f"fenji {__version__}\n")
    except OSError as error:
        from fenji.cli.program import report_error
        from fenji.cli.session import Session

        return report_error(error, Session())
    return 0


def _exit_now(code: int) -> None:
    """End the process at once, because freeing a thousand tickets would keep a person waiting for 50 ms.

    By now every write is flushed and every commit made, and a command leaves no thread and no child process behind.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
