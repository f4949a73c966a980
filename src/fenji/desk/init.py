"""Create a desk: the folder, its git repository, its policy and settings."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from fenji import files
from fenji import git as repositories
from fenji.desk.open import POLICY_FILE
from fenji.errors import InvalidUsage, NotFound, RefusalCollector, Refused, Unavailable, os_reason
from fenji.git import branches, refs
from fenji.given_files import expand_user
from fenji.model.ticket import SITE_PATTERN
from fenji.model.worktime.zone import find_zone


class DeskSetup(Struct, frozen=True):
    """The person who creates a desk, and the desk's language and time zone."""

    person: str = ""
    name: str = ""
    email: str = ""
    language: str = "en"
    zone: str = "UTC"


def create(folder: Path, site: str, setup: DeskSetup) -> Path:
    """Create a desk in `folder`: a git repository (or a part of the one around it), a policy, synonyms, empty tickets/.

    Overwrites nothing: a folder that has tickets and a policy but no repository, such as an unpacked archive, keeps
    both and gets one. Raises Refused if there is a desk already or the surrounding repository ignores the folder,
    InvalidUsage for a bad site code or time zone.
    """
    check_setup(site, setup.zone)
    root = expand_user(folder).absolute()
    existing = [path for path in (root / POLICY_FILE, root / "tickets") if os.path.lexists(path)]
    if existing and _in_git(root):
        raise Refused("{path} is already a desk.", hint="Open it with: fenji --desk {path}", path=root)
    _check_not_ignored(root)
    try:
        return _write_desk(root, site, setup)
    except OSError as error:
        raise Unavailable("{path} cannot be created: {reason}.", path=root, reason=os_reason(error)) from error


def check_setup(site: str, zone: str) -> None:
    """Raise InvalidUsage for an invalid site code or an unknown time zone."""
    refusals = RefusalCollector()
    with refusals.checking():
        check_site_code(site)
    with refusals.checking():
        check_zone(zone)
    refusals.raise_all()


def check_site_code(site: str) -> None:
    """Raise InvalidUsage for an invalid site code."""
    if not SITE_PATTERN.fullmatch(site):
        raise InvalidUsage(
            "{site} cannot be a site code.", hint="Use capital letters and digits, such as KSA or HQ.", site=site
        )


def _check_not_ignored(root: Path) -> None:
    """Raise Refused if the surrounding repository ignores the folder, as a home folder kept in git usually does."""
    from fenji.git.repo import find_ignoring_repo

    top = find_ignoring_repo(root)
    if top:
        raise Refused(
            "{path} is in the repository {top}, which ignores its contents.",
            hint="For a separate desk, run first: git init {path}; to make it part of that repository, remove the rule "
            "from its .gitignore.",
            path=root,
            top=top,
        )


def enclosing_repo(root: Path) -> Path | None:
    """Return the top of the larger repository that a desk is a part of, or None."""
    repo = repositories.find_repo(root)
    return repo.top if repo.prefix else None


def check_zone(zone: str) -> None:
    """Raise InvalidUsage for an unknown time zone."""
    if find_zone(zone) is None:
        raise InvalidUsage("{zone} is not a known time zone.", hint="Write it as Asia/Riyadh.", zone=zone)


def usual_person(folder: Path) -> str:
    """Return the default key of a person who creates a desk in a folder: from git's email address, else USER."""
    from fenji.git.settings import read_settings

    return _usual_person(read_settings(folder).email)


def _usual_person(email: str) -> str:
    return email.partition("@")[0] or os.environ.get("USER", "") or "me"


def _in_git(root: Path) -> bool:
    try:
        repositories.find_repo(root)
    except NotFound:
        return False
    return True


def _write_desk(root: Path, site: str, setup: DeskSetup) -> Path:
    # Imported here: opening a desk loads this module too, and does not need them.
    from fenji.desk.policy_dates import write_first_dates
    from fenji.model.policy.template import starter_policy
    from fenji.storage import synonyms_file
    from fenji.sync.driver_setup import install_driver

    root.mkdir(parents=True, exist_ok=True)
    repo = repositories.init_repo(root)
    settings = repo.read_settings()
    email = setup.email or settings.email
    person = setup.person or _usual_person(email)
    name = setup.name or settings.name or person
    if not os.path.lexists(root / POLICY_FILE):
        text = starter_policy(setup.language, [site], person=person, name=name, email=email, zone=setup.zone)
        files.write(root, POLICY_FILE, write_first_dates(text.encode(), setup.zone, datetime.now(UTC)))
    if not os.path.lexists(root / synonyms_file.FILE_NAME):
        files.write(root, synonyms_file.FILE_NAME, synonyms_file.starter_text().encode())
    for key, value in (("fenji.site", site), ("fenji.user", person), ("fenji.language", setup.language)):
        repo.set_setting(key, value)
    branch = refs.current_branch(repo)
    if branch and not repo.prefix:  # in a larger repository branches are for other work too
        repo.set_setting(branches.BRANCH_KEY, branches.short_name(branch))
    install_driver(repo)
    (root / "tickets" / "open").mkdir(parents=True, exist_ok=True)
    tickets = (path for path in root.joinpath("tickets").rglob("*") if path.is_file() and not path.is_symlink())
    contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in tickets}
    contents |= {
        file_name: (root / file_name).read_bytes()
        for file_name in (POLICY_FILE, synonyms_file.FILE_NAME, ".gitignore", ".gitattributes")
    }
    author = (name, email or f"{person}@{site.lower()}.invalid")
    repo.commit(contents, message=f"{site}: begin the desk", author=author, at=datetime.now(UTC))
    return root
