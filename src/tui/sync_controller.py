"""Syncing with the hub in the background: one sync at a time, on request or on the desk's schedule.

The sync itself runs in a reader thread, which posts its progress and never touches a widget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import FenjiError, Problem, Sentence
from fenji.i18n import count_tickets
from tui.messages import ReaderAnswered, Topic

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.desk.exchange import StatusStamp, SyncResult
    from tui.context import Context
    from tui.polling import HubState, PollResult
    from tui.threads import PostMessage

SYNC_TOPIC = "exchange"
PROGRESS_INTERVAL_S = 1.0  # seconds between progress reports of the same step
MAX_RETRY_PAUSE = timedelta(hours=1)  # between failing attempts, unless the schedule itself is slower
# Steps during which a sync is not stopped: writing files needs no network and is quick.
_UNINTERRUPTIBLE_STEPS = ("write",)

AskReader = Callable[[str, Topic, Callable[[], object]], None]  # (reader name, topic, question)


class SyncNotice(Struct, frozen=True):
    """A notice for the user."""

    text: str
    is_error: bool = False


class _ProgressReport(Struct, frozen=True):
    """The progress of a sync: its step in words, and the percentage done, -1 if unknown."""

    step: Sentence
    percent: int


class _SyncEnded(Struct, frozen=True):
    """The end of a sync: its result, or why it failed; neither if it was stopped."""

    result: SyncResult | None = None
    error: FenjiError | None = None


class _SyncStopped(Exception):
    """The user stopped the sync."""


class SyncController:
    """Starts, schedules and tracks syncs with the hub; `ask_reader` answers a question in a reader thread."""

    def __init__(self, context: Context, ask_reader: AskReader, post_message: PostMessage) -> None:
        self._context, self._desk, self._ask_reader, self._post_message = (
            context,
            context.desk,
            ask_reader,
            post_message,
        )
        self._stop_requested = False
        self._requested = False  # by the user rather than the schedule
        self._repair = False  # before sending, hold back what the judge here refuses
        self._since_now = False  # let a draft of the rules take effect now
        self._queued: tuple[bool, bool] | None = None  # both, of the sync to start after the one that is running
        self._failure_count = 0
        self._interval: timedelta | None = None
        self._seen_ids: set[str] = set()
        self._progress: _ProgressReport | None = None  # while a sync is running
        self.sync_stamp: StatusStamp | None = None  # of the state last polled
        self.hub_state: HubState | None = None
        self.last_result: SyncResult | None = None  # of the latest sync since the interface started
        self.schedule_problems: tuple[Problem, ...] = ()
        self.next_sync_at: datetime | None = None  # by the schedule; None if there is none

    # --- status -----------------------------------------------------------------------------------------------------

    @property
    def progress_text(self) -> str:
        """`fetching 40 %`; `""` if no sync is running."""
        if self._progress is None:
            return ""
        text = self._context.say(self._progress.step)
        return text if self._progress.percent < 0 else f"{text} {self._progress.percent} %"

    @property
    def remote(self) -> str:
        """The name of the hub's remote; `""` if there is none, or if it is not known yet."""
        return self.hub_state.status.remote if self.hub_state else ""

    @property
    def new_ids(self) -> Collection[str]:
        """The numbers of received tickets that nobody has looked at."""
        return self.hub_state.arrivals if self.hub_state else ()

    @property
    def unsent(self) -> Mapping[str, bool]:
        """The numbers of tickets waiting to be sent, and whether each is provisional."""
        return self.hub_state.unsent if self.hub_state else {}

    @property
    def changes_to_send(self) -> int:
        """How many changes (commits) the hub lacks, the count next to the outgoing sign on every screen."""
        return self.hub_state.status.ahead if self.hub_state and self.remote else 0

    def describe_delivery(self, ticket_id: str, git_status: str = "") -> str:
        """Return in words whether a ticket is recorded only here, sent, or seen by others (from `git_status`)."""
        if not self.remote:
            return ""
        if ticket_id in self.unsent:
            return self._context.say("recorded, number provisional" if self.unsent[ticket_id] else "recorded, not sent")
        return self._context.say("seen by others" if git_status == "seen" else "sent")

    @property
    def last_failed(self) -> bool:
        """Whether the last sync is known to have failed; False while one is running."""
        return bool(
            self.hub_state and self.hub_state.status.failure and self.sync_stamp is not None and self._progress is None
        )

    def apply_poll(self, poll: PollResult) -> bool:
        """Take in the result of a poll, and start a sync if one is due; return whether to redraw."""
        self.sync_stamp = poll.sync_stamp
        changed = poll.hub_state is not None and poll.hub_state != self.hub_state
        self.hub_state = poll.hub_state or self.hub_state
        if self.next_sync_at and self.remote and self._progress is None and self._desk.now() >= self.next_sync_at:
            self.start(requested=False)
            return True
        return changed

    def mark_seen(self, ticket_ids: Iterable[str]) -> None:
        """Mark these tickets as seen, so that they are no longer new."""
        newly_seen = set(ticket_ids) & set(self.new_ids)
        if not newly_seen:
            return
        self._seen_ids |= newly_seen

        def record_seen() -> None:
            from fenji.desk import exchange

            ids, self._seen_ids = self._seen_ids, set()
            exchange.mark_seen(self._desk, ids)

        self._ask_reader("looked", "looked", record_seen)

    # --- schedule ---------------------------------------------------------------------------------------------------

    def load_schedule(self) -> None:
        """Read the schedule and note its problems; the first sync is due one interval after the last successful one."""
        if not self._desk.user.sync_every:
            return
        from fenji.desk import exchange

        try:
            self._interval = exchange.sync_interval(self._desk)
        except FenjiError as error:
            self.schedule_problems = (Problem(str(self._desk.repo.git_dir / "config"), 0, 0, "", error.sentence),)
            return
        last_ok = exchange.read_status(self._desk).last_ok
        if self._interval:
            self.next_sync_at = last_ok + self._interval if last_ok else self._desk.now()

    def _schedule_next(self, *, failed: bool) -> None:
        self._failure_count = self._failure_count + 1 if failed else 0
        if self._interval:
            pause = min(self._interval * 2 ** min(self._failure_count, 8), max(self._interval, MAX_RETRY_PAUSE))
            self.next_sync_at = self._desk.now() + pause

    # --- a sync -----------------------------------------------------------------------------------------------------

    def start(self, *, requested: bool, repair: bool = False, since_now: bool = False) -> str:
        """Start a sync, and return the notice for the user.

        While one runs, another is started after it if it is to do more, or if the running one is being stopped.
        """
        self._requested = requested or (self._requested and self._progress is not None)
        if self._progress is None:
            self._progress, self._stop_requested = _ProgressReport(Sentence("recording"), -1), False
            self._repair, self._since_now = repair, since_now
            self._ask_reader(SYNC_TOPIC, SYNC_TOPIC, self._run_sync)
        elif repair or since_now or self._stop_requested:
            queued = self._queued or (False, False)
            self._queued = repair or queued[0], since_now or queued[1]
        return self._context.say("Exchanging with the hub; you can carry on.")

    def stop(self) -> None:
        """Stop the running sync at the next safe point; changes that are recorded stay recorded."""
        self._stop_requested, self._queued = True, None

    def _run_sync(self) -> _SyncEnded:
        from fenji.desk import exchange

        reported_s, reported_step = 0.0, ""

        def report_progress(step: str, _part: str, done_count: int, total: int) -> None:
            nonlocal reported_s, reported_step
            if self._stop_requested and step not in _UNINTERRUPTIBLE_STEPS:
                raise _SyncStopped
            now = time.monotonic()
            if step != reported_step or now - reported_s >= PROGRESS_INTERVAL_S:
                reported_s, reported_step = now, step
                sentence = exchange.STEPS.get(step, Sentence(step))
                self._post_message(
                    ReaderAnswered(SYNC_TOPIC, _ProgressReport(sentence, done_count * 100 // total if total else -1))
                )

        try:
            result = exchange.sync(self._desk, progress=report_progress, repair=self._repair, since_now=self._since_now)
            return _SyncEnded(result=result)
        except _SyncStopped:
            return _SyncEnded()
        except FenjiError as error:
            return _SyncEnded(error=error)

    def handle_report(self, report: object) -> SyncNotice | None:
        """Take in a report of the sync thread, and return a notice for the user if there is something to say."""
        if isinstance(report, _ProgressReport):
            self._progress = report if self._progress else None
        if not isinstance(report, _SyncEnded):
            return None
        requested, self._progress, self._requested = self._requested, None, False
        queued, self._queued = self._queued, None
        self.sync_stamp = None  # makes the next poll read the state again
        self.last_result = report.result or self.last_result
        first_failure = not self._failure_count
        self._schedule_next(failed=report.error is not None)
        if queued:
            self.start(requested=True, repair=queued[0], since_now=queued[1])
        if report.error:
            return self._failure_notice(report.error) if requested or first_failure else None
        if report.result is None:
            return SyncNotice(self._context.say("Stopped; everything is recorded here, and the next sync continues."))
        return (
            self._success_notice(report.result)
            if requested or report.result.outcomes or report.result.policy_changed
            else None
        )

    def _failure_notice(self, error: FenjiError) -> SyncNotice:
        text = self._context.formatter.format_error(error)
        if self.next_sync_at:
            retry_time = self._context.formatter.format_time(self.next_sync_at)
            again = self._context.say("It will be retried at {time}.", time=retry_time)
            text = self._context.formatter.join_sentences([text, again])
        return SyncNotice(text, is_error=True)

    def _success_notice(self, result: SyncResult) -> SyncNotice:
        say = self._context.say
        alerts, news = self._describe_alerts(result), self._describe_news(result)
        if not (result.received or result.sent or alerts or news):
            return SyncNotice(say("Nothing new on either side."))
        exchanged = say("{tickets} received, {sent} sent", tickets=count_tickets(result.received), sent=result.sent)
        sentences = [self._context.formatter.close_sentence(exchanged), *alerts, *news]
        if result.received or result.held or _list_newly_left_alone(result):
            sentences.append(say("{key} lists them.", key=self._context.keymap.key_label("exchange")))
        return SyncNotice(self._context.formatter.join_sentences(sentences), is_error=bool(alerts))

    def _describe_alerts(self, result: SyncResult) -> list[str]:
        """Return the outcomes of a sync that need attention, without files that an earlier sync has already named."""
        superseded_count = sum(len(outcome.superseded) for outcome in result.outcomes)
        left_alone_count = len(_list_newly_left_alone(result))
        template = "{file}: the hub's version is used; yours is kept in {path}."
        kept_sentences = [Sentence(template, {"file": path, "path": kept}) for path, kept in result.drafts_kept.items()]
        candidates: list[tuple[object, Sentence | None]] = [
            (result.clock_problem, result.clock_problem),
            (
                result.held,
                Sentence(
                    "{count} act was refused and is held back.",
                    {"count": len(result.held)},
                    plural="{count} acts were refused and are held back.",
                ),
            ),
            (
                superseded_count,
                Sentence(
                    "{count} text was written by two people: both are kept.",
                    {"count": superseded_count},
                    plural="{count} texts were written by two people: both are kept.",
                ),
            ),
            *((True, sentence) for sentence in kept_sentences),
            (
                left_alone_count,
                Sentence(
                    "{count} file was left alone.",
                    {"count": left_alone_count},
                    plural="{count} files were left alone.",
                ),
            ),
        ]
        return [self._context.say(sentence) for present, sentence in candidates if present and sentence]

    def _describe_news(self, result: SyncResult) -> list[str]:
        """Return the other outcomes of a sync worth a message."""
        candidates: list[tuple[object, Sentence]] = [
            (
                result.released,
                Sentence(
                    "{count} held act was sent.",
                    {"count": result.released},
                    plural="{count} held acts were sent.",
                ),
            ),
            (
                result.carried_to,
                Sentence(
                    "What was recorded off the desk's branch, {branch}, was merged into it.",
                    {"branch": result.carried_to},
                ),
            ),
            (result.policy_changed, Sentence("The rules have changed.")),
        ]
        return [self._context.say(sentence) for present, sentence in candidates if present]


def _list_newly_left_alone(result: SyncResult) -> list[Problem]:
    return [problem for problem in result.left_alone if problem.path not in result.named_before]
