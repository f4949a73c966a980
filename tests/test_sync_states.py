"""Clones that do anything in any order, and meet over a hub, over files and by plain pulls: in the end they are equal,
and every event and text that anybody ever wrote is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from clones import Clone, Sites, git
from fenji import flow
from fenji.store import layout
from fenji.sync import bundle, receive
from fenji.sync.conflicts import mend
from fenji.sync.shelving import Writer
from samples import uid_of

if TYPE_CHECKING:
    from fenji.store import Stored
    from fenji.ticket import Ticket

TIMES = int(os.environ.get("FENJI_NIGHTLY") or 1)
NAMES = ("a", "b", "c")
MINUTES = st.one_of(st.none(), st.integers(-4000, 4000))
NUMBERS = ("KSA-2026-0001", "KSA-2026-0002", "KSA-2026-0003")
TEXTS = ("cause", "description", "solution")
STEPS = ("respond", "wait", "resume", "solve", "confirm", "archive", "reopen", "withdraw", "note")


@dataclass
class Told:
    """What was ever written: events by ticket, texts with the event that wrote them, what each event's writer knew."""

    events: dict[str, set[str]] = field(default_factory=dict)
    texts: list[tuple[str, str, str, str]] = field(default_factory=list)  # uid, leaf, digest of the event, text
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    files: set[tuple[str, str]] = field(default_factory=set)  # uid, text

    def wrote(self, before: Ticket | None, after: Ticket) -> None:
        old = frozenset(one.digest for one in before.log) if before else frozenset()
        self.events.setdefault(after.uid, set()).update(one.digest for one in after.log)
        for event in after.log:
            if event.digest not in old:
                self.known[event.digest] = old
                for leaf in (*event.rewrote, *event.set):
                    if leaf in TEXTS and after.word(leaf):
                        self.texts.append((after.uid, leaf, event.digest, after.word(leaf)))


class Meeting(RuleBasedStateMachine):
    """Three clones, a hub, and people who do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="fenji-meeting-"))
        self.told = Told()
        self.count = 0

    @initialize()
    def begin(self) -> None:
        self.sites = Sites(self.folder, *NAMES)
        self.report("a", 0, 5)
        self.sites["a"].sync()

    def teardown(self) -> None:
        try:
            if self.count:
                self.end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def clone(self, name: str) -> Clone:
        """The clone as a desk would be opened: what git left in conflict is joined first."""
        clone = self.sites[name]
        mend(clone.store, Writer(name, clone.recorder.at))
        return clone

    def chosen(self, clone: Clone, which: int) -> Ticket | None:
        found = [*clone.store.scan_open().tickets, *clone.store.scan_archive().tickets]
        tickets = sorted((one.ticket for one in found), key=lambda one: one.uid)
        return tickets[which % len(tickets)] if tickets else None

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), number=st.integers(0, 2), low=st.integers(0, 40))
    def report(self, name: str, number: int, low: int) -> None:
        clone = self.clone(name) if self.count else self.sites[name]
        if any((clone.root / path).exists() for path in layout.places(NUMBERS[number])):
            return
        self.count += 1
        uid = uid_of(self.count + 32 * 32 * low)
        stored = clone.new(NUMBERS[number], uid, title=f"report {self.count}", description=f"text {self.count}")
        self.told.wrote(None, stored.ticket)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5), do=st.sampled_from(STEPS), minute=MINUTES)
    def step(self, name: str, which: int, do: str, minute: int | None) -> None:
        self._act(name, which, do, minute, {})

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5), leaf=st.sampled_from(TEXTS), minute=MINUTES)
    def write(self, name: str, which: int, leaf: str, minute: int | None) -> None:
        self.count += 1
        self._act(name, which, "edit", minute, {leaf: f"text {self.count}\nof {name}"})

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5), owner=st.sampled_from(("", "li.wei", "no")))
    def assign(self, name: str, which: int, owner: str) -> None:
        self._act(name, which, "edit", None, {"owner": owner, "plan.m1": {"key": "m1", "what": owner or "x"}})

    def _act(self, name: str, which: int, do: str, minute: int | None, fields: dict[str, object]) -> None:
        clone = self.clone(name)
        ticket = self.chosen(clone, which)
        if ticket is None or (do != "note" and not flow.legal(flow.standing(ticket).state, do)):
            return
        if do not in ("note", "edit") and minute is not None:
            minute = abs(minute)
        after = clone.act(ticket.id, do, fields=fields, reason="customer", minute=minute)
        self.told.wrote(ticket, after.ticket)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5))
    def attach(self, name: str, which: int) -> None:
        clone = self.clone(name)
        ticket = self.chosen(clone, which)
        if ticket is None:
            return
        self.count += 1
        text = f"picture {self.count}"
        source = self.folder / "photo.jpg"
        source.write_text(text)
        item = clone.store.attach(ticket.id, source)
        after = clone.act(ticket.id, "attach", fields={f"files.{item['name']}": item})
        self.told.wrote(ticket, after.ticket)
        self.told.files.add((ticket.uid, text))

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5))
    def change_by_hand(self, name: str, which: int) -> None:
        clone = self.clone(name)
        ticket = self.chosen(clone, which)
        if ticket:
            self.count += 1
            path = clone.path(ticket.id)
            path.write_text(path.read_text().replace(f"title: {ticket.title}", f"title: by hand {self.count}", 1))

    @rule(name=st.sampled_from(NAMES), at_the_end=st.booleans())
    def change_the_policy(self, name: str, at_the_end: bool) -> None:  # noqa: FBT001 - hypothesis names it
        self.count += 1
        clone = self.clone(name)
        text, line = (clone.root / "policy.yaml").read_text(), f"# {name} {self.count}\n"
        clone.put("policy.yaml", text + line if at_the_end else line + text)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5), committed=st.booleans())
    def delete(self, name: str, which: int, committed: bool) -> None:  # noqa: FBT001 - hypothesis names it
        clone = self.clone(name)
        ticket = self.chosen(clone, which)
        if ticket:
            clone.path(ticket.id).unlink()
            if committed:
                git(clone.root, "add", "-A", "tickets")
                git(clone.root, "commit", "-qm", "away with it", check=False)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5))
    def break_it(self, name: str, which: int) -> None:
        clone = self.clone(name)
        ticket = self.chosen(clone, which)
        if ticket:
            clone.path(ticket.id).write_bytes(b"id: [\n")
            git(clone.root, "add", "-A", "tickets")
            git(clone.root, "commit", "-qm", "broken by hand", check=False)

    # --- how they meet ------------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES))
    def sync(self, name: str) -> None:
        self.sites[name].sync()

    @rule(name=st.sampled_from(NAMES), to=st.sampled_from(NAMES))
    def send(self, name: str, to: str) -> None:
        if name != to:
            sender, taker = self.sites[name], self.sites[to]
            path = self.folder / "out.bundle"
            bundle(sender.store, sender.recorder, path, to=None)
            receive(taker.store, taker.recorder, path)

    @rule(name=st.sampled_from(NAMES), how=st.sampled_from(("--no-rebase", "--rebase", "--ff-only")))
    def pull(self, name: str, how: str) -> None:
        subprocess.run(
            ["git", "-c", "core.editor=true", "pull", "-q", "--no-edit", how],
            cwd=self.clone(name).root,
            capture_output=True,
            check=False,
        )
        self._go_on(name)

    def _go_on(self, name: str) -> None:
        """A rebase that stopped is for the person to finish; the tickets in it are joined each time."""
        clone = self.clone(name)
        for _ in range(30):
            if not (clone.root / ".git/rebase-merge").exists():
                return
            mend(clone.store, Writer(name, clone.recorder.at))
            go_on = ["git", "-c", "core.editor=true", "rebase", "--continue"]
            done = subprocess.run(go_on, cwd=clone.root, capture_output=True, check=False, text=True)
            if "git rebase --skip" in done.stdout + done.stderr or "No changes" in done.stdout + done.stderr:
                git(clone.root, "rebase", "--skip", check=False)
        raise AssertionError(git(clone.root, "status"))

    @rule(name=st.sampled_from(NAMES))
    def push(self, name: str) -> None:
        git(self.sites[name].root, "push", "-q", check=False)

    @rule(name=st.sampled_from(NAMES))
    def forget_the_driver(self, name: str) -> None:
        git(self.sites[name].root, "config", "--remove-section", "merge.fenji", check=False)

    # --- in the end ---------------------------------------------------------------------------------------------------

    def end(self) -> None:
        for _ in range(8):
            before = [clone.tree() for clone in self.sites.clones.values()]
            self.sites.settle(1)
            if [clone.tree() for clone in self.sites.clones.values()] == before and len(set(before)) == 1:
                break
        self.sites.assert_equal()
        clone = self.sites["a"]
        tickets: dict[str, Stored] = {}
        for scan in (clone.store.scan_open(), clone.store.scan_archive()):
            assert scan.bad == ()
            tickets |= {one.ticket.uid: one for one in scan.tickets}
        for uid, events in self.told.events.items():
            ticket = tickets[uid].ticket
            assert events <= {one.digest for one in ticket.log}, (ticket.id, "events are missing")
        for uid, leaf, digest, text in self.told.texts:
            assert self._kept(tickets[uid].ticket, leaf, digest, text), (tickets[uid].ticket.id, leaf, text)
        for uid, text in self.told.files:
            folder = clone.root / layout.files_folder(tickets[uid].ticket.id)
            assert text in [one.read_text() for one in folder.iterdir()], (tickets[uid].ticket.id, text)
        for one in self.sites.clones.values():
            git(one.root, "fsck", "--strict")

    def _kept(self, ticket: Ticket, leaf: str, digest: str, text: str) -> bool:
        if ticket.word(leaf) == text:
            return True
        if any(one.do == "superseded" and one.more.get("value") == text for one in ticket.log):
            return True
        later = (one for one in ticket.log if one.touches(leaf))
        return any(digest in self.told.known.get(one.digest, frozenset()) for one in later)


Meeting.TestCase.settings = settings(
    max_examples=4 * TIMES,
    stateful_step_count=24,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestMeeting = Meeting.TestCase
