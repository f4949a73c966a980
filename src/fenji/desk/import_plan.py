"""Plan what an import does to a desk, row by row, before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.desk import Desk, acts
from fenji.errors import Damaged, FenjiError, Refused, Sentence
from fenji.imports.build import ImportedRow, digest_text
from fenji.imports.mapping import EXTRA_FIELDS, VERDICT_PREFIX, ImportMapping
from fenji.model.correspondence import IMPORTER
from fenji.model.merge import merge, renumber
from fenji.model.workflow import GRADED_FIELDS, with_replayed_state
from fenji.storage import StoredTicket, layout, yaml_codec, yaml_writer
from fenji.storage.committer import read_bytes

if TYPE_CHECKING:
    from fenji.desk.acts import Act
    from fenji.imports.exported import ExportedRow
    from fenji.model.ticket import Event, Ticket, Value

NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
RE_IMPORT = "import"  # key of the source in the events of a later import
_IDENTITY = re.compile(rb"\Aid: ([^\n]+)\nuid: ([0-9A-HJKMNP-TV-Z]{26})\n")
_ORIGIN = re.compile(rb"\norigin:\n  source: ([^\n]*)\n(?:  [^\n]*\n)*?  at: ([^\n]*)\n  by: ([^\n]*)\n")


class PlannedRow(Struct, frozen=True):
    """A row of the file and its outcome; `remarks` say what is refused, kept or otherwise worth a look."""

    row: int
    outcome: str
    key: str = ""
    id: str = ""
    title: str = ""
    events: tuple[str, ...] = ()
    remarks: tuple[Sentence, ...] = ()


class ImportPlan(Struct):
    """All rows with their outcomes, the files to write by path, and the numbers of tickets whose rows are gone."""

    source: str
    rows: list[PlannedRow] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)


class KnownFile(Struct, frozen=True):
    """The unparsed file of a ticket: its path and bytes, the number, and the source it came from (`""`: none)."""

    path: str
    data: bytes
    id: str
    source: str
    origin: tuple[str, str] = ("", "")  # when and by whom it was imported, as YAML scalars


def read_known(desk: Desk) -> dict[str, KnownFile]:
    """Return every ticket file of the desk by uid."""
    open_paths = map(layout.open_path, layout.list_ticket_ids(desk.root / layout.OPEN_FOLDER))
    known: dict[str, KnownFile] = {}
    for path in (*open_paths, *desk.store.reader.iter_archive_paths()):
        data = read_bytes(desk.root, path) or b""
        match, origin = _IDENTITY.match(data), _ORIGIN.search(data)
        if match:
            source, at, by = (origin[group].decode() for group in (1, 2, 3)) if origin else ("", "", "")
            known[match[2].decode()] = KnownFile(path, data, match[1].decode(), _unquote(source), (at, by))
    return known


def _unquote(text: str) -> str:
    document = yaml_codec.load(f"x: {text}".encode(), "") if text else None
    return str(document.get("x") or "") if isinstance(document, Mapping) else ""


class Planner:
    """Plans what an import writes. New tickets are numbered per site and year."""

    def __init__(self, desk: Desk, source: str, act: Act) -> None:
        self.desk, self.act = desk, act
        self.known = read_known(desk)
        self.plan = ImportPlan(source)
        self._next: dict[tuple[str, int], int] = {}
        self._taken = {file.id for file in self.known.values()}

    # --- rows of another program ----------------------------------------------------------------------------------

    def add_rows(self, rows: Iterable[ImportedRow], mapping: ImportMapping) -> None:
        """Plan the rows of a file, and list the tickets of its source that no longer have a row."""
        seen = set()
        fields = [path for path in (*mapping.constants, *mapping.fields) if not path.startswith(VERDICT_PREFIX)]
        paths = tuple(dict.fromkeys(path for path in fields if path not in EXTRA_FIELDS))
        for row in rows:
            if row.ticket is None:
                self._refuse(row.number, row.key, "", row.fault)
                continue
            seen.add(row.ticket.uid)
            known = self.known.get(row.ticket.uid)
            if known is None:
                self._add_new(row, row.ticket)
            elif known.id.split("-")[0] != row.ticket.site:
                values = {"source": mapping.source, "site": known.id.split("-")[0]}
                self._refuse(row.number, row.key, row.ticket.title, Sentence(_OTHER_SITE, values))
            else:
                self._compare(row, row.ticket, known, paths)
        ours = {uid for uid, file in self.known.items() if file.source == mapping.source}
        self.plan.gone = sorted(self.known[uid].id for uid in ours - seen)

    def _add_new(self, row: ImportedRow, ticket: Ticket) -> None:
        reported = ticket.reported_at
        assert reported is not None
        numbered = ticket.with_fields({"id": self._number(ticket.site, reported.year)})
        try:
            data = yaml_codec.dump(numbered)
        except FenjiError as error:
            self._refuse(row.number, row.key, ticket.title, error.sentence)
            return
        self._put(layout.ticket_path(numbered), data)
        steps = tuple(event.do for event in ticket.log)
        self.plan.rows.append(PlannedRow(row.number, NEW, row.key, numbered.id, ticket.title, steps))

    def _number(self, site: str, year: int) -> str:
        if (site, year) not in self._next:
            self._next[site, year] = layout.sequence_number(self.desk.store.next_id(site, year))
        number = layout.format_ticket_id(site, year, self._next[site, year])
        self._next[site, year] += 1
        return number

    def _put(self, path: str, data: bytes) -> None:
        self.plan.contents[path] = data

    def _refuse(self, row: int, key: str, title: str, fault: Sentence | None) -> None:
        self.plan.rows.append(PlannedRow(row, REFUSED, key, title=title, remarks=(fault,) if fault else ()))

    # --- rows that were imported before ---------------------------------------------------------------------------

    def _compare(self, row: ImportedRow, built: Ticket, known: KnownFile, paths: Sequence[str]) -> None:
        stored = self._as_imported(built, known)
        if stored is None:
            self.plan.rows.append(PlannedRow(row.number, UNCHANGED, row.key, known.id, built.title))
            return
        try:
            current = self.desk.store.reader.load(known.path)
            fields, remarks = _find_changes(built, current.ticket, paths)
            changed = self._edit(current, fields)
        except FenjiError as error:
            self._refuse(row.number, row.key, built.title, error.sentence)
            return
        new_events = {event.digest for event in built.log} - {event.digest for event in current.ticket.log}
        if new_events and built.state != current.ticket.state:
            values = {"there": built.state, "here": current.ticket.state}
            remarks.append(Sentence("is {there} there and {here} here; take the step here", values))
        if changed is not current.ticket:
            self._put(known.path, yaml_codec.dump(changed))
        outcome = CHANGED if changed is not current.ticket else UNCHANGED
        steps = tuple(event.do for event in changed.log[len(current.ticket.log) :])
        self.plan.rows.append(PlannedRow(row.number, outcome, row.key, known.id, built.title, steps, tuple(remarks)))

    def _as_imported(self, built: Ticket, known: KnownFile) -> Ticket | None:
        """Return the ticket as it would be imported here; None if its file is already exactly that."""
        origin = built.get("origin")
        assert isinstance(origin, Mapping)
        if known.source == self.plan.source:
            there: dict[str, Value] = {
                "at": datetime.fromisoformat(_unquote(known.origin[0])),
                "by": _unquote(known.origin[1]),
            }
            built = built.with_fields({"origin": {**origin, **there}})
        expected = built.with_fields({"id": known.id})
        return None if yaml_writer.render(expected).encode() == known.data else expected

    def _edit(self, current: StoredTicket, fields: Mapping[str, Value]) -> Ticket:
        """Return the ticket with the edits of a later import, made by the importing person."""
        if not fields:
            return current.ticket
        ticket: Ticket = self.desk.store.with_edit_event(
            current, by=self.act.by, at=self.act.now, policy=self.desk.policy
        )
        graded = {path: value for path, value in fields.items() if path in GRADED_FIELDS}
        plain = {path: value for path, value in fields.items() if path not in GRADED_FIELDS}
        for do, part in (("classify", graded), ("edit", plain)):
            if part:
                act = replace(self.act, do=do, fields=part, reason=self.plan.source if do == "classify" else "")
                ticket = _mark(ticket, acts.perform(ticket, act, self.desk.policy), self.plan.source)
        return with_replayed_state(ticket)

    # --- tickets of an export -------------------------------------------------------------------------------------

    def add_exported(self, rows: Iterable[ExportedRow]) -> None:
        """Plan the tickets of an export: new ones as they are, known ones merged event by event."""
        for row in rows:
            ticket = row.ticket
            if ticket is None:
                self._refuse(row.number, "", "", row.problems[0].message if row.problems else None)
                continue
            known = self.known.get(ticket.uid)
            joined, path = ticket, layout.ticket_path(ticket)
            if known:
                try:
                    joined = merge(self.desk.store.reader.load(known.path).ticket, ticket)
                except Damaged as error:
                    self._refuse(row.number, "", ticket.title, error.sentence)
                    continue
                path = layout.ticket_path(joined)
                if path != known.path:
                    joined, path = joined.with_fields({"id": known.id}), known.path
            elif ticket.id in self._taken:
                joined = renumber(ticket)
                path = layout.ticket_path(joined)
            self._taken.add(joined.id)
            data = yaml_codec.dump(joined)
            outcome = UNCHANGED if known and known.data == data else CHANGED if known else NEW
            if outcome != UNCHANGED:
                self._put(path, data)
            steps = tuple(event.do for event in ticket.log) if not known else ()
            self.plan.rows.append(PlannedRow(row.number, outcome, ticket.id, joined.id, joined.title, steps))


def _find_changes(built: Ticket, current: Ticket, paths: Sequence[str]) -> tuple[dict[str, Value], list[Sentence]]:
    """Return the fields changed at the source since the last import, and remarks on those kept as edited here."""
    fields: dict[str, Value] = {}
    remarks: list[Sentence] = []
    for path in paths:
        value, present = built.look_up(path), current.look_up(path)
        if (value or None) == (present or None):
            continue
        touching = [event for event in current.log if event.touches(path)]
        if not touching or _is_import(touching[-1]):
            fields[path] = value
        elif _differs_from_import(path, value, touching):
            values = {"field": path, "value": str(value or "-")[:60]}
            remarks.append(Sentence("{field} was edited here and is kept; there it is: {value}", values))
    return fields, remarks


def _is_import(event: Event) -> bool:
    return event.by == IMPORTER or RE_IMPORT in event.body


def _differs_from_import(path: str, value: Value, touching: Sequence[Event]) -> bool:
    last = next((event for event in reversed(touching) if _is_import(event)), None)
    if last is None:
        return value is not None
    if path in last.set:
        return (last.set[path] or None) != (value or None)
    digests = last.body.get("texts")
    return not isinstance(digests, list) or f"{path} {digest_text(str(value or ''))}" not in digests


def _mark(before: Ticket, after: Ticket, source: str) -> Ticket:
    """Return `after` with the source of the import, and digests of long texts, added to its new events."""
    known = {event.digest for event in before.log}
    marked = []
    for event in after.log:
        if event.digest not in known and event.do in ("edit", "classify"):
            texts = [
                f"{path} {digest_text(str(after.look_up(path) or ''))}" for path in event.rewrote if "." not in path
            ]
            more = {RE_IMPORT: source, **({"texts": texts} if texts else {})}
            event = replace(event, body={**event.body, **more})  # noqa: PLW2901
        marked.append(event)
    return replace(after, log=tuple(marked))


def find_other_site(known: Mapping[str, KnownFile], source: str, site: str) -> str:
    """Return the site for which this source was imported before, if it was never imported for `site`; else `""`."""
    sites = {file.id.split("-")[0] for file in known.values() if file.source == source}
    return min(sites) if sites and site not in sites else ""


def refuse_other_site(source: str, site: str) -> Refused:
    """Return the error for a source that was imported for another site before."""
    hint = "Give the other part its own source in the mapping."
    return Refused("{source} was previously imported for site {site}.", hint=hint, source=source, site=site)


_OTHER_SITE = "{source} was previously imported for site {site}"
