"""Typed attributes over the values of a ticket and of its items: `ticket.owner`, `resource.hours`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fenji.model.values import Value


class HasData(Protocol):
    """What attributes read from: values by key, as they stand in the file."""

    @property
    def data(self) -> Mapping[str, Value]: ...


@dataclass(frozen=True)
class TextAttribute:
    """A word, a text or a day, as text; `""` where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> str:
        value = instance.data.get(self.key)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class NumberAttribute:
    """A decimal number; None where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> Decimal | None:
        value = instance.data.get(self.key)
        return value if isinstance(value, Decimal) else None


@dataclass(frozen=True)
class CountAttribute:
    """A whole number; None where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> int | None:
        value = instance.data.get(self.key)
        return value if isinstance(value, int) else None


@dataclass(frozen=True)
class FlagAttribute:
    """Whether a flag is set; False where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> bool:
        return instance.data.get(self.key) is True


@dataclass(frozen=True)
class WordsAttribute:
    """A list of words; empty where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> list[str]:
        value = instance.data.get(self.key)
        return [str(word) for word in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


@dataclass(frozen=True)
class Settlement:
    """How a resource line was settled by hand, and why."""

    data: Mapping[str, Value]
    outcome = TextAttribute("as")
    why = TextAttribute("why")


@dataclass(frozen=True)
class LinkItem:
    """A link to another ticket."""

    data: Mapping[str, Value]
    to = TextAttribute("to")
    relation = TextAttribute("as")


@dataclass(frozen=True)
class ResourceItem:
    """What was spent on a ticket: people, technology, management or material."""

    data: Mapping[str, Value]
    key = TextAttribute("key")
    kind = TextAttribute("kind")
    what = TextAttribute("what")
    quantity = NumberAttribute("quantity")
    hours = NumberAttribute("hours")
    cost = NumberAttribute("cost")
    currency = TextAttribute("currency")
    is_billable = FlagAttribute("billable")
    day = TextAttribute("on")
    who = TextAttribute("who")
    unit = TextAttribute("unit")
    role = TextAttribute("role")
    charged_as = TextAttribute("as")
    km = NumberAttribute("km")
    days = NumberAttribute("days")

    @property
    def settle(self) -> Settlement | None:
        """How it was settled by hand; None where nobody did."""
        value = self.data.get("settle")
        return Settlement(value) if isinstance(value, Mapping) else None


@dataclass(frozen=True)
class PlanItem:
    """A step of the plan; its days are ISO dates."""

    data: Mapping[str, Value]
    key = TextAttribute("key")
    what = TextAttribute("what")
    owner = TextAttribute("owner")
    start = TextAttribute("start")
    due = TextAttribute("due")
    done = TextAttribute("done")
    after = WordsAttribute("after")


@dataclass(frozen=True)
class FileItem:
    """An attached file: its name, its size in bytes, and the SHA-256 of its content, hex."""

    data: Mapping[str, Value]
    name = TextAttribute("name")
    size = CountAttribute("size")
    sha256 = TextAttribute("sha256")
