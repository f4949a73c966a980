"""Explain hand edits that were committed with git before they are merged: without an event they would be lost silently.

Each version is compared with the common ancestor or, where that has events which the version lacks, as in a
cherry-pick, with the version that its typist had (format 2). Edits of fields that the ticket's state has locked are not
explained: the next sync puts them back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Damaged
from fenji.git import objects, signing
from fenji.git.objects import CommitAuthor, TreeEdit
from fenji.judge.policy_in_force import load_policy_in_force
from fenji.model.merge import flatten
from fenji.storage import edit_base, hand_edits, yaml_codec
from fenji.storage.typed_values import HandEditAuthor, TypedFile, find_typed_state, log_hand_edit, with_matrix_priority
from fenji.sync.record import find_unexplained

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket
    from fenji.storage.committer import AuthorLookup
    from fenji.sync.recorder import Recorder
    from fenji.sync.trees import BlobCache, ThreeWay


def explain_version(
    ticket: Ticket,
    base: Ticket | None,
    author: Callable[[], HandEditAuthor],
    find_base: Callable[[Ticket], Ticket | None],
    data: bytes = b"",
) -> Ticket:
    """Return the ticket with events that explain the hand edits since `base`; the same object if there are none.

    `find_base` finds the version that the typist had, where that cannot be `base`; `data` are the bytes of the file.
    Edits that a command would refuse are put back and recorded in a note.
    """
    if base is None or base.uid != ticket.uid or hand_edits.lacks_events(ticket, base):
        base = find_base(ticket)
    if base is None:
        return ticket
    body = hand_edits.explain_hand_edit(ticket, base)
    if body:
        ticket, body = with_matrix_priority(ticket, body, author().policy)
    attachments = [field_path for field_path, _ in flatten(ticket) if field_path.startswith("files.")]
    body = hand_edits.without_paths(body, [*hand_edits.find_locked(ticket, body), *attachments])
    typed_file = TypedFile(data, base)
    if not body and not find_typed_state(ticket, typed_file):
        return ticket
    refused = hand_edits.find_refused(ticket, body, author().policy, at=author().at, before=base)
    return log_hand_edit(ticket, body, refused, typed_file, author())


def load_policy(repo: Repo) -> Policy | None:
    """Return the policy in force; None if there is none."""
    try:
        return load_policy_in_force(repo.root, repo).policy
    except Damaged:
        return None


def explain_sides(trees: ThreeWay, author: HandEditAuthor) -> None:
    """Replace both versions of each ticket in `trees` with explained ones, for a merge that the person commits."""
    blobs = trees.blobs
    find_base = partial(edit_base.find_base_of_committed, blobs.repo)
    for path in trees.tickets:
        base = blobs.ticket(trees.base.entry(path), path)
        for tree in trees.sides if base else ():
            ticket = blobs.ticket(tree.entry(path), path)
            data = (blobs.data(entry) if (entry := tree.entry(path)) else None) or b""
            explained = explain_version(ticket, base, lambda: author, find_base, data) if ticket else None
            if explained and explained is not ticket:
                tree.known_entries[path] = blobs.add_ticket(explained)


class CommittedEdits(Struct, frozen=True):
    """A commit whose hand edits since `base` are to be explained; without a base, those of the tickets at `paths`."""

    commit: str
    base: str | None
    paths: Iterable[str] = ()


def explain_commit(blobs: BlobCache, edits: CommittedEdits, author: HandEditAuthor, name: AuthorLookup) -> str:
    """Return a commit, on no branch, on the commit of `edits` that explains them; that commit if there are none."""
    repo, base, commit = blobs.repo, edits.base, edits.commit
    find_base = partial(edit_base.find_base_of_committed, repo)
    explained: dict[str, Ticket] = {}
    for path in find_unexplained(blobs, base, commit) if base else edits.paths:
        versions = [_ticket_at(blobs, path, at) for at in (base, commit)]
        data = repo.read(path, commit) or b""
        ticket = explain_version(versions[1], versions[0], lambda: author, find_base, data) if versions[1] else None
        if ticket and ticket is not versions[1]:
            explained[path] = ticket
    if not explained:
        return commit
    files = {f"{repo.prefix}{path}": yaml_codec.dump(ticket) for path, ticket in explained.items()}
    message = f"{', '.join(sorted(ticket.id for ticket in explained.values())[:3])}: edit"
    person = CommitAuthor(*name(author.by), author.at)
    written = objects.write_commit(repo, [commit], TreeEdit(commit, files), message=message, author=person)
    return signing.sign_commit(repo.git, written) if repo.read_settings().sign else written


def explain_for(recorder: Recorder, blobs: BlobCache, edits: CommittedEdits) -> str:
    """Call `explain_commit` in the name of the recorder, and return the commit."""
    author = HandEditAuthor(recorder.by, recorder.at, recorder.policy)
    return explain_commit(blobs, edits, author, recorder.author)


def _ticket_at(blobs: BlobCache, path: str, commit: str | None) -> Ticket | None:
    data = blobs.repo.read(path, commit) if commit else None
    return blobs.ticket(blobs.add_data(data), path) if data is not None else None
