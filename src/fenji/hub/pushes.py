"""Whether a push may come in: git's question to the pre-receive hook, and the answer.

The cost follows what is pushed: its commits, what they changed, and the paths that differ from what the hub has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import synonyms
from fenji.errors import Damaged, Misused, Sentence
from fenji.flow.checks import SKEW
from fenji.hub import people, places, signatures, steps, tips, verdicts
from fenji.hub.brought import Brought, Version, brought
from fenji.hub.contents import Contents
from fenji.hub.identities import Identities
from fenji.hub.refusals import Refusal, of_problem
from fenji.hub.rules import STEP, Rules
from fenji.hub.steps import Bench
from fenji.hub.tips import Tip
from fenji.merge import merge
from fenji.repo.history import History, is_name
from fenji.repo.place import ATTRIBUTES, IGNORED
from fenji.repo.stream import Held
from fenji.store import layout

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.repo.history import Written
    from fenji.repo.objects import Difference
    from fenji.ticket import Event, Ticket


@dataclass(frozen=True)
class Update:
    """One line that git gives to the hook: a ref, and the commits it is to go from and to, None for no such ref."""

    ref: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Verdict:
    """What the hub says of a push: nothing, or why not, and in which language."""

    refusals: tuple[Refusal, ...]
    language: str


def updates(text: str) -> list[Update]:
    """The lines `OLD NEW REF` of a pre-receive hook. Raises Misused."""
    found = []
    for line in text.splitlines():
        words = line.split(" ", 2)
        if len(words) != 3 or not all(map(is_name, words[:2])):
            raise Misused("{line} is no line of a push.", hint="git gives to this command: OLD NEW REF", line=line)
        old, new = (None if not word.strip("0") else word for word in words[:2])
        found.append(Update(words[2], old, new))
    return found


def check(git_dir: Path, pushed: Sequence[Update], now: datetime) -> Verdict:
    """Whether all of a push may come in. `now` is the hub's present instant; nothing is changed."""
    history = History(git_dir)
    branch = history.branch()
    found: list[Refusal] = []
    language = ""
    for one in pushed:
        wrong = _ref_fault(one, branch, history)
        if wrong:
            found.append(wrong)
            continue
        push = _Push(history, one.old, str(one.new), now)
        faults = _once(push.faults())
        if push.founding and not faults:
            push.identities.settle(push.new)
        found += faults
        language = push.language
    return Verdict(tuple(found), language or _language(history, branch))


def _once(found: Iterable[Refusal]) -> list[Refusal]:
    return list({(one.subject, str(one.message)): one for one in found}.values())


def _ref_fault(one: Update, branch: str, history: History) -> Refusal | None:
    if one.ref != branch:
        return Refusal(one.ref, Sentence("a hub holds one branch, {branch}; nothing else is taken", {"branch": branch}))
    if one.new is None:
        return Refusal(one.ref, Sentence("the branch of a hub cannot be deleted"))
    if one.new not in history.written([one.new]):
        return Refusal(one.ref, Sentence("what is pushed is no commit"))
    if one.old and not history.holds(one.new, one.old):
        return Refusal(one.ref, Sentence("the history was rewritten; sync, or take up what the hub has first"))
    return None


def _language(history: History, branch: str) -> str:
    tip = history.tip(branch)
    policy = Rules(Contents(history), tip).hub.policy
    return policy.language if policy else ""


@dataclass(frozen=True)
class _Charge:
    """A fault of the way to the branch's new state, and whether that state, one ticket of it, bears it still."""

    refusal: Refusal
    version: Version
    stands: Callable[[Ticket | None], bool] = field(repr=False)


class _Push:
    """One push to the hub's branch."""

    def __init__(self, history: History, old: str | None, new: str, now: datetime) -> None:
        self.history, self.old, self.new, self.now = history, old, new, now
        self.contents = Contents(history)
        self.rules = Rules(self.contents, old)
        self.founding = old is None
        self.identities = Identities(history, old)

    @property
    def language(self) -> str:
        policy = self.rules.hub.policy or self.rules.newest(self.new).policy
        return policy.language if policy else ""

    def faults(self) -> Iterator[Refusal]:
        """Everything that is wrong with it."""
        trees = {sha: one.tree for sha, one in self.history.written(filter(None, (self.old, self.new))).items()}
        found = self.history.differences([(trees.get(self.old or ""), trees[self.new])])[0]
        differing = {one.path: one for one in found}
        if self.founding:
            yield from self._founded(differing)
        else:
            commits = self.history.since(self.new, self.old)
            yield from self._passed(list(brought(commits, self.contents)), differing)
        policy = self.rules.newest(self.new).policy
        tip = Tip(self.new, differing, self.contents, self.identities, policy, founding=self.founding)
        yield from tips.faults(tip)
        yield from self._handbook(differing)

    # --- the first push -------------------------------------------------------------------------------------------

    def _founded(self, differing: dict[str, Difference]) -> Iterator[Refusal]:
        """The first push founds the hub: what was done before there was one is taken as it stands."""
        blob = differing[places.POLICY].after if places.POLICY in differing else None
        self.rules.found(self.new, blob.blob if blob else "")
        yield from self.rules.faults(self.new)
        yield from self._misplaced(differing.values())

    # --- every other push ------------------------------------------------------------------------------------------

    def _passed(self, commits: Sequence[Brought], differing: dict[str, Difference]) -> Iterator[Refusal]:
        for one in commits:
            self.rules.take(one)
        yield from self.rules.faults(self.new)
        charges: list[_Charge] = []
        newest = self.rules.newest(self.new).policy
        for one in commits:
            yield from self._undated(one.commit)
            yield from self._misplaced(one.files.values())
            here = self.rules.before(one.commit).policy
            policies = list({id(policy): policy for policy in (here, newest) if policy}.values())
            yield from self._guarded(one, policies, differing)
            keys = self.rules.signing(one.commit)
            yield from signatures.unsigned(self.history, one, keys) if keys and keys.require_signed else ()
            bench = Bench(policies, one.commit.author, self.now)
            charges += [charge for version in one.versions for charge in self._charged(version, bench)]
        yield from self._borne(charges)

    def _undated(self, commit: Written) -> Iterator[Refusal]:
        """A commit of the future: merges over it, and whatever goes by their dates, would be of the future as well."""
        at = max(commit.author.at, commit.committer.at)
        if at > self.now + SKEW:
            yield Refusal(commit.sha[:10], Sentence("this commit is of {at}, in the future", {"at": at.isoformat()}))

    def _misplaced(self, files: Iterable[Difference]) -> Iterator[Refusal]:
        held = [(one.path, one.after) for one in files if one.after and one.after != one.before]
        sizes = self.contents.sizes(one.blob for _, one in held)
        for path, one in held:
            fault = places.fault(path, one, sizes.get(one.blob))
            if fault:
                yield Refusal(path, fault)

    def _guarded(self, one: Brought, policies: Sequence[Policy], differing: dict[str, Difference]) -> Iterator[Refusal]:
        """What git itself reads is for those who may change the rules; a desk's own lines may be added by anybody."""
        for path in places.GUARDED:
            change = one.files.get(path)
            if change is None or path not in differing or self._harmless(change):
                continue
            who = one.commit.author
            if not any(policy.may_do(people.author(who, policy), STEP) for policy in policies):
                template = "{by} may not change it; who may change the rules may"
                yield Refusal(path, Sentence(template, {"by": who.email or who.name}))

    def _harmless(self, change: Difference) -> bool:
        data = self.history.blobs(one.blob for one in (change.before, change.after) if one)
        before, after = (
            set(data.get(one.blob, b"").splitlines()) if one else set() for one in (change.before, change.after)
        )
        return before <= after and after - before <= {line.encode() for line in (*ATTRIBUTES, *IGNORED)}

    def _charged(self, version: Version, bench: Bench) -> Iterator[_Charge]:
        """What is wrong with one ticket in one commit."""
        lost = version.lost
        if lost:
            number = (version.after or version.before[0]).id
            template = "events of its log were removed or changed: {events}"
            told = Refusal(number, Sentence(template, {"events": _named(version, lost)}))
            yield _Charge(told, version, lambda end: end is None or not lost <= {one.digest for one in end.log})
        for refusal, event in steps.faults(version, bench):
            yield _Charge(refusal, version, self._stands(version, event))
        sla = version.after.get("sla") if version.after else None
        for refusal in verdicts.faults(version, bench.policies):
            yield _Charge(refusal, version, lambda end: end is None or end.get("sla") == sla)

    def _stands(self, version: Version, event: Event) -> Callable[[Ticket | None], bool]:
        """An illegal step stands for good; an edit of what was settled only as long as its values do.

        Such an edit does not count and is shown as such; whoever made it in an editor puts the values back.
        """
        leaves = steps.barred(version, event)
        held = self._ticket(self.old, version) if leaves and self.old else None
        return lambda end: (
            not leaves or held is None or end is None or any(end.get(leaf) != held.get(leaf) for leaf in leaves)
        )

    def _borne(self, charges: Sequence[_Charge]) -> Iterator[Refusal]:
        """Those charges that the branch's new state still bears: what a later commit mended is forgiven."""
        for one in charges:
            end = self._ticket(self.new, one.version)
            if one.stands(end):
                yield one.refusal if end or one.version.after else tips.deleted(one.version.before[0].id)

    def _ticket(self, commit: str, version: Version) -> Ticket | None:
        """A ticket as a commit has it, under any number that it had on its way."""
        numbers = {one.id for one in (*version.before, version.after) if one}
        paths = [path for number in sorted(numbers) for path in layout.places(number)]
        found = self.history.blob_at(commit, paths)
        tickets = [self.contents.ticket(Held(blob), path) for path, blob in found.items()]
        own = [one for one in tickets if one and one.uid == version.uid]
        return reduce(merge, own) if own else None

    def _handbook(self, differing: dict[str, Difference]) -> Iterator[Refusal]:
        change = differing.get(places.HANDBOOK)
        if change and change.after:
            try:
                synonyms.read(self.history.blobs([change.after.blob]).get(change.after.blob, b""))
            except Damaged as damaged:
                yield from map(of_problem, damaged.problems)


def _named(version: Version, lost: frozenset[str]) -> str:
    events = sorted((one for digest, one in version.known.items() if digest in lost), key=lambda one: one.order)
    shown = ", ".join(f"{one.n} {one.do} {one.at.isoformat()} {one.by}" for one in events[:3])
    return shown + (" …" if len(events) > 3 else "")
