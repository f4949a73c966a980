"""A value that was typed in a ticket's file and put back: how the screens tell it, and the key that takes it up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from commandline import fenji
from fenji.desk import Desk
from interface.driven import open_app
from two_clones import TwoClones, edit_text, ticket_at


def now() -> datetime:
    return datetime.now(UTC)


async def test_the_ticket_says_what_was_typed_why_it_was_put_back_and_takes_it_up(tmp_path: Path) -> None:
    pair = TwoClones.create(tmp_path)
    number = pair.run(pair.a, "new", "--title", "pump", "--impact", "minor", "--occurrence", "rare", "--json").json[
        "id"
    ]
    edit_text(ticket_at(pair.a), "\npriority: P3\n", "\npriority: P1\n")
    pair.sync(pair.a)
    with Desk.open(pair.a, person="li.wei", now=now) as desk:
        why = desk.row(number).superseded[0].why
    shown = fenji("show", number, "--desk", pair.a).out
    assert "Typed in the file, and put back" in shown
    assert "--take-back priority:1 --note WHY" in shown
    assert "Also written, but replaced" not in shown
    async with open_app(pair.a, person="li.wei", now=now, size=(100, 40)) as run:
        await run.wait_for("&put back", "& Priority was typed in the file and put back: v shows it")
        await run.press("v")
        await run.wait_for(
            "Typed and put back: Priority", "typed in the file: li.wei", "It was put back:", "T takes it up"
        )
        await run.wait_for("It was put back: " + why[:30], gone="replaced text: ")
        await run.press("T")
        await run.wait_for(f"Take up Priority of {number}; why:")
        await run.press("the customer asked", "Enter")
        await run.wait_for(": Priority taken back.", gone="typed in the file:")
        row = run.desk.row(number)
        assert (row.ticket.priority, row.ticket.log[-1].note) == ("P1", "the customer asked")
