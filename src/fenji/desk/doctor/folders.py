"""Checks of the disk and the desk's folders: free space, file locks, write permission and ownership."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from fenji.desk import index_places
from fenji.desk.doctor.finding import Finding, Findings, Surroundings, fault, note, ok
from fenji.errors import Sentence
from fenji.git import locks
from fenji.git.config import read_values

LITTLE_ROOM = 100 << 20  # bytes; enough for a sync with photos and a rebuilt index
FEW_FILES = 2_000  # inodes left on the disk; git makes several files for an act
_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)


def check_disk(desk: Surroundings) -> Findings:
    """Whether there is free space on the disks of the desk and of its git folder."""
    for place in _places(desk):
        yield from check_room(place)


def check_room(place: Path) -> Findings:
    """Whether there is free space on the disk of a folder."""
    info = os.statvfs(place)
    room = info.f_bavail * info.f_frsize
    values = {"path": str(place), "room": room >> 20}
    if room < LITTLE_ROOM:
        hint = "Free some space, or nothing can be saved."
        yield fault("disk", Sentence("Only {room} MiB left on the disk of {path}.", values), hint=hint)
    elif info.f_files and info.f_favail < FEW_FILES:
        hint = "Remove unneeded files: with no room for more, nothing can be saved."
        yield fault("disk", Sentence("The disk of {path} has room for hardly any more files.", values), hint=hint)
    else:
        yield ok("disk", Sentence("{room} MiB free on the disk of {path}.", values))


def _places(desk: Surroundings) -> list[Path]:
    """Return the desk's folder, and its git folder if that is on another disk."""
    places = [place for place in (desk.root, desk.repo.git_dir if desk.repo else None) if place]
    return list({place.stat().st_dev: place for place in reversed(places)}.values())[::-1]


def check_file_locks(desk: Surroundings) -> Findings:
    """Whether the disk of the git folder supports file locks, which keep two writers apart."""
    if desk.repo is None:
        return
    handle = os.open(desk.repo.git_dir / "HEAD", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _WITHOUT_LOCKS:
            message = Sentence("The desk is on a disk without file locks: nothing keeps two writers apart.")
            yield fault("file locks", message, hint="Move the desk to a disk that has them.")
            return
    finally:
        os.close(handle)
    yield _check_disk_kind(desk.repo.git_dir)


def _check_disk_kind(folder: Path) -> Finding:
    kind = locks.shared_disk(folder)
    if kind:
        message = Sentence("The desk is on a disk that other machines may write to ({kind}).", {"kind": kind})
        hint = "A lock left there by a killed git must be removed by hand. A clone on a local disk is faster."
        return note("file locks", message, hint=hint)
    return ok("file locks", Sentence("The disk has file locks."))


# --- write permission -------------------------------------------------------------------------------------------------


def check_rights(desk: Surroundings) -> Findings:
    """Whether the desk and its git folder can be written, who owns them, and whether their group may write too."""
    folders = list(_folders(desk))
    closed = [folder for folder in folders if not os.access(folder, os.W_OK | os.X_OK)]
    if closed:
        yield _describe_closed(closed)
        return
    others = [folder for folder in folders if folder.stat().st_uid != os.geteuid()]
    unshared = list(_find_unshared(folders)) if _is_shared(desk) else []
    if unshared:
        yield _describe_unshared(desk, unshared)
    elif others and not _is_shared(desk):
        yield _describe_owner(others)
    else:
        yield ok("rights", Sentence("Desk and git folder are writable."))
    yield from _check_group_setting(desk)


def _folders(desk: Surroundings) -> Iterator[Path]:
    """Yield every folder in which an act, a sync or a search writes."""
    if desk.root:
        yield from (folder for folder in (desk.root, desk.root / "tickets") if folder.is_dir())
        yield from chain.from_iterable(
            _subfolders(desk.root / "tickets" / name) for name in ("open", "archive", "files")
        )
    if desk.repo:
        git_dir, common = desk.repo.git_dir, locks.common_folder(desk.repo.git_dir)
        yield from dict.fromkeys((git_dir, common))
        yield from chain.from_iterable(_subfolders(common / name) for name in ("objects", "refs", "logs"))


def _subfolders(folder: Path) -> Iterator[Path]:
    for parent, _, _ in os.walk(folder):
        yield Path(parent)


def _describe_closed(closed: list[Path]) -> Finding:
    values = {"path": str(closed[0]), "count": len(closed), "owner": _owner_name(closed[0])}
    if os.statvfs(closed[0]).f_flag & os.ST_RDONLY:
        message = Sentence("The disk of {path} is read-only.", values)
        return fault("rights", message, hint="Mount it for writing, or copy the desk to another disk.")
    message = Sentence(
        "You cannot write to {count} folder: {path}, owned by {owner}.",
        values,
        plural="You cannot write to {count} folders, including {path}, owned by {owner}.",
    )
    return fault("rights", message, hint="Ask {owner} for write access; until then, you can only read.")


def _describe_owner(others: list[Path]) -> Finding:
    values = {"path": str(others[0]), "count": len(others), "owner": _owner_name(others[0])}
    message = Sentence(
        "{count} folder belongs to someone else, {path} to {owner}, who cannot change what you write there.",
        values,
        plural="{count} folders belong to others, {path} to {owner}, who cannot change what you write there.",
    )
    hint = "Work as {owner}, or give it all to the user who works here, with: chown -R"
    return fault("rights", message, hint=hint)


def _owner_name(path: Path) -> str:
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


# --- a desk of a group ------------------------------------------------------------------------------------------------


def _is_shared(desk: Surroundings) -> bool:
    """Whether a group, other than just the user's own, may write in the desk and in its git folder."""
    if desk.root is None or desk.repo is None:
        return False
    places = [place.stat() for place in (desk.root, desk.repo.git_dir)]
    passed_on = any(info.st_mode & stat.S_ISGID or info.st_gid != os.getegid() for info in places)
    return passed_on and all(info.st_mode & stat.S_IWGRP for info in places)


def _find_unshared(folders: list[Path]) -> Iterator[Path]:
    """Yield folders in which the group of the desk cannot write."""
    group = folders[0].stat().st_gid
    for folder in folders:
        info = folder.stat()
        if not info.st_mode & stat.S_IWGRP or info.st_gid != group:
            yield folder


def _describe_unshared(desk: Surroundings, unshared: list[Path]) -> Finding:
    values = {"path": str(unshared[0]), "count": len(unshared), "desk": str(desk.root)}
    message = Sentence(
        "The desk belongs to a group that cannot write to {count} folder: {path}.",
        values,
        plural="The desk belongs to a group that cannot write to {count} folders, including {path}.",
    )
    return fault(
        "rights", message, hint=("Their owner fixes it with: chmod -R g+rwXs {desk}; a wrong group with: chgrp -R")
    )


def _check_group_setting(desk: Surroundings) -> Findings:
    """Whether git makes new files writable for the group, if the desk's folders pass their group on."""
    if desk.repo is None or not _is_shared(desk) or not desk.repo.git_dir.stat().st_mode & stat.S_ISGID:
        return
    setting = read_values(desk.repo.top, r"core\.sharedrepository").get("core.sharedrepository", "")
    if setting.lower() in ("", "umask", "false", "0"):
        message = Sentence("The desk belongs to a group, but git makes its files for their owner only.")
        yield fault("rights", message, hint="Set it once with: git config core.sharedRepository group")


# --- the index --------------------------------------------------------------------------------------------------------


def check_index(desk: Surroundings) -> Findings:
    """Whether the search index can follow the desk, and figures can be kept beside it."""
    if desk.root is None or desk.repo is None:
        return
    reason = index_places.find_obstacle(desk.root, desk.repo.git_dir)
    places = (desk.root / "index", desk.root / "index/figures")
    in_the_way = next((path for path in places if path.exists() and not path.is_dir()), None)
    if reason is None and in_the_way:
        sentence = Sentence("{path} is not a folder.", {"path": str(in_the_way)})
        yield Finding("index", "fault", sentence, Sentence("Delete it: what is kept there is made again."))
    elif reason is None:
        yield ok("index", Sentence("The search index can follow the desk; each search updates it."))
    else:
        hint = (
            "Searches use another one, in your cache folder or in memory. To fix it, give {path} to whoever works here."
        )
        yield Finding("index", "fault", reason, Sentence(hint, {"path": str(desk.root / "index")}))
