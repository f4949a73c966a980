"""Facts of open tickets, cached for as long as their files and what the clocks say of them stay the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji import files
from fenji.model.appraisal.open_verdicts import STANDS, find_paces, grow_verdict, hold_until
from fenji.storage import kept_facts, layout
from fenji.storage.reader import StoredTicket

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import TicketFacts
    from fenji.model.policy import Policy
    from fenji.storage.store import Store

CACHE_PATH = "figures/open"  # below the folder of the index
ReadPolicy = Callable[[], "Policy"]


class KeptFacts(Struct, frozen=True):
    """The facts of one ticket, the digest of its file, and since when and until when they are valid (seconds).

    `paces` says how the length of each verdict grows until then.
    """

    digest: str
    since: int
    until: int
    paces: Sequence[str]
    facts: TicketFacts

    def holds(self, digest: str, now: datetime) -> bool:
        """Whether the facts are valid at an instant for a file with this digest."""
        return self.digest == digest and self.since <= now.timestamp() < self.until

    def facts_at(self, now: datetime, policy: ReadPolicy) -> TicketFacts:
        """Return the facts at an instant for which they are valid."""
        if all(pace == STANDS for pace in self.paces):
            return self.facts
        until, rules = int(now.timestamp()), policy()
        paced = zip(self.facts.verdicts, self.paces, strict=True)
        verdicts = [grow_verdict(verdict, pace, self.since, until, rules) for verdict, pace in paced]
        return self.facts._replace(verdicts=verdicts)


def read_open(store: Store, policy: ReadPolicy, now: datetime, *, stamp: str) -> list[TicketFacts]:
    """Return the facts of the open tickets; `stamp` identifies the rules and the release that read them."""
    folder = store.root / "index"
    kept = _load(folder, stamp)
    found = dict(_read_each(store, policy, now, kept))
    if found != kept:
        kept_facts.save(folder, CACHE_PATH, stamp, {path: _render(each) for path, each in found.items()})
    return [each.facts_at(now, policy) for each in found.values()]


def _read_each(
    store: Store, policy: ReadPolicy, now: datetime, kept: Mapping[str, KeptFacts]
) -> Iterator[tuple[str, KeptFacts]]:
    for number in layout.list_ticket_ids(store.root / layout.OPEN_FOLDER):
        path, archived = layout.ticket_paths(number)
        known = kept.get(path)
        if known and not (store.root / archived).exists() and known.holds(_digest(store.root, path), now):
            yield path, known
            continue
        stored = store.reader.read_open(path)
        if isinstance(stored, StoredTicket):
            yield path, _read(stored, policy(), now)


def _read(stored: StoredTicket, policy: Policy, now: datetime) -> KeptFacts:
    from fenji.model.appraisal.read_facts import facts_of_evidence
    from fenji.model.sla import Evidence

    evidence = Evidence(stored.ticket, policy, now)
    facts = facts_of_evidence(evidence)
    paces = find_paces(evidence, facts.verdicts)
    return KeptFacts(stored.digest, int(now.timestamp()), hold_until(evidence), paces, facts)


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
    return [kept.digest, kept.since, kept.until, kept.paces, kept_facts.render_facts(kept.facts)]


def _parse(entry: list[Any]) -> KeptFacts:
    digest, since, until, paces, facts = entry
    return KeptFacts(digest, since, until, paces, kept_facts.parse_facts(facts))
