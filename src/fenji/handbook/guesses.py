"""What a new ticket probably is, weighed from what tickets like it were and what tickets with its words mostly were.

Three things speak for a value: how many of all tickets had it; words whose tickets had it clearly more or less often
than all do; and tickets like the text, each by the fourth power of its likeness, so that one that is nearly the same
outweighs a dozen that share some words. Nothing is learned beforehand: all of it is counted when it is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fenji.handbook.habits import Habits
    from fenji.handbook.judgements import Judgement, Tally
    from fenji.handbook.likeness import Like
    from fenji.handbook.pages import Page

_EVIDENCE = 20  # per cent that the likest ticket must have, else the archive knows nothing of the text …
_BESIDE = 15  # … and the others, to be told of as like it
_CLOSE = 0.4  # of the likeness of the likest from which a ticket speaks beside it
_SURE = 80  # per cent at which one ticket alone is evidence enough for a person or unit
_NEAR = 20  # tickets that have a say
_TOLD = 10  # tickets that are told of
_STEEP = 4  # power of the likeness by which a ticket counts
_WEIGHT = 0.14  # what all tickets and the words count in a large archive: as one ticket that is 61 per cent like it
_LARGE = 100  # tickets of an archive in which they count half of that
_TELLING = 3.0  # standard deviations from which a word is telling; chance does that to one in 370
_FEWEST = 3  # tickets with a word that it takes
_DAMPED = 10.0  # tickets, judged as all are, that are added to those with a word
_COMPANY = 0.4  # what a word counts: words come in company, and are no independent witnesses
_AGREED = 0.6  # of the tickets like it, by weight, that must agree on a person or unit

Value = tuple[str, ...]  # of one field, or of several that go together; `()` where it is not known
Reading = Callable[["Judgement | Page"], Value]
Known = Mapping[str, Collection[str]]  # the values that may be guessed, by field; any where a field is missing


@dataclass(frozen=True)
class Guess:
    """What a ticket probably is: `values` (several only for units), by so many `percent`, and why.

    `count` `of` the tickets like it had them; or of those with `word`, where that is given.
    """

    values: Value
    count: int
    of: int
    percent: int
    word: str = ""

    @property
    def value(self) -> str:
        return self.values[0]


class _Word(NamedTuple):
    """What a word says: how many of its tickets had each value, and how much that raises the odds of each."""

    word: str
    counts: Counter[Value]
    raises: Mapping[Value, float]


class _Weighed(NamedTuple):
    """How likely each value is, and the words that had a say."""

    chances: Mapping[Value, float]
    words: Sequence[_Word]

    @property
    def likeliest(self) -> Value:
        return max(self.chances, key=lambda one: (self.chances[one], one), default=())


def guesses(habits: Habits, found: Sequence[Like], known: Known) -> dict[str, Guess]:
    """What is probable, by field; where nothing is known of a field it is missing. `found`: the likest first."""
    near = [one for one in found if one.page.state != "withdrawn"][:_NEAR]
    if not near or near[0].percent < _EVIDENCE:
        return {}
    ask = _Asked(habits, near, known)
    priority = ask.single("priority")
    impact, occurrence = ask.axes(priority.value if priority else "")
    each = {
        "kind": ask.single("kind"),
        "impact": impact,
        "occurrence": occurrence,
        "priority": priority,
        "owner": ask.shared(lambda page: (page.owner,), "owner"),
        "units": ask.shared(lambda page: page.units, "units"),
    }
    return {name: guess for name, guess in each.items() if guess}


class _Asked:
    """The evidence for one text, asked field by field. Values that are not known any more do not count."""

    def __init__(self, habits: Habits, near: Sequence[Like], known: Known) -> None:
        self._habits, self._near, self._known = habits, near, known

    def single(self, name: str, *, value: Value = ()) -> Guess | None:
        """The guess for one field: its likeliest value, or the one that is given."""
        reading = partial(self._value, name)
        weighed = _weighed(self._habits, self._near, reading)
        told = [[reading(one.page) for one in some] for some in _told(self._near)]
        return _explained(weighed, value or weighed.likeliest, told)

    def axes(self, level: str) -> tuple[Guess | None, Guess | None]:
        """Impact and occurrence, the likeliest two of tickets of that priority: so all three agree."""
        pair = _weighed(self._habits, self._near, partial(self._pair, level)).likeliest
        if not pair:
            return None, None
        return self.single("impact", value=pair[:1]), self.single("occurrence", value=pair[1:])

    def shared(self, reading: Callable[[Page], Value], name: str) -> Guess | None:
        """The persons or units that most of the tickets told of share."""
        told = [
            (one.percent, tuple(filter(partial(self._knows, name), reading(one.page)))) for one in _told(self._near)[0]
        ]
        return _shared([(percent, values) for percent, values in told if values])

    def _knows(self, name: str, value: str) -> bool:
        return bool(value) and (name not in self._known or value in self._known[name])

    def _value(self, name: str, one: Judgement | Page) -> Value:
        value: str = getattr(one, name)
        return (value,) if self._knows(name, value) else ()

    def _pair(self, level: str, one: Judgement | Page) -> Value:
        both = self._value("impact", one) + self._value("occurrence", one)
        return both if len(both) == 2 and level in ("", one.priority) else ()


# --- weighing -----------------------------------------------------------------------------------------------------


def _weighed(habits: Habits, near: Sequence[Like], reading: Reading) -> _Weighed:
    """Weigh the usual, corrected by telling words, against the tickets like the text."""
    usual = _counted(habits.all, reading)
    total = usual.total()
    shares = {value: count / total for value, count in usual.items()}
    words = [_word(word, _counted(tally, reading), shares) for word, tally in habits.words.items()]
    telling = [one for one in words if one.raises]
    votes = _corrected(shares, telling, _WEIGHT * total / (total + _LARGE))
    for one in near:
        if value := reading(one.page):
            votes[value] = votes.get(value, 0.0) + (one.percent / 100) ** _STEEP
    whole = sum(votes.values())
    return _Weighed({value: vote / whole for value, vote in votes.items()}, telling)


def _counted(tally: Tally, reading: Reading) -> Counter[Value]:
    found: Counter[Value] = Counter()
    for one, count in tally.items():
        if value := reading(one):
            found[value] += count
    return found


def _word(word: str, counts: Counter[Value], shares: Mapping[Value, float]) -> _Word:
    """What a word says: nothing, where its tickets were judged much as all are."""
    of = counts.total()
    if of < _FEWEST or not any(_differs(counts[value], of, share) for value, share in shares.items()):
        return _Word(word, counts, {})
    raises = {
        value: _COMPANY * log((counts[value] + _DAMPED * share) / ((of + _DAMPED) * share))
        for value, share in shares.items()
    }
    return _Word(word, counts, raises)


def _differs(count: int, of: int, share: float) -> bool:
    """Whether chance hardly makes `count` of so many where the share in all tickets is this."""
    return abs(count - of * share) >= _TELLING * sqrt(of * share * (1 - share)) > 0


def _corrected(shares: Mapping[Value, float], words: Sequence[_Word], weight: float) -> dict[Value, float]:
    """The usual shares as the words correct them, together of that weight."""
    odds = {value: log(share) + sum(one.raises[value] for one in words) for value, share in shares.items()}
    highest = max(odds.values(), default=0.0)
    raised = {value: exp(one - highest) for value, one in odds.items()}
    whole = sum(raised.values())
    return {value: weight * one / whole for value, one in raised.items()}


# --- the evidence that is told ------------------------------------------------------------------------------------


def _told(near: Sequence[Like]) -> tuple[list[Like], list[Like]]:
    """The tickets that are told of: the likest and those that are not much less like the text, or else all like it."""
    like = [one for one in near if one.percent >= _BESIDE]
    return [one for one in like if one.percent >= _CLOSE * like[0].percent][:_TOLD], like


def _explained(weighed: _Weighed, value: Value, told: Sequence[Sequence[Value]]) -> Guess | None:
    """The guess with the evidence that says most for it; None where there is none.

    That is the tickets told of, where half of them had it; else the word that raises it most; else some of the tickets.
    """
    if not value:
        return None
    percent = round(100 * weighed.chances[value])
    judged = [[one for one in some if one] for some in told]
    close, all_ = (Guess(value, known.count(value), len(known), percent) for known in judged)
    word = max(weighed.words, key=lambda one: one.raises.get(value, 0.0), default=None)
    if close.of and close.count >= min(close.of, max(2, close.of / 2)):
        return close
    if word and word.raises.get(value, 0.0) > 0:
        return Guess(value, word.counts[value], word.counts.total(), percent, word.word)
    return next((one for one in (close, all_) if one.count > 1), None)


# --- persons and units --------------------------------------------------------------------------------------------


def _shared(told: Sequence[tuple[int, Value]]) -> Guess | None:
    """What most tickets share, each so many per cent like it: three, both of two, or one that is nearly the same."""
    whole = sum(percent for percent, _ in told)
    holders = Counter(value for _, values in told for value in values)
    votes: Counter[str] = Counter()
    for percent, values in told:
        votes.update(dict.fromkeys(values, percent))
    agreed = tuple(
        value
        for value, vote in votes.most_common()
        if vote >= _AGREED * whole and (holders[value] > 2 or holders[value] == len(told) == 2 or told[0][0] >= _SURE)
    )
    if not agreed:
        return None
    least = min(agreed, key=lambda one: holders[one])
    return Guess(agreed, holders[least], len(told), round(100 * votes[least] / whole))
