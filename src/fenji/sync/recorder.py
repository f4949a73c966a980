"""Who commits what is in the desk's files, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.model.policy import Policy
    from fenji.storage.committer import AuthorLookup


class Recorder(Struct, frozen=True):
    """Who records and when, and a lookup of each person's name and address by key."""

    by: str
    at: datetime
    author: AuthorLookup
    policy: Policy | None = None
