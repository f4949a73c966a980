"""Exchange between clones: nobody sees a conflict, nothing that anybody wrote is lost (format 3).

`rounds` exchanges with a hub, `parcels` over a file; both record (`recording`), join two histories (`joining`: `sides`,
`pairing`, `numbers`, `enclosures`, `rules`, `strangers` make a `union`) and bring the clone there (`landing`,
`shelving`). `driver`, `wiring` and `conflicts` serve people who pull by hand; `ledger` remembers how it went, and
`waiting` tells what has not gone out.
"""

from fenji.sync.ledger import Standing, looked_at, receipt, standing
from fenji.sync.outcomes import Exchange, Outcome, Progress
from fenji.sync.parcels import Inside, Parcel, bundle, inside, receive
from fenji.sync.recording import Recorder
from fenji.sync.rounds import mend, sync
from fenji.sync.waiting import Waiting, unsent, waiting
from fenji.sync.wiring import driver_problem

__all__ = [
    "Exchange",
    "Inside",
    "Outcome",
    "Parcel",
    "Progress",
    "Recorder",
    "Standing",
    "Waiting",
    "bundle",
    "driver_problem",
    "inside",
    "looked_at",
    "mend",
    "receipt",
    "receive",
    "standing",
    "sync",
    "unsent",
    "waiting",
]
