"""Guesses for the fields of a new ticket, from similar tickets and from tickets that contain its words.

Three kinds of evidence count for a value: its share among all tickets; words whose tickets have it clearly more or
less often; and similar tickets, each by the fourth power of its similarity, so that one near-duplicate outweighs a
dozen that share a few words. Nothing is trained in advance: everything is counted at query time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from fenji.search.columns import Classification, ClassificationCounts
    from fenji.search.pages import HandbookPage, SimilarTicket
    from fenji.search.segment_reader import SegmentReader

_MIN_BEST_PERCENT = 20  # similarity of the best ticket below which nothing is guessed …
_MIN_PERCENT = 15  # … and of any ticket below which it is not cited
_CLOSE_SHARE = 0.4  # a ticket with this share of the best similarity is cited next to the best
_SURE_PERCENT = 80  # similarity at which a single ticket is evidence enough for a person or unit
_MAX_VOTERS = 20  # similar tickets that vote
_MAX_CITED = 10  # similar tickets that are cited
_VOTE_POWER = 4  # a ticket votes with this power of its similarity
# Weight of the prior (all tickets, corrected by words) in a large archive: that of one ticket 61 per cent similar.
_PRIOR_WEIGHT = 0.14
_PRIOR_HALF_SIZE = 100  # number of tickets in an archive at which the prior has half that weight
_MIN_DEVIATIONS = 3.0  # standard deviations that make a word significant; by chance it happens to one word in 370
_MIN_TICKETS = 3  # a word in fewer tickets does not count
_SMOOTHING_TICKETS = 10.0  # tickets with the usual shares that are added to those with a word
_WORD_DISCOUNT = 0.4  # weight of the evidence of words, which occur together and are not independent
_AGREEMENT_SHARE = 0.6  # share of the similar tickets, by weight, that must agree on a person or unit

FieldValues = tuple[str, ...]  # values of one field, or of several that go together; `()` if unknown
ValueReader = Callable[["Classification | HandbookPage"], FieldValues]
KnownValues = Mapping[str, Collection[str]]  # the values that may be guessed, by field; any if a field is missing


class Guess(Struct, frozen=True):
    """A guess for one field: `values` (several only for units), their probability in `percent`, and the evidence.

    `count` of `of` similar tickets had these values, or of the tickets that contain `word` if that is given.
    """

    values: FieldValues
    count: int
    of: int
    percent: int
    word: str = ""

    @property
    def value(self) -> str:
        return self.values[0]


class _WordEvidence(NamedTuple):
    """The evidence of one word: how many of its tickets had each value, and the log odds it adds to each value."""

    word: str
    counts: Counter[FieldValues]
    boosts: Mapping[FieldValues, float]


class _WeighedValues(NamedTuple):
    """The probability of each value, and the words that contributed to it."""

    probabilities: Mapping[FieldValues, float]
    words: Sequence[_WordEvidence]

    @property
    def likeliest(self) -> FieldValues:
        return max(self.probabilities, key=lambda values: (self.probabilities[values], values), default=())


def guess_fields(habits: TermHabits, similar: Sequence[SimilarTicket], known: KnownValues) -> dict[str, Guess]:
    """Guess fields from `similar` tickets (most similar first) and word habits; a field without a guess is absent."""
    neighbours = [ticket for ticket in similar if ticket.page.state != "withdrawn"][:_MAX_VOTERS]
    if not neighbours or neighbours[0].percent < _MIN_BEST_PERCENT:
        return {}
    evidence = _Evidence(habits, neighbours, known)
    priority = evidence.guess_field("priority")
    impact, occurrence = evidence.guess_axes(priority.value if priority else "")
    guess_by_field = {
        "kind": evidence.guess_field("kind"),
        "impact": impact,
        "occurrence": occurrence,
        "priority": priority,
        "owner": evidence.guess_shared(lambda page: (page.owner,), "owner"),
        "units": evidence.guess_shared(lambda page: page.units, "units"),
    }
    return {field_name: guess for field_name, guess in guess_by_field.items() if guess}


class _Evidence:
    """The evidence for one text, queried field by field. Values that are no longer known do not count."""

    def __init__(self, habits: TermHabits, neighbours: Sequence[SimilarTicket], known: KnownValues) -> None:
        self._habits, self._neighbours, self._known = habits, neighbours, known

    def guess_field(self, field_name: str, *, value: FieldValues = ()) -> Guess | None:
        """Return the guess for one field: its most likely value, or the given one."""
        read_value = partial(self._known_value, field_name)
        weighed = _weigh(self._habits, self._neighbours, read_value)
        cited_values = [[read_value(ticket.page) for ticket in tickets] for tickets in _cited(self._neighbours)]
        return _explain(weighed, value or weighed.likeliest, cited_values)

    def guess_axes(self, priority: str) -> tuple[Guess | None, Guess | None]:
        """Guess impact and occurrence as a pair among tickets of that priority, so that all three agree."""
        pair = _weigh(self._habits, self._neighbours, partial(self._axes_of, priority)).likeliest
        if not pair:
            return None, None
        return self.guess_field("impact", value=pair[:1]), self.guess_field("occurrence", value=pair[1:])

    def guess_shared(self, read_values: Callable[[HandbookPage], FieldValues], field_name: str) -> Guess | None:
        """Return the persons or units that most of the cited tickets share."""
        cited = [
            (ticket.percent, tuple(filter(partial(self._is_known, field_name), read_values(ticket.page))))
            for ticket in _cited(self._neighbours)[0]
        ]
        return _most_shared([(percent, values) for percent, values in cited if values])

    def _is_known(self, field_name: str, value: str) -> bool:
        return bool(value) and (field_name not in self._known or value in self._known[field_name])

    def _known_value(self, field_name: str, source: Classification | HandbookPage) -> FieldValues:
        value: str = getattr(source, field_name)
        return (value,) if self._is_known(field_name, value) else ()

    def _axes_of(self, priority: str, source: Classification | HandbookPage) -> FieldValues:
        both = self._known_value("impact", source) + self._known_value("occurrence", source)
        return both if len(both) == 2 and priority in ("", source.priority) else ()


# --- weighing -----------------------------------------------------------------------------------------------------


def _weigh(habits: TermHabits, neighbours: Sequence[SimilarTicket], read_value: ValueReader) -> _WeighedValues:
    """Weigh the usual shares, corrected by significant words, against the votes of similar tickets."""
    usual_counts = _count_values(habits.all, read_value)
    total = usual_counts.total()
    shares = {value: count / total for value, count in usual_counts.items()}
    counts_by_word = ((word, _count_values(pages, read_value)) for word, pages in habits.words.items())
    words = [_weigh_word(word, counts, shares) for word, counts in counts_by_word]
    telling = [word for word in words if word.boosts]
    votes = _correct(shares, telling, _PRIOR_WEIGHT * total / (total + _PRIOR_HALF_SIZE))
    for ticket in neighbours:
        if value := read_value(ticket.page):
            votes[value] = votes.get(value, 0.0) + (ticket.percent / 100) ** _VOTE_POWER
    vote_sum = sum(votes.values())
    return _WeighedValues({value: vote / vote_sum for value, vote in votes.items()}, telling)


def _count_values(classifications: ClassificationCounts, read_value: ValueReader) -> Counter[FieldValues]:
    counts: Counter[FieldValues] = Counter()
    for classification, count in classifications.items():
        if value := read_value(classification):
            counts[value] += count
    return counts


def _weigh_word(word: str, counts: Counter[FieldValues], shares: Mapping[FieldValues, float]) -> _WordEvidence:
    """Return the evidence of a word; it has no `boosts` if the word's tickets have the usual shares."""
    total = counts.total()
    if total < _MIN_TICKETS or not any(_deviates(counts[value], total, share) for value, share in shares.items()):
        return _WordEvidence(word, counts, {})
    boosts = {
        value: _WORD_DISCOUNT
        * log((counts[value] + _SMOOTHING_TICKETS * share) / ((total + _SMOOTHING_TICKETS) * share))
        for value, share in shares.items()
    }
    return _WordEvidence(word, counts, boosts)


def _deviates(count: int, total: int, share: float) -> bool:
    """Return whether `count` of `total` is unlikely to be chance, given the `share` among all tickets."""
    return abs(count - total * share) >= _MIN_DEVIATIONS * sqrt(total * share * (1 - share)) > 0


def _correct(
    shares: Mapping[FieldValues, float], words: Sequence[_WordEvidence], weight: float
) -> dict[FieldValues, float]:
    """Correct the usual shares by the words; the result sums to `weight`."""
    log_odds = {value: log(share) + sum(word.boosts[value] for word in words) for value, share in shares.items()}
    highest = max(log_odds.values(), default=0.0)
    relative_odds = {value: exp(value_odds - highest) for value, value_odds in log_odds.items()}
    total = sum(relative_odds.values())
    return {value: weight * value_odds / total for value, value_odds in relative_odds.items()}


# --- the evidence that is shown -----------------------------------------------------------------------------------


def _cited(neighbours: Sequence[SimilarTicket]) -> tuple[list[SimilarTicket], list[SimilarTicket]]:
    """Return the tickets to cite: those nearly as similar as the best one, and all that are similar."""
    similar = [ticket for ticket in neighbours if ticket.percent >= _MIN_PERCENT]
    return [ticket for ticket in similar if ticket.percent >= _CLOSE_SHARE * similar[0].percent][:_MAX_CITED], similar


def _explain(
    weighed: _WeighedValues, value: FieldValues, cited_values: Sequence[Sequence[FieldValues]]
) -> Guess | None:
    """Return the guess with its strongest evidence; None if there is none.

    That is the closest tickets if half of them had the value, else the word that raises its odds most, else tickets
    again if two or more of them had it.
    """
    if not value:
        return None
    percent = round(100 * weighed.probabilities[value])
    known_values = [[values for values in cited if values] for cited in cited_values]
    close, overall = (Guess(value, values.count(value), len(values), percent) for values in known_values)
    evidence = max(weighed.words, key=lambda candidate: candidate.boosts.get(value, 0.0), default=None)
    if close.of and close.count >= min(close.of, max(2, close.of / 2)):
        return close
    if evidence and evidence.boosts.get(value, 0.0) > 0:
        return Guess(value, evidence.counts[value], evidence.counts.total(), percent, evidence.word)
    return next((guess for guess in (close, overall) if guess.count > 1), None)


# --- persons and units --------------------------------------------------------------------------------------------


def _most_shared(cited: Sequence[tuple[int, FieldValues]]) -> Guess | None:
    """Return the values that most of the cited tickets, (percent, values) pairs, share; None if too few agree.

    Three tickets must have a value, or both if there are only two, or the best one must be a near-duplicate.
    """
    total_percent = sum(percent for percent, _ in cited)
    holders = Counter(value for _, values in cited for value in values)
    votes: Counter[str] = Counter()
    for percent, values in cited:
        votes.update(dict.fromkeys(values, percent))
    agreed = tuple(
        value
        for value, vote in votes.most_common()
        if vote >= _AGREEMENT_SHARE * total_percent
        and (holders[value] > 2 or holders[value] == len(cited) == 2 or cited[0][0] >= _SURE_PERCENT)
    )
    if not agreed:
        return None
    least = min(agreed, key=lambda value: holders[value])
    return Guess(agreed, holders[least], len(cited), round(100 * votes[least] / total_percent))


class TermHabits(NamedTuple):
    """The classifications of all tickets, and of those that contain each word."""

    all: ClassificationCounts
    words: Mapping[str, ClassificationCounts]


def collect_habits(segments: Sequence[SegmentReader], words: Iterable[str], *, exclude: str = "") -> TermHabits:
    """Count classifications in these segments, for all tickets and by word, without the ticket at path `exclude`.

    For a word in thousands of tickets a sample of a thousand is counted, taken from the whole archive.
    """
    skipped = [_skipped_pages(segment, exclude) for segment in segments]
    total: ClassificationCounts = Counter()
    for segment, skip in zip(segments, skipped, strict=True):
        total += segment.classifications.all - segment.classifications.count(skip)
    return TermHabits(total, {word: _count_with_word(word, segments, skipped) for word in words})


def _skipped_pages(segment: SegmentReader, exclude: str) -> frozenset[int]:
    """Return the pages of a segment that do not count: hidden ones, and the ticket at path `exclude`."""
    own = (number for path, _, number in segment.known_files(exclude) if path == exclude) if exclude else ()
    return segment.hidden.union(own)


def _count_with_word(
    word: str, segments: Sequence[SegmentReader], skipped: Sequence[frozenset[int]]
) -> ClassificationCounts:
    counts: ClassificationCounts = Counter()
    for segment, skip in zip(segments, skipped, strict=True):
        if entry := segment.find_entry(word):
            pages = segment.sample(entry)
            counts += segment.classifications.count([page for page in pages if page not in skip] if skip else pages)
    return counts
