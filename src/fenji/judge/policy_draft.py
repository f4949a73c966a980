"""Judge a draft of the policy as a hub does when it arrives, and set its `since` to now (clock rules 10, format 5).

A desk judges a draft with this before it sends it to the hub; a desk that is its own judge, before it puts it in force.
The hub checks a push by the same rules in `policy_line`, with the same `ChangeJudge`.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Damaged, Problem, Sentence
from fenji.judge.charged_units import TicketSource, find_moved_units
from fenji.judge.policy_in_force import POLICY_FILE, PolicyInForce, parse_policy
from fenji.model import policy as policies
from fenji.model.policy.corrections import is_said_late
from fenji.model.policy.newer import describe_newer
from fenji.storage import layout, policy_text, yaml_codec

if TYPE_CHECKING:
    from fenji.errors import Fault
    from fenji.git import Repo
    from fenji.model.policy import Policy

POLICY_ACTION = "policy"  # the name of a policy change in `may` and `require_signed`
_SINCE_LINE = re.compile(rb"^(since:[ \t]*)([^#\r\n]*?)([ \t]*(?:#[^\r\n]*)?)(?=\r?$)", re.MULTILINE)


def describe_permission(policy: Policy, author: str, at: datetime) -> Sentence:
    """Return the sentence that refuses somebody who may not change the rules at a time and names whom to ask."""
    permitted = tuple(policy.list_permitted(POLICY_ACTION, at))
    return Sentence("{by} may not change the rules; ask {people}", {"by": author, "people": permitted or "-"})


class ChangeJudge(Struct, frozen=True):
    """A judge of changes of the rules that `by` makes at a time, at a desk as at a hub.

    `has_tickets`: whether there are any tickets; `tickets` are the standing ones, None for a change made long ago.
    """

    by: str
    at: datetime
    has_tickets: bool
    tickets: TicketSource | None

    def find_faults(self, former: Policy, policy: Policy) -> list[Fault]:
        """Return why `policy` may not take the place of `former`; of a change made long ago, only what is past."""
        faults = policies.find_past_changes(former, policy, self.at, has_tickets=self.has_tickets)
        if self.tickets is None:
            return faults
        foreign = policies.find_foreign_corrections(former, policy, self.by)
        return [*faults, *foreign, *find_moved_units(former, policy, self.tickets, self.at)]


class DraftJudge(Struct, frozen=True):
    """A judge of drafts that decides as a hub would if `by` brought the draft in at `now`.

    `has_tickets`: whether the desk has any tickets; `tickets` are the committed ones.
    """

    in_force: PolicyInForce
    by: str
    now: datetime
    has_tickets: bool
    tickets: TicketSource

    @classmethod
    def at_desk(cls, root: Path, repo: Repo, in_force: PolicyInForce, by: str, now: datetime) -> DraftJudge:
        """Return the judge of drafts at a desk."""
        head = repo.head()
        source = TicketSource(repo.past, (head,) if head else (), repo.prefix)
        return cls(in_force, by, now, layout.has_tickets(root), source)

    def find_problems(self, data: bytes, name: str = POLICY_FILE) -> tuple[Problem, ...]:
        """Return the problems for which a hub would refuse a draft; empty if it would accept it."""
        try:
            policy = parse_policy(data, name)
        except Damaged as damaged:
            return damaged.problems
        former = self.in_force.policy
        if former.newer_format:
            return (Problem(name, 0, 0, "", describe_newer(former)),)
        refusal = None if self._may_change(former) else describe_permission(former, self.by, self.now)
        barred = (Problem(name, 0, 0, "", refusal),) if refusal else ()
        faults = ChangeJudge(self.by, self.now, self.has_tickets, self.tickets).find_faults(former, policy)
        return (*barred, *yaml_codec.locate_faults(data, name, faults))

    def _may_change(self, former: Policy) -> bool:
        """Return whether the person may change the rules; at a desk that is its own judge also if nobody else may."""
        is_orphaned = self.in_force.is_own and not former.list_permitted(POLICY_ACTION, self.now)
        return is_orphaned or former.may_do(self.by, POLICY_ACTION, self.now)

    def date_from_now(self, data: bytes) -> bytes | None:
        """Return a draft with its past dates set to now if it is refused only for these, else None.

        The dates are the `since` of its newest version and the `on` of its new corrections.
        """
        if not self.find_problems(data):
            return None
        corrected = self._date_corrections(data)
        dated = (corrected, *(set_since(text, self.now) or text for text in (data, corrected)))
        return next((text for text in dated if text != data and not self.find_problems(text)), None)

    def _date_corrections(self, data: bytes) -> bytes:
        try:
            policy = parse_policy(data, POLICY_FILE)
        except Damaged:
            return data
        known = {correction.key for correction in self.in_force.policy.corrections}
        late = [each.key for each in policy.corrections if each.key not in known and is_said_late(each, self.now)]
        return policy_text.set_correction_instants(data, POLICY_FILE, late, self.now) if late else data


def set_since(data: bytes, since: datetime) -> bytes | None:
    """Return a draft with another `since` of its newest version and no other change; None if it has no such line."""
    text, count = _SINCE_LINE.subn(lambda line: line[1] + since.isoformat().encode() + line[3], data, count=1)
    return text if count else None
