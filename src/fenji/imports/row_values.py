"""Read the values of a row by a mapping: fields, translated words of other programs, dates, state, site. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.errors import Refused
from fenji.imports.cells import SourceRow, plain_text
from fenji.imports.mapping import EXTRA_FIELDS, VERDICT_PREFIX, ValueMap
from fenji.model.ticket import FIELD_BY_PATH, KINDS, Value, convert_value, parse_field_path

if TYPE_CHECKING:
    from fenji.imports.columns import MappedTable
    from fenji.imports.dates import Moment

_PEOPLE = ("owner", "requester.name")
_KEEP = ValueMap({}, "keep")


class ImportRules(Struct, frozen=True):
    """The rules of the desk for an import: site and time zone of rows that name none, who imports them, and when.

    `levels` (priorities), `impact` and `occurrence` are the values that the policy knows; `sites` are those that rows
    may name.
    """

    site: str
    zone_of: Callable[[str], tzinfo]
    sites: Sequence[str]
    levels: Sequence[str]
    impact: Sequence[str]
    occurrence: Sequence[str]
    by: str
    at: datetime


class RowValues(Struct, dict=True):
    """Reads rows by a mapping. Its methods raise Refused with the reason why a row is refused."""

    mapped: MappedTable
    rules: ImportRules
    _meanings: dict[tuple[str, str], str | None] = field(default_factory=dict)  # by (field, word)

    def moment(self, row: SourceRow, name: str) -> Moment | None:
        try:
            return self.mapped.moment(row, name)
        except ValueError as error:
            raise Refused("{column}: not a date: {text}", column=name, text=error) from error

    def reported(self, rows: Sequence[SourceRow]) -> Moment:
        for row in rows:
            for name in self.mapped.mapping.events.columns["report"]:
                moment = self.moment(row, name)
                if moment and moment.at > self.rules.at:
                    raise Refused("{column}: {at} is in the future", column=name, at=f"{moment.at:%Y-%m-%d %H:%M}")
                if moment:
                    return moment
        columns = tuple(self.mapped.mapping.events.columns["report"])
        raise Refused("has nothing in {column}, which says when it was reported", column=columns)

    def site(self, row: SourceRow) -> str:
        source = self.mapped.mapping.fields.get("site")
        found = self.filled("site", row) if source else ""
        site = found if found else self.rules.site
        if self.mapped.mapping.site and not found:
            site = self.mapped.mapping.site
        if not site or (self.rules.sites and site not in self.rules.sites):
            raise Refused("{site} is not a site of this desk", site=site or "-")
        return site

    def state(self, row: SourceRow) -> str:
        source = self.mapped.mapping.fields.get("state")
        state = self.filled("state", row) if source else ""
        reason = self.filled("reason", row) if "reason" in self.mapped.mapping.fields else ""
        return f"waiting {reason}" if state == "waiting" and reason else state

    # --- fields ---------------------------------------------------------------------------------------------------

    def fields(self, row: SourceRow) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for path in dict.fromkeys((*self.mapped.mapping.constants, *self.mapped.mapping.fields)):
            if path in EXTRA_FIELDS or path.startswith(VERDICT_PREFIX):
                continue
            is_day = FIELD_BY_PATH[parse_field_path(path)].type == "day"
            text = self._day(path, row) if is_day else self.filled(path, row)
            text = text or self.mapped.mapping.constants.get(path, "")
            value = self.value(path, text) if text else None
            if value not in (None, "", []):
                values[path] = value
        values.setdefault("kind", "quality")
        if not values.get("title"):
            raise Refused("has no title")
        if "priority" not in values and self.rules.levels:
            values["priority"] = self.rules.levels[-1]
        return values

    def _day(self, path: str, row: SourceRow) -> str:
        source = self.mapped.mapping.fields.get(path)
        for name in source.columns if source else ():
            try:
                day = self.mapped.day(row, name)
            except ValueError as error:
                raise Refused("{column}: not a date: {text}", column=name, text=error) from error
            if day:
                return day
        return ""

    def filled(self, path: str, row: SourceRow) -> str:
        """Return the translated text of a row for a field; `""` if it has none."""
        source = self.mapped.mapping.fields.get(path)
        texts = list(source.fill(partial(self.mapped.text, row))) if source else []
        return self.translate(path, texts) if texts else ""

    def translate(self, path: str, texts: Sequence[str]) -> str:
        for text in texts:
            meaning = self.meaning(path, text)
            if meaning is not None:
                return meaning
        raise Refused(
            "{text} has no meaning as {field}; give one in the mapping, under values", text=texts[0], field=path
        )

    def meaning(self, path: str, text: str) -> str | None:
        """Return the meaning of a word in a field; None if the mapping does not say."""
        if (path, text) not in self._meanings:
            self._meanings[path, text] = self._value_map(path).translate(text)
        return self._meanings[path, text]

    def _value_map(self, path: str) -> ValueMap:
        values = self.mapped.mapping.values
        return values.get(path) or (values.get("person") if path in _PEOPLE else None) or _KEEP

    def value(self, path: str, text: Value) -> Value:
        text = self._checked(path, str(text or ""))
        try:
            value, faults = convert_value(path, text)
        except KeyError:
            raise Refused("a ticket has no field {field}", field=path) from None
        if faults:
            raise Refused("{field}: {text} {fault}", field=path, text=text[:60], fault=faults[0].message)
        return value

    def _checked(self, path: str, text: str) -> str:
        choices = {
            "kind": KINDS,
            "priority": self.rules.levels,
            "impact": self.rules.impact,
            "occurrence": self.rules.occurrence,
        }.get(path)
        if text and choices and text not in choices:
            raise Refused(
                "{text} is not a known {field}; say under values what it means: {choices}",
                text=text,
                field=path,
                choices=tuple(choices),
            )
        return plain_text(text) if path == "product.serial" else text

    def translated_words(self, key: str, row: SourceRow) -> dict[str, str]:
        """Return the words that were translated, by column, as the file has them."""
        kept = {}
        for path, name in self._translated_columns:
            text = self.mapped.text(row, name)
            if text and self.meaning(path, text) != text:
                kept[self.mapped.column(name)] = text
        for name in self.mapped.key_columns if len(self.mapped.key_columns) == 1 else ():
            if (text := self.mapped.text(row, name)) != key:
                kept[self.mapped.column(name)] = text
        return kept

    @cached_property
    def _translated_columns(self) -> Sequence[tuple[str, str]]:
        return [
            (path, name)
            for path, source in self.mapped.mapping.fields.items()
            if self._value_map(path) is not _KEEP
            for name in source.alternatives
            if self.mapped.column(name)
        ]
