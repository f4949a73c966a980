"""What is judged of a push as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.git.file_diff import FileDiff
    from fenji.judge.contents import BlobContents
    from fenji.judge.identities import UidIndex
    from fenji.model.policy import Policy


@dataclass(frozen=True)
class PushedTree:
    """The commit that the branch is to move to, its differences from the hub's by path, and the policy in force."""

    commit: str
    differences: Mapping[str, FileDiff]
    contents: BlobContents
    uid_index: UidIndex
    policy: Policy | None
    now: datetime
    is_first_push: bool = False
