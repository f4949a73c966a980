"""Finding a desk, its policy in force, and who is at it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import policy as policies
from fenji import yamlio
from fenji.errors import Damaged, NotFound, Problem, Sentence, Unavailable
from fenji.words import LANGUAGES

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.repo import Repo, Settings

POLICY = "policy.yaml"


def find(start: Path | None) -> Path:
    """The desk at or above `start`, else above FENJI_DESK, else above the current folder. Raises NotFound."""
    named = start or (Path(os.environ["FENJI_DESK"]) if os.environ.get("FENJI_DESK") else None)
    begin = (named or Path.cwd()).expanduser().absolute()
    for folder in (begin, *begin.parents):
        if (folder / POLICY).is_file() or (folder / "tickets").is_dir():
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


def rules(root: Path, repo: Repo) -> Rules:
    """The policy in policy.yaml; where that is bad or missing, the last good one from git (format.md 5)."""
    try:
        return Rules(_policy((root / POLICY).read_bytes()))
    except FileNotFoundError:
        problems: tuple[Problem, ...] = (
            Problem(POLICY, 0, 0, "", Sentence("the policy is missing; the last good one from git is in force")),
        )
    except OSError as error:
        raise Unavailable("{path} cannot be read: {reason}.", path=root / POLICY, reason=error.strerror) from error
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


def seat(policy: Policy, settings: Settings, person: str = "") -> Seat:
    """The seat that git's local settings, the environment and the policy give."""
    key = person or os.environ.get("FENJI_USER", "") or settings.person
    site = settings.site or (next(iter(policy.sites)) if len(policy.sites) == 1 else "")
    wanted = (os.environ.get("FENJI_LANGUAGE", ""), settings.language, policy.language)
    language = next((one for one in map(_language, wanted) if one), "en")
    return Seat(key, site, language, zone(policy, site), settings.name, settings.email)


def _language(word: str) -> str:
    folded = word.replace("_", "-").lower()
    aliases = {"zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant"}
    return next((one for one in LANGUAGES if one.lower() == folded), aliases.get(folded, ""))


def zone(policy: Policy, site: str) -> tzinfo:
    """The zone in which a site's people read their clocks: its calendar's, else this machine's."""
    place = policy.sites.get(site)
    if place and place.calendar and place.calendar != "always":
        return policy.calendar(place.calendar).zone
    local = datetime.now().astimezone().tzinfo
    assert local is not None
    return local
