"""Find the policy in force in a clone, and the draft in policy.yaml that differs from it (clock rules 10, format 5).

The policy on the hub's branch, as this clone last saw it, is in force. If no hub judges, each desk is its own judge:
then the policy that was last put in force here applies, which `refs/fenji/policy` keeps. A text typed in policy.yaml
or committed by hand is a draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji import files
from fenji.errors import Damaged, Problem, Sentence, os_reason
from fenji.files import FileStamp, stamp_path
from fenji.git import CloneSettings, Repo, branches, objects, refs
from fenji.git.locks import common_folder
from fenji.model import policy as policies
from fenji.model.policy.newer import describe_newer, find_newer_format, parse_newer
from fenji.storage import kept_document, yaml_codec
from fenji.storage.remarks import plain_bytes

if TYPE_CHECKING:
    from fenji.git.branches import Remote
    from fenji.model.policy import Policy
    from fenji.model.values import Value

POLICY_FILE = "policy.yaml"
OWN_POLICY = "refs/fenji/policy"  # the commit of the policy that this desk, as its own judge, last put in force


class PolicyInForce(Struct, frozen=True):
    """The policy in force with its text, and the draft that policy.yaml has instead.

    `draft` is the text of policy.yaml if it differs from the rules in force, else None; `problems` are the reasons why
    it, or the policy on the hub's branch, cannot be used. `is_own`: no hub judges, so this desk puts its drafts in
    force itself; `is_founded`: a policy was put in force before; `is_at_hub`: a remote's branch has a policy. `sources`
    are the files whose change may put another policy in force, `stamp` their state before they were read.
    """

    policy: Policy
    data: bytes = b""
    problems: tuple[Problem, ...] = ()
    draft: bytes | None = None
    is_own: bool = True
    is_founded: bool = False
    is_at_hub: bool = False
    sources: tuple[Path, ...] = ()
    stamp: tuple[FileStamp | None, ...] = ()

    @property
    def is_outdated(self) -> bool:
        """Whether there may be another policy or draft by now."""
        return _stamp(self.sources) != self.stamp

    @property
    def has_draft(self) -> bool:
        """Whether policy.yaml can be read and differs from the rules in force: a pending change of the rules."""
        return self.draft is not None and not self.problems and not self.policy.newer_format

    @property
    def notice(self) -> Sentence | None:
        """The notice for readers of due times that policy.yaml is not in force or cannot be read, or None."""
        if self.policy.newer_format:
            return describe_newer(self.policy)
        if self.problems:
            return Sentence("policy.yaml is refused; the last good one from git is in force. See: fenji policy check")
        if not self.has_draft:
            return None
        if self.is_own:
            return Sentence(
                "policy.yaml differs from the rules in force: a draft, which the next act here adopts if it passes."
            )
        return Sentence("policy.yaml differs from the rules in force: a draft until the hub accepts it.")

    @property
    def advice(self) -> Sentence | None:
        """The advice how to check the draft and, if a hub judges, how to send it; None without a draft."""
        if not self.has_draft:
            return None
        if self.is_own:
            return Sentence("Check it with: fenji policy check")
        return Sentence("Check it with: fenji policy check; send it with: fenji sync")


def _stamp(paths: Iterable[Path]) -> tuple[FileStamp | None, ...]:
    return tuple(map(stamp_path, paths))


class _Versions(Struct, frozen=True):
    """The texts of the policy: in policy.yaml, on the hub's branch, in this desk's own ref, and in HEAD."""

    typed: bytes | None
    hub: bytes | None
    own: bytes | None
    head: bytes | None


def load_policy_in_force(root: Path, repo: Repo, settings: CloneSettings | None = None) -> PolicyInForce:
    """Load the policy in force at a desk. Raises Damaged with every problem if there is no readable policy."""
    settings = settings or repo.read_settings()
    remote = branches.find_remote(repo, settings.exchange)
    sources = _list_sources(root, repo, remote)
    stamp = _stamp(sources)
    return replace(_load(root, repo, remote), sources=sources, stamp=stamp)


def _load(root: Path, repo: Repo, remote: Remote | None) -> PolicyInForce:
    typed, unreadable = _read_typed(root)
    versions = _read_versions(repo, remote, typed)
    standing, is_own = _find_standing(repo, remote, versions)
    if standing is None:
        return _found_with(typed, unreadable)
    draft = None if _is_same(typed, standing) or _is_behind(repo, remote, versions) else typed or b""
    problems = unreadable or _find_draft_problems(draft)
    try:
        policy, data, standing_problems = _parse_standing(standing, repo, remote, versions)
    except Damaged as damaged:  # no policy in git can be read
        return _found_with(typed, unreadable or damaged.problems)
    return PolicyInForce(
        policy,
        data,
        problems or standing_problems,
        draft,
        is_own=is_own,
        is_founded=versions.own is not None or versions.hub is not None,
        is_at_hub=versions.hub is not None,
    )


def _found_with(typed: bytes | None, problems: tuple[Problem, ...]) -> PolicyInForce:
    """Return the text of policy.yaml as the policy in force, since git has no readable one. Raises Damaged."""
    try:
        if typed is not None:
            return PolicyInForce(_parse_any(typed), typed)
    except Damaged as damaged:
        problems = damaged.problems
    hint = "Fix policy.yaml at the places named; fenji policy check tells when it is right."
    raise Damaged("There is no readable policy.", hint=hint, problems=problems)


def _parse_any(data: bytes) -> Policy:
    """Parse the policy in `data`, even of a newer format. Raises Damaged."""
    try:
        return parse_policy(data)
    except Damaged:
        if not _is_newer(data):
            raise
        return parse_newer(yaml_codec.load(data, POLICY_FILE))


def _read_typed(root: Path) -> tuple[bytes | None, tuple[Problem, ...]]:
    """Return the text of policy.yaml, or None and the problem why there is none."""
    try:
        return files.read(root / POLICY_FILE)[0], ()
    except FileNotFoundError:
        message = Sentence("the policy is missing; the last good one from git is in force")
    except OSError as error:
        message = Sentence("cannot be read: {reason}", {"reason": os_reason(error)})
    return None, (Problem(POLICY_FILE, 0, 0, "", message),)


def _read_versions(repo: Repo, remote: Remote | None, typed: bytes | None) -> _Versions:
    tracking = remote.tracking if remote else OWN_POLICY
    texts = repo.read_versions(POLICY_FILE, (tracking, OWN_POLICY, "HEAD"))
    return _Versions(typed, texts[tracking] if remote else None, texts[OWN_POLICY], texts["HEAD"])


def _find_standing(repo: Repo, remote: Remote | None, versions: _Versions) -> tuple[bytes | None, bool]:
    """Return the text that is in force if it is readable, and whether this desk puts its drafts in force itself."""
    if remote is None or versions.hub is None:
        return versions.own or versions.head, True
    is_own = remote.judges is False
    if is_own and versions.own not in (None, versions.hub) and _is_ahead(repo, remote):
        return versions.own, True
    return versions.hub, is_own


def _is_ahead(repo: Repo, remote: Remote) -> bool:
    """Return whether this desk's own policy builds on the remote's commit; if it does not, the remote's wins."""
    own, theirs = refs.resolve(repo, OWN_POLICY), refs.resolve(repo, remote.tracking)
    return bool(own and theirs and refs.contains(repo, own, theirs))


def _list_sources(root: Path, repo: Repo, remote: Remote | None) -> tuple[Path, ...]:
    folder = common_folder(repo.git_dir)
    names = (OWN_POLICY, "packed-refs", "config", *((remote.tracking,) if remote else ()))
    return (root / POLICY_FILE, *(folder / name for name in names))


def _is_same(typed: bytes | None, standing: bytes) -> bool:
    return typed is not None and plain_bytes(typed) == plain_bytes(standing)


def _is_behind(repo: Repo, remote: Remote | None, versions: _Versions) -> bool:
    """Return whether policy.yaml is an earlier version of the hub's, not yet replaced here by the fetched one."""
    if remote is None or versions.hub is None or versions.typed is None or versions.head is None:
        return False
    if not _is_same(versions.typed, versions.head):
        return False
    former = objects.list_versions(repo, remote.tracking, [POLICY_FILE])
    return any(blob == repo.blob_id(versions.head) for _, blob in former)


def _find_draft_problems(draft: bytes | None) -> tuple[Problem, ...]:
    if draft is None:
        return ()
    try:
        parse_policy(draft)
    except Damaged as damaged:
        return damaged.problems
    return ()


def _parse_standing(
    standing: bytes, repo: Repo, remote: Remote | None, versions: _Versions
) -> tuple[Policy, bytes, tuple[Problem, ...]]:
    """Return the policy in `standing`, else the last good one before it, and the problems of `standing`.

    Of a policy in a newer format only the names are used, and nothing is promised. Raises Damaged.
    """
    try:
        return _parse(kept_document.load(repo.git_dir, standing, POLICY_FILE), standing, POLICY_FILE), standing, ()
    except Damaged as damaged:
        former = next(_find_former(repo, remote, versions), None)
        if _is_newer(standing):
            newer = parse_newer(yaml_codec.load(standing, POLICY_FILE), former[0] if former else None)
            return newer, standing, tuple(problem for problem in damaged.problems if problem.key == "format")
        if former is None:
            raise
        return *former, damaged.problems


def _is_newer(data: bytes) -> bool:
    try:
        return bool(find_newer_format(yaml_codec.load(data, POLICY_FILE)))
    except Damaged:
        return False


def _find_former(repo: Repo, remote: Remote | None, versions: _Versions) -> Iterator[tuple[Policy, bytes]]:
    """Yield the readable policies that were in force before, the latest first."""
    start = remote.tracking if remote and versions.hub is not None else "HEAD" if versions.head is not None else ""
    blobs = (blob for _, blob in objects.list_versions(repo, start, [POLICY_FILE])) if start else ()
    texts = (objects.read_blobs(repo, [blob]).get(blob) for blob in blobs)
    for text in chain([versions.own], texts):
        if text is not None and (policy := _parse_or_none(text)):
            yield policy, text


def _parse_or_none(data: bytes) -> Policy | None:
    try:
        return parse_policy(data)
    except Damaged:
        return None


def parse_policy(data: bytes, name: str = POLICY_FILE) -> Policy:
    """Parse the policy in `data`. Raises Damaged with every problem, each with its line."""
    return _parse(yaml_codec.load(data, name), data, name)


def _parse(document: Value, data: bytes, name: str) -> Policy:
    policy, faults = policies.parse_policy(document)
    if policy is None or faults:
        raise Damaged("{path} is refused.", path=name, problems=yaml_codec.locate_faults(data, name, faults))
    return policy
