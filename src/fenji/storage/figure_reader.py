"""Read the facts for reports: of archived tickets from a cache that is kept up to date, of open ones as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fenji.errors import Damaged, FenjiError
from fenji.model import policy as policies
from fenji.model.appraisal.facts import Facts, TicketFacts
from fenji.model.board import BadFile
from fenji.storage import changed_facts, figures_cache, layout, open_facts, yaml_codec
from fenji.storage.figures_cache import CachedFacts, CacheStamp
from fenji.storage.reader import StoredTicket

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.git import Repo
    from fenji.model.policy import Policy
    from fenji.model.values import Value
    from fenji.storage.reader import TicketReader
    from fenji.storage.store import Store

FileFacts = TicketFacts | BadFile | None  # of a file; None if it is not there, or its clocks cannot be read
Progress = Callable[[int, int], None]  # tickets read so far, tickets in all
_ARCHIVE = "tickets/archive/"
_POLICY_FILE = "policy.yaml"
_PROGRESS_STEP = 200  # tickets between two reports of progress
_MAX_CHANGED = 4000  # changed files whose facts are kept apart from the cache; with more, it is rewritten
_FEW = 50  # files in a batch when changed files are read
# The policy keys that a ticket's facts depend on; changes to other keys leave the facts valid.
_COUNTED_KEYS = (
    *("format", "since", "earlier", "priorities", "matrix", "kinds", "calendars", "sites", "waiting", "at_risk"),
    *("people", "units", "corrections", "zone"),
)
_UNCOUNTED_PARTS = {"people": ("name", "email", "key"), "units": ("name",), "sites": ("name",)}


class FigureReader:
    """Reads the facts of a desk's tickets under the policy in force, given as its text.

    `bad_files` are the archived files that the latest `read` met and could not read.
    """

    def __init__(self, store: Store, repo: Repo, policy_text: bytes) -> None:
        self.bad_files: list[BadFile] = []
        self._store, self._repo, self._policy_text = store, repo, policy_text
        self._index_folder: Path = store.root / "index"

    def read(self, now: datetime, *, progress: Progress | None = None) -> Facts:
        """Return the facts of all tickets: archived ones from the cache, open ones as they are now."""
        facts = self._archive_facts(now, progress)
        stamp = f"{policy_digest(self._policy_text)} {figures_cache.release()}"
        found = open_facts.read_open(self._store, partial(parse_policy, self._policy_text), now, stamp=stamp)
        known = facts.find_uids({each.ticket.uid for each in found})
        facts = facts.without(known) if known else facts
        facts.add(found)
        return facts

    def read_tickets(self, numbers: Iterable[str], at: datetime) -> Iterator[TicketFacts]:
        """Yield the facts at an instant of the tickets with these numbers."""
        paths = [
            path for number in numbers for path in layout.ticket_paths(number) if (self._store.root / path).exists()
        ]
        yield from (found for found in self._read_files(paths, at) if isinstance(found, TicketFacts))

    def _archive_facts(self, now: datetime, progress: Progress | None) -> Facts:
        stamp = CacheStamp(self._repo.head() or "", policy_digest(self._policy_text), figures_cache.release())
        kept = figures_cache.load(self._index_folder)
        is_same_reading = kept and (kept.stamp.policy, kept.stamp.release) == (stamp.policy, stamp.release)
        changed = self._changed_since(kept, stamp.commit, now) if kept and is_same_reading else None
        if kept is None or changed is None:
            self.bad_files.clear()
            facts = self._read_all(now, progress)
        else:
            facts = self._with_unread(_replace(kept.facts, changed), {*kept.unread, *changed}, changed, now)
            if len(changed) <= _MAX_CHANGED:
                return facts
        figures_cache.save(self._index_folder, stamp, facts, [bad.path for bad in self.bad_files])
        return facts

    def _with_unread(
        self, facts: Facts, paths: Iterable[str], changed: Mapping[str, TicketFacts | None], now: datetime
    ) -> Facts:
        """Return the facts with those of files that could not be read before and can be now; the others are named."""
        unread = sorted(path for path in paths if not changed.get(path))
        found = dict(zip(unread, self._read_files(unread, now), strict=True))
        self.bad_files = [bad for bad in found.values() if isinstance(bad, BadFile)]
        return _replace(facts, {path: each for path, each in found.items() if isinstance(each, TicketFacts)})

    def _changed_since(self, kept: CachedFacts, commit: str, now: datetime) -> dict[str, TicketFacts | None] | None:
        """Return by path the facts of archived files that changed since the cache was written (None: file removed).

        They are kept apart from the cache, so that a pull costs no more than it brings. Returns None if all files must
        be read again.
        """
        since, changed = changed_facts.load(self._index_folder, kept)
        if since == commit:
            return changed
        changes = self._repo.changed_since(since) if since else None
        if changes is None:
            return None
        paths = [change.path for change in changes if change.path.startswith(_ARCHIVE)]
        changed |= self._read_changed(paths, now)
        changed_facts.save(self._index_folder, kept, commit, changed)
        return changed

    def _read_changed(self, paths: Sequence[str], now: datetime) -> dict[str, TicketFacts | None]:
        found = self._read_files(paths, now, batch_size=_FEW)
        return {path: each if isinstance(each, TicketFacts) else None for path, each in zip(paths, found, strict=True)}

    def _read_files(self, paths: Sequence[str], at: datetime, *, batch_size: int = 0) -> Iterator[FileFacts]:
        """Yield the facts of ticket files at an instant, read on two cores."""
        from fenji.storage.two_cores import Job, read_in_batches

        job = Job("fenji.storage.figure_reader:read_each", (self._policy_text, at))
        return read_in_batches(self._store.root, paths, job, batch_size=batch_size)

    def _read_all(self, now: datetime, progress: Progress | None) -> Facts:
        paths = list(self._store.reader.iter_archive_paths())
        facts = Facts()
        facts.add(self._good_ones(_with_progress(self._read_files(paths, now), len(paths), progress)))
        return facts

    def _good_ones(self, found: Iterable[FileFacts]) -> Iterator[TicketFacts]:
        """Yield the facts, and collect the files that cannot be read."""
        for each in found:
            if isinstance(each, TicketFacts):
                yield each
            elif each:
                self.bad_files.append(each)


def _with_progress(found: Iterable[FileFacts], total: int, progress: Progress | None) -> Iterator[FileFacts]:
    for count, facts in enumerate(found, start=1):
        if progress and count % _PROGRESS_STEP == 0:
            progress(count, total)
        yield facts


def _replace(facts: Facts, changed: Mapping[str, TicketFacts | None]) -> Facts:
    """Return the cached facts, with those of changed files replaced."""
    if not changed:
        return facts
    found = [each for each in changed.values() if each]
    numbers, uids = {PurePosixPath(path).stem for path in changed}, {each.ticket.uid for each in found}
    places = {*facts.words.own_places("id", numbers), *facts.words.own_places("uid", uids)}
    first = facts.words.own_number("uid")
    left = facts.without_numbers({first + place for place in places})
    left.add(found)
    return left


def read_each(reader: TicketReader, paths: Iterable[str], context: tuple[bytes, datetime]) -> list[FileFacts]:
    """Return the facts of each ticket file."""
    policy, now = parse_policy(context[0]), context[1]
    return [_read_file(reader, path, policy, now) for path in paths]


def _read_file(reader: TicketReader, path: str, policy: Policy, now: datetime) -> FileFacts:
    from fenji.model.appraisal.read_facts import read_facts

    stored = reader.read_path(path)
    try:
        return read_facts(stored.ticket, policy, now) if isinstance(stored, StoredTicket) else stored
    except FenjiError:  # a calendar that never opens, which `check` reports
        return None


@lru_cache(maxsize=2)
def parse_policy(text: bytes) -> Policy:
    """Parse a policy that is in force. Raises Damaged for one that has faults."""
    policy, faults = policies.parse_policy(yaml_codec.load(text, _POLICY_FILE))
    if policy is None:
        problems = yaml_codec.locate_faults(text, _POLICY_FILE, faults)
        raise Damaged("{path} is refused.", path=_POLICY_FILE, problems=problems)
    return policy


@lru_cache(maxsize=2)
def policy_digest(text: bytes) -> str:
    """Return a digest of the policy keys that facts depend on."""
    document = yaml_codec.load(text, _POLICY_FILE)
    mapping = document if isinstance(document, Mapping) else {}
    counted = {key: _counted_part(key, mapping[key]) for key in _COUNTED_KEYS if key in mapping}
    return hashlib.sha256(json.dumps(counted, sort_keys=True, default=str).encode()).hexdigest()


def _counted_part(key: str, value: Value) -> Value:
    """Return what a policy says under a key, without the parts of each person, unit or site that no fact depends on."""
    uncounted = _UNCOUNTED_PARTS.get(key, ())
    if not uncounted or not isinstance(value, Mapping):
        return value
    return {
        name: {part: text for part, text in entry.items() if part not in uncounted}
        if isinstance(entry, Mapping)
        else entry
        for name, entry in value.items()
    }
