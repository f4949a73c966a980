"""The Python that a hub's hook starts, in tests: a fork of a process that has imported fenji already.

Starting Python and importing fenji's modules takes ten times as long as judging a push. The script made here hands its
arguments, environment, folder, umask and three streams over to a fork, and ends with the fork's exit code. The nightly
run, and systems without /proc, start Python itself.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from commandline import SOURCE

_SCRIPT = """#!/bin/sh
mkfifo {folder}/$$
exec 3<&0 <>{folder}/$$
echo "$$ $*" > {folder}/asked
read -r code
exit "$code"
"""
_PYTHON_LINE = re.compile("^python=.*$", re.MULTILINE)


def warm_up(hub: Path) -> None:
    """Have the hook of this hub use a fork; so do copies of the hub."""
    if Path("/proc/self/environ").exists() and not os.environ.get("FENJI_NIGHTLY"):
        _name_python(hub, str(_start()[0]))


def cool_down(hub: Path) -> None:
    """Have the hook of this hub start Python again, as after `hub init`."""
    _name_python(hub, sys.executable)


def _name_python(hub: Path, python: str) -> None:
    hook = hub / "hooks/pre-receive"
    text, count = _PYTHON_LINE.subn(lambda _: f"python={shlex.quote(python)}", hook.read_text("utf-8"))
    assert count == 1
    hook.write_text(text, "utf-8")


@cache
def _start() -> tuple[Path, TemporaryDirectory[str], subprocess.Popen[bytes]]:
    """Return the script, its folder, and the process that forks, which ends with this one because its stdin does."""
    kept = TemporaryDirectory(prefix="fenji-warm-")
    folder = Path(kept.name)
    os.mkfifo(folder / "asked")
    script = folder / "python"
    script.write_text(_SCRIPT.format(folder=shlex.quote(kept.name)))
    script.chmod(0o755)
    path = os.pathsep.join([str(SOURCE), str(Path(__file__).parent)])
    server = subprocess.Popen(
        [sys.executable, "-P", "-c", "import sys, warm_python; warm_python.serve(sys.argv[1])", kept.name],
        stdin=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": path},
    )
    return script, kept, server


def serve(folder: str) -> None:
    """Fork for each line `PID ARGUMENT…` that comes through the pipe `asked`, until stdin ends."""
    import fenji.cli.hub
    import fenji.cli.program  # noqa: F401  # what a hook needs

    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    asked = os.open(f"{folder}/asked", os.O_RDWR)  # also for writing, so that it never ends, whoever closes it
    while 0 not in (ready := select.select([0, asked], [], [])[0]):
        for line in os.read(ready[0], 1 << 16).decode().splitlines():  # a short line is written whole
            if os.fork() == 0:
                _answer(folder, *line.split())


def _answer(folder: str, asker: str, *arguments: str) -> None:
    """Run the command line in a fork, and send its exit code to the process that asked, unless it was killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        _run(asker, arguments[3:])  # after -P -m fenji
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        os.write(os.open(f"{folder}/{asker}", os.O_WRONLY | os.O_NONBLOCK), f"{code % 256}\n".encode())
    Path(folder, asker).unlink()
    os._exit(0)


def _run(asker: str, arguments: Sequence[str]) -> NoReturn:
    code = 1
    try:
        _take_place_of(Path("/proc", asker))
        from fenji.cli.main import main

        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _take_place_of(process: Path) -> None:
    for stream, its, how in ((0, 3, os.O_RDONLY), (1, 1, os.O_WRONLY), (2, 2, os.O_WRONLY)):
        os.dup2(os.open(process / "fd" / str(its), how), stream)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    os.chdir(process / "cwd")
    (mask,) = re.findall(r"^Umask:\s*(\d+)$", (process / "status").read_text(), re.MULTILINE)
    os.umask(int(mask, 8))
    os.environ.clear()
    for setting in (process / "environ").read_bytes().split(b"\0"):
        name, found, value = setting.partition(b"=")
        if found:
            os.environb[name] = value
