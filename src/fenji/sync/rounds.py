"""The exchange with a hub: record, fetch, join, push, and again where somebody else pushed first."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Problem, Refused, Unavailable
from fenji.repo import objects, refs, remotes, thin
from fenji.repo.remotes import Load
from fenji.store import files
from fenji.sync import beside, conflicts, custody, landing, ledger, outcomes, recording, wiring
from fenji.sync.joining import Joined, join
from fenji.sync.landing import Way
from fenji.sync.outcomes import Exchange, Outcome, Progress
from fenji.sync.rules import of_the_hub
from fenji.sync.shelving import Landed, Writer
from fenji.sync.sides import POLICY, Contents, Side, is_enclosed, is_ticket
from fenji.sync.turn import Turn

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.repo.objects import Difference
    from fenji.repo.remotes import Remote
    from fenji.store import Store
    from fenji.sync.recording import Recorder
    from fenji.sync.rules import Ruling

TRIES = 24  # pushes
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0
WHOLE = "refs/worktree/fenji/whole"  # a commit whose every ticket and event must be found in what follows it


def silent(_step: str, _part: str, _done: int, _of: int) -> None:
    """Nobody is told."""


@dataclass
class Round:
    """One exchange under way: the store, who records, who is told, and what has come about so far."""

    store: Store
    recorder: Recorder
    progress: Progress = silent
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    left: dict[str, Problem] = field(default_factory=dict)
    policy_kept: str = ""
    concluded: str = ""
    open: str = ""
    sent: int = 0
    landed: bool = False
    policy_changed: bool = False
    policy_sent: bool = False

    @cached_property
    def contents(self) -> Contents:
        """What has been read from git, each thing once."""
        return Contents(self.repo)

    @property
    def repo(self) -> Repo:
        return self.store.repo

    @property
    def writer(self) -> Writer:
        """For whom files are written."""
        return Writer(self.recorder.by, self.recorder.at, lambda done, of: self.progress("write", "", done, of))

    def telling(self, step: str) -> remotes.Progress | None:
        """Tells how far git is with a step; None where nobody is told, which spares the link what the hub would say."""
        return None if self.progress is silent else lambda part, at, of: self.progress(step, part, at, of)

    def record(self) -> None:
        """Finish what was cut off, join what git left in conflict, and commit everything that is not committed."""
        self.progress("record", "", 0, 0)
        self.mend()
        if self.open:
            raise conflicts.open_error(self.open)
        self.commit()

    def mend(self) -> None:
        """Finish what was cut off, and join what git left in conflict."""
        self.met(landing.finish(self.store, self.writer))
        mended = conflicts.mend(self.store, self.writer)
        self.met(mended.landed)
        self.came(mended.outcomes)
        self.concluded, self.open = mended.concluded or self.concluded, mended.open
        self.policy_kept = mended.policy_kept or self.policy_kept

    def commit(self) -> None:
        """Commit everything that is not committed."""
        head, since = self.repo.head(), self._since()
        also = recording.unexplained(self.contents, since, head) if since and head else ()
        for one in recording.record(self.store, self.recorder, since=since or "HEAD", also=also):
            self.left.setdefault(one.path, one)

    def _since(self) -> str | None:
        """The commit at which the last exchange ended; of a fresh copy the one that it was copied from."""
        head, there = self.repo.head(), remotes.find_remote(self.repo, refs.branch(self.repo))
        for name in (WHOLE, *((there.tracking,) if there else ())):
            found = refs.resolve(self.repo, name)
            if found and head and refs.holds(self.repo, head, found):
                return found
        return None

    def met(self, landed: Landed | None) -> None:
        """Take down what was met while files were written."""
        if landed:
            self.left |= {one.path: one for one in landed.left}
            self.policy_kept = landed.policy_kept or self.policy_kept

    def came(self, found: Iterable[Outcome]) -> None:
        """Take down what came in; what came in twice is told once."""
        found = list(found)
        for one in found:
            key = one.uid or one.path
            self.outcomes[key] = outcomes.together(self.outcomes[key], one) if key in self.outcomes else one
        ledger.came(self.repo, found)

    def join(self, theirs: str, *, ruling: Ruling, base: str | None = None) -> Joined:
        """Join what is here with another commit, and bring branch and files there."""
        while True:
            head = self.head()
            self.progress("merge", "", 0, 0)
            joined = join(self.contents, head, theirs, ruling=ruling, base=base)
            if joined.commit == head:
                return joined
            if joined.policy_lost:
                self.policy_kept = beside.keep_policy(self.store.root, joined.policy_lost)
            if self.land(head, joined.commit):
                self.policy_changed = self.policy_changed or joined.policy_changed
                self.came(joined.union.outcomes)
                return joined

    def keep_whole(self) -> None:
        """Bring back what was lost since the last exchange, past fenji: deleted files, dropped events.

        Every version of a ticket that was committed since then is held against what stands here now.
        """
        head = self.head()
        since = refs.resolve(self.repo, WHOLE)
        since = since if since and refs.holds(self.repo, head, since) else None
        commit, found = custody.restored(self.contents, since, head)
        if commit != head and self.land(head, commit):
            self.came(found)

    def land(self, before: str, after: str) -> bool:
        """Bring branch and files from one commit to another; False where the branch has moved meanwhile."""
        landed = landing.land(self.store, Way(before, after), self.writer)
        if landed is None:
            return False
        self.landed = True
        self.met(landed)
        if landed.edited:
            self.commit()
        return True

    def head(self) -> str:
        """The commit that this clone is at."""
        head = self.repo.head()
        if head is None:
            hint = "Begin with a clone of the hub: fenji init DIR --site SITE --from URL"
            raise Refused("Nothing is recorded here yet.", hint=hint)
        return head

    def done(self, tries: int) -> Exchange:
        """What it all came to."""
        head = self.head()
        if self.landed or refs.resolve(self.repo, WHOLE) != head:
            refs.put(self.repo, WHOLE, head)
        return Exchange(
            tuple(self.outcomes.values()),
            self.sent,
            tries,
            self.policy_kept,
            self.policy_changed,
            tuple(self.left.values()),
            self.concluded,
            self.open,
            self.policy_sent,
        )


def sync(store: Store, recorder: Recorder, progress: Progress = silent) -> Exchange:
    """Exchange everything with the hub. What went before a failure stays recorded; doing it again is always safe.

    Raises Refused (no hub, a hub that does not take it, files outside the desk in the way) or Unavailable (no link).
    """
    repo = store.repo
    with Turn(repo):
        try:
            files.sweep_dead(repo.git_dir)
            wiring.wire(repo)
            found = _exchange(Round(store, recorder, progress))
        except FenjiError as error:
            ledger.failed(repo, error)
            raise
        ledger.went_well(repo, recorder.at)
        return found


def mend(store: Store, recorder: Recorder) -> None:
    """What the opening of a desk does: finish what was cut off, join what git left in conflict."""
    with Turn(store.repo):
        Round(store, recorder).mend()


def _exchange(one: Round) -> Exchange:
    one.record()
    there = remotes.remote(one.repo)
    for tried in range(TRIES):
        theirs = _fetched(one, there)
        _join(one, there, theirs)
        head = one.head()
        if head == theirs:
            if one.landed:
                objects.tidy(one.repo)
            return one.done(tried)
        if _pushed(one, there, head, theirs):
            return one.done(tried + 1)
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**tried)))
    raise Unavailable(
        "Others pushed to {remote} before this clone could, {tries} times in a row.",
        hint="What came from them is joined already; sync again in a moment.",
        remote=there.shown,
        tries=TRIES,
    )


def _fetched(one: Round, there: Remote) -> str | None:
    """The commit that the hub is at. While it comes over the wire, what was lost here is looked for."""
    one.progress("fetch", "", 0, 0)
    with ThreadPoolExecutor(1) as aside:
        fetching = aside.submit(remotes.fetch, one.repo, there, progress=one.telling("fetch"))
        one.keep_whole()
        return fetching.result()


def _pushed(one: Round, there: Remote, head: str, theirs: str | None) -> bool:
    """Push what is here; False where somebody else pushed first. While it goes over the wire, git tidies up here."""
    one.progress("push", "", 0, 0)
    found = objects.differences(one.repo, theirs, head)
    one.sent = _tickets_in(one.repo, found)
    one.policy_sent = theirs is not None and f"{one.repo.prefix}{POLICY}" in {different.path for different in found}
    count = refs.apart(one.repo, head, theirs)[0] if theirs else 1 << 30
    load = Load(head, count, alone=theirs is not None and _follows_absent(one.repo, theirs, found))
    with ThreadPoolExecutor(1) as aside:
        aside.submit(objects.tidy, one.repo)
        return remotes.push(one.repo, there, load, progress=one.telling("push"))


def _follows_absent(repo: Repo, theirs: str, found: Iterable[Difference]) -> bool:
    """Whether a file took the place of one that a thin clone left with its hub: git would fetch that one."""
    enclosed = (one for one in found if is_enclosed(one.path.removeprefix(repo.prefix)))
    replaced = [one.before.blob for one in enclosed if one.before and one.after]
    return bool(replaced) and thin.is_thin(repo) and not thin.missing(repo, theirs).isdisjoint(replaced)


def _join(one: Round, there: Remote, theirs: str | None) -> None:
    """Join with what the hub has; where it has nothing yet, everything goes."""
    base = refs.base(one.repo, one.head(), theirs) if theirs else None
    if theirs is not None:
        check_desk(one.repo, theirs, there.shown)
        one.join(theirs, ruling=of_the_hub, base=base)


def changed_tickets(repo: Repo, before: str | None, after: str) -> int:
    """How many tickets one commit has that another has not, or not so."""
    return _tickets_in(repo, objects.differences(repo, before, after))


def _tickets_in(repo: Repo, found: Iterable[Difference]) -> int:
    return sum(is_ticket(one.path.removeprefix(repo.prefix)) for one in found if one.after)


def check_desk(repo: Repo, commit: str, shown: str) -> None:
    """Refuse to join with a repository that is something else altogether."""
    side = Side(repo, commit)
    if not side.entry(POLICY) and not side.folder("tickets/open"):
        hint = "See where it points with: git remote -v"
        raise Refused("{remote} holds no desk.", hint=hint, remote=shown)
