"""FIELD=VALUE words of the command line, turned into the values that an act takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fenji import ticket as tickets
from fenji.cli.values import text_value
from fenji.errors import Damaged, Misused
from fenji.ticket import BY_KEY, LEAVES, Field, Ticket, Value


def pairs(typed: Iterable[str]) -> dict[str, str]:
    """`FIELD=VALUE` words by field. Raises Misused for a word without `=` and for a field given twice."""
    found: dict[str, str] = {}
    for one in typed:
        leaf, equals, value = one.partition("=")
        leaf = leaf.strip()
        if not equals or not leaf:
            raise Misused("{word} is not FIELD=VALUE.", hint="Write it as --set product.part=XJ-4411.", word=one)
        if leaf in found:
            raise Misused("{field} is given twice.", field=leaf)
        found[leaf] = value
    return found


def values(typed: Mapping[str, str], ticket: Ticket | None = None) -> dict[str, Value]:
    """The values of fields as an act takes them; nothing typed for a field empties it.

    `product.part=XJ-4411`; `solution=@FILE`; of an item `plan.m1.due=2026-03-20` (joins what `ticket` holds of it) and
    `plan.m1=` (takes it out); all items as YAML: `plan=@FILE`. Raises Misused for a field that does not exist or a
    value that does not fit it.
    """
    found: dict[str, Value] = {}
    for name, text in typed.items():
        key, _, rest = name.partition(".")
        if key not in BY_KEY or BY_KEY[key].held != "items":
            found[name] = _leaf(name, text)
        elif rest:
            leaf, value = _item(key, rest, text, found, ticket or Ticket({}))
            found[leaf] = value
        else:
            found[key] = _items(key, text_value(text))
    return found


def _leaf(leaf: str, text: str) -> Value:
    one = LEAVES.get(leaf)
    if one is None:
        raise Misused("There is no field {field}.", hint="Fields are: {known}.", field=leaf, known=", ".join(LEAVES))
    key, _, part = leaf.partition(".")
    value = _typed(leaf, one, text)
    return _checked(leaf, {key: {part: value} if part else value}).get(leaf)


def _typed(leaf: str, one: Field, text: str) -> Value:
    """The text as a loaded document would hold it."""
    if one.held == "word" and "\n" in text.strip():
        raise Misused("{field} is one line of text.", field=leaf)
    if one.held == "words":
        return [word.strip() for word in text.split(",") if word.strip()]
    text = text_value(text) if one.held == "text" else text.strip()
    return text if text.strip() else None


def _checked(name: str, document: Mapping[str, Value]) -> Ticket:
    read, faults = tickets.read(document)
    fault = next((one for one in faults if one.path and one.path[0] in document), None)
    if fault:
        raise Misused("{field} {fault}.", field=name, fault=fault.message)
    return read


def _item(key: str, rest: str, text: str, found: Mapping[str, Value], ticket: Ticket) -> tuple[str, Value]:
    parts = {one.key: one for one in BY_KEY[key].parts}
    name, dot, part = rest.rpartition(".")
    if not dot or part not in parts:
        if text.strip():
            hint = "Name one of its parts as well: {known}."
            raise Misused(
                "{field} is an item of several parts.", hint=hint, field=f"{key}.{rest}", known=", ".join(parts)
            )
        return f"{key}.{rest}", None
    leaf = f"{key}.{name}"
    held = found.get(leaf, ticket.get(leaf))
    begun = held if isinstance(held, Mapping) else _begun(key, name)
    item = {**begun, part: _item_part(key, name, parts[part], text)}
    ordered = {one: item[one] for one in (*parts, *item) if item.get(one) not in (None, [])}
    return leaf, ordered


def _begun(key: str, name: str) -> dict[str, Value]:
    """A new item that holds only what makes its key: `m1`, or target and relation of a link."""
    paired = BY_KEY[key].paired_by
    return dict(zip(paired, name.split("/", len(paired) - 1), strict=False))


def _item_part(key: str, name: str, part: Field, text: str) -> Value:
    leaf = f"{key}.{name}.{part.key}"
    read = _checked(leaf, {key: [{**_begun(key, name), part.key: _typed(leaf, part, text)}]}).items(key)
    return read[0].get(part.key) if read else None


def _items(key: str, text: str) -> Sequence[Mapping[str, Value]] | None:
    if not text.strip():
        return None
    from fenji import yamlio

    try:
        document = yamlio.load(text.encode("utf-8"), key)
    except Damaged as damaged:
        raise Misused("{field} {fault}.", field=key, fault=damaged.problems[0].message) from None
    return list(_checked(key, {key: document}).items(key))
