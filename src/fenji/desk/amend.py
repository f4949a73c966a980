"""Rewrite a changed policy.yaml with a new version, or in format 2; the result is a draft until it is brought in."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji import files
from fenji.desk.open import POLICY_FILE, fix_offset, parse_policy
from fenji.desk.policy_dates import languages_of
from fenji.errors import InvalidUsage, NotFound, Problem, Refused, os_reason
from fenji.given_files import read_given
from fenji.judge.policy_draft import DraftJudge
from fenji.model.policy import Policy, find_past_changes
from fenji.model.policy.history import first_compared_year
from fenji.model.worktime.holidays import public_holidays
from fenji.storage import layout, policy_text, policy_versions, policy_views, yaml_codec

if TYPE_CHECKING:
    from fenji.desk.desk import Desk

_DRAFT = f"fenji-edits/{POLICY_FILE}"
_YEARS_AHEAD = 2  # years after the present one for which holidays are written


class Amendment(Struct, frozen=True):
    """The new text of policy.yaml, the keys moved under `earlier`, the new version's `since`, and its problems.

    `dated_from_now`: a date in the edited text had passed, and was set to now.
    """

    before: bytes
    after: bytes
    since: str
    moved: tuple[str, ...]
    problems: tuple[Problem, ...]
    dated_from_now: bool = False

    @property
    def changes(self) -> bool:
        return self.before != self.after

    def diff(self) -> Iterator[str]:
        """Yield the lines of the difference, as `diff -u` shows them."""
        before, after = (data.decode("utf-8", "replace").splitlines() for data in (self.before, self.after))
        yield from difflib.unified_diff(before, after, POLICY_FILE, POLICY_FILE, lineterm="")


def draft_path(desk: Desk) -> Path:
    """Return the path of the copy of policy.yaml that is edited on the screen until it is written or dropped."""
    return desk.repo.git_dir / _DRAFT


def open_draft(desk: Desk) -> Path:
    """Return the path of the copy of policy.yaml to edit, which is made from the file unless an earlier copy exists."""
    path = draft_path(desk)
    if not path.exists():
        files.keep(desk.repo.git_dir, _DRAFT, read_policy_file(desk.root / POLICY_FILE))
    return path


def plan_amendment(desk: Desk, source: Path | None, *, since: str = "", number: int = 0) -> Amendment:
    """Plan the new version that the edited policy (`source`, else policy.yaml) adds to the policy in force.

    No key moves if everything edited may change in place, or if only the format changes (to `number`). Raises Damaged
    for a policy that cannot be used, NotFound for one that cannot be read, Refused if none is in force.
    """
    now = desk.now()
    before = read_policy_file(desk.root / POLICY_FILE)
    edited = read_policy_file(source, is_draft=True) if source else before
    in_force = desk.policy_in_force
    if not in_force.data:
        raise Refused("No policy is in force here yet.", hint="Edit policy.yaml and commit it; anything may change.")
    name = source.name if source else POLICY_FILE
    draft = parse_policy(edited, name)
    if number > draft.format:
        edited = _bring_to_format_2(edited, draft, now)
        draft = parse_policy(edited, name)
    judge = DraftJudge.at_desk(desk.root, desk.repo, in_force, desk.person, now)
    if not find_past_changes(in_force.policy, draft, now, has_tickets=judge.has_tickets):
        return Amendment(before, edited, "", (), judge.find_problems(edited, name))
    moved = policy_versions.find_moved_keys(in_force.data, edited, name)
    if not moved and not since:  # a version would be empty: only a `since`, or a correction's `on`, is past
        dated = judge.date_from_now(edited) or edited
        return Amendment(before, dated, "", (), judge.find_problems(dated, name), dated != edited)
    begin = _check_since(since) if since else _find_next_begin(desk)
    amended = policy_versions.make_version(in_force.data, edited, name, begin)
    return Amendment(before, amended, begin, moved, judge.find_problems(amended, name))


def plan_view(desk: Desk, name: str, query: str) -> Amendment:
    """Plan a view for everybody at the desk, which needs no new version. Raises Refused, NotFound or Damaged."""
    before = read_policy_file(desk.root / POLICY_FILE)
    after = policy_views.set_view(before, name, query)
    parse_policy(after, POLICY_FILE)
    judge = DraftJudge.at_desk(desk.root, desk.repo, desk.policy_in_force, desk.person, desk.now())
    return Amendment(before, after, "", (), judge.find_problems(after, POLICY_FILE))


def date_what_has_run(desk: Desk, typed: bytes, written: bytes) -> bytes:
    """Return policy.yaml with new dates (`written`), in a new version if they would change what has already run.

    So the first dates of a calendar, which reach into the past, count only from now on. If the text before (`typed`)
    needs a new version already, making that version is left to whoever typed it.
    """
    in_force, now = desk.policy_in_force, desk.now()
    has_tickets = layout.has_tickets(desk.root)
    fits = [
        not find_past_changes(in_force.policy, parse_policy(data, POLICY_FILE), now, has_tickets=has_tickets)
        for data in (typed, written)
    ]
    if not in_force.data or fits != [True, False]:
        return written
    return policy_versions.make_version(in_force.data, written, POLICY_FILE, _find_next_begin(desk))


def write_amendment(desk: Desk, amendment: Amendment) -> None:
    """Write the amendment to policy.yaml. Raises Refused if the file has changed since it was read."""
    with desk.store.lock:
        if read_policy_file(desk.root / POLICY_FILE) != amendment.before:
            raise Refused("policy.yaml has just been changed.", hint="Look at it, then try again.")
        files.write(desk.root, POLICY_FILE, amendment.after)


def read_policy_file(path: Path, *, is_draft: bool = False) -> bytes:
    """Return the bytes of a policy file. Raises NotFound if it cannot be read.

    A draft may be any file that a person names. The desk's own file must not be a link, which could point anywhere
    outside the desk.
    """
    try:
        return read_given(path) if is_draft else files.read(path)[0]
    except OSError as error:
        raise NotFound("{path} cannot be read: {reason}.", path=path, reason=os_reason(error)) from error


def _find_next_begin(desk: Desk) -> str:
    """Return the present minute, or the next free second if the last version begins within that minute or later."""
    now, last = desk.now(), desk.policy.versions[-1].begins
    minute = now.replace(second=0)
    begin = minute if minute > last else max(now, last + timedelta(seconds=1))
    return fix_offset(begin.astimezone(desk.user.zone)).isoformat()


def _check_since(text: str) -> str:
    """Return `--since` as written in the file: a date, or an instant with offset. Raises InvalidUsage."""
    try:
        if len(text.strip()) == len("2026-01-01"):
            return date.fromisoformat(text.strip()).isoformat()
        return fix_offset(datetime.fromisoformat(text.strip())).isoformat()
    except ValueError:
        hint = "Write it as 2026-01-01, or as 2026-01-01T00:00:00+03:00."
        raise InvalidUsage("{since} is not a date or a time.", hint=hint, since=text) from None


# --- format 2 -----------------------------------------------------------------------------------------------------


def _bring_to_format_2(data: bytes, policy: Policy, now: datetime) -> bytes:
    """Set `format: 2` and write out the holidays that format 1 takes from a library, so that no verdict changes."""
    data = policy_versions.set_format(data, POLICY_FILE, 2)
    document: Any = yaml_codec.load(data, POLICY_FILE)
    years = range(first_compared_year(policy, now), now.year + _YEARS_AHEAD + 1)
    places: list[tuple[str | int, ...]] = [("calendars",)]
    places += [("earlier", index, "calendars") for index in range(len(document.get("earlier") or []))]
    for place in places:
        calendars = document
        for key in place:
            calendars = (calendars.get(key) if isinstance(calendars, dict) else calendars[key]) or {}
        for name, calendar in calendars.items():
            holidays = calendar.get("holidays")
            country = holidays.get("country") if isinstance(holidays, dict) else None
            if country:
                words = {key: holidays[key] for key in ("country", "subdiv") if holidays.get(key)}
                languages = languages_of(document)
                dates = public_holidays(country, years, holidays.get("subdiv") or "", languages=languages)
                written = {day.isoformat(): title for day, title in dates.items()}
                data = policy_text.set_holidays(data, POLICY_FILE, name, words, written, place=place)
    return data
