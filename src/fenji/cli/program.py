"""The program: the table of all commands, and the function that runs one command line."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from fenji.cli import COMPLETE_ENV, INTERRUPTED, PROGRAM_NAME, streams
from fenji.cli.base import DeskGroup
from fenji.cli.failures import describe_error
from fenji.cli.session import Session
from fenji.errors import InvalidUsage
from fenji.model.ticket import sanitize

POLICY_COMMANDS = {
    "show": ("policy:policy_show", "The policy in force, as tables."),
    "check": ("policy:policy_check", "Show what is wrong in a policy file, with line and reason."),
    "amend": ("amend:policy_amend", "Turn the edits to policy.yaml into a new version."),
    "holidays": ("policy_dates:policy_holidays", "Write a country's holidays to policy.yaml, as dates."),
    "zones": ("policy_dates:policy_zones", "Write the offset changes of the calendars' time zones to policy.yaml."),
    "try": ("simulate:policy_try", "Judge past tickets by another policy."),
}
HUB_COMMANDS = {
    "init": ("hub:hub_init", "Set up a hub in a folder."),
    "check": ("hub:hub_check", "Say whether a push is accepted; git calls it."),
    "status": ("hub_admin:hub_status", "Whether the hub judges, what it holds, who sent something last."),
    "revoke": ("hub_admin:hub_revoke", "Remove somebody's signing key from the rules, or put another in its place."),
}
COMMANDS = {
    "init": ("init:init", "Begin a desk."),
    "new": ("tickets:new", "Report a ticket; print its number and promised times."),
    "list": ("tickets:list_tickets", "List open tickets, the next promise to run out on top."),
    "show": ("tickets:show", "A ticket, whole."),
    "edit": ("edit:edit", "Change fields of a ticket, by --set or in your editor."),
    "classify": ("steps:classify", "Judge kind and urgency."),
    "respond": ("steps:respond", "Mark the requester as answered."),
    "assign": ("steps:assign", "Name the one fixed contact, and the units."),
    "note": ("steps:note", "Add a note to the log."),
    "wait": ("steps:wait", "Wait, for a reason listed in the policy."),
    "resume": ("steps:resume", "Resume after a wait."),
    "solve": ("steps:solve", "Mark a ticket as solved."),
    "confirm": ("steps:confirm", "The site lead confirms the result of both promises."),
    "archive": ("steps:archive", "Archive what has been confirmed."),
    "reopen": ("steps:reopen", "Reopen what was solved."),
    "withdraw": ("steps:withdraw", "Withdraw a ticket; it is kept."),
    "excuse": ("steps:excuse", "Excuse a missed promise."),
    "attach": ("steps:attach", "Attach files to a ticket."),
    "files": ("sync:files", "The attachments of a ticket, as paths."),
    "link": ("steps:link", "Link a ticket to another."),
    "clock": ("tickets:clock", "The clocks of a ticket, at any instant."),
    "plan": ("plan:plan", "Show projects on a time axis; set a new baseline."),
    "search": ("search:search", "Search the handbook and the open tickets."),
    "suggest": ("search:suggest", "Show tickets like a text, and how they were judged."),
    "index": ("search:index", "Bring the search index up to date."),
    "synonyms": ("synonyms:synonyms", "Synonyms: list, add, remove."),
    "report": ("report:report", "Show what was met and missed in a period, by person, unit, site and more."),
    "form": ("form:form", "The service form of a ticket, to print and sign."),
    "statement": ("statement:statement", "What a customer pays, by contract and period."),
    "export": ("export:export", "Tickets with their clocks, for office programs, SQL and calendars."),
    "mail": ("mail:mail", "Turn a mail into a ticket or note; for a mail server's pipe."),
    "remind": ("remind:remind", "Show what runs out next for each person; for cron and mail."),
    "import": ("imports:import_file", "Import tickets from a spreadsheet, a tracker's export or another desk."),
    "handbook": ("publish:handbook", "Publish the problem handbook."),
    "serve": ("serve:serve", "Serve the interface to a browser on this machine."),
    "sync": ("sync:sync", "Exchange everything with the hub."),
    "bundle": ("sync:bundle", "Write what the other end lacks to a file."),
    "receive": ("sync:receive", "Receive what a bundle holds."),
    "held": ("held:held", "Acts that the hub refuses, held here; take them up."),
    "check": ("check:check", "Check the whole desk."),
    "schema": ("schema:schema", "What a file may contain, as JSON Schema for editors."),
    "doctor": ("doctor:doctor", "What is odd about the desk, git and this machine, and what to do."),
    "policy": ("program:policy", "The policy: show, check, amend, holidays, zones, try."),
    "hub": ("program:hub", "For the hub's administrator: init, check, status, revoke."),
    "completion": ("init:completion", "The completion script of a shell."),
}


@click.command(cls=DeskGroup, table=COMMANDS, records=True, invoke_without_command=True)
@click.option("--plain", is_flag=True, help="The interface without frames, in ASCII.")
@click.option("--version", is_flag=True, help="Print the version.")
@click.pass_context
def root(context: click.Context, *, plain: bool, version: bool) -> int:
    """Without a command, open the interface."""
    if version:
        from fenji import __version__

        streams.write(f"fenji {__version__}\n")
        context.exit()
    if context.invoked_subcommand is None:
        return open_interface(context.ensure_object(Session), plain=plain)
    if plain:
        raise InvalidUsage("--plain is for the interface: fenji --plain, without a command.")
    return 0


@click.command(cls=DeskGroup, table=POLICY_COMMANDS, invoke_without_command=True, help="The rules are in policy.yaml.")
@click.pass_context
def policy(context: click.Context) -> None:
    """Raise InvalidUsage without a subcommand; this is only a group."""
    if context.invoked_subcommand is None:
        raise InvalidUsage("Say which: {known}.", known=tuple(POLICY_COMMANDS))


@click.command(cls=DeskGroup, table=HUB_COMMANDS, invoke_without_command=True, help="What all sites sync with.")
@click.pass_context
def hub(context: click.Context) -> None:
    """Raise InvalidUsage without a subcommand; this is only a group."""
    if context.invoked_subcommand is None:
        raise InvalidUsage("Say which: {known}.", known=tuple(HUB_COMMANDS))


def open_interface(session: Session, *, plain: bool) -> int:
    """Open the interface. Raises Refused without a terminal, InvalidUsage with options that need a command."""
    from fenji.cli import interface

    if session.json or session.at_text or session.note:
        raise InvalidUsage("These options need a command.", hint="See: fenji --help")
    return interface.open_interface(session.folder, session.by, plain=plain)


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 done, 1 refused, 2 wrong usage, 3 damaged files found."""
    streams.prepare()
    if COMPLETE_ENV in os.environ:
        from fenji.cli.completion import complete

        return complete(root, os.environ[COMPLETE_ENV])
    session = Session()
    try:
        with root.make_context(PROGRAM_NAME, list(args), obj=session) as context:
            code: int = root.invoke(context)
    except click.exceptions.Exit as exit_request:
        return exit_request.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        streams.write("")
        return 0
    except Exception as error:  # any error is shown as one sentence
        return report_error(error, session)
    return code


def report_error(error: Exception, session: Session) -> int:
    """Print one sentence about the error to stderr, and return the exit code."""
    text, code = describe_error(error, session)
    streams.write_error(sanitize(text))
    return code
