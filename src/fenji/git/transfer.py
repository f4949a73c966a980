"""Run git commands that use the network: without prompts, with progress, and terminated when this process is."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from msgspec import Struct

from fenji.git.config import read_values
from fenji.git.process import git_environment, start
from fenji.given_files import expand_user

TIMEOUT_SECONDS = 60  # of silence after which a link is given up, unless `fenji.patience` is set
CONNECT_SECONDS = 20  # at most to connect
TERMINATE_SECONDS = 15  # to wait for a terminated git before it is killed
_KEEPALIVE_PROBES = 4  # unanswered probes before ssh gives up
# How long a connection is kept for the next fetch or push, unless `fenji.keepConnection` is set.
KEEP_CONNECTION_SECONDS = 30
MAX_SOCKET_PATH = 100  # bytes in the path of a socket, with some to spare
_PROGRESS_LINE = re.compile(r"(?:remote: )?([A-Z][A-Za-z ]+): +(?:\d+% \((\d+)/(\d+)\)|(\d+))")
_SOCKET_NAME = "fenji-ssh-"


class TransferResult(Struct, frozen=True):
    """The exit status and output of a command; progress lines are left out of `stderr`."""

    status: int
    stdout: str
    stderr: str


def run_transfer(
    folder: Path, *arguments: str, progress: Callable[[str, int, int], None] | None = None
) -> TransferResult:
    """Run git in `folder`; if this is interrupted (Ctrl-C, an exception in `progress`), git is terminated as well."""
    with tempfile.TemporaryFile() as output:
        settings = _read_settings(folder)
        http_timeout = ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={_timeout_seconds(settings)}")
        process = start(
            ("-c", "core.askPass=", *http_timeout, *arguments),
            folder,
            env=transfer_environment(settings),
            stdout=output,
            stderr=subprocess.PIPE,
        )
        try:
            assert process.stderr is not None
            error_lines = [line for line in _read_lines(process.stderr) if not _report_progress(line, progress)]
            status = process.wait()
        except BaseException:
            _terminate(process)
            raise
        finally:
            if process.stderr:
                process.stderr.close()
        output.seek(0)
        return TransferResult(status, output.read().decode("utf-8", "replace"), "\n".join(error_lines))


def _terminate(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(TERMINATE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _read_lines(stream: IO[bytes]) -> Iterator[str]:
    """Yield lines as they arrive; git ends progress lines with a carriage return."""
    rest = b""
    while chunk := os.read(stream.fileno(), 4096):
        *lines, rest = re.split(rb"[\r\n]", rest + chunk)
        yield from (line.decode("utf-8", "replace").rstrip() for line in lines if line.strip())
    if rest.strip():
        yield rest.decode("utf-8", "replace").rstrip()


def _report_progress(line: str, progress: Callable[[str, int, int], None] | None) -> bool:
    match = _PROGRESS_LINE.match(line)
    if not match:
        return False
    if progress:
        progress(match[1], int(match[2] or match[4]), int(match[3] or 0))
    return True


# --- environment ----------------------------------------------------------------------------------------------------


def transfer_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a transfer: nothing prompts, ssh times out and keeps its connection for a while."""
    environment = {**git_environment(), "GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
    if "GIT_SSH" in environment and "GIT_SSH_COMMAND" not in environment:
        return environment  # the user's own program, which takes no options
    command = environment.get("GIT_SSH_COMMAND") or settings.get("core.sshcommand") or "ssh"
    if Path(shlex.split(command)[0] if command.strip() else "").name == "ssh":
        options = (
            *_timeout_options(_timeout_seconds(settings)),
            *_connection_options(settings.get("fenji.keepconnection", "")),
        )
        environment["GIT_SSH_COMMAND"] = " ".join([command, *(f"-o{shlex.quote(option)}" for option in options)])
    return environment


def _read_settings(folder: Path) -> Mapping[str, str]:
    if not folder.is_dir():
        return {}
    return read_values(folder, r"core\.sshcommand|fenji\.(keepconnection|patience)")


def _timeout_seconds(settings: Mapping[str, str]) -> int:
    """Return the seconds of silence after which a link is given up."""
    setting = settings.get("fenji.patience", "")
    return max(1, int(setting)) if setting.isdecimal() else TIMEOUT_SECONDS


def _timeout_options(timeout: int) -> tuple[str, ...]:
    interval = max(1, timeout // _KEEPALIVE_PROBES)
    keepalive = (f"ServerAliveInterval={interval}", f"ServerAliveCountMax={max(1, timeout // interval)}")
    return ("BatchMode=yes", f"ConnectTimeout={min(CONNECT_SECONDS, timeout)}", *keepalive)


def _connection_options(setting: str) -> tuple[str, ...]:
    """Return ssh's options for keeping a connection; none for 0 seconds or without a private folder for the socket."""
    seconds = int(setting) if setting.isdecimal() else KEEP_CONNECTION_SECONDS
    folder = _socket_folder()
    if not seconds or folder is None:
        return ()
    return ("ControlMaster=auto", f"ControlPersist={seconds}", f"ControlPath={folder}/{_SOCKET_NAME}%C")


def _socket_folder() -> Path | None:
    """Return a folder that only this user can access, with a path short enough for a socket, or None."""
    for name in (os.environ.get("XDG_RUNTIME_DIR", ""), str(expand_user("~/.ssh"))):
        with contextlib.suppress(OSError):
            info = Path(name).stat()
            private = info.st_uid == os.getuid() and not info.st_mode & 0o077
            # ssh replaces %C with 40 letters, and adds a few more while it connects.
            if name and private and len(os.fsencode(name)) + len(_SOCKET_NAME) + 60 < MAX_SOCKET_PATH + 8:
                return Path(name)
    return None
