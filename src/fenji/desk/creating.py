"""Beginning a desk: the folder, its git repository, its policy and settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fenji import policy as policies
from fenji import repo as repositories
from fenji import synonyms
from fenji.desk.opening import POLICY
from fenji.errors import Misused, NotFound, Refused, Unavailable
from fenji.ticket import SITE_PATTERN


@dataclass(frozen=True)
class Founder:
    """The person who begins a desk, and how the desk speaks."""

    person: str = ""
    name: str = ""
    email: str = ""
    language: str = "en"
    zone: str = "UTC"


def create(folder: Path, site: str, founder: Founder) -> Path:
    """Begin a desk in `folder`: a git repository (or a part of the one it lies in), a policy, words, empty tickets/.

    Nothing that stands there is overwritten: a folder of tickets with their policy that is in no repository, as from an
    unpacked archive, gets one and keeps both. Raises Refused where a desk stands already, Misused for a bad site code.
    """
    if not SITE_PATTERN.fullmatch(site):
        raise Misused("{site} is no site code.", hint="Use capital letters and digits, as KSA or HQ.", site=site)
    _check_zone(founder.zone)
    root = folder.expanduser().absolute()
    found = [one for one in (root / POLICY, root / "tickets") if os.path.lexists(one)]
    if found and _in_git(root):
        raise Refused("{path} is a desk already.", hint="Open it with: fenji --desk {path}", path=root)
    try:
        return _begun(root, site, founder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be made: {reason}.", path=root, reason=reason) from error


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise Misused("{zone} is not a known time zone.", hint="Write it as Asia/Riyadh.", zone=zone) from None


def _in_git(root: Path) -> bool:
    try:
        repositories.find(root)
    except NotFound:
        return False
    return True


def _begun(root: Path, site: str, founder: Founder) -> Path:
    from fenji.sync.wiring import wire  # opening a desk, which this module is loaded for too, does without it

    root.mkdir(parents=True, exist_ok=True)
    repo = repositories.init(root)
    own = repo.settings()
    email = founder.email or own.email
    person = founder.person or email.partition("@")[0] or os.environ.get("USER", "") or "me"
    name = founder.name or own.name or person
    if not os.path.lexists(root / POLICY):
        text = policies.starter(founder.language, [site], person=person, name=name, email=email, zone=founder.zone)
        (root / POLICY).write_text(text, encoding="utf-8")
    if not os.path.lexists(root / synonyms.FILE):
        (root / synonyms.FILE).write_text(synonyms.STARTER, encoding="utf-8")
    for key, value in (("fenji.site", site), ("fenji.user", person), ("fenji.language", founder.language)):
        repo.set_setting(key, value)
    wire(repo)
    (root / "tickets" / "open").mkdir(parents=True, exist_ok=True)
    files = (one for one in root.joinpath("tickets").rglob("*") if one.is_file() and not one.is_symlink())
    begun = {one.relative_to(root).as_posix(): one.read_bytes() for one in files}
    begun |= {one: (root / one).read_bytes() for one in (POLICY, synonyms.FILE, ".gitignore", ".gitattributes")}
    author = (name, email or f"{person}@{site.lower()}.invalid")
    repo.commit(begun, message=f"{site}: begin the desk", author=author, at=datetime.now(UTC))
    return root
