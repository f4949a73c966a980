"""The `synonyms` command: lists, adds and removes groups of words that mean the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.failures import format_problem
from fenji.cli.params import TEXT
from fenji.cli.session import CommandOutput, Session
from fenji.errors import Damaged, InvalidUsage
from fenji.model.synonyms import SynonymGroup, synonym_key
from fenji.storage.synonyms_file import FILE_NAME

_COMMA_TABLE = str.maketrans("，、；;", ",,,,")


@command("WORD lists the groups that contain it. --add and --remove take words separated by commas: 'rust, corrosion'.")
@click.argument("words", metavar="[WORD]…", nargs=-1, type=TEXT)
@click.option("--add", metavar="WORDS", type=TEXT, help="Add a group of these words.")
@click.option("--remove", metavar="WORDS", type=TEXT, help="Remove the group with these words; two of them are enough.")
def synonyms(session: Session, words: Sequence[str], add: str | None, remove: str | None) -> CommandOutput:
    """List, add or remove words that mean the same; a search for one of them also finds the others."""
    if words and (add or remove):
        raise InvalidUsage("Give words to look up or a change, not both.")
    removed = session.desk.synonyms.remove(_split_words(remove)) if remove else ()
    added = session.desk.synonyms.add(_split_words(add)) if add else ()
    current = session.desk.synonyms.in_force()
    shown = _groups_with(current.groups, words) if words else current.groups
    document = {"path": FILE_NAME, "groups": [list(group) for group in shown]}
    lines = _describe_changes(added, removed, session) if add or remove else _render_groups(shown, session)
    remarks = tuple(format_problem(problem, session) for problem in current.problems)
    return CommandOutput(
        lines, lambda: document, remarks=remarks, exit_code=Damaged.exit_code if current.problems else 0
    )


def _split_words(text: str) -> list[str]:
    return [word for part in text.translate(_COMMA_TABLE).split(",") if (word := part.strip())]


def _groups_with(groups: Iterable[SynonymGroup], words: Sequence[str]) -> tuple[SynonymGroup, ...]:
    wanted = {synonym_key(word) for word in (*words, " ".join(words))}
    return tuple(group for group in groups if wanted & {*map(synonym_key, group)})


def _describe_changes(added: SynonymGroup, removed: SynonymGroup, session: Session) -> Iterator[str]:
    if removed:
        yield session.say("Removed: {words}", words=tuple(map(one_line, removed)))
    if added:
        yield session.say("Added: {words}", words=tuple(map(one_line, added)))


def _render_groups(groups: Sequence[SynonymGroup], session: Session) -> Iterator[str]:
    yield from (one_line(", ".join(group)) for group in groups)
    if not groups:
        yield session.say("There is no such group. Add one with: fenji synonyms --add 'spares, spare part'")
