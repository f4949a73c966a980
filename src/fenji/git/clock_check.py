"""Check this machine's clock, as far as this clone can: against the hub's clock, or against its own history.

A hub that judges sends its time with each push. Its present time is then known until this machine is next started;
afterwards the time sent is still a time in the past, like that of every commit.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Sentence, Unavailable
from fenji.git.run import run_git

if TYPE_CHECKING:
    from fenji.git import Repo

FILE_NAME = "fenji-clock.json"
# Far more than clocks with a time server differ, and longer than the judging of a push; far less than the hour that a
# hub allows, so that the person can still set the clock in time.
TOLERANCE = timedelta(minutes=5)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UPTIME = Path("/proc/uptime")
_MAX_COMMITS = 20  # latest commits to examine, since a commit may have a later time than its successors


def utc_now() -> datetime:
    """Return the present time of this machine's clock."""
    return datetime.now(UTC)


def remember_hub_time(repo: Repo, hub_time: datetime, begun: datetime) -> None:
    """Remember the time that the hub sent during a push that began at `begun` by this machine's clock.

    The hub sent it at some time between the two ends of the push; no difference is assumed if its time is within them.
    """
    ended = utc_now()
    own = min(max(hub_time, begun), ended)
    data = {"hub": hub_time.isoformat(), "ahead": (own - hub_time).total_seconds(), "own": ended.isoformat()}
    try:
        files.keep(repo.git_dir, FILE_NAME, json.dumps({**data, "uptime": _uptime(), "boot": _boot_id()}).encode())
    except Unavailable:
        return  # the next push tries again


def find_hub_now(repo: Repo, own: datetime | None = None) -> datetime:
    """Return the hub's present time if it is known to differ from this machine's; else `own` or this machine's time."""
    now = utc_now()
    ahead = _read_hub_time(repo, now)[1]
    return now - ahead if ahead and abs(ahead) > TOLERANCE else own or now


def find_clock_problem(repo: Repo) -> Sentence | None:
    """Return a sentence that says how far this machine's clock is off; None if there is no sign of that."""
    now = utc_now()
    hub_time, ahead = _read_hub_time(repo, now)
    if ahead is not None:
        if ahead > TOLERANCE:
            template = (
                "This machine's clock is {size} ahead of the hub's, which accepts nothing from the future: correct it."
            )
            return Sentence(template, {"size": format_size(ahead)})
        if -ahead > TOLERANCE:
            return Sentence(
                "This machine's clock is {size} behind the hub's: correct it.", {"size": format_size(-ahead)}
            )
        return None
    newest = max((at for at in (_newest_commit_time(repo), hub_time) if at), default=now)
    if newest - now <= TOLERANCE:
        return None
    template = (
        "This machine's clock is {size} behind a record in this desk, of {at}: correct it, or the one that wrote it."
    )
    return Sentence(template, {"size": format_size(newest - now), "at": newest.isoformat(sep=" ", timespec="minutes")})


def format_size(difference: timedelta) -> str:
    """Return a difference as durations are written: `12m`, `3h5m`, `2d1h`."""
    minutes = int(difference.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = ((days, "d"), (hours, "h"), (0 if days else rest, "m"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def _read_hub_time(repo: Repo, now: datetime) -> tuple[datetime | None, timedelta | None]:
    """Return the last time that the hub sent, and how far this machine's clock is ahead, if that is still known."""
    try:
        data = json.loads((repo.git_dir / FILE_NAME).read_bytes())
        hub_time, own = datetime.fromisoformat(data["hub"]), datetime.fromisoformat(data["own"])
        passed = timedelta(seconds=_uptime() - float(data["uptime"]))
        ahead = timedelta(seconds=float(data["ahead"])) + (now - own - passed)  # zero unless the clock was set since
        return hub_time, ahead if data["boot"] and data["boot"] == _boot_id() else None
    except files.DAMAGE:
        return None, None


def _newest_commit_time(repo: Repo) -> datetime | None:
    options = ("--no-show-signature", f"--max-count={_MAX_COMMITS}", "--format=%ct")
    words = run_git(repo.top, "log", *options, "HEAD", "--remotes", "--").stdout.split()
    return datetime.fromtimestamp(max(map(int, words)), UTC) if words else None


def _uptime() -> float:
    """Return the seconds since the machine started, including sleep; setting the clock does not change them.

    The kernel's own value is preferred: a program may be given another clock than the machine has.
    """
    try:
        return float(_UPTIME.read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        pass
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
