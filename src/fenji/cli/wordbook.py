"""The command for words that mean one thing: list them, add a group, remove one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fenji.cli.cells import one_line
from fenji.cli.failing import problem_line
from fenji.cli.grammar import command
from fenji.cli.session import Answer, Session
from fenji.cli.values import TEXT
from fenji.errors import Damaged, Misused
from fenji.synonyms import FILE, key

if TYPE_CHECKING:
    from fenji.synonyms import Group

_COMMAS = str.maketrans("，、；;", ",,,,")


@command("WORD lists the groups that have it. --add and --remove take words with commas between: 'rust, corrosion'.")
@click.argument("words", metavar="[WORD]…", nargs=-1, type=TEXT)
@click.option("--add", metavar="WORDS", type=TEXT, help="Add a group of these words.")
@click.option("--remove", metavar="WORDS", type=TEXT, help="Remove the group of these words; two of them are enough.")
def synonyms(session: Session, words: Sequence[str], add: str | None, remove: str | None) -> Answer:
    """Words for one thing: searching one finds the others."""
    if words and (add or remove):
        raise Misused("Give words to look for, or a change, not both.")
    removed = session.desk.remove_synonyms(_listed(remove)) if remove else ()
    added = session.desk.add_synonyms(_listed(add)) if add else ()
    held = session.desk.synonyms()
    shown = _with_words(held.groups, words) if words else held.groups
    document = {"path": FILE, "groups": [list(group) for group in shown]}
    lines = _changes(added, removed, session) if add or remove else _groups(shown, session)
    remarks = tuple(problem_line(one, session) for one in held.problems)
    return Answer(lines, lambda: document, remarks=remarks, exit_code=Damaged.exit_code if held.problems else 0)


def _listed(text: str) -> list[str]:
    return [word for one in text.translate(_COMMAS).split(",") if (word := one.strip())]


def _with_words(groups: Iterable[Group], words: Sequence[str]) -> tuple[Group, ...]:
    wanted = {key(word) for word in (*words, " ".join(words))}
    return tuple(group for group in groups if wanted & {*map(key, group)})


def _changes(added: Group, removed: Group, session: Session) -> Iterator[str]:
    if removed:
        yield session.say("Removed: {words}", words=one_line(", ".join(removed)))
    if added:
        yield session.say("Added: {words}", words=one_line(", ".join(added)))


def _groups(groups: Sequence[Group], session: Session) -> Iterator[str]:
    yield from (one_line(", ".join(group)) for group in groups)
    if not groups:
        yield session.say("There is no such group. Add one with: fenji synonyms --add 'spares, spare part'")
