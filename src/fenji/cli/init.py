"""Commands for setting up: init, completion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from fenji import git as repositories
from fenji.cli.base import command
from fenji.cli.params import TEXT, TextParam
from fenji.cli.session import CommandOutput, Session, default_language
from fenji.errors import InvalidUsage, RefusalCollector
from fenji.files import printable
from fenji.git import signing
from fenji.given_files import expand_user
from fenji.i18n import LANGUAGES, match_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.desk import DeskSetup

_SHELLS = ("bash", "zsh", "fish")


@command("You are its engineer, lead, manager and admin, until policy.yaml says otherwise.")
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--site", required=True, metavar="SITE", type=TEXT, help="The code of this site, such as KSA.")
@click.option("--language", metavar="LANGUAGE", type=TextParam("language"), help="zh-Hans, zh-Hant or en.")
@click.option("--person", metavar="KEY", type=TEXT, help="Your name here; by default from FENJI_USER or from git.")
@click.option("--from", "source", metavar="URL", type=str, help="Copy the desk from a hub, a folder or a bundle.")
@click.option(
    "--zone", metavar="ZONE", type=TEXT, help="The site's time zone, such as Asia/Riyadh; this machine's by default."
)
@click.option("--sign", is_flag=True, help="Sign your commits with your SSH key.")
@click.option("--key", metavar="PATH", type=click.Path(path_type=Path), help="SSH key; your usual one by default.")
def init(
    session: Session, place: Path, site: str, *, sign: bool, key: Path | None, **options: str | None
) -> CommandOutput:
    """Create a desk in a folder."""
    from fenji.desk import DeskSetup, create
    from fenji.desk.init import check_setup

    signing_key = _find_signing_key(sign=sign, key=key)
    language, zone = options["language"], options["zone"] or local_zone()
    refusals = RefusalCollector()
    with refusals.checking():
        session.language = chosen_language = _choose_language(language)
    with refusals.checking():
        check_setup(site, zone)
    refusals.raise_all()
    person = options["person"] or os.environ.get("FENJI_USER", "")
    founder = DeskSetup(person=person, language=chosen_language, zone=zone)
    if options["source"]:
        site_and_founder = site, replace(founder, language=(language and chosen_language) or "")
        return _set_up_signing(
            session, _clone_desk(session, options["source"], place, site_and_founder), place, signing_key
        )
    root = create(place, site, founder)
    lines = [
        session.say("{path} is now a desk of {site}.", path=root, site=site),
        session.say("Review its rules in {path}, then report the first ticket:", path=root / "policy.yaml"),
        f"  fenji --desk {root} new --title TITLE",
        *describe_identity(session, root),
    ]
    document = {"desk": str(root), "site": site, "language": chosen_language}
    answer = CommandOutput(lines, lambda: document, remarks=tuple(_warn_of_enclosing_repo(session, root)))
    return _set_up_signing(session, answer, root, signing_key)


def _choose_language(word: str | None) -> str:
    language = match_language(word) if word else default_language()
    if not language:
        raise InvalidUsage(
            "{word} is not a language of this desk.", hint="One of: {known}.", word=word, known=tuple(LANGUAGES)
        )
    return language


def describe_identity(session: Session, root: Path) -> list[str]:
    """Return lines that name the person, site and time zone of a desk, and say how to change each."""
    from fenji.desk import Desk

    with Desk.open(root) as desk:
        values = {"person": desk.person, "site": desk.site, "zone": desk.policy.zone}
    return [
        session.say("You are {person} at {site}; times are in {zone}.", **values),
        session.say("To change that: git config fenji.user KEY; git config fenji.site CODE; the zone in policy.yaml."),
    ]


def _warn_of_enclosing_repo(session: Session, root: Path) -> Iterator[str]:
    from fenji.desk.init import enclosing_repo

    top = enclosing_repo(root)
    if top:
        yield session.say("It is part of the repository {top}: its tickets go wherever that is pushed.", top=top)
        yield session.say("For a separate desk, start it in another folder, or run first: git init DIR")


def _find_signing_key(*, sign: bool, key: Path | None) -> signing.SigningKey | None:
    if key and not sign:
        raise InvalidUsage("{option} needs --sign.", option="--key")
    return signing.find_key(key) if sign else None


def _set_up_signing(
    session: Session, answer: CommandOutput, root: Path, signing_key: signing.SigningKey | None
) -> CommandOutput:
    """Make the new desk sign its commits, and add to the output the key to put into policy.yaml."""
    if signing_key is None:
        return answer
    signing.set_up(repositories.find_repo(expand_user(root).absolute()).git, signing_key)
    instruction = session.say("Commits are now signed. Add to your entry under people in policy.yaml:")
    return replace(answer, lines=[*answer.lines, instruction, f'  key: "{signing_key.public}"'])


def _clone_desk(session: Session, source: str, folder: Path, site_and_founder: tuple[str, DeskSetup]) -> CommandOutput:
    from fenji.cli.sync import ProgressLine
    from fenji.desk import exchange

    site, founder = site_and_founder
    with ProgressLine(session) as progress:
        root = exchange.clone(source, folder, site, founder, progress=progress)
    lines = [session.say("{path} is a copy of that desk, for {site}.", path=root, site=site)]
    lines += [session.say(sentence) for sentence in exchange.remaining_setup(root)]
    return CommandOutput(lines, lambda: {"desk": str(root), "site": site, "from": printable(source)})


def local_zone() -> str:
    """Return this machine's time zone: from TZ, else the target of /etc/localtime, else UTC."""
    name = (
        os.environ.get("TZ", "").removeprefix(":") or str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    )
    from fenji.model.worktime.zone import find_zone

    return name if find_zone(name) else "UTC"


@command("SHELL is bash, zsh or fish. For bash: fenji completion bash >> ~/.bash_completion")
@click.argument("shell", type=TextParam("shell"))
def completion(_: Session, shell: str) -> CommandOutput:
    """Print the script that makes a shell complete commands, numbers and people."""
    from fenji.cli.completion import completion_script

    if shell not in _SHELLS:
        raise InvalidUsage("{shell} is not supported.", hint="One of: {known}.", shell=shell, known=tuple(_SHELLS))
    text = completion_script(shell)
    return CommandOutput(text.split("\n"), lambda: {"shell": shell, "script": text})
