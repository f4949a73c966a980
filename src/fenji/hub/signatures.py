"""Signatures of commits, checked against the keys that people have in the policy (docs/hub.md, Signed work).

git checks them with ssh-keygen and an allowed-signers file made here, of the policy alone: what a machine's own
configuration trusts does not count.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.beside import RULES, Unsigned
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


_NONE = Signature(None, good=False, reason=Sentence("the commit is not signed"))


def verify(repo: Repo | History, commit: str, policy: Policy) -> Signature:
    """Check the signature of a commit against the keys in a policy; also one that is only just being received."""
    history = repo if isinstance(repo, History) else History(repo.git_dir)
    found = history.written([commit]).get(commit)
    return _signature(history, found, policy) if found else _NONE


def _signature(history: History, commit: Written, policy: Policy) -> Signature:
    return _verified(history, commit, policy) if commit.signed else _NONE


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
    yield from (Refusal(subject, one.message) for one in _lacking(history, commit, policy, [_rules(by, commit)]))


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
    wrong = _lacking(history, one.commit, policy, [*_steps(one, policy)])
    yield from (Refusal(step.subject, step.message) for step in {(each.uid, each.by): each for each in wrong}.values())


def _steps(one: Brought, policy: Policy) -> Iterator[Unsigned]:
    """The steps that a commit brought and that the policy wants signed."""
    for version in one.versions:
        for event in version.new if version.after else ():
            if version.after and event.do in policy.require_signed:
                number, sha = version.after.id, one.commit.sha
                clock = str(event.more.get("clock") or "")
                yield Unsigned(version.uid, number, event.do, event.by, event.n, clock, sha, _UNKNOWN)


def _rules(by: str, commit: Written) -> Unsigned:
    return Unsigned(RULES, POLICY, "policy", by, 0, "", commit.sha, _UNKNOWN)


_UNKNOWN = Sentence("")  # until the signature was looked at


def _lacking(history: History, commit: Written, policy: Policy, wanted: Sequence[Unsigned]) -> Iterator[Unsigned]:
    """Those of the steps that a commit should be signed for and is not, each with the reason."""
    signature = _signature(history, commit, policy) if wanted else _NONE
    for one in wanted:
        reason = fault(signature, policy, one.by)
        if reason:
            yield replace(one, reason=reason)


@dataclass(frozen=True)
class Judged:
    """A step that must be signed: whether it is, by the policy of its time (`then`) or the one in force (`now`)."""

    step: Unsigned
    then: bool
    now: bool

    @property
    def right(self) -> bool:
        return self.then or self.now


def signed(history: History, step: Unsigned, policy: Policy) -> bool:
    """Whether a step is signed, by the keys in a policy."""
    return fault(verify(history, step.commit, policy), policy, step.by) is None


def judged(
    commits: Sequence[Written], contents: Contents, policy: Policy, held: dict[str, str] | None = None
) -> Iterator[Judged]:
    """The steps and changes of the rules in these commits that must be signed, and whether they are.

    Each commit is held against the policy that it was made under; the keys of `policy`, the one in force, will do as
    well. So a key that was changed since does not undo what was signed with it, and no demand reaches back. `held`
    remembers git's name of policy.yaml in each commit from one call to the next.
    """
    history, told = contents.history, {} if held is None else held

    def blob(sha: str) -> str:
        if sha not in told:
            told[sha] = _policy_at(sha, contents)
        return told[sha]

    def former(commit: Written) -> Policy | None:
        found = (contents.policy(name) for name in map(blob, commit.parents) if name)
        return next((one for one in found if not isinstance(one, tuple)), None)

    def words(commit: Written) -> list[bytes]:
        rules = former(commit)
        return [one.encode() for one in rules.require_signed if one != "policy"] if rules else []

    for one in brought(commits, contents, words):
        told[one.commit.sha] = next(map(blob, one.commit.parents), "") if one.policy is None else one.policy
        rules = former(one.commit)
        wanted = [*_steps(one, rules), *_changes(one, rules)] if rules else []
        wrong = {(step.uid, step.n): step for step in _lacking(history, one.commit, rules, wanted)} if rules else {}
        for step in wanted:
            lacking = wrong.get((step.uid, step.n))
            now = lacking is None or not fault(_signature(history, one.commit, policy), policy, step.by)
            yield Judged(lacking or step, then=lacking is None, now=now)


def _changes(one: Brought, policy: Policy) -> Iterator[Unsigned]:
    """A change of the rules that must be signed; merges bring along what was signed elsewhere."""
    if POLICY in one.files and len(one.commit.parents) == 1 and "policy" in policy.require_signed:
        yield _rules(people.author(one.commit.author, policy), one.commit)


def problems(repo: Repo, policy: Policy) -> list[Problem]:
    """The steps and policy changes in a desk's whole history that should be signed and are not, oldest first.

    Raises Refused for a desk that is a part of a larger repository.
    """
    if repo.prefix:
        raise Refused("{path} is a part of a larger repository: its signatures are not looked at.", path=repo.root)
    contents = Contents(History(repo.git_dir))
    begun = first_demand(contents)
    commits = contents.history.since("HEAD", begun) if begun else []
    return [one.step.problem for one in judged(commits, contents, policy) if not one.right]


def _policy_at(sha: str, contents: Contents) -> str:
    return contents.history.blob_at(sha, [POLICY]).get(POLICY, "")


def first_demand(contents: Contents) -> str | None:
    """The first commit in whose policy anything is to be signed; None where there is none."""
    for sha in contents.history.touching(POLICY):
        blob = _policy_at(sha, contents)
        policy = contents.policy(blob) if blob else ()
        if not isinstance(policy, tuple) and policy.require_signed:
            return sha
    return None
