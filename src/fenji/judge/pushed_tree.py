"""What is judged of a push as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.git.file_diff import FileDiff
    from fenji.judge.contents import BlobContents
    from fenji.judge.identities import UidIndex
    from fenji.model.policy import Policy


class PushedTree(Struct, frozen=True):
    """The commit that the branch is to move to, its differences from the hub's by path, and the policy in force."""

    commit: str
    differences: Mapping[str, FileDiff]
    contents: BlobContents
    uid_index: UidIndex
    policy: Policy | None
    now: datetime
    is_first_push: bool = False
