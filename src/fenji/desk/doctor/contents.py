"""Checks of the desk's contents: policy, person and site, holidays, files that no sync takes, held acts."""

from __future__ import annotations

from collections import Counter

from fenji.desk import open as opening
from fenji.desk import people
from fenji.desk.date_warnings import find_date_warnings
from fenji.desk.doctor.finding import Finding, Findings, State, Surroundings, fault, note, ok
from fenji.errors import Problem, Sentence
from fenji.model.worktime import upkeep
from fenji.storage import Store
from fenji.sync.held import list_held
from fenji.sync.record import find_left_alone, ignored_problems
from fenji.sync.trees import is_attachment

_MAX_NAMED = 5  # files that are named; `fenji check` names them all


def check_policy(desk: Surroundings) -> Findings:
    """Whether policy.yaml can be used, and is written in a format that this version reads."""
    if desk.root is None:
        return
    hint = "To see what is wrong: fenji policy check"
    if any(problem.key == "format" for problem in desk.policy_problems):
        message = Sentence("policy.yaml has a format that this fenji cannot read.")
        yield fault("format", message, hint="Install a newer fenji, like the other sites.")
    if desk.policy is None:
        yield fault("policy", Sentence("There is no readable policy."), hint=hint)
    elif desk.policy.newer_format:
        yield note("policy", Sentence("Acts are recorded, but these rules give no due times or verdicts."))
    elif desk.policy_problems:
        message = Sentence("policy.yaml cannot be used; the last good one from git is in force.")
        yield fault("policy", message, hint=hint)
    else:
        yield ok("format", Sentence("policy.yaml has a format that this fenji can read."))
        yield _describe_draft(desk)


def _describe_draft(desk: Surroundings) -> Finding:
    in_force = desk.policy_in_force
    if not in_force or not in_force.notice:
        return ok("policy", Sentence("The rules in force are those in policy.yaml."))
    return Finding("policy", "fault", in_force.notice, in_force.advice)


def check_person(desk: Surroundings) -> Findings:
    """Whether the policy knows the person at the desk."""
    if desk.policy is None or desk.user is None:
        return
    person = opening.require_person(desk.user.person)
    values = {"person": person, "known": tuple(people.nearest_keys(person, _names(desk)) or [*desk.policy.people])}
    if desk.policy.people and person not in desk.policy.people:
        message = Sentence("{person} is not under people in policy.yaml and may do only what everybody may.", values)
        hint = "Say who you are with: git config fenji.user KEY, one of {known}; or have {person} added to policy.yaml."
        yield fault("person", message, hint=hint)
    else:
        yield ok("person", Sentence("You are {person}.", values))


def _names(desk: Surroundings) -> dict[str, str]:
    return {key: person.name for key, person in desk.policy.people.items()} if desk.policy else {}


def check_site(desk: Surroundings) -> Findings:
    """Whether the policy knows the site of this clone. Raises Refused if it does not."""
    if desk.policy and desk.user:
        opening.check_site(desk.policy, desk.user.site)
        yield ok("site", Sentence("The site is {site}.", {"site": desk.user.site}))


def check_calendars(desk: Surroundings) -> Findings:
    """Whether written holidays and hours run out soon, or differ from those of the installed packages."""
    if desk.policy is None:
        return
    calendars = desk.policy.versions[-1].calendars
    warnings = list(find_date_warnings(calendars, desk.now))
    for warning in warnings:
        state: State = "note" if warning.past else "fault"
        yield Finding(warning.check, state, warning.message, warning.hint)
    ends = [upkeep.last_holiday(calendar.hours) for calendar in calendars.values() if calendar.hours]
    known = [end for end in ends if end]
    if known and not any(warning.check == "holidays" and not warning.past for warning in warnings):
        values = {"date": min(known).isoformat()}
        yield ok("holidays", Sentence("Every calendar has holidays until at least {date}.", values))


def check_files(desk: Surroundings) -> Findings:
    """Whether the desk contains files that no sync takes."""
    if desk.root is None or desk.repo is None:
        return
    status = desk.repo.read_status(ignored=True)
    ignored = ignored_problems(status.ignored)
    left_alone = find_left_alone(Store(desk.root, desk.repo), status.uncommitted)
    problems = [*ignored, *left_alone]
    for problem in problems[:_MAX_NAMED]:
        yield from _describe_file(problem, is_ignored=problem in ignored)
    if len(problems) > _MAX_NAMED:
        message = Sentence("{count} files are left alone; all of them: fenji check", {"count": len(problems)})
        yield note("files", message)
    if not problems:
        yield ok("files", Sentence("A sync sends every file of the desk."))


def _describe_file(problem: Problem, *, is_ignored: bool) -> Findings:
    message = Sentence("{path} {message}.", {"path": problem.path, "message": problem.message})
    if is_ignored or is_attachment(problem.path):
        yield fault("files", message, hint="Attach it, or move it out of the desk.")
    else:
        yield note("files", message)


def check_held(desk: Surroundings) -> Findings:
    """Whether acts are held here because the hub refuses them."""
    if desk.repo is None:
        return
    acts = list_held(desk.repo)
    by_ticket = Counter(act.id for act in acts)
    if acts:
        values = {"count": len(acts), "ids": tuple(by_ticket)}
        message = Sentence(
            "The hub refuses {count} act, which waits here: {ids}.",
            values,
            plural="The hub refuses {count} acts, which wait here: {ids}.",
        )
        yield fault("held", message, hint="See why with: fenji held; take them up with: fenji held take ID")
    elif desk.remote:
        yield ok("held", Sentence("The hub refuses nothing from this clone."))
