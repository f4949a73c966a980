"""Identify the author of a commit by the policy, and decide for whom they may record events. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.model.correspondence import PROGRAMS
from fenji.model.policy import ROLES, Policy
from fenji.model.policy.parts import begin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.git.commit_object import CommitPerson
    from fenji.model.ticket import Event

_SECOND = timedelta(seconds=1)


def identify_author(signer: CommitPerson, policy: Policy) -> str:
    """Return the key of the person who wrote a commit; for a stranger, the local part of the address or the name.

    A person is found by the address; else by the part of the address before the `@`, if that is a key of `people`; else
    by the name, if only one person has it.
    """
    address = signer.email.strip()
    addresses = {key: person.email.strip().casefold() for key, person in policy.people.items() if person.email}
    if by_address := [key for key, known in addresses.items() if known == address.casefold()]:
        return by_address[0]
    local_part = address.partition("@")[0]
    if local_part in policy.people:
        return local_part
    by_name = [key for key, person in policy.people.items() if person.name.strip() == signer.name.strip()]
    return by_name[0] if len(by_name) == 1 else local_part or signer.name


def may_speak_for(writer: str, by: str, policy: Policy, at: datetime) -> bool:
    """Return whether `writer` may record acts of `by`: their own, or of anybody without a higher role at the time `at`.

    The roles in ascending order: engineer, lead, manager, admin. Strangers speak only for themselves, and nobody else
    speaks for a stranger.
    """
    if writer == by:
        return True
    known = writer in policy.people and by in policy.people
    return known and _role_rank(writer, policy, at) >= _role_rank(by, policy, at)


def _role_rank(person: str, policy: Policy, at: datetime) -> int:
    return max((ROLES.index(role) for role in policy.roles(person, at) if role in ROLES), default=-1)


# --- people whose role has ended, and strangers -----------------------------------------------------------------------

_NOTED = frozenset({"report", "note", "attach"})
_STRANGERS_STEPS = {"nothing": frozenset[str](), "note": _NOTED}


def may_do_as_program(event: Event) -> bool:
    """Return whether an event by `mail` or `import` is one that fenji writes; always true for people's events."""
    return event.by not in PROGRAMS or event.do in _NOTED


def may_do_as_stranger(event: Event, policy: Policy) -> bool:
    """Return whether the policy knows an event's person, or its `strangers` allows the event (format 5)."""
    if policy.format < 2 or not policy.people or event.by in policy.people or event.by in PROGRAMS:
        return True
    return event.do in _STRANGERS_STEPS.get(policy.strangers, (event.do,))


def find_late_end(
    person: str, policy: Policy, arrived: datetime, is_allowed: Callable[[datetime], bool]
) -> datetime | None:
    """Return when the right to an act ended, if the act arrives later than `grace` after that, else None.

    `is_allowed` returns whether the person's roles allow the act at a time. A role ends with its `until`, a lead's also
    with the version that names another lead; a person who has left may do nothing. This is checked in addition to the
    rights at the time of the act, since its dates are given by its writer.
    """
    end = _find_end(person, policy, arrived, is_allowed) if policy.format > 1 else None
    return end if end and arrived > end + policy.grace else None


def _find_end(
    person: str, policy: Policy, arrived: datetime, is_allowed: Callable[[datetime], bool]
) -> datetime | None:
    known = policy.people.get(person)
    if known and known.has_ended(arrived):
        return begin_of(known.until[""])
    if is_allowed(arrived):
        return None
    ends = (end for end in reversed(policy.role_ends(person)) if end <= arrived)
    return next((end for end in ends if is_allowed(end - _SECOND)), None)
