"""The names under which the duty queues of sites stand in figures, which no person may have. Pure."""

from __future__ import annotations

from fenji.text import fold

QUEUE_PREFIX = "queue:"  # before a site: nobody owns the ticket, so the site's duty queue answers for it


def is_queue(name: str) -> bool:
    """Return whether a name is written like that of a duty queue, which no person may have: figures hold both."""
    return fold(name).lstrip().startswith(QUEUE_PREFIX)


def read_person(value: object) -> str:
    """Return the person whom a field of a log names; `""` for nobody, and for what is written like a queue."""
    name = str(value or "")
    return "" if is_queue(name) else name
