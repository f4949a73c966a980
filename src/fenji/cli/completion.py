"""What a shell's completion asks for. Quick, and silent whatever goes wrong: a person is in the middle of a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from fenji.cli.numbers import open_numbers
from fenji.cli.program import COMPLETE, NAME
from fenji.cli.session import Session
from fenji.cli.values import Words
from fenji.ticket import BY_KEY, KINDS, LEAVES, LINK_KINDS, STATES, visible

if TYPE_CHECKING:
    from fenji.policy import Policy

_FIXED: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "link": LINK_KINDS,
    "clock": ("response", "solution"),
    "sender": ("requester",),
    "field": tuple(f"{leaf}=" for leaf in LEAVES if not BY_KEY[leaf.partition(".")[0]].fixed),
}


def complete(root: click.Command, instruction: str) -> int:
    """Answer the shell. Always 0: a completion that fails offers nothing."""
    try:
        shell_complete(root, {}, NAME, COMPLETE, instruction)
    except Exception:
        return 0
    return 0


def script(shell: str) -> str:
    """The script that a shell reads to complete `fenji`."""
    found = get_completion_class(shell)
    if found is None:
        return ""
    asked = found(click.Command(NAME), {}, NAME, COMPLETE)
    return asked.source_template % asked.source_vars()


def offered(context: click.Context, known: str, begun: str) -> list[CompletionItem]:
    """The words that may stand where `begun` does; `known` says what kind of word."""
    session = context.ensure_object(Session)
    try:
        words = {**_words(known, session, begun), **_last_word(context, session, begun)}
    except Exception:  # no desk, no policy, no git: nothing to offer
        return []
    return [CompletionItem(visible(word), help=visible(text) or None) for word, text in words.items()]


def _last_word(context: click.Context, session: Session, begun: str) -> Mapping[str, str]:
    """Behind numbers there may be one more, or the command's last word, as in `assign ID... PERSON`."""
    last = next((one for one in reversed(context.command.params) if isinstance(one, click.Argument)), None)
    if last is None or not isinstance(last.type, Words) or not context.params.get(str(last.name)):
        return {}
    return _words(last.type.known, session, begun)


def _words(known: str, session: Session, begun: str) -> Mapping[str, str]:
    if known == "ticket":
        return dict.fromkeys(_numbers(session, begun), "")
    if known == "query":
        from fenji.board import completions

        return dict.fromkeys(completions(begun, _query_values(session.desk.policy)), "")
    found = dict.fromkeys(_FIXED[known], "") if known in _FIXED else _policy_words(known, session.desk.policy)
    return {word: text for word, text in found.items() if word.startswith(begun)}


def _numbers(session: Session, begun: str) -> Iterable[str]:
    """Numbers of open tickets by their beginning or their end."""
    from fenji.desk.opening import find

    wanted = begun.upper()
    return [one for one in open_numbers(find(session.folder)) if one.startswith(wanted) or one.endswith(wanted)]


def _policy_words(known: str, policy: Policy) -> Mapping[str, str]:
    if known == "person":
        return {key: one.name for key, one in policy.people.items()}
    if known == "unit":
        return {key: one.name for key, one in policy.units.items()}
    words = {
        "impact": policy.impact,
        "occurrence": policy.occurrence,
        "priority": policy.levels,
        "waiting": tuple(policy.waiting),
        "excuse": policy.excuses,
    }
    return dict.fromkeys(words.get(known, ()), "")


def _query_values(policy: Policy) -> Mapping[str, tuple[str, ...]]:
    return {
        "state": STATES,
        "kind": KINDS,
        "owner": ("me", *policy.people),
        "site": tuple(policy.sites),
        "unit": tuple(policy.units),
        "impact": policy.impact,
        "occurrence": policy.occurrence,
        "p": tuple(level.removeprefix("P") for level in policy.levels),
    }
