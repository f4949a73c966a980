"""Clones that do anything in any order, and meet over a hub, over files and by plain pulls: in the end they are equal,
and every event and text that anybody ever wrote is there.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from msgspec import Struct, field

from clones import POLICY, Clone, Sites, git
from fenji.errors import Refused
from fenji.model import workflow
from fenji.storage import layout
from fenji.storage.adopt import TYPED_FOLDER
from fenji.storage.yaml_codec import dump
from fenji.sync import receive, write_bundle
from fenji.sync.checkout import CheckoutOptions
from fenji.sync.conflicts import mend
from minutes import EXAMPLES_FACTOR
from samples import START, uid_of

if TYPE_CHECKING:
    from fenji.model.ticket import FieldPath, Ticket, Value
    from fenji.storage import StoredTicket

NAMES = ("a", "b", "c", "d", "e")
ADMINS = "".join(f"  {name}: {{name: {name}, roles: [engineer, admin]}}\n" for name in NAMES)
RULES = POLICY.replace(b"people:\n", b"people:\n" + ADMINS.encode(), 1)  # which everybody may change
WHO = st.integers(0, len(NAMES) - 1)  # a clone, counted round by as many as there are
MINUTES = st.one_of(st.none(), st.integers(-300, 300))
SKEWS = st.lists(st.sampled_from((0, 0, 61, -4000, 4000)), min_size=5, max_size=5)  # minutes; up to days
NUMBERS = ("KSA-2026-0001", "KSA-2026-0002", "KSA-2026-0003")
MINUTE = timedelta(minutes=1)
TEXTS: tuple[FieldPath, ...] = ("cause", "description", "solution")
Text = tuple[str, str, str]  # uid, field, text
STEPS = ("respond", "wait", "resume", "solve", "confirm", "archive", "reopen", "withdraw", "note")


class Expected(Struct):
    """What was ever written and must be there in the end: events by ticket, long texts, attachments."""

    events: dict[str, set[str]] = field(default_factory=dict)
    texts: set[Text] = field(default_factory=set)
    hand_edited: set[Text] = field(default_factory=set)  # those of them that were typed in an editor, past fenji
    files: set[tuple[str, str]] = field(default_factory=set)  # uid, text

    def record_write(self, before: Ticket | None, after: Ticket) -> set[Text]:
        """Take down what a person wrote; whoever wrote over a text that he had before him meant it."""
        self.events.setdefault(after.uid, set()).update(event.digest for event in after.log)
        old, new = (_texts(ticket) if ticket else set() for ticket in (before, after))
        self.texts = self.texts - (old - new) | (new - old)
        return new - old

    def forget_typed(self, path: Path) -> None:
        """A file is about to be destroyed: what was typed into it and perhaps not committed may go with it."""
        content = path.read_text("utf-8", "replace")
        self.texts -= {text for text in self.hand_edited if text[2] in content}


def _texts(ticket: Ticket) -> set[Text]:
    return {(ticket.uid, field_path, ticket.word(field_path)) for field_path in TEXTS if ticket.word(field_path)}


class SyncMachine(RuleBasedStateMachine):
    """Two to five clones, a hub, and people who do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="fenji-meeting-"))
        self.told = Expected()
        self.dropped: dict[Path, str] = {}
        self.count = 0

    @initialize(clones=st.integers(2, 5), skews=SKEWS)
    def begin(self, clones: int, skews: list[int]) -> None:
        self.sites = Sites(self.folder, *NAMES[:clones], policy=RULES)
        self.skews = dict(zip(NAMES, skews, strict=True))
        self.report(0, 0, 5)
        self.sites["a"].sync()

    def teardown(self) -> None:
        try:
            if self.count:
                self.end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def name(self, who: int) -> str:
        return NAMES[who % len(self.sites.clones)]

    def clone(self, who: int) -> Clone:
        """The clone as a desk would be opened: what git left in conflict is joined first."""
        clone = self.sites[self.name(who)]
        mend(clone.store, CheckoutOptions(clone.person, clone.recorder.at))
        return clone

    def chosen(self, clone: Clone, which: int) -> Ticket | None:
        all_stored = [*clone.store.reader.scan_open().tickets, *clone.store.reader.scan_archive().tickets]
        tickets = sorted((stored.ticket for stored in all_stored), key=lambda ticket: ticket.uid)
        return tickets[which % len(tickets)] if tickets else None

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(who=WHO, number=st.integers(0, 2), low=st.integers(0, 40))
    def report(self, who: int, number: int, low: int) -> None:
        clone = self.clone(who) if self.count else self.sites[self.name(who)]
        if any((clone.root / path).exists() for path in layout.ticket_paths(NUMBERS[number])):
            return
        self.count += 1
        uid = uid_of(self.count + 32 * 32 * low)
        stored = clone.new(NUMBERS[number], uid, title=f"report {self.count}", description=f"text {self.count}")
        self.told.record_write(None, stored.ticket)

    @rule(who=WHO, which=st.integers(0, 5), do=st.sampled_from(STEPS), minute=MINUTES)
    def step(self, who: int, which: int, do: str, minute: int | None) -> None:
        self._act(who, which, do, minute, {})

    @rule(who=WHO, which=st.integers(0, 5), field_path=st.sampled_from(TEXTS), minute=MINUTES)
    def write(self, who: int, which: int, field_path: str, minute: int | None) -> None:
        self.count += 1
        self._act(who, which, "edit", minute, {field_path: f"text {self.count}\nof {self.name(who)}"})

    @rule(who=WHO, which=st.integers(0, 5), owner=st.sampled_from(("", "li.wei", "no")))
    def assign(self, who: int, which: int, owner: str) -> None:
        self._act(who, which, "edit", None, {"owner": owner, "plan.m1": {"key": "m1", "what": owner or "x"}})

    def _act(self, who: int, which: int, do: str, minute: int | None, fields: dict[str, Value]) -> None:
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket and (do == "note" or workflow.is_legal(workflow.current_state(ticket).state, do)):
            self._written(clone, ticket, do, minute, fields)

    def _written(
        self, clone: Clone, ticket: Ticket, do: str, minute: int | None = None, fields: dict[str, Value] | None = None
    ) -> None:
        """What a step writes; `minute` after the last event, by a clock that is wrong by this clone's skew."""
        skew = self.skews[clone.person]
        last = max(event.at for event in ticket.log)
        at = None if minute is None and not skew else int((last - START) / MINUTE) + (minute or 1) + skew
        with suppress(Refused):  # on top of a hand edit of what is settled nothing is written
            self.told.record_write(ticket, clone.act(ticket.id, do, fields=fields, reason="customer", minute=at).ticket)

    @rule(who=WHO, which=st.integers(0, 5))
    def archive(self, who: int, which: int) -> None:
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket is None:
            return
        for do in ("solve", "confirm", "archive"):
            now = clone.ticket(ticket.id)
            if workflow.is_legal(workflow.current_state(now).state, do):
                self._written(clone, now, do)

    @rule(who=WHO, which=st.integers(0, 5))
    def attach(self, who: int, which: int) -> None:
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket is None:
            return
        self.count += 1
        text = f"picture {self.count}"
        source = self.folder / "photo.jpg"
        source.write_text(text)
        item = clone.store.attach(ticket.id, source)
        self.told.files.add((ticket.uid, text))
        self._written(clone, ticket, "attach", fields={f"files.{item['name']}": item})

    @rule(who=WHO, which=st.integers(0, 5))
    def drop_a_file(self, who: int, which: int) -> None:
        """Into the ticket's folder, past fenji: it stays there, and nowhere else, until somebody attaches it."""
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket is None:
            return
        self.count += 1
        path = f"{layout.attachments_folder(ticket.id)}/dropped-{self.count}.jpg"
        clone.write_file(path, f"dropped {self.count}")
        self.dropped[clone.root / path] = f"dropped {self.count}"

    @rule(who=WHO, which=st.integers(0, 5), text=st.booleans())
    def change_by_hand(self, who: int, which: int, text: bool) -> None:  # noqa: FBT001 - hypothesis names it
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket is None:
            return
        self.count += 1
        path, typed = clone.path(ticket.id), f"typed {self.count}"
        if text and ticket.get("description") is not None:
            after = ticket.with_fields({"description": typed})
            path.write_bytes(dump(after))
            self.told.hand_edited |= self.told.record_write(ticket, after)
        else:
            path.write_text(path.read_text().replace(f"title: {ticket.title}", f"title: {typed}", 1))

    @rule(who=WHO, at_the_end=st.booleans())
    def change_the_policy(self, who: int, at_the_end: bool) -> None:  # noqa: FBT001 - hypothesis names it
        self.count += 1
        clone = self.clone(who)
        text, line = (clone.root / "policy.yaml").read_text(), f"# {clone.person} {self.count}\n"
        clone.write_file("policy.yaml", text + line if at_the_end else line + text)

    @rule(who=WHO, which=st.integers(0, 5), committed=st.booleans())
    def delete(self, who: int, which: int, committed: bool) -> None:  # noqa: FBT001 - hypothesis names it
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket:
            path = clone.path(ticket.id)
            self.told.forget_typed(path)
            path.unlink()
            if committed:
                git(clone.root, "add", "-A", str(path))  # it alone: what was dropped stays untracked
                git(clone.root, "commit", "-qm", "away with it", check=False)

    @rule(who=WHO, which=st.integers(0, 5))
    def break_it(self, who: int, which: int) -> None:
        clone = self.clone(who)
        ticket = self.chosen(clone, which)
        if ticket:
            self.told.forget_typed(clone.path(ticket.id))
            clone.path(ticket.id).write_bytes(b"id: [\n")
            git(clone.root, "add", "-A", str(clone.path(ticket.id)))
            git(clone.root, "commit", "-qm", "broken by hand", check=False)

    # --- how they meet ------------------------------------------------------------------------------------------------

    @rule(who=WHO)
    def sync(self, who: int) -> None:
        self.sites[self.name(who)].sync()

    @rule(who=WHO, to=WHO, whole=st.booleans())
    def send(self, who: int, to: int, whole: bool) -> None:  # noqa: FBT001 - hypothesis names it
        if self.name(who) != self.name(to):
            sender, taker = self.sites[self.name(who)], self.sites[self.name(to)]
            path = self.folder / "out.bundle"
            write_bundle(sender.store, sender.recorder, path, to=None if whole else "")
            with suppress(Refused):  # what was for somebody else may go on from something that has not come here
                receive(taker.store, taker.recorder, path)

    @rule(who=WHO, how=st.sampled_from(("--no-rebase", "--rebase", "--ff-only")))
    def pull(self, who: int, how: str) -> None:
        subprocess.run(
            ["git", "-c", "core.editor=true", "pull", "-q", "--no-edit", how],
            cwd=self.clone(who).root,
            capture_output=True,
            check=False,
        )
        self._go_on(who)

    def _go_on(self, who: int) -> None:
        """A rebase that stopped is for the person to finish; the tickets in it are joined each time."""
        clone = self.clone(who)
        for _ in range(30):
            if not (clone.root / ".git/rebase-merge").exists():
                return
            mend(clone.store, CheckoutOptions(clone.person, clone.recorder.at))
            go_on = ["git", "-c", "core.editor=true", "rebase", "--continue"]
            done = subprocess.run(go_on, cwd=clone.root, capture_output=True, check=False, text=True)
            if "git rebase --skip" in done.stdout + done.stderr or "No changes" in done.stdout + done.stderr:
                git(clone.root, "rebase", "--skip", check=False)
        raise AssertionError(git(clone.root, "status"))

    @rule(who=WHO)
    def push(self, who: int) -> None:
        git(self.sites[self.name(who)].root, "push", "-q", check=False)

    @rule(who=WHO)
    def forget_the_driver(self, who: int) -> None:
        git(self.sites[self.name(who)].root, "config", "--remove-section", "merge.fenji", check=False)

    # --- in the end ---------------------------------------------------------------------------------------------------

    def end(self) -> None:
        for _ in range(8):
            before = [clone.tree() for clone in self.sites.clones.values()]
            self.sites.sync_all(1)
            if [clone.tree() for clone in self.sites.clones.values()] == before and len(set(before)) == 1:
                break
        for path, text in self.dropped.items():
            assert path.read_text() == text
            assert path.name not in git(self.sites.hub, "ls-tree", "-r", "--name-only", "main")
            path.unlink()
        self.sites.assert_equal()
        clone = self.sites["a"]
        tickets: dict[str, StoredTicket] = {}
        for scan in (clone.store.reader.scan_open(), clone.store.reader.scan_archive()):
            assert scan.bad_files == ()
            tickets |= {stored.ticket.uid: stored for stored in scan.tickets}
        for uid, events in self.told.events.items():
            ticket = tickets[uid].ticket
            assert events <= {event.digest for event in ticket.log}, (ticket.id, "events are missing")
        for uid, field_path, text in self.told.texts:
            aside = (uid, field_path, text) in self.told.hand_edited and self._was_put_back(text)
            assert aside or self._is_kept(tickets[uid].ticket, field_path, text), (
                tickets[uid].ticket.id,
                field_path,
                text,
            )
        for uid, text in self.told.files:
            folder = clone.root / layout.attachments_folder(tickets[uid].ticket.id)
            assert text in [path.read_text() for path in folder.iterdir()], (tickets[uid].ticket.id, text)
        for site in self.sites.clones.values():
            git(site.root, "fsck", "--strict")

    def _was_put_back(self, text: str) -> bool:
        """Whether a text was typed where nothing may be changed any more: then the file as typed is kept."""
        kept = (
            path for clone in self.sites.clones.values() for path in (clone.root / ".git" / TYPED_FOLDER).glob("*.yaml")
        )
        return any(text in path.read_text("utf-8") for path in kept)

    def _is_kept(self, ticket: Ticket, field_path: str, text: str) -> bool:
        """Whether a text stands in the header, or is kept in the log."""
        kept = (event.body.get("value") for event in ticket.log if event.do == "superseded")
        return ticket.look_up(field_path) == text or text in kept


SyncMachine.TestCase.settings = settings(
    max_examples=4 * EXAMPLES_FACTOR,
    stateful_step_count=24,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestMeeting = SyncMachine.TestCase
