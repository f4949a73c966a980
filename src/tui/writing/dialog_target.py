"""The tickets that a dialog asks about, and what it offers: choices of words and people, paths, verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.desk import expand_user
from fenji.desk.obstacles import find_missing_reason
from fenji.model.board import format_left
from fenji.model.load import LATE, SOON, measure_loads
from fenji.model.ticket import FIELD_BY_KEY, PLAN_PREFIX
from tui import commands
from tui.drawing import cells
from tui.refusals import translate_values
from tui.ticket.ticket_head import short_key
from tui.writing.prompt import Choice

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from fenji.model.board import Row
    from fenji.model.load import PersonLoad
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading
    from fenji.model.ticket import Value
    from tui.formatting import Formatter


class DialogTarget(Struct, frozen=True):
    """The tickets selected when the key was pressed, and what a dialog needs to ask about them."""

    rows: tuple[Row, ...]
    policy: Policy
    formatter: Formatter
    person: str = ""
    open_rows: Sequence[Row] = ()  # of the board, to tell people's loads

    @property
    def ticket_ids(self) -> list[str]:
        return [row.id for row in self.rows]

    @property
    def name(self) -> str:
        return commands.summarize_ids(self.ticket_ids)

    @property
    def first_row(self) -> Row:
        return self.rows[0]

    def draft_key(self, action: str) -> str:
        """Return the key under which the draft for an action is kept."""
        return f"{action}/{'+'.join(row.uid for row in self.rows)}"

    def say(self, text: str, /, **values: object) -> str:
        return self.formatter.say(text, **values)

    def check_required(self, answer: str) -> str:
        """Return an error message for an empty answer, else `""`."""
        return "" if answer else self.say("This cannot be empty. Esc goes back.")


def word_choices(target: DialogTarget, values: Iterable[str]) -> list[Choice]:
    """Return translated terms as choices."""
    return [Choice(value, target.formatter.word(value)) for value in values]


def occurrence_choice(target: DialogTarget, impact: str, occurrence: str) -> Choice:
    """Return the choice of an occurrence, with the priority that the matrix gives for it."""
    priority = target.policy.priority(impact, occurrence, target.first_row.ticket.reported_at)
    return Choice(occurrence, target.formatter.word(occurrence), priority or "")


def people_choices(target: DialogTarget) -> list[Choice]:
    """Return as choices the people of the policy who have not left, the user first, each with their load."""
    at, policy = target.first_row.reading.at, target.policy
    choices = list_people(policy, describe_loads(target.open_rows, policy, at, target.formatter), at)
    return sorted(choices, key=lambda choice: (choice.value != target.person, choice.value))


def list_people(policy: Policy, loads: Mapping[str, str], at: datetime) -> list[Choice]:
    """Return as choices the people of the policy who have not left, each with name, unit and load."""
    keys = policy.present_people(at)
    names = {key: f"{policy.people[key].name} {policy.unit_of(key, at)}".strip() for key in keys}
    return [Choice(key, key, "  ".join(filter(None, (names[key], loads.get(key))))) for key in keys]


def describe_loads(rows: Iterable[Row], policy: Policy, at: datetime, formatter: Formatter) -> dict[str, str]:
    """Return each person's load in words: `4 open, 1 late, 2 due in 24h`."""
    return {load.person: _describe_load(load, formatter) for load in measure_loads(rows, policy, at)}


def _describe_load(load: PersonLoad, formatter: Formatter) -> str:
    parts = [formatter.say("{count} open", count=load.total)]
    for grade, sentence in ((LATE, "{count} late"), (SOON, "{count} due in 24h")):
        parts += [formatter.say(sentence, count=load.count(grade))] if load.count(grade) else []
    return formatter.join(parts)


def waiting_choice(target: DialogTarget, reason: str) -> Choice:
    """Return the choice of a reason to wait, and whether it holds the solution clock."""
    holds_clock = target.policy.waiting[reason].holds_solution
    detail = target.say("holds the solution clock") if holds_clock else target.say("holds no clock")
    return Choice(reason, target.formatter.word(reason), detail)


def clock_choice(target: DialogTarget, name: str) -> Choice:
    """Return the choice of a clock, shown by its word, or by key and description for an item of a plan."""
    if not name.startswith(PLAN_PREFIX):
        return Choice(name, target.formatter.word(name))
    key = name.removeprefix(PLAN_PREFIX)
    what = next((item.what for item in target.first_row.ticket.plan if item.key == key), "")
    return Choice(name, cells.sanitize_line(f"{short_key(key)} {what}".strip()))


def explain_missing_reason(target: DialogTarget, fields: Mapping[str, Value]) -> str:
    """Return why setting these kinds and grades on the tickets needs a reason; `""` if it needs none."""
    for row in target.rows:
        now = row.reading.at
        missing = find_missing_reason(row.ticket, fields, by=target.person, now=now, policy=target.policy)
        if missing:
            return target.formatter.say(translate_values(missing, target.formatter))
    return ""


def missing_texts(target: DialogTarget, step: str) -> list[str]:
    """Return the long texts that `step` requires and none of the tickets has."""
    needed = [target.policy.required_fields(row.ticket.kind, step, row.ticket.priority) for row in target.rows]
    keys = dict.fromkeys(key for keys in needed for key in keys)
    texts = [key for key in keys if key in FIELD_BY_KEY and FIELD_BY_KEY[key].type == "text"]
    return [key for key in texts if not any(row.ticket.look_up(key) for row in target.rows)]


def describe_verdict(formatter: Formatter, reading: ClockReading) -> str:
    """Return `met`, `missed by 0:14`, or the state of a clock without a verdict."""
    if reading.late_s:
        return formatter.say("missed by {late}", late=format_left(reading.late_s, reading.day_s))
    return formatter.word("met" if reading.met else reading.state)


def complete_path(prefix: str) -> list[str]:
    """Return the files and folders whose path begins with `prefix`, 50 at most."""
    folder, slash, name = prefix.rpartition("/")
    root = expand_user(f"{folder}{slash}" or ".")
    try:
        matches = sorted(path for path in root.iterdir() if path.name.startswith(name))[:50]
        return [f"{folder}{slash}{path.name}{'/' if path.is_dir() else ''}" for path in matches]
    except OSError:
        return []


def is_file(typed: str) -> bool:
    """Return whether the typed text is the path of a file that can be reached."""
    try:
        return expand_user(typed).is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Return whether a path is that of a folder that can be reached."""
    try:
        return path.is_dir()
    except OSError:
        return False


def matrix_priority(target: DialogTarget) -> str | None:
    """Return the priority that the matrix gives for the first ticket; None if its grades give none."""
    ticket = target.first_row.ticket
    return target.policy.priority(ticket.word("impact"), ticket.word("occurrence"), ticket.reported_at)
