"""Signatures of commits, checked against the keys that people have in the policy (docs/hub.md, Signed work).

git checks them with ssh-keygen and an allowed-signers file made here, of the policy alone: what a machine's own
configuration trusts does not count.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Problem, Refused, Sentence
from fenji.hub import people
from fenji.hub.brought import brought
from fenji.hub.contents import Contents
from fenji.hub.places import POLICY
from fenji.hub.refusals import Refusal
from fenji.repo.history import History

if TYPE_CHECKING:
    from fenji.hub.brought import Brought
    from fenji.policy import Policy
    from fenji.repo import Repo
    from fenji.repo.history import Written

_KEY = re.compile(r"((?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]{1,64}) ([A-Za-z0-9+/]{32,4096}={0,3})(?: .*)?")
_GOOD = re.compile(r'Good "git" signature for (p[0-9]+) with ')


@dataclass(frozen=True)
class Signature:
    """What a commit's signature tells: whose key made it (None: of nobody known), whether it is good, and why not."""

    person: str | None
    good: bool
    reason: Sentence | None = None


def verify(repo: Repo | History, commit: str, policy: Policy) -> Signature:
    """Check the signature of a commit against the keys in a policy; also one that is only just being received."""
    history = repo if isinstance(repo, History) else History(repo.git_dir)
    found = history.written([commit]).get(commit)
    if found is None or not found.signed:
        return Signature(None, good=False, reason=Sentence("the commit is not signed"))
    return _verified(history, found, policy)


def _verified(history: History, commit: Written, policy: Policy) -> Signature:
    people = list(policy.people)
    with tempfile.TemporaryDirectory(prefix="fenji-signers-") as folder:
        signers = Path(folder, "allowed_signers")
        signers.write_text("".join(_signers(policy)), "ascii")
        settings = {
            "gpg.format": "ssh",
            "gpg.ssh.program": "ssh-keygen",
            "gpg.ssh.allowedSignersFile": str(signers),
            "gpg.ssh.revocationFile": "",
            "gpg.minTrustLevel": "undefined",
        }
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        answer = history.run(*words, "verify-commit", "--raw", commit.sha)
    good = _GOOD.search(answer.stderr.decode("utf-8", "replace"))
    if answer.returncode == 0 and good:
        return Signature(people[int(good[1][1:])], good=True)
    return Signature(None, good=False, reason=Sentence("its signature is by no key of the policy"))


def _signers(policy: Policy) -> Iterator[str]:
    """A line for each key; the person's place stands for the name, which may hold anything."""
    for place, one in enumerate(policy.people.values()):
        key = _plain(one.key)
        if key:
            yield f'p{place} namespaces="git" {key}\n'


def _plain(key: str) -> str:
    """Sort and body of a public key, without its comment; `""` for what is none."""
    found = _KEY.fullmatch(key.strip())
    return f"{found[1]} {found[2]}" if found else ""


def refusals(history: History, commit: Written, policy: Policy, *, by: str, subject: str) -> Iterator[Refusal]:
    """Why a commit does not carry the signature of the person `by`; nothing where it does."""
    reason = fault(verify(history, commit.sha, policy), policy, by)
    if reason:
        values = {"commit": commit.sha[:10], "by": by, "reason": reason}
        yield Refusal(subject, Sentence("commit {commit} must be signed by {by}: {reason}", values))


def fault(signature: Signature, policy: Policy, by: str) -> Sentence | None:
    """What is wrong with a signature that should be that of `by`; one key may belong to several people."""
    own = _plain(policy.people[by].key) if by in policy.people else ""
    if not own:
        return Sentence("the policy has no key of {by}", {"by": by})
    if not signature.good or signature.person is None:
        return signature.reason or Sentence("its signature is by no key of the policy")
    if _plain(policy.people[signature.person].key) != own:
        return Sentence("it is signed by {person}", {"person": signature.person})
    return None


def unsigned(history: History, one: Brought, policy: Policy) -> Iterator[Refusal]:
    """The steps of a commit that the policy wants signed and that are not, by the person who took them."""
    wanted = dict.fromkeys(
        (version.after.id, event.by)
        for version in one.versions
        if version.after
        for event in version.new
        if event.do in policy.require_signed
    )
    signature = verify(history, one.commit.sha, policy) if wanted else None
    for number, by in wanted:
        reason = fault(signature, policy, by) if signature else None
        if reason:
            values = {"commit": one.commit.sha[:10], "by": by, "reason": reason}
            yield Refusal(number, Sentence("commit {commit} must be signed by {by}: {reason}", values))


def problems(repo: Repo, policy: Policy) -> list[Problem]:
    """The steps and policy changes in a desk's history that should be signed and are not, oldest first.

    Each commit is held against the policy that it was made under; the keys of `policy`, the one in force, will do as
    well. So a key that was changed since does not undo what was signed with it, and no demand reaches back. Raises
    Refused for a desk that is a part of a larger repository.
    """
    if repo.prefix:
        raise Refused("{path} is a part of a larger repository: its signatures are not looked at.", path=repo.root)
    contents = Contents(History(repo.git_dir))
    begun = _first_demand(contents)
    commits = contents.history.since("HEAD", begun) if begun else []
    held: dict[str, str] = {}  # git's name of policy.yaml in each commit
    found: list[Refusal] = []
    for one in brought(commits, contents):
        blobs = [held.get(sha) or _policy_at(sha, contents) for sha in one.commit.parents]
        held[one.commit.sha] = one.policy if one.policy is not None else next(iter(blobs), "")
        former = next((made for made in map(contents.policy, filter(None, blobs)) if not isinstance(made, tuple)), None)
        if former:
            newer = replace(policy, require_signed=former.require_signed)
            wrong = list(_missing(contents.history, one, former))
            found += wrong if wrong and list(_missing(contents.history, one, newer)) else []
    return [Problem(one.subject, 0, 0, "", one.message) for one in found]


def _missing(history: History, one: Brought, policy: Policy) -> Iterator[Refusal]:
    yield from unsigned(history, one, policy)
    if POLICY in one.files and len(one.commit.parents) == 1 and "policy" in policy.require_signed:
        by = people.author(one.commit.author, policy)
        yield from refusals(history, one.commit, policy, by=by, subject=POLICY)


def _policy_at(sha: str, contents: Contents) -> str:
    return contents.history.blob_at(sha, [POLICY]).get(POLICY, "")


def _first_demand(contents: Contents) -> str | None:
    """The first commit in whose policy anything is to be signed; None where there is none."""
    for sha in contents.history.touching(POLICY):
        blob = _policy_at(sha, contents)
        policy = contents.policy(blob) if blob else ()
        if not isinstance(policy, tuple) and policy.require_signed:
            return sha
    return None
