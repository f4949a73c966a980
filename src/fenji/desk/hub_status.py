"""Examine a hub for its administrator: whether it judges, what it contains, and when each person last contributed.

Changes nothing. Findings are of the same type as those of the doctor.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import hub
from fenji.desk.doctor.finding import Findings, describe_leftovers, fault, note, ok
from fenji.desk.doctor.folders import check_room
from fenji.errors import NotFound, Refused, Sentence
from fenji.git import find_repo, leftovers, locks
from fenji.git.branches import find_remote, short_name
from fenji.git.commit_object import CommitPerson
from fenji.git.history import History
from fenji.git.remotes import FOUNDING_REF
from fenji.given_files import expand_user
from fenji.judge.authors import identify_author
from fenji.judge.contents import BlobContents
from fenji.judge.paths import POLICY
from fenji.model.policy import Policy

if TYPE_CHECKING:
    from fenji.desk.doctor.finding import Finding

_OPEN, _ARCHIVED = "tickets/open/", "tickets/archive/"
_FIELD, _RECORD = "%x00", "%x01"


class HubStatus(Struct, frozen=True):
    """A hub as it is now: its branch and commit (`""`: none yet), when that was made, and its counts of tickets.

    `last_acts` has the instant of each person's latest commit, the latest first.
    """

    path: Path
    branch: str
    commit: str
    made_at: datetime | None
    open_count: int
    archived_count: int
    last_acts: dict[str, datetime]
    findings: tuple[Finding, ...]

    @property
    def needs_doing(self) -> bool:
        """Whether any finding asks for something to be done."""
        return any(finding.state == "fault" for finding in self.findings)


def look_at_hub(start: Path | None) -> HubStatus:
    """Examine the hub in a folder (default: the current one), or the hub of the desk in that folder.

    Raises NotFound if there is neither, Refused if the desk's hub is on another machine or not known.
    """
    path = _find_hub(expand_user(start) if start else Path.cwd()).resolve()
    history = History(path)
    contents, branch = BlobContents(history), history.head_branch()
    commit = history.resolve(branch) or ""
    policy = _read_policy(contents, commit)
    last_acts = _find_last_acts(history, commit, policy) if commit else {}
    return HubStatus(
        path,
        short_name(branch),
        commit,
        history.read_commits([commit])[commit].committer.at if commit else None,
        _count_tickets(history, commit, _OPEN),
        _count_tickets(history, commit, _ARCHIVED),
        last_acts,
        tuple(_check(path, history, commit, policy)),
    )


def _find_hub(folder: Path) -> Path:
    if hub.is_bare_repository(folder):
        return folder
    if not folder.is_dir():
        raise NotFound("Not a hub: {path}.", hint="Name the hub's folder, or a desk that uses it.", path=folder)
    if (folder / "objects").is_dir() and (folder / "refs").is_dir():
        hint = "Fix it with: fenji hub init {path}"
        raise Refused("Some of git's own files in {path} are damaged.", hint=hint, path=folder)
    remote = find_remote(find_repo(folder))
    if remote is None:
        hint = "Name the hub's folder: fenji hub status DIR"
        raise Refused("This desk has no hub.", hint=hint)
    place = Path(remote.url.removeprefix("file://"))
    if not hub.is_bare_repository(place):
        hint = "Run on the hub's machine: fenji hub status DIR"
        raise Refused("The hub {url} is not a folder on this machine.", hint=hint, url=remote.url)
    return place


def _read_policy(contents: BlobContents, commit: str) -> Policy | None:
    blob = contents.history.blob_ids(commit, [POLICY]).get(POLICY, "") if commit else ""
    policy = contents.policy(blob) if blob else ()
    return policy if isinstance(policy, Policy) else None


def _count_tickets(history: History, commit: str, folder: str) -> int:
    if not commit:
        return 0
    answer = history.run("ls-tree", "-r", "--name-only", "-z", commit, "--", folder)
    return sum(name.endswith(b".yaml") for name in answer.stdout.split(b"\0"))


def _find_last_acts(history: History, commit: str, policy: Policy | None) -> dict[str, datetime]:
    form = _FIELD.join(("%at", "%ae", "%an")) + _RECORD
    answer = history.run("log", f"--format={form}", "--no-merges", commit).stdout.decode("utf-8", "replace")
    latest: dict[tuple[str, str], int] = {}
    for record in answer.split("\1"):
        at, _, writer = record.strip().partition("\0")
        if writer:
            address, _, name = writer.partition("\0")
            latest[address, name] = max(latest.get((address, name), 0), int(at))
    acts: dict[str, datetime] = {}
    for (address, name), second in latest.items():
        at_instant = datetime.fromtimestamp(second, UTC)
        person = identify_author(CommitPerson(name, address, at_instant), policy) if policy else address
        acts[person] = max(acts.get(person, at_instant), at_instant)
    return dict(sorted(acts.items(), key=lambda act: act[1], reverse=True))


# --- checks -----------------------------------------------------------------------------------------------------------


def _check(path: Path, history: History, commit: str, policy: Policy | None) -> Iterator[Finding]:
    yield from _check_hook(path)
    yield from _check_contents(path, history, commit, policy)
    yield from _check_keys(policy)
    yield from _check_locks(path)
    yield from check_room(path)


def _check_hook(path: Path) -> Findings:
    values = {"hub": str(path)}
    reason, missing = hub.find_hook_fault(path), hub.find_missing_settings(path)
    if reason:
        yield fault(
            "hook", Sentence(reason.template, {**reason.values, **values}), hint="Renew it: fenji hub init {hub}"
        )
    else:
        yield ok("hook", Sentence("fenji judges what is pushed here."))
    if missing:
        message = Sentence("git lacks hub settings: {names}.", {"names": tuple(missing), **values})
        yield fault("settings", message, hint="Set them: fenji hub init {hub}")
    else:
        yield ok("settings", Sentence("git's settings are those of a hub."))


def _check_contents(path: Path, history: History, commit: str, policy: Policy | None) -> Findings:
    if not commit:
        message = Sentence("The hub is still empty.", {"hub": str(path)})
        yield note("branch", message, hint="Fill it from a desk: fenji hub init {hub} --from DESK")
        return
    refs = history.run("for-each-ref", "--format=%(refname)").stdout.decode("utf-8", "replace").split()
    strange = [name for name in refs if name not in (history.head_branch(), FOUNDING_REF)]
    if strange:
        message = Sentence("Besides its branch, it holds: {names}.", {"names": tuple(strange)})
        yield note("branch", message, hint="No desk uses these; delete those nobody knows: git update-ref -d NAME")
    else:
        yield ok("branch", Sentence("It holds its one branch and nothing else."))
    if policy is None:
        message = Sentence("The hub's policy.yaml cannot be read: from now on it takes only a readable one.")
        yield fault("policy", message, hint="Fix it at a desk, then sync: fenji policy check")
    elif policy.newer_format:
        message = Sentence("policy.yaml has a format that this fenji cannot read.")
        yield fault("policy", message, hint="Install a newer fenji here, like the sites.")
    else:
        yield ok("policy", Sentence("The hub's rules are valid."))


def _check_keys(policy: Policy | None) -> Findings:
    if policy is None or not policy.require_signed:
        return
    acting = {key: person for key, person in policy.people.items() if person.roles_at(datetime.now(UTC))}
    without = [key for key, person in acting.items() if not person.key]
    if without:
        message = Sentence("Signing is required, but these have no key: {names}.", {"names": tuple(without)})
        yield note("keys", message)
    else:
        yield ok("keys", Sentence("Everybody with a role has a key."))


def _check_locks(path: Path) -> Findings:
    found = locks.find_locks(path)
    if found:
        message = Sentence("git has left locks: {names}.", {"names": tuple(lock.name for lock in found)})
        yield note("locks", message, hint="The next push removes those that nobody can still hold.")
    else:
        yield ok("locks", Sentence("No lock is left in it."))
    left = leftovers.find_leftovers(path, path)
    if left:
        yield note("locks", describe_leftovers(left), hint="A push an hour later removes them.")
