"""Cache files below `index/` for the facts of a few tickets that change often, apart from those that seldom do."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from fenji import files
from fenji.errors import FenjiError, Unavailable
from fenji.model.appraisal.facts import Facts, TicketFact, TicketFacts

_MAX_BYTES = 64 * 2**20
_ROW_TYPES = {name: kind for name, kind in Facts.ROW_TYPES.items() if name != "tickets"}


def load(index_folder: Path, path: str, stamp: str) -> dict[str, Any]:
    """Load the data saved under a stamp; empty if the file is missing, damaged, or has another stamp."""
    try:
        check, _, body = files.read(index_folder / path, _MAX_BYTES)[0].partition(b"\n")
        if check.decode() != sha256(body).hexdigest():
            return {}
        document = json.loads(body)
        kept: dict[str, Any] = document["kept"] if document["stamp"] == stamp else {}
        return kept
    except (OSError, *files.DAMAGE):
        return {}


def save(index_folder: Path, path: str, stamp: str, kept: dict[str, Any]) -> None:
    """Save data under a stamp; if that fails, the next report reads the tickets again."""
    body = json.dumps({"stamp": stamp, "kept": kept}).encode()
    try:
        files.make_folder(index_folder.parent, f"{index_folder.name}/{Path(path).parent}")
        data = sha256(body).hexdigest().encode() + b"\n" + body
        files.write(index_folder.parent, f"{index_folder.name}/{path}", data)
    except (OSError, Unavailable, FenjiError):
        return


def render_facts(facts: TicketFacts) -> list[Any]:
    """Return the facts of a ticket as values for JSON."""
    return [list(facts.ticket), {name: found for name in _ROW_TYPES if (found := list(getattr(facts, name)))}]


def parse_facts(document: list[Any]) -> TicketFacts:
    """Return the facts of a ticket from the values made by `render_facts`."""
    ticket, rows = document
    tables: dict[str, Any] = {name: [kind(*row) for row in rows.get(name, ())] for name, kind in _ROW_TYPES.items()}
    return TicketFacts(TicketFact(*ticket), **tables)
