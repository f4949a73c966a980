"""A number taken by two clones offline, and what became of either ticket before they met: found by uid, not by path."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commandline import fenji
from fenji.storage.yaml_codec import read_ticket
from two_clones import TwoClones, git, read_tickets, ticket_at

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from fenji.model.ticket import Event


@pytest.fixture(scope="module")
def both_took_it(tmp_path_factory: pytest.TempPathFactory) -> TwoClones:
    """Clones that took one number each, and have synced neither; that of `a` is the younger."""
    pair = TwoClones.create(tmp_path_factory.mktemp("numbers"))
    pair.run(pair.b, "new", "--title", "of b", "--description", "first")
    time.sleep(1.1)  # the first letters of a uid count seconds
    pair.run(pair.a, "new", "--title", "of a", "--description", "second")
    return pair


def keep(_pair: TwoClones, _clone: Path) -> None:
    """Nothing happens to it."""


def withdraw(pair: TwoClones, clone: Path) -> None:
    pair.run(clone, "withdraw", "1", "--reason", "mistake")


def archive(pair: TwoClones, clone: Path) -> None:
    pair.run(clone, "respond", "1")
    pair.run(clone, "solve", "1", "--set", "cause=rust", "--set", "decision=replace", "--set", "solution=new spares")
    pair.run(clone, "confirm", "1", "--reason", "seen there")
    pair.run(clone, "archive", "1")


def delete(_pair: TwoClones, clone: Path) -> None:
    ticket_at(clone).unlink()


def delete_with_git(_pair: TwoClones, clone: Path) -> None:
    git(clone, "rm", "-q", str(ticket_at(clone)))
    git(clone, "commit", "-qm", "not ours")


def move_by_hand(_pair: TwoClones, clone: Path) -> None:
    path = ticket_at(clone)
    target = clone / "tickets" / "archive" / "KSA" / path.stem.split("-")[1] / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)


def move_with_git(pair: TwoClones, clone: Path) -> None:
    move_by_hand(pair, clone)
    git(clone, "add", "-A", "tickets")
    git(clone, "commit", "-qm", "tidied")


def reopen_and_withdraw(pair: TwoClones, clone: Path) -> None:
    pair.run(clone, "solve", "1", "--set", "cause=rust", "--set", "decision=replace", "--set", "solution=new spares")
    pair.run(clone, "reopen", "1", "--reason", "it came back")
    withdraw(pair, clone)


FATES = (keep, withdraw, archive, delete, delete_with_git, move_by_hand, move_with_git, reopen_and_withdraw)


def go_well(_pair: TwoClones) -> None:
    """The first exchange of `a` succeeds."""


def be_refused(pair: TwoClones) -> None:
    pair.refuse_next_push()
    assert fenji("sync", "--desk", pair.a).code == 1


def be_cut(pair: TwoClones) -> None:
    pair.refuse_next_push(after="kill -9 $PPID")
    assert fenji("sync", "--desk", pair.a).code == 1


def be_overtaken(pair: TwoClones) -> None:
    other = pair.folder / "other"
    git(pair.folder, "clone", "-q", str(pair.hub), str(other))
    for key, value in (("fenji.site", "KSA"), ("fenji.user", "omar"), ("user.email", "omar@example.org")):
        git(other, "config", key, value)
    git(other, "config", "user.name", "omar")
    pair.run(other, "new", "--title", "overtaking", "--description", "third")
    push = f"(unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY; git -C '{other}' push -q origin main) >&2"
    pair.refuse_next_push(after=push)


def be_pulled_by_hand(pair: TwoClones) -> None:
    git(pair.a, "pull", "-q", "--no-edit", check=False)


EXCHANGES = (go_well, be_refused, be_cut, be_overtaken, be_pulled_by_hand)
Case = tuple[Callable[[TwoClones, Path], None], Callable[[TwoClones, Path], None], Callable[[TwoClones], None]]
CASES: list[Case] = [
    *((fate, keep, exchange) for fate in FATES for exchange in EXCHANGES),
    *((keep, fate, exchange) for fate in FATES for exchange in EXCHANGES),
    *((fate, other, exchange) for fate in FATES[1:] for other in FATES[1:] for exchange in EXCHANGES),
]


def parameters() -> list[ParameterSet]:
    cases = {"-".join(part.__name__ for part in case): case for case in CASES}
    return [pytest.param(*case, id=label) for label, case in cases.items()]


@pytest.mark.sample(6)
@pytest.mark.parametrize(("of_a", "of_b", "exchange"), parameters())
def test_one_number_for_two(
    both_took_it: TwoClones,
    tmp_path: Path,
    of_a: Callable[[TwoClones, Path], None],
    of_b: Callable[[TwoClones, Path], None],
    exchange: Callable[[TwoClones], None],
) -> None:
    pair = both_took_it.copy(tmp_path)
    of_b(pair, pair.b)
    of_a(pair, pair.a)
    written = {event.digest for clone in (pair.a, pair.b) for event in committed_events(clone)}
    pair.sync(pair.b)
    exchange(pair)
    pair.assert_equal()
    tickets = {ticket.title: ticket for ticket in read_tickets(pair.a)}
    assert len({ticket.id for ticket in tickets.values()}) == len(tickets) == len(list(read_tickets(pair.a)))
    assert {"of a", "of b"} <= tickets.keys()
    assert not tickets["of b"].word("formerly")
    assert tickets["of a"].word("formerly") == tickets["of b"].id
    assert written <= {event.digest for ticket in tickets.values() for event in ticket.log}


def committed_events(clone: Path) -> list[Event]:
    events: list[Event] = []
    for line in git(clone, "log", "--format=", "--raw", "--no-abbrev", "-m", "--", "tickets").splitlines():
        _, _, _, blob, _, path = line.split(maxsplit=5)
        if path.endswith(".yaml") and blob.strip("0"):
            events += read_ticket(git(clone, "cat-file", "blob", blob).encode(), path).log
    return events
