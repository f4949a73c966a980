"""Exchange tickets with other clones on request: over a hub, by a bundle file, or as a first copy.

All functions take the desk. Pending changes are recorded by the person at it; incoming files are read like any other.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from fenji import git as repositories
from fenji import sync as exchanges
from fenji.desk import open as opening
from fenji.desk.held import list_held
from fenji.desk.init import check_site_code
from fenji.desk.open import POLICY_FILE
from fenji.errors import Damaged, FenjiError, InvalidUsage, Refused, Sentence, name_some
from fenji.git import branches, partial, refs, unmerged
from fenji.git.clone import clone as clone_repo
from fenji.git.refs import HELD_REFS
from fenji.given_files import expand_user
from fenji.model.policy import durations
from fenji.storage import layout
from fenji.sync import (
    Bundle,
    BundlePreview,
    Recorder,
    SyncResult,
    SyncStatus,
    TicketOutcome,
    UnpushedItem,
    driver_setup,
    policy_record,
    state,
)
from fenji.sync import bundle as bundles
from fenji.sync.keep import list_drafts
from fenji.sync.results import STEPS
from fenji.sync.session import no_progress

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.desk.init import DeskSetup
    from fenji.git import Repo
    from fenji.model.annotations import HeldAct
    from fenji.model.policy import Policy
    from fenji.sync import SyncProgress

__all__ = ["STEPS", "BundlePreview", "SyncResult", "SyncStatus", "TicketOutcome", "UnpushedItem"]
_NOBODY = "nobody"
_MAX_NAMED = 8  # people listed in a sentence
_STATUS_FILES = (
    *("HEAD", "logs/HEAD", state.FILE_NAME, HELD_REFS, "packed-refs"),
    *("config", "config.worktree", "info/sparse-checkout"),
)
StatusStamp: TypeAlias = tuple[tuple[int, int] | None, ...]  # mtime (ns) and size (bytes) of each of _STATUS_FILES
SYNC_INTERVAL_KEY = "fenji.syncEvery"  # git config key: how often the interface syncs by itself


class ExchangeOverview(Struct, frozen=True):
    """The state of the exchange with the hub: arrivals that nobody has looked at, and changes still to be sent.

    `titles` are by ticket number, as far as they could be read. `path_by_draft` maps each file that keeps what this
    clone wrote in the policy, a contract or the like to the path of the original. `held` are the acts that the hub
    refuses.
    """

    status: SyncStatus
    arrivals: tuple[TicketOutcome, ...] = ()
    unpushed: tuple[UnpushedItem, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    path_by_draft: Mapping[str, str] = {}
    held: tuple[HeldAct, ...] = ()


def _make_recorder(desk: Desk) -> Recorder:
    desk.reload_changed_policy()
    return Recorder(desk.person or _NOBODY, desk.now(), desk._author_of, desk.policy)


def sync(
    desk: Desk, *, progress: SyncProgress = no_progress, repair: bool = False, since_now: bool = False
) -> SyncResult:
    """Exchange everything with the hub; see `fenji.sync.sync`. Safe to interrupt at any point and to repeat.

    With `since_now` a draft of the policy whose `since` is past begins now instead.
    """
    if since_now:
        policy_record.date_draft(desk.store, _make_recorder(desk))
    return exchanges.sync(desk.store, _make_recorder(desk), progress, repair=repair)


def bundle(desk: Desk, path: Path, *, to: str | None = "", progress: SyncProgress = no_progress) -> Bundle:
    """Write a bundle with what a peer lacks; `to` is a peer's name, `hub`, `""` (the known peer) or None (anybody)."""
    return exchanges.write_bundle(desk.store, _make_recorder(desk), path, to=to, progress=progress)


def preview_bundle(desk: Desk, path: Path) -> BundlePreview:
    """Return what a bundle would bring, without receiving it."""
    return exchanges.preview_bundle(desk.store, path)


def receive(desk: Desk, path: Path, *, progress: SyncProgress = no_progress) -> tuple[BundlePreview, SyncResult]:
    """Receive a bundle; return its preview and the result."""
    return exchanges.receive(desk.store, _make_recorder(desk), path, progress)


def finish_interrupted(desk: Desk) -> FenjiError | None:
    """Finish an interrupted exchange, and merge the tickets that git left in conflict; called when a desk is opened.

    Cheap if there is nothing to do. A failure is returned, not raised: the desk can still be opened, and the next
    exchange tries again.
    """
    if not unmerged.is_interrupted(desk.repo):
        return None
    try:
        exchanges.mend(desk.store, _make_recorder(desk))
    except FenjiError as error:
        return error
    return None


def read_status(desk: Desk) -> SyncStatus:
    """Read how this clone compares with its hub."""
    return exchanges.read_status(desk.repo)


def status_stamp(desk: Desk) -> StatusStamp:
    """Return a value that differs (`!=`) once the sync status, the held acts or the checkout may have changed."""
    paths = (desk.repo.git_dir / name for name in _STATUS_FILES)
    return tuple((info.st_mtime_ns, info.st_size) if (info := _stat_or_none(path)) else None for path in paths)


def _stat_or_none(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def list_unsent(desk: Desk) -> Mapping[str, bool]:
    """Return the numbers of tickets whose present version the hub lacks; True for a provisional number."""
    return exchanges.find_unpushed_numbers(desk.repo)


def read_overview(desk: Desk) -> ExchangeOverview:
    """Read the overview of the exchange from git and the tickets named in it, without the network."""
    arrived = tuple(read_arrivals(desk).values())
    unpushed = tuple(exchanges.collect_unpushed(desk.repo))
    titles = {ticket.id: ticket.title for ticket in unpushed if ticket.title} | {
        outcome.id: _read_title(desk, outcome.id) for outcome in arrived
    }
    return ExchangeOverview(
        read_status(desk), arrived, unpushed, titles, list_drafts(desk.root), tuple(list_held(desk))
    )


def _read_title(desk: Desk, number: str) -> str:
    try:
        return desk.store.reader.load(desk.find_path(number)).ticket.title
    except FenjiError:
        return ""


def sync_interval(desk: Desk) -> timedelta | None:
    """Return how often the interface syncs by itself (`git config fenji.syncEvery 15m`); None if only when asked.

    Raises InvalidUsage for a time that cannot be read.
    """
    text = desk.user.sync_every
    if text.lower() in ("", "none", "never", "0"):
        return None
    duration = durations.parse_duration(text)
    if isinstance(duration, Sentence):
        raise InvalidUsage("{setting}: {reason}", setting=SYNC_INTERVAL_KEY, reason=duration)
    return duration.to_timedelta(durations.DAY)


def read_arrivals(desk: Desk) -> Mapping[str, TicketOutcome]:
    """Return what became of incoming tickets that nobody here has looked at yet, by number."""
    return state.load_state(desk.repo).arrivals


def mark_seen(desk: Desk, ids: Iterable[str] | None = None) -> None:
    """Mark these arrivals, or all, as looked at."""
    exchanges.mark_seen(desk.repo, ids)


def delivery_state(desk: Desk, number: str) -> str:
    """Return how far the last change of a ticket got: recorded, sent, seen; `""` if it is not committed yet."""
    full_number = Path(desk.find_path(number)).stem
    return exchanges.delivery_status(desk.repo, *layout.ticket_paths(full_number))


def fetch_attachments(desk: Desk, number: str, *, progress: SyncProgress = no_progress) -> list[Path]:
    """Return the attachments of a ticket as files, fetching those that a partial clone left at the hub.

    Raises Unavailable if the hub cannot be reached, Refused if another file is in the way.
    """
    ticket = desk.store.reader.load(desk.find_path(number)).ticket
    folder = layout.attachments_folder(ticket.id)
    if partial.is_partial(desk.repo):
        git_progress = None if progress is no_progress else lambda part, at, of: progress("fetch", part, at, of)
        partial.fetch_left_out(desk.repo, f"{desk.repo.prefix}{folder}", progress=git_progress)
    paths = (desk.root / folder / item.name for item in ticket.files)
    return [path for path in paths if path.is_file()]


def driver_problem(desk: Desk) -> Sentence | None:
    """Return what a `git pull` by hand would miss in this clone; None if git has the ticket merge driver."""
    return exchanges.driver_problem(desk.repo)


# --- a first copy -----------------------------------------------------------------------------------------------------


def clone(url: str, folder: Path, site: str, setup: DeskSetup, *, progress: SyncProgress = no_progress) -> Path:
    """Copy a desk from a URL, a folder or a bundle, and return the folder of the new desk.

    Raises InvalidUsage for a bad site code, Refused if the folder is in use or the copy holds no desk, Unavailable if
    it cannot be fetched.
    """
    check_site_code(site)
    repo = clone_repo(
        url, folder, prepare=driver_setup.install_driver, progress=lambda part, at, of: progress("fetch", part, at, of)
    )
    if not (repo.root / POLICY_FILE).is_file() and not (repo.root / layout.OPEN_FOLDER).is_dir():
        raise Refused(
            "{url} has no desk at its top level; the copy is in {path}.",
            hint="If the desk is a folder in it, name that folder: fenji --desk {path}/FOLDER",
            url=url,
            path=str(repo.root),
        )
    _configure_clone(repo, site, setup)
    file = expand_user(url)
    if file.is_file():
        bundles.remember_sender(repo, file)
    return repo.root


def _configure_clone(repo: Repo, site: str, setup: DeskSetup) -> None:
    address = setup.email or repo.read_settings().email
    wanted = {
        "fenji.site": site,
        branches.BRANCH_KEY: branches.short_name(refs.current_branch(repo) or ""),
        "fenji.user": setup.person or _find_person(address, _read_policy(repo)),
        "fenji.language": setup.language,
        "user.name": setup.name,
        "user.email": setup.email,
    }
    for key, value in wanted.items():
        if value:
            repo.set_setting(key, value)


def _read_policy(repo: Repo) -> Policy | None:
    try:
        return opening.load_policy_in_force(repo.root, repo).policy
    except Damaged:
        return None


def _find_person(address: str, policy: Policy | None) -> str:
    """Return the key of the person with this address in the policy, else the part before its `@`."""
    people = policy.people.items() if policy else ()
    keys = (key for key, person in people if person.email and person.email.casefold() == address.casefold())
    return next(keys, address.partition("@")[0])


def remaining_setup(root: Path) -> list[Sentence]:
    """Return what is left to set up in a copy: a person to name, or a person or site that the policy lacks."""
    repo = repositories.find_repo(root)
    settings, policy = repo.read_settings(), _read_policy(repo)
    if policy is None:
        return []
    sentences = []
    if not settings.person:
        people = name_some(policy.people, _MAX_NAMED)
        values = {"path": str(root), "people": people}
        sentences.append(Sentence("Say who you are: git -C {path} config fenji.user KEY, one of {people}", values))
    elif settings.person not in policy.people:
        template = "{person} is not under people in policy.yaml: ask the admin for an entry; until then, no role."
        sentences.append(Sentence(template, {"person": settings.person}))
    if settings.site not in policy.sites:
        known_sites = {"site": settings.site, "sites": tuple(policy.sites)}
        sentences.append(
            Sentence("{site} is not a site in policy.yaml, which has {sites}: ask the admin to add it.", known_sites)
        )
    return sentences
