"""Facts of open tickets: kept for as long as their files and what the clocks say of them stay, else read now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenji import files
from fenji.model.appraisal.read_facts import grow_verdict, hold_until, read_facts
from fenji.storage import kept_facts, layout
from fenji.storage.reader import StoredTicket

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import TicketFacts
    from fenji.model.policy import Policy
    from fenji.storage.store import Store

CACHE_PATH = "figures/open"  # below the folder of the index


@dataclass(frozen=True)
class KeptFacts:
    """What one ticket brings to reports: of which bytes, read when, and until when the clocks leave it so (seconds)."""

    digest: str
    since: int
    until: int
    facts: TicketFacts

    def holds(self, digest: str, now: datetime) -> bool:
        """Whether these facts are those of some bytes at an instant."""
        return self.digest == digest and self.since <= now.timestamp() < self.until

    def facts_at(self, now: datetime) -> TicketFacts:
        """Return the facts at an instant at which they hold."""
        seconds = int(now.timestamp()) - self.since
        return self.facts._replace(verdicts=[grow_verdict(verdict, seconds) for verdict in self.facts.verdicts])


def read_open(store: Store, policy: Policy, now: datetime, *, stamp: str) -> list[TicketFacts]:
    """Return the facts of the open tickets; `stamp` names the rules and the release that they are read by."""
    folder = store.root / "index"
    kept = _load(folder, stamp)
    found = dict(_read_each(store, policy, now, kept))
    if found != kept:
        kept_facts.save(folder, CACHE_PATH, stamp, {path: _render(each) for path, each in found.items()})
    return [each.facts_at(now) for each in found.values()]


def _read_each(
    store: Store, policy: Policy, now: datetime, kept: Mapping[str, KeptFacts]
) -> Iterator[tuple[str, KeptFacts]]:
    for number in layout.list_ticket_ids(store.root / layout.OPEN_FOLDER):
        path, archived = layout.ticket_paths(number)
        known = kept.get(path)
        if known and not (store.root / archived).exists() and known.holds(_digest(store.root, path), now):
            yield path, known
            continue
        stored = store.reader.read_open(path)
        if isinstance(stored, StoredTicket):
            facts = read_facts(stored.ticket, policy, now)
            until = hold_until(stored.ticket, policy, now, facts)
            yield path, KeptFacts(stored.digest, int(now.timestamp()), until, facts)


def _digest(root: Path, path: str) -> str:
    try:
        return sha256(files.read_below(root, path)[0]).hexdigest()
    except OSError:
        return ""


def _load(folder: Path, stamp: str) -> dict[str, KeptFacts]:
    try:
        return {path: _parse(entry) for path, entry in kept_facts.load(folder, CACHE_PATH, stamp).items()}
    except files.DAMAGE:
        return {}


def _render(kept: KeptFacts) -> list[Any]:
    return [kept.digest, kept.since, kept.until, kept_facts.render_facts(kept.facts)]


def _parse(entry: list[Any]) -> KeptFacts:
    digest, since, until, facts = entry
    return KeptFacts(digest, since, until, kept_facts.parse_facts(facts))
