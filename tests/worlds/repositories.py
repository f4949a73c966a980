"""Git for the worlds: new repositories, one commit of everything, clones. Runs git; knows nothing of tickets."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

# The developer's own settings must not change a world: no hooks, signatures, line endings or garbage collection.
_PLAIN = {
    "init.defaultBranch": "main",
    "core.hooksPath": os.devnull,
    "core.autocrlf": "false",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "pack.compression": "1",
    "core.compression": "1",
    "user.name": "worlds",
    "user.email": "worlds@fenji.example",
    "safe.directory": "*",
    "protocol.file.allow": "always",
}


def git(folder: Path, *args: str, at: datetime | None = None, stdin: bytes | None = None) -> str:
    """Return git's output; commits carry the instant `at`. Raises CalledProcessError with git's message in `stderr`."""
    settings = [word for key, value in _PLAIN.items() for word in ("-c", f"{key}={value}")]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    dates = {name: at.isoformat() for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")} if at else {}
    env = {**inherited, **dates, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *settings, *args], cwd=folder, env=env, input=stdin, capture_output=True, check=True)
    return done.stdout.decode()


def init_repository(folder: Path, *, site: str, person: str, name: str, email: str) -> None:
    """Create a repository in `folder` for one person at one site."""
    git(folder, "init", "-q", "--template=", ".")
    configure(folder, site=site, person=person, name=name, email=email)


def configure(folder: Path, *, site: str, person: str, name: str, email: str) -> None:
    """Set whose clone this is."""
    settings = {"fenji.site": site, "fenji.user": person, "user.name": name, "user.email": email}
    sections: dict[str, list[str]] = {}
    for key, value in settings.items():
        section, _, rest = key.partition(".")
        sections.setdefault(section, []).append(f"\t{rest} = {value}\n")
    text = "".join(f"[{section}]\n{''.join(lines)}" for section, lines in sections.items())
    with Path(folder, ".git", "config").open("a", encoding="utf-8") as config:
        config.write(text)


def commit_all(folder: Path, files: Mapping[str, bytes], subject: str, *, at: datetime) -> None:
    """Commit `files` (path → bytes), which are in the folder already; ten thousand take about a second.

    The commit is imported as one pack; then the index is filled from it and refreshed from the files on disk.
    """
    stream = b"".join(_commit_stream(files, subject, at))
    git(folder, "fast-import", "--quiet", stdin=stream)
    git(folder, "read-tree", "HEAD")
    git(folder, "update-index", "-q", "--refresh")


def _commit_stream(files: Mapping[str, bytes], subject: str, at: datetime) -> Iterable[bytes]:
    zone = at.strftime("%z")
    who = f"worlds <worlds@fenji.example> {int(at.timestamp())} {zone}"
    yield f"commit refs/heads/main\ncommitter {who}\ndata {len(subject.encode())}\n{subject}\n".encode()
    for path, data in files.items():
        yield f"M 100644 inline {_quote_path(path)}\ndata {len(data)}\n".encode()
        yield data
        yield b"\n"


def _quote_path(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
