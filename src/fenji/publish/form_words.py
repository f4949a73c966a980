"""The words of a service form: its labels in two languages, boxes to tick, instants and the foot. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.i18n import say
from fenji.model.ticket import sanitize
from fenji.publish.localization import format_instant

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading
    from fenji.model.ticket import Value

# Every label of the form, by the name that a template uses.
LABELS: Mapping[str, Sentence] = {
    "form": Sentence("After-sales service problem ticket"),
    "number": Sentence("Number"),
    "site": Sentence("Site"),
    "requester": Sentence("Requester"),
    "reported": Sentence("Reported"),
    "product": Sentence("Product"),
    "owner": Sentence("Owner"),
    "title": Sentence("Title"),
    "description": Sentence("Problem description"),
    "kind": Sentence("Kind"),
    "priority": Sentence("Priority"),
    "urgency": Sentence("Urgency"),
    "impact": Sentence("Impact"),
    "occurrence": Sentence("Occurrence"),
    "response": Sentence("Response time"),
    "solution_time": Sentence("Solution time"),
    "promised": Sentence("Promised"),
    "due": Sentence("Due"),
    "done": Sentence("Done"),
    "verdict": Sentence("Service level agreement met?"),
    "reason": Sentence("Reason"),
    "resources": Sentence("Coordination of resources"),
    "resource": Sentence("Resource"),
    "what": Sentence("What"),
    "quantity": Sentence("Quantity"),
    "hours": Sentence("Hours"),
    "fee": Sentence("Fee"),
    "payer": Sentence("Who pays"),
    "cause": Sentence("Cause (technical lead)"),
    "decision": Sentence("Decision (management)"),
    "solution": Sentence("Solution"),
    "result": Sentence("Result"),
    "observe_until": Sentence("Observe until"),
    "downtime": Sentence("Hours of downtime"),
    "zeroing": Sentence("Zeroing"),
    "rating": Sentence("The customer's rating"),
    "comment": Sentence("The customer's word"),
    "engineer": Sentence("Engineer"),
    "lead": Sentence("Site lead"),
    "customer": Sentence("Customer"),
    "sign": Sentence("Signature, date"),
}


class FormOptions(Struct, frozen=True):
    """How a form is made: its language and a second one, for whom, and the commit and instant named in its foot."""

    language: str
    second_language: str
    zone: tzinfo
    printed_at: datetime
    commit: str = ""
    for_customer: bool = False


class FormLabel(Struct, frozen=True):
    """A label in the form's language, and in the second language if that differs."""

    text: str
    second: str = ""


class TickBox(Struct, frozen=True):
    """A box to tick with a pen, or already ticked."""

    label: str
    ticked: bool = False


class FormWords:
    """The words of one form: labels in two languages, boxes, instants and the foot."""

    def __init__(self, options: FormOptions, policy: Policy) -> None:
        self.options, self.policy = options, policy
        self.labels = {key: self._label(sentence) for key, sentence in LABELS.items()}

    def say(self, text: str | Sentence, **values: object) -> str:
        return say(text, self.options.language, **values)

    def _label(self, sentence: Sentence) -> FormLabel:
        text, second = self.say(sentence), say(sentence, self.options.second_language)
        return FormLabel(text, "" if second == text else second)

    def boxes(self, words: Iterable[str], ticked: str = "") -> tuple[TickBox, ...]:
        return tuple(TickBox(sanitize(self.say(word)), word == ticked) for word in words)

    def verdict(self, met: bool | None) -> tuple[TickBox, ...]:  # noqa: FBT001 - three values of one thing
        return TickBox(self.say("met"), met is True), TickBox(self.say("missed"), met is False)

    def instant(self, moment: datetime | None) -> str:
        return format_instant(moment.astimezone(self.options.zone)) if moment else ""

    def computed(self, reading: ClockReading, confirmed_as: Value) -> str:
        """Return the verdict from the log, with a remark if a correction or the confirmed verdict differs."""
        state = "excused" if reading.met is False and not reading.counts else reading.state
        if state == "excused" and reading.excuse is None:
            state = "excused by a correction"
        text = self.say("System: {verdict}", verdict=self.say(state))
        other = reading.correction
        if other and other.unit:
            text = f"{text}. " + self.say(
                "Read with correction {key}: {verdict}", key=other.correction.key, verdict=other.unit
            )
        elif other:
            verdict = {True: "met", False: "missed", None: "undecided"}[other.met]
            sentence = "Read with correction {key}: {verdict}"
            text = f"{text}. " + self.say(sentence, key=other.correction.key, verdict=self.say(verdict))
        if confirmed_as is None or reading.met is None or confirmed_as == reading.met:
            return text
        then = self.say("met" if confirmed_as else "missed")
        return f"{text}. " + self.say("It was confirmed as {verdict}: what came in later changed it.", verdict=then)

    def foot(self, uid: str, *, confirmed: bool) -> str:
        printed = self.say("printed {at}", at=self.instant(self.options.printed_at))
        commit = self.say("commit {commit}", commit=self.options.commit[:10]) if self.options.commit else ""
        early = "" if confirmed else self.say("printed before confirmation")
        return " · ".join(part for part in (uid, commit, printed, early) if part)
