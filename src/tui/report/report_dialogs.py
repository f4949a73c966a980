"""The questions of the report: the period, what rows are grouped by, a query, a period to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import FenjiError
from fenji.model.appraisal.grouping import KEY_LABELS, parse_keys
from fenji.model.appraisal.kinds import find_kind
from fenji.model.filters import complete_filter
from fenji.model.periods import PERIOD_HINT
from tui.writing.prompt import Choice, Question

if TYPE_CHECKING:
    from fenji.desk.figures import FigureDesk
    from fenji.desk.report import Report, ReportRequest
    from tui.context import Context
    from tui.writing.dialogs import Dialog

Answer = Callable[[str], None]
_ISSUE = "issue"  # in place of a period: what changed since the figures were issued


def describe_keys(by: Iterable[str], context: Context) -> str:
    """Return what rows are grouped by, in words; empty if by nothing."""
    keys = context.formatter.join(context.say(KEY_LABELS[key]) for key in by)
    return context.say("by {keys}", keys=keys) if keys else ""


def period_dialog(context: Context, figures: FigureDesk, request: ReportRequest, ask: Answer) -> Dialog:
    """Ask for a period."""
    period = yield Question(
        context.say("Period, now {period}:", period=figures.find_period(request).query),
        hint=context.say(PERIOD_HINT),
        validate=lambda typed: _error(context, lambda: figures.find_period(replace(request, period=typed))),
    )
    ask(period)
    return None


def group_dialog(context: Context, request: ReportRequest, ask: Answer) -> Dialog:
    """Ask for the keys to group rows by, separated by commas; names in the user's language will do."""
    known = find_kind(request.kind).keys
    typed = yield Question(
        context.say("Rows by:"),
        initial=context.formatter.join(context.say(KEY_LABELS[key]) for key in request.by.split(",") if key),
        choices=[Choice(key, context.say(KEY_LABELS[key])) for key in known],
        allow_free_text=True,
        validate=lambda text: _error(context, lambda: parse_keys(_read_keys(text, context), known)),
        complete=lambda text: _complete_keys(text, context),
    )
    ask(_read_keys(typed, context))
    return None


def _read_keys(typed: str, context: Context) -> str:
    """Return the keys separated by commas; each may be typed by its own name or by its label in the user's language."""
    by_label = {context.say(label): key for key, label in KEY_LABELS.items()}
    words = [word.strip() for word in typed.replace("，", ",").replace("、", ",").split(",")]
    return ",".join(by_label.get(word, word) for word in words if word)


def _complete_keys(typed: str, context: Context) -> list[str]:
    before, comma, last = typed.rpartition(",")
    names = [name for key, label in KEY_LABELS.items() for name in (key, context.say(label))]
    return [f"{before}{comma}{name}" for name in dict.fromkeys(names) if name.startswith(last.strip())]


def query_dialog(context: Context, figures: FigureDesk, request: ReportRequest, ask: Answer) -> Dialog:
    """Ask for the query that tickets must match to be counted; an empty query counts all."""
    draft_key = f"report/filter/{request.where}"  # left with Esc: offered while the report has the same filter
    where = yield Question(
        "/",
        initial=request.where,
        draft_key=draft_key,
        hint=context.say("kind:quality  p:1..2  site:KSA  system:radar   Tab completes, empty counts all"),
        validate=lambda typed: _error(context, lambda: figures.check_query(typed)),
        complete=lambda text: complete_filter(text, {"kind": ("quality", "request", "project")}),
    )
    context.state.drafts.pop(draft_key, None)
    ask(where)
    return None


def compare_dialog(
    context: Context, figures: FigureDesk, request: ReportRequest, report: Report | None, ask: Answer
) -> Dialog:
    """Ask what to compare with: the period before, the same one a year ago, any other, an issue, a commit; or nothing.

    If the shown report says that its figures have changed since they were issued, the issue is proposed first.
    """
    issued = report.figures.issued if report else None
    period = figures.find_period(request)
    a_year = 12 // period.months if period.months and not 12 % period.months else 1
    near = dict.fromkeys(period.shifted(-steps).query for steps in (1, a_year))
    against = yield Question(
        context.say("Compare with:"),
        initial=request.against or (_ISSUE if issued and issued.changes else next(iter(near))),
        choices=[Choice(words) for words in (*near, _ISSUE)],
        allow_free_text=True,
    )
    ask(against)
    return None


def _error(context: Context, check: Callable[[], object]) -> str:
    """Return in words the error that `check` raises; empty if it raises none."""
    try:
        check()
    except FenjiError as error:
        return context.formatter.format_error(error)
    return ""
