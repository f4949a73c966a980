"""The command that serves the interface to a browser on this machine: serve."""

from __future__ import annotations

import socket
import sys

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.session import CommandOutput, Session
from fenji.errors import Refused


@command("On 127.0.0.1 only; from elsewhere, reach it through ssh: docs/serve.md. Ctrl-C stops it.")
@click.option("--port", metavar="PORT", type=click.IntRange(1, 65535), default=8000, help="Port; 8000 by default.")
def serve(session: Session, *, port: int) -> CommandOutput:
    """Serve the interface to a browser."""
    root = session.desk.root
    session.close()
    _check_port(port)
    try:
        from tui.web_server import DeskServer
    except ImportError as error:
        hint = "Install them: pip install 'fenji[serve]'"
        raise Refused("The libraries for the browser interface are not installed.", hint=hint) from error

    def announce(address: str) -> None:
        streams.write(session.say("Open {address} in a browser on this machine.", address=address) + "\n")

    DeskServer([sys.executable, "-m", "fenji.cli.browser_page", str(root)], port, announce).serve()
    return CommandOutput((), dict)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(
                "Port {port} is taken or forbidden.", hint="Choose another with --port.", port=port
            ) from error
