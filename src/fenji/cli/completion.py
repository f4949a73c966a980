"""Shell completion: quick, and silent on any error, because it runs while a person is typing a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from fenji.cli import COMPLETE_ENV, PROGRAM_NAME
from fenji.cli.params import TextParam
from fenji.cli.session import Session
from fenji.cli.ticket_lookup import open_ticket_numbers
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, KINDS, LINK_KINDS, sanitize

if TYPE_CHECKING:
    from fenji.desk import Desk

_FIXED_WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "link": LINK_KINDS,
    "clock": ("response", "solution"),
    "sender": ("requester",),
    "field": tuple(f"{path}=" for path in FIELD_BY_PATH if not FIELD_BY_KEY[path.partition(".")[0]].read_only),
}


def complete(root: click.Command, instruction: str) -> int:
    """Answer the shell's completion request. Always returns 0: a completion that fails offers nothing."""
    TextParam.offer_completions = offer_completions
    try:
        shell_complete(root, {}, PROGRAM_NAME, COMPLETE_ENV, instruction)
    except Exception:
        return 0
    return 0


def completion_script(shell: str) -> str:
    """Return the script that makes a shell complete `fenji`; `""` for a shell that click does not know."""
    completion_class = get_completion_class(shell)
    if completion_class is None:
        return ""
    completer = completion_class(click.Command(PROGRAM_NAME), {}, PROGRAM_NAME, COMPLETE_ENV)
    return completer.source_template % completer.source_vars()


def offer_completions(context: click.Context, kind: str, prefix: str) -> list[CompletionItem]:
    """Return the completions of `prefix`; `kind` says what kind of word it is."""
    session = context.ensure_object(Session)
    try:
        words = {**_words_of_kind(kind, session, prefix), **_last_argument_words(context, session, prefix)}
    except Exception:  # no desk, no policy, no git: nothing to offer
        return []
    return [CompletionItem(sanitize(word), help=sanitize(text) or None) for word, text in words.items()]


def _last_argument_words(context: click.Context, session: Session, prefix: str) -> Mapping[str, str]:
    """Return words for the last argument, which may come next after ticket numbers: `assign ID... PERSON`."""
    last_argument = next(
        (parameter for parameter in reversed(context.command.params) if isinstance(parameter, click.Argument)), None
    )
    if (
        last_argument is None
        or not isinstance(last_argument.type, TextParam)
        or not context.params.get(str(last_argument.name))
    ):
        return {}
    return _words_of_kind(last_argument.type.complete_from, session, prefix)


def _words_of_kind(kind: str, session: Session, prefix: str) -> Mapping[str, str]:
    if kind == "ticket":
        return dict.fromkeys(_complete_number(session, prefix), "")
    if kind == "query":
        from fenji.model.filter_values import offered_values
        from fenji.model.filters import complete_filter

        values = offered_values(session.desk.policy, session.desk.now())
        return dict.fromkeys(complete_filter(prefix, values), "")
    words = dict.fromkeys(_FIXED_WORDS[kind], "") if kind in _FIXED_WORDS else _policy_words(kind, session.desk)
    return {word: text for word, text in words.items() if word.startswith(prefix)}


def _complete_number(session: Session, prefix: str) -> Iterable[str]:
    """Return the numbers of open tickets that begin or end with `prefix`."""
    from fenji.desk.open import find_desk

    wanted = prefix.upper()
    return [
        number
        for number in open_ticket_numbers(find_desk(session.folder))
        if number.startswith(wanted) or number.endswith(wanted)
    ]


def _policy_words(kind: str, desk: Desk) -> Mapping[str, str]:
    """Return the policy's words of a kind; of people and units, only those who can be given work now."""
    policy = desk.policy
    if kind == "person":
        return {key: policy.people[key].name for key in policy.present_people(desk.now())}
    if kind == "unit":
        return {key: policy.units[key].name for key in policy.present_units(desk.now())}
    words = {
        "impact": policy.impact,
        "occurrence": policy.occurrence,
        "priority": policy.levels,
        "waiting": tuple(policy.waiting),
        "excuse": policy.excuses,
    }
    return dict.fromkeys(words.get(kind, ()), "")
