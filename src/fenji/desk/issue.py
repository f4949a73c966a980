"""Issue a document: write a file once, by a person who may issue, commit it and send it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fenji.desk import exchange
from fenji.desk import open as opening
from fenji.errors import FenjiError, Refused, Sentence, Unavailable
from fenji.judge.protected import ISSUE_ACTION

if TYPE_CHECKING:
    from fenji.desk.desk import Desk


def require_issuer(desk: Desk) -> str:
    """Return the person who issues. Raises Refused if nobody is named or the person may not issue."""
    person = opening.require_person(desk.person)
    now = desk.now()
    if not desk.policy.may_do(person, ISSUE_ACTION, now):
        raise Refused(
            "{by} may not issue statements or figures.",
            hint="Ask {people}.",
            by=desk.policy.display_name(person),
            people=tuple(desk.policy.list_permitted(ISSUE_ACTION, now)) or "-",
        )
    return person


def sync_with_hub(desk: Desk) -> bool:
    """Exchange with the hub, if there is one, before something is issued; return whether there is one.

    If the exchange fails, the error says that nothing is issued.
    """
    has_hub = bool(exchange.read_status(desk).remote)
    if has_hub:
        try:
            exchange.sync(desk)
        except FenjiError as error:
            error.sentence = Sentence("Nothing was issued: {reason}", {"reason": error.sentence})
            raise
    return has_hub


def write_issued(desk: Desk, path: str, data: bytes, *, by: str, at: datetime) -> None:
    """Write an issued file and commit it. Raises Refused if the file exists already."""

    def keep_first(before: bytes | None) -> bytes:
        if before is not None:
            raise Refused("{path} is already issued, and is never changed.", path=path)
        return data

    desk.store.rewrite(path, keep_first, by=by, at=at, do=ISSUE_ACTION)
    desk.flush()


def send_issued(desk: Desk, name: str) -> None:
    """Send what was issued. Raises Refused, with a hint what to do, if it does not arrive; it stays issued here."""
    try:
        exchange.sync(desk)
    except FenjiError as error:
        hint = (
            "It is issued here, and goes out with the next fenji sync."
            if isinstance(error, Unavailable)
            else "It is issued only here until the hub takes it: fix that, then fenji sync. Do not issue it again."
        )
        raise Refused(
            "{number} has not reached the hub: {reason}", hint=hint, number=name, reason=error.sentence
        ) from error
