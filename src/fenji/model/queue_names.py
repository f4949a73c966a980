"""The names of the sites' duty queues in figures, which no person may have. Pure."""

from __future__ import annotations

from fenji.text import fold

QUEUE_PREFIX = "queue:"  # before a site: nobody owns the ticket, so the site's duty queue answers for it


def is_queue(name: str) -> bool:
    """Return whether a name is that of a duty queue; no person may have one, since figures list people and queues."""
    return fold(name).lstrip().startswith(QUEUE_PREFIX)


def read_person(value: object) -> str:
    """Return the person named in a log's field; `""` for nobody, and for a name like that of a queue."""
    name = str(value or "")
    return "" if is_queue(name) else name
