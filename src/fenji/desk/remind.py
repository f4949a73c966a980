"""List the reminders of promises that run out at a clone's site, and send them once.

Each sent reminder is remembered at once in the git folder of the clone, so that after a kill at most one is sent twice.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji import files
from fenji.errors import InvalidUsage, NotFound, Refused, os_reason
from fenji.model.policy.durations import DAY, Duration, parse_duration
from fenji.model.reminders import DEFAULT_RULES, Reminder, ReminderRules, Step, find_reminders
from fenji.storage import owned_files
from fenji.storage.lock import FileLock

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads

MEMORY_FILE, LOCK_FILE = "fenji-reminded.json", "fenji-reminded.lock"
_KEPT = timedelta(days=400)  # how long sent reminders are remembered


class ReminderRequest(Struct, frozen=True):
    """A request: for one person or all (`""`), at a site (`""`: the clone's own), and a duration besides the rules."""

    person: str = ""
    within: str = ""
    site: str = ""


class Sending(Struct):
    """The result of sending: the number of sent reminders, and the failed ones with the command's exit code."""

    sent: int = 0
    failed: list[tuple[Reminder, int]] = field(default_factory=list)


def load_rules(desk: DeskReads) -> ReminderRules:
    """Return the rules of remind.yaml, or the default ones without that file. Raises Damaged with every problem."""
    data = owned_files.load(desk.root, owned_files.REMINDERS)
    return DEFAULT_RULES if data is None else owned_files.read_reminder_rules(data)


def list_reminders(desk: DeskReads, request: ReminderRequest) -> list[Reminder]:
    """Return the present reminders, the promise that runs out next first.

    Raises NotFound for a site or person that the policy does not know, InvalidUsage for an invalid duration.
    """
    site = request.site or desk.site
    if site and site not in desk.policy.sites:
        names = tuple(desk.policy.sites)
        raise NotFound("There is no site {site}.", hint="The sites are: {names}.", site=site, names=names)
    if request.person and request.person not in desk.policy.people:
        raise NotFound("There is no person {person}.", person=request.person)
    board = desk.board()
    rows = (row for row in board.rows if not site or row.ticket.site == site)
    found = find_reminders(rows, load_rules(desk), desk.policy, board.at, within=_within(request.within))
    return [reminder for reminder in found if request.person in ("", reminder.person)]


def _within(text: str) -> Step | None:
    if not text:
        return None
    duration = parse_duration(text)
    if not isinstance(duration, Duration):
        raise InvalidUsage("{reason}.", reason=duration)
    return Step(f"{text} left", after=-duration.to_timedelta(DAY))


def not_sent(desk: DeskReads, reminders: Iterable[Reminder], *, again: datetime | None = None) -> list[Reminder]:
    """Return the reminders that were not sent yet; those sent since `again` count as not sent."""
    memory = _read_memory(desk, again)
    return [reminder for reminder in reminders if reminder.key not in memory]


def _read_memory(desk: DeskReads, again: datetime | None) -> dict[str, str]:
    """Return the keys of the reminders sent before `again` (None: ever), each with its instant."""
    try:
        found = json.loads((desk.repo.git_dir / MEMORY_FILE).read_bytes())
        memory = {str(key): datetime.fromisoformat(str(at)) for key, at in found.items()}
    except files.DAMAGE:
        return {}
    return {key: at.isoformat() for key, at in memory.items() if again is None or at < again}


def send(
    desk: DeskReads,
    reminders: Iterable[Reminder],
    command: str,
    render: Callable[[Reminder], bytes],
    *,
    again: datetime | None = None,
) -> Sending:
    """Pass each reminder that was not sent yet to the standard input of a command, one at a time.

    A reminder is remembered once the command has exited with 0. No shell is started. Raises InvalidUsage for an invalid
    command, Refused if it cannot be started, Unavailable if another process is sending.
    """
    words = _split(command)
    done = Sending()
    with FileLock(desk.repo.git_dir / LOCK_FILE):
        memory = _read_memory(desk, again)
        for reminder in reminders:
            if reminder.key in memory:
                continue
            code = _run(words, render(reminder))
            if code:
                done.failed.append((reminder, code))
                continue
            memory[reminder.key] = desk.now().isoformat()
            _keep(desk, memory)
            done.sent += 1
    return done


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InvalidUsage("{command} is not a command: {reason}", command=command, reason=str(error)) from error
    if not words:
        raise InvalidUsage("Name the sending command, such as --each 'sendmail -t'.")
    return words


def _run(words: list[str], data: bytes) -> int:
    try:
        return subprocess.run(words, input=data, check=False).returncode
    except OSError as error:
        reason = os_reason(error)
        raise Refused("{command} cannot be started: {reason}", command=words[0], reason=reason) from error


def _keep(desk: DeskReads, memory: dict[str, str]) -> None:
    oldest = desk.now() - _KEPT
    kept = {key: at for key, at in memory.items() if datetime.fromisoformat(at) > oldest}
    files.keep(desk.repo.git_dir, MEMORY_FILE, json.dumps(kept, sort_keys=True, indent=0).encode())
