"""Exchange with other clones, as a person at the desk asks for it: over a hub, over a file, and a first copy.

Functions that take the desk. Who is at it records what is pending; what comes in is read like any other file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import repo as repositories
from fenji import sync as exchanges
from fenji.desk import opening
from fenji.desk.opening import POLICY
from fenji.errors import Damaged, FenjiError, Misused, Refused, Sentence
from fenji.policy import durations
from fenji.repo import thin, unmerged
from fenji.repo.cloning import clone as copied
from fenji.store import layout
from fenji.sync import Exchange, Inside, Outcome, Parcel, Recorder, Standing, Waiting, ledger, parcels, wiring
from fenji.sync.beside import LOCAL_POLICY
from fenji.sync.outcomes import STEPS
from fenji.sync.rounds import silent
from fenji.ticket import SITE_PATTERN

if TYPE_CHECKING:
    from fenji.desk.creating import Founder
    from fenji.desk.door import Desk
    from fenji.policy import Policy
    from fenji.repo import Repo
    from fenji.sync import Progress

__all__ = ["STEPS", "Exchange", "Inside", "Outcome", "Standing", "Waiting"]
_NOBODY = "nobody"
_MOST_NAMED = 8  # people
EVERY = "fenji.syncEvery"  # git's setting: how often the interface exchanges by itself


@dataclass(frozen=True)
class Overview:
    """How the exchange with the hub stands: what came in that nobody has looked at, and what waits to go out.

    `titles` by number, where they could be read; `kept` are the files that hold this clone's own policy.
    """

    standing: Standing
    came: tuple[Outcome, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()


def _recorder(desk: Desk) -> Recorder:
    return Recorder(desk.person or _NOBODY, desk.now(), desk._author, desk.policy)


def sync(desk: Desk, *, progress: Progress = silent) -> Exchange:
    """Exchange everything with the hub; see `fenji.sync.sync`. Safe to interrupt anywhere, and to do again."""
    return exchanges.sync(desk.store, _recorder(desk), progress)


def bundle(desk: Desk, path: Path, *, to: str | None = "", progress: Progress = silent) -> Parcel:
    """Write what a peer lacks into a file; `to` is its name, `hub`, `""` for whoever is known, None for anybody."""
    return exchanges.bundle(desk.store, _recorder(desk), path, to=to, progress=progress)


def inside(desk: Desk, path: Path) -> Inside:
    """What a file would bring; nothing is taken."""
    return exchanges.inside(desk.store, path)


def receive(desk: Desk, path: Path, *, progress: Progress = silent) -> tuple[Inside, Exchange]:
    """Take in what a file brings."""
    return exchanges.receive(desk.store, _recorder(desk), path, progress)


def mend(desk: Desk) -> FenjiError | None:
    """Finish what was cut off, and join the tickets of a merge that git left in conflict; for the opening of a desk.

    Looks at a few names where there is nothing to do. What cannot be done now is answered, not raised: the desk opens
    all the same, and the next exchange tries again.
    """
    if not unmerged.interrupted(desk.repo):
        return None
    try:
        exchanges.mend(desk.store, _recorder(desk))
    except FenjiError as error:
        return error
    return None


def standing(desk: Desk) -> Standing:
    """How this clone stands to its hub."""
    return exchanges.standing(desk.repo)


def stamp(desk: Desk) -> object:
    """Something that differs (`!=`) once `standing` may tell something else; looks at two files."""
    places = (desk.repo.git_dir / name for name in ("logs/HEAD", ledger.NAME))
    return [(found.st_mtime_ns, found.st_size) if (found := _stat(place)) else None for place in places]


def _stat(place: Path) -> os.stat_result | None:
    try:
        return place.stat()
    except OSError:
        return None


def unsent(desk: Desk) -> Mapping[str, bool]:
    """The numbers of the tickets that the hub does not have as they are, and whether the number is provisional."""
    return exchanges.unsent(desk.repo)


def overview(desk: Desk) -> Overview:
    """What a person wants to see of the exchange; asks git and reads the tickets named, no network."""
    came = tuple(arrivals(desk).values())
    goes = tuple(exchanges.waiting(desk.repo))
    titles = {one.id: one.title for one in goes if one.title} | {one.id: _title(desk, one.id) for one in came}
    kept = tuple(sorted(one.name for one in desk.root.glob(f"{LOCAL_POLICY}*.yaml")))
    return Overview(standing(desk), came, goes, titles, kept)


def _title(desk: Desk, number: str) -> str:
    try:
        return desk.store.load(desk.store.find(number)).ticket.title
    except FenjiError:
        return ""


def every(desk: Desk) -> timedelta | None:
    """How often the interface is to exchange by itself (`git config fenji.syncEvery 15m`); None: only when asked.

    Raises Misused for a time that cannot be read.
    """
    said = desk.seat.sync_every
    if said.lower() in ("", "none", "never", "0"):
        return None
    found = durations.parse(said)
    if isinstance(found, Sentence):
        raise Misused("{setting}: {reason}", setting=EVERY, reason=found)
    return found.length(durations.DAY)


def arrivals(desk: Desk) -> Mapping[str, Outcome]:
    """What became of the tickets that came in and that nobody here has looked at, by number."""
    return ledger.read(desk.repo).arrivals


def looked_at(desk: Desk, ids: Iterable[str] | None = None) -> None:
    """Forget arrivals that the person has looked at: these, or all."""
    exchanges.looked_at(desk.repo, ids)


def receipt(desk: Desk, words: str) -> str:
    """How far the last change of a ticket has come: recorded, sent, seen; `""` where it is not committed yet."""
    number = Path(desk.store.find(words)).stem
    return exchanges.receipt(desk.repo, *layout.places(number))


def attachments(desk: Desk, words: str) -> list[Path]:
    """The attachments of a ticket as files; those that a thin clone left with the hub are fetched now.

    Raises Unavailable where the hub cannot be reached.
    """
    ticket = desk.store.load(desk.store.find(words)).ticket
    folder = layout.files_folder(ticket.id)
    if thin.is_thin(desk.repo):
        thin.take_up(desk.repo, sorted(thin.left_out(desk.repo, f"{desk.repo.prefix}{folder}")))
    places = (desk.root / folder / str(item["name"]) for item in ticket.items("files"))
    return [place for place in places if place.is_file()]


def driver_problem(desk: Desk) -> Sentence | None:
    """What a pull by hand would miss in this clone; None where git joins tickets by meaning."""
    return exchanges.driver_problem(desk.repo)


# --- a first copy -----------------------------------------------------------------------------------------------------


def clone(url: str, folder: Path, site: str, founder: Founder, *, progress: Progress = silent) -> Path:
    """Begin a desk as a copy of another one, from a URL, a folder or a bundle; the folder of the desk.

    Raises Misused for a bad site code, Refused where the folder is in use or the copy holds no desk, Unavailable where
    it cannot be had.
    """
    if not SITE_PATTERN.fullmatch(site):
        raise Misused("{site} is no site code.", hint="Use capital letters and digits, as KSA or HQ.", site=site)
    repo = copied(url, folder, progress=lambda part, at, of: progress("fetch", part, at, of))
    if not (repo.root / POLICY).is_file() and not (repo.root / layout.OPEN).is_dir():
        raise Refused(
            "{url} holds no desk at its top; the copy is in {path}.",
            hint="Where the desk is a folder of it, name that folder: fenji --desk {path}/FOLDER",
            url=url,
            path=str(repo.root),
        )
    _settle_in(repo, site, founder)
    file = Path(url).expanduser()
    if file.is_file():
        parcels.met(repo, file)
    return repo.root


def _settle_in(repo: Repo, site: str, founder: Founder) -> None:
    address = founder.email or repo.settings().email
    wanted = {
        "fenji.site": site,
        "fenji.user": founder.person or _of_address(address, _policy(repo)),
        "fenji.language": founder.language,
        "user.name": founder.name,
        "user.email": founder.email,
    }
    for key, value in wanted.items():
        if value:
            repo.set_setting(key, value)
    wiring.wire(repo)


def _policy(repo: Repo) -> Policy | None:
    try:
        return opening.rules(repo.root, repo).policy
    except Damaged:
        return None


def _of_address(address: str, policy: Policy | None) -> str:
    """Whose an address is: the one who has it in the policy, else its part before the `@`."""
    people = policy.people.items() if policy else ()
    known = (key for key, one in people if one.email and one.email.casefold() == address.casefold())
    return next(known, address.partition("@")[0])


def unsettled(root: Path) -> list[Sentence]:
    """What is still to be done in a copy: say who works here, and have the policy know that person and the site."""
    repo = repositories.find(root)
    own, policy = repo.settings(), _policy(repo)
    if policy is None:
        return []
    found = []
    if not own.person:
        people = ", ".join([*policy.people][:_MOST_NAMED]) + (" …" if len(policy.people) > _MOST_NAMED else "")
        values = {"path": str(root), "people": people}
        found.append(Sentence("Say who you are: git -C {path} config fenji.user KEY, one of {people}", values))
    elif own.person not in policy.people:
        template = (
            "{person} is not among people in policy.yaml: ask the admin for an entry; until then without any role."
        )
        found.append(Sentence(template, {"person": own.person}))
    if own.site not in policy.sites:
        values = {"site": own.site, "sites": ", ".join(policy.sites)}
        found.append(Sentence("{site} is no site of policy.yaml, which has {sites}: ask the admin to add it.", values))
    return found
