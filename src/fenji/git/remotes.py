"""Fetch from the remote repository and push to it; failures become errors with a readable sentence.

Nothing ever prompts for names, passwords or keys. Remote and branch names come from this clone's own configuration,
never from a peer.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import FenjiError, Refused, Unavailable
from fenji.git import damage, locks, refs
from fenji.git.branches import Remote, short_name
from fenji.git.config import read_values
from fenji.git.transfer import TransferResult, run_transfer

if TYPE_CHECKING:
    from fenji.git.tree import Repo

TransferProgress = Callable[[str, int, int], None]  # git's name for the phase, done, total (0: unknown)
MAX_REASON_CHARS = 400  # of a hub's message that are shown
# A wide search for deltas pays: git's name hash folds digits, so numbered files scatter. Its time grows with the number
# of objects times the window, so the window is smaller for more objects.
_DEFAULT_WINDOW, _WIDEST_WINDOW, _MAX_COMPARISONS = 10, 250, 300_000
_PAUSES = (0.1, 0.3, 1.0, 1.0)  # seconds between attempts to fetch
_NON_FAST_FORWARD = ("fetch first", "non-fast-forward", "stale info")
# Larger files (attachments) stay at the hub until somebody needs them; tickets are smaller. A hub that cannot filter
# sends everything.
BLOB_FILTER = "blob:limit=512k"
THIN_KEY = "fenji.thin"  # set in a clone that began from a file: fetches from a remote added later are filtered too
# A hub that judges pushes has a ref to its first commit; a clone keeps that under another name, so that the clone
# itself is never taken for such a hub.
FOUNDING_REF, JUDGING_REF = "refs/fenji/founding/main", "refs/fenji/hub/main"
_FOUNDING_REFSPEC = "+refs/fenji/founding/*:refs/fenji/hub/*"
_LOST_RACE = ("failed to update ref", "cannot lock ref", "incorrect old value", "reference already exists")


def fetch(repo: Repo, remote: Remote, *, progress: TransferProgress | None = None) -> str | None:
    """Fetch the branch and return its commit, or None if the remote has no such branch yet.

    Raises Unavailable with the reason; nothing has changed then.
    """
    known = refs.resolve(repo, remote.tracking)
    # Offer only the commit that both are sure to have, instead of every commit made here since.
    tip_option = ("--negotiation-tip", remote.tracking) if known else ()
    own_options = (*tip_option, *_thin_options(repo, remote))
    refspecs = (f"+{remote.branch}:{remote.tracking}", _FOUNDING_REFSPEC)
    # Fetch only this branch, even if the clone is set up as a mirror.
    options = ("--no-tags", "--prune", "--refmap=", "--no-write-fetch-head", _progress_option(progress))
    for pause in (*_PAUSES, 0):
        result = run_transfer(
            repo.top, "fetch", *options, *own_options, "--", remote.name, *refspecs, progress=progress
        )
        if result.status and pause and damage.mend(repo.top, repo.git_dir, result.stderr):
            continue
        if "cannot lock ref" not in result.stderr or not pause:
            break
        lock = locks.find_blocking_lock(result.stderr)
        if lock is None or not locks.remove_stale_lock(lock, repo.top):
            time.sleep(pause)  # another git fetches into the same branch
    if result.status == 0:
        return refs.resolve(repo, remote.tracking)
    if "couldn't find remote ref" in result.stderr:
        return None
    raise transfer_error(result, remote.display_name)


def _thin_options(repo: Repo, remote: Remote) -> tuple[str, ...]:
    """Return the filter option for the first fetch into a clone that began from a file; git remembers it afterwards."""
    settings = read_values(repo.top, r"remote\..*\.promisor|fenji\.thin")
    name = f"remote.{remote.name}"
    if settings.get(THIN_KEY) != "true" or f"{name}.promisor" in settings or _is_local(remote):
        return ()
    return (f"--filter={BLOB_FILTER}",)


class PushRequest(Struct, frozen=True):
    """A commit to push, the number of objects to send with it (0: unknown), and whether the pack is self-contained.

    A self-contained pack has no deltas against objects of the remote, some of which this clone may lack.
    """

    commit: str
    objects: int
    self_contained: bool = False


HUB_TIME = "the hub's clock shows"  # and an instant in ISO 8601: the answer of a judging hub to every push
REFUSAL_MARK = "fenji-refusal:"  # begins each line in which a hub repeats its message in a form for programs
_HUB_TIME_LINE = re.compile(rf"^remote: *{HUB_TIME} (\S+)[^\n]*\n?", re.MULTILINE)


def push(
    repo: Repo,
    remote: Remote,
    request: PushRequest,
    *,
    progress: TransferProgress | None = None,
    on_hub_time: Callable[[datetime], None] | None = None,
) -> bool:
    """Push a commit to the branch; return False if somebody else pushed first.

    Calls `on_hub_time` with the hub's time, if the hub sends it, even if an error is raised afterwards.

    Raises Refused with the hub's reason if it rejects the push, Unavailable if it cannot be reached.
    """
    window = ("-c", f"pack.window={choose_window(request.objects)}") if not _is_local(remote) else ()
    options = ("--porcelain", "--no-verify", _progress_option(progress), "--no-signed", "--recurse-submodules=no")
    pack_options = ("--no-thin",) if request.self_contained else ()
    config = ("-c", f"remote.{remote.name}.mirror=false")  # git pushes a mirror only as a whole
    refspec = f"{request.commit}:{remote.branch}"
    result = run_transfer(
        repo.top, *config, *window, "push", *options, *pack_options, "--", remote.name, refspec, progress=progress
    )
    told = _HUB_TIME_LINE.search(result.stderr)
    if told and on_hub_time:
        with contextlib.suppress(ValueError):
            on_hub_time(datetime.fromisoformat(told[1]))
    result = replace(result, stderr=_HUB_TIME_LINE.sub("", result.stderr))
    if result.status == 0:
        return True
    rejected = next((line for line in result.stdout.split("\n") if line.startswith("!")), "")
    if any(sign in rejected for sign in _NON_FAST_FORWARD) or any(
        sign in rejected + result.stderr for sign in _LOST_RACE
    ):
        return False
    if "[remote rejected]" in rejected:
        raise _rejection(result, rejected, remote.display_name)
    raise transfer_error(replace(result, stderr=f"{result.stderr}\n{rejected}"), remote.display_name)


def choose_window(count: int) -> int:
    """Return the window for `count` objects: with how many others git compares each of them to find a delta base."""
    return max(_DEFAULT_WINDOW, min(_WIDEST_WINDOW, _MAX_COMPARISONS // count)) if count else _DEFAULT_WINDOW


def _progress_option(progress: TransferProgress | None) -> str:
    """Return git's progress option; progress that nobody reads would add some kilobytes to a fetch of ten."""
    return "--progress" if progress else "--no-progress"


def _is_local(remote: Remote) -> bool:
    """Return whether the remote is a local path, to which transfers cost nothing."""
    return remote.url.startswith(("/", "file://", ".", "~")) or Path(remote.url).exists()


def find_renamed(repo: Repo, remote: Remote) -> Remote | None:
    """Return the remote with the branch that its HEAD names, else with its only branch; None if it has no branch.

    This is for a remote that lacks the desk's branch but has others, next to which no new one must be made. Raises
    Refused if it has several and HEAD names none of them, Unavailable if it cannot be reached.
    """
    result = run_transfer(repo.top, "ls-remote", "--symref", "--", remote.name, "HEAD", "refs/heads/*")
    if result.status:
        raise transfer_error(result, remote.display_name)
    rows = [line.partition("\t") for line in result.stdout.splitlines()]
    branches = [name for value, _, name in rows if name.startswith("refs/heads/") and not value.startswith("ref:")]
    named = [value.removeprefix("ref: ") for value, _, name in rows if name == "HEAD" and value.startswith("ref: ")]
    found = next((branch for branch in named if branch in branches), branches[0] if len(branches) == 1 else "")
    if branches and not found:
        raise Refused(
            "{remote} has no branch {branch}, but several others: {others}.",
            hint="Name the desk's branch with: git config fenji.branch NAME",
            remote=remote.display_name,
            branch=short_name(remote.branch),
            others=tuple(map(short_name, branches)),
        )
    return remote.with_branch(found) if found else None


PUSH_REFUSED = "{remote} does not accept it: {reason}"


class RejectedPush(Refused):
    """A push that the hub refused; `lines` are the lines of its message, including those for programs."""

    lines: tuple[str, ...] = ()


def _rejection(result: TransferResult, rejected: str, remote_name: str) -> RejectedPush:
    lines = [line.removeprefix("remote:").strip() for line in result.stderr.splitlines() if line.startswith("remote:")]
    lines = [line for line in lines if line and not line.startswith("error: hook declined")]
    words = [line for line in lines if not line.startswith(REFUSAL_MARK)]
    if re.search(r"checked out branch|Working directory has", rejected + result.stderr):
        raise Refused(
            "{remote} is a desk someone works at, and accepts no pushes.",
            hint="Exchange with it through a hub (fenji hub init), or by file: fenji bundle, fenji receive.",
            remote=remote_name,
        )
    if re.search(r"unable to create temporary object directory|insufficient permission", result.stderr):
        raise Refused(
            "This account cannot write to {remote}.",
            hint="Ask its administrator for write access there. For several accounts, at the hub: git -C HUB config "
            "core.sharedRepository group",
            remote=remote_name,
        )
    reason = " ".join(words) or rejected.rpartition("(")[2].rstrip(")\n ")
    rejection = RejectedPush(
        PUSH_REFUSED,
        hint="What was recorded here is kept and waits; fix that and sync again.",
        remote=remote_name,
        reason=_shorten(reason),
    )
    rejection.lines = tuple(lines)
    return rejection


# --- failures -----------------------------------------------------------------------------------------------------

KEPT_HINT = "Everything is recorded here and waits; the next sync sends it."
# Signs of a broken link; the last one: ssh ended without a message, e.g. because a reused connection is gone.
_CUT_SHORT = "cut short"
_BROKEN_LINK = (
    r"early EOF|hung up|unexpected disconnect|Connection (reset|closed)|Broken pipe|by remote|Timeout, s|too slow"
    rf"|ssh\b.* died of signal|{_CUT_SHORT}|remote failed to report status|\A\s*fatal: Could not read from remote"
)
# Lines that git adds when a link breaks, here or at the other end; any other line gives the reason.
_AFTERMATH = (
    r"^remote:|index-pack|pack-objects|unpack|RPC failed|bytes of body|failed to push some refs|^ssh|packet"
    r"|[Rr]ead error|protocol error|Could not read from remote|correct access rights"
)
LINK_BROKE = "The link to {remote} broke."
_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r"Server does not allow request for unadvertised object",
        "{remote} does not hand out single files over this link.",
        (
            "Ask its administrator to run there: fenji hub init HUB. Without fenji: git -C HUB config "
            "uploadpack.allowAnySHA1InWant true"
        ),
    ),
    (
        r"transport '(\w+)' not allowed",
        "git is configured not to use the kind of address that {remote} has.",
        "Allow it for this desk, using the kind git names: git config protocol.KIND.allow always",
    ),
    (
        r"'remote-\S+' is not a git command",
        "This git cannot use the kind of address that {remote} has.",
        "See it with: git remote -v. For https, install the full git.",
    ),
    (
        r"Could not resolve host\w*:? ?([^\s:]*)",
        "The hub {remote} cannot be reached: no address is known for it.",
        KEPT_HINT,
    ),
    (
        r"(Connection timed out|Operation timed out|Connection to \S+ port \d+ timed out)",
        "The hub {remote} cannot be reached: it does not answer.",
        KEPT_HINT,
    ),
    (
        r"Connection refused|Couldn't connect to server",
        "The hub {remote} cannot be reached: nothing answers at its port.",
        KEPT_HINT,
    ),
    (
        r"(No route to host|Network is unreachable)",
        "The hub {remote} cannot be reached: there is no network to it.",
        KEPT_HINT,
    ),
    (
        r"Host key verification failed|host key is known",
        "{remote} is not known to ssh, or its key has changed.",
        "Check the key with its administrator, then connect once by hand: ssh HOST",
    ),
    (
        r"Permission denied \(|Authentication failed|could not read (Username|Password)|terminal prompts disabled",
        "{remote} does not let you in.",
        "Ask its administrator to add your key; `ssh-add -l` shows which keys are offered.",
    ),
    (
        r"does not appear to be a git repository|[Rr]epository .*not found|not a git repository|does not exist",
        "The hub {remote} cannot be reached: there is no repository at its address.",
        "Everything is recorded here and waits; the next sync sends it. See the address with: git remote -v",
    ),
    (
        r"multi-pack-index|packed-refs|not our ref 0{40}|bad object|is corrupt|did not send all necessary objects",
        "Some of git's own files are damaged at {remote}, or here.",
        "Its administrator fixes the hub with: fenji hub init HUB. See what is wrong here with: fenji doctor",
    ),
    (
        r"mismatched algorithms|unexpected capabilities\^\{\}|does not support this repository's (?:hash|object)",
        "{remote} and this desk have different object formats, SHA-1 and SHA-256: git exchanges none between them.",
        "Make a hub of the desk's own kind: fenji hub init HUB --from DESK",
    ),
    (r"dubious ownership", "{remote} belongs to another user, so git does not trust it.", "Ask its owner."),
    (r"No space left on device|Out of diskspace", "A disk is full, here or at {remote}.", KEPT_HINT),
)


def transfer_error(result: TransferResult, remote_name: str) -> FenjiError:
    """Return the error for a failed transfer: one sentence and a hint what to do."""
    lines = [line.strip() for line in result.stderr.splitlines() if re.match(r"(fatal|error|ssh|remote|! ?\[)", line)]
    # A failing git gives a reason; one that has lost its ssh may end in the middle of the hub's messages.
    reply = result.stderr if any(not line.startswith("remote:") for line in lines) else f"{_CUT_SHORT} {result.stderr}"
    for sign, template, hint in _REASONS:
        if re.search(sign, reply):
            return Unavailable(template, hint=hint, remote=remote_name)
    if re.search(_BROKEN_LINK, reply) and not _states_reason(lines):
        hint = "Nothing is lost: sync again; what had not arrived is requested again."
        return Unavailable(LINK_BROKE, hint=hint, remote=remote_name)
    reason = " ".join(lines) or result.stderr.strip() or f"status {result.status}"
    return Unavailable(
        "The exchange with {remote} failed: {reason}", hint=KEPT_HINT, remote=remote_name, reason=_shorten(reason)
    )


def _states_reason(lines: list[str]) -> bool:
    """Return whether git gives a reason for its failure other than the broken link."""
    return any(not re.search(f"{_BROKEN_LINK}|{_AFTERMATH}", line) for line in lines if line.startswith("fatal:"))


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_REASON_CHARS else line[: MAX_REASON_CHARS - 1] + "…"
