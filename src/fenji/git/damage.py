"""Mend git's own files after a power cut or on a failing disk, as far as they can be rebuilt from others.

Emptied refs are restored from their reflogs or by the next fetch, lists of packs are rebuilt by git, and lost objects
are written again from the files of the desk, which contain every ticket. A branch whose commit is lost goes back to its
last intact commit; later changes are still in the files and are committed again.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from fenji import files
from fenji.errors import Unavailable
from fenji.git import locks, process

# Patterns are compiled only when git complains, not at each start.
_SIGNS = (
    r"is corrupt|is empty|reference broken|bad (tree )?object|invalid object|unable to read (tree )?\(?[0-9a-f]{7}"
    r"|unable to resolve ref|Could not read [0-9a-f]{7}|broken ref|multi-pack-index|packed-refs"
    r"|missing (blob|tree|commit)|[Ff]ail(ed)? to (read|traverse)"
)
# Temporary failures: nothing is lost if the machine or the disk could not serve git for the moment.
_PASSING = (
    r"ermission denied|Input/output error|Stale file handle|Stale NFS|annot allocate memory|Out of memory|out of memory"
    r"|Too many open files|temporarily unavailable|Interrupted system call|Transport endpoint|Host is down"
)
_REF = rb"(?:ref: refs/[^\x00-\x20\x7f]+|[0-9a-f]{40}|[0-9a-f]{64})\s*"
_NAMED_REF = r"(?m)^(?!remote:).*?(refs/(?:heads|remotes)/[^\s':]+)"
_PACKED_REF = r"#.*|\^?[0-9a-f]{40,64}( refs/\S+)?"
_REFLOG_ID = r"(?m)^[0-9a-f]{40,64} ([0-9a-f]{40,64}) "
_FETCHED_AGAIN = (
    "refs/remotes/",
    "refs/fenji/hub/",
    "refs/fenji/peers/",
    "refs/fenji/founding/",
    "refs/worktree/fenji/",
)
_MAX_STEPS_BACK = 50


def is_named(stderr: str) -> bool:
    """Return whether git complains of lost data, which may be mended here, and not of a temporary failure."""
    return bool(re.search(_SIGNS, stderr)) and not re.search(_PASSING, stderr)


def mend(top: Path, git_dir: Path, stderr: str) -> bool:
    """Mend the damage that git reports in the repository with working tree `top`; return whether to run git again.

    That is if anything was mended, here or by another thread or process since git's report.
    """
    if not is_named(stderr):
        return False
    try:
        return _mend(top, git_dir, stderr)
    except (OSError, Unavailable):  # a read-only disk, a folder of another account
        return False


def _mend(top: Path, git_dir: Path, stderr: str) -> bool:
    common = locks.common_folder(git_dir)
    mended = [_drop_pack_list(common, stderr), _mend_packed_refs(common, stderr)]
    mended += [_mend_ref(common, path) for path in _find_broken_refs(git_dir, common)]
    if _drop_empty_objects(common):
        _write_objects_again(top)
        mended.append(True)
    return _step_back(top, common) or any(mended) or _is_out_of_date(common, stderr)


def _is_out_of_date(common: Path, stderr: str) -> bool:
    """Return whether git complained of a ref of this repository that can now be read."""
    return any(_is_sound(common / name) for name in re.findall(_NAMED_REF, stderr))


def mend_head(folder: Path) -> bool:
    """Restore an emptied HEAD in the repository at or above a folder; return whether it was restored."""
    git_dir = next((place / ".git" for place in (folder, *folder.parents) if (place / ".git").is_dir()), None)
    return git_dir is not None and _mend_head(git_dir)


def mend_hub(git_dir: Path) -> None:
    """Mend the damage that git finds in the refs, the lists or the newest commit of a bare repository."""
    _mend_head(git_dir)
    for arguments in (("for-each-ref",), ("rev-list", "--objects", "-n1", "HEAD", "--")):
        mend(git_dir, git_dir, process.run(arguments, git_dir).stderr.decode("utf-8", "replace"))


def _mend_head(git_dir: Path) -> bool:
    if _is_sound(git_dir / "HEAD") or not ((git_dir / "objects").is_dir() and (git_dir / "refs").is_dir()):
        return False
    heads = git_dir / "refs" / "heads"
    names = [str(path.relative_to(heads)) for path in heads.rglob("*") if path.is_file()]
    with contextlib.suppress(OSError):
        names += re.findall(r" refs/heads/(\S+)$", (git_dir / "packed-refs").read_text("utf-8", "replace"), re.M)
    with contextlib.suppress(OSError):
        settings = (git_dir / "config").read_text("utf-8", "replace")
        names = re.findall(r"(?ims)^\[fenji\][^\[]*?^\s*branch\s*=\s*(\S+)", settings) + names
    branch = "main" if "main" in names or not names else names[0]
    files.write(git_dir, "HEAD", os.fsencode(f"ref: refs/heads/{branch}\n"))
    return True


def _is_sound(path: Path) -> bool:
    try:
        return bool(re.fullmatch(_REF, path.read_bytes()))
    except OSError:
        return False


def _drop_pack_list(common: Path, stderr: str) -> bool:
    path = common / "objects" / "pack" / "multi-pack-index"
    return "multi-pack-index" in stderr and _set_aside(path)


def _mend_packed_refs(common: Path, stderr: str) -> bool:
    path = common / "packed-refs"
    if "packed-refs" not in stderr or not path.is_file():
        return False
    data = path.read_bytes()
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    sound = [line for line in lines[:-1] if re.fullmatch(_PACKED_REF, line)]
    if sound == lines[:-1] and not lines[-1]:
        return False
    files.write(common, f"{path.name}.damaged", data)
    files.write(common, path.name, "".join(f"{line}\n" for line in sound).encode("utf-8", "surrogateescape"))
    return True


def _set_aside(path: Path) -> bool:
    """Rename a damaged file to keep it; return whether it existed."""
    try:
        path.replace(path.with_name(f"{path.name}.damaged"))
    except OSError:
        return False
    return True


def _find_broken_refs(git_dir: Path, common: Path) -> Iterator[Path]:
    for folder in dict.fromkeys((git_dir, common)):
        refs = (path for path in (folder / "refs").rglob("*") if path.is_file() and path.suffix != ".lock")
        yield from (path for path in refs if not _is_sound(path))


def _mend_ref(common: Path, path: Path) -> bool:
    """Restore a branch from its reflog, or delete a ref that the next exchange sets; return whether one was mended."""
    name = path.as_posix()[path.as_posix().rindex("/refs/") + 1 :]
    if name.startswith(_FETCHED_AGAIN):
        path.unlink()
        return True
    ids = _read_reflog(common, name)
    if name.startswith("refs/heads/") and ids:
        files.write(path.parent, path.name, f"{ids[0]}\n".encode())
        return True
    return False


def _read_reflog(common: Path, name: str) -> list[str]:
    """Return the commits in a ref's reflog, newest first."""
    try:
        text = (common / "logs" / name).read_text("utf-8", "replace")
    except OSError:
        return []
    return list(dict.fromkeys(reversed(re.findall(_REFLOG_ID, text))))


def _drop_empty_objects(common: Path) -> bool:
    """Remove the files of emptied objects, which git would take for written; return whether there were any."""
    empty = [path for path in (common / "objects").glob("[0-9a-f][0-9a-f]/*") if not path.stat().st_size]
    for path in empty:
        path.unlink(missing_ok=True)
    return bool(empty)


def _write_objects_again(top: Path) -> None:
    """Write all tracked files as objects, including those that git still has."""
    listing = process.run(("ls-files", "-z"), top).stdout.decode("utf-8", "surrogateescape").split("\0")
    paths = [path for path in listing if path and "\n" not in path and (top / path).is_file()]
    lines = "".join(f"{path}\n" for path in paths).encode("utf-8", "surrogateescape")
    process.run(("hash-object", "-w", "--no-filters", "--stdin-paths"), top, data=lines)


def _step_back(top: Path, common: Path) -> bool:
    """Move HEAD's branch back to the last commit without missing objects; return whether it was moved."""
    branch = process.run(("symbolic-ref", "-q", "HEAD"), top).stdout.decode("utf-8", "surrogateescape").strip()
    here = process.run(("rev-parse", "-q", "--verify", "HEAD"), top).stdout.decode().strip()
    if not branch or not here or not _lacks_objects(top, here):
        return False
    former = [commit for commit in _read_reflog(common, branch)[:_MAX_STEPS_BACK] if commit != here]
    commit = next((commit for commit in former if not _lacks_objects(top, commit)), None)
    if commit is None:
        return False
    done = process.run(("update-ref", "-m", "fenji: back to a commit that is there", branch, commit), top)
    process.run(("reflog", "expire", "--stale-fix", "--expire=never", "--expire-unreachable=never", "--all"), top)
    return done.returncode == 0


def _lacks_objects(top: Path, commit: str) -> bool:
    """Return whether git reports lost objects of a commit; False if git fails for another reason."""
    arguments = ("rev-list", "--objects", "--exclude-promisor-objects", "--quiet", commit, "--")
    done = process.run(arguments, top)
    return done.returncode > 0 and is_named(done.stderr.decode("utf-8", "replace"))
