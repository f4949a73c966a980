"""Find the desk's branch and its remote: both belong to the desk, whatever branch HEAD is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Refused
from fenji.git import ref_files, refs
from fenji.git.config import read_values
from fenji.git.run import run_git
from fenji.git.settings import read_exchange

if TYPE_CHECKING:
    from fenji.git.tree import Repo

BRANCH_KEY = "fenji.branch"
_LOCAL = "refs/heads/"
_JUDGES = "fenjijudges"  # a remote's key in git's configuration: whether it judges pushes; absent: unknown


class Remote(Struct, frozen=True):
    """A remote repository and the branch exchanged with it; `is_upstream`: git has it configured as the upstream."""

    name: str
    branch: str  # at the remote, e.g. refs/heads/main
    local: str  # in this clone, e.g. refs/heads/main
    url: str = ""
    is_upstream: bool = False
    judges: bool | None = None  # whether it judges pushes, as a hub with fenji does; None: not known yet

    @property
    def tracking(self) -> str:
        """The ref to the commit last seen at the remote, e.g. refs/remotes/origin/main."""
        return f"refs/remotes/{self.name}/{short_name(self.branch)}"

    @property
    def display_name(self) -> str:
        return self.name

    def with_branch(self, branch: str) -> Remote:
        """Return the remote with another branch."""
        return replace(self, branch=branch, is_upstream=False)


def short_name(ref: str) -> str:
    """Return the name of a branch without `refs/heads/`."""
    return ref.removeprefix(_LOCAL)


def find_desk_branch(repo: Repo) -> str | None:
    """Return the full name of the desk's branch in this clone, e.g. `refs/heads/main`, or None (format.md 1).

    It is the branch that `fenji.branch` names, else the one of the hub's HEAD, else the only branch, else the only one
    with an upstream, else HEAD's.
    """
    return _find_desk_branch(repo, read_exchange(repo.top))


def _find_desk_branch(repo: Repo, settings: Mapping[str, str]) -> str | None:
    configured = settings.get(BRANCH_KEY, "")
    if configured:
        return _LOCAL + short_name(configured)
    upstreams, hub = _read_upstreams(settings), f"refs/remotes/{_find_remote_name(settings)}/"
    target = ref_files.read_remote_head(repo.git_dir, _find_remote_name(settings))
    if target and target.startswith(hub):
        return _follow(_LOCAL + target.removeprefix(hub), upstreams)
    answer = run_git(
        repo.top, "for-each-ref", "--format=%(refname) %(symref)", "refs/heads", "refs/remotes/*/HEAD"
    ).stdout.decode("utf-8", "surrogateescape")
    rows = [line.partition(" ")[::2] for line in answer.splitlines()]
    branches = [name for name, _ in rows if name.startswith(_LOCAL)]
    for name, target in rows:
        if name == f"{hub}HEAD" and target.startswith(hub):
            return _follow(_LOCAL + target.removeprefix(hub), upstreams)
    with_upstream = [branch for branch in branches if branch in upstreams]
    only = next((group[0] for group in (branches, with_upstream) if len(group) == 1), None)
    return only or refs.current_branch(repo)


def _follow(branch: str, upstreams: Mapping[str, str]) -> str:
    """Return the local branch that follows a branch of the hub, or one of the same name if none does."""
    return next((local for local, upstream in upstreams.items() if upstream == branch), branch)


def _read_upstreams(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the remote's branch that each local branch follows, by local branch."""
    names = (key.removeprefix("branch.").removesuffix(".merge") for key in settings if key.endswith(".merge"))
    return {_LOCAL + name: settings[f"branch.{name}.merge"] for name in names}


def require_remote(repo: Repo) -> Remote:
    """Return the remote of the desk's branch as `find_remote` does. Raises Refused if there is none."""
    remote = find_remote(repo)
    if remote is None and len(names := list_remotes(repo)) > 1:
        raise Refused(
            "This desk does not know which remote is its hub: {names}.",
            hint="Name the hub's branch once: git branch -u NAME/main",
            names=tuple(names),
        )
    if remote is None:
        raise Refused(
            "This desk has no hub.",
            hint="Name it once with: git remote add origin URL. Offline: fenji bundle, fenji receive.",
        )
    return remote


def find_remote(repo: Repo, settings: Mapping[str, str] | None = None) -> Remote | None:
    """Return the upstream of the desk's branch, else a branch of the same name at origin or the only remote, or None.

    `settings` are those of `read_exchange`, if already known. Quick.
    """
    settings = read_exchange(repo.top) if settings is None else settings
    if not any(key.endswith((".url", ".remote")) for key in settings):
        return None
    local = _find_desk_branch(repo, settings)
    if local is None:
        return None
    short = short_name(local)
    upstream = settings.get(f"branch.{short}.merge", "")
    name = settings.get(f"branch.{short}.remote", "")
    is_upstream = name not in ("", ".") and bool(upstream)
    if not is_upstream:
        name = _find_remote_name(settings)
    if not name or name.startswith("-"):
        return None
    judges = {"true": True, "false": False}.get(settings.get(f"remote.{name}.{_JUDGES}", ""))
    url = settings.get(f"remote.{name}.url", "")
    return Remote(name, upstream if is_upstream else local, local, url, is_upstream, judges)


def remember_judging(repo: Repo, remote: Remote, *, judges: bool) -> None:
    """Remember whether a remote judges pushes."""
    if remote.judges is not judges and "/" not in remote.name:
        repo.git.run("config", "--local", f"remote.{remote.name}.{_JUDGES}", str(judges).lower())


def _find_remote_name(settings: Mapping[str, str]) -> str:
    known = _remote_names(settings)
    return "origin" if "origin" in known else known[0] if len(known) == 1 else ""


def _remote_names(settings: Mapping[str, str]) -> list[str]:
    return [key.removeprefix("remote.").removesuffix(".url") for key in settings if key.endswith(".url")]


def list_remotes(repo: Repo) -> list[str]:
    """Return the names of the remotes that this clone knows."""
    return _remote_names(read_exchange(repo.top))


def find_push_url(repo: Repo, remote: Remote) -> str:
    """Return the remote's address for pushes if it differs from its main one, else `""`."""
    other = read_values(repo.top, r"remote\..*\.pushurl").get(f"remote.{remote.name}.pushurl", "")
    return "" if other == remote.url else other


def set_upstream(repo: Repo, remote: Remote) -> None:
    """Configure the remote as upstream of the desk's branch, for plain `git pull` and `git push`."""
    if not remote.is_upstream:
        for key, value in (("remote", remote.name), ("merge", remote.branch)):
            repo.git.run("config", "--local", f"branch.{short_name(remote.local)}.{key}", value)


def describe_elsewhere(repo: Repo) -> tuple[str, str] | None:
    """Return HEAD's branch (`""`: none) and the desk's branch; None if both are the same."""
    here, desk_branch = refs.current_branch(repo), find_desk_branch(repo)
    if desk_branch is None or here == desk_branch:
        return None
    return short_name(here or ""), short_name(desk_branch)


def keep_elsewhere(repo: Repo) -> None:
    """Keep HEAD's commit with a ref if HEAD is off the desk's branch: it may move away before a sync carries it."""
    if describe_elsewhere(repo) is None or (head := repo.head()) is None:
        return
    refs.set_ref(repo, f"{refs.ELSEWHERE_REFS}/{head}", head)
    for commit in refs.list_refs(repo, refs.ELSEWHERE_REFS).values():
        if commit != head and refs.contains(repo, head, commit):
            refs.set_ref(repo, f"{refs.ELSEWHERE_REFS}/{commit}", None)


def list_left_behind(repo: Repo) -> list[str]:
    """Return the commits made off the desk's branch that HEAD does not contain; quick if there are none."""
    if not refs.may_have(repo, refs.ELSEWHERE_REFS) or (head := repo.head()) is None:
        return []
    kept = refs.list_refs(repo, refs.ELSEWHERE_REFS).values()
    return [commit for commit in kept if not refs.contains(repo, head, commit)]


def is_checked_out_elsewhere(repo: Repo, branch: str) -> bool:
    """Return whether another working tree of this repository is on a branch."""
    answer = run_git(repo.top, "worktree", "list", "--porcelain").stdout.decode("utf-8", "surrogateescape")
    own = f"worktree {repo.top}"
    trees = (block.split("\n") for block in answer.split("\n\n"))
    return any(f"branch {branch}" in lines and lines[0] != own for lines in trees)
