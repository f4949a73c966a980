"""Running a git command that talks over a wire: it asks nobody anything, tells how far it is, and ends with us."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fenji.repo.command import ask, check_installed, surroundings

# A link that passes nothing on for so long is given up, unless `fenji.patience` says otherwise: told, not waited for.
PATIENCE_SECONDS = 60
CONNECT_SECONDS = 20
ENDING_SECONDS = 15  # for a git that was told to end
_QUESTIONS = 4  # ssh asks whether the other end is still there so often before it gives up
KEEP_SECONDS = 30  # a connection is kept for the next fetch or push, unless `fenji.keepConnection` says otherwise
LONGEST_SOCKET = 100  # bytes: what the path of a socket may have, with some to spare
_STEP = re.compile(r"(?:remote: )?([A-Z][A-Za-z ]+): +(?:\d+% \((\d+)/(\d+)\)|(\d+))")
_SOCKET_NAME = "fenji-ssh-"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it wrote; progress lines are left out of `err`."""

    status: int
    out: str
    err: str


def talk(folder: Path, *arguments: str, progress: Callable[[str, int, int], None] | None = None) -> Said:
    """Run git in `folder`. Ended early (Ctrl-C, an exception of `progress`), the command is ended as well."""
    check_installed()
    with tempfile.TemporaryFile() as out:
        settings = _settings(folder)
        patient = ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={_patience(settings)}")
        process = subprocess.Popen(
            ["git", "-C", str(folder), "-c", "core.askPass=", *patient, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            env=quiet(settings),
        )
        try:
            assert process.stderr is not None
            kept = [line for line in _lines(process.stderr) if not _told(line, progress)]
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            if process.stderr:
                process.stderr.close()
        out.seek(0)
        return Said(status, out.read().decode("utf-8", "replace"), "\n".join(kept))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _lines(stream: IO[bytes]) -> Iterator[str]:
    """Lines as they come; git ends those of its progress with a carriage return."""
    held = b""
    while chunk := os.read(stream.fileno(), 4096):
        *whole, held = re.split(rb"[\r\n]", held + chunk)
        yield from (line.decode("utf-8", "replace").rstrip() for line in whole if line.strip())
    if held.strip():
        yield held.decode("utf-8", "replace").rstrip()


def _told(line: str, progress: Callable[[str, int, int], None] | None) -> bool:
    found = _STEP.match(line)
    if not found:
        return False
    if progress:
        progress(found[1], int(found[2] or found[4]), int(found[3] or 0))
    return True


# --- surroundings ---------------------------------------------------------------------------------------------------


def quiet(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a talk: nothing prompts, ssh gives up in time and keeps its connection for a while."""
    found = {**surroundings(), "GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
    if "GIT_SSH" in found and "GIT_SSH_COMMAND" not in found:
        return found  # a program of the user's own, that takes no options
    command = found.get("GIT_SSH_COMMAND") or settings.get("core.sshcommand") or "ssh"
    if Path(shlex.split(command)[0] if command.strip() else "").name == "ssh":
        options = (*_giving_up(_patience(settings)), *_kept_open(settings.get("fenji.keepconnection", "")))
        found["GIT_SSH_COMMAND"] = " ".join([command, *(f"-o{shlex.quote(one)}" for one in options)])
    return found


def _settings(folder: Path) -> Mapping[str, str]:
    if not folder.is_dir():
        return {}
    wanted = r"^(core\.sshcommand|fenji\.(keepconnection|patience))$"
    answer = ask(folder, "config", "-z", "--get-regexp", wanted)
    pairs = (entry.partition("\n") for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"))
    return {key.lower(): value for key, _, value in pairs if key}


def _patience(settings: Mapping[str, str]) -> int:
    """Seconds of silence."""
    told = settings.get("fenji.patience", "")
    return max(1, int(told)) if told.isdecimal() else PATIENCE_SECONDS


def _giving_up(patience: int) -> tuple[str, ...]:
    every = max(1, patience // _QUESTIONS)
    silent = (f"ServerAliveInterval={every}", f"ServerAliveCountMax={max(1, patience // every)}")
    return ("BatchMode=yes", f"ConnectTimeout={min(CONNECT_SECONDS, patience)}", *silent)


def _kept_open(setting: str) -> tuple[str, ...]:
    """The options that keep a connection; none for 0 seconds, or where there is no folder of the user's own for it."""
    seconds = int(setting) if setting.isdecimal() else KEEP_SECONDS
    folder = _socket_folder()
    if not seconds or folder is None:
        return ()
    return ("ControlMaster=auto", f"ControlPersist={seconds}", f"ControlPath={folder}/{_SOCKET_NAME}%C")


def _socket_folder() -> Path | None:
    """A folder that nobody else can look into, with a path short enough for a socket."""
    for name in (os.environ.get("XDG_RUNTIME_DIR", ""), str(Path("~/.ssh").expanduser())):
        with contextlib.suppress(OSError):
            found = Path(name).stat()
            private = found.st_uid == os.getuid() and not found.st_mode & 0o077
            # %C becomes 40 letters, and ssh adds a few more while it connects.
            if name and private and len(os.fsencode(name)) + len(_SOCKET_NAME) + 60 < LONGEST_SOCKET + 8:
                return Path(name)
    return None
