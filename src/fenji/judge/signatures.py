"""Check signatures of commits against the keys that people have in the policy (docs/hub.md, Signed work).

Git checks them with ssh-keygen and an allowed-signers file made only from the policy: keys that a machine's own
configuration trusts do not count.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Problem, Refused, Sentence
from fenji.git.history import History
from fenji.judge import authors
from fenji.judge.commits import CommitChanges, TicketRevision, collect_changes
from fenji.judge.contents import BlobContents
from fenji.judge.imported import comes_from_import
from fenji.judge.paths import POLICY
from fenji.judge.refusals import Refusal
from fenji.model.annotations import POLICY_UID, UnsignedStep

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.commit_object import CommitObject
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event

_PUBLIC_KEY = re.compile(r"((?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]{1,64}) ([A-Za-z0-9+/]{32,4096}={0,3})(?: .*)?")
_GOOD_SIGNATURE = re.compile(r'^Good "git" signature for (p[0-9]+) with ', re.MULTILINE)
# Only ssh-keygen may check: in another sort of signature, the key's name could imitate the output of ssh-keygen.
_NO_PROGRAM = "false"


class Signature(Struct, frozen=True):
    """The result of checking a commit's signature: the key's owner (None: unknown), whether it is good, or why not."""

    person: str | None
    good: bool
    reason: Sentence | None = None


_NOT_SIGNED = Signature(None, good=False, reason=Sentence("the commit is not signed"))


def verify(repo: Repo | History, commit: str, policy: Policy) -> Signature:
    """Check the signature of a commit, even one that is still being received, against the keys in a policy."""
    history = repo if isinstance(repo, History) else repo.past
    written = history.read_commits([commit]).get(commit)
    return _check_signature(history, written, policy) if written else _NOT_SIGNED


def _check_signature(history: History, commit: CommitObject, policy: Policy) -> Signature:
    return _verify_with_git(history, commit, policy) if commit.signed else _NOT_SIGNED


def _verify_with_git(history: History, commit: CommitObject, policy: Policy) -> Signature:
    person_keys = list(policy.people)
    with tempfile.TemporaryDirectory(prefix="fenji-signers-") as folder:
        signers = Path(folder, "allowed_signers")
        signers.write_text("".join(_allowed_signers(policy)), "ascii")
        settings = {
            "gpg.format": "ssh",
            "gpg.program": _NO_PROGRAM,
            "gpg.openpgp.program": _NO_PROGRAM,
            "gpg.x509.program": _NO_PROGRAM,
            "gpg.ssh.program": "ssh-keygen",
            "gpg.ssh.allowedSignersFile": str(signers),
            "gpg.ssh.revocationFile": "",
            "gpg.minTrustLevel": "undefined",
        }
        options = [option for key, value in settings.items() for option in ("-c", f"{key}={value}")]
        answer = history.run(*options, "verify-commit", "--raw", commit.sha)
    good = _GOOD_SIGNATURE.search(answer.stderr.decode("utf-8", "replace"))
    if answer.returncode == 0 and good:
        return Signature(person_keys[int(good[1][1:])], good=True)
    return Signature(None, good=False, reason=Sentence("its signature matches no key in the policy"))


def _allowed_signers(policy: Policy) -> Iterator[str]:
    """Yield a line for each key, with the person's position instead of the name, which may contain anything."""
    for position, person in enumerate(policy.people.values()):
        key = _normalize_key(person.key)
        if key:
            yield f'p{position} namespaces="git" {key}\n'


def _normalize_key(key: str) -> str:
    """Return the type and body of a public key, without its comment; `""` if it is none."""
    match = _PUBLIC_KEY.fullmatch(key.strip())
    return f"{match[1]} {match[2]}" if match else ""


def check_signed_by(
    history: History, commit: CommitObject, policy: Policy, *, by: str, subject: str
) -> Iterator[Refusal]:
    """Yield a refusal if a commit is not signed by the person `by`; nothing if it is."""
    yield from (
        Refusal(subject, unsigned.message)
        for unsigned in _find_unsigned(history, commit, policy, [_policy_change(by, commit)])
    )


def find_signature_fault(signature: Signature, policy: Policy, by: str) -> Sentence | None:
    """Return what is wrong with a signature that `by` should have made, or None; people may share a key."""
    expected_key = _normalize_key(policy.people[by].key) if by in policy.people else ""
    if not expected_key:
        return Sentence("the policy has no key for {by}", {"by": by})
    if not signature.good or signature.person is None:
        return signature.reason or Sentence("its signature matches no key in the policy")
    if _normalize_key(policy.people[signature.person].key) != expected_key:
        return Sentence("it is signed by {person}", {"person": signature.person})
    return None


def check_signatures(history: History, changes: CommitChanges, policy: Policy) -> Iterator[Refusal]:
    """Yield a refusal per ticket and person for events of a commit that the policy requires signed but are not."""
    unsigned = list(_find_unsigned(history, changes.commit, policy, [*_events_to_sign(changes, policy)]))
    digests = {
        (revision.uid, event.n, event.do, _signer_of(revision, event, changes.commit, policy)): event.digest
        for revision in changes.revisions
        for event in revision.new_events
    }
    for last in {(event.uid, event.by): event for event in unsigned}.values():
        steps = [event for event in unsigned if (event.uid, event.by) == (last.uid, last.by)]
        events = tuple(digests[event.uid, event.n, event.do, event.by] for event in steps)
        yield Refusal(last.subject, last.message, changes.commit.sha, last.uid, events)


def _events_to_sign(changes: CommitChanges, policy: Policy) -> Iterator[UnsignedStep]:
    """Yield the events added by a commit that the policy requires signed."""
    for revision in changes.revisions:
        for event in revision.new_events if revision.after else ():
            if revision.after and event.do in policy.require_signed:
                number, sha = revision.after.id, changes.commit.sha
                clock = str(event.body.get("clock") or "")
                signer = _signer_of(revision, event, changes.commit, policy)
                yield UnsignedStep(revision.uid, number, event.do, signer, event.n, clock, sha, _NO_REASON)


def _signer_of(revision: TicketRevision, event: Event, commit: CommitObject, policy: Policy) -> str:
    """Return the person who must sign an event: for an imported event the one who imports it, else its own author."""
    if comes_from_import(revision, event, commit.message):
        return authors.identify_author(commit.author, policy)
    return event.by


def _policy_change(by: str, commit: CommitObject) -> UnsignedStep:
    return UnsignedStep(POLICY_UID, POLICY, "policy", by, 0, "", commit.sha, _NO_REASON)


_NO_REASON = Sentence("")  # until the signature has been checked


def _find_unsigned(
    history: History, commit: CommitObject, policy: Policy, required: Sequence[UnsignedStep]
) -> Iterator[UnsignedStep]:
    """Yield the required steps for which the commit is not properly signed, each with the reason."""
    signature = _check_signature(history, commit, policy) if required else _NOT_SIGNED
    for event in required:
        reason = find_signature_fault(signature, policy, event.by)
        if reason:
            yield replace(event, reason=reason)


class SignatureCheck(Struct, frozen=True):
    """A step that must be signed, and whether it is, by the policy of its time and by the one in force now."""

    event: UnsignedStep
    signed_then: bool
    signed_now: bool

    @property
    def is_signed(self) -> bool:
        return self.signed_then or self.signed_now


def is_signed_by(history: History, event: UnsignedStep, policy: Policy) -> bool:
    """Return whether a step is signed, according to the keys in a policy."""
    return find_signature_fault(verify(history, event.commit, policy), policy, event.by) is None


def verify_commits(
    commits: Sequence[CommitObject], contents: BlobContents, policy: Policy, policy_blobs: dict[str, str] | None = None
) -> Iterator[SignatureCheck]:
    """Yield the steps and policy changes in these commits that must be signed, and whether they are.

    Each commit is checked against the policy under which it was made; the keys of `policy`, the one in force, count as
    well. So a changed key does not invalidate earlier signatures, and no requirement applies to the past.
    `policy_blobs` caches the blob id of policy.yaml in each commit between calls.
    """
    history, known_blobs = contents.history, {} if policy_blobs is None else policy_blobs

    def policy_blob(sha: str) -> str:
        if sha not in known_blobs:
            known_blobs[sha] = _policy_blob_at(sha, contents)
        return known_blobs[sha]

    def policy_before(commit: CommitObject) -> Policy | None:
        policies = (contents.policy(blob) for blob in map(policy_blob, commit.parents) if blob)
        return next((candidate for candidate in policies if not isinstance(candidate, tuple)), None)

    def required_actions(commit: CommitObject) -> list[bytes]:
        demands = policy_before(commit)
        return [action.encode() for action in demands.require_signed if action != "policy"] if demands else []

    for changes in collect_changes(commits, contents, required_actions):
        known_blobs[changes.commit.sha] = (
            next(map(policy_blob, changes.commit.parents), "") if changes.policy_blob is None else changes.policy_blob
        )
        parent_policy = policy_before(changes.commit)
        required = (
            [*_events_to_sign(changes, parent_policy), *_policy_changes(changes, parent_policy)]
            if parent_policy
            else []
        )
        unsigned = (
            {(event.uid, event.n): event for event in _find_unsigned(history, changes.commit, parent_policy, required)}
            if parent_policy
            else {}
        )
        for event in required:
            missing = unsigned.get((event.uid, event.n))
            signed_now = missing is None or not find_signature_fault(
                _check_signature(history, changes.commit, policy), policy, event.by
            )
            yield SignatureCheck(missing or event, signed_then=missing is None, signed_now=signed_now)


def _policy_changes(changes: CommitChanges, policy: Policy) -> Iterator[UnsignedStep]:
    """Yield the policy change of a commit if it must be signed; a merge only carries changes signed elsewhere."""
    if POLICY in changes.differences and len(changes.commit.parents) == 1 and "policy" in policy.require_signed:
        yield _policy_change(authors.identify_author(changes.commit.author, policy), changes.commit)


def find_problems(repo: Repo, policy: Policy) -> list[Problem]:
    """Return the steps and policy changes in a desk's whole history that should be signed but are not, oldest first.

    Raises Refused for a desk that is part of a larger repository.
    """
    if repo.prefix:
        raise Refused("{path} is part of a larger repository: its signatures are not checked.", path=repo.root)
    contents = BlobContents(repo.past)
    first_commit = find_first_demand(contents)
    commits = contents.history.commits_since("HEAD", first_commit) if first_commit else []
    return [check.event.problem for check in verify_commits(commits, contents, policy) if not check.is_signed]


def _policy_blob_at(sha: str, contents: BlobContents) -> str:
    return contents.history.blob_ids(sha, [POLICY]).get(POLICY, "")


def find_first_demand(contents: BlobContents) -> str | None:
    """Return the first commit whose policy requires any signature, or None."""
    for sha in contents.history.commits_touching(POLICY):
        blob = _policy_blob_at(sha, contents)
        policy = contents.policy(blob) if blob else ()
        if not isinstance(policy, tuple) and policy.require_signed:
            return sha
    return None
