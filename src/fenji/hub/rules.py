"""Which policy is in force at each commit of a push, and whether its changes may come in.

A change of policy.yaml takes force only where its author may make it and it leaves the past alone. One that may not is
no harm as long as it does not reach the branch: the site that made it takes the hub's version again and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji import yamlio
from fenji.errors import Sentence
from fenji.hub import people, signatures
from fenji.hub.places import POLICY
from fenji.hub.refusals import Refusal, of_problem
from fenji.policy import moved_past

if TYPE_CHECKING:
    from fenji.errors import Fault
    from fenji.hub.brought import Brought
    from fenji.hub.contents import Contents
    from fenji.policy import Policy
    from fenji.repo.history import Written

STEP = "policy"  # what `may` and `require_signed` call a change of the policy


@dataclass(frozen=True)
class Ruling:
    """The policy in force at a commit: git's name of its bytes (`""`: none), and those that it followed, itself too.

    `here` says that it took force within this push.
    """

    blob: str
    policy: Policy | None
    line: frozenset[str]
    here: bool = False


class Rules:
    """The policies along the commits of one push; `old` is the commit that the branch is at, None before the first."""

    def __init__(self, contents: Contents, old: str | None) -> None:
        self._contents = contents
        self._rulings: dict[str, Ruling] = {}
        self._held: dict[str, str] = {}  # git's name of policy.yaml as each commit has it, sound or not
        self._faults: dict[str, tuple[Refusal, ...]] = {}
        self.hub = Ruling("", None, frozenset())
        if old:
            self.hub = self._outside(old)

    def before(self, commit: Written) -> Ruling:
        """The policy that was in force where the author of a commit worked."""
        return self._best([self._at(sha) for sha in commit.parents] or [self.hub])

    def signing(self, commit: Written) -> Policy | None:
        """The policy whose keys a signature must be made with: the hub's, unless this push brought a newer one."""
        ruling = self.before(commit)
        return ruling.policy if ruling.here else self.hub.policy

    def take(self, one: Brought) -> None:
        """Go on to a commit, whose parents have been taken before."""
        sha, parents = one.commit.sha, [self._at(parent) for parent in one.commit.parents] or [self.hub]
        inherited = {self._held[parent] for parent in one.commit.parents}
        self._held[sha] = held = next(iter(inherited), "") if one.policy is None else one.policy
        followed = [ruling for ruling in parents if ruling.blob == held]
        if followed or held in inherited or held == self.hub.blob:
            self._rulings[sha] = self._best(followed or ([self.hub] if held == self.hub.blob else parents))
            return
        found = tuple(self._refusals(one.commit, held, parents))
        policy = self._contents.policy(held) if held else ()
        if found or isinstance(policy, tuple):
            self._faults[held] = found
            self._rulings[sha] = self._best(parents)
        else:
            line = frozenset({held}).union(*(ruling.line for ruling in parents))
            self._rulings[sha] = Ruling(held, policy, line, here=True)

    def found(self, sha: str, blob: str) -> None:
        """Take the policy of the first push, which no other one was in force before."""
        policy = self._contents.policy(blob) if blob else ()
        self._held[sha] = blob or "?"
        self._rulings[sha] = self.hub
        if not blob:
            self._faults["?"] = (Refusal(POLICY, Sentence("is missing; a hub is never without its rules")),)
        elif isinstance(policy, tuple):
            self._faults[blob] = tuple(map(of_problem, policy))
        else:
            self._rulings[sha] = Ruling(blob, policy, frozenset({blob}), here=True)

    def newest(self, new: str) -> Ruling:
        """The policy in force at the end of the push."""
        return self._at(new)

    def faults(self, new: str) -> Iterator[Refusal]:
        """Why the policy that the push ends with is not taken."""
        ruling, held = self._at(new), self._held[new]
        if held != ruling.blob:
            yield from self._faults.get(held, ())
        elif self.hub.blob and self.hub.blob not in ruling.line:
            yield Refusal(POLICY, Sentence("the hub has a newer version; take that one and make the change again"))

    def _at(self, sha: str) -> Ruling:
        if sha not in self._rulings:
            self._rulings[sha] = self._outside(sha)
        return self._rulings[sha]

    def _outside(self, sha: str) -> Ruling:
        """The policy of a commit that the hub has: it was judged when it came."""
        blob = self._contents.history.blob_at(sha, [POLICY]).get(POLICY, "")
        self._held[sha] = blob
        policy = self._contents.policy(blob) if blob else ()
        return self.hub if isinstance(policy, tuple) else Ruling(blob, policy, frozenset({blob}))

    def _best(self, rulings: Sequence[Ruling]) -> Ruling:
        """Of several the one that followed the hub's."""
        return max(rulings, key=lambda one: (self.hub.blob in one.line, one.here))

    def _refusals(self, commit: Written, blob: str, parents: Sequence[Ruling]) -> Iterator[Refusal]:
        if not blob:
            yield Refusal(POLICY, Sentence("is missing; a hub is never without its rules"))
            return
        policy = self._contents.policy(blob)
        if isinstance(policy, tuple):
            yield from map(of_problem, policy)
            return
        formers = {one.blob: one.policy for one in parents}
        yield from self._outsider(commit, [*formers.values(), self.hub.policy])
        for former in formers.values():
            if former:
                yield from self._moved(blob, moved_past(former, policy))
        keys = self.signing(commit)
        if keys and STEP in keys.require_signed:
            writer = people.author(commit.author, keys)
            yield from signatures.refusals(self._contents.history, commit, keys, by=writer, subject=POLICY)

    def _outsider(self, commit: Written, formers: Sequence[Policy | None]) -> Iterator[Refusal]:
        """Whoever may not change the rules, by those that he worked under or by the hub's own."""
        for former in filter(None, formers):
            if not former.may_do(people.author(commit.author, former), STEP):
                able = ", ".join(former.name_of(key) for key in former.people if former.may_do(key, STEP))
                who = commit.author.email or commit.author.name
                yield Refusal(
                    POLICY, Sentence("{by} may not change the rules; ask {people}", {"by": who, "people": able or "-"})
                )
                return

    def _moved(self, blob: str, moved: list[Fault]) -> Iterator[Refusal]:
        if moved:
            data = self._contents.history.blobs([blob]).get(blob, b"")
            yield from map(of_problem, yamlio.problems(data, POLICY, moved))
