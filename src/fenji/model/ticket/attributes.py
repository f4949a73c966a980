"""Typed attributes over the values of a ticket and of its items: `ticket.owner`, `resource.hours`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.model.values import Value


class HasData(Protocol):
    """An object that attributes read from: values by key, as in the file."""

    @property
    def data(self) -> Mapping[str, Value]: ...


class TextAttribute(Struct, frozen=True):
    """A word, a text or a day, as text; `""` where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> str:
        value = instance.data.get(self.key)
        return "" if value is None else str(value)


class NumberAttribute(Struct, frozen=True):
    """A decimal number; None where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> Decimal | None:
        value = instance.data.get(self.key)
        return value if isinstance(value, Decimal) else None


class CountAttribute(Struct, frozen=True):
    """A whole number; None where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> int | None:
        value = instance.data.get(self.key)
        return value if isinstance(value, int) else None


class FlagAttribute(Struct, frozen=True):
    """Whether a flag is set; False where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> bool:
        return instance.data.get(self.key) is True


class WordsAttribute(Struct, frozen=True):
    """A list of words; empty where absent."""

    key: str

    def __get__(self, instance: HasData, owner: type) -> list[str]:
        value = instance.data.get(self.key)
        return [str(word) for word in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


class Settlement(Struct, frozen=True):
    """How a resource line was settled by hand, and why."""

    data: Mapping[str, Value]
    outcome = TextAttribute("as")
    why = TextAttribute("why")


class LinkItem(Struct, frozen=True):
    """A link to another ticket."""

    data: Mapping[str, Value]
    to = TextAttribute("to")
    relation = TextAttribute("as")


class ResourceItem(Struct, frozen=True):
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
        """How the line was settled by hand; None if it was not."""
        value = self.data.get("settle")
        return Settlement(value) if isinstance(value, Mapping) else None


class PlanItem(Struct, frozen=True):
    """A step of the plan; its days are ISO dates."""

    data: Mapping[str, Value]
    key = TextAttribute("key")
    what = TextAttribute("what")
    owner = TextAttribute("owner")
    start = TextAttribute("start")
    due = TextAttribute("due")
    done = TextAttribute("done")
    after = WordsAttribute("after")


class FileItem(Struct, frozen=True):
    """An attached file: its name, its size in bytes, and the SHA-256 of its content, hex."""

    data: Mapping[str, Value]
    name = TextAttribute("name")
    size = CountAttribute("size")
    sha256 = TextAttribute("sha256")
