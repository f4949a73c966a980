"""Values typed into a file that a command would refuse: put back where nobody is asked, kept in a note, taken up."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import fenji
from fenji.model.conflicts import list_superseded
from two_clones import TwoClones, edit_text, read_tickets, ticket_at


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> TwoClones:
    pair = TwoClones.create(tmp_path_factory.mktemp("typed"))
    pair.run(pair.a, "new", "--title", "pump", "--impact", "minor", "--occurrence", "rare")
    pair.sync(pair.a)
    pair.sync(pair.b)
    return pair


@pytest.fixture
def pair(shared: TwoClones, tmp_path: Path) -> TwoClones:
    return shared.copy(tmp_path)


@pytest.mark.parametrize(
    ("field", "old", "new"), [("priority", "P3", "P1"), ("impact", "minor", "huge"), ("site", "KSA", "XX")]
)
def test_a_refused_value_is_put_back_and_kept_in_a_note(pair: TwoClones, field: str, old: str, new: str) -> None:
    edit_text(ticket_at(pair.b), f"\n{field}: {old}\n", f"\n{field}: {new}\n")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert ticket.word(field) == old
    assert (ticket.log[-1].do, ticket.log[-1].by, ticket.log[-1].body["typed"]) == ("note", "omar", {field: new})
    assert ticket.log[-1].note
    assert [(value.field, value.value) for value in list_superseded(ticket)] == [(field, new)]


def test_what_was_typed_is_taken_up(pair: TwoClones) -> None:
    edit_text(ticket_at(pair.b), "\npriority: P3\n", "\npriority: P1\n")
    pair.assert_equal()
    pair.run(pair.a, "edit", "1", "--take-back", "priority", "--note", "the customer asked")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.b)
    assert ticket.priority == "P1"
    assert [value for value in list_superseded(ticket) if not value.settled] == []


def test_a_text_of_a_withdrawn_ticket_is_kept_in_a_note(pair: TwoClones) -> None:
    pair.run(pair.a, "withdraw", "1", "--reason", "mistake")
    pair.sync(pair.a)
    pair.sync(pair.b)
    edit_text(ticket_at(pair.b), "\nlog:\n", "\ncause: |\n  found later\nlog:\n")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert not ticket.word("cause")
    assert ticket.log[-1].body["typed"] == {"cause": "found later\n"}


def test_an_act_asks_for_the_reason_and_takes_it(pair: TwoClones) -> None:
    edit_text(ticket_at(pair.b), "\npriority: P3\n", "\npriority: P1\n")
    refused = fenji("note", "1", "called", "--desk", pair.b)
    assert refused.code == 1
    assert "priority" in refused.err
    pair.run(pair.b, "classify", "1", "--priority", "P1", "--reason", "the customer asked")
    pair.run(pair.b, "note", "1", "called")
    pair.assert_equal()
    (ticket,) = read_tickets(pair.a)
    assert ticket.priority == "P1"
    assert [event.do for event in ticket.log] == ["report", "classify", "note"]
