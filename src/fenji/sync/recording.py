"""Committing what is in the desk's files and not in git yet: acts, hand edits, new files, the policy.

A ticket whose file was deleted gets it back: tickets are withdrawn, never deleted. What cannot be read stays as it is,
uncommitted, and is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji import policy as policies
from fenji import synonyms, yamlio
from fenji.errors import Damaged, Problem, Sentence
from fenji.repo import objects
from fenji.store import Bad, files, hand_edits, layout
from fenji.store.adopting import Edited
from fenji.store.attachments import LARGEST_FILE
from fenji.store.files import NotPlain
from fenji.store.shelf import Stored
from fenji.sync.bulk import Content, write_all
from fenji.sync.sides import POLICY, SYNONYMS, Contents, is_ticket

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.policy import Policy
    from fenji.repo.objects import Difference
    from fenji.store import Store
    from fenji.store.keeping import Author


@dataclass(frozen=True)
class Recorder:
    """Who records and when, and the name and address of each person by key."""

    by: str
    at: datetime
    author: Author
    policy: Policy | None = None


def record(store: Store, recorder: Recorder, *, since: str = "HEAD", also: Iterable[str] = ()) -> list[Problem]:
    """Commit everything that is not committed; what was left alone. Raises Unavailable; then the rest stays pending.

    `also` are tickets that somebody committed with git since the commit `since`, without the events that explain it.
    """
    dirty = store.repo.dirty()
    tickets = [path for path in dirty if is_ticket(path)]
    moved = _brought_back(store, tickets)
    also, put_back = list(also), list[Problem]()
    if tickets or also:
        adopted = store.adopt_hand_edits(also, by=recorder.by, at=recorder.at, since=since, policy=recorder.policy)
        put_back = adopted.put_back
    store.commit_pending(recorder.author)
    _commit(store, dict.fromkeys(moved), "move", recorder)
    left = [*put_back, *_unreadable(store, tickets)]
    others: dict[str, bytes | None] = {}
    for path in dirty:
        if path not in tickets:
            _take(store, path, others, left)
    _commit(store, others, ", ".join(sorted(others)[:1]) + (" …" if len(others) > 1 else ""), recorder)
    return left


def unexplained(contents: Contents, since: str, head: str) -> list[str]:
    """The tickets that were changed between two commits with git alone: no event explains what stands in them."""
    repo = contents.repo
    found = {one.path.removeprefix(repo.prefix): one for one in objects.differences(repo, since, head) if one.after}
    found = {path: one for path, one in found.items() if is_ticket(path)}
    contents.fetch(held for one in found.values() for held in (one.before, one.after))
    return [path for path, one in found.items() if _is_unexplained(path, one, contents)]


def _is_unexplained(path: str, one: Difference, contents: Contents) -> bool:
    ticket, before = contents.ticket(one.after, path), contents.ticket(one.before, path)
    if ticket is None or one.after is None:
        return False
    before = before if before and before.uid == ticket.uid else None
    body = hand_edits.explain_hand_edit(ticket, before)
    # Attachments take other names where two sites chose the same, and no event tells.
    names = [leaf for part in body.values() if isinstance(part, Iterable) for leaf in part]
    edited = Edited(path, contents.data(one.after) or b"", ticket, before, None, contents.repo.git_dir)
    explained = all(str(leaf).partition(".")[0] == "files" for leaf in names)
    misplaced = path != layout.place(ticket)
    return misplaced or not explained or edited.restated or bool(hand_edits.frozen(ticket, before))


def _brought_back(store: Store, paths: Iterable[str]) -> list[str]:
    """Write deleted tickets again; answers the paths of those that somebody only moved."""
    gone = [path for path in paths if not (store.root / path).exists() and not (store.root / path).is_symlink()]
    if not gone:
        return []
    present = (store.look(path) for path in paths if path not in gone)
    there = {one.ticket.uid for one in present if isinstance(one, Stored)}
    committed = store.repo.read_many(gone)
    moved: list[str] = []
    lost: dict[str, Content] = {}
    for path, data in committed.items():
        uid = _uid(path, data)
        if uid and uid in there:
            moved.append(path)
        elif data is not None:
            lost[path] = Content(data)
    with store.lock:
        write_all(store.root, lost)
    return moved


def _uid(path: str, data: bytes | None) -> str:
    try:
        return yamlio.read_ticket(data, path).uid if data is not None else ""
    except Damaged:
        return ""


def _unreadable(store: Store, paths: Iterable[str]) -> list[Problem]:
    found = (store.look(path) for path in paths)
    return [problem for one in found if isinstance(one, Bad) for problem in one.problems]


def _take(store: Store, path: str, others: dict[str, bytes | None], left: list[Problem]) -> None:
    """Add a file that is no ticket to what is committed; bad rules and what is no plain file stay out."""
    try:
        data = files.read(store.root / path, LARGEST_FILE + 1)[0]
    except FileNotFoundError:
        if path == POLICY or path.startswith("tickets/files/"):
            left.append(Problem(path, 0, 0, "", Sentence("was deleted here; git still has it")))
        else:
            others[path] = None
        return
    except (NotPlain, OSError):
        left.append(Problem(path, 0, 0, "", Sentence("is no plain file; it was not committed")))
        return
    if len(data) > LARGEST_FILE:
        values = {"most": LARGEST_FILE >> 20}
        left.append(Problem(path, 0, 0, "", Sentence("is larger than {most} MiB; it was not committed", values)))
    elif path in _CHECKS and (problems := _CHECKS[path](data)):
        left.extend(problems)
    else:
        others[path] = data


def _policy_problems(data: bytes) -> tuple[Problem, ...]:
    try:
        found, faults = policies.read(yamlio.load(data, POLICY))
    except Damaged as damaged:
        return damaged.problems
    return yamlio.problems(data, POLICY, faults) if found is None or faults else ()


def _synonym_problems(data: bytes) -> tuple[Problem, ...]:
    try:
        synonyms.read(data)
    except Damaged as damaged:
        return damaged.problems
    return ()


_CHECKS = {POLICY: _policy_problems, SYNONYMS: _synonym_problems}


def _commit(store: Store, changes: dict[str, bytes | None], what: str, recorder: Recorder) -> None:
    if changes:
        with store.lock:
            author = recorder.author(recorder.by)
            store.repo.commit(changes, message=f"desk: {what}", author=author, at=recorder.at)
