"""The dialogs of the actions on tickets: each asks its questions and returns a command. Uses no widget.

Whatever can be asked for is asked here rather than refused later; the desk has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.desk import expand_user
from fenji.desk.people import nearest_keys
from fenji.model.sla import CLOCKS
from fenji.model.ticket import FIELD_BY_KEY, KINDS, LINK_KINDS
from tui import commands
from tui.commands import Command, StepInput
from tui.ticket import held_acts
from tui.writing.dialog_target import (
    DialogTarget,
    clock_choice,
    complete_path,
    describe_verdict,
    explain_missing_reason,
    is_file,
    matrix_priority,
    missing_texts,
    occurrence_choice,
    people_choices,
    waiting_choice,
    word_choices,
)
from tui.writing.prompt import NO_CHOICE_HINT, Choice, DialogGenerator, Question
from tui.writing.service_form import form_dialog

if TYPE_CHECKING:
    from fenji.errors import FenjiError
    from fenji.model.ticket import Value
    from tui.formatting import Formatter

# A dialog that returns a command, or None if there is nothing left to do.
Dialog = DialogGenerator[Command | None]


def answer_dialog(target: DialogTarget) -> Dialog:
    """Ask what the customer was told."""
    note = yield Question(
        target.say("Answer {name}:", name=target.name),
        hint=target.say("What the customer was told; optional. Enter answers, Esc goes back."),
        draft_key=target.draft_key("answer"),
    )
    return commands.record_step(target.rows, StepInput("respond", note=note))


def classify_dialog(target: DialogTarget) -> Dialog:
    """Ask for kind, impact and occurrence, showing with each choice the priority that follows.

    The mildest value is preselected where none is set, so that a stray Enter makes no ticket more severe.
    """
    kind = yield Question(
        target.say("Kind of {name}:", name=target.name),
        initial=target.first_row.ticket.kind,
        choices=word_choices(target, KINDS),
        hint=target.say(NO_CHOICE_HINT),
    )
    impact = yield Question(
        target.say("Impact of {name}:", name=target.name),
        initial=target.first_row.ticket.word("impact") or target.policy.impact[-1],
        choices=word_choices(target, target.policy.impact),
        hint=target.say(NO_CHOICE_HINT),
    )
    occurrence = yield Question(
        target.say("Occurrence of {name}:", name=target.name),
        initial=target.first_row.ticket.word("occurrence") or target.policy.occurrence[-1],
        choices=[occurrence_choice(target, impact, value) for value in target.policy.occurrence],
        hint=target.say(NO_CHOICE_HINT),
    )
    return (yield from grades_dialog(target, {"kind": kind, "impact": impact, "occurrence": occurrence}))


def grades_dialog(target: DialogTarget, fields: Mapping[str, Value]) -> Dialog:
    """Ask for a reason if this kind and these grades need one, for example if they end a running promise."""
    why, reason = explain_missing_reason(target, fields), ""
    if why:
        reason = yield Question(
            target.say("Reason:"), hint=why, draft_key=target.draft_key("classify"), validate=target.check_required
        )
    return commands.record_step(target.rows, StepInput("classify", fields, reason=reason))


def owner_dialog(target: DialogTarget) -> Dialog:
    """Ask who takes the tickets."""
    owner = yield owner_question(target, target.name, target.person)
    command = commands.record_step(target.rows, StepInput("assign", {"owner": owner}))
    return replace(command, insisted=owner not in target.policy.people)


def owner_question(target: DialogTarget, name: str, initial: str) -> Question:
    """Return the question who takes what is called `name`; a person whom the policy does not know needs Enter twice."""
    return Question(
        target.say("Owner of {name}:", name=name),
        initial=initial,
        choices=people_choices(target),
        hint=target.say("Nobody in policy.yaml is called that."),
        unlisted_warning=lambda typed: _warn_of_unknown_owner(target, typed),
    )


def _warn_of_unknown_owner(target: DialogTarget, typed: str) -> str:
    near = nearest_keys(typed, {key: person.name for key, person in target.policy.people.items()})
    warning = target.say("Nobody in policy.yaml is called that. Enter again assigns it to them anyway.")
    return f"{target.say('Is {near} meant?', near=tuple(near))} {warning}" if near else warning


def insist_dialog(command: Command, refusal: FenjiError, formatter: Formatter, *, edit_key: str = "") -> Dialog:
    """Ask whether unknown names are meant as written; `edit_key` is the key that reopens the edited copy, if any."""
    refusals = (refusal, *refusal.others)
    near = tuple(str(key) for each in refusals for key in _as_words(each.sentence.values.get("near")))
    question = formatter.say("Is {near} meant?", near=near) if near else ""
    answers = (
        formatter.say("Y keeps what you typed, Esc goes back; {key} then opens your copy to fix it.", key=edit_key)
        if edit_key
        else formatter.say("Y keeps what you typed, Esc goes back.")
    )
    yield Question(
        formatter.join_sentences(formatter.say(each.sentence) for each in refusals),
        hint=f"{question} {answers}".strip(),
        confirm_key="Y",
    )
    return replace(command, insisted=True)


def _as_words(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def wait_dialog(target: DialogTarget) -> Dialog:
    """Ask what the tickets wait for, and for a note."""
    reason = yield Question(
        target.say("{name} waits for:", name=target.name),
        choices=[waiting_choice(target, waiting_reason) for waiting_reason in target.policy.waiting],
        hint=target.say(NO_CHOICE_HINT),
    )
    note = yield Question(
        target.say("{name} waits for {reason}; note:", name=target.name, reason=target.formatter.word(reason)),
        hint=target.say("Optional. Enter does it, Esc goes back."),
        draft_key=target.draft_key("wait"),
    )
    return commands.record_step(target.rows, StepInput("wait", reason=reason, note=note))


def resume_dialog(target: DialogTarget) -> Dialog:
    """Resume without asking anything."""
    yield from ()
    return commands.record_step(target.rows, StepInput("resume"))


def solve_dialog(target: DialogTarget) -> Dialog:
    """Ask for the texts that the policy requires and the ticket lacks, or for a note if none is missing."""
    fields: dict[str, Value] = {}
    for key in missing_texts(target, "solve"):
        fields[key] = yield Question(
            target.say("{item} {label}:", item=target.name, label=target.say(FIELD_BY_KEY[key].label)),
            hint=target.say("Needed before it is solved; one line will do. Esc keeps it as a draft."),
            draft_key=target.draft_key(key),
            validate=target.check_required,
        )
    if fields:
        return commands.record_step(target.rows, StepInput("solve", fields))
    note = yield Question(
        target.say("Solve {name}; note:", name=target.name),
        hint=target.say("Optional. Enter does it, Esc goes back."),
        draft_key=target.draft_key("solve"),
    )
    return commands.record_step(target.rows, StepInput("solve", note=note))


def confirm_dialog(target: DialogTarget) -> Dialog:
    """Show the verdicts, and ask for a reason if the lead disagrees."""
    reading = target.first_row.reading
    verdict = target.say(
        "Response {response}, solution {solution}.",
        response=describe_verdict(target.formatter, reading.response),
        solution=describe_verdict(target.formatter, reading.solution),
    )
    signs = [target.formatter.word(sign.label) for name in CLOCKS for sign in reading.clock(name).signs]
    verdict = target.say("{verdict} ({signs})", verdict=verdict, signs=tuple(signs)) if signs else verdict
    reason = yield Question(
        target.say("Confirm {name}; reason:", name=target.name),
        hint=target.formatter.join_sentences(
            [verdict, target.say("Give a reason only if you disagree. Enter confirms, Esc goes back.")]
        ),
        draft_key=target.draft_key("confirm"),
    )
    return commands.record_step(target.rows, StepInput("confirm", reason=reason))


def archive_dialog(target: DialogTarget) -> Dialog:
    """Ask for confirmation, because archiving is final."""
    yield Question(
        target.say("Archive {name}? Y archives, Esc goes back.", name=target.name),
        hint=target.formatter.say(
            "{title} - archiving is final: a later complaint is a new ticket.", title=target.first_row.ticket.title
        ),
        confirm_key="Y",
    )
    return commands.record_step(target.rows, StepInput("archive"))


def reopen_dialog(target: DialogTarget) -> Dialog:
    """Ask for the reason."""
    reason = yield Question(
        target.say("Reopen {name}; reason:", name=target.name),
        hint=target.say("The same solution clock continues with the time left."),
        draft_key=target.draft_key("reopen"),
        validate=target.check_required,
    )
    return commands.record_step(target.rows, StepInput("reopen", reason=reason))


def withdraw_dialog(target: DialogTarget) -> Dialog:
    """Ask for the reason, and for confirmation."""
    reason = yield Question(
        target.say("Withdraw {name}; reason:", name=target.name),
        hint=target.formatter.say(
            "{title} - it stays readable, counted separately.", title=target.first_row.ticket.title
        ),
        draft_key=target.draft_key("withdraw"),
        validate=target.check_required,
    )
    yield Question(
        target.say("Withdraw {name}? Y withdraws, Esc goes back.", name=target.name), hint=reason, confirm_key="Y"
    )
    return commands.record_step(target.rows, StepInput("withdraw", reason=reason))


def note_dialog(target: DialogTarget) -> Dialog:
    """Ask for the text."""
    text = yield Question(
        target.say("Note on {name}:", name=target.name),
        draft_key=target.draft_key("note"),
        validate=target.check_required,
    )
    return commands.record_step(target.rows, StepInput("note", note=text))


def requester_note_dialog(target: DialogTarget) -> Dialog:
    """Ask what the requester said."""
    text = yield Question(
        target.say("The requester of {name} says:", name=target.name),
        hint=target.say("It ends any wait: the solution clock runs again."),
        draft_key=target.draft_key("heard"),
        validate=target.check_required,
    )
    return commands.record_step(target.rows, StepInput("note", note=text, sender="requester"))


def attach_dialog(target: DialogTarget) -> Dialog:
    """Ask for the path of a file."""
    typed = yield Question(
        target.say("Attach to {id}:", id=target.first_row.id),
        hint=target.say("The path of a file; Tab completes."),
        validate=lambda path: "" if is_file(path) else target.say("There is no such file."),
        complete=complete_path,
    )
    return commands.attach_files(target.first_row, [expand_user(typed)])


def excuse_dialog(target: DialogTarget) -> Dialog:
    """Ask for the clock, the reason, and a remark."""
    reading = target.first_row.reading
    missed_clocks = [name for name in ("response", "solution") if reading.clock(name).met is False]
    missed_clocks += [item.name for item in reading.items.values() if item.met is False and item.excuse is None]
    clock = yield Question(
        target.say("Excuse which clock of {id}:", id=target.first_row.id),
        choices=[clock_choice(target, name) for name in missed_clocks or CLOCKS],
        hint=target.say(NO_CHOICE_HINT),
    )
    reason = yield Question(
        target.say("Reason:"), choices=word_choices(target, target.policy.excuses), hint=target.say(NO_CHOICE_HINT)
    )
    text = yield Question(
        target.say("{reason}; in your words:", reason=target.formatter.word(reason)),
        draft_key=target.draft_key("excuse"),
        validate=target.check_required,
    )
    return commands.record_step([target.first_row], StepInput("excuse", clock=clock, reason=reason, note=text))


def link_dialog(target: DialogTarget) -> Dialog:
    """Ask for the other ticket and the relation."""
    other_id = yield Question(
        target.say("Link {id} to:", id=target.first_row.id),
        hint=target.say("A number, or the end of one."),
        draft_key=target.draft_key("link"),
        validate=target.check_required,
    )
    relation = yield Question(
        target.say("{id} and {to}:", id=target.first_row.id, to=other_id),
        initial="related",
        choices=word_choices(target, LINK_KINDS),
        hint=target.say(NO_CHOICE_HINT),
    )
    return commands.link_tickets(target.first_row, other_id, relation)


def priority_dialog(target: DialogTarget) -> Dialog:
    """Ask for the level and the reason."""
    level = yield Question(
        target.say("Priority of {name}:", name=target.name),
        initial=target.first_row.ticket.priority,
        choices=[Choice(known_level) for known_level in target.policy.levels],
        hint=target.say(NO_CHOICE_HINT),
    )
    reason = yield Question(
        target.say("{level} by hand; reason:", level=level),
        hint=target.say("The matrix says {level}; the log keeps both.", level=matrix_priority(target) or "-"),
        draft_key=target.draft_key("priority"),
        validate=target.check_required,
    )
    return commands.record_step(target.rows, StepInput("classify", {"priority": level}, reason=reason))


# Dialogs by action id, for the actions on tickets.
DIALOGS: Mapping[str, Callable[[DialogTarget], Dialog]] = {
    "answer": answer_dialog,
    "classify": classify_dialog,
    "owner": owner_dialog,
    "wait": wait_dialog,
    "resume": resume_dialog,
    "solve": solve_dialog,
    "confirm": confirm_dialog,
    "archive": archive_dialog,
    "reopen": reopen_dialog,
    "withdraw": withdraw_dialog,
    "note": note_dialog,
    "heard": requester_note_dialog,
    "attach": attach_dialog,
    "form": form_dialog,
    "excuse": excuse_dialog,
    "link": link_dialog,
    "priority": priority_dialog,
    "take_up": held_acts.take_up_dialog,
}
