"""Synchronize clones without showing anybody a conflict and without losing anything that was written (format 3).

`exchange` syncs with a hub, `bundle` through a file; `session` has their common steps. Both commit pending changes
(`record`), merge two histories (`merge_commit` and `merge_trees`, with the help of `trees`, `pairing`, `attachments`,
`policy_choice` and `other_files`) and move the clone to the result (`apply`, `checkout`); `push` sends it to the hub.
`recovery` restores lost versions, `turn` lets only one sync run at a time. `repair` and `remake` take out of the
commits whatever the hub refuses, and `held` keeps it. `merge_driver`, `driver_setup` and `conflicts` serve people who
pull by hand; `state` remembers how the last sync went, and `unpushed` lists what the hub does not have yet.

Importing this package loads none of its modules: threads that import one at the same time would wait for each other,
and Python then gives up on one of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.sync.bundle import Bundle, BundlePreview, preview_bundle, receive, write_bundle
    from fenji.sync.driver_setup import driver_problem
    from fenji.sync.exchange import mend, sync
    from fenji.sync.recorder import Recorder
    from fenji.sync.results import SyncProgress, SyncResult, TicketOutcome
    from fenji.sync.state import SyncStatus, delivery_status, mark_seen, read_status
    from fenji.sync.unpushed import UnpushedItem, collect_unpushed, find_unpushed_numbers
else:
    _NAMES_BY_PART = {
        "bundle": "Bundle BundlePreview preview_bundle receive write_bundle",
        "driver_setup": "driver_problem",
        "exchange": "mend sync",
        "recorder": "Recorder",
        "results": "SyncProgress SyncResult TicketOutcome",
        "state": "SyncStatus delivery_status mark_seen read_status",
        "unpushed": "UnpushedItem collect_unpushed find_unpushed_numbers",
    }
    _PARTS = {name: part for part, names in _NAMES_BY_PART.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        if name not in _PARTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_PARTS[name]}"), name)


__all__ = [
    "Bundle",
    "BundlePreview",
    "Recorder",
    "SyncProgress",
    "SyncResult",
    "SyncStatus",
    "TicketOutcome",
    "UnpushedItem",
    "collect_unpushed",
    "delivery_status",
    "driver_problem",
    "find_unpushed_numbers",
    "mark_seen",
    "mend",
    "preview_bundle",
    "read_status",
    "receive",
    "sync",
    "write_bundle",
]
