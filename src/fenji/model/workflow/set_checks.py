"""What is refused of the values that an event sets, whatever the state of its ticket. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.model.queue_names import is_queue
from fenji.model.workflow.steps import GRADED_FIELDS

if TYPE_CHECKING:
    from fenji.model.ticket import Event

_NAMING_PARTS = ("owner", "who")  # of the ticket and its items: what names a person


def check_people(event: Event) -> None:
    """Refuse a person who is written like a duty queue: in figures one could not tell them apart."""
    values = (value for path, value in event.set.items() if path.rpartition(".")[2] in _NAMING_PARTS)
    for name in (event.by, *map(str, filter(None, values))):
        if is_queue(name):
            hint = "Leave the owner empty, and the queue of the site answers."
            raise Refused("{name} is a duty queue, and no person.", hint=hint, name=name)


def check_graded_by_classify(event: Event) -> None:
    """Refuse kind or grade set by another step than those that judge a ticket (clock rules 16)."""
    graded = sorted(GRADED_FIELDS & {*event.set, *event.rewrote})
    if graded and event.do not in ("report", "classify"):
        raise Refused(
            "{do} sets {fields}, which classify alone changes.",
            hint="Take the step classify.",
            do=event.do,
            fields=tuple(graded),
        )
