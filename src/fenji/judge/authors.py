"""Identify the author of a commit by the policy, and tell for whom they may record events. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.policy import ROLES

if TYPE_CHECKING:
    from fenji.git.commit_object import CommitPerson
    from fenji.model.policy import Policy


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
