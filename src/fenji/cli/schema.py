"""The command that prints the JSON Schema of a file, for editors."""

from __future__ import annotations

import json

import click

from fenji.cli.base import command
from fenji.cli.session import CommandOutput, Session


@command("NAME is ticket, policy, handbook, contracts or mapping. Point your editor at it: see docs/schema.md.")
@click.argument("name", metavar="NAME")
def schema(session: Session, name: str) -> CommandOutput:
    """Print the JSON Schema of a file."""
    from fenji.desk.schema import schema_of

    session.json = False  # the lines are JSON already
    document = schema_of(name)
    return CommandOutput(json.dumps(document, ensure_ascii=False, indent=2).splitlines(), lambda: document)
