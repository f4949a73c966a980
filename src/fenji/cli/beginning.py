"""Commands that come before the work: init, completion."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji import repo as repositories
from fenji.cli.grammar import command
from fenji.cli.session import Answer, Session, language_here, language_of
from fenji.cli.values import TEXT
from fenji.errors import Misused
from fenji.repo import signing
from fenji.words import LANGUAGES

if TYPE_CHECKING:
    from fenji.desk import Founder

_SHELLS = ("bash", "zsh", "fish")


@command("You are its engineer, lead, manager and admin, until policy.yaml says otherwise.")
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--site", required=True, metavar="SITE", type=TEXT, help="The code of this site, as KSA.")
@click.option("--language", metavar="LANGUAGE", type=TEXT, help="zh-Hans, zh-Hant or en.")
@click.option("--person", metavar="KEY", type=TEXT, help="What you are called here; else from git.")
@click.option("--from", "source", metavar="URL", type=TEXT, help="Copy the desk of a hub, a folder or a bundle.")
@click.option("--zone", metavar="ZONE", type=TEXT, help="The site's time zone, as Asia/Riyadh; else this machine's.")
@click.option("--sign", is_flag=True, help="Sign your commits with your SSH key.")
@click.option("--key", metavar="PATH", type=click.Path(path_type=Path), help="The SSH key; else the usual one.")
def init(session: Session, place: Path, site: str, *, sign: bool, key: Path | None, **said: str | None) -> Answer:
    """Begin a desk in a folder."""
    from fenji.desk import Founder, create

    signer = _signer(sign=sign, key=key)
    language = said["language"]
    spoken = language_of(language) if language else language_here()
    if not spoken:
        raise Misused(
            "{word} is no language of this desk.", hint="One of: {known}.", word=language, known=", ".join(LANGUAGES)
        )
    session.language = spoken
    founder = Founder(person=said["person"] or "", language=spoken, zone=said["zone"] or _zone_here())
    if said["source"]:
        whose = site, replace(founder, language=(language and spoken) or "")
        return _signing(session, _copied(session, said["source"], place, whose), place, signer)
    root = create(place, site, founder)
    lines = [
        session.say("{path} is a desk of {site} now.", path=root, site=site),
        session.say("Look over its rules in {path}; then report the first ticket:", path=root / "policy.yaml"),
        f"  fenji --desk {root} new --title TITLE",
    ]
    answer = Answer(lines, lambda: {"desk": str(root), "site": site, "language": spoken})
    return _signing(session, answer, root, signer)


def _signer(*, sign: bool, key: Path | None) -> signing.Key | None:
    if key and not sign:
        raise Misused("{option} goes with --sign.", option="--key")
    return signing.find_key(key) if sign else None


def _signing(session: Session, answer: Answer, place: Path, signer: signing.Key | None) -> Answer:
    """The new desk signs from now on; what its admin is to be given is said."""
    if signer is None:
        return answer
    signing.set_up(repositories.find(place.expanduser().absolute()), signer)
    told = session.say("Commits are signed now. For your entry under people in policy.yaml:")
    return replace(answer, lines=[*answer.lines, told, f'  key: "{signer.public}"'])


def _copied(session: Session, source: str, place: Path, whose: tuple[str, Founder]) -> Answer:
    from fenji.cli.exchanging import Telling
    from fenji.desk import exchange

    site, founder = whose
    with Telling(session) as told:
        root = exchange.clone(source, place, site, founder, progress=told)
    lines = [session.say("{path} is a copy of that desk, for {site}.", path=root, site=site)]
    lines += [session.say(one) for one in exchange.unsettled(root)]
    return Answer(lines, lambda: {"desk": str(root), "site": site, "from": source})


def _zone_here() -> str:
    """The name of this machine's time zone: of TZ, else of what /etc/localtime points at; UTC where neither tells."""
    named = (
        os.environ.get("TZ", "").removeprefix(":") or str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    )
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(named).key
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return "UTC"


@command("SHELL is bash, zsh or fish. For bash: fenji completion bash >> ~/.bash_completion")
@click.argument("shell", type=TEXT)
def completion(_: Session, shell: str) -> Answer:
    """The script that makes a shell complete commands, numbers and people."""
    from fenji.cli.completion import script

    if shell not in _SHELLS:
        raise Misused("{shell} is not known here.", hint="One of: {known}.", shell=shell, known=", ".join(_SHELLS))
    text = script(shell)
    return Answer(text.split("\n"), lambda: {"shell": shell, "script": text})
