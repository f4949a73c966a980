"""Desks that do what a desk allows, and what an editor and git allow, around a hub that checks: it takes every sync."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import worlds
from clones import git
from commandline import fenji
from fenji.desk import Desk, exchange
from fenji.errors import FenjiError
from minutes import EXAMPLES_FACTOR

WHICH, DESK = st.integers(0, 7), st.integers(0, 1)
PEOPLE = ("li.wei", "wang.fang", "zhao.min")
SOLVED = {"cause": "salt", "decision": "replace", "solution": "new spares"}
ACTS: dict[str, dict[str, Any]] = {
    "note": {"note": "seen"},
    "respond": {},
    "assign": {"fields": {"owner": "li.wei"}},
    "wait": {"reason": "customer"},
    "resume": {},
    "edit": {"fields": {"cause": "a text", "plan.m1": {"key": "m1", "what": "x"}}},
    "classify": {"fields": {"impact": "major", "occurrence": "rare"}},
    "solve": {"fields": SOLVED},
    "confirm": {},
    "archive": {},
    "reopen": {"reason": "again"},
    "withdraw": {"reason": "a mistake"},
}
TYPED = ("title", "state", "priority", "owner", "impact")


class UnderAHub(RuleBasedStateMachine):
    """Two desks of one site and a hub with its hook on."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fenji-hub-"))
        ksa = worlds.make("two_sites", self.folder / "world")
        self.desks = ksa, ksa.parent / worlds.OTHER_CLONE
        self.hub = ksa.parent / worlds.HUB
        assert fenji("hub", "init", self.hub).code == 0
        for desk in self.desks:
            git(desk, "config", "fenji.site", "KSA")
        self.count = 0

    def teardown(self) -> None:
        try:
            for desk in (*self.desks, *self.desks, *self.desks):
                self._synced(desk)
            trees = {git(repo, "rev-parse", "main^{tree}") for repo in (*self.desks, self.hub)}
            assert len(trees) == 1
            for desk in self.desks:
                assert fenji("check", "--desk", desk).code == 0
                git(desk, "fsck", "--strict")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def desk(self, which: int, person: str = "") -> Iterator[Desk]:
        with Desk.open(self.desks[which], person=person, now=lambda: datetime.now(UTC)) as desk:
            exchange.finish_interrupted(desk)
            yield desk

    def path(self, which: int, ticket: int) -> Path | None:
        """One of the tickets at a desk, live ones first."""
        paths = sorted((self.desks[which] / "tickets/open").glob("*.yaml"))[:5]
        paths += sorted((self.desks[which] / "tickets/archive/KSA").rglob("*.yaml"))[-3:]
        return paths[ticket % len(paths)] if paths else None

    # --- what a desk allows -------------------------------------------------------------------------------------------

    @rule(which=DESK, ticket=WHICH, do=st.sampled_from(sorted(ACTS)), person=st.sampled_from(PEOPLE))
    def act(self, which: int, ticket: int, do: str, person: str) -> None:
        path = self.path(which, ticket)
        with suppress(FenjiError), self.desk(which, person) as desk:
            if path:
                desk.act(path.stem, do, **ACTS[do])

    @rule(which=DESK, ticket=WHICH)
    def finish(self, which: int, ticket: int) -> None:
        path = self.path(which, ticket)
        if path is None:
            return
        for do in ("solve", "confirm", "archive"):
            with suppress(FenjiError), self.desk(which, "zhao.min") as desk:
                desk.act(path.stem, do, **ACTS[do])

    @rule(which=DESK)
    def report(self, which: int) -> None:
        self.count += 1
        with suppress(FenjiError), self.desk(which, "li.wei") as desk:
            desk.new({"title": f"report {self.count}"})

    @rule(which=DESK, ticket=WHICH)
    def attach(self, which: int, ticket: int) -> None:
        self.count += 1
        path, photo = self.path(which, ticket), self.folder / "photo.jpg"
        photo.write_text(f"picture {self.count}")
        with suppress(FenjiError), self.desk(which, "li.wei") as desk:
            if path:
                desk.attach(path.stem, [photo])

    # --- what an editor and git allow ---------------------------------------------------------------------------------

    @rule(which=DESK, ticket=WHICH, field=st.sampled_from(TYPED), committed=st.booleans())
    def type_a_field(self, which: int, ticket: int, field: str, committed: bool) -> None:  # noqa: FBT001 - a rule
        self.count += 1
        path = self.path(which, ticket)
        if path:
            text = re.sub(
                rf"^{field}: .*$", f"{field}: typed{self.count}", path.read_text(), count=1, flags=re.MULTILINE
            )
            path.write_text(text.replace(f"state: typed{self.count}", "state: confirmed"))
            self._committed(which, committed=committed)

    @rule(which=DESK, ticket=WHICH, committed=st.booleans())
    def type_a_text(self, which: int, ticket: int, committed: bool) -> None:  # noqa: FBT001 - a rule
        self.count += 1
        path = self.path(which, ticket)
        if path:
            path.write_text(path.read_text().replace("cause: |\n", f"cause: |\n  typed {self.count}\n", 1))
            self._committed(which, committed=committed)

    @rule(which=DESK, ticket=WHICH, committed=st.booleans())
    def remove(self, which: int, ticket: int, committed: bool) -> None:  # noqa: FBT001 - a rule
        path = self.path(which, ticket)
        if path:
            path.unlink()
            self._committed(which, committed=committed)

    @rule(which=DESK, ticket=WHICH)
    def take_an_old_copy(self, which: int, ticket: int) -> None:
        path, desk = self.path(which, ticket), self.desks[which]
        if path:
            relative = str(path.relative_to(desk))
            git(desk, "checkout", "-q", "HEAD~3", "--", relative, check=False)
            self._committed(which, committed=True)

    def _committed(self, which: int, *, committed: bool) -> None:
        if committed:
            git(self.desks[which], "add", "-A", "tickets")
            git(self.desks[which], "commit", "-q", "-m", "by hand", check=False)

    @rule(which=DESK)
    def pull(self, which: int) -> None:
        git(self.desks[which], "pull", "-q", "--no-rebase", "--no-edit", check=False)

    # --- how they meet ------------------------------------------------------------------------------------------------

    @rule(which=DESK)
    def sync(self, which: int) -> None:
        self._synced(self.desks[which])

    @rule(which=DESK)
    def send(self, which: int) -> None:
        path = self.folder / "out.bundle"
        assert fenji("bundle", path, "--whole", "--desk", self.desks[which]).code == 0
        assert fenji("receive", path, "--desk", self.desks[1 - which]).code == 0

    def _synced(self, desk: Path) -> None:
        result = fenji("sync", "--desk", desk)
        assert result.code == 0, result.err


UnderAHub.TestCase.settings = settings(
    max_examples=EXAMPLES_FACTOR,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestUnderAHub = UnderAHub.TestCase
