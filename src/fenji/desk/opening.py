"""Finding a desk, its policy in force, and who is at it."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import policy as policies
from fenji import yamlio
from fenji.errors import Damaged, Misused, NotFound, Problem, Refused, Sentence
from fenji.ticket import SITE_PATTERN
from fenji.words import LANGUAGES

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.repo import Repo, Settings

POLICY = "policy.yaml"


def find(start: Path | None) -> Path:
    """The desk at or above `start`, else FENJI_DESK, else the current folder.

    Raises NotFound where there is none, or where the folder that is named does not exist.
    """
    named = start or (Path(os.environ["FENJI_DESK"]) if os.environ.get("FENJI_DESK") else None)
    begin = (named or Path.cwd()).expanduser().absolute()
    if named and not begin.is_dir():
        raise NotFound("{path} is not a folder.", hint="Name the folder of a desk, or one in it.", path=begin)
    for folder in (begin, *begin.parents):
        if os.path.lexists(folder / POLICY) or any((folder / "tickets" / one).is_dir() for one in ("open", "archive")):
            return folder
    raise NotFound(
        "There is no desk at {path} or above it.",
        hint="Begin one with: fenji init DIR --site CODE; or name one with --desk DIR.",
        path=begin,
    )


@dataclass(frozen=True)
class Rules:
    """The policy in force, and what is wrong with the one in the file where that is not it."""

    policy: Policy
    problems: tuple[Problem, ...] = ()


def mark(root: Path) -> object:
    """Something that differs (`!=`) once policy.yaml has changed."""
    try:
        found = (root / POLICY).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def rules(root: Path, repo: Repo) -> Rules:
    """The policy in policy.yaml; where that is bad or missing, the last good one from git (format.md 5).

    Raises Damaged with every problem of the file where git has none either.
    """
    try:
        return Rules(_policy(_bytes(root / POLICY)))
    except FileNotFoundError:
        problems: tuple[Problem, ...] = (
            Problem(POLICY, 0, 0, "", Sentence("the policy is missing; the last good one from git is in force")),
        )
    except OSError as error:
        reason = error.strerror or str(error)
        problems = (Problem(POLICY, 0, 0, "", Sentence("cannot be read: {reason}", {"reason": reason})),)
    except Damaged as damaged:
        problems = damaged.problems
    for commit in repo.history(POLICY):
        try:
            return Rules(_policy(repo.read(POLICY, commit.sha) or b""), problems)
        except Damaged:
            continue
    raise Damaged(
        "There is no policy that can be read.",
        hint="Mend policy.yaml at the places named; fenji policy check tells when it is right.",
        problems=problems,
    )


def _bytes(path: Path) -> bytes:
    """At most one byte more than a file may have: whatever the name stands for, reading it ends."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        return file.read(yamlio.LARGEST + 1)


def read_policy(data: bytes, name: str = POLICY) -> Policy:
    """The policy in `data`. Raises Damaged with every problem, each with its line."""
    return _policy(data, name)


def _policy(data: bytes, name: str = POLICY) -> Policy:
    found, faults = policies.read(yamlio.load(data, name))
    if found is None or faults:
        raise Damaged("{path} is refused.", path=name, problems=yamlio.problems(data, name, faults))
    return found


@dataclass(frozen=True)
class Seat:
    """Who sits at the desk, at which site, in which language and zone."""

    person: str
    site: str
    language: str
    zone: tzinfo
    name: str = ""
    email: str = ""
    sync_every: str = ""


def seat(policy: Policy, settings: Settings, person: str = "") -> Seat:
    """The seat that git's local settings, the environment and the policy give."""
    key = person or os.environ.get("FENJI_USER", "") or settings.person
    site = settings.site or (next(iter(policy.sites)) if len(policy.sites) == 1 else "")
    wanted = (os.environ.get("FENJI_LANGUAGE", ""), settings.language, policy.language)
    language = next((one for one in map(_language, wanted) if one), "en")
    own = key == settings.person  # git's name and address are those of the person whose clone it is
    address = settings.name * own, settings.email * own
    return Seat(key, site, language, zone(policy, site), *address, settings.sync_every.strip())


def _language(word: str) -> str:
    """One of LANGUAGES for `zh_TW.UTF-8`, `zh-hans`, `EN`; `""` for what names none of them."""
    folded = word.partition(".")[0].replace("_", "-").lower()
    exact = next((one for one in LANGUAGES if one.lower() == folded), "")
    if exact or not folded.startswith(("zh", "en")):
        return exact
    if folded.startswith("en"):
        return "en"
    return "zh-Hant" if folded.endswith(("-tw", "-hk", "-mo")) or "hant" in folded else "zh-Hans"


def zone(policy: Policy, site: str) -> tzinfo:
    """The zone in which a site's people read their clocks: its calendar's, else this machine's."""
    place = policy.sites.get(site)
    if place and place.calendar and place.calendar != "always":
        return policy.calendar(place.calendar).zone
    local = datetime.now().astimezone().tzinfo
    assert local is not None
    return local


def named(person: str) -> str:
    """The key of who acts, as one word. Raises Refused where nobody is named."""
    found = " ".join(person.split())
    if not found:
        raise Refused(
            "Nobody is named at this desk.",
            hint="Say who you are once with: git config fenji.user KEY, a key of people in policy.yaml.",
        )
    return found


def fixed(instant: datetime) -> datetime:
    """The instant to the second with its offset fixed, as the log holds it. Raises Misused without an offset.

    Two times of one zone would be compared by the wall clock, which repeats an hour in autumn.
    """
    offset = instant.utcoffset()
    if offset is None:
        hint = "Give it, as 2026-03-01T08:00:00+03:00."
        raise Misused("The time {time} has no offset from UTC.", hint=hint, time=instant.isoformat())
    seconds = timedelta(seconds=round(offset.total_seconds()))
    return instant.replace(microsecond=0, tzinfo=timezone(seconds))


def check_site(policy: Policy, site: str) -> None:
    """Refuse to number tickets for a site that is not set or that the policy does not know."""
    if not site:
        raise Refused("This clone has no site.", hint="Set it once with: git config fenji.site CODE")
    if site not in policy.sites if policy.sites else not SITE_PATTERN.fullmatch(site):
        raise Refused(
            "The policy knows no site {site}.",
            hint="Set one of {known} with: git config fenji.site CODE; or have {site} added to policy.yaml.",
            site=site,
            known=", ".join(policy.sites) or "-",
        )
