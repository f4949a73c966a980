"""The policy as tables for people, made from its description in plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fenji.cli import streams
from fenji.cli.cells import TableColumn, format_table
from fenji.cli.session import OutputLine
from fenji.model.policy.sections import list_policy_sections, list_values

if TYPE_CHECKING:
    from fenji.cli.session import Session


def render_policy(description: Mapping[str, object], session: Session) -> Iterator[str | OutputLine]:
    """Yield a title and one table per non-empty section; `description` comes from `describe_policy`."""
    yield OutputLine(session.say("Policy since {since}", since=description["since"]), "head")
    for since in list_values(description, "later"):
        yield session.say("From {since} on another version takes its place.", since=since)
    yield session.say(
        "At risk below {share} of a target left; logged at most {backdate} late without a lead.",
        share=description["at_risk"],
        backdate=description["backdate"],
    )
    screen_width = streams.terminal_width()
    for section in list_policy_sections(description, session.say):
        yield ""
        yield OutputLine(section.title, "head")
        columns = [
            TableColumn(heading, elastic=index == len(section.headings) - 1)
            for index, heading in enumerate(section.headings)
        ]
        lines = format_table(columns, section.rows, screen_width and screen_width - 2)
        yield from (f"  {line}" for line in lines)
