"""What a caller may say of an act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from fenji.model.ticket import LooseValue, Ticket


class ActDetails(TypedDict, total=False):
    """Optional details of any act: note, reason, clock of an excuse, sender of a note, when it happened, by whom."""

    note: str
    reason: str
    clock: str
    sender: str
    at: datetime | None
    by: str


class ActInput(ActDetails, total=False):
    """The details of an act, the fields it sets, and the version of the ticket that the person was looking at."""

    fields: Mapping[str, LooseValue]
    seen: Ticket | None
