"""Whether what the branch will hold is a sound desk: its tickets as they will stand, held against those of the hub.

How they came there is judged commit by commit, in `steps`. What somebody damaged and mended again before he pushed is
no fault here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenji import flow
from fenji.errors import Sentence
from fenji.hub import verdicts
from fenji.hub.places import attached_at, core, number_at
from fenji.hub.refusals import Refusal, of_problem
from fenji.hub.steps import GRADES
from fenji.merge import leaves, renumber, same
from fenji.repo.stream import Held
from fenji.store import explain_hand_edit, layout
from fenji.ticket import Ticket, item_key, short
from fenji.yamlio import LARGEST

if TYPE_CHECKING:
    from fenji.hub.contents import Contents
    from fenji.hub.identities import Identities
    from fenji.policy import Policy
    from fenji.repo.objects import Difference

_CHUNK = 1_000  # numbers whose tickets are held in memory at once
_PAIRS = 13  # two letters each of the 26 of a uid
_APART = frozenset({"id", "uid", "formerly", "state", "sla", "site", "files"})


@dataclass(frozen=True)
class Tip:
    """The commit that the branch is to go to, what differs there from the hub's, by path, and the rules in force."""

    commit: str
    files: Mapping[str, Difference]
    contents: Contents
    identities: Identities
    policy: Policy | None
    founding: bool = False


@dataclass(frozen=True)
class _Group:
    """Some of the tickets that differ: by uid as the hub has them and as they will be, and where the latter lie."""

    before: Mapping[str, Ticket]
    after: Mapping[str, Ticket]
    places: Mapping[str, Sequence[str]]
    unread: frozenset[str]


def faults(tip: Tip) -> Iterator[Refusal]:
    """What is wrong with the tickets and attachments that differ."""
    groups: dict[str, list[str]] = {}
    for path in tip.files:
        number = number_at(path) or (attached_at(path) or ("",))[0]
        if number:
            groups.setdefault(core(number), []).append(path)
    numbers = sorted(groups)
    for start in range(0, len(numbers), _CHUNK):
        yield from _chunk([path for number in numbers[start : start + _CHUNK] for path in groups[number]], tip)
        if len(numbers) > _CHUNK:
            tip.contents.forget()


def _chunk(paths: Sequence[str], tip: Tip) -> Iterator[Refusal]:
    tickets = [path for path in paths if number_at(path)]
    sides = [(path, side) for path in tickets for side in (tip.files[path].before, tip.files[path].after)]
    tip.contents.read(sides)
    standing = tip.contents.history.blob_at(tip.commit, [place for path in paths for place in _places(path)])
    group = _group(tickets, tip)
    yield from _unreadable(tickets, tip)
    yield from _gone(group, tip)
    for uid, ticket in group.after.items():
        twofold = _twofold(uid, ticket, group, standing, tip.identities)
        tip.identities.add(uid, ticket.id)
        if twofold:
            yield twofold
        else:
            yield from _one(ticket, group.before.get(uid), group.places[uid][0], tip)
    yield from _enclosed([path for path in paths if attached_at(path)], group, standing, tip)


def _places(path: str) -> Sequence[str]:
    attached = attached_at(path)
    return layout.places(attached[0] if attached else number_at(path))


def _group(paths: Sequence[str], tip: Tip) -> _Group:
    before: dict[str, Ticket] = {}
    after: dict[str, Ticket] = {}
    places: dict[str, list[str]] = {}
    unread: set[str] = set()
    for path in paths:
        one = tip.files[path]
        old, new = tip.contents.ticket(one.before, path), tip.contents.ticket(one.after, path)
        if old:
            before[old.uid] = old
        if new:
            after[new.uid] = new
            places.setdefault(new.uid, []).append(path)
        elif one.after and old:
            unread.add(old.uid)
    return _Group(before, after, places, frozenset(unread))


# --- as files -----------------------------------------------------------------------------------------------------


def _unreadable(paths: Sequence[str], tip: Tip) -> Iterator[Refusal]:
    for path in paths:
        held = tip.files[path].after
        if held and (tip.contents.size(held.blob) or 0) <= LARGEST:
            yield from map(of_problem, tip.contents.problems(held, path))


def _twofold(
    uid: str, ticket: Ticket, group: _Group, standing: Mapping[str, str], identities: Identities
) -> Refusal | None:
    """A ticket that stands twice, or beside another one of its number or uid."""
    places = group.places[uid]
    twins = [one for path in places for one in layout.places(number_at(path)) if one in standing]
    if len({*places, *twins}) > 1:
        return Refusal(ticket.id, Sentence("stands twice: {paths}", {"paths": ", ".join(sorted({*places, *twins}))}))
    known = "" if uid in group.before else identities.number(uid)
    return (
        Refusal(places[0], Sentence("has the uid of {id}; every ticket has its own", {"id": known})) if known else None
    )


def _gone(group: _Group, tip: Tip) -> Iterator[Refusal]:
    for uid in group.before.keys() - group.after.keys() - group.unread:
        if not _held_elsewhere(group.before[uid], tip):
            yield deleted(group.before[uid].id)


def deleted(number: str) -> Refusal:
    """What is said of a ticket that is gone (format 3)."""
    return Refusal(number, Sentence("was deleted; tickets are withdrawn, never deleted"))


def _held_elsewhere(ticket: Ticket, tip: Tip) -> bool:
    found = tip.contents.history.blob_at(tip.commit, layout.places(ticket.id))
    tickets = (tip.contents.ticket(Held(blob), path) for path, blob in found.items())
    return any(one and one.uid == ticket.uid for one in tickets)


# --- one ticket ---------------------------------------------------------------------------------------------------


def _one(ticket: Ticket, before: Ticket | None, path: str, tip: Tip) -> Iterator[Refusal]:
    if path.rpartition("/")[2] != f"{ticket.id}.yaml":
        yield Refusal(path, Sentence("holds the ticket {id}; a file is named after its ticket", {"id": ticket.id}))
        return
    state = flow.standing(ticket).state
    if ticket.state != state:
        yield Refusal(
            ticket.id,
            Sentence("its state is {state}; by its log it is {wanted}", {"state": ticket.state, "wanted": state}),
        )
    elif layout.place(ticket) != path:
        yield Refusal(
            ticket.id, Sentence("is {state} and belongs at {path}", {"state": state, "path": layout.place(ticket)})
        )
    yield from _number(ticket, before, tip)
    yield from _header(ticket, before)
    yield from _grades(ticket, before, tip.policy)
    yield from _attachments(ticket, before, tip)
    forged = verdicts.forged(ticket, tip.policy) if tip.founding and tip.policy and "sla" in ticket.data else None
    if forged:
        yield forged


def _number(ticket: Ticket, before: Ticket | None, tip: Tip) -> Iterator[Refusal]:
    """A number is given once; only who meets another ticket of the same number takes the longer one (format 3)."""
    born = ticket.word("formerly")
    if ticket.site != ticket.id.split("-")[0]:
        yield Refusal(ticket.id, Sentence("is of the site {site}, and its number of another", {"site": ticket.site}))
    if core(ticket.id) != (born or ticket.id) or (born and ticket.id not in _longer(ticket, born)):
        yield Refusal(
            ticket.id, Sentence("is no number that a ticket born as {born} can have", {"born": born or core(ticket.id)})
        )
    if before and before.id != ticket.id:
        left = tip.contents.history.blob_at(tip.commit, layout.places(before.id))
        if not left or ticket.word("formerly") != (before.word("formerly") or before.id):
            yield Refusal(ticket.id, Sentence("was {former}; a ticket keeps its number", {"former": before.id}))


def _longer(ticket: Ticket, born: str) -> set[str]:
    """The numbers that a ticket takes one after the other when it gives way."""
    found: set[str] = set()
    one = ticket.put({"id": born, "formerly": None})
    for _ in range(_PAIRS):
        one = renumber(one)
        found.add(one.id)
    return found


def _header(ticket: Ticket, before: Ticket | None) -> Iterator[Refusal]:
    """Header values that no event explains, or that fell back behind what the hub has."""
    body = explain_hand_edit(ticket, before)
    stated, rewrote = body.get("set"), body.get("rewrote")
    found = [*(stated if isinstance(stated, Mapping) else ()), *(rewrote if isinstance(rewrote, list) else ())]
    found += _untold(ticket) if before is None else []
    unexplained = sorted({leaf for leaf in found if leaf.partition(".")[0] != "files"})
    if unexplained:
        template = "no event explains the value of {fields}; a fenji act or sync writes the event"
        yield Refusal(ticket.id, Sentence(template, {"fields": ", ".join(unexplained)}))
    elif before:
        back = _fallen_back(ticket, before)
        if back:
            yield Refusal(
                ticket.id, Sentence("{fields}: an older value stands than the hub has", {"fields": ", ".join(back)})
            )


def _untold(ticket: Ticket) -> list[str]:
    """Long texts and items of a new ticket that no event names, where its report tells what it began with."""
    if not any(one.do == "report" and (one.set or one.rewrote) for one in ticket.log):
        return []
    named = {name for one in ticket.log for name in (*one.set, *one.rewrote)}
    held = (leaf for leaf, _ in leaves(ticket) if not short(leaf))
    return [leaf for leaf in held if leaf not in named and leaf.partition(".")[0] not in named]


def _fallen_back(ticket: Ticket, before: Ticket) -> list[str]:
    """Fields that differ from the hub's although the latest event that touches them is one that the hub has."""
    known = {one.digest for one in before.log}
    was, now = dict(leaves(before)), dict(leaves(ticket))
    differing = [leaf for leaf in {**was, **now} if not same(was.get(leaf), now.get(leaf))]
    return sorted(
        leaf
        for leaf in differing
        if leaf.partition(".")[0] not in _APART
        and max((one for one in ticket.log if one.touches(leaf)), key=lambda one: one.order).digest in known
    )


def _grades(ticket: Ticket, before: Ticket | None, policy: Policy | None) -> Iterator[Refusal]:
    """Grades that an edit of the header set and that do not hold: unknown ones, a priority by hand without a reason."""
    changed = [leaf for leaf in GRADES if before is None or before.get(leaf) != ticket.get(leaf)]
    if not changed or policy is None:
        return
    site, reported = ticket.site, ticket.reported
    version = policy.version(reported, site=site)
    known = {
        "priority": (*version.levels, *policy.levels),
        "impact": (*policy.impact, *version.matrix),
        "occurrence": (*policy.occurrence, *(key for row in version.matrix.values() for key in row)),
    }
    for leaf in changed:
        if ticket.word(leaf) and ticket.word(leaf) not in known[leaf]:
            yield Refusal(
                ticket.id, Sentence("{value} is unknown here as {field}", {"value": ticket.word(leaf), "field": leaf})
            )
    by_matrix = policy.priority(ticket.word("impact"), ticket.word("occurrence"), reported, site=site)
    last = next((one for one in reversed(ticket.log) if "priority" in one.set and one.do != "superseded"), None)
    mildest = by_matrix or version.levels[-1]
    if last and last.do == "edit" and ticket.priority != mildest and not (last.note or last.reason):
        yield Refusal(ticket.id, Sentence("the priority was set by hand without a reason; give one with classify"))


# --- attachments --------------------------------------------------------------------------------------------------


def _attachments(ticket: Ticket, before: Ticket | None, tip: Tip) -> Iterator[Refusal]:
    """Files that a changed ticket names and that are not beside it, or not the ones that were attached."""
    items = {item_key("files", one): one for one in ticket.items("files")}
    paths = {name: f"{layout.files_folder(ticket.id)}/{name}" for name in items if "/" not in name and "\n" not in name}
    there = tip.contents.history.blob_at(tip.commit, paths.values()) if items else {}
    for name, item in items.items():
        blob = there.get(paths.get(name, ""))
        if blob is None:
            yield Refusal(ticket.id, Sentence("the attachment {name} is missing", {"name": name}))
        elif (paths[name] in tip.files or before is None or before.get(f"files.{name}") != item) and not _fits(
            item, blob, tip
        ):
            yield Refusal(ticket.id, Sentence("the attachment {name} is not the one that was attached", {"name": name}))


def _fits(item: Mapping[str, object], blob: str, tip: Tip) -> bool:
    size = tip.contents.size(blob)
    if item.get("size") not in (None, size):
        return False
    return not item.get("sha256") or tip.contents.history.digest(blob) == item["sha256"]


def _enclosed(paths: Sequence[str], group: _Group, standing: Mapping[str, str], tip: Tip) -> Iterator[Refusal]:
    """Attachments that were added, changed or removed while their ticket was not."""
    for number in dict.fromkeys(found[0] for found in map(attached_at, paths) if found):
        if any(ticket.id == number for ticket in group.after.values()):
            continue
        place = next((one for one in layout.places(number) if one in standing), "")
        ticket = tip.contents.ticket(Held(standing[place]), place) if place else None
        if ticket:
            yield from _attachments(ticket, ticket, tip)
        elif not place and any(tip.files[path].after for path in paths if _is_beside(path, number)):
            yield Refusal(f"{layout.FILES}/{number}", Sentence("lies beside no ticket"))


def _is_beside(path: str, number: str) -> bool:
    return path.startswith(f"{layout.files_folder(number)}/")
