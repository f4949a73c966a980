"""The first run: in a folder without a desk, explains fenji and offers to create a desk there or a sample."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.cli import streams
from fenji.cli.init import describe_identity, local_zone
from fenji.cli.session import Session
from fenji.errors import FenjiError
from fenji.i18n import join_sentences
from fenji.text import cells

if TYPE_CHECKING:
    from fenji.desk import DeskSetup

Ask = Callable[[str], str]


def offer_desk(here: Path, ask: Ask = input) -> Path | None:
    """Ask what to open, and return the root of the desk; None if the person leaves, also by EOF."""
    session = Session()
    place = here if not any(here.iterdir()) else _free_folder(here)
    for line in _explain(session, place):
        streams.write(f"{line}\n")
    try:
        return _choose(session, place, ask)
    except EOFError:
        streams.write("\n")
        return None


def _free_folder(here: Path) -> Path:
    """Return a folder that does not exist yet, because a desk is not mixed with other files."""
    names = ("desk", *(f"desk-{number}" for number in range(2, 1000)))
    return next(here / name for name in names if not (here / name).exists())


def _explain(session: Session, place: Path) -> list[str]:
    say = session.say
    purpose = say("fenji keeps after-sales tickets, each with its promised times, as plain files in git.")
    return [
        *cells.wrap(purpose, streams.terminal_width() or cells.width(purpose)),
        say("No desk here yet. What would you like to do?"),
        "  1  " + say("start a desk in {path}", path=place),
        "  2  " + say("explore a sample; nothing in it is kept"),
        "  q  " + say("quit; to join others: fenji init DIR --site CODE --from URL"),
    ]


def _choose(session: Session, place: Path, ask: Ask) -> Path | None:
    while True:
        answer = ask("1, 2, q: ").strip().lower()
        if answer == "1":
            return _begin_desk(session, place, ask)
        if answer == "2":
            return _begin_sample(session)
        if answer in ("q", ""):
            return None
        streams.write(session.say("Type 1, 2 or q, then Enter.") + "\n")


def _begin_desk(session: Session, place: Path, ask: Ask) -> Path:
    """Ask for the person, site and time zone, and create the desk."""
    from fenji.desk.init import check_site_code, check_zone, create, usual_person

    say, founder = session.say, _founder(session)
    name = say("Your name at the desk, such as li.wei; Enter takes {person}:", person=usual_person(place.parent))
    person = "".join(ask(f"{name} ").split())
    site = _ask_until(say("The code of your site, in capital letters, such as KSA:"), "", check_site_code, session, ask)
    where = say("The time zone of your site, such as Asia/Riyadh; Enter takes {zone}:", zone=founder.zone)
    zone = _ask_until(where, founder.zone, check_zone, session, ask)
    root = create(place, site, replace(founder, person=person, zone=zone))
    for line in describe_identity(session, root):
        for row in cells.wrap(line, streams.terminal_width() or cells.width(line)):
            streams.write(f"{row}\n")
    ask(say("Enter opens it.") + " ")
    return root


def _ask_until(question: str, usual: str, check: Callable[[str], None], session: Session, ask: Ask) -> str:
    """Ask until the answer is valid, printing each error; return it with its letter case corrected."""
    while True:
        answer, errors = ask(f"{question} ").strip() or usual, list[FenjiError]()
        for spelling in (answer, answer.upper(), "/".join(part.title() for part in answer.split("/"))):
            try:
                check(spelling)
            except FenjiError as error:
                errors.append(error)
            else:
                return spelling
        hint = session.say(errors[0].hint) if errors[0].hint else ""
        streams.write(
            join_sentences([session.say(errors[0].sentence) if answer else "", hint], session.language) + "\n"
        )


def _begin_sample(session: Session) -> Path:
    from fenji.desk.sample import create_sample

    root = create_sample(Path(tempfile.mkdtemp(prefix="fenji-sample-")) / "desk", _founder(session))
    streams.write(session.say("The sample is in {path}", path=root) + "\n")
    return root


def _founder(session: Session) -> DeskSetup:
    from fenji.desk import DeskSetup

    return DeskSetup(language=session.language, zone=local_zone())
