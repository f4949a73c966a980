"""Steps that came past every hub and fail, as the screens show them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import hubs
from commandline import fenji
from fenji.git.remotes import FOUNDING_REF
from hubs import FIRST, SECOND, after_forced_event, git, rules
from interface.driven import open_app

FORGED = after_forced_event(SECOND, "confirm", 2, by="wang.fang")  # who is no lead


def now() -> datetime:
    return hubs.NOW


async def test_the_board_the_list_of_problems_and_the_ticket_tell_it(tmp_path: Path) -> None:
    clone = hubs.create_hub(tmp_path, rules(), FIRST, SECOND)
    (clone.hub / "hooks/pre-receive").unlink()
    git(clone.hub, "update-ref", "-d", FOUNDING_REF, check=False)
    other = clone.clone_hub()
    other.commit(FORGED, by="wang.fang")
    assert other.push().accepted
    settings = {"fenji.site": "KSA", "user.email": "li.wei@fenji.example", "user.name": "Li Wei"}
    for key, value in settings.items():
        git(clone.folder, "config", key, value)
    git(clone.folder, "remote", "add", "origin", str(clone.hub))
    assert fenji("--desk", clone.folder, "sync").code == 0
    async with open_app(clone.folder, now=now, size=(99, 30), plain=True) as run:
        await run.wait_for("#refused rust", "1 bad: b")
        await run.press("b")
        await run.wait_for("1 with a failing step that no hub has judged.", f"{SECOND.id}  #refused", "confirm")
        await run.press("Enter")
        await run.wait_for(f" {SECOND.id}", "# refused: confirm; commit ", "left out of the figures")
