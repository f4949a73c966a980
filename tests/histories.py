"""Two desks around a hub that checks, and whatever people, editors, git, links and clocks do to them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import expectations
import hubs
import warm_python
from clones import git
from commandline import CommandResult, child_environment, fenji
from expectations import Expected, events_in, words_in
from fenji.desk import Desk, exchange
from signers import make_keys, public_keys

if TYPE_CHECKING:
    from fenji.model.annotations import EventKey

PERSONS = "li.wei", "zhao.min"  # at the first desk, at the other
LEAD = "wang.fang"  # whose role is taken away and given back
SHAPES = "full", "sparse", "shallow"
VERBS = (
    "commit", "pull -q --no-edit --no-rebase", "pull -q --no-edit --rebase", "pull -q --no-edit --rebase --autostash",
    "branch --ff", "branch --no-ff", "merge --ff", "merge --no-ff", "merge -s ours", "stash -q", "stash pop -q",
    "revert", "revert -n HEAD", "cherry-pick origin/main", "reset -q --soft HEAD~1",
)  # fmt: skip
ROUNDS = 6  # of syncs at both desks, at the end


@cache
def _found_hub(*, signed: bool) -> Path:
    """Return a folder with a hub that was founded with a few tickets; it lives as long as the process."""
    home = Path(tempfile.mkdtemp(prefix="fenji-template-"))
    keys = make_keys(home, [LEAD])
    policy = hubs.rules(keys=public_keys(keys, LEAD), signed="confirm" if signed else "", wang_fang="lead")
    closed = hubs.reported_ticket(3, 30, description="first words\n", owner="li.wei")
    for step, hours in (("solve", 4), ("confirm", 3), ("archive", 2)):
        by = "zhao.min" if step != "solve" else "li.wei"
        closed = hubs.after_step(closed, step, hours, by=by, fields=hubs.SOLVED if step == "solve" else {})
    clone, ticket = hubs.create_hub(home, policy, hubs.FIRST, hubs.SECOND, closed), hubs.FIRST
    warm_python.cool_down(clone.hub)  # a sync is killed with all that it has started
    for hours in (3, 2, 1):
        ticket = hubs.after_step(ticket, "note", hours, note=f"{hours} hours ago")
        clone.commit(ticket)
    assert clone.push().accepted
    shutil.rmtree(home / "desk")
    return home


@cache
def _template(shape: str, *, signed: bool) -> Path:
    """Return a folder with a hub and two desks, as a history begins; it lives as long as the process."""
    home = Path(tempfile.mkdtemp(prefix="fenji-template-"))
    shutil.copytree(_found_hub(signed=signed), home, symlinks=True, dirs_exist_ok=True)
    for person in PERSONS:
        _clone(home, person, shape if person == PERSONS[1] else "full")
    return home


def _clone(home: Path, person: str, shape: str) -> None:
    desk = home / person
    depth = ("--depth", "2") if shape == "shallow" else ()
    git(home, "clone", "-q", *depth, f"file://{home / 'hub.git'}", str(desk))
    settings = {"user.name": hubs.PEOPLE[person][0], "user.email": f"{person}@fenji.example", "fenji.site": "KSA"}
    settings |= {"gpg.format": "ssh", "user.signingkey": str(home / LEAD)}
    for key, value in {**settings, "gc.auto": "0", "maintenance.auto": "false"}.items():
        git(desk, "config", key, value)
    if shape == "sparse":
        git(desk, "sparse-checkout", "set", "tickets/open")


def remove_templates() -> None:
    """Remove what `_found_hub` and `_template` made."""
    for signed in (False, True):
        for home in (_found_hub(signed=signed), *(_template(shape, signed=signed) for shape in SHAPES)):
            shutil.rmtree(home, ignore_errors=True)
    _template.cache_clear()
    _found_hub.cache_clear()


class DesksUnderHub:
    """Two desks of one site and a hub with its hook on, in a folder of their own."""

    def __init__(self, shape: str = "full", *, signed: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fenji-hub-"))
        self.signed = signed
        template = _template(shape, signed=signed)
        shutil.copytree(template, self.folder, symlinks=True, dirs_exist_ok=True)
        self.hub, self.desks = self.folder / "hub.git", tuple(self.folder / person for person in PERSONS)
        for desk in self.desks:  # replace paths of the template
            settings = desk / ".git/config"
            settings.write_text(settings.read_text("utf-8").replace(str(template), str(self.folder)), "utf-8")
        self.expected = Expected()
        self.count = 0

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def next_word(self, word: str = "typed") -> str:
        """Return a word that is nowhere yet."""
        self.count += 1
        return f"{word}{self.count}x"

    # --- what is there ------------------------------------------------------------------------------------------------

    def path(self, which: int, ticket: int) -> Path | None:
        """Return one of the ticket files of a desk, open ones first; None if there are none."""
        paths = sorted((self.desks[which] / "tickets/open").glob("*.yaml"))[:5]
        paths += sorted((self.desks[which] / "tickets/archive").rglob("*.yaml"))[-3:]
        return paths[ticket % len(paths)] if paths else None

    def git(self, which: int, *args: str) -> str:
        """Run git as a person does, who goes on even if it fails; return its output."""
        env = child_environment({"GIT_EDITOR": "true"})
        done = subprocess.run(["git", *args], cwd=self.desks[which], check=False, capture_output=True, env=env)
        return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")

    @contextmanager
    def desk(self, which: int, person: str = "", *, days: int = 0) -> Iterator[Desk]:
        """Open a desk with a clock that is wrong by some days, and finish what was interrupted there."""
        now = lambda: datetime.now(UTC) + timedelta(days=days)  # noqa: E731 - as a desk takes it
        with Desk.open(self.desks[which], person=person, now=now) as desk:
            exchange.finish_interrupted(desk)
            yield desk

    def perform(self, which: int, path: Path, do: str, person: str, *, days: int = 0, **details: Any) -> None:
        """Perform an act at a desk; raises what the desk raises."""
        signing = self._signing(which) if do == "confirm" and person == LEAD else nullcontext()
        with signing, self.desk(which, person, days=days) as desk:
            before = events_in((desk.root / desk.find_path(path.stem)).read_bytes())
            desk.act(path.stem, do, **details)
            self._acknowledge(desk.root / desk.find_path(path.stem), before)

    @contextmanager
    def _signing(self, which: int) -> Iterator[None]:
        self.git(which, "config", "fenji.sign", "true")
        try:
            yield
        finally:
            self.git(which, "config", "--unset", "fenji.sign")

    def report(self, which: int, person: str, *, days: int = 0) -> None:
        with self.desk(which, person, days=days) as desk:
            row = desk.new({"title": f"report {self.next_word('reported')}"})
            self._acknowledge(desk.root / desk.find_path(row.ticket.id), set())

    def attach(self, which: int, path: Path, person: str) -> None:
        photo = self.folder / "photo.jpg"
        photo.write_text(self.next_word("picture"))
        with self.desk(which, person) as desk:
            before = events_in((desk.root / desk.find_path(path.stem)).read_bytes())
            desk.attach(path.stem, [photo])
            self._acknowledge(desk.root / desk.find_path(path.stem), before)

    def _acknowledge(self, path: Path, before: set[EventKey]) -> None:
        self.expected.events |= events_in(path.read_bytes()) - before

    # --- what an editor and git allow ---------------------------------------------------------------------------------

    def type_value(self, path: Path, field_path: str) -> None:
        """Change one field in an editor, or add it."""
        word = self.next_word()
        text, typed = path.read_text("utf-8"), _typed_lines(field_path, word)
        if field_path == "log":
            changed = re.sub(r"^  by: \S+$", f"  by: {word}", text, count=1, flags=re.MULTILINE)
        else:
            name = typed.partition(":")[0]
            old = re.compile(rf"^{name}:.*\n(?:[ -].*\n)*", re.MULTILINE)
            changed = old.sub(typed, text, count=1) if old.search(text) else text.replace("\nlog:", f"\n{typed}log:", 1)
        with self.may_destroy(path):
            path.write_text(changed, "utf-8")
        if word in changed:
            self.expected.texts.add(word)

    def commit(self, which: int) -> None:
        self.git(which, "add", "-A", "tickets")
        self.git(which, "commit", "-q", "-m", "by hand")

    @contextmanager
    def may_destroy(self, path: Path | None = None) -> Iterator[None]:
        """Stop expecting the words and acts that a person destroys here, if they were in view and in no commit.

        Acts are in no commit either once `reset --soft` took theirs away.
        """
        acts = self._uncommitted(path) if path else set()
        words = self.expected.texts & (words_in(path.read_text("utf-8", "replace")) if path else self.expected.texts)
        kept_before = words & expectations.find_words(self.desks) if words else words
        yield
        self.expected.texts -= kept_before - expectations.find_words(self.desks) if kept_before else set()
        acts -= events_in(path.read_bytes()) if path and path.exists() else set()
        self.expected.events -= acts

    def _uncommitted(self, path: Path) -> set[EventKey]:
        """Return the events that are only in this file, and not in what its desk has committed."""
        desk = next(desk for desk in self.desks if path.is_relative_to(desk))
        names = git(desk, "ls-tree", "-r", "--name-only", "HEAD", "tickets/open", "tickets/archive").split()
        texts = (git(desk, "show", f"HEAD:{name}") for name in names if name.endswith(".yaml"))
        return events_in(path.read_bytes()) - set().union(*(events_in(text.encode()) for text in texts))

    def forge(self, which: int, path: Path, do: str, author: str, *, days: int = 0) -> None:
        """Commit an unsigned event with git: in another person's name than the author's, or for a future day."""
        text, word = path.read_text("utf-8").rstrip("\n"), self.next_word("forged")
        number = max(map(int, re.findall(r"^- n: (\d+)$", text, re.MULTILINE)), default=0) + 1
        at = (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()
        by = LEAD if author == LEAD else "huang.lei"
        path.write_text(f"{text}\n- n: {number}\n  at: {at}\n  by: {by}\n  do: {do}\n  note: {word}\n", "utf-8")
        if self.signed or author != LEAD:
            self.expected.forged.add(word)
        self.git(which, "add", "--", str(path))
        person = ("-c", f"user.name={author}", "-c", f"user.email={author}@fenji.example")
        self.git(which, *person, "commit", "-q", "-m", f"{path.stem}: {do}", "--", str(path))

    def change_role(self, which: int) -> None:
        """Take the lead's role, or give it back, as the admin does with git."""
        path = self.desks[which] / "policy.yaml"
        text = path.read_text("utf-8")
        old, new = (
            ("[lead]", "[engineer]")
            if f"email: {LEAD}@fenji.example, roles: [lead]" in text
            else ("[engineer]", "[lead]")
        )
        head = f"email: {LEAD}@fenji.example, roles: "
        path.write_text(text.replace(head + old, head + new), "utf-8")
        person = ("-c", "user.name=Sun Yu", "-c", "user.email=sun.yu@fenji.example")
        self.git(which, *person, "commit", "-q", "-m", "roles", "--", "policy.yaml")

    def use_git(self, which: int, verb: str) -> None:
        """Do one of VERBS; if git stops, everything is left as it is, except that a rebase is finished."""
        if verb == "commit":
            self.commit(which)
        elif verb.startswith("branch "):
            self.git(which, "switch", "-q", "-C", "draft")
            self.commit(which)
            self.git(which, "switch", "-q", "main")
            self.git(which, "merge", "-q", "--no-edit", verb.partition(" ")[2], "draft")
        elif verb.startswith("merge"):
            self.git(which, "fetch", "-q")
            self.git(which, *verb.split(), "-q", "--no-edit", "origin/main")
        elif verb == "revert":
            # The first commit of the desk, or of a shallow clone, is not reverted.
            if git(self.desks[which], "rev-parse", "-q", "--verify", "HEAD~1", check=False):
                self.git(which, "revert", "--no-edit", "HEAD")
        else:
            self._run_verb(which, verb)
        self.finish_rebase(which)

    def _run_verb(self, which: int, verb: str) -> None:
        if verb.startswith(("stash", "reset")):
            if verb.startswith("reset"):
                self.expected.forged.clear()  # acts committed again are committed under another name
            with self.may_destroy():
                self.git(which, *verb.split())
        else:
            self.git(which, *verb.split())

    def finish_rebase(self, which: int) -> None:
        """Go on with a rebase that stopped, as git says; opening the desk merges the tickets in it each time."""
        state = self.desks[which] / ".git/rebase-merge"
        for _ in range(30):
            if not state.exists():
                return
            with self.desk(which):
                pass
            said = self.git(which, "rebase", "--continue")
            if "No changes" in said:  # the merge adds nothing; if git stops at the next commit, it names --skip too
                self.git(which, "rebase", "--skip")
        raise AssertionError(self.git(which, "status"))

    # --- how they meet ------------------------------------------------------------------------------------------------

    def sync(self, which: int) -> CommandResult:
        return fenji("sync", "--desk", self.desks[which])

    def sync_killed(self, which: int, end: Callable[[], None], delay: float | None) -> None:
        """Sync in a process of its own, which `end` prepares to end itself, or which is killed after `delay` s."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads; the child uses none of them
            child = os.fork()
        if child == 0:
            try:
                os.setpgid(0, 0)
                end()
                self.sync(which)
            finally:
                os._exit(0)
        with suppress(OSError):  # it has done so itself; on a busy machine it may not have begun
            os.setpgid(child, child)
        deadline = time.monotonic() + (120 if delay is None else delay)
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return
            time.sleep(0.005)

    def sync_cut_off(self, which: int) -> None:
        away = self.folder / "away.git"
        self.hub.rename(away)
        try:
            assert self.sync(which).code == 1
        finally:
            away.rename(self.hub)

    def refuse_once(self, words: str) -> None:
        """Have the hub refuse the next push with these words."""
        hook, judge = self.hub / "hooks/pre-receive", self.hub / "hooks/judge"
        if not judge.exists():
            hook.rename(judge)
            hook.write_text('#!/bin/sh\nif [ -f no ]; then cat no; rm no; exit 1; fi\nexec hooks/judge "$@"\n')
            hook.chmod(0o755)
        (self.hub / "no").write_text(f"{words}\n")

    def send(self, which: int) -> None:
        path = self.folder / "out.bundle"
        if fenji("bundle", path, "--whole", "--desk", self.desks[which]).code == 0:
            received = fenji("receive", path, "--desk", self.desks[1 - which])
            assert received.code == 0, received.err

    # --- in the end ---------------------------------------------------------------------------------------------------

    def assert_complete(self) -> None:
        """Assert that after some syncs both desks and the hub are equal, and that nothing is missing."""
        (self.hub / "no").unlink(missing_ok=True)
        for which in (0, 1):
            self.finish_rebase(which)
        results: dict[int, CommandResult] = {}
        for turn in range(2 * ROUNDS):
            results[turn % 2] = self.sync(turn % 2)
            trees = {git(repo, "rev-parse", "main^{tree}") for repo in (*self.desks, self.hub)}
            if turn and len(trees) == 1 and not any(result.code for result in results.values()):
                break
        assert not any(result.code for result in results.values()), [result.err for result in results.values()]
        assert len(trees) == 1, trees
        self.expected.assert_met(self.hub, self.desks)


def _typed_lines(field_path: str, word: str) -> str:
    """Return the lines of a field as somebody types them; the word is in a comment where it cannot be the value."""
    name, _, part = field_path.partition(".")
    if name in ("description", "cause", "decision", "solution", "lessons"):
        return f"{name}: |\n  {word}\n  second line\n"
    if name == "state":
        return f"state: confirmed  # {word}\n"
    if name in ("units", "tags"):
        return f"{name}: [{word}]\n"
    if name in ("resources", "plan"):
        return f"{name}:\n- {{key: {word}, what: {word}}}\n"
    if name == "links":
        return f"links: [{{to: KSA-2020-0001, as: related}}]  # {word}\n"
    return f"{name}:\n  {part}: {word}\n" if part else f"{name}: {word}\n"
