"""The keys of the screens for a lead (the plan, people, the rules), a part of the table of all keys."""

from __future__ import annotations

from collections.abc import Mapping

from tui.action import Action

LEAD_SCREENS = ("plan", "people", "rules")
LEAD_ACTIONS: tuple[Action, ...] = (
    Action("plan", ("%",), "plan", "Projects on a time axis, one or all of them", ("board", "ticket", "people")),
    Action("plan_open", ("enter",), "ticket", "Open the item's ticket; among all projects, that project", ("plan",)),
    Action("done_today", ("d",), "done today", "Mark the item done today", ("plan",), "edit"),
    Action("plan_edit", ("e",), "edit", "Change the item", ("plan",), "edit"),
    Action("plan_owner", ("o",), "owner", "Assign the item to a person", ("plan",), "edit"),
    Action("plan_add", ("a",), "add", "Add an item to the plan", ("plan",), "edit"),
    Action("all_projects", ("A",), "all projects", "All projects, or back to the one", ("plan",), is_navigation=True),
    Action("plan_group", ("b",), "group", "Group by owner, by unit, or not at all", ("plan",)),
    Action(
        "plan_baseline", ("v",), "first plan", "Draw the first plan, the newest, or none", ("plan",), is_navigation=True
    ),
    Action("set_baseline", ("B",), "new plan", "Promise the due dates as they are now, and say why", ("plan",), "note"),
    Action("zoom_in", ("+",), "larger", "Zoom in: fewer days around the item", ("plan",), is_navigation=True),
    Action("zoom_out", ("-",), "smaller", "Zoom out", ("plan",), is_navigation=True),
    Action("zoom_all", ("0",), "all days", "Show all days of the plan", ("plan",), is_navigation=True),
    Action("days_before", ("h", "left"), "earlier", "Earlier days", ("plan",), is_navigation=True),
    Action("days_after", ("l", "right"), "later", "Later days", ("plan",), is_navigation=True),
    Action("leave_plan", ("escape", "q"), "back", "Back; nothing is lost", ("plan",), is_navigation=True),
    Action("people", ("@",), "people", "Who has how much in hand, and the rules in force", ("board", "ticket", "plan")),
    Action("people_open", ("enter", "l", "right"), "tickets", "The person's tickets; open one", ("people",)),
    Action("people_side", ("tab",), "side", "Switch between people and tickets", ("people",), is_navigation=True),
    Action("hand_over", ("o",), "hand over", "Hand over all that the person has, or one ticket", ("people",), "assign"),
    Action("leaving", ("L",), "leaving", "What the person would leave behind", ("people",), is_navigation=True),
    Action("recount_people", (".", "r"), "count anew", "Recount hours and rates", ("people",)),
    Action("rules", ("P",), "rules", "All rules in force", ("people", "rules"), is_navigation=True),
    Action("holidays", ("h",), "holidays", "Holidays of each calendar", ("people", "rules"), is_navigation=True),
    Action("amend", ("A",), "amend", "Change the rules in your editor; checked before saving", ("people", "rules")),
    Action("amend_write", ("Y",), "write", "Write the change to the rules", ("rules",)),
    Action("amend_since", ("s",), "from when", "When the change takes effect", ("rules",)),
    Action("amend_drop", ("X",), "drop", "Discard the draft of the change", ("rules",)),
    Action("leave_people", ("escape", "q", "left"), "back", "Back; nothing is lost", ("people",), is_navigation=True),
    Action("leave_rules", ("escape", "q", "left"), "back", "Back; a draft is kept", ("rules",), is_navigation=True),
)
# The actions in the footer of each screen, the most useful first.
LEAD_FOOTERS: Mapping[str, tuple[str, ...]] = {
    "plan": ("done_today", "plan_edit", "plan_open", "zoom_in", "plan_group", "all_projects", "leave_plan", "help"),
    "people": ("people_open", "hand_over", "leaving", "rules", "holidays", "amend", "leave_people", "help"),
    "rules": ("rules", "holidays", "amend", "leave_rules", "help"),
}
