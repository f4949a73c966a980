"""The keys of the report, a part of the table of all keys."""

from __future__ import annotations

from tui.action import Action

REPORT_ACTIONS: tuple[Action, ...] = (
    Action("tickets", ("enter",), "tickets", "The tickets behind the selected figure", ("report",)),
    Action("group", ("b",), "group", "Group rows by person, unit, site, month and so on", ("report",)),
    Action("period_before", ("[",), "earlier", "Previous period", ("report",), is_navigation=True),
    Action("period_after", ("]",), "later", "Next period", ("report",), is_navigation=True),
    Action("period", ("p",), "period", "Name the period", ("report",)),
    Action("period_unit", ("m",), "span", "Month, quarter or year", ("report",), is_navigation=True),
    Action("counted_clock", ("c",), "clock", "Count one clock or all", ("report",), is_navigation=True),
    Action("restrict", ("/",), "filter", "Count only tickets that match a query", ("report",)),
    Action("compare", ("v",), "compare", "Compare with another period", ("report",)),
    Action("issue", ("I",), "issue it", "Issue a finished period: its verdicts become a file", ("report",)),
    Action("export", ("x",), "export", "Write it to a file; while writing: stop", ("report",)),
    Action("figure_right", ("l", "right"), "right", "The figure to the right", ("report",), is_navigation=True),
    Action("figure_left", ("h", "left"), "left", "The figure to the left", ("report",), is_navigation=True),
    Action("next_kind", ("tab",), "next kind", "Next report kind", ("report",), is_navigation=True),
    Action("last_kind", ("shift+tab",), "last kind", "Previous report kind", ("report",), is_navigation=True),
    Action("recount", (".", "r"), "count anew", "Recount, with what has changed since", ("report",)),
    Action("leave_report", ("escape", "q"), "back", "Back; nothing is lost", ("report",), is_navigation=True),
)
# The actions in the footer, the most useful first.
REPORT_FOOTER = ("tickets", "group", "period_before", "compare", "figure_forms", "export", "leave_report", "help")
