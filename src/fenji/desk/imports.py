"""Import files into a desk: read, map and plan them, and write everything in one commit or nothing at all."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.desk import Desk, import_plan
from fenji.desk import open as opening
from fenji.desk.figure_facts import DeskFacts
from fenji.desk.import_plan import NEW, REFUSED, ImportPlan, Planner
from fenji.errors import Damaged, FenjiError, NotFound, Problem, Refused, Sentence
from fenji.imports.build import build_tickets, map_table
from fenji.imports.cells import SourceRow, SourceTable, cell_text
from fenji.imports.exported import is_database, read_exported
from fenji.imports.mapping import FOLDER, ImportMapping
from fenji.imports.parse_mapping import read_mapping_file, read_shipped, shipped_names
from fenji.imports.read import open_source, read_table
from fenji.imports.row_values import ImportRules
from fenji.judge.imported import IMPORT_ACTION, format_subject
from fenji.sync.apply import BranchMove, move_branch
from fenji.sync.checkout import CheckoutOptions

if TYPE_CHECKING:
    from fenji.imports.columns import MappedTable
    from fenji.imports.dates import DateColumn
    from fenji.model.values import JsonValue

Progress = Callable[[int, int], None]
_MANY = 1000  # tickets from which on an import also reads the facts for reports
EXPORT = "export"  # the source of a file written by `fenji export`


def load_mapping(desk: Desk, name: str) -> ImportMapping:
    """Return a mapping by name or file: the desk's `imports/NAME.yaml`, else a file, else a built-in one.

    Raises NotFound, or Damaged with every problem.
    """
    for path, shown in ((desk.root / FOLDER / f"{name}.yaml", f"{FOLDER}/{name}.yaml"), (Path(name), name)):
        if path.exists() and not path.is_dir():
            with open_source(path) as file:
                return read_mapping_file(file.read(files.MAX_BYTES + 1), shown, path.stem)
    if "/" in name or name.endswith((".yaml", ".yml")):
        raise NotFound("There is no file {path}.", path=name)
    if name not in shipped_names():
        known = (*(path.stem for path in sorted((desk.root / FOLDER).glob("*.yaml"))), *shipped_names())
        raise NotFound("There is no mapping {name}.", hint="Known here: {known}.", name=name, known=known)
    return read_mapping_file(read_shipped(name), f"{name}.yaml", name)


def needs_no_mapping(path: Path) -> bool:
    """Whether a file was written by `fenji export`."""
    return read_exported(path) is not None


def find_own_mapping(desk: Desk, path: Path) -> str:
    """Return the name of the desk's mapping that was made for a file of this name; `""` if there is none."""
    name = path.name.split(".")[0]
    return name if (desk.root / FOLDER / f"{name}.yaml").is_file() else ""


def save_mapping(desk: Desk, name: str, text: str) -> str:
    """Write a new mapping of the desk and return its name, such as `NAME-2` if a different mapping has the name."""
    number = 1
    while True:
        taken = f"{name}-{number}" if number > 1 else name
        if _keep_mapping(desk, f"{FOLDER}/{taken}.yaml", text.encode()):
            return taken
        number += 1


def _keep_mapping(desk: Desk, path: str, data: bytes) -> bool:
    """Write a mapping unless a different one is at the path; return whether the path now has this mapping."""
    if (desk.root / path).is_file():
        return (desk.root / path).read_bytes() == data
    desk.store.rewrite(path, lambda _: data, by=desk.make_act("edit").by, at=desk.now())
    desk.flush()
    return True


class ImportResult(Struct, frozen=True):
    """The result of an import: its plan, the commit (`""`: nothing to write), and the file of refused rows."""

    plan: ImportPlan
    commit: str = ""
    rejected: Path | None = None


class Importer:
    """One import of one file. `plan` is a complete dry run; `write` plans and writes."""

    def __init__(self, desk: Desk, path: Path, mapping: ImportMapping | None = None, *, site: str = "") -> None:
        self.desk, self.path, self.mapping = desk, path, mapping
        self.act = desk.make_act("edit")
        self.site = site or (mapping.site if mapping else "") or desk.site
        self._check_right()
        self._table: SourceTable | None = None
        self.mapped: MappedTable | None = None

    def _check_right(self) -> None:
        policy, by = self.desk.policy, self.act.by
        if not policy.may_do(by, IMPORT_ACTION, self.act.now):
            raise Refused(
                "{by} may not import.",
                hint="Ask {people}.",
                by=policy.display_name(by),
                people=tuple(policy.list_permitted(IMPORT_ACTION, self.act.now)) or "-",
            )

    @property
    def date_columns(self) -> Mapping[str, DateColumn]:
        """The columns that hold dates, each with its date format; known after `plan`."""
        return self.mapped.date_columns if self.mapped else {}

    @property
    def unplaced(self) -> list[str]:
        """The columns that no field or event is mapped from; known after `plan`."""
        return list(self.mapped.unplaced) if self.mapped else []

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """Notes on how the file was read, and on parts that were not; known after `plan`."""
        return self._table.notes if self._table else ()

    @property
    def rules(self) -> ImportRules:
        """The desk's rules for imported values."""
        policy = self.desk.policy
        return ImportRules(
            site=self.site,
            zone_of=lambda site: opening.find_zone(policy, site),
            sites=tuple(policy.sites),
            levels=policy.version().levels,
            impact=policy.impact,
            occurrence=policy.occurrence,
            by=self.act.by,
            at=self.act.now,
        )

    def plan(self, progress: Progress | None = None) -> ImportPlan:
        """Return the outcome of each row; writes nothing. Raises Damaged if file and mapping do not fit, or Refused."""
        exported = read_exported(self.path) if self.mapping is None or is_database(self.path) else None
        if exported is not None:
            planner = Planner(self.desk, EXPORT, self.act)
            planner.add_exported(exported)
            return planner.plan
        if self.mapping is None:
            names = tuple(shipped_names())
            hint = "Name one with --map: {names}; or your own file."
            raise Refused("{path} needs a mapping.", hint=hint, path=self.path.name, names=names)
        opening.check_site(self.desk.policy, self.site)
        self._table = read_table(self.path, self.mapping.reads)
        self.mapped = map_table(self._table, self.mapping, self.rules)
        self._check_fit(self.mapped)
        planner = Planner(self.desk, self.mapping.source, self.act)
        other = import_plan.find_other_site(planner.known, self.mapping.source, self.site)
        if other and "site" not in self.mapping.fields:
            raise import_plan.refuse_other_site(self.mapping.source, other)
        planner.add_rows(build_tickets(self.mapped, self.rules, progress), self.mapping)
        return planner.plan

    def _check_fit(self, mapped: MappedTable) -> None:
        faults = mapped.faults()
        if faults:
            problems = tuple(Problem(self.path.name, 0, 0, "", fault) for fault in faults)
            hint = "Fix the mapping; nothing was written."
            raise Damaged("{path} does not fit the mapping.", path=self.path.name, problems=problems, hint=hint)

    def write(self, progress: Progress | None = None, on_written: Progress | None = None) -> ImportResult:
        """Plan, then write all tickets in one commit. A kill at any instant leaves all of it or nothing.

        `progress` may raise to stop the import, and nothing is written then. `on_written` is called for the files once
        the commit is made, and must not raise. Refused rows go to a file next to the imported one.
        """
        self.desk.flush()
        before = self.desk.store.reader.fingerprint()
        plan = self.plan(progress)
        with self.desk.store.lock:
            if self.desk.store.reader.fingerprint() != before:  # numbers or tickets may have changed
                plan = self.plan(progress)
            rejected = self._write_rejected(plan)
            commit = self._commit(plan, on_written) if plan.contents else ""
        if len(plan.contents) >= _MANY:
            self._read_figures(on_written)
        return ImportResult(plan, commit, rejected)

    def _read_figures(self, progress: Progress | None) -> None:
        """Read the facts of many new tickets now, so that the first report need not; may be interrupted."""
        with suppress(FenjiError, KeyboardInterrupt):
            DeskFacts(self.desk).read(progress=progress)

    def _commit(self, plan: ImportPlan, on_written: Progress | None) -> str:
        repo, by = self.desk.repo, self.act.by
        head = repo.head()
        if head is None:
            raise Refused("This desk has no commit yet.", hint="Commit its policy.yaml first.")
        contents = {f"{repo.prefix}{path}": data for path, data in plan.contents.items()}
        message, author = format_subject(plan.source, len(contents)), self.desk._author_of(by)
        recorder = self.desk._author_of("")
        header = repo.format_header(message, author=author, at=self.act.now, committer=recorder)
        commit = repo.write_commit(head, contents, header)
        blobs = {str(repo.blob_id(data)): data for data in contents.values()}
        options = CheckoutOptions(by, self.act.now, on_progress=on_written or _no_progress, contents=blobs)
        if move_branch(self.desk.store, BranchMove(head, commit), options) is None:
            raise Refused("The branch moved during the import; nothing was written.", hint="Try again.")
        return commit

    # --- refused rows ---------------------------------------------------------------------------------------------

    def _write_rejected(self, plan: ImportPlan) -> Path | None:
        refused = {row.row: row.remarks for row in plan.rows if row.outcome == REFUSED}
        if not refused:
            return None
        target = self.path.parent / f"{_stem(self.path)}.rejected.csv"
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        columns = self._table.columns if self._table else ()
        writer.writerow(["row", "why", *columns])
        rows = {row.number: row for row in self._table.rows} if self._table else {}
        for number, remarks in refused.items():
            writer.writerow([number, self._say(remarks), *_cells(rows.get(number))])
        files.write(target.parent.resolve(), target.name, BOM_UTF8 + out.getvalue().encode())
        return target

    def _say(self, remarks: tuple[Sentence, ...]) -> str:
        from fenji.i18n import join_clauses, say

        return join_clauses((say(remark, self.desk.language) for remark in remarks), self.desk.language)


def _no_progress(_done: int, _of: int) -> None:
    return None


def _cells(row: SourceRow | None) -> Iterator[str]:
    yield from (cell_text(cell) for cell in row.cells) if row else ()


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return Path(name).stem


def summarize(plan: ImportPlan) -> dict[str, JsonValue]:
    """Return a plan as a JSON object."""
    return {
        "source": plan.source,
        "new": plan.count(NEW),
        "changed": plan.count(import_plan.CHANGED),
        "unchanged": plan.count(import_plan.UNCHANGED),
        "refused": plan.count(REFUSED),
        "gone": plan.gone,
        "rows": [
            {
                "row": row.row,
                "outcome": row.outcome,
                "key": row.key,
                "id": row.id or None,
                "title": row.title,
                "events": list(row.events),
                "remarks": [str(remark) for remark in row.remarks],
            }
            for row in plan.rows
        ],
    }
