"""Bringing the desk's files to what git holds now, each only where it is still as it was (compare and swap).

A ticket that was changed by hand meanwhile is merged with what came in; a policy is kept beside; whatever else is not
as it was is left alone and named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji import synonyms, yamlio
from fenji.errors import Damaged, Problem, Sentence, Unavailable
from fenji.merge import merge
from fenji.store import files, hand_edits, layout
from fenji.store.adopting import TYPED, Adopting, Edited
from fenji.store.attachments import LARGEST_FILE
from fenji.store.files import NotPlain
from fenji.store.shelf import in_its_state
from fenji.sync import beside
from fenji.sync.bulk import Content, write_all
from fenji.sync.sides import POLICY, SYNONYMS, Contents, is_enclosed, is_ticket

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.repo.objects import Difference
    from fenji.repo.stream import Held
    from fenji.store import Store
    from fenji.ticket import Ticket

_MARK, _END_MARK = re.compile(rb"^<{7} ", re.MULTILINE), re.compile(rb"^>{7} ", re.MULTILINE)
_CHUNK, _LARGE_CHUNK = 500, 4  # files that are held in memory at once; attachments may be large
Told = Callable[[int, int], None]


def _silent(_done: int, _of: int) -> None:
    return None


@dataclass(frozen=True)
class Writer:
    """For whom the files are written: the person and instant of a hand edit that is met, and who is told how far.

    `replaceable` names, by path, what git itself put there meanwhile and nobody typed: git's names of those bytes;
    `conflicted` are the paths at which git may have left conflict marks; `absent` names what a thin clone left with its
    hub.
    """

    by: str
    at: datetime
    told: Told = _silent
    replaceable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    conflicted: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


@dataclass
class Landed:
    """What was met: files left alone, tickets merged with a hand edit, the file that keeps this clone's policy.

    `absent` are the files that were left with the hub.
    """

    left: list[Problem] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    policy_kept: str = ""
    absent: list[str] = field(default_factory=list)


Found = Mapping[str, "Difference"]  # by path below the desk


def shelve(store: Store, found: Found, writer: Writer) -> Landed:
    """Write and remove files as `found` says. The caller holds the desk lock. Raises Unavailable."""
    shelving = _Shelving(store, found, writer)
    shelving.write()
    for path in shelving.gone:
        files.remove(store.root, path)
    for path, data in shelving.met.items():
        shelving.meet(path, data)
    return shelving.landed


class _Shelving:
    """One go over the files: what is written at once, what goes afterwards, what was met with an edit."""

    def __init__(self, store: Store, found: Found, writer: Writer) -> None:
        self.store, self.found, self.writer = store, found, writer
        self.contents = Contents(store.repo)
        self.landed = Landed()
        self.gone: list[str] = []
        self.met: dict[str, bytes] = {}

    def write(self) -> None:
        """Write every file that is as it was; sort out the others."""
        done = 0
        for chunk in _chunks(self.found):
            writes = {path: held for path in chunk if (held := self._look(path))}
            contents = Contents(self.store.repo)  # let go after each chunk: attachments may be large
            contents.fetch(writes.values())
            write_all(self.store.root, {path: _content(path, held, contents) for path, held in writes.items()})
            done += len(chunk)
            self.writer.told(done, len(self.found))

    def _look(self, path: str) -> Held | None:
        """What is to be written at the path, by what lies there; None where nothing is."""
        try:
            data: bytes | None = files.read(self.store.root / path, LARGEST_FILE + 1)[0]
        except FileNotFoundError:
            data = None
        except (NotPlain, NotADirectoryError):
            self._leave(path, Sentence("is no plain file; what came in stands in git alone"))
            return None
        except OSError as error:
            raise files.failure(error, self.store.root / path) from error
        after = self.found[path].after
        if data is not None and after and self.store.repo.blob_id(data) == after.blob:
            return None
        if data is not None and not self._replaceable(path, data):
            self.met[path] = data
            return None
        far = after is not None and after.blob in self.writer.absent
        if far:
            self.landed.absent.append(path)
        if data is not None and (far or after is None):
            self.gone.append(path)
        return None if far else after

    def _replaceable(self, path: str, data: bytes) -> bool:
        """Whether the file is as it was committed, or holds what git put there in a merge."""
        before, blob = self.found[path].before, self.store.repo.blob_id(data)
        if (before and blob == before.blob) or blob in self.writer.replaceable.get(path, ()):
            return True
        if marked(data) and (is_ticket(path) or path in self.writer.conflicted):
            beside.keep_marked(self.store.repo, path.rpartition("/")[2], data)
            return True
        return False

    def _leave(self, path: str, message: Sentence) -> None:
        self.landed.left.append(Problem(path, 0, 0, "", message))

    # --- what was changed by hand meanwhile ---------------------------------------------------------------------------

    def meet(self, path: str, data: bytes) -> None:
        """Join a file that was changed by hand with what came in."""
        after = self.found[path].after
        if path == POLICY and after:
            self.landed.policy_kept = beside.keep_policy(self.store.root, data)
            write_all(self.store.root, {path: _content(path, after, self.contents)})
            return
        if path == SYNONYMS:
            self._join_synonyms(data)
            return
        edited = _read(path, data) if is_ticket(path) else None
        if is_ticket(path) and edited is None:
            message = "was changed here and cannot be read, so it is left alone; what came in stands in git"
            self._leave(path, Sentence(message))
        elif edited is None or (came := self._version(edited.uid)) is None:
            self._leave(path, Sentence("was changed here meanwhile and is left alone; what came in stands in git"))
        else:
            self._merge(path, edited, came, data)

    def _join_synonyms(self, data: bytes) -> None:
        found = self.found[SYNONYMS]
        before, after = (self.contents.data(one) if one else None for one in (found.before, found.after))
        whole = synonyms.joined(before, data, after)
        if whole is not None:
            write_all(self.store.root, {SYNONYMS: Content(whole)})
        self.landed.edited.append(SYNONYMS)

    def _merge(self, path: str, edited: Ticket, came: Ticket, data: bytes) -> None:
        whole = in_its_state(merge(self._explained(path, edited, data), came))
        place = layout.place(whole)
        write_all(self.store.root, {place: Content(yamlio.dump(whole))})
        if place != path:
            files.remove(self.store.root, path)
        self.landed.edited.append(place)

    def _version(self, uid: str) -> Ticket | None:
        """The ticket as it came in, wherever it lies now."""
        tickets = (self.contents.ticket(one.after, path) for path, one in self.found.items() if is_ticket(path))
        return next((one for one in tickets if one and one.uid == uid), None)

    def _explained(self, path: str, ticket: Ticket, data: bytes) -> Ticket:
        """The edited ticket with the event that explains what was changed by hand since it was last committed."""
        before = self.contents.ticket(self.found[path].before, path)
        before = before if before and before.uid == ticket.uid else None
        adopting = Adopting(self.writer.by, self.writer.at)
        edited = Edited(path, data, ticket, before, before, self.store.repo.git_dir / TYPED)
        ticket, body = adopting.bounded(edited)
        self.landed.left += adopting.put_back
        return hand_edits.explained(ticket, body, by=self.writer.by, at=self.writer.at) if body else ticket


def _chunks(found: Found) -> Iterator[Sequence[str]]:
    """Tickets first, what comes before what goes; then attachments a few at a time, since they may be large."""
    small = sorted((path for path in found if not is_enclosed(path)), key=lambda path: found[path].after is None)
    large = [path for path in found if is_enclosed(path)]
    for paths, size in ((small, _CHUNK), (large, _LARGE_CHUNK)):
        yield from (paths[start : start + size] for start in range(0, len(paths), size))


def _content(path: str, held: Held, contents: Contents) -> Content:
    data = contents.data(held)
    if data is None:
        raise Unavailable(
            "{path} is not here: git has not got its contents.",
            hint="Bring the link up and sync again; a thin clone fetches large files when they are needed.",
            path=path,
        )
    return Content(data, held.mode == "100755")


def marked(data: bytes) -> bool:
    """Whether there are conflict marks in a text, which no ticket holds at the beginning of a line."""
    return bool(_MARK.search(data)) and bool(_END_MARK.search(data))


def _read(path: str, data: bytes) -> Ticket | None:
    try:
        return in_its_state(yamlio.read_ticket(data, path))
    except Damaged:
        return None
