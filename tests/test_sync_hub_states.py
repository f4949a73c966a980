"""Desks that do what a desk, an editor, git, a link and a clock allow: a hub that checks takes every sync."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fenji.errors import FenjiError
from histories import LEAD, SHAPES, VERBS, DesksUnderHub, remove_templates
from minutes import EXAMPLES_FACTOR
from test_sync_killed import POINTS

# A nightly run has a factor of 20: 2,000 histories, over as many processes as there are parts.
PARTS = 4 if EXAMPLES_FACTOR > 1 else 1
EXAMPLES = 25 * EXAMPLES_FACTOR if EXAMPLES_FACTOR > 1 else 2
WHICH, DESK = st.integers(0, 7), st.integers(0, 1)
PEOPLE = st.sampled_from(("li.wei", LEAD, "zhao.min"))
DAYS = st.sampled_from((0, 0, 0, 0, -3, 3))  # by which a clock is wrong
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
PATHS = (
    "title", "kind", "state", "priority", "impact", "occurrence", "site", "requester.name", "product.part", "owner",
    "units", "tags", "links", "description", "cause", "decision", "solution", "lessons", "resources", "plan",
    "formerly", "log", "odd",
)  # fmt: skip
STRAYS = (
    "tickets/open/.x.swp", "tickets/open/{}.yaml~", "tickets/open/.DS_Store", "tickets/open/more/x",
    "tickets/files/{}/loose.jpg", "notes/x.txt",
)  # fmt: skip
FORGERIES = (
    *((do, "ghost", 0) for do in ("note", "archive", "confirm", "solve")),
    ("note", "huang.lei", 3),
    ("confirm", "li.wei", 0),
    ("confirm", LEAD, 0),
)  # what, by the commit's author, so many days from now
FAILURES = st.one_of(st.just("cut off"), st.floats(0.02, 0.8), st.sampled_from(POINTS))


def die_at(when: str, module: str, name: str) -> Callable[[], None]:
    """A preparation that has a process end itself before or after a function of fenji does its work."""

    def prepare() -> None:
        for other in ("fenji.sync.session", "fenji.sync.exchange", "fenji.sync.remake", module):
            import_module(other)
        work = getattr(import_module(module), name)

        def dying(*args: object, **more: object) -> None:
            if when == "after":
                work(*args, **more)
            os.killpg(0, signal.SIGKILL)

        for target in [loaded for key, loaded in sys.modules.items() if key.startswith("fenji")]:
            if getattr(target, name, None) is work:
                setattr(target, name, dying)

    return prepare


class UnderAHub(RuleBasedStateMachine):
    """Two desks of one site and a hub with its hook on."""

    @initialize(shape=st.sampled_from(SHAPES), signed=st.booleans())
    def begin(self, shape: str, signed: bool) -> None:  # noqa: FBT001 - a rule
        self.world = DesksUnderHub(shape, signed=signed)

    def teardown(self) -> None:
        try:
            self.world.assert_complete()
        finally:
            self.world.close()

    # --- what a desk allows -------------------------------------------------------------------------------------------

    @rule(which=DESK, ticket=WHICH, do=st.sampled_from(sorted(ACTS)), person=PEOPLE, days=DAYS)
    def act(self, which: int, ticket: int, do: str, person: str, days: int) -> None:
        path = self.world.path(which, ticket)
        if path:
            with suppress(FenjiError):
                self.world.perform(which, path, do, person, days=days, **ACTS[do])

    @rule(which=DESK, ticket=WHICH, person=PEOPLE)
    def finish(self, which: int, ticket: int, person: str) -> None:
        path = self.world.path(which, ticket)
        for do in ("solve", "confirm", "archive"):
            if path:
                with suppress(FenjiError):
                    self.world.perform(which, path, do, person, **ACTS[do])

    @rule(which=DESK, person=PEOPLE, days=DAYS)
    def report(self, which: int, person: str, days: int) -> None:
        with suppress(FenjiError):
            self.world.report(which, person, days=days)

    @rule(which=DESK, ticket=WHICH)
    def attach(self, which: int, ticket: int) -> None:
        path = self.world.path(which, ticket)
        if path:
            with suppress(FenjiError):
                self.world.attach(which, path, "li.wei")

    # --- what an editor and git allow ---------------------------------------------------------------------------------

    @rule(which=DESK, ticket=WHICH, field_path=st.sampled_from(PATHS), committed=st.booleans())
    def type_a_value(self, which: int, ticket: int, field_path: str, committed: bool) -> None:  # noqa: FBT001 - a rule
        path = self.world.path(which, ticket)
        if path:
            self.world.type_value(path, field_path)
            self._committed(which, committed=committed)

    @rule(which=DESK, ticket=WHICH, to=st.sampled_from(("gone", "gone and committed", "an old copy")))
    def destroy(self, which: int, ticket: int, to: str) -> None:
        path = self.world.path(which, ticket)
        if path is None:
            return
        with self.world.may_destroy(path):
            if to == "an old copy":
                self.world.git(which, "checkout", "-q", "HEAD~3", "--", str(path))
            else:
                path.unlink()
        self._committed(which, committed=to == "gone and committed")

    @rule(which=DESK, ticket=WHICH, name=st.sampled_from(STRAYS), committed=st.booleans())
    def lay_a_stray_file(self, which: int, ticket: int, name: str, committed: bool) -> None:  # noqa: FBT001 - a rule
        path = self.world.path(which, ticket)
        stray = self.world.desks[which] / name.format(path.stem if path else "x")
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.write_bytes(b"\x00mine")
        if committed:
            self.world.git(which, "add", "-f", "--sparse", str(stray))
            self.world.git(which, "commit", "-q", "-m", "by hand", "--", str(stray))

    def _committed(self, which: int, *, committed: bool) -> None:
        if committed:
            self.world.commit(which)

    @rule(which=DESK, verb=st.sampled_from(VERBS))
    def use_git(self, which: int, verb: str) -> None:
        self.world.use_git(which, verb)

    # --- what no hub takes --------------------------------------------------------------------------------------------

    @rule(which=DESK, ticket=WHICH, forgery=st.sampled_from(FORGERIES))
    def forge(self, which: int, ticket: int, forgery: tuple[str, str, int]) -> None:
        path = self.world.path(which, ticket)
        if path:
            do, author, days = forgery
            self.world.forge(which, path, do, author, days=days)

    @rule(which=DESK, sent=st.booleans())
    def change_a_role(self, which: int, sent: bool) -> None:  # noqa: FBT001 - a rule
        self.world.change_role(which)
        if sent:
            self.sync(which)

    # --- how they meet ------------------------------------------------------------------------------------------------

    @rule(which=DESK)
    def sync(self, which: int) -> None:
        result = self.world.sync(which)
        assert result.code == 0 or "not today" in result.err, result.err

    @rule(which=DESK)
    def send(self, which: int) -> None:
        self.world.send(which)

    @rule(which=DESK, failure=FAILURES)
    def fail_to_sync(self, which: int, failure: str | float | tuple[str, str, str]) -> None:
        """The hub is away, or the process is killed after so many seconds, or where it is."""
        if isinstance(failure, str):
            self.world.sync_cut_off(which)
        elif isinstance(failure, float):
            self.world.sync_killed(which, lambda: None, failure)
        else:
            self.world.sync_killed(which, die_at(*failure), None)

    @rule(ticket=WHICH, named=st.booleans())
    def refuse_the_next_push(self, ticket: int, named: bool) -> None:  # noqa: FBT001 - a rule
        path = self.world.path(0, ticket)
        self.world.refuse_once(f"{path.stem}: not today" if named and path else "not today")


UnderAHub.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@pytest.fixture(scope="module", autouse=True)
def _templates() -> Iterator[None]:
    yield
    remove_templates()


@pytest.mark.parametrize("_part", range(PARTS))
def test_histories_under_a_hub(_part: int) -> None:
    UnderAHub.TestCase().runTest()
