"""Shell completion: quick, and silent on any error, because it runs while a person is typing a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from fenji.cli import COMPLETE_ENV, PROGRAM_NAME
from fenji.cli.params import TextParam
from fenji.cli.session import Session
from fenji.cli.ticket_lookup import open_ticket_numbers
from fenji.i18n import LANGUAGES
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, KINDS, LINK_KINDS, sanitize

if TYPE_CHECKING:
    from fenji.desk import Desk

_FIXED_WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "link": LINK_KINDS,
    "clock": ("response", "solution"),
    "report clock": ("response", "solution", "item"),
    "sender": ("requester",),
    "period": ("today", "yesterday", "week", "month", "last-month"),
    "language": LANGUAGES,
    "shell": ("bash", "zsh", "fish"),
    "field": tuple(f"{path}=" for path in FIELD_BY_PATH if not FIELD_BY_KEY[path.partition(".")[0]].read_only),
}
_DESK_KINDS = frozenset(
    {"person", "unit", "site", "contract", "impact", "occurrence", "priority", "waiting", "excuse", "calendar"}
)


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
    try:
        words = dict(_words_of_kind(kind, context, prefix))
        if kind == "ticket":
            words |= _last_argument_words(context, prefix)
    except Exception:  # no desk, no policy, no git: nothing to offer
        return []
    return [CompletionItem(sanitize(word), help=sanitize(text) or None) for word, text in words.items()]


def _last_argument_words(context: click.Context, prefix: str) -> Mapping[str, str]:
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
    return _words_of_kind(last_argument.type.complete_from, context, prefix)


def _words_of_kind(kind: str, context: click.Context, prefix: str) -> Mapping[str, str]:
    """Return the words of a kind with their explanations; the desk is opened only for those that it holds."""
    session = context.ensure_object(Session)
    if kind == "ticket":
        return dict.fromkeys(_complete_number(session, prefix), "")
    if kind == "query":
        from fenji.model.filter_values import offered_values
        from fenji.model.filters import complete_filter

        values = offered_values(session.desk.policy, session.desk.now())
        return dict.fromkeys(complete_filter(prefix, values), "")
    if kind == "key":
        return dict.fromkeys(_complete_keys(context, prefix), "")
    words: Mapping[str, str] = {}
    if kind in _FIXED_WORDS:
        words = dict.fromkeys(_FIXED_WORDS[kind], "")
    elif kind == "column":
        words = dict.fromkeys(_report_columns(context), "")
    elif kind in _DESK_KINDS:
        words = _desk_words(kind, session.desk)
    return {word: text for word, text in words.items() if word.startswith(prefix)}


def _complete_keys(context: click.Context, prefix: str) -> Iterable[str]:
    """Return the keys that the rows of the report may go by, behind those that stand in front of the last comma."""
    from fenji.model.appraisal.kinds import APPRAISAL, find_kind

    named, comma, begun = prefix.rpartition(",")
    known = find_kind(context.params.get("kind") or APPRAISAL).keys
    return [f"{named}{comma}{key}" for key in known if key.startswith(begun) and key not in named.split(",")]


def _report_columns(context: click.Context) -> Iterable[str]:
    """Return the columns that the report has whatever it counts; those of a trend are its periods."""
    from fenji.model.appraisal.appraise import FigureQuestion
    from fenji.model.appraisal.facts import Facts
    from fenji.model.appraisal.grouping import parse_keys
    from fenji.model.appraisal.kinds import APPRAISAL, TREND, KindInputs, count_figures, find_kind
    from fenji.model.periods import Period

    kind, now = find_kind(context.params.get("kind") or APPRAISAL), datetime.now(UTC)
    if kind.name == TREND:
        return ()
    period = Period(now.date(), now.date(), UTC, "")
    by = parse_keys(context.params.get("by") or "", kind.keys) or kind.by
    figures = count_figures(kind, KindInputs(Facts(), FigureQuestion(period, now, by), lambda *_: 0))
    return dict.fromkeys(column.name for table in figures.tables for column in table.columns)


def _complete_number(session: Session, prefix: str) -> Iterable[str]:
    """Return the numbers of open tickets that begin or end with `prefix`."""
    from fenji.desk.open import find_desk

    wanted = prefix.upper()
    return [
        number
        for number in open_ticket_numbers(find_desk(session.folder))
        if number.startswith(wanted) or number.endswith(wanted)
    ]


def _desk_words(kind: str, desk: Desk) -> Mapping[str, str]:
    """Return the desk's words of a kind; of people and units, only those who can be given work now."""
    policy = desk.policy
    if kind == "person":
        return {key: policy.people[key].name for key in policy.present_people(desk.now())}
    if kind == "unit":
        return {key: policy.units[key].name for key in policy.present_units(desk.now())}
    if kind == "site":
        return {code: site.name for code, site in policy.sites.items()}
    if kind == "contract":
        from fenji.desk.statement import load_contracts

        return dict.fromkeys(load_contracts(desk).keys, "")
    words = {
        "impact": policy.impact,
        "occurrence": policy.occurrence,
        "priority": policy.levels,
        "waiting": tuple(policy.waiting),
        "excuse": policy.excuses,
        "calendar": tuple(policy.version().calendars),
    }
    return dict.fromkeys(words[kind], "")
