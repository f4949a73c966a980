"""The `plan` command: shows the time axis of one project or of all, or sets a new baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.clock_lines import wrap_with_prefix
from fenji.cli.failures import name_bad_files
from fenji.cli.params import TICKET
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.cli.steps import run_step
from fenji.cli.ticket_lookup import find_ticket_file
from fenji.errors import InvalidUsage
from fenji.model.plan import BASELINE, PlannedItem, ProjectPlan, find_busy, plan_project
from fenji.text.cells import pad, truncate, width

if TYPE_CHECKING:
    from fenji.model.board import BadFile, Row
    from fenji.model.values import JsonValue

_AXIS_CELLS, _MIN_AXIS = 60, 20
_NAME_CELLS = 24
_DAY = timedelta(days=1)
DONE, EXPECTED, PLANNED, SLACK, TODAY = "=", "#", "-", ".", "|"


@command("Without an ID, all open projects. --baseline sets a new one, --note says why; both are shown.", records=True)
@click.argument("number", metavar="[ID]", type=TICKET, required=False)
@click.option("--baseline", is_flag=True, help="Promise the due dates as they are now; needs --note.")
@click.option(
    "--sort", type=click.Choice(["item", "owner", "unit"]), default="item", help="Sort items by start, owner or unit."
)
def plan(session: Session, number: str | None, *, baseline: bool, sort: str) -> CommandOutput:
    """Show the time axis of projects: done, expected, planned, slack, late."""
    if baseline:
        return _set_baseline(session, number)
    desk = session.desk
    rows: Sequence[Row]
    bad_files: Sequence[BadFile] = ()
    if number:
        find_ticket_file(session, number)
        rows = [desk.row(number, at=session.at)]
    else:
        board = desk.board("kind:project", at=session.at)
        rows, bad_files = board.rows, board.bad_files
    plans = [plan_project(row.ticket, desk.policy, row.reading) for row in rows if row.ticket.plan or number]
    output = CommandOutput(
        _render_plans(plans, session, sort),
        lambda: {"projects": [project.mapping() for project in plans], "busy": _busy_mapping(plans)},
    )
    return name_bad_files(output, bad_files, session)


def _set_baseline(session: Session, number: str | None) -> CommandOutput:
    if not number:
        raise InvalidUsage("A baseline is for one project.", hint="Name it: fenji plan ID --baseline --note T")
    if not session.note:
        raise InvalidUsage("A new baseline needs a reason.", hint="Give it with --note.")
    return run_step(session, [number], "note", {"reason": BASELINE})


def _busy_mapping(plans: Sequence[ProjectPlan]) -> list[dict[str, JsonValue]]:
    return [
        {"person": busy.person, "from": busy.first.isoformat(), "to": busy.last.isoformat(), "items": busy.count}
        for busy in find_busy([item for project in plans for item in project.items])
    ]


def _render_plans(plans: Sequence[ProjectPlan], session: Session, sort: str) -> Iterator[str | OutputLine]:
    if not any(project.items for project in plans):
        yield session.say("There is no plan.")
        return
    axis = _Axis([item for project in plans for item in project.items], plans[0].today)
    for project in plans:
        yield OutputLine(f"{project.ticket_id}  {one_line(project.title)}", "head")
        yield from _render_items(project, axis, session, sort)
        for problem in project.problems:
            yield from wrap_with_prefix("  ", session.say(problem))
    yield f"  {axis.first} {TODAY} {plans[0].today} {TODAY} {axis.last}"
    yield from wrap_with_prefix(
        "  ", session.say("= done, # expected, - planned, . slack, | today, * critical, ! late")
    )
    yield from _render_busy([item for project in plans for item in project.items], session)


def _render_busy(items: Sequence[PlannedItem], session: Session) -> Iterator[str]:
    for busy in find_busy(items):
        values = {"person": busy.person, "count": busy.count, "first": str(busy.first), "last": str(busy.last)}
        yield from wrap_with_prefix("  ", session.say("{person} has {count} at once from {first} to {last}", **values))


def _render_items(project: ProjectPlan, axis: _Axis, session: Session, sort: str) -> Iterator[str]:
    policy, at = session.desk.policy, session.at or session.desk.now()
    groups = {
        "item": lambda _: "",
        "owner": lambda item: item.owner,
        "unit": lambda item: policy.unit_of(item.owner, at),
    }
    items = sorted(project.items, key=groups[sort])
    names = [truncate(one_line(f"{item.key} {item.what}".strip()), _NAME_CELLS, "") for item in items]
    widest = max(map(width, names), default=0)
    for item, name in zip(items, names, strict=True):
        sign = "!" if item.late_days else "*" if item.is_critical else " "
        details = " ".join(_describe_item(item, session))
        yield f"{sign} {pad(name, widest)} {axis.draw(item)} {details}".rstrip()


def _describe_item(item: PlannedItem, session: Session) -> Iterator[str]:
    yield f"{item.begins:%m-%d}..{item.ends:%m-%d}"
    if item.owner:
        yield one_line(item.owner)
    if item.late_days:
        yield session.say("{count} calendar day late", plural="{count} calendar days late", count=item.late_days)
    elif item.slack:
        yield session.say("{count} slack", count=item.slack)
    if item.is_added:
        yield session.say("added")
    elif item.first_due and item.due and item.first_due != item.due:
        yield session.say("first due {due}", due=str(item.first_due))
    if item.latest_due and item.latest_due != item.due:
        yield session.say("baseline {due}", due=str(item.latest_due))


class _Axis:
    """A time axis: the days of all items, spread over the cells left on the screen."""

    def __init__(self, items: Sequence[PlannedItem], today: date) -> None:
        days = [day for item in items for day in (item.begins, item.ends, item.start, item.due, today) if day]
        self.first, self.last, self.today = min(days), max(days), today
        room = (streams.terminal_width() or 120) - _NAME_CELLS - 36
        self.cells = min(max(room, _MIN_AXIS), _AXIS_CELLS, (self.last - self.first).days + 1)

    def _cell(self, day: date) -> int:
        return (day - self.first).days * self.cells // ((self.last - self.first).days + 1)

    def draw(self, item: PlannedItem) -> str:
        """Return an item's bar: planned days, overlaid by slack, then done or expected days; today in a free cell."""
        cells = [" "] * self.cells
        if item.start and item.due:
            self._fill(cells, item.start, item.due, PLANNED)
        if item.slack:
            self._fill(cells, item.ends, item.ends + item.slack * _DAY, SLACK)
        self._fill(cells, item.begins, item.ends, DONE if item.done else EXPECTED)
        if cells[self._cell(self.today)] == " ":
            cells[self._cell(self.today)] = TODAY
        return "".join(cells)

    def _fill(self, cells: list[str], first: date, last: date, mark: str) -> None:
        for cell in range(self._cell(first), min(self._cell(last), self.cells - 1) + 1):
            cells[cell] = mark
