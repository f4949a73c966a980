"""Every key and what it does, in one table: footer, help, palette and dispatch are made from it.

A person's own keys stand in `keys.yaml` of the configuration folder: `answer: r` or `down: [j, ctrl+n]`, by action id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fenji.flow import legal
from fenji.ticket import CLOSED

LISTS = ("board", "find", "synonyms", "bad", "exchange", "keys")
TICKETS = ("board", "ticket")
EVERYWHERE = ("board", "ticket", "find", "synonyms", "bad", "exchange")


@dataclass(frozen=True)
class Action:
    """One thing that a key does: where (`places`), the word in the footer, and a sentence for help and palette.

    `step` is the event that it records, for asking whether it is allowed; `moves` only moves about; `quick` does its
    work without asking, and so waits until it is clear that the key was not part of pasted text.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    places: tuple[str, ...]
    step: str = ""
    moves: bool = False
    quick: bool = False


ACTIONS: tuple[Action, ...] = (
    Action("new", ("n",), "new", "Report a new ticket", ("board", "ticket", "find")),
    Action(
        "open", ("enter", "l", "right"), "open", "Open what the bar is on; in a ticket, change it", (*LISTS, "ticket")
    ),
    Action("answer", ("a",), "answer", "Answer the customer: the response clock stops", TICKETS, "respond"),
    Action("classify", ("c",), "classify", "Judge kind, impact and occurrence", TICKETS, "classify"),
    Action("owner", ("o",), "owner", "Give it to a person", TICKETS, "assign"),
    Action("wait", ("w",), "wait", "Wait for somebody, with a reason", TICKETS, "wait"),
    Action("resume", ("W",), "resume", "Go on after waiting", TICKETS, "resume"),
    Action("solve", ("s",), "solve", "State cause, decision and solution as needed: solved", TICKETS, "solve"),
    Action("confirm", ("C",), "confirm", "The site lead confirms the SLA result", TICKETS, "confirm"),
    Action("archive", ("A",), "archive", "Archive: it becomes a page of the handbook", TICKETS, "archive"),
    Action("reopen", ("R",), "reopen", "Reopen: it was not solved after all", TICKETS, "reopen"),
    Action("withdraw", ("X",), "withdraw", "Withdraw: it was no ticket", TICKETS, "withdraw"),
    Action("note", ("m",), "note", "Write a note", TICKETS, "note"),
    Action("heard", ("M",), "their note", "Note what the requester said; it ends a wait", TICKETS, "note"),
    Action("attach", ("t",), "attach", "Attach a file", TICKETS, "attach"),
    Action("excuse", ("x",), "excuse", "Excuse a missed clock, with a reason", TICKETS, "excuse"),
    Action("link", ("L",), "link", "Link it to another ticket", TICKETS, "link"),
    Action("priority", ("P",), "priority", "Set the priority by hand, with a reason", TICKETS, "classify"),
    Action("edit", ("e",), "edit", "Edit a field; on the board in all marked tickets", TICKETS, "edit"),
    Action(
        "editor", ("E",), "editor", "Open the file in your editor", ("board", "ticket", "synonyms", "bad"), quick=True
    ),
    Action("add", ("+",), "add", "Add a resource, a step of the plan or a link", ("ticket",), "edit"),
    Action("drop", ("-",), "remove", "Remove the item that the bar is on", ("ticket",), "edit", quick=True),
    Action("both", ("v",), "both", "Show both texts of a field that two wrote; again: the next one", TICKETS),
    Action("take", ("T",), "take back", "Take back the text that lost", ("ticket",), "edit", quick=True),
    Action("keep", ("V",), "let go", "Keep the text that stands; what lost is shown no more", ("ticket",), quick=True),
    Action("undo", ("u",), "undo", "Undo the last act", EVERYWHERE, quick=True),
    Action("redo", ("U",), "redo", "Do again what was undone", EVERYWHERE, quick=True),
    Action("mark", ("space",), "mark", "Mark; an act applies to all marked", ("board",)),
    Action("mark_all", ("*",), "mark all", "Mark all that are shown, or none", ("board",)),
    Action("filter", ("/",), "filter", "Filter the list", ("board",)),
    Action("find", ("f",), "find", "Search all tickets and the handbook", EVERYWHERE),
    Action(
        "copy", ("y",), "copy", "Copy: the solution into the ticket you came from, else to the clipboard", EVERYWHERE
    ),
    Action("synonyms", ("=", "ctrl+t"), "synonyms", "Words for one thing: see, add, change, remove", ("find",)),
    Action("group_add", ("+", "a"), "add", "Add a group of words for one thing", ("synonyms",)),
    Action("group_change", ("e",), "change", "Change the words of the group", ("synonyms",)),
    Action("group_remove", ("-", "X"), "remove", "Remove the group", ("synonyms",)),
    Action("narrow", ("/",), "narrow", "Show only groups with a word", ("synonyms",)),
    Action("preview", ("p",), "preview", "Show or hide the preview", ("board",)),
    Action("refresh", (".", "r"), "refresh", "Show what is new, in order", ("board",)),
    Action("sync", ("S",), "sync", "Exchange with the hub, behind the screen", EVERYWHERE),
    Action("exchange", ("i",), "in/out", "What came in, and what waits to go out", ("board",)),
    Action("seen", ("space",), "seen", "Looked at: it is new no longer", ("exchange",)),
    Action("all_seen", ("*",), "all seen", "All of it is looked at", ("exchange",)),
    Action("stop", ("x",), "stop", "Stop the exchange; nothing is lost", ("exchange",)),
    Action("bundle", ("B",), "file out", "Write what the other end lacks into a file", ("exchange",)),
    Action("receive", ("R",), "file in", "Take in what a file brings", ("exchange",)),
    Action("bad", ("b",), "bad files", "List files that cannot be read, and unsigned steps", ("board",)),
    Action("help", ("?",), "keys", "List all keys", EVERYWHERE),
    Action("palette", (":", "ctrl+p"), "commands", "Find a command by its name", EVERYWHERE),
    Action("down", ("j", "down"), "down", "One down", (*LISTS, "ticket"), moves=True),
    Action("up", ("k", "up"), "up", "One up", (*LISTS, "ticket"), moves=True),
    Action("half_down", ("ctrl+d",), "half down", "Half a page down", (*LISTS, "ticket"), moves=True),
    Action("half_up", ("ctrl+u",), "half up", "Half a page up", (*LISTS, "ticket"), moves=True),
    Action("page_down", ("pagedown", "ctrl+f"), "page down", "A page down", (*LISTS, "ticket"), moves=True),
    Action("page_up", ("pageup", "ctrl+b"), "page up", "A page up", (*LISTS, "ticket"), moves=True),
    Action("top", ("g", "home"), "top", "To the top", (*LISTS, "ticket"), moves=True),
    Action("bottom", ("G", "end"), "bottom", "To the bottom", (*LISTS, "ticket"), moves=True),
    *(
        Action(f"view_{n}", (str(n),), f"view {n}", "Change to the view of that number", ("board",), moves=True)
        for n in range(1, 10)
    ),
    Action("next", ("J",), "next", "The next ticket of the list", ("ticket",), moves=True),
    Action("previous", ("K",), "previous", "The previous ticket of the list", ("ticket",), moves=True),
    Action("side", ("tab",), "side", "Change between the two columns", ("ticket",), moves=True),
    Action(
        "back",
        ("escape", "q", "h", "left"),
        "back",
        "Back; nothing is lost",
        ("ticket", "find", "synonyms", "bad", "exchange", "keys"),
        moves=True,
    ),
    Action("unmark", ("escape",), "unmark", "Take back marks, then the filter", ("board",), moves=True),
    Action("quit", ("q",), "quit", "Leave", ("board",), quick=True),
    Action("leave", ("ctrl+c", "ctrl+q"), "quit", "Leave from anywhere", EVERYWHERE, quick=True),
    Action("suspend", ("ctrl+z",), "suspend", "To the shell; fg comes back", EVERYWHERE, quick=True),
)

# What the footer shows in each place, the most useful first; as many as fit.
FOOTERS: Mapping[str, tuple[str, ...]] = {
    "board": ("new", "answer", "classify", "owner", "wait", "solve", "open", "find", "sync", "help"),
    "ticket": ("edit", "answer", "classify", "owner", "solve", "note", "back", "help"),
    "find": ("open", "copy", "back", "new", "synonyms", "help"),
    "synonyms": ("group_add", "group_change", "group_remove", "narrow", "back", "help"),
    "bad": ("editor", "back", "help"),
    "exchange": ("sync", "open", "seen", "bundle", "receive", "back", "help"),
}
# What comes next for a ticket in each state: these take the first places of the footer.
NEXT: Mapping[str, tuple[str, ...]] = {
    "new": ("answer", "classify", "owner"),
    "responded": ("owner", "classify", "solve"),
    "working": ("solve", "wait", "note"),
    "waiting": ("resume", "heard", "solve"),
    "solved": ("confirm", "reopen", "note"),
    "confirmed": ("archive", "reopen", "note"),
}
# What may be done to a ticket in any state: these fill up the footer.
_ALWAYS = ("edit", "link", "attach")
# A closed ticket is read.
_CLOSED = ("note", "link", "copy", "find", "new")


@dataclass(frozen=True)
class Keymap:
    """The table with a person's own keys in it."""

    actions: tuple[Action, ...] = ACTIONS

    def action(self, place: str, key: str) -> Action | None:
        """What a key does in a place."""
        return next((one for one in self.actions if place in one.places and key in one.keys), None)

    def named(self, action_id: str) -> Action:
        """The action of that id."""
        return next(one for one in self.actions if one.id == action_id)

    def of(self, place: str) -> list[Action]:
        """The actions of a place, in the order of the table."""
        return [one for one in self.actions if place in one.places]

    def key(self, action_id: str) -> str:
        """The first key of an action, as people write it."""
        return shown(self.named(action_id).keys[0])

    def step_key(self, step: str) -> str:
        """The key that records the event `step`, or sets what it needs; `""` where there is none."""
        found = next((one for one in self.actions if one.step == step), None)
        return shown(found.keys[0]) if found else ""

    def _possible(self, action_id: str, state: str) -> bool:
        step = self.named(action_id).step
        return not step or legal(state, step)

    def footer(self, place: str, state: str = "") -> list[Action]:
        """The actions for the footer, those that come next for a ticket in `state` first."""
        if place in TICKETS and state in CLOSED:
            return [self.named(one) for one in (*_CLOSED, "back" if place == "ticket" else "open", "help")]
        asked = dict.fromkeys((*NEXT.get(state, ()), *FOOTERS.get(place, ()), *(_ALWAYS if state else ())))
        wanted = [one for one in asked if not state or self._possible(one, state)]
        fixed = [one for one in ("open", "find", "sync", "back", "help") if one in wanted and one in FOOTERS[place]]
        first = [one for one in wanted if one not in fixed][: 8 - len(fixed)]
        return [self.named(one) for one in (*first, *fixed)]


def keymap(own: Mapping[str, Iterable[str]]) -> tuple[Keymap, list[str]]:
    """The table with `own` keys by action id, and the ids that no action has. A key taken over is lost to the other."""
    unknown = [name for name in own if name not in {one.id for one in ACTIONS}]
    wanted = {name: tuple(key for key in keys if key) for name, keys in own.items() if name not in unknown}
    actions = []
    for one in ACTIONS:
        if wanted.get(one.id):
            actions.append(replace(one, keys=wanted[one.id]))
            continue
        taken = {key for name, keys in wanted.items() for key in keys if _meet(one, name)}
        kept = tuple(key for key in one.keys if key not in taken)
        actions.append(replace(one, keys=kept or one.keys))
    return Keymap(tuple(actions)), unknown


def _meet(one: Action, name: str) -> bool:
    other = next(action for action in ACTIONS if action.id == name)
    return bool(set(one.places) & set(other.places))


_SHOWN = {"escape": "Esc", "enter": "Enter", "pagedown": "PgDn", "pageup": "PgUp", "tab": "Tab", "space": "Space"}


def shown(key: str) -> str:
    """A key as people write it: `Ctrl+P`, `Esc`, `a`."""
    if key in _SHOWN:
        return _SHOWN[key]
    modifier, plus, letter = key.rpartition("+")
    if modifier == "ctrl" and plus:
        return f"Ctrl+{letter.upper()}"
    return key if len(key) == 1 else key.capitalize()


def token(key: str, character: str | None) -> str:
    """The name under which a pressed key stands in the table: the character itself, else Textual's name."""
    if character and character.isprintable() and character != " ":
        return character
    return {"ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace", "ctrl+at": "ctrl+space"}.get(key, key)
