"""Exchange by files carried from one site to another: the keys that write and receive bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.desk import expand_user
from fenji.i18n import count_commits, count_tickets
from tui import commands
from tui.writing.dialog_target import complete_path, is_file, is_folder
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from fenji.desk.exchange import BundlePreview
    from tui.screens.base import BaseScreen
    from tui.writing.dialogs import Dialog

BUNDLE_TOPIC = "inside"


class BundleKeys:
    """The part of a screen that writes a bundle, and previews and receives one."""

    def __init__(self, host: BaseScreen) -> None:
        self.host, self.context = host, host.context

    def do_bundle(self) -> None:
        """Write everything that the other end lacks to a bundle."""
        self.host.start_dialog(self._bundle_dialog())

    def _bundle_dialog(self) -> Dialog:
        name = f"{self.context.desk.site}-{self.context.desk.now():%Y-%m-%d}.bundle"
        typed = yield Question(
            self.context.say("Write to file:"),
            initial=name,
            hint=self.context.say("Carry it over in any way and receive it there. Tab completes."),
            validate=self._check_target,
            complete=complete_path,
        )
        return commands.write_bundle(expand_user(typed))

    def _check_target(self, typed: str) -> str:
        path = expand_user(typed)
        if not typed or is_folder(path):
            return self.context.say("Name a file.")
        return "" if is_folder(path.absolute().parent) else self.context.say("There is no such folder.")

    def do_receive(self) -> None:
        """Ask for a bundle, and preview it before anything is taken in."""
        self.host.start_dialog(self._receive_dialog())

    def _receive_dialog(self) -> Dialog:
        typed = yield Question(
            self.context.say("Receive file:"),
            hint=self.context.say("The path of a file; Tab completes."),
            validate=lambda path: "" if is_file(path) else self.context.say("There is no such file."),
            complete=complete_path,
        )
        from fenji.desk import exchange

        path = expand_user(typed)
        self.host.fenji_app.ask_reader(
            BUNDLE_TOPIC, BUNDLE_TOPIC, lambda: exchange.preview_bundle(self.context.desk, path)
        )
        return None

    def confirm_bundle(self, preview: BundlePreview) -> Dialog:
        """Show the content of a previewed bundle, and ask whether to take it in."""
        sender = preview.peer or self.context.say("an unnamed clone")
        values = {
            "peer": sender,
            "tickets": count_tickets(len(preview.outcomes)),
            "commits": count_commits(preview.commits),
            "people": tuple(preview.people),
        }
        yield Question(
            self.context.say("Receive {tickets} from {peer}? y", **values),
            hint=self.context.say("{commits} by {people}. Esc receives nothing.", **values),
            confirm_key="y",
        )
        return commands.receive_bundle(preview.path)
