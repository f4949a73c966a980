"""Exchange without a network link: write everything that the other end lacks to one file, and take in such a file.

A parcel is a git bundle with the sender's branch and, under `refs/fenji/clones/`, the sender's name. A peer is known to
have the commit of the last parcel that came from it, which is kept under `refs/fenji/peers/`. So a lost parcel costs
nothing but its bytes, and a parcel that is received twice changes nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from secrets import choice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Damaged, NotFound, Refused, Sentence, Unavailable
from fenji.git import branches, partial, refs, remotes
from fenji.git import bundle as bundles
from fenji.git.run import run_git
from fenji.sync import driver_setup, repair
from fenji.sync.merge_trees import merge_trees
from fenji.sync.policy_choice import peer_policy_chooser
from fenji.sync.repair import JudgedRange
from fenji.sync.session import SyncSession, check_desk, no_progress
from fenji.sync.trees import BlobCache, Tree, count_changed_tickets, load_three_way
from fenji.sync.turn import ExchangeLock, tidy

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.bundle import BundleHead
    from fenji.storage import Store
    from fenji.sync.policy_choice import PolicyChooser
    from fenji.sync.recorder import Recorder
    from fenji.sync.results import SyncProgress, SyncResult, TicketOutcome

CLONES, PEERS, RECEIVED = "refs/fenji/clones", "refs/fenji/peers", "refs/fenji/received"
HUB = "hub"
_NAME = re.compile(r"[A-Z][A-Z0-9]{0,15}-[0-9A-Z]{4,8}")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Bundle(Struct, frozen=True):
    """A written file: its size in bytes, the peer it is for (`""`: anybody), and the number of commits and tickets.

    `is_complete`: it has the whole history and requires no earlier commits. `is_receipt`: there was nothing new, so it
    only tells the peer what has arrived here.
    """

    path: Path
    size: int
    peer: str
    commits: int
    tickets: int
    is_complete: bool
    is_receipt: bool


class BundlePreview(Struct, frozen=True):
    """The contents of a file: its sender (`""`: unknown), commits, people, first and last time, and each ticket."""

    path: Path
    size: int
    peer: str
    commits: int
    people: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    outcomes: tuple[TicketOutcome, ...]


def clone_name(repo: Repo) -> str:
    """Return the name of this clone among its peers, the site and some random letters; it is made once and kept."""
    stored_name = run_git(repo.top, "config", "--local", "fenji.clone").stdout.decode("utf-8", "replace").strip()
    if _NAME.fullmatch(stored_name):
        return stored_name
    site = re.sub(r"[^A-Z0-9]", "", repo.read_settings().site.upper()).lstrip("0123456789")[:16] or "DESK"
    new_name = f"{site}-{''.join(choice(_LETTERS) for _ in range(6))}"
    repo.git.run("config", "--local", "fenji.clone", new_name)
    return new_name


def known_peers(repo: Repo) -> dict[str, str]:
    """Return the clones from which parcels have come, each with the commit that it is known to have."""
    return refs.list_refs(repo, PEERS)


# --- sending ----------------------------------------------------------------------------------------------------------


def write_bundle(
    store: Store, recorder: Recorder, path: Path, *, to: str | None = "", progress: SyncProgress = no_progress
) -> Bundle:
    """Commit pending changes and write a file with everything that `to` lacks.

    `to` is a peer's name, `hub`, `""` for all known peers, or None for somebody who needs the whole history.

    Raises NotFound for an unknown peer, Refused if another file is in the way or a shallow clone lacks commits that it
    would have to send, Unavailable if a thin clone cannot fetch the files to send.
    """
    repo = store.repo
    with ExchangeLock(repo):
        tidy(repo)
        driver_setup.install_driver(repo)
        session = SyncSession(store, recorder, progress)
        session.record_pending()
        session.restore_lost()
        peer, known = ("", None) if to is None else _find_peer(repo, to)
        head, own_ref = session.head(), f"{CLONES}/{clone_name(repo)}"
        refs.set_ref(repo, own_ref, head)
        is_receipt = known is not None and refs.contains(repo, known, head)
        exclude = _parents(repo, head) if is_receipt else [known] if known else []
        git_progress = _git_progress(progress)
        branch = branches.find_desk_branch(repo)
        named = (branch,) if branch and refs.resolve(repo, branch) == head else ()
        _check_complete(repo, exclude)
        _fetch_absent(repo, head, exclude, git_progress)
        bundles.write_bundle(repo, path, ["HEAD", *named, own_ref], without=exclude, progress=git_progress)
        session.finish(0)
        base = exclude[0] if exclude else None
        commits = refs.count_ahead_behind(repo, head, base)[0] if base else _count_commits(repo, head)
        tickets = 0 if is_receipt else count_changed_tickets(repo, base, head)
        return Bundle(path, path.stat().st_size, peer, commits, tickets, not exclude, is_receipt)


def _check_complete(repo: Repo, without: list[str]) -> None:
    """Raise Refused if the whole history is to be sent and this clone does not have it."""
    if not without and refs.is_shallow(repo):
        raise Refused(
            "This clone has only part of the history, so it cannot give all of it.",
            hint="Fetch the rest first: git fetch --unshallow",
        )


def _fetch_absent(repo: Repo, head: str, without: list[str], progress: remotes.TransferProgress) -> None:
    """Fetch the files that a thin clone lacks of the commits to send. Raises Unavailable, with a hint what to do."""
    try:
        partial.fetch_history(repo, head, without, progress=progress)
    except Unavailable as error:
        error.add_hint(
            Sentence(
                "It needs large files that are at the hub. For somebody who has all the hub has, leave them out: "
                "fenji bundle OUT --to hub"
            )
        )
        raise


def _git_progress(progress: SyncProgress) -> remotes.TransferProgress:
    return lambda part, at, of: progress("bundle", part, at, of)


def _find_peer(repo: Repo, to: str) -> tuple[str, str | None]:
    """Return the name of the peer that `to` means, and a commit that it is sure to have, or None."""
    if to == HUB:
        remote = branches.require_remote(repo)
        return HUB, refs.resolve(repo, remote.tracking)
    known = known_peers(repo)
    if to:
        matches = [peer for peer in known if peer == to or peer.startswith(f"{to}-")]
        if len(matches) != 1:
            hint = "Known: {peers}. Without --to, it is for all of them."
            raise NotFound("Nothing has come from {peer} yet.", hint=hint, peer=to, peers=tuple(known) or "-")
        return matches[0], known[matches[0]]
    if len(known) == 1:
        return next(iter(known.items()))
    return "", _common_commit(repo, list(known.values()))


def _common_commit(repo: Repo, commits: list[str]) -> str | None:
    if not commits:
        return None
    answer = run_git(repo.top, "merge-base", "--octopus", *commits)
    return answer.stdout.decode().split()[0] if answer.stdout.strip() else None


def _parents(repo: Repo, commit: str) -> list[str]:
    return run_git(repo.top, "rev-parse", f"{commit}^@").stdout.decode().split()


def _count_commits(repo: Repo, commit: str) -> int:
    return int(run_git(repo.top, "rev-list", "--count", "--no-merges", commit, "--").stdout or 0)


# --- receiving --------------------------------------------------------------------------------------------------------


def preview_bundle(store: Store, path: Path) -> BundlePreview:
    """Return what a file would bring without taking it in. Raises NotFound, Damaged, Refused if commits are missing."""
    repo = store.repo
    with ExchangeLock(repo):
        head, peer = _open_bundle(repo, path)
        bundles.unpack(repo, path)
        _check_commit(repo, path, head.commit)
        _check_related(repo, path, head.commit)
        return _preview(repo, path, head.commit, peer)


def receive(
    store: Store, recorder: Recorder, path: Path, progress: SyncProgress = no_progress
) -> tuple[BundlePreview, SyncResult]:
    """Take in the contents of a file, as a sync would; taking it in again changes nothing.

    Raises NotFound, Damaged, Refused (an earlier parcel has not arrived, or the file has no desk), Unavailable.
    """
    repo = store.repo
    with ExchangeLock(repo):
        tidy(repo)
        driver_setup.install_driver(repo)
        session = SyncSession(store, recorder, progress)
        session.record_pending()
        head, peer = _open_bundle(repo, path)
        received_ref = f"{RECEIVED}/{peer or 'unknown'}"
        try:
            bundles.fetch_bundle(repo, path, {head.name: received_ref}, progress=_git_progress(progress))
        except Damaged:
            bundles.unpack(repo, path)
            _check_commit(repo, path, head.commit)
            raise
        if partial.is_partial(repo):
            bundles.unpack(repo, path)  # git skips files of known commits, even those that a partial clone lacks
        _check_commit(repo, path, head.commit)
        check_desk(repo, head.commit, str(path))
        _check_related(repo, path, head.commit)
        preview = _preview(repo, path, head.commit, peer)
        session.restore_lost()
        accepted = _hold_refused(session, head.commit)
        session.merge_with(accepted, choose_policy=_policy_chooser(repo, session.head(), accepted))
        session.release_held()
        if peer:
            refs.set_ref(repo, f"{PEERS}/{peer}", _later_commit(repo, known_peers(repo).get(peer), head.commit))
        refs.set_ref(repo, received_ref, None)
        result = session.finish(0)
        return preview, replace(result, sent=count_changed_tickets(repo, head.commit, session.head()))


def _hold_refused(session: SyncSession, theirs: str) -> str:
    """Hold the sender's acts that the judge refuses; return the sender's commit without them.

    No hub has judged them yet (format 3).
    """
    repo, ours = session.repo, session.head()
    if repo.prefix or refs.contains(repo, ours, theirs):
        return theirs
    remote = branches.find_remote(repo)
    hub = refs.resolve(repo, remote.tracking) if remote else None
    settled = (ours, *([hub] if hub else ()))
    judged = JudgedRange(refs.merge_base(repo, ours, theirs), theirs, session.judging_time(), settled)
    remade = repair.take_out(session.blobs, judged)
    session.hold(remade)
    return remade.head


def _check_commit(repo: Repo, path: Path, commit: str) -> None:
    """Raise Damaged unless the object named in the bundle's header exists and is a commit."""
    if refs.resolve(repo, commit) != commit:
        raise bundles.damaged_bundle(path)


def _check_related(repo: Repo, path: Path, theirs: str) -> None:
    """Raise Refused for a file of another desk: it would bring in that whole desk."""
    ours = repo.head()
    if ours and not refs.merge_base(repo, ours, theirs):
        hint = "To start a desk from it: fenji init DIR --site SITE --from {path}"
        raise Refused(
            "{path} is from another desk, which has nothing in common with this one.", hint=hint, path=str(path)
        )


def _open_bundle(repo: Repo, path: Path) -> tuple[BundleHead, str]:
    """Return the commit that a file brings and its sender, checked as far as possible without taking it in."""
    heads, peer = _read_heads(path)
    wanted = (f"{CLONES}/{peer}", branches.find_desk_branch(repo), "HEAD", "refs/heads/main")
    head = next((heads[name] for name in wanted if name in heads), None)
    if head is None:
        raise Refused("{path} holds no desk.", hint="Make one with: fenji bundle OUT", path=str(path))
    bundles.verify(repo, path)
    return head, "" if peer == clone_name(repo) else peer


def _read_heads(path: Path) -> tuple[dict[str, BundleHead], str]:
    """Return the refs in a bundle by name, and the clone that sent it (`""` for a bundle made with git only).

    Raises NotFound, or Damaged unless it has at most HEAD, one branch and one clone, all at the same commit.
    """
    listed = bundles.list_heads(path)
    heads = {head.name: head for head in listed}
    branches = [name for name in heads if name.startswith("refs/heads/")]
    peers = [name.removeprefix(f"{CLONES}/") for name in heads if name.startswith(f"{CLONES}/")]
    is_sound = (
        len(heads) == len(listed) == len(branches) + len(peers) + ("HEAD" in heads)
        and len({head.commit for head in listed}) == 1
        and len(branches) <= 1
        and len(peers) <= 1
        and all(_NAME.fullmatch(peer) for peer in peers)
    )
    if not is_sound:
        raise bundles.damaged_bundle(path)
    return heads, next(iter(peers), "")


def remember_sender(repo: Repo, path: Path) -> None:
    """Remember the commit that the sender of a file has, after this clone was made from the file."""
    heads, peer = _read_heads(path)
    if peer:
        refs.set_ref(repo, f"{PEERS}/{peer}", heads[f"{CLONES}/{peer}"].commit)


def _later_commit(repo: Repo, known: str | None, received: str) -> str:
    """Return the commit that a peer is known to have; an older parcel does not replace the commit of a later one."""
    return known if known and refs.contains(repo, known, received) else received


def _policy_chooser(repo: Repo, ours: str, theirs: str) -> PolicyChooser:
    remote = branches.find_remote(repo)
    hub = refs.resolve(repo, remote.tracking) if remote else None
    return peer_policy_chooser(BlobCache(repo), ours, theirs, Tree(repo, hub) if hub else None)


def _preview(repo: Repo, path: Path, theirs: str, peer: str) -> BundlePreview:
    size, ours = path.stat().st_size, repo.head()
    if ours is None or refs.contains(repo, ours, theirs):
        return BundlePreview(path, size, peer, 0, (), None, None, ())
    answer = run_git(repo.top, "log", "--no-merges", "--format=%at %an", theirs, f"^{ours}", "--")
    rows = [line.partition(" ") for line in answer.stdout.decode("utf-8", "replace").splitlines()]
    instants = [datetime.fromtimestamp(int(at), UTC) for at, _, _ in rows]
    people = tuple(dict.fromkeys(person for _, _, person in rows))
    trees = load_three_way(BlobCache(repo), refs.merge_base(repo, ours, theirs), ours, theirs)
    merged = merge_trees(trees, _policy_chooser(repo, ours, theirs), include_other_files=False)
    first, last = (min(instants), max(instants)) if instants else (None, None)
    return BundlePreview(path, size, peer, len(rows), people, first, last, merged.outcomes)
