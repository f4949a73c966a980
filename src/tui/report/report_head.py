"""The lines at the top of the report: the request, the kinds, and the source of the figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.appraisal import figure_text
from fenji.model.appraisal.kinds import APPRAISAL, KINDS
from tui.board import board_header
from tui.drawing import cells
from tui.drawing.head_line import align_ends, render_head_line
from tui.drawing.spans import wrap_text
from tui.keys import VIEW_KEYS
from tui.report import report_dialogs

if TYPE_CHECKING:
    from fenji.desk.report import Report, ReportRequest
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan

# Tab names of kinds whose title is too long: all eight tabs fit in a line of 80 cells.
_TABS = {APPRAISAL: "Verdicts", "workload": "Load", "fees": "Fees", "opportunity": "Sales", "plan": "Plan"}


class AskedReport(Struct, frozen=True):
    """The last request, and the report that is shown, which may still be that of an earlier request."""

    request: ReportRequest
    report: Report | None
    progress: str  # of the counting; empty while nothing is counted
    has_hub: bool


def render_head(asked: AskedReport, context: Context, width: int) -> list[StyledLine]:
    """Return the request, the kinds as tabs with the filter, and in a line or two the source of the figures.

    Before the first report only the progress is shown: a screen is painted several times as it opens.
    """
    source = _render_source(asked, context, width)
    if asked.report is None:
        return source
    return [_render_request(asked, context, width), _render_tabs(asked, context, width), *source]


def _render_request(asked: AskedReport, context: Context, width: int) -> StyledLine:
    request, report, signs = asked.request, asked.report, context.theme.signs
    period = report.figures.period.query if report else request.period
    by = report_dialogs.describe_keys(report.figures.by if report else (), context)
    clock = context.formatter.word(request.clock) if request.kind == APPRAISAL else ""
    other = request.against if request.kind == APPRAISAL else ""
    compared = context.say("against {period}", period=context.formatter.word(other)) if other else ""
    left: list[StyledSpan] = [
        (f" {context.say('Report')} ", "strong"),
        (f" {signs.previous} {period} {signs.next} ", "tab"),
        (f"  {_join_words(context, [by, clock, compared])} ", ""),
    ]
    places = [context.formatter.join(report.sites), str(report.figures.period.zone)] if report else []
    right: list[StyledSpan] = [(f" {_join_words(context, places)} ", "dim")]
    used = sum(cells.width(text) for text, _ in (*left, *right))
    return render_head_line(left, right if used <= width else [], width, context.theme)


def _render_tabs(asked: AskedReport, context: Context, width: int) -> StyledLine:
    where, ellipsis = asked.request.where, context.theme.signs.ellipsis
    words = cells.truncate(f" / {cells.sanitize_line(where)} ", max(width // 3, 12), ellipsis) if where else ""
    names = [f"{VIEW_KEYS[n : n + 1]} {context.say(_TABS.get(kind.name, kind.title))}" for n, kind in enumerate(KINDS)]
    current = next(n for n, kind in enumerate(KINDS) if kind.name == asked.request.kind)
    tabs = board_header.choose_tabs(names, current, width - cells.width(words), ellipsis)
    left: list[StyledSpan] = []
    for n, text in tabs:
        key, blank, name = text.partition(" ")
        left += [(f" {text} ", "tab")] if n == current else [(f" {key}", "key"), (f"{blank}{name} ", "")]
    return align_ends(left, [(words, "strong")] if words else [], width, context.theme)


def _render_source(asked: AskedReport, context: Context, width: int) -> list[StyledLine]:
    report = asked.report
    if report is None:
        return [[(f" {asked.progress or context.say('Counting.')}", "strong")]]
    words = figure_text.source_parts(
        report.figures, report.commit, context.say, at_hub=report.at_hub or not asked.has_hub
    )
    lines = wrap_text(_join_words(context, words), "dim", width, context.theme)
    if asked.progress:  # in place of the source, so that the table below does not move
        return [[(f" {asked.progress}", "strong")], *([] for _ in lines[1:])]
    return lines


def _join_words(context: Context, words: Sequence[str]) -> str:
    """Return words joined by a dot that the terminal can show."""
    return f" {context.theme.signs.dot} ".join(word for word in words if word)
