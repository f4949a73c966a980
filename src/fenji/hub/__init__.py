"""The hub: the bare repository that all sites sync with, and the pushes that it accepts (docs/hub.md).

`setup` creates a hub, `hook` decides whether to accept a push. Runs on the hub's machine, which has no working tree.
"""

from fenji.hub.hook import PushVerdict, RefUpdate, check_push, parse_updates
from fenji.hub.setup import (
    add_missing_settings,
    create,
    find_hook_fault,
    find_missing_settings,
    is_bare_repository,
    push_desk,
    tidy,
)
from fenji.judge.refusals import Refusal

__all__ = [
    "PushVerdict",
    "RefUpdate",
    "Refusal",
    "add_missing_settings",
    "check_push",
    "create",
    "find_hook_fault",
    "find_missing_settings",
    "is_bare_repository",
    "parse_updates",
    "push_desk",
    "tidy",
]
