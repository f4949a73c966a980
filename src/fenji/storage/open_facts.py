"""Facts of open tickets: kept for as long as their files and what the clocks say of them stay, else read now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenji import files
from fenji.errors import FenjiError, Unavailable
from fenji.model.appraisal.facts import Facts, TicketFact, TicketFacts
from fenji.model.appraisal.read_facts import hold_until, read_facts
from fenji.storage import layout
from fenji.storage.reader import StoredTicket

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.storage.store import Store

CACHE_PATH = "figures/open"  # below the folder of the index
_MAX_BYTES = 64 * 2**20
_ROW_TYPES = {name: kind for name, kind in Facts.ROW_TYPES.items() if name != "tickets"}


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


def read_open(store: Store, policy: Policy, now: datetime, *, stamp: str) -> list[TicketFacts]:
    """Return the facts of the open tickets; `stamp` names the rules and the release that they are read by."""
    folder = store.root / "index"
    kept = _load(folder, stamp)
    found = dict(_read_each(store, policy, now, kept))
    if found != kept:
        _save(folder, stamp, found)
    return [each.facts for each in found.values()]


def _read_each(
    store: Store, policy: Policy, now: datetime, kept: Mapping[str, KeptFacts]
) -> Iterator[tuple[str, KeptFacts]]:
    for number in layout.list_ticket_ids(store.root / layout.OPEN_FOLDER):
        path, archived = layout.ticket_paths(number)
        known = kept.get(path)
        if known and not (store.root / archived).exists() and known.holds(_digest(store.root, path), now):
            yield path, known
            continue
        stored = store.read_open(path)
        if isinstance(stored, StoredTicket):
            facts = read_facts(stored.ticket, policy, now)
            until = hold_until(stored.ticket, policy, now, facts)
            yield path, KeptFacts(stored.digest, int(now.timestamp()), until, facts)


def _digest(root: Path, path: str) -> str:
    try:
        return sha256(files.read_below(root, path)[0]).hexdigest()
    except OSError:
        return ""


# --- the file ---------------------------------------------------------------------------------------------------------


def _load(folder: Path, stamp: str) -> dict[str, KeptFacts]:
    """Load what was kept under a stamp; nothing where there is none, or it is damaged."""
    try:
        check, _, body = files.read(folder / CACHE_PATH, _MAX_BYTES)[0].partition(b"\n")
        if check.decode() != sha256(body).hexdigest():
            return {}
        document = json.loads(body)
        return (
            {path: _parse(entry) for path, entry in document["tickets"].items()} if document["stamp"] == stamp else {}
        )
    except (OSError, *files.DAMAGE):
        return {}


def _save(folder: Path, stamp: str, kept: Mapping[str, KeptFacts]) -> None:
    """Keep facts; where that cannot be, the next report reads the tickets again."""
    body = json.dumps({"stamp": stamp, "tickets": {path: _render(each) for path, each in kept.items()}}).encode()
    try:
        files.make_folder(folder.parent, f"{folder.name}/{Path(CACHE_PATH).parent}")
        files.write(folder.parent, f"{folder.name}/{CACHE_PATH}", sha256(body).hexdigest().encode() + b"\n" + body)
    except (OSError, Unavailable, FenjiError):
        return


def _render(kept: KeptFacts) -> list[Any]:
    rows = {name: found for name in _ROW_TYPES if (found := list(getattr(kept.facts, name)))}
    return [kept.digest, kept.since, kept.until, list(kept.facts.ticket), rows]


def _parse(entry: list[Any]) -> KeptFacts:
    digest, since, until, ticket, rows = entry
    tables: dict[str, Any] = {name: _parse_rows(kind, rows.get(name, ())) for name, kind in _ROW_TYPES.items()}
    return KeptFacts(digest, since, until, TicketFacts(TicketFact(*ticket), **tables))


def _parse_rows(kind: Any, rows: Iterable[list[Any]]) -> list[Any]:
    return [kind(*row) for row in rows]
