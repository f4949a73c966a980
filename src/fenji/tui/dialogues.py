"""What each act asks before it is done, as dialogues: questions in, one deed out. Knows no widget.

Whatever can be asked is asked here rather than refused later; the desk has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.board import left_text
from fenji.ticket import BY_KEY, KINDS, LINK_KINDS
from fenji.tui import deeds
from fenji.tui.deeds import Deed, Step
from fenji.tui.prompt import Ask, Choice, Dialogue

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.clock import ClockReading
    from fenji.policy import Policy
    from fenji.tui.voice import Voice

# A dialogue that ends in a deed, or in nothing left to do.
Acting = Dialogue[Deed | None]


@dataclass(frozen=True)
class On:
    """The tickets that were selected when the key was pressed, and what is needed to ask about them."""

    rows: tuple[Row, ...]
    policy: Policy
    voice: Voice
    person: str = ""

    @property
    def ids(self) -> list[str]:
        return [row.id for row in self.rows]

    @property
    def name(self) -> str:
        return deeds.named(self.ids)

    @property
    def first(self) -> Row:
        return self.rows[0]

    def draft(self, act: str) -> str:
        """The name under which what is typed for `act` is kept."""
        return f"{act}/{'+'.join(row.uid for row in self.rows)}"

    def say(self, text: str, /, **values: object) -> str:
        return self.voice.say(text, **values)

    def required(self, answer: str) -> str:
        """What is wrong with an empty answer."""
        return "" if answer else self.say("Something must stand here. Esc goes back.")


def answer(on: On) -> Acting:
    """Asks what the customer was told."""
    note = yield Ask(
        on.say("Answer {name}:", name=on.name),
        hint=on.say("What the customer was told; may stay empty. Enter answers, Esc goes back."),
        draft=on.draft("answer"),
    )
    return deeds.step(on.rows, Step("respond", note=note))


def classify(on: On) -> Acting:
    """Asks for kind, impact and occurrence; what priority follows stands beside each.

    Without a judgement the mildest is offered: an Enter too many makes no ticket graver.
    """
    kind = yield Ask(
        on.say("Kind of {name}:", name=on.name),
        initial=on.first.ticket.kind,
        choices=words(on, KINDS),
        hint=on.say(NO_CHOICE),
    )
    impact = yield Ask(
        on.say("Impact of {name}:", name=on.name),
        initial=on.first.ticket.word("impact") or on.policy.impact[-1],
        choices=words(on, on.policy.impact),
        hint=on.say(NO_CHOICE),
    )
    occurrence = yield Ask(
        on.say("Occurrence of {name}:", name=on.name),
        initial=on.first.ticket.word("occurrence") or on.policy.occurrence[-1],
        choices=[_with_priority(on, impact, one) for one in on.policy.occurrence],
        hint=on.say(NO_CHOICE),
    )
    return deeds.step(on.rows, Step("classify", {"kind": kind, "impact": impact, "occurrence": occurrence}))


NO_CHOICE = "None of the choices fits."


def words(on: On, values: Iterable[str]) -> list[Choice]:
    """Words of the method as choices."""
    return [Choice(one, on.voice.word(one)) for one in values]


def _with_priority(on: On, impact: str, occurrence: str) -> Choice:
    found = on.policy.priority(impact, occurrence, on.first.ticket.reported)
    return Choice(occurrence, on.voice.word(occurrence), found or "")


def people(on: On) -> list[Choice]:
    """Everybody of the policy, the person at the desk first."""
    keys = sorted(on.policy.people, key=lambda key: (key != on.person, key))
    return [Choice(key, key, f"{on.policy.people[key].name} {on.policy.people[key].unit}".strip()) for key in keys]


def owner(on: On) -> Acting:
    """Asks who takes it."""
    found = yield Ask(
        on.say("Owner of {name}:", name=on.name),
        initial=on.person,
        choices=people(on),
        hint=on.say("Nobody in policy.yaml is called so."),
        unlisted=on.say("Nobody in policy.yaml is called so. Enter again gives it to them all the same."),
    )
    return deeds.step(on.rows, Step("assign", {"owner": found}))


def wait(on: On) -> Acting:
    """Asks what it waits for, and for a note."""
    reason = yield Ask(
        on.say("{name} waits for:", name=on.name),
        choices=[_held_by(on, one) for one in on.policy.waiting],
        hint=on.say(NO_CHOICE),
    )
    note = yield Ask(
        on.say("{name} waits for {reason}; note:", name=on.name, reason=on.voice.word(reason)),
        hint=on.say("May stay empty. Enter does it, Esc goes back."),
        draft=on.draft("wait"),
    )
    return deeds.step(on.rows, Step("wait", reason=reason, note=note))


def _held_by(on: On, reason: str) -> Choice:
    held = bool(on.policy.waiting[reason])
    aside = on.say("holds the solution clock") if held else on.say("holds no clock")
    return Choice(reason, on.voice.word(reason), aside)


def resume(on: On) -> Acting:
    """Asks nothing."""
    yield from ()
    return deeds.step(on.rows, Step("resume"))


def solve(on: On) -> Acting:
    """Asks for the texts that the policy wants and the ticket lacks; with nothing lacking, for a note."""
    fields: dict[str, object] = {}
    for key in lacking(on, "solve"):
        fields[key] = yield Ask(
            f"{on.name} {on.say(BY_KEY[key].label)}:",
            hint=on.say("Wanted before it is solved; one line will do. Esc keeps it as a draft."),
            draft=on.draft(key),
            check=on.required,
        )
    if fields:
        return deeds.step(on.rows, Step("solve", fields))
    note = yield Ask(
        on.say("Solve {name}; note:", name=on.name),
        hint=on.say("May stay empty. Enter does it, Esc goes back."),
        draft=on.draft("solve"),
    )
    return deeds.step(on.rows, Step("solve", note=note))


def lacking(on: On, do: str) -> list[str]:
    """The long texts that `do` needs and none of the tickets has."""
    needed = [on.policy.needs(row.ticket.kind, do, row.ticket.priority) for row in on.rows]
    keys = dict.fromkeys(key for keys in needed for key in keys)
    texts = [key for key in keys if key in BY_KEY and BY_KEY[key].held == "text"]
    return [key for key in texts if not any(row.ticket.get(key) for row in on.rows)]


def confirm(on: On) -> Acting:
    """Shows the verdicts, and asks for a reason where the lead differs."""
    reading = on.first.reading
    verdict = on.say(
        "Response {response}, solution {solution}.",
        response=verdict_text(on.voice, reading.response),
        solution=verdict_text(on.voice, reading.solution),
    )
    reason = yield Ask(
        on.say("Confirm {name}; reason:", name=on.name),
        hint=f"{verdict} {on.say('Give a reason only where you differ. Enter confirms, Esc goes back.')}",
        draft=on.draft("confirm"),
    )
    return deeds.step(on.rows, Step("confirm", reason=reason))


def verdict_text(voice: Voice, one: ClockReading) -> str:
    """`met`, `missed by 0:14`, or the state of a clock without a verdict."""
    if one.late_s:
        return voice.say("missed by {late}", late=left_text(one.late_s))
    return voice.word("met" if one.met else one.state)


def archive(on: On) -> Acting:
    """Asks to be sure: it is final."""
    yield Ask(
        on.say("Archive {name}? Y archives, Esc goes back.", name=on.name),
        hint=on.voice.say(
            "{title} - archived is final: a later complaint is a new ticket.", title=on.first.ticket.title
        ),
        key="Y",
    )
    return deeds.step(on.rows, Step("archive"))


def reopen(on: On) -> Acting:
    """Asks for the reason."""
    reason = yield Ask(
        on.say("Reopen {name}; reason:", name=on.name),
        hint=on.say("The same solution clock goes on with what was left."),
        draft=on.draft("reopen"),
        check=on.required,
    )
    return deeds.step(on.rows, Step("reopen", reason=reason))


def withdraw(on: On) -> Acting:
    """Asks for the reason, and to be sure."""
    reason = yield Ask(
        on.say("Withdraw {name}; reason:", name=on.name),
        hint=on.voice.say("{title} - it stays readable, and counts apart.", title=on.first.ticket.title),
        draft=on.draft("withdraw"),
        check=on.required,
    )
    yield Ask(on.say("Withdraw {name}? Y withdraws, Esc goes back.", name=on.name), hint=reason, key="Y")
    return deeds.step(on.rows, Step("withdraw", reason=reason))


def note(on: On) -> Acting:
    """Asks for the text."""
    text = yield Ask(on.say("Note on {name}:", name=on.name), draft=on.draft("note"), check=on.required)
    return deeds.step(on.rows, Step("note", note=text))


def heard(on: On) -> Acting:
    """Asks what the requester said."""
    text = yield Ask(
        on.say("The requester of {name} says:", name=on.name),
        hint=on.say("It ends a wait: the solution clock runs again."),
        draft=on.draft("heard"),
        check=on.required,
    )
    return deeds.step(on.rows, Step("note", note=text, sender="requester"))


def attach(on: On) -> Acting:
    """Asks for the path of a file."""
    typed = yield Ask(
        on.say("Attach to {id}:", id=on.first.id),
        hint=on.say("The path of a file; Tab completes."),
        draft=on.draft("attach"),
        check=lambda path: "" if Path(path).expanduser().is_file() else on.say("There is no such file."),
        complete=paths,
    )
    return deeds.attach(on.first, [Path(typed).expanduser()])


def paths(begun: str) -> list[str]:
    """The files and folders whose path begins so, at most a screenful."""
    folder, slash, name = begun.rpartition("/")
    root = Path(f"{folder}{slash}" or ".").expanduser()
    try:
        found = sorted(one for one in root.iterdir() if one.name.startswith(name))[:50]
    except OSError:
        return []
    return [f"{folder}{slash}{one.name}{'/' if one.is_dir() else ''}" for one in found]


def excuse(on: On) -> Acting:
    """Asks which clock, for the reason, and for a word on it."""
    missed = [name for name in ("response", "solution") if on.first.reading.clock(name).met is False]
    clock = yield Ask(
        on.say("Excuse which clock of {id}:", id=on.first.id),
        choices=words(on, missed or ("response", "solution")),
        hint=on.say(NO_CHOICE),
    )
    reason = yield Ask(on.say("Reason:"), choices=words(on, on.policy.excuses), hint=on.say(NO_CHOICE))
    text = yield Ask(
        on.say("{reason}; in your words:", reason=on.voice.word(reason)), draft=on.draft("excuse"), check=on.required
    )
    return deeds.step([on.first], Step("excuse", clock=clock, reason=reason, note=text))


def link(on: On) -> Acting:
    """Asks for the other ticket and the relation."""
    to = yield Ask(
        on.say("Link {id} to:", id=on.first.id),
        hint=on.say("A number, or the end of one."),
        draft=on.draft("link"),
        check=on.required,
    )
    relation = yield Ask(
        on.say("{id} and {to}:", id=on.first.id, to=to),
        initial="related",
        choices=words(on, LINK_KINDS),
        hint=on.say(NO_CHOICE),
    )
    return deeds.link(on.first, to, relation)


def priority(on: On) -> Acting:
    """Asks for the level and the reason."""
    level = yield Ask(
        on.say("Priority of {name}:", name=on.name),
        initial=on.first.ticket.priority,
        choices=[Choice(one) for one in on.policy.levels],
        hint=on.say(NO_CHOICE),
    )
    reason = yield Ask(
        on.say("{level} by hand; reason:", level=level),
        hint=on.say("The matrix says {level}; the log keeps both.", level=_by_matrix(on) or "-"),
        draft=on.draft("priority"),
        check=on.required,
    )
    return deeds.step(on.rows, Step("classify", {"priority": level}, reason=reason))


def _by_matrix(on: On) -> str | None:
    ticket = on.first.ticket
    return on.policy.priority(ticket.word("impact"), ticket.word("occurrence"), ticket.reported)


# The dialogue of each action that acts on tickets.
DIALOGUES: Mapping[str, Callable[[On], Acting]] = {
    "answer": answer,
    "classify": classify,
    "owner": owner,
    "wait": wait,
    "resume": resume,
    "solve": solve,
    "confirm": confirm,
    "archive": archive,
    "reopen": reopen,
    "withdraw": withdraw,
    "note": note,
    "heard": heard,
    "attach": attach,
    "excuse": excuse,
    "link": link,
    "priority": priority,
}
