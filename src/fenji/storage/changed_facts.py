"""Facts of archived tickets that changed since all were kept: beside them, so that a pull costs what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import files
from fenji.storage import kept_facts

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import TicketFacts
    from fenji.storage.figures_cache import CachedFacts

CACHE_PATH = "figures/changed"  # below the folder of the index


def load(index_folder: Path, whole: CachedFacts) -> tuple[str, dict[str, TicketFacts | None]]:
    """Return up to which commit changes are known, and the facts of the files that changed, None for one that is gone.

    What belongs to other facts than `whole`, or is damaged, counts for nothing.
    """
    try:
        kept = kept_facts.load(index_folder, CACHE_PATH, whole.check)
        tickets = kept["tickets"].items() if kept else ()
        changed = {path: kept_facts.parse_facts(entry) if entry else None for path, entry in tickets}
        return (str(kept["commit"]), changed) if kept else (whole.stamp.commit, {})
    except files.DAMAGE:
        return whole.stamp.commit, {}


def save(index_folder: Path, whole: CachedFacts, commit: str, changed: Mapping[str, TicketFacts | None]) -> None:
    """Keep what changed since `whole` was kept, up to a commit."""
    tickets = {path: kept_facts.render_facts(facts) if facts else None for path, facts in changed.items()}
    kept_facts.save(index_folder, CACHE_PATH, whole.check, {"commit": commit, "tickets": tickets})
