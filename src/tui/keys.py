"""The table of all actions and their keys, the source for footer, help, palette and dispatch.

Users set their own keys by action id in `keys.yaml` of the configuration folder: `answer: r`, `down: [j, ctrl+n]`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.ticket import CLOSED_STATES
from fenji.model.workflow import is_legal
from tui.action import Action
from tui.people.lead_keys import LEAD_ACTIONS, LEAD_FOOTERS, LEAD_SCREENS
from tui.report.report_keys import REPORT_ACTIONS, REPORT_FOOTER

_OPENING_SCREENS = ("board", "find", "synonyms", "bad", "exchange", "keys", "behind", "history")
LIST_SCREENS = (*_OPENING_SCREENS, "report", "settings", "import", *LEAD_SCREENS)
TICKET_SCREENS = ("board", "ticket")
MAX_HINTS = 8  # the most keys that a footer names
VIEW_KEYS = "1234567890"  # of the first ten views; moving to the next or previous view has its own keys
ALL_SCREENS = (
    *("board", "ticket", "find", "synonyms", "bad", "exchange", "report", "behind", "history", "settings", "import"),
    *LEAD_SCREENS,
)


ACTIONS: tuple[Action, ...] = (
    Action("new", ("n",), "new", "Report a new ticket", ("board", "ticket", "find")),
    Action(
        "open",
        ("enter", "l", "right"),
        "open",
        "Open the selection; in a ticket, unfold or change it",
        (*_OPENING_SCREENS, "ticket"),
    ),
    Action("answer", ("a",), "answer", "Answer the customer: the response clock stops", TICKET_SCREENS, "respond"),
    Action("classify", ("c",), "classify", "Judge kind, impact and occurrence", TICKET_SCREENS, "classify"),
    Action("owner", ("o",), "owner", "Assign to a person", TICKET_SCREENS, "assign"),
    Action("wait", ("w",), "wait", "Wait for somebody, with a reason", TICKET_SCREENS, "wait"),
    Action("resume", ("W",), "resume", "Resume after waiting", TICKET_SCREENS, "resume"),
    Action("solve", ("s",), "solve", "Solve: give cause, decision and solution as needed", TICKET_SCREENS, "solve"),
    Action("confirm", ("C",), "confirm", "The site lead confirms the SLA result", TICKET_SCREENS, "confirm"),
    Action("archive", ("A",), "archive", "Archive: it becomes a page of the handbook", TICKET_SCREENS, "archive"),
    Action("reopen", ("R",), "reopen", "Reopen: it was not solved after all", TICKET_SCREENS, "reopen"),
    Action("withdraw", ("X",), "withdraw", "Withdraw: not a ticket", TICKET_SCREENS, "withdraw"),
    Action("note", ("m",), "note", "Write a note", TICKET_SCREENS, "note"),
    Action("heard", ("M",), "their note", "Note what the requester said; this ends a wait", TICKET_SCREENS, "note"),
    Action("attach", ("t",), "attach", "Attach a file", TICKET_SCREENS, "attach"),
    Action("form", ("F",), "form", "Write the service form, to print and sign", TICKET_SCREENS),
    Action("figure_forms", ("F",), "forms", "Write the service forms of the tickets it counts", ("report", "behind")),
    Action("excuse", ("x",), "excuse", "Excuse a missed clock, with a reason", TICKET_SCREENS, "excuse"),
    Action("link", ("L",), "link", "Link it to another ticket", TICKET_SCREENS, "link"),
    Action("priority", ("P",), "priority", "Set the priority by hand, with a reason", TICKET_SCREENS, "classify"),
    Action("edit", ("e",), "edit", "Edit a field; on the board, in all marked tickets", TICKET_SCREENS, "edit"),
    Action(
        "editor",
        ("E",),
        "editor",
        "Open the file in your editor",
        ("board", "ticket", "synonyms", "bad", "plan"),
    ),
    Action("add", ("+",), "add", "Add a resource, a plan item or a link", ("ticket",), "edit"),
    Action("drop", ("-",), "remove", "Remove the selected item", ("ticket",), "edit"),
    Action("both", ("v",), "both", "Show both texts of a field two people wrote; again: the next", TICKET_SCREENS),
    Action("take", ("T",), "take back", "Take back the replaced text", ("ticket",), "edit"),
    Action("keep", ("V",), "let go", "Keep the current text; the replaced one is no longer shown", ("ticket",)),
    Action("take_up", ("H",), "take up", "Do held acts, which the hub refuses, again under your name", TICKET_SCREENS),
    Action("undo", ("u",), "undo", "Undo the last act", ALL_SCREENS),
    Action("redo", ("U",), "redo", "Redo what was undone", ALL_SCREENS),
    Action("mark", ("space",), "mark", "Mark; an act applies to all marked", ("board",)),
    Action("mark_all", ("*",), "mark all", "Mark all shown, or none", ("board",)),
    Action("filter", ("/",), "filter", "Filter the list", ("board",)),
    Action("find", ("f",), "find", "Search all tickets and the handbook", ALL_SCREENS),
    Action("copy", ("y",), "copy", "Copy the selection; for a hit, its solution into your ticket", ALL_SCREENS),
    Action("synonyms", ("=", "ctrl+t"), "synonyms", "Synonyms: see, add, change, remove", ("find",)),
    Action("group_add", ("+", "a"), "add", "Add a group of synonyms", ("synonyms",)),
    Action("group_change", ("e",), "change", "Change the words of the group", ("synonyms",)),
    Action("group_remove", ("-", "X"), "remove", "Remove the group", ("synonyms",)),
    Action("narrow", ("/",), "narrow", "Show only groups with a word", ("synonyms",)),
    Action(
        "report", ("#",), "figures", "Figures for a month, quarter or year: met and missed, by whom", TICKET_SCREENS
    ),
    *REPORT_ACTIONS,
    *LEAD_ACTIONS,
    Action("preview", ("p",), "preview", "Show or hide the preview", ("board",)),
    Action("refresh", (".", "r"), "refresh", "Show what is new, in order", ("board",)),
    Action("sync", ("S",), "sync", "Exchange with the hub in the background", ALL_SCREENS),
    Action("exchange", ("i",), "in/out", "What came in, and what waits to go out", TICKET_SCREENS),
    Action("seen", ("space",), "seen", "Mark as seen; on a held act: mark it", ("exchange",)),
    Action("all_seen", ("*",), "all seen", "Mark all as seen; on a held act: mark all, or none", ("exchange",)),
    Action("take_marked", ("H",), "take up", "Do the held act, or all marked, again under your name", ("exchange",)),
    Action("repair", ("r",), "hold back", "Hold back what the hub would refuse, and send the rest", ("exchange",)),
    Action("since_now", ("N",), "from now", "Let the draft of the rules start now, and send it", ("exchange",)),
    Action("stop", ("x",), "stop", "Stop the exchange; nothing is lost", ("exchange",)),
    Action("bundle", ("B",), "file out", "Write what the other end lacks to a file", ("exchange",)),
    Action("receive", ("R",), "file in", "Receive what a bundle holds", ("exchange",)),
    Action("import", ("I",), "import", "Import tickets from a spreadsheet or another tracker", ("board", "exchange")),
    Action("import_again", ("enter",), "file", "Import another file, or the same one", ("import",)),
    Action("import_stop", ("x",), "stop", "Stop; nothing is written", ("import",)),
    Action("bad", ("b",), "bad files", "List files that cannot be read, and unsigned steps", ("board",)),
    Action("help", ("?",), "keys", "List all keys", ALL_SCREENS),
    Action("palette", (":", "ctrl+p"), "commands", "Find a command by its name", ALL_SCREENS),
    Action("down", ("j", "down"), "down", "One down", (*LIST_SCREENS, "ticket"), is_navigation=True),
    Action("up", ("k", "up"), "up", "One up", (*LIST_SCREENS, "ticket"), is_navigation=True),
    Action("half_down", ("ctrl+d",), "half down", "Half a page down", (*LIST_SCREENS, "ticket"), is_navigation=True),
    Action("half_up", ("ctrl+u",), "half up", "Half a page up", (*LIST_SCREENS, "ticket"), is_navigation=True),
    Action(
        "page_down", ("pagedown", "ctrl+f"), "page down", "A page down", (*LIST_SCREENS, "ticket"), is_navigation=True
    ),
    Action("page_up", ("pageup", "ctrl+b"), "page up", "A page up", (*LIST_SCREENS, "ticket"), is_navigation=True),
    Action("top", ("g", "home"), "top", "To the top", (*LIST_SCREENS, "ticket"), is_navigation=True),
    Action("bottom", ("G", "end"), "bottom", "To the bottom", (*LIST_SCREENS, "ticket"), is_navigation=True),
    *(
        Action(
            f"view_{n}",
            (key,),
            f"view {n}",
            "Switch to the view of that number",
            ("board", "report"),
            is_navigation=True,
        )
        for n, key in enumerate(VIEW_KEYS, 1)
    ),
    Action("next_view", ("]", "tab"), "next view", "Switch to the next view", ("board",), is_navigation=True),
    Action("last_view", ("[", "shift+tab"), "last view", "Switch to the previous view", ("board",), is_navigation=True),
    Action("sort", ("O",), "sort", "Sort by another column; the same again reverses it", ("board",)),
    Action("grouping", ("B",), "group", "Group by when it runs out, by owner or by system", ("board",)),
    Action("columns", ("|",), "columns", "Choose the columns", ("board",)),
    Action("keep_view", ("V",), "keep view", "Keep the filter as a view of your own", ("board",)),
    Action("next_group", ("}",), "next group", "Next group", ("board",), is_navigation=True),
    Action("last_group", ("{",), "group before", "Previous group", ("board",), is_navigation=True),
    Action("fold", ("z",), "fold", "Fold the group to one line, or open it", ("board",)),
    Action("unfold", ("Z",), "unfold", "Open all groups", ("board",)),
    Action("next", ("J",), "next", "Next ticket in the list; next project", ("ticket", "plan"), is_navigation=True),
    Action(
        "previous",
        ("K",),
        "previous",
        "Previous ticket in the list, or project",
        ("ticket", "plan"),
        is_navigation=True,
    ),
    Action("section_next", ("]",), "section", "Next section", ("ticket",), is_navigation=True),
    Action("section_back", ("[",), "section back", "Previous section", ("ticket",), is_navigation=True),
    Action("fields", ("=",), "fields", "Every field on its own line, empty ones too; or folded", ("ticket",)),
    Action("copy_seen", ("Y",), "copy seen", "Copy the solution of a similar ticket into this one", ("ticket",)),
    Action("history", ("D",), "history", "Who changed what and when, and what syncs brought", ("board", "ticket")),
    Action("side", ("tab",), "side", "Switch between the two columns", ("ticket",), is_navigation=True),
    Action(
        "back",
        ("escape", "q", "h", "left"),
        "back",
        "Back; nothing is lost",
        ("ticket", "find", "synonyms", "bad", "exchange", "keys", "behind", "history", "import"),
        is_navigation=True,
    ),
    Action("unmark", ("escape",), "unmark", "Clear marks, then the filter", ("board",), is_navigation=True),
    Action("quit", ("q",), "quit", "Leave", ("board",)),
    Action("leave", ("ctrl+c", "ctrl+q"), "quit", "Quit from anywhere", ALL_SCREENS),
    Action("settings", ("ctrl+o",), "settings", "Your settings: language, colours, notices", ("board", "ticket")),
    Action("setting_next", ("enter", "space", "l", "right"), "change", "Change to the next value", ("settings",)),
    Action("setting_previous", ("h", "left"), "value before", "Change to the previous value", ("settings",)),
    Action("leave_settings", ("escape", "q"), "back", "Back; nothing is lost", ("settings",), is_navigation=True),
    Action("repaint", ("ctrl+l",), "repaint", "Redraw the screen", ALL_SCREENS),
    Action("suspend", ("ctrl+z",), "suspend", "To the shell; fg returns", ALL_SCREENS),
)

# Actions in the footer of each screen, the most useful first; as many as fit are shown.
FOOTER_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "board": (
        *("new", "answer", "classify", "owner", "wait", "solve", "open", "find", "report", "sync", "undo", "help"),
    ),
    "ticket": ("edit", "owner", "note", "section_next", "back", "help"),
    "find": ("open", "copy", "new", "synonyms", "back", "help"),
    "synonyms": ("group_add", "group_change", "group_remove", "narrow", "back", "help"),
    "bad": ("editor", "back", "help"),
    "settings": ("setting_next", "setting_previous", "leave_settings", "help"),
    "exchange": ("sync", "open", "seen", "bundle", "receive", "back", "help"),
    "report": REPORT_FOOTER,
    "behind": ("open", "figure_forms", "copy", "back", "help"),
    "history": ("open", "copy", "back", "help"),
    "import": ("import_again", "import_stop", "back", "help"),
    **LEAD_FOOTERS,
}
# The likely next actions for a ticket in each state; they come first in the footer.
NEXT_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "new": ("answer", "classify", "owner"),
    "responded": ("owner", "classify", "solve"),
    "working": ("solve", "wait", "note"),
    "waiting": ("resume", "heard", "solve"),
    "solved": ("confirm", "reopen", "note"),
    "confirmed": ("archive", "reopen", "note"),
}
# Actions that are possible again in these states, but useless as a next step.
_DONE_IN: Mapping[str, tuple[str, ...]] = {"answer": ("responded", "working")}
_ANY_STATE_ACTIONS = ("edit", "link", "attach", "form", "history")  # they fill the rest of the footer
MARKED_ACTIONS = ("answer", "classify", "owner", "wait", "solve", "note", "edit")  # apply to several tickets at once
_ROOMY_ACTIONS = ("report", "sync", "undo")  # only in a wide footer
_CLOSED_TICKET_ACTIONS = ("note", "link", "copy", "find", "new")  # a closed ticket is mostly read


class Keymap(Struct, frozen=True):
    """The table of actions with the user's own keys applied."""

    actions: tuple[Action, ...] = ACTIONS
    custom_ids: frozenset[str] = frozenset()  # ids of actions with keys set by the user

    def find_action(self, screen_id: str, key: str) -> Action | None:
        """Return the action of a key on a screen, or None; an action whose keys the user set takes precedence."""
        found = [action for action in self.actions if screen_id in action.screens and key in action.keys]
        return min(found, key=lambda action: action.id not in self.custom_ids, default=None)

    def get_action(self, action_id: str) -> Action:
        """Return the action with that id."""
        return next(action for action in self.actions if action.id == action_id)

    def actions_on(self, screen_id: str) -> list[Action]:
        """Return the actions of a screen, in the order of the table."""
        return [action for action in self.actions if screen_id in action.screens]

    def key_label(self, action_id: str) -> str:
        """Return the first key of an action as shown to the user."""
        return format_key(self.get_action(action_id).keys[0])

    def step_key_label(self, step: str) -> str:
        """Return the first key whose action records the event `step`; `""` if there is none."""
        action = next((candidate for candidate in self.actions if candidate.step == step), None)
        return format_key(action.keys[0]) if action else ""

    def _is_possible(self, action_id: str, state: str) -> bool:
        """Return whether an action is possible for a ticket in `state` (`""`: there is no ticket)."""
        step = self.get_action(action_id).step
        return not step or bool(state and is_legal(state, step))

    def marked_actions(self, state: str) -> list[Action]:
        """Return the actions for the footer while tickets are marked; `state` is that of the first one."""
        possible = [action_id for action_id in MARKED_ACTIONS if self._is_possible(action_id, state)]
        shown = (*possible[:4], "unmark", *possible[4 : MAX_HINTS - 2], "help")
        return [self.get_action(action_id) for action_id in shown]

    def footer_actions(
        self,
        screen_id: str,
        state: str = "",
        *,
        count: int = MAX_HINTS,
        may_do: Callable[[str], bool] = lambda _: True,
    ) -> list[Action]:
        """Return `count` actions for the footer, the likely next ones for a ticket in `state` first.

        `may_do` tells whether the person's role allows a step; refused ones appear only in the list of all keys.
        """
        if screen_id not in TICKET_SCREENS:
            named = map(self.get_action, FOOTER_ACTIONS.get(screen_id, ()))
            return [action for action in named if may_do(action.step)]
        if state in CLOSED_STATES:
            return [
                self.get_action(action_id)
                for action_id in (*_CLOSED_TICKET_ACTIONS, "back" if screen_id == "ticket" else "open", "help")
            ]
        candidates = dict.fromkeys(
            (*NEXT_ACTIONS.get(state, ()), *FOOTER_ACTIONS[screen_id], *(_ANY_STATE_ACTIONS if state else ()))
        )
        possible = [
            action_id
            for action_id in candidates
            if state not in _DONE_IN.get(action_id, ())
            and self._is_possible(action_id, state)
            and may_do(self.get_action(action_id).step)
        ]
        possible = [action_id for action_id in possible if count > MAX_HINTS or action_id not in ("report", "undo")]
        steady = ("new", "open", "find") if screen_id == "board" else ("open", "find")
        last = [
            action_id
            for action_id in (*steady, *(_ROOMY_ACTIONS if count > MAX_HINTS else ("sync",)), "back", "help")
            if action_id in possible and action_id in FOOTER_ACTIONS[screen_id]
        ]
        first = [action_id for action_id in possible if action_id not in last][: count - len(last)]
        return [self.get_action(action_id) for action_id in (*first, *last)]


def build_keymap(custom_keys: Mapping[str, Iterable[str]]) -> tuple[Keymap, list[str]]:
    """Return the keymap with `custom_keys` by action id, and the unknown ids.

    A reassigned key is taken from any other action on the same screens, unless that would be left without a key.
    """
    unknown_ids = [action_id for action_id in custom_keys if action_id not in {action.id for action in ACTIONS}]
    requested = {name: tuple(filter(None, keys)) for name, keys in custom_keys.items() if name not in unknown_ids}
    actions = []
    for action in ACTIONS:
        if requested.get(action.id):
            actions.append(replace(action, keys=requested[action.id]))
            continue
        taken_keys = {key for action_id, keys in requested.items() for key in keys if _share_screen(action, action_id)}
        remaining = tuple(key for key in action.keys if key not in taken_keys)
        actions.append(replace(action, keys=remaining or action.keys))
    return Keymap(tuple(actions), frozenset(requested)), unknown_ids


def _share_screen(action: Action, other_id: str) -> bool:
    other = next(candidate for candidate in ACTIONS if candidate.id == other_id)
    return bool(set(action.screens) & set(other.screens))


_KEY_LABELS = {"escape": "Esc", "enter": "Enter", "pagedown": "PgDn", "pageup": "PgUp", "tab": "Tab", "space": "Space"}


def format_key(key: str) -> str:
    """Return a key as shown to the user: `Ctrl+P`, `Esc`, `a`."""
    if key in _KEY_LABELS:
        return _KEY_LABELS[key]
    modifier, plus, letter = key.rpartition("+")
    if modifier == "ctrl" and plus:
        return f"Ctrl+{letter.upper()}"
    return key if len(key) == 1 else key.capitalize()


# Keys that a Chinese input method turns into a character other than their own full-width form.
_INPUT_METHOD_KEYS = {"。": ".", "、": "/", "×": "*", "—": "-"}


def normalize_key(key: str, character: str | None) -> str:
    """Return the name of a pressed key in the table: its character, or Textual's name if it has none.

    Full-width characters from a Chinese input method count as the keys that they come from.
    """
    if character and character.isprintable() and character not in (" ", "\u3000"):
        narrow = _INPUT_METHOD_KEYS.get(character) or unicodedata.normalize("NFKC", character)
        return narrow if len(narrow) == 1 and narrow.isascii() else character
    if character == "\u3000":
        return "space"
    return {"ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace", "ctrl+at": "ctrl+space"}.get(key, key)
