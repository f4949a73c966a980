"""Checks of the clone: its branch and hub, how much of the desk it has, unfinished work, git's settings."""

from __future__ import annotations

from msgspec.structs import replace

from fenji.desk import check as checks
from fenji.desk.doctor.finding import Findings, Surroundings, describe_leftovers, fault, note, ok
from fenji.errors import Sentence
from fenji.git import branches, clock_check, leftovers, locks, objects, partial, refs, settings, unmerged
from fenji.sync import conflicts, driver_problem, driver_setup
from fenji.sync.trees import is_ticket


def check_place(desk: Surroundings) -> Findings:
    """Whether the desk is a repository of its own."""
    if desk.repo and desk.repo.prefix:
        message = Sentence(
            "The desk is a folder in the repository {path}: its tickets go wherever that is pushed.",
            {"path": str(desk.repo.top)},
        )
        yield note("repository", message)
    elif desk.repo:
        yield ok("repository", Sentence("The desk is a repository of its own."))


def check_branch(desk: Surroundings) -> Findings:
    """Whether HEAD is on the desk's branch."""
    if desk.repo is None:
        return
    elsewhere, branch = checks.describe_elsewhere(desk.repo), branches.find_desk_branch(desk.repo)
    if elsewhere:
        yield note("branch", elsewhere, hint="Go back to it with: git switch {branch}")
    elif branch:
        message = Sentence("The desk is on its branch, {branch}.", {"branch": branches.short_name(branch)})
        yield ok("branch", message)


def check_hub(desk: Surroundings) -> Findings:
    """Whether the desk knows its hub, and the hub's branch."""
    if desk.repo is None:
        return
    remote = desk.remote
    if remote is None and len(names := branches.list_remotes(desk.repo)) > 1:
        message = Sentence("This desk does not know which remote is its hub: {names}.", {"names": tuple(names)})
        yield fault("hub", message, hint="Name the hub's branch once: git branch -u NAME/main")
        return
    if remote is None:
        hint = "Name it once with: git remote add origin URL. Offline: fenji bundle, fenji receive."
        yield note("hub", Sentence("This desk has no hub."), hint=hint)
        return
    others = [name for name in refs.list_refs(desk.repo, f"refs/remotes/{remote.name}") if name != "HEAD"]
    branch = branches.short_name(remote.branch)
    values = {"remote": remote.name, "branch": branch, "others": tuple(others)}
    if branch not in others and others:
        message = Sentence("The hub's branch {branch} is apparently no longer at {remote}, only: {others}.", values)
        hint = "The next sync follows a renamed branch; if it finds several: git config fenji.branch NAME"
        yield note("hub", message, hint=hint)
    elif not remote.is_upstream:
        message = Sentence("The desk's branch has no upstream, so plain git pull and git push do not work.", values)
        yield note("hub", message, hint="The first sync sets it: fenji sync")
    else:
        yield ok("hub", Sentence("The hub is {remote}, branch {branch}.", values))
    push_url = branches.find_push_url(desk.repo, remote)
    if push_url:
        message = Sentence(
            "Pushes go to a different address than fetches come from: {url}.",
            {"url": push_url, "remote": remote.name},
        )
        hint = "Unless both are the same repository, nobody gets it: git config --unset-all remote.{remote}.pushurl"
        yield note("hub", message, hint=hint)


def check_extent(desk: Surroundings) -> Findings:
    """Whether all of the desk is on this disk: tickets, history, large files."""
    if desk.repo is None:
        return
    absent = checks.find_absent_tickets(desk.repo)
    if absent:
        yield fault("sparse", absent, hint="Until then, lists, searches and figures lack them.")
    if refs.is_shallow(desk.repo):
        message = Sentence("This clone has only the newer part of the history.")
        yield note("shallow", message, hint="git fetch --unshallow fetches the rest; a full bundle needs it.")
    if partial.is_partial(desk.repo):
        message = Sentence("This clone is thin: large attachments stay at the hub.")
        yield note("thin", message, hint="fenji files ID fetches those of a ticket.")


def check_unfinished(desk: Surroundings) -> Findings:
    """Whether a merge or similar was begun with git and not finished, or something is in git's stash."""
    if desk.repo is None:
        return
    state = unmerged.read_unfinished(desk.repo)
    message = Sentence("A {what} started with git is not finished.", {"what": state.operation})
    if state.operation and conflicts.is_ended_by_exchange(desk.repo):
        yield fault("unfinished", message, hint="fenji sync merges its tickets, ends it and records its changes.")
    elif state.operation:
        command = conflicts.CONTINUE_COMMANDS.get(state.operation, "git status")
        message = replace(message, values={"what": state.operation, "command": command})
        yield fault("unfinished", message, hint="fenji sync merges its tickets; then finish it with: {command}")
    elif state.stages:
        message = Sentence("Files are in conflict, such as after git stash.")
        yield fault("unfinished", message, hint="fenji sync merges the tickets among them; see: git status")
    elif unmerged.is_interrupted(desk.repo):
        yield note("unfinished", Sentence("A sync was interrupted while it wrote files; the next one finishes it."))
    stashed = objects.list_stashed(desk.repo)
    if tickets := [path for path in stashed if is_ticket(desk.repo.desk_path(path))]:
        message = Sentence(
            "git's stash holds changes to {count} ticket.",
            {"count": len(tickets)},
            plural="git's stash holds changes to {count} tickets.",
        )
        yield note("stash", message, hint="No sync sends it; git stash pop restores it.")


def check_locks(desk: Surroundings) -> Findings:
    """Whether a killed git process has left a lock, or pieces of files."""
    if desk.repo is None:
        return
    found = locks.find_locks(desk.repo.git_dir)
    for lock in found:
        values = {"path": str(lock)}
        if locks.is_stale(lock, desk.repo.top):
            message = Sentence("{path} was left by a killed git; the next act or sync removes it.", values)
            yield note("locks", message)
        else:
            message = Sentence("{path} locks the repository; git may still be running there.", values)
            yield fault("locks", message, hint="Wait until it is done; if no git is running, remove that file.")
    if not found:
        yield ok("locks", Sentence("git has left no locks."))
    left = leftovers.find_leftovers(desk.repo.git_dir, desk.repo.top)
    if left:
        yield note("locks", describe_leftovers(left), hint="The next sync removes them.")


def check_clock(desk: Surroundings) -> Findings:
    """Whether the clock is right, as far as the clone can know."""
    if desk.repo is None:
        return
    problem = clock_check.find_clock_problem(desk.repo)
    if problem:
        yield fault("clock", problem, hint="Have the machine use a time server: timedatectl set-ntp true")
    else:
        yield ok("clock", Sentence("This machine's clock seems right."))


def check_settings(desk: Surroundings) -> Findings:
    """Whether git is set up unusually, and whether that does harm."""
    if desk.repo is None:
        return
    unusual = settings.read_unusual(desk.repo.top)
    converting = [key for key in unusual if key in settings.LINE_END_KEYS]
    if converting and not driver_setup.keeps_bytes(desk.repo):
        message = Sentence("git changes line endings here ({keys}), in tickets too.", {"keys": tuple(converting)})
        yield fault("settings", message, hint="fenji sync tells git to leave the desk's files as they are.")
        unusual = tuple(key for key in unusual if key not in converting)
    if unusual:
        message = Sentence("Set for using git by hand, harmless to fenji: {keys}.", {"keys": tuple(unusual)})
        yield ok("settings", message)
    elif not converting:
        yield ok("settings", Sentence("git is set up as usual."))


def check_merge_driver(desk: Surroundings) -> Findings:
    """Whether a pull by hand merges tickets by meaning."""
    if desk.repo is None or desk.remote is None:
        return
    problem = driver_problem(desk.repo)
    if problem:
        yield note("merge driver", problem, hint="Until then, do not use git pull or git merge by hand.")
    else:
        yield ok("merge driver", Sentence("git merges tickets by meaning, even in a pull by hand."))
