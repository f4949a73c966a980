"""Running the command line in tests: in this process where that is enough, in one of its own where it matters."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec import Struct

SOURCE = Path(__file__).parent.parent / "src"


class CommandResult(Struct, frozen=True):
    """The result of a command line: its exit code and its output."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def fenji(*args: object, stdin: str | bytes = "", **env: str) -> CommandResult:
    """Run the command line in this process."""
    from fenji.cli.main import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2))
    data = stdin.encode() if isinstance(stdin, str) else stdin
    with (
        mock.patch.dict(os.environ, {"FENJI_LANGUAGE": "en", **env}),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(data))),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main([str(arg) for arg in args])
    return CommandResult(code, *(_read_stream(stream) for stream in (out, err)))


def _read_stream(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return bytes(stream.buffer.read()).decode("utf-8")


def child_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child: that of the tests, the project's source on the path, and `env`."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), "FENJI_LANGUAGE": "en", **env}


def run_in_child(
    *args: object, env: Mapping[str, str] | None = None, stdin: str = "", cwd: Path | None = None
) -> CommandResult:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fenji", *map(str, args)],
        input=stdin.encode(),
        capture_output=True,
        check=False,
        cwd=cwd,
        env=child_environment(env or {}),
    )
    return CommandResult(done.returncode, done.stdout.decode(), done.stderr.decode())
