"""The entries of the plan: projects and items, their groups, and their slip against a baseline. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.plan import PlannedItem, ProjectPlan, find_busy

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.plan import BusyStretch

BY_ITEM, BY_OWNER, BY_UNIT = "", "owner", "unit"
GROUPINGS = (BY_ITEM, BY_OWNER, BY_UNIT)
NOT_DRAWN, FIRST, NEWEST = "", "first", "newest"  # which baseline is drawn below each item
_SIGN_BY_STATE = {"breached": "late", "missed": "late", "at_risk": "risk", "held": "held", "met": "met"}
_WEEK = timedelta(days=6)  # from today on, both ends included


class Project(Struct, frozen=True):
    """A project as a row of the board, and its plan."""

    row: Row
    plan: ProjectPlan

    @property
    def number(self) -> str:
        return self.row.id

    @property
    def planned_end(self) -> date | None:
        """The last due date of the first baseline; None without one."""
        dues = self.plan.baselines[0].dues.values() if self.plan.baselines else ()
        return max(dues, default=None)

    @property
    def late_days(self) -> int:
        """The days from `planned_end` to the expected end; negative if it ends early, 0 without a baseline."""
        return (self.plan.ends - self.planned_end).days if self.planned_end else 0

    @property
    def done_count(self) -> int:
        return sum(bool(item.done) for item in self.plan.items)

    def followers(self, key: str) -> list[str]:
        """Return the keys of the items that wait for an item."""
        return [item.key for item in self.row.ticket.plan if key in item.after]

    def predecessors(self, key: str) -> list[str]:
        """Return the keys of the items that an item follows."""
        return next((list(item.after) for item in self.row.ticket.plan if item.key == key), [])


class PlanEntry(Struct, frozen=True):
    """A heading, a project or an item."""

    project: Project | None = None
    item: PlannedItem | None = None
    heading: str = ""
    count: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """The number of the project and the key of the item, each empty if there is none."""
        return self.project.number if self.project else "", self.item.key if self.item else ""


def item_urgency(item: PlannedItem) -> str:
    """Return `late`, `risk`, `held` or `met`; `""` for an item that still runs in time, or that promises nothing."""
    if item.clock is None:
        return "met" if item.done else ""
    return _SIGN_BY_STATE.get(item.clock.state, "")


def project_urgency(project: Project) -> str:
    """Return the worst urgency among the items that are not done; `met` if all are done."""
    urgencies = {item_urgency(item) for item in project.plan.items if not item.done}
    if not urgencies and project.plan.items:
        return "met"
    return next((urgency for urgency in ("late", "risk", "held") if urgency in urgencies), "")


def list_entries(
    projects: Sequence[Project], *, is_all: bool, grouping: str, unit_of: Callable[[str], str]
) -> list[PlanEntry]:
    """Return the entries of the list: projects, or items in the order of their begin, grouped if `grouping` says so."""
    if grouping == BY_ITEM and is_all:
        return [PlanEntry(project) for project in projects]
    items = [PlanEntry(project, item) for project in projects for item in project.plan.items]
    if grouping == BY_ITEM:
        return items
    return list(_list_groups(items, lambda owner: owner if grouping == BY_OWNER else unit_of(owner)))


def _list_groups(entries: Sequence[PlanEntry], name_of: Callable[[str], str]) -> Iterator[PlanEntry]:
    named = [(name_of(entry.item.owner), entry) for entry in entries if entry.item]
    for name in sorted({name for name, _ in named}, key=lambda name: (not name, name)):
        group = [entry for other, entry in named if other == name]
        group.sort(key=lambda entry: (entry.item.begins, entry.item.ends) if entry.item else ())
        yield PlanEntry(heading=name or "-", count=len(group))
        yield from group


def baseline_due(item: PlannedItem, baseline: str) -> date | None:
    """Return the due date of an item in the newest baseline if `baseline` is `NEWEST`, else in the first."""
    return item.latest_due if baseline == NEWEST else item.first_due


def slip_days(item: PlannedItem, baseline: str) -> int | None:
    """Return how many days after its due in a baseline an item ends or will end; None if it is not in that baseline."""
    due = baseline_due(item, baseline)
    return ((item.done or item.ends) - due).days if due else None


def planned_days(item: PlannedItem, baseline: str) -> tuple[date, date] | None:
    """Return the first and the last day of an item in a baseline, which keeps only dues; None if it is not there."""
    due = baseline_due(item, baseline) if baseline else None
    return (min(item.start or due, due), due) if due else None


def items_this_week(person: str, projects: Sequence[Project], today: date) -> list[tuple[Project, PlannedItem]]:
    """Return the items that a person has in the seven days from today on, in all projects."""
    return [
        (project, item)
        for project in projects
        for item in project.plan.items
        if item.owner == person and not item.done and item.begins <= today + _WEEK and item.ends >= today
    ]


def busy_stretches(projects: Sequence[Project]) -> dict[str, list[BusyStretch]]:
    """Return the stretches of days in which somebody has three items or more at once, by person, the earliest first."""
    found: dict[str, list[BusyStretch]] = {}
    for busy in find_busy([item for project in projects for item in project.plan.items]):
        found.setdefault(busy.person, []).append(busy)
    return found
