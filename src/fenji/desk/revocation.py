"""Revoke a person's signing key, for instance after a lost machine, by a draft change of policy.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.desk.amend import Amendment, read_policy_file
from fenji.desk.open import POLICY_FILE, parse_policy
from fenji.desk.people import nearest_keys
from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.given_files import expand_user, read_given
from fenji.judge.policy_draft import DraftJudge
from fenji.storage.policy_keys import set_key

if TYPE_CHECKING:
    from fenji.desk.desk import Desk

_PUBLIC_KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+ [A-Za-z0-9+/=]+(?: [^\n\"\\]*)?")


def plan_revocation(desk: Desk, person: str, new_key: str = "") -> Amendment:
    """Plan policy.yaml without the key of a person, or with `new_key` in its place.

    Raises NotFound for an unknown person, Refused if they have no key, if nothing would change, or for one's own key
    while changes of the policy must be signed with it.
    """
    before = read_policy_file(desk.root / POLICY_FILE)
    policy = parse_policy(before, POLICY_FILE)
    known = policy.people
    if person not in known:
        near = tuple(nearest_keys(person, {key: known[key].name for key in known}) or known)
        raise NotFound(
            "{person} is not among the people in policy.yaml.", hint="Is {near} meant?", person=person, near=near
        )
    if not known[person].key:
        raise Refused("{person} has no key in policy.yaml.", hint="A role is ended with `until` there.", person=person)
    if known[person].key == new_key:
        raise Refused("This is {person}'s current key.", person=person)
    if person == desk.person and "policy" in policy.require_signed:
        hint = "Have another admin do it."
        raise Refused("The change would have to be signed with the key it ends.", hint=hint)
    after = set_key(before, POLICY_FILE, person, new_key)
    judge = DraftJudge.at_desk(desk.root, desk.repo, desk.policy_in_force, desk.person, desk.now())
    return Amendment(before, after, "", (), judge.find_problems(after, POLICY_FILE))


def read_public_key(text: str) -> str:
    """Return an SSH public key, given as its text or as the path of its file. Raises InvalidUsage."""
    path = expand_user(Path(text))
    try:
        key = read_given(path).decode().strip() if path.is_file() else text.strip()
    except (OSError, ValueError):
        key = ""
    if not _PUBLIC_KEY.fullmatch(key):
        hint = "Name a file such as id_ed25519.pub, or give its line: ssh-ed25519 AAAA…"
        raise InvalidUsage("{text} is not an SSH public key.", hint=hint, text=text)
    return key
