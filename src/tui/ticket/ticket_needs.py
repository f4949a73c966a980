"""What a ticket still needs before its next step, and the customer's unanswered questions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.board import format_left
from fenji.model.correspondence import open_questions
from fenji.model.ticket import CLOSED_STATES, FIELD_BY_PATH, parse_field_path
from tui.drawing import cells
from tui.refusals import explain_blocked, field_label
from tui.ticket.page_lines import PageLine, SectionHead, TicketPage

if TYPE_CHECKING:
    from fenji.errors import Sentence
    from fenji.model.board import Row
    from fenji.model.ticket import Event
    from tui.context import Context
    from tui.drawing.theme import StyledLine

NEXT_STEPS = {
    **dict.fromkeys(("new", "responded", "working", "waiting"), ("solve", "solve")),
    "solved": ("confirm", "confirm"),
    "confirmed": ("archive", "archive"),
}

_SIGN_CELLS, _GAP, _MIN_QUESTION = 3, 3, 30


class TicketNeeds(Struct, frozen=True):
    """The next step and its key, the fields that it requires, any other obstacle, and unanswered questions."""

    step: str
    key: str
    fields: tuple[str, ...] = ()
    obstacle: str = ""
    questions: tuple[Event, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.obstacle or self.questions)


def read_needs(context: Context, row: Row) -> TicketNeeds:
    """Return what the ticket needs before it is solved, confirmed or archived, and its unanswered questions."""
    step, action_id = NEXT_STEPS.get(row.ticket.state, ("", ""))
    is_asked = row.ticket.state not in CLOSED_STATES or row.customer_wrote
    questions = open_questions(row.ticket) if is_asked else ()
    if not step:
        return TicketNeeds("", "", questions=questions)
    sentence = context.desk.find_obstacle(row.id, step)
    fields, obstacle = _split_obstacle(context, sentence)
    return TicketNeeds(step, context.keymap.key_label(action_id), fields, obstacle, questions)


def _split_obstacle(context: Context, sentence: Sentence | None) -> tuple[tuple[str, ...], str]:
    """Return the missing fields that an obstacle names, else the obstacle in words."""
    if sentence is None or {"asks", "people"} & sentence.values.keys():
        return (), ""  # the ticket lacks nothing, though somebody else may have to do the step
    paths = sentence.values.get("field_paths")
    if isinstance(paths, Sequence) and not isinstance(paths, str):
        return tuple(str(path) for path in paths), ""
    return (), explain_blocked(sentence, context.formatter, context.keymap, help_first=True)


def render_needs_lines(context: Context, needs: TicketNeeds, row: Row, width: int) -> list[StyledLine]:
    """Return `? before s cause solution   asked: may it turn slowly? (no word, 1d)`, in two lines if need be."""
    if not needs:
        return []
    sign: StyledLine = [(f" {context.theme.signs.question} ", "risk strong")]
    wanted = _tell_wanted(context, needs, width - _SIGN_CELLS - 1)
    if not needs.questions:
        return [[*sign, *wanted]]
    used = _SIGN_CELLS + sum(cells.width(text) for text, _ in wanted)
    room = width - used - _GAP - 1
    if not wanted or room < _MIN_QUESTION:
        question = describe_question(context, needs.questions[-1], row, width - _SIGN_CELLS - 1)
        return [*([[*sign, *wanted]] if wanted else []), [*sign, (question, "")]]
    return [[*sign, *wanted, (f"{' ' * _GAP}{describe_question(context, needs.questions[-1], row, room)}", "")]]


def _tell_wanted(context: Context, needs: TicketNeeds, width: int) -> StyledLine:
    """Return `before s cause solution`; empty if nothing is wanted."""
    names = context.formatter.join(field_label(path, context.formatter) for path in needs.fields) or needs.obstacle
    if not names:
        return []
    before = f"{context.say('before {key}', key=needs.key)} "
    fitted = cells.truncate(names, width - cells.width(before), context.theme.signs.ellipsis)
    return [(before, "dim"), (fitted, "risk strong")]


def describe_question(context: Context, event: Event, row: Row, width: int) -> str:
    """Return `asked: may it turn slowly? (no word, 1d)`; a long question is cut."""
    waited = _format_wait(row, event)
    head, tail = f"{context.say('asked:')} ", f" ({context.say('no word, {time}', time=waited)})"
    room = width - cells.width(head) - cells.width(tail)
    return f"{head}{cells.truncate(question_text(event), max(room, 4), context.theme.signs.ellipsis)}{tail}"


def question_text(event: Event) -> str:
    """Return the first sentence of a note that asks something, else its first line."""
    lines = cells.sanitize_lines(event.note)
    for line in lines:
        for end in ("?", "？"):
            if end in line:
                asked = line[: line.index(end) + 1]
                start = max(asked.rfind(sign) for sign in ("。", ". ", "！", "；", "! "))
                return asked[start + 1 :].strip()
    return lines[0] if lines else ""


def _format_wait(row: Row, event: Event) -> str:
    return format_left(int((row.reading.at - event.at).total_seconds()))


def render_needs(page: TicketPage, needs: TicketNeeds) -> list[PageLine]:
    """Return the needs, a line each, for the column beside the texts."""
    if not needs:
        return []
    count = len(needs.fields) + len(needs.questions) + bool(needs.obstacle)
    before = page.say("before {key}", key=needs.key)
    lines = [SectionHead(page.say("still open"), key="open", count=count).render(page)]
    entries = [(page.label(path), before, path) for path in needs.fields]
    entries += [(needs.obstacle, before, "")] if needs.obstacle else []
    entries += [
        (
            page.say("asked: {question}", question=question_text(event)),
            page.say("no word, {time}", time=_format_wait(page.row, event)),
            "",
        )
        for event in needs.questions
    ]
    return [*lines, *(_render_need(page, *entry) for entry in entries)]


def _render_need(page: TicketPage, text: str, right: str, path: str) -> PageLine:
    signs = page.context.theme.signs
    room = max(page.text_width - cells.width(right) - 3, 8)
    fitted = cells.fit(text, room, signs.ellipsis)
    spans: StyledLine = [(f"{signs.question} ", "risk strong"), (fitted, ""), (f" {right}", "dim")]
    return PageLine(spans, parse_field_path(path) if path in FIELD_BY_PATH else None)
