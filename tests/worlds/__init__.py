"""Named desks for tests and for `make sandbox WORLD=…`: each made in a fresh folder with a git repository of its own.

    empty            the shipped policy and no ticket
    worked_example   the one archived ticket of the method: 備件生鏽
    shipped          a part of the project's own desk that is quickly copied: forty tickets, a few of them open
    whole            all of the project's own desk: a year of three sites and contracts, as `make run` opens it
    busy_morning     some sixty open tickets and a small archive
    two_sites        `shipped` in two clones, `ksa` and `hq`, with a bare `hub.git` beside them
    bad_files        good tickets among every sort of damaged file and hostile text
    hundreds, thousand, ten_thousand   generated archives with a full board

In `shipped` and `whole` the open tickets are moved so that their story fits the present instant.
`python -m worlds NAME DIR` makes one by hand.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from worlds.making import HUB, NAMES, OTHER_CLONE, SHIPPED_NOW, make_world

__all__ = ["HUB", "NAMES", "OTHER_CLONE", "SHIPPED_NOW", "make"]


def make(name: str, folder: Path, *, now: datetime | None = None) -> Path:
    """Make the world `name` in `folder`, which must be empty or absent; return the folder of its desk.

    `now` is the instant that the world's story leads up to, by default the present one. The same name and instant make
    the same files. Raises ValueError for an unknown name, FileExistsError for a folder in use.
    """
    return make_world(name, folder, now=now or datetime.now().astimezone())
