"""Facts of archived tickets changed since the main cache was written, kept apart so that a pull does not rewrite it."""

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
    """Return the commit up to which changes are known, and the facts of changed files by path (None: file removed).

    Data that is damaged, or belongs to other facts than `whole`, is ignored.
    """
    try:
        kept = kept_facts.load(index_folder, CACHE_PATH, whole.check)
        tickets = kept["tickets"].items() if kept else ()
        changed = {path: kept_facts.parse_facts(entry) if entry else None for path, entry in tickets}
        return (str(kept["commit"]), changed) if kept else (whole.stamp.commit, {})
    except files.DAMAGE:
        return whole.stamp.commit, {}


def save(index_folder: Path, whole: CachedFacts, commit: str, changed: Mapping[str, TicketFacts | None]) -> None:
    """Save the facts of files that changed between `whole` and a commit."""
    tickets = {path: kept_facts.render_facts(facts) if facts else None for path, facts in changed.items()}
    kept_facts.save(index_folder, CACHE_PATH, whole.check, {"commit": commit, "tickets": tickets})
