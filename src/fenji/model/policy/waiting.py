"""The rules of waiting: what waiting for a reason does, read from policy.yaml, asked by the clocks, shown to people.

All that a rule of waiting needs stands here: a part of WaitRule, how it is read, and how it is shown. Versions compare
rules as values, so a changed part is a change of what has a date; corrections replace whole rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.model.policy.document import DocumentNode


class WaitRule(Struct, frozen=True):
    """What waiting for one reason does: the clocks that it holds."""

    clocks: frozenset[str] = frozenset()

    @property
    def holds_solution(self) -> bool:
        """Whether the solution clock, the only one that can be held, stands still meanwhile."""
        return "solution" in self.clocks

    def describe(self) -> list[str]:
        """Return it as `policy show` does."""
        return sorted(self.clocks)


NO_RULE = WaitRule()  # of a reason that the policy does not know


def parse_waiting(node: DocumentNode) -> dict[str, WaitRule]:
    """Parse `waiting:`: of each reason the clocks that it holds; the response is never held (clock rules 12)."""
    waiting = {}
    for reason, listed in node.names().items():
        clocks = listed.words()
        for clock, place in clocks.items():
            if clock == "response":
                place.add_fault("the response clock is never held: leave [solution], or []")
            elif clock != "solution":
                place.add_fault("{value} is no clock: write [solution], or [] to hold none", value=clock)
        waiting[reason] = WaitRule(frozenset(clocks))
    return waiting
