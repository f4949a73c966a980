"""The command that imports tickets from spreadsheets, trackers and exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.params import TEXT, TextParam
from fenji.cli.progress import CountingLine
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import Damaged
from fenji.given_files import expand_user

if TYPE_CHECKING:
    from fenji.desk.import_dialogue import ImportDialogue
    from fenji.desk.imports import Importer
    from fenji.imports.guess import MappingDraft


@command(
    "Reads xlsx, xls, ods, csv, tsv, json, jsonl, and an export's sqlite. A mapping says how columns become tickets: "
    "imports/NAME.yaml of the desk, a file, or a built-in one. What fenji export wrote needs none. Refused rows go "
    "to NAME.rejected.csv next to the file."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "mapping", metavar="NAME", type=TEXT, default="", help="The mapping: a name or a file.")
@click.option(
    "--site", metavar="SITE", type=TextParam("site"), default="", help="Site of the tickets; this one by default."
)
@click.option("--dry-run", is_flag=True, help="Show what each row would become, and write nothing.")
def import_file(session: Session, file: Path, mapping: str, site: str, *, dry_run: bool) -> CommandOutput:
    """Import tickets."""
    from fenji.desk.import_lines import describe_import
    from fenji.desk.imports import Importer, ImportResult, load_mapping, needs_no_mapping, summarize

    desk = session.desk
    file = expand_user(file)
    asked = not mapping and streams.is_interactive() and not session.json and not needs_no_mapping(file)
    if asked:
        Importer(desk, file)  # raises for a person who may not import, before asking anything
        mapping = _ask_mapping(session, file)
    loaded = load_mapping(desk, mapping) if mapping else None
    importer = Importer(desk, file, loaded, site=site)
    if asked and not dry_run:
        dry_run = not _agree(importer, session)
    with CountingLine(session, lambda done, total: _describe_progress(done, total, session)) as line:
        result = ImportResult(importer.plan(line.show)) if dry_run else importer.write(line.show, line.show)
    return CommandOutput(
        (OutputLine(text, style) for text, style in describe_import(importer, result, session.say, dry_run=dry_run)),
        lambda: {
            **summarize(result.plan),
            "dry_run": dry_run,
            "commit": result.commit or None,
            "rejected": str(result.rejected) if result.rejected else None,
        },
        exit_code=Damaged.exit_code if result.plan.count("refused") else 0,
    )


def _agree(importer: Importer, session: Session) -> bool:
    """Show what would become of each row, and return whether the person agrees to write them."""
    from fenji.desk.import_lines import describe_import
    from fenji.desk.imports import ImportResult

    for line, _ in describe_import(importer, ImportResult(importer.plan()), session.say, dry_run=True):
        streams.write(f"{line}\n")
    return not _read_line(session.say("Enter imports them; anything else does not, but the mapping is kept:")).strip()


def _ask_mapping(session: Session, file: Path) -> str:
    """Ask what the columns of a file mean, save the answers as a mapping of the desk, and return its name."""
    from fenji.desk.import_dialogue import ImportDialogue
    from fenji.desk.imports import find_own_mapping, save_mapping

    own = find_own_mapping(session.desk, file)
    if own:
        prompt = "imports/{name}.yaml already exists. Enter uses it; anything else asks again:"
        if not _read_line(session.say(prompt, name=own)).strip():
            return own
    draft = _answer_all(ImportDialogue(file, session.say, session.desk.policy.version().levels))
    name = save_mapping(session.desk, draft.name, draft.render())
    streams.write(session.say("The answers are in {path}", path=f"imports/{name}.yaml") + "\n")
    return name


def _read_line(prompt: str) -> str:
    """Return the line typed. Raises Abort at the end of input."""
    try:
        return input(f"{prompt} ")
    except EOFError:
        raise click.Abort from None


def _answer_all(dialogue: ImportDialogue) -> MappingDraft:
    """Ask every question of the dialogue, and return the mapping. Raises Abort at the end of input."""
    questions = dialogue.questions()
    try:
        question = next(questions)
        while True:
            for line in question.lines:
                streams.write(f"{line}\n")
            question = questions.send(_read_line(question.prompt))
    except StopIteration as end:
        draft: MappingDraft = end.value
        return draft


def _describe_progress(done: int, total: int, session: Session) -> str:
    return session.say("{done} of {total} …", done=done, total=total)
