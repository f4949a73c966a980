"""Exchange between clones: nobody sees a conflict, nothing that anybody wrote is lost (format 3).

`rounds` exchanges with a hub, `parcels` over a file; both record (`recording`), join two histories (`joining`: `sides`,
`pairing`, `numbers`, `enclosures`, `rules`, `strangers` make a `union`) and bring the clone there (`landing`,
`shelving`). `driver`, `wiring` and `conflicts` serve people who pull by hand; `ledger` remembers how it went, and
`waiting` tells what has not gone out.
"""

from fenji.sync.bundle import Bundle, BundlePreview, preview_bundle, receive, write_bundle
from fenji.sync.driver_setup import driver_problem
from fenji.sync.record import Recorder
from fenji.sync.results import SyncProgress, SyncResult, TicketOutcome
from fenji.sync.session import mend, sync
from fenji.sync.state import SyncStatus, delivery_status, mark_seen, read_status
from fenji.sync.unpushed import UnpushedItem, collect_unpushed, find_unpushed_numbers

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
