"""Identify the author of a commit by the policy, and tell for whom they may record events. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.policy import ROLES
from fenji.model.policy.parts import begin_of

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.git.commit_object import CommitPerson
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event


def identify_author(signer: CommitPerson, policy: Policy) -> str:
    """Return the key of the person who wrote a commit; for a stranger, the local part of the address or the name.

    An address in the policy decides; then the part of the address before the `@`, if it is a key of `people`; then the
    name, if only one person has it.
    """
    address = signer.email.strip().casefold()
    by_address = [
        key for key, person in policy.people.items() if person.email and person.email.strip().casefold() == address
    ]
    if by_address:
        return by_address[0]
    local_part = signer.email.strip().partition("@")[0]
    if local_part in policy.people:
        return local_part
    by_name = [key for key, person in policy.people.items() if person.name.strip() == signer.name.strip()]
    return by_name[0] if len(by_name) == 1 else local_part or signer.name


def may_speak_for(writer: str, by: str, policy: Policy) -> bool:
    """Return whether `writer` may record what `by` did: for oneself, and for anybody without a higher role.

    Roles rank engineer, lead, manager, admin. Strangers speak only for themselves, and nobody speaks for a stranger.
    """
    if writer == by:
        return True
    return writer in policy.people and by in policy.people and _role_rank(writer, policy) >= _role_rank(by, policy)


def _role_rank(person: str, policy: Policy) -> int:
    return max((ROLES.index(role) for role in policy.roles(person) if role in ROLES), default=-1)


# --- who has a role no longer, and who never had one ------------------------------------------------------------------

_STRANGERS_STEPS = {"nothing": frozenset[str](), "note": frozenset({"report", "note", "attach"})}
_PROGRAMS = frozenset({"import", "mail"})  # what fenji itself writes as `by`


def may_do_as_stranger(event: Event, policy: Policy) -> bool:
    """Return whether an event may come in as far as its person is known, by what `strangers` allows (format 5)."""
    if policy.format < 2 or not policy.people or event.by in policy.people or event.by in _PROGRAMS:
        return True
    return event.do in _STRANGERS_STEPS.get(policy.strangers, (event.do,))


def find_ended_role(event: Event, policy: Policy, now: datetime) -> Sentence | None:
    """Return why an event of a role that has ended comes too late at `now`: `grace` after the end has gone by.

    Asked besides what the role allowed when the event was written, since its dates are those that its writer gives.
    """
    ended = _find_end(event, policy, now) if policy.format > 1 else None
    if ended is None or now <= ended + policy.grace:
        return None
    values = {"do": event.do, "by": event.by, "at": event.at.isoformat(), "end": ended.date().isoformat()}
    template = "{do} by {by} at {at} comes too late: the role ended on {end}; somebody who has it may take it up"
    return Sentence(template, values)


def _find_end(event: Event, policy: Policy, now: datetime) -> datetime | None:
    """Return when the role ended that allowed this event; None if one allows it still, or none ever did."""
    person = policy.people.get(event.by)
    ends = {role: begin_of(until) for role, until in person.until.items()} if person else {}
    ended = {role: end for role, end in ends.items() if end <= now}
    if "" in ended:
        return ended[""]
    if not ended or policy.may_do(event.by, event.do, at=now) or not policy.may_do(event.by, event.do):
        return None
    return max(ended.values())
