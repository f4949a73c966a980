"""The exchange with the hub behind the screens: one at a time, when it is asked for or on the desk's schedule.

The exchange itself runs in a reader's thread, which posts how far it is. Touches no widget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Sentence
from fenji.tui.messages import Answered

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.desk.exchange import Exchange
    from fenji.tui.glances import Glance, Seen
    from fenji.tui.kit import Kit
    from fenji.tui.threads import Post

TOPIC = "exchange"
TELL_S = 1.0  # how often it is told how far it is
LONGEST_WAIT = timedelta(hours=1)  # between tries that fail, unless the schedule itself is slower
_SURE_STEPS = ("write",)  # while files are written it is not stopped: that needs no network, and is soon done

Ask = Callable[[str, object, Callable[[], object]], None]  # reader, topic, question


@dataclass(frozen=True)
class Words:
    """What is to be said to the person."""

    text: str
    alarm: bool = False


@dataclass(frozen=True)
class _Far:
    """How far an exchange is: its step in words, and per cent of it, -1 unknown."""

    step: Sentence
    percent: int


@dataclass(frozen=True)
class _Ended:
    """An exchange ended: what it did, or why it failed; neither where it was stopped."""

    done: Exchange | None = None
    error: FenjiError | None = None


class _Stopped(Exception):
    """The person does not want it any more."""


class Exchanging:
    """How the exchange with the hub stands, and the one under way. `ask` has a reader find something out."""

    def __init__(self, kit: Kit, ask: Ask, post: Post) -> None:
        self._kit, self._desk, self._ask, self._post = kit, kit.desk, ask, post
        self._stop = False
        self._asked = False  # by the person, not by the schedule
        self._fails = 0
        self._every: timedelta | None = None
        self._looked_at: set[str] = set()
        self._far: _Far | None = None  # while one is under way
        self.stamp: object = None  # of what was last seen
        self.seen: Seen | None = None
        self.last: Exchange | None = None  # the latest of this run
        self.next_at: datetime | None = None  # when the schedule asks for one

    # --- how it stands ----------------------------------------------------------------------------------------------

    @property
    def progress(self) -> str:
        """`fetching 40 %`; `""` where none is under way."""
        if self._far is None:
            return ""
        words = self._kit.say(self._far.step)
        return words if self._far.percent < 0 else f"{words} {self._far.percent} %"

    @property
    def remote(self) -> str:
        """The name of the hub; `""` where there is none, or it is not known yet."""
        return self.seen.standing.remote if self.seen else ""

    @property
    def came(self) -> Collection[str]:
        """The numbers of the tickets that came in and that nobody has looked at."""
        return self.seen.came if self.seen else ()

    @property
    def failed(self) -> bool:
        """Whether the last exchange failed, as far as that is known while none is under way."""
        return bool(self.seen and self.seen.standing.failure and self.stamp is not None and self._far is None)

    def glanced(self, found: Glance) -> bool:
        """Take down what a glance told; whether anything is to be drawn anew. Begins an exchange that is due."""
        self.stamp = found.exchange
        changed = found.seen is not None and found.seen != self.seen
        self.seen = found.seen or self.seen
        if self.next_at and self.remote and self._far is None and self._desk.now() >= self.next_at:
            self.begin(asked=False)
            return True
        return changed

    def looked_at(self, numbers: Iterable[str]) -> None:
        """The person has looked at these tickets: they are new no longer."""
        fresh = set(numbers) & set(self.came)
        if not fresh:
            return
        self._looked_at |= fresh

        def forget() -> None:
            from fenji.desk import exchange

            ids, self._looked_at = self._looked_at, set()
            exchange.looked_at(self._desk, ids)

        self._ask("looked", "looked", forget)

    # --- the schedule -----------------------------------------------------------------------------------------------

    def plan(self) -> list[Sentence]:
        """Read the schedule; what is wrong with it. The first exchange is due once the last good one is old enough."""
        if not self._desk.seat.sync_every:
            return []
        from fenji.desk import exchange

        try:
            self._every = exchange.every(self._desk)
        except FenjiError as error:
            return [error.sentence]
        last_ok = exchange.standing(self._desk).last_ok
        if self._every:
            self.next_at = last_ok + self._every if last_ok else self._desk.now()
        return []

    def _plan_next(self, *, failed: bool) -> None:
        self._fails = self._fails + 1 if failed else 0
        if self._every:
            pause = min(self._every * 2 ** min(self._fails, 8), max(self._every, LONGEST_WAIT))
            self.next_at = self._desk.now() + pause

    # --- one exchange -----------------------------------------------------------------------------------------------

    def begin(self, *, asked: bool) -> str:
        """Begin one; what to say to the person who asked."""
        self._asked = asked or (self._asked and self._far is not None)
        if self._far is None:
            self._far, self._stop = _Far(Sentence("recording"), -1), False
            self._ask(TOPIC, TOPIC, self._run)
        return self._kit.say("Exchanging with the hub; go on meanwhile.")

    def stop(self) -> None:
        """End it at the next place where that can be done; what was recorded stays recorded."""
        self._stop = True

    def _run(self) -> _Ended:
        from fenji.desk import exchange

        told_s, told_step = 0.0, ""

        def progress(step: str, _part: str, done: int, of: int) -> None:
            nonlocal told_s, told_step
            if self._stop and step not in _SURE_STEPS:
                raise _Stopped
            now = time.monotonic()
            if step != told_step or now - told_s >= TELL_S:
                told_s, told_step = now, step
                words = exchange.STEPS.get(step, Sentence(step))
                self._post(Answered(TOPIC, _Far(words, done * 100 // of if of else -1)))

        try:
            return _Ended(done=exchange.sync(self._desk, progress=progress))
        except _Stopped:
            return _Ended()
        except FenjiError as error:
            return _Ended(error=error)

    def took(self, told: object) -> Words | None:
        """Take down what the thread told; what is to be said of it."""
        if isinstance(told, _Far):
            self._far = told if self._far else None
        if not isinstance(told, _Ended):
            return None
        asked, self._far, self._asked = self._asked, None, False
        self.stamp = None  # the next glance sees how it stands now
        self.last = told.done or self.last
        first_failure = not self._fails
        self._plan_next(failed=told.error is not None)
        if told.error:
            return self._failed(told.error) if asked or first_failure else None
        if told.done is None:
            return Words(self._kit.say("Stopped; everything is recorded here, and the next sync goes on."))
        return self._went_well(told.done) if asked or told.done.outcomes or told.done.policy_changed else None

    def _failed(self, error: FenjiError) -> Words:
        words = self._kit.voice.error(error)
        if self.next_at:
            at = self._kit.voice.time(self.next_at)
            words = f"{words} {self._kit.say('It is tried again at {time}.', time=at)}"
        return Words(words, alarm=True)

    def _went_well(self, done: Exchange) -> Words:
        say = self._kit.say
        if not (done.received or done.sent or done.policy_changed or done.policy_kept or done.left):
            return Words(say("Nothing new on either side."))
        parts = [say("{received} tickets received, {sent} sent", received=done.received, sent=done.sent) + "."]
        lost = sum(len(one.superseded) for one in done.outcomes)
        if lost:
            parts.append(say("Two wrote the same text, {count} times: both are kept.", count=lost))
        if done.policy_changed:
            parts.append(say("The rules have changed."))
        if done.policy_kept:
            hint = "policy.yaml: the hub's version stands; yours is kept in {path}."
            parts.append(say(hint, path=done.policy_kept))
        if done.left:
            parts.append(say("{count} files were left alone.", count=len(done.left)))
        if done.received or done.left:
            parts.append(say("{key} lists them.", key=self._kit.keymap.key("exchange")))
        return Words(" ".join(parts), alarm=bool(lost or done.policy_kept or done.left))
