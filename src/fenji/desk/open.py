"""Find a desk, its policy in force, and the person at it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import folders
from fenji.errors import FenjiError, InvalidUsage, NotFound, Refused
from fenji.given_files import expand_user
from fenji.i18n import match_language
from fenji.judge.policy_in_force import POLICY_FILE, load_policy_in_force, parse_policy
from fenji.model.correspondence import PROGRAMS
from fenji.model.ticket import SITE_PATTERN

if TYPE_CHECKING:
    from fenji.git import CloneSettings
    from fenji.model.policy import Policy

__all__ = [
    "POLICY_FILE",
    "DeskUser",
    "author_of",
    "check_site",
    "find_desk",
    "find_zone",
    "fix_offset",
    "load_policy_in_force",
    "parse_policy",
    "require_person",
    "resolve_user",
]


def find_desk(start: Path | None) -> Path:
    """Return the folder of the desk at or above `start`, else FENJI_DESK, else the current folder.

    Raises NotFound if there is none, or if the named folder does not exist.
    """
    given = start or (Path(os.environ["FENJI_DESK"]) if os.environ.get("FENJI_DESK") else None)
    begin = expand_user(given or Path.cwd()).absolute()
    if given and not begin.is_dir():
        raise NotFound("{path} is not a folder.", hint="Name a desk's folder, or one inside it.", path=begin)
    if root := folders.find_desk_root(str(begin)):
        return Path(root)
    raise _find_in_git(begin) or NotFound(
        "There is no desk at {path} or above it.",
        hint="Create one with: fenji init DIR --site CODE; or name one with --desk DIR.",
        path=begin,
    )


def _find_in_git(begin: Path) -> NotFound | None:
    """Return the error for a desk whose branch is not checked out, or whose files are gone; None for no such desk."""
    from fenji.git import branches, find_repo, refs

    try:
        repo = find_repo(find_repo(begin).top)
        branch = branches.find_desk_branch(repo)
        if branch is None or repo.read(POLICY_FILE, branch) is None:
            return None
    except FenjiError:
        return None
    if refs.current_branch(repo) != branch:
        hint = "Go back to it with: git switch {branch}"
        template = "The desk in {path} is on {branch}, but HEAD is elsewhere."
        return NotFound(template, hint=hint, path=repo.root, branch=branches.short_name(branch))
    hint = "Restore them with: git -C {path} checkout HEAD -- :/"
    return NotFound("The files of the desk in {path} are gone; git still has them.", hint=hint, path=repo.root)


class DeskUser(Struct, frozen=True):
    """The person at the desk, with their site, language and time zone.

    `self_named` is the person whose session it is, even if another is named for one act. `name` and `email` come from
    git and belong to `cloned_by`, the owner of the clone.
    """

    person: str
    site: str
    language: str
    zone: tzinfo
    name: str = ""
    email: str = ""
    sync_every: str = ""
    self_named: str = ""
    cloned_by: str = ""

    @property
    def has_own_zone(self) -> bool:
        """Whether the zone is a named one, as in a site's calendar, and not just this machine's UTC offset."""
        return not isinstance(self.zone, timezone)


def resolve_user(policy: Policy, settings: CloneSettings, person: str = "") -> DeskUser:
    """Resolve the person at the desk from git's local settings, the environment and the policy."""
    self_named = os.environ.get("FENJI_USER", "") or settings.person
    key = person or self_named
    site = settings.site or (next(iter(policy.sites)) if len(policy.sites) == 1 else "")
    wanted = (os.environ.get("FENJI_LANGUAGE", ""), settings.language, policy.language)
    language = next((code for code in map(match_language, wanted) if code), "en")
    zone, sync_every = find_zone(policy, site), settings.sync_every.strip()
    return DeskUser(
        key, site, language, zone, settings.name, settings.email, sync_every, self_named, cloned_by=settings.person
    )


def find_zone(policy: Policy, site: str) -> tzinfo:
    """Return the time zone of the site's calendar, else that of this machine."""
    site_policy = policy.sites.get(site)
    if site_policy and site_policy.calendar != "always":
        return policy.calendar_of(site).zone
    local = datetime.now().astimezone().tzinfo
    assert local is not None
    return local


def author_of(person: str, policy: Policy, user: DeskUser) -> tuple[str, str]:
    """Return the name and email address of a person for commits; `""` means the person at the desk.

    The judge knows a program only by its key, so a program never gets the name and address that git has.
    """
    person = person or user.self_named or "nobody"
    known = policy.people.get(person)
    is_own = person == user.cloned_by and person not in PROGRAMS
    name = (known.name if known else "") or (user.name if is_own else "") or person
    email = (known.email if known else "") or (user.email if is_own else "")
    return name, email or f"{person}@{user.site.lower() or 'desk'}.invalid"


def require_person(person: str) -> str:
    """Return the key of the acting person with whitespace collapsed. Raises Refused if nobody is named."""
    key = " ".join(person.split())
    if not key:
        raise Refused(
            "No user is set for this desk.",
            hint="Set it once with: git config fenji.user KEY, a key under people in policy.yaml.",
        )
    return key


def fix_offset(instant: datetime) -> datetime:
    """Return the instant as logged: to the second, with a fixed offset. Raises InvalidUsage if it has no offset.

    Python compares two times in one zone by wall clock, which repeats an hour in autumn; a fixed offset avoids that.
    """
    offset = instant.utcoffset()
    if offset is None:
        hint = "Write it as 2026-03-01T08:00:00+03:00."
        raise InvalidUsage("The time {time} has no UTC offset.", hint=hint, time=instant.isoformat())
    seconds = timedelta(seconds=round(offset.total_seconds()))
    return instant.replace(microsecond=0, tzinfo=timezone(seconds))


def check_site(policy: Policy, site: str) -> None:
    """Raise Refused if the site is empty or unknown to the policy."""
    if not site:
        raise Refused("This clone has no site.", hint="Set it once with: git config fenji.site CODE")
    if site not in policy.sites if policy.sites else not SITE_PATTERN.fullmatch(site):
        raise Refused(
            "The policy has no site {site}.",
            hint="Set one of {known} with: git config fenji.site CODE; or have {site} added to policy.yaml.",
            site=site,
            known=tuple(policy.sites) or "-",
        )
