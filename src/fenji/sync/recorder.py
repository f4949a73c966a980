"""The person who commits the changes in the desk's files, and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.model.policy import Policy
    from fenji.storage.committer import AuthorLookup


class Recorder(Struct, frozen=True):
    """The person who records and when, and a lookup of people's names and addresses by key."""

    by: str
    at: datetime
    author: AuthorLookup
    policy: Policy | None = None
