"""Beginning a desk: the folder, its git repository, its policy and settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fenji import policy as policies
from fenji import repo as repositories
from fenji.errors import Misused, Refused, Unavailable
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
    """Begin a desk in `folder`: a git repository (or a part of the one it lies in), a commented policy, empty tickets/.

    Nothing that stands there is overwritten. Raises Refused where a desk stands already, Misused for a bad site code.
    """
    if not SITE_PATTERN.fullmatch(site):
        raise Misused("{site} is no site code.", hint="Use capital letters and digits, as KSA or HQ.", site=site)
    root = folder.expanduser().absolute()
    if (root / "policy.yaml").exists() or (root / "tickets").exists():
        raise Refused("{path} is a desk already.", hint="Open it with: fenji --desk {path}", path=root)
    try:
        (root / "tickets" / "open").mkdir(parents=True)
    except OSError as error:
        raise Unavailable("{path} cannot be made: {reason}.", path=root, reason=error.strerror) from error
    repo = repositories.init(root)
    own = repo.settings()
    email = founder.email or own.email
    person = founder.person or email.partition("@")[0] or os.environ.get("USER", "") or "me"
    name = founder.name or own.name or person
    text = policies.starter(founder.language, [site], person=person, name=name, email=email, zone=founder.zone)
    (root / "policy.yaml").write_text(text, encoding="utf-8")
    for key, value in (("fenji.site", site), ("fenji.user", person), ("fenji.language", founder.language)):
        repo.set_setting(key, value)
    begun = {one: (root / one).read_bytes() for one in ("policy.yaml", ".gitignore", ".gitattributes")}
    author = (name, email or f"{person}@{site.lower()}.invalid")
    repo.commit(begun, message=f"{site}: begin the desk", author=author, at=datetime.now(UTC))
    return root
