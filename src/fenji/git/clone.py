"""Clone a repository from a URL, a folder or a bundle; from a URL without its large files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from fenji.errors import Refused, Unavailable, os_reason
from fenji.git import branches, partial, refs
from fenji.git import bundle as bundles
from fenji.git.branches import Remote
from fenji.git.remotes import BLOB_FILTER, KEPT_HINT, THIN_KEY, transfer_error
from fenji.git.repo import INITIAL_CONFIG, find_repo
from fenji.git.run import run_git
from fenji.git.transfer import run_transfer
from fenji.given_files import expand_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.git.remotes import TransferProgress
    from fenji.git.tree import Repo

_CREDENTIALS = re.compile(r"(?<=//)[^/@]*@")


def clone(url: str, folder: Path, *, prepare: Callable[[Repo], None], progress: TransferProgress | None = None) -> Repo:
    """Clone into `folder`, which must be absent or empty; leave nothing behind on failure.

    `prepare` sets up the new repository before its files are written.

    Raises Refused if the folder is in use, Unavailable if cloning fails.
    """
    target = expand_user(folder).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused("{path} is in use.", hint="Name an empty folder or a new one.", path=str(target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".fenji-clone-{token_hex(4)}")
        try:
            _run_clone(url, unfinished, progress)
            repo = find_repo(unfinished)
            if repo.head() is None:
                _choose_branch(repo, _CREDENTIALS.sub("", url))
            partial.check_out_available(repo, prepare)
            if target.is_dir():
                target.rmdir()
            unfinished.rename(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        reason = os_reason(error)
        raise Unavailable("{path} cannot be created: {reason}.", path=str(target), reason=reason) from error
    return find_repo(target)


def _choose_branch(repo: Repo, shown: str) -> None:
    """Check out the only branch of a remote whose HEAD names none. Raises Refused if it has several or none."""
    names = [name for name in refs.list_refs(repo, "refs/remotes/origin") if name != "HEAD"]
    found = {name: commit for name in names if (commit := refs.resolve(repo, f"refs/remotes/origin/{name}"))}
    if not found:
        hint = "Create the desk elsewhere and send it there first: fenji init DIR --site SITE; fenji hub init."
        raise Refused("{url} is still empty.", hint=hint, url=shown)
    if len(found) > 1:
        raise Refused(
            "{url} does not say which of its branches is the desk's: {branches}.",
            hint="Its administrator can set it with: git symbolic-ref HEAD refs/heads/NAME",
            url=shown,
            branches=tuple(found),
        )
    ((name, commit),) = found.items()
    refs.move_named_branch(repo, f"refs/heads/{name}", None, commit)
    refs.attach_head(repo, f"refs/heads/{name}")
    branches.set_upstream(repo, Remote("origin", f"refs/heads/{name}", f"refs/heads/{name}"))


def _run_clone(url: str, folder: Path, progress: TransferProgress | None) -> None:
    file = expand_user(url)
    from_bundle = file.exists() and not file.is_dir() and (not file.is_file() or bundles.is_bundle(file))
    if from_bundle:
        bundles.list_heads(file)  # raises NotFound for a pipe, and Damaged for a header that git would accept
    source = str(file.absolute()) if file.exists() else url
    blob_filter = () if from_bundle or file.is_dir() else (f"--filter={BLOB_FILTER}",)
    options = (
        "--no-tags",
        "--no-recurse-submodules",
        "--template=",
        "--origin",
        "origin",
        "--progress",
        "--no-checkout",
    )
    result = run_transfer(folder.parent, "clone", *options, *blob_filter, "--", source, str(folder), progress=progress)
    if result.status:
        failure = transfer_error(result, _CREDENTIALS.sub("", url))
        if str(failure.hint or "").startswith(KEPT_HINT):  # said to a desk, and there is none yet
            hint = "Nothing was created here. Check the address and the link, then try again."
            raise Unavailable(failure.sentence.template, hint=hint, **failure.sentence.values)
        raise failure
    for key, value in INITIAL_CONFIG.items():
        run_git(folder, "config", "--local", key, value)
    if from_bundle:  # the file is no hub for later exchanges
        run_git(folder, "remote", "remove", "origin")
        run_git(folder, "config", "--local", THIN_KEY, "true")
