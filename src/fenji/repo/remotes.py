"""Talking to another repository: where it is, fetching from it, pushing to it; its failures as sentences.

Nothing ever asks a question: no prompt for names, passwords or keys. Names of remotes and branches come from this
clone's own configuration, never from a peer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Refused, Unavailable
from fenji.repo import locks, refs
from fenji.repo.command import ask
from fenji.repo.talk import Said, talk

if TYPE_CHECKING:
    from fenji.repo.tree import Repo

Progress = Callable[[str, int, int], None]  # what git does in its own words, how far, of how many (0: unknown)
MOST_SHOWN = 400  # characters of what a hub has to say
# Small packs are worth more searching for likeness: git's name hash folds digits, so numbered files scatter.
_WINDOW = 250
_SMALL = 2_000  # commits
_PAUSES = (0.1, 0.3, 1.0, 1.0)  # seconds
_MOVED = ("fetch first", "non-fast-forward", "stale info")
_RACED = ("failed to update ref", "cannot lock ref", "incorrect old value", "reference already exists")


@dataclass(frozen=True)
class Remote:
    """The other repository and the branch that is exchanged with it."""

    name: str
    branch: str  # refs/heads/main, there
    tracking: str  # refs/remotes/origin/main, here: what was last seen there
    local: str  # refs/heads/main, here

    @property
    def shown(self) -> str:
        return self.name


def remote(repo: Repo) -> Remote:
    """The remote of the branch that HEAD stands on; else the only remote, or origin, with a branch of the same name.

    Raises Refused where there is none, or no branch.
    """
    local = refs.branch(repo)
    if local is None:
        raise Refused("HEAD is on no branch.", hint="Go back to the desk's branch with: git switch main")
    found = find_remote(repo, local)
    if found is None:
        raise Refused(
            "This desk knows no hub.",
            hint="Name it once with: git remote add origin URL. Without a link: fenji bundle, fenji receive.",
        )
    return found


def find_remote(repo: Repo, local: str | None) -> Remote | None:
    """The same, or None where there is none; quick."""
    if local is None:
        return None
    settings = _settings(repo)
    short = local.removeprefix("refs/heads/")
    name = settings.get(f"branch.{short}.remote", "")
    branch = settings.get(f"branch.{short}.merge", "")
    if name in ("", ".") or not branch:
        known = [key.removeprefix("remote.").removesuffix(".url") for key in settings if key.endswith(".url")]
        name = "origin" if "origin" in known else known[0] if len(known) == 1 else ""
        branch = local
    if not name or name.startswith("-"):
        return None
    return Remote(name, branch, f"refs/remotes/{name}/{branch.removeprefix('refs/heads/')}", local)


def _settings(repo: Repo) -> dict[str, str]:
    pattern = r"^(branch\..*\.(remote|merge)|remote\..*\.url)$"
    answer = ask(repo.top, "config", "-z", "--get-regexp", pattern)
    pairs = (entry.partition("\n") for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"))
    return {key: value for key, _, value in pairs if key}


def fetch(repo: Repo, there: Remote, *, progress: Progress | None = None) -> str | None:
    """Fetch the branch; the commit it is at, None where the remote has no such branch yet.

    Raises Unavailable or Refused with the reason; then nothing was changed.
    """
    known = refs.resolve(repo, there.tracking)
    # One commit that both are sure to have, instead of asking after every one made here since.
    tip = ("--negotiation-tip", there.tracking) if known else ()
    what = f"+{there.branch}:{there.tracking}"
    plain = ("--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", _telling(progress))
    for pause in (*_PAUSES, 0):
        said = talk(repo.top, "fetch", *plain, *tip, "--", there.name, what, progress=progress)
        if "cannot lock ref" not in said.err or not pause:
            break
        lock = locks.met(said.err)
        if lock is None or not locks.freed(lock, repo.top):
            time.sleep(pause)  # another git fetches into the same branch
    if said.status == 0:
        return refs.resolve(repo, there.tracking)
    if "couldn't find remote ref" in said.err:
        return None
    raise failure(said, there.shown)


@dataclass(frozen=True)
class Load:
    """What is pushed: a commit, how many commits go with it, and whether its files are packed `alone`.

    Then they are not held against what the remote has, of which this clone may lack something.
    """

    commit: str
    count: int
    alone: bool = False


def push(repo: Repo, there: Remote, load: Load, *, progress: Progress | None = None) -> bool:
    """Push a commit to the branch; False where somebody else pushed first.

    Raises Refused with what the hub says where it does not take it, Unavailable where it cannot be reached.
    """
    window = ("-c", f"pack.window={_WINDOW}") if load.count <= _SMALL and not _near(repo, there) else ()
    plain = ("--porcelain", "--no-verify", _telling(progress), "--no-signed", "--recurse-submodules=no")
    packed = ("--no-thin",) if load.alone else ()
    quiet = ("-c", "push.followTags=false", "-c", "push.negotiate=false")
    what = f"{load.commit}:{there.branch}"
    said = talk(repo.top, *quiet, *window, "push", *plain, *packed, "--", there.name, what, progress=progress)
    if said.status == 0:
        return True
    rejected = next((line for line in said.out.split("\n") if line.startswith("!")), "")
    if any(sign in rejected for sign in _MOVED) or any(sign in rejected + said.err for sign in _RACED):
        return False
    if "[remote rejected]" in rejected:
        raise _declined(said, rejected, there.shown)
    raise failure(replace(said, err=f"{said.err}\n{rejected}"), there.shown)


def _telling(progress: Progress | None) -> str:
    """Whether git is to tell how far it is: some kilobytes of a fetch that otherwise brings ten."""
    return "--progress" if progress else "--no-progress"


def _near(repo: Repo, there: Remote) -> bool:
    """Whether the remote lies on this machine's disks, where bytes cost nothing."""
    url = _settings(repo).get(f"remote.{there.name}.url", "")
    return url.startswith(("/", "file://", ".", "~")) or Path(url).exists()


def _declined(said: Said, rejected: str, shown: str) -> Refused:
    lines = [line.removeprefix("remote:").strip() for line in said.err.splitlines() if line.startswith("remote:")]
    told = " ".join(line for line in lines if line and not line.startswith("error: hook declined"))
    reason = told or rejected.rpartition("(")[2].rstrip(")\n ")
    return Refused(
        "{remote} does not take it: {reason}",
        hint="What was recorded here is kept and waits; put that right and sync again.",
        remote=shown,
        reason=_short(reason),
    )


# --- failures -----------------------------------------------------------------------------------------------------

_WAITS = "Everything is recorded here and waits; the next sync sends it."
# The last: ssh ended without a word, as over a kept connection that is gone.
_CUT_SHORT = "cut short"
_BROKEN = (
    r"early EOF|hung up|unexpected disconnect|Connection (reset|closed)|Broken pipe|by remote|Timeout, s|too slow"
    rf"|{_CUT_SHORT}|remote failed to report status|\A\s*fatal: Could not read from remote"
)
_REASONS: tuple[tuple[str, str, str], ...] = (
    (r"Could not resolve host\w*:? ?([^\s:]*)", "{remote} cannot be reached: no address is known for it.", _WAITS),
    (
        r"(Connection timed out|Operation timed out|Connection to \S+ port \d+ timed out)",
        "{remote} cannot be reached: it does not answer.",
        _WAITS,
    ),
    (r"Connection refused", "{remote} cannot be reached: nothing answers at its port.", _WAITS),
    (r"(No route to host|Network is unreachable)", "{remote} cannot be reached: there is no network to it.", _WAITS),
    (
        r"Host key verification failed|host key is known",
        "{remote} is not known to ssh, or shows another key than before.",
        "Ask its administrator for the key, then connect once by hand: ssh HOST",
    ),
    (
        r"Permission denied \(|Authentication failed|could not read (Username|Password)|terminal prompts disabled",
        "{remote} does not let you in.",
        "Ask its administrator to add your key; `ssh-add -l` tells which keys are offered.",
    ),
    (
        r"does not appear to be a git repository|[Rr]epository .*not found|not a git repository|does not exist",
        "There is no repository where {remote} should be.",
        "See where it points with: git remote -v",
    ),
    (r"dubious ownership", "{remote} belongs to another user, so git does not trust it.", "Ask its owner."),
    (r"No space left on device", "A disk is full, here or at {remote}.", _WAITS),
    (
        _BROKEN,
        "The link to {remote} broke.",
        "Nothing is lost: sync again; what had not arrived is asked for anew.",
    ),
)


def failure(said: Said, shown: str) -> FenjiError:
    """What git said about a talk that failed, as one sentence with what to do."""
    lines = [line.strip() for line in said.err.splitlines() if re.match(r"(fatal|error|ssh|remote|! ?\[)", line)]
    # A git that fails says why; one whose ssh is gone may end in the middle of what the hub tells.
    why = said.err if any(not line.startswith("remote:") for line in lines) else f"{_CUT_SHORT} {said.err}"
    for sign, template, hint in _REASONS:
        if re.search(sign, why):
            return Unavailable(template, hint=hint, remote=shown)
    reason = " ".join(lines) or said.err.strip() or f"status {said.status}"
    return Unavailable("The exchange with {remote} failed: {reason}", hint=_WAITS, remote=shown, reason=_short(reason))


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MOST_SHOWN else words[: MOST_SHOWN - 1] + "…"
