"""The rules of waiting: what waiting for a reason does, read from policy.yaml, used by the clocks, shown to people.

Everything about a rule of waiting is here: the parts of WaitRule, how they are read, and how they are shown. Versions
compare rules as values, so a changed part is a change of a dated rule; corrections replace whole rules.
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
        """Whether the solution clock, the only one that can be held, is stopped meanwhile."""
        return "solution" in self.clocks

    def describe(self) -> list[str]:
        """Return the held clocks as `policy show` lists them."""
        return sorted(self.clocks)


NO_RULE = WaitRule()  # for a reason that the policy does not know


def parse_waiting(node: DocumentNode) -> dict[str, WaitRule]:
    """Parse `waiting:`: the clocks that each reason holds; the response is never held (clock rules 12)."""
    waiting = {}
    for reason, listed in node.names().items():
        clocks = listed.words()
        for clock, place in clocks.items():
            if clock == "response":
                place.add_fault("the response clock is never held: write [solution], or []")
            elif clock != "solution":
                place.add_fault("{value} is not a clock: write [solution], or [] to hold none", value=clock)
        waiting[reason] = WaitRule(frozenset(clocks))
    return waiting
