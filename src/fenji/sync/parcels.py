"""The exchange without a link: everything that the other end lacks in one file, and taking in such a file.

A parcel is a git bundle with the sender's branch and, under `refs/fenji/clones/`, its name. What a peer is known to
have is what came from it: the commit of its last parcel, under `refs/fenji/peers/`. So a parcel that got lost costs
nothing but its bytes, and one that is received twice changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import choice
from typing import TYPE_CHECKING

from fenji.errors import NotFound, Refused
from fenji.repo import bundles, refs, remotes
from fenji.repo.command import ask
from fenji.sync import wiring
from fenji.sync.rounds import Round, changed_tickets, check_desk, silent
from fenji.sync.rules import between_equals
from fenji.sync.sides import POLICY, Contents, Side, three
from fenji.sync.turn import Turn
from fenji.sync.union import union

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.repo.bundles import Head
    from fenji.store import Store
    from fenji.sync.outcomes import Exchange, Outcome, Progress
    from fenji.sync.recording import Recorder
    from fenji.sync.rules import Ruling

CLONES, PEERS, RECEIVED = "refs/fenji/clones", "refs/fenji/peers", "refs/fenji/received"
HUB = "hub"
_NAME = re.compile(r"[A-Z][A-Z0-9]{0,15}-[0-9A-Z]{4,8}")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Parcel:
    """A file that was made: its size in bytes, for whom (`""`: anybody), and what it brings.

    `whole`: it holds the whole history and needs nothing before it. `receipt`: there was nothing new, so it only tells
    the peer what has arrived here.
    """

    path: Path
    size: int
    peer: str
    commits: int
    tickets: int
    whole: bool
    receipt: bool


@dataclass(frozen=True)
class Inside:
    """What a file brings: who sent it (`""`: nobody that fenji knows), commits, people, when, and ticket by ticket."""

    path: Path
    size: int
    peer: str
    commits: int
    people: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    outcomes: tuple[Outcome, ...]


def name(repo: Repo) -> str:
    """The name of this clone among its peers; given once, it stays: the site and some letters."""
    held = ask(repo.top, "config", "--local", "fenji.clone").stdout.decode("utf-8", "replace").strip()
    if _NAME.fullmatch(held):
        return held
    site = re.sub(r"[^A-Z0-9]", "", repo.settings().site.upper()).lstrip("0123456789")[:16] or "DESK"
    given = f"{site}-{''.join(choice(_LETTERS) for _ in range(6))}"
    repo.git.run("config", "--local", "fenji.clone", given)
    return given


def peers(repo: Repo) -> dict[str, str]:
    """The clones that something came from, and the commit that each is known to have."""
    return refs.named(repo, PEERS)


# --- sending ----------------------------------------------------------------------------------------------------------


def bundle(store: Store, recorder: Recorder, path: Path, *, to: str | None = "", progress: Progress = silent) -> Parcel:
    """Record what is pending and write what `to` lacks: a peer's name, `hub`, `""` for whoever is known.

    None is somebody who has nothing yet: the whole history goes.

    Raises NotFound for a peer that is not known, Refused where another file is in the way.
    """
    repo = store.repo
    with Turn(repo):
        wiring.wire(repo)
        one = Round(store, recorder, progress)
        one.record()
        one.keep_whole()
        branch = refs.branch(repo)
        if branch is None:
            raise Refused("HEAD is on no branch.", hint="Go back to the desk's branch with: git switch main")
        peer, known = ("", None) if to is None else _known(repo, to)
        head, mine = one.head(), f"{CLONES}/{name(repo)}"
        refs.put(repo, mine, head)
        receipt = known is not None and refs.holds(repo, known, head)
        without = _parents(repo, head) if receipt else [known] if known else []
        told = _told(progress)
        bundles.write(repo, path, ["HEAD", branch, mine], without=without, progress=told)
        one.done(0)
        base = without[0] if without else None
        commits = refs.apart(repo, head, base)[0] if base else _count(repo, head)
        tickets = 0 if receipt else changed_tickets(repo, base, head)
        return Parcel(path, path.stat().st_size, peer, commits, tickets, not without, receipt)


def _told(progress: Progress) -> remotes.Progress:
    return lambda part, at, of: progress("bundle", part, at, of)


def _known(repo: Repo, to: str) -> tuple[str, str | None]:
    """Who it is for, and a commit that they are sure to have."""
    if to == HUB:
        there = remotes.remote(repo)
        return HUB, refs.resolve(repo, there.tracking)
    known = peers(repo)
    if to:
        found = [one for one in known if one == to or one.startswith(f"{to}-")]
        if len(found) != 1:
            hint = "Known are: {peers}. Without --to it is for whoever is known."
            raise NotFound("Nothing has come from {peer} yet.", hint=hint, peer=to, peers=", ".join(known) or "-")
        return found[0], known[found[0]]
    if len(known) == 1:
        return next(iter(known.items()))
    return "", _common(repo, list(known.values()))


def _common(repo: Repo, commits: list[str]) -> str | None:
    if not commits:
        return None
    answer = ask(repo.top, "merge-base", "--octopus", *commits)
    return answer.stdout.decode().split()[0] if answer.stdout.strip() else None


def _parents(repo: Repo, commit: str) -> list[str]:
    return ask(repo.top, "rev-parse", f"{commit}^@").stdout.decode().split()


def _count(repo: Repo, commit: str) -> int:
    return int(ask(repo.top, "rev-list", "--count", "--no-merges", commit, "--").stdout or 0)


# --- receiving --------------------------------------------------------------------------------------------------------


def inside(store: Store, path: Path) -> Inside:
    """What a file would bring; nothing is taken. Raises NotFound, Damaged, Refused where something before it lacks."""
    repo = store.repo
    with Turn(repo):
        head, peer = _opened(repo, path)
        bundles.unpack(repo, path)
        _check_related(repo, path, head.commit)
        return _inside(repo, path, head.commit, peer)


def receive(store: Store, recorder: Recorder, path: Path, progress: Progress = silent) -> tuple[Inside, Exchange]:
    """Take in what a file brings, as a sync would; doing it again changes nothing.

    Raises NotFound, Damaged, Refused (something before it has not arrived, or it holds no desk), Unavailable.
    """
    repo = store.repo
    with Turn(repo):
        wiring.wire(repo)
        one = Round(store, recorder, progress)
        one.record()
        head, peer = _opened(repo, path)
        here = f"{RECEIVED}/{peer or 'unknown'}"
        bundles.take(repo, path, {head.name: here}, progress=_told(progress))
        check_desk(repo, head.commit, str(path))
        _check_related(repo, path, head.commit)
        told = _inside(repo, path, head.commit, peer)
        one.keep_whole()
        one.join(head.commit, ruling=_ruling(repo, one.head(), head.commit))
        if peer:
            refs.put(repo, f"{PEERS}/{peer}", _later(repo, peers(repo).get(peer), head.commit))
        refs.put(repo, here, None)
        found = one.done(0)
        return told, replace(found, sent=changed_tickets(repo, head.commit, one.head()))


def _check_related(repo: Repo, path: Path, theirs: str) -> None:
    """Refuse what somebody took for a file of this desk: it would bring in a whole other one."""
    ours = repo.head()
    if ours and not refs.base(repo, ours, theirs):
        hint = "To begin a desk with it: fenji init DIR --site SITE --from {path}"
        raise Refused(
            "{path} is of another desk, which has nothing in common with this one.", hint=hint, path=str(path)
        )


def _opened(repo: Repo, path: Path) -> tuple[Head, str]:
    """The commit that a file brings and whose it is; checked as far as that goes without taking it in."""
    found = bundles.heads(repo, path)
    named = {one.name.removeprefix(f"{CLONES}/"): one for one in found if one.name.startswith(f"{CLONES}/")}
    sound = {peer: one for peer, one in named.items() if _NAME.fullmatch(peer)}
    branches = [one for one in found if one.name in (refs.branch(repo), "HEAD", "refs/heads/main")]
    head = next(iter([*sound.values(), *branches]), None)
    if head is None:
        raise Refused("{path} brings no desk.", hint="Make it with: fenji bundle OUT", path=str(path))
    bundles.check(repo, path)
    peer = next(iter(sound), "")
    return head, "" if peer == name(repo) else peer


def met(repo: Repo, path: Path) -> None:
    """Remember what the sender of a file has, which this clone was copied from."""
    for one in bundles.heads(repo, path):
        peer = one.name.removeprefix(f"{CLONES}/")
        if one.name.startswith(f"{CLONES}/") and _NAME.fullmatch(peer):
            refs.put(repo, f"{PEERS}/{peer}", one.commit)


def _later(repo: Repo, known: str | None, came: str) -> str:
    """What a peer is known to have; an old parcel does not take back what a later one told."""
    return known if known and refs.holds(repo, known, came) else came


def _ruling(repo: Repo, ours: str, theirs: str) -> Ruling:
    there = remotes.find_remote(repo, refs.branch(repo))
    hub = refs.resolve(repo, there.tracking) if there else None
    return between_equals(repo, ours, theirs, Side(repo, hub).entry(POLICY) if hub else None)


def _inside(repo: Repo, path: Path, theirs: str, peer: str) -> Inside:
    size, ours = path.stat().st_size, repo.head()
    if ours is None or refs.holds(repo, ours, theirs):
        return Inside(path, size, peer, 0, (), None, None, ())
    answer = ask(repo.top, "log", "--no-show-signature", "--no-merges", "--format=%at %an", theirs, f"^{ours}", "--")
    rows = [line.partition(" ") for line in answer.stdout.decode("utf-8", "replace").splitlines()]
    instants = [datetime.fromtimestamp(int(at), UTC) for at, _, _ in rows]
    people = tuple(dict.fromkeys(person for _, _, person in rows))
    both = three(Contents(repo), refs.base(repo, ours, theirs), ours, theirs)
    found = union(both, _ruling(repo, ours, theirs), whole=False)
    first, last = (min(instants), max(instants)) if instants else (None, None)
    return Inside(path, size, peer, len(rows), people, first, last, found.outcomes)
