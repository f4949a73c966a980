"""Facts for reports: of archived tickets what was kept, with what changed since read again; of open ones read now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fenji.errors import FenjiError
from fenji.model import policy as policies
from fenji.model.appraisal.facts import Facts, TicketFacts
from fenji.model.appraisal.read_facts import read_facts
from fenji.storage import figures_cache, layout, open_facts, two_cores, yaml_codec
from fenji.storage.figures_cache import CachedFacts, CacheStamp
from fenji.storage.reader import StoredTicket

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.git import Repo
    from fenji.model.policy import Policy
    from fenji.storage.reader import TicketReader
    from fenji.storage.store import Store

Progress = Callable[[int, int], None]  # tickets read, of how many
_ARCHIVE = "tickets/archive/"
_PROGRESS_STEP = 200
# What the facts of a ticket hang on; the rest of the policy may change and they stay.
_COUNTED_KEYS = (
    *("format", "since", "earlier", "priorities", "matrix", "kinds", "calendars", "sites", "waiting", "at_risk"),
    *("people", "units", "corrections"),
)


class FigureReader:
    """Reads the facts of a desk's tickets under the policy in force, given as its text."""

    def __init__(self, store: Store, repo: Repo, policy_text: bytes) -> None:
        self._store, self._repo, self._policy_text = store, repo, policy_text
        self._index_folder: Path = store.root / "index"

    def read(self, now: datetime, *, progress: Progress | None = None) -> Facts:
        """Return the facts of all tickets: archived ones as they were kept, open ones read now."""
        facts = self._archive_facts(now, progress)
        stamp = f"{policy_digest(self._policy_text)} {figures_cache.release()}"
        found = open_facts.read_open(self._store, parse_policy(self._policy_text), now, stamp=stamp)
        open_uids = {each.ticket.uid for each in found}
        facts = facts.without(open_uids) if open_uids & facts.words.numbers.keys() else facts
        facts.add(found)
        return facts

    def read_tickets(self, numbers: Iterable[str], at: datetime) -> Iterator[TicketFacts]:
        """Yield the facts of some tickets, given by number, as of an instant."""
        paths = [
            path for number in numbers for path in layout.ticket_paths(number) if (self._store.root / path).exists()
        ]
        work = "fenji.storage.figure_reader:read_batch"
        yield from two_cores.read_in_batches(self._store.root, paths, work, (self._policy_text, at))

    def _archive_facts(self, now: datetime, progress: Progress | None) -> Facts:
        stamp = CacheStamp(self._repo.head() or "", policy_digest(self._policy_text), figures_cache.release())
        kept = figures_cache.load(self._index_folder)
        if kept and kept.stamp == stamp:
            return kept.facts
        changed = self._changed_paths(kept, stamp) if kept else None
        if kept is None or changed is None:
            facts = self._read_all(now, progress)
        else:
            facts = self._replace(kept.facts, changed, now)
        figures_cache.save(self._index_folder, stamp, facts)
        return facts

    def _changed_paths(self, kept: CachedFacts, stamp: CacheStamp) -> list[str] | None:
        """Return what changed in the archive since facts were kept; None where all must be read again."""
        if (kept.stamp.policy, kept.stamp.release) != (stamp.policy, stamp.release):
            return None
        changes = self._repo.changed_since(kept.stamp.commit) if kept.stamp.commit else None
        if changes is None:
            return None
        return [change.path for change in changes if change.path.startswith(_ARCHIVE)]

    def _replace(self, facts: Facts, paths: Sequence[str], now: datetime) -> Facts:
        """Return the facts with those of these files read again."""
        if not paths:
            return facts
        numbers = {PurePosixPath(path).stem for path in paths}
        known = zip(facts.tickets.column("uid"), facts.tickets.column("id"), strict=True)
        gone = {uid for uid, number in known if number in numbers}
        read = _read_files(self._store, paths, (self._policy_text, now))
        left = facts.without({*gone, *(found.ticket.uid for found in read)})
        left.add(read)
        return left

    def _read_all(self, now: datetime, progress: Progress | None) -> Facts:
        paths = list(self._store.iter_archive_paths())
        facts = Facts()
        found = two_cores.read_in_batches(
            self._store.root, paths, "fenji.storage.figure_reader:read_batch", (self._policy_text, now)
        )
        facts.add(_with_progress(found, len(paths), progress))
        return facts


def _with_progress(found: Iterable[TicketFacts], total: int, progress: Progress | None) -> Iterable[TicketFacts]:
    for count, facts in enumerate(found, start=1):
        if progress and count % _PROGRESS_STEP == 0:
            progress(count, total)
        yield facts


def read_batch(reader: TicketReader, paths: Sequence[str], context: tuple[bytes, datetime]) -> list[TicketFacts]:
    """Read the facts of ticket files; those that cannot be read are left out."""
    return _read_files(reader, paths, context)


def _read_files(
    reader: TicketReader | Store, paths: Iterable[str], context: tuple[bytes, datetime]
) -> list[TicketFacts]:
    policy, now = parse_policy(context[0]), context[1]
    found = []
    for path in paths:
        stored = reader.read_path(path)
        if isinstance(stored, StoredTicket):
            try:
                found.append(read_facts(stored.ticket, policy, now))
            except FenjiError:  # a calendar that does not open: `check` names it
                continue
    return found


@lru_cache(maxsize=2)
def parse_policy(text: bytes) -> Policy:
    """Parse a policy that is in force. Raises Refused for one that is not whole."""
    policy, _ = policies.parse_policy(yaml_codec.load(text, "policy.yaml"))
    if policy is None:
        raise ValueError("policy.yaml")
    return policy


def policy_digest(text: bytes) -> str:
    """Return a digest of what verdicts are read by; names, languages and rights do not change it."""
    document = yaml_codec.load(text, "policy.yaml")
    counted = {key: document[key] for key in _COUNTED_KEYS if isinstance(document, dict) and key in document}
    return hashlib.sha256(json.dumps(counted, sort_keys=True, default=str).encode()).hexdigest()
