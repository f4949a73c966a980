"""What is like a new ticket, and by that what it probably is.

Likeness is the share of telling words that two tickets have in common. Where nothing is like enough, nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from fenji.model.synonyms import synonym_key
from fenji.search.alternatives import Alternative
from fenji.search.predict import Guess, KnownValues, guess_fields
from fenji.search.rank import QueryTerm, rank_pages, rarity
from fenji.search.synonyms import SynonymIndex, word_slots
from fenji.search.term_habits import collect_habits
from fenji.text import fold, fold_code, tokenize

if TYPE_CHECKING:
    from fenji.search.pages import HandbookPage
    from fenji.search.segment_reader import SegmentReader

_LOOKUP_WORDS = range(6, 24)  # most telling words by which likely pages are looked up, at least and at most …
_MAX_POSTINGS = 30_000  # … as many as have that many postings together
_MAX_COMPARED = 24  # likely pages that are compared word by word
_MIN_SIMILAR_PERCENT = 30  # per cent from which a page is called like it
_DUPLICATE_PERCENT = 60  # per cent from which an open one is shown in any case
_CLOSED_STATES = ("archived", "withdrawn")
_MAX_HABIT_WORDS = 80  # words, from the beginning of the text on, of which it is counted what their tickets were
_CONTAINED_WEIGHT = 0.7  # what it counts that all words stand somewhere in the page, not only in its title
_ENOUGH_WORDS = 2  # words that stand in one ticket alone, or as much in commoner ones: so many count in full


@dataclass(frozen=True)
class SimilarTicket:
    """A page that is like the text, and how much, up to 100 per cent."""

    page: HandbookPage
    percent: int

    @property
    def id(self) -> str:
        return self.page.id

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def path(self) -> str:
        return self.page.path

    @property
    def is_open(self) -> bool:
        return self.page.state not in _CLOSED_STATES


class ComparedWord(NamedTuple):
    """A word that texts are compared by: how it is written, the term to look up, and the `ways` where it has synonyms.

    With ways the term is only the first of those it may be looked up by.
    """

    written: str
    term: str
    alternatives: tuple[Alternative, ...] = ()

    @property
    def term_sets(self) -> list[set[str]]:
        """The terms of each way."""
        return [{term for (term,) in alternative.slots} for alternative in self.alternatives]


@dataclass(frozen=True)
class Suggestion:
    """Pages like the text, the likest first, and guesses by field: kind, impact, occurrence, priority, owner, units."""

    likes: tuple[SimilarTicket, ...] = ()
    guesses: Mapping[str, Guess] = field(default_factory=dict)
    took_ms: float = 0.0


def build_suggestion(
    segments: Sequence[SegmentReader],
    words: Mapping[str, ComparedWord],
    *,
    limit: int,
    exclude: str = "",
    known: KnownValues | None = None,
) -> Suggestion:
    """The `limit` pages most like a text of these words, and what it probably is.

    The page at path `exclude` does not count; `known` holds the values that may be guessed, by field.
    """
    similar = find_similar(segments, words, exclude=exclude)
    written = {word.term: word.written for word in words.values()}
    term_habits = collect_habits(segments, islice(written, _MAX_HABIT_WORDS), exclude=exclude)
    guessed_fields = guess_fields(term_habits, similar, known or {})
    explained = {
        field_name: replace(guess, word=written.get(guess.word, "")) for field_name, guess in guessed_fields.items()
    }
    return Suggestion(_select_shown(similar, limit), explained)


def _select_shown(similar: Sequence[SimilarTicket], limit: int) -> tuple[SimilarTicket, ...]:
    """The likest, among them an open one that is probably the same: somebody is at it already."""
    candidates = [ticket for ticket in similar if ticket.percent >= _MIN_SIMILAR_PERCENT]
    shown = sorted(candidates, key=lambda ticket: not (ticket.is_open and ticket.percent >= _DUPLICATE_PERCENT))[:limit]
    return tuple(ticket for ticket in candidates if ticket in shown)


def find_similar(
    segments: Sequence[SegmentReader], words: Mapping[str, ComparedWord], *, exclude: str = ""
) -> list[SimilarTicket]:
    """The pages most like a text of these words, but not the one at path `exclude`; the likest first."""
    page_count = sum(segment.page_count for segment in segments)
    counts = {name: _count_pages(segments, word) for name, word in words.items()}
    rarities = {name: rarity(count, page_count) for name, count in counts.items()}
    max_rarity = rarity(1, page_count)
    query_terms = [
        QueryTerm(
            "" if words[name].alternatives else words[name].term, rarities[name], alternatives=words[name].alternatives
        )
        for name in _select_lookup_words(counts)
    ]
    _, ranked = rank_pages(segments, query_terms, limit=_MAX_COMPARED + 1, allowed=lambda _: None)
    synonym_sets = {name: word.term_sets for name, word in words.items() if word.alternatives}
    compared = [
        SimilarTicket(page, _compute_percent(rarities, max_rarity, page, synonym_sets))
        for ranked_page in ranked
        if (page := ranked_page.segment.read_page(ranked_page.number)).path != exclude
    ]
    return sorted(compared, key=lambda ticket: (-ticket.percent, ticket.id))


def _count_pages(segments: Sequence[SegmentReader], word: ComparedWord) -> int:
    """How many pages hold a word as it was typed; where none does, in the other ways."""

    def pages_with(term: str) -> int:
        return sum(entry.page_count for segment in segments if (entry := segment.find_entry(term)))

    if not word.alternatives:
        return pages_with(word.term)
    typed, *others = (min(map(pages_with, term_set)) for term_set in word.term_sets)
    return typed or sum(others)


def _select_lookup_words(counts: Mapping[str, int]) -> list[str]:
    """The most telling words: so many that few pages are missed, and few enough that it is quick."""
    known_words = sorted(
        (word for word, count in counts.items() if count), key=lambda candidate: (counts[candidate], candidate)
    )
    sums = accumulate(counts[word] for word in known_words)
    affordable = sum(running_sum <= _MAX_POSTINGS for running_sum in sums)
    return known_words[: min(max(affordable, _LOOKUP_WORDS.start), _LOOKUP_WORDS.stop)]


def extract_words(text: str, synonym_index: SynonymIndex) -> dict[str, ComparedWord]:
    """The words that a text is compared by, those of one of the groups as one, in reading order."""
    synonyms_by_range = synonym_index.find_ranges(fold(text), [term for term in tokenize(text) if term.kind != "piece"])
    words: dict[str, ComparedWord] = {}
    ended = -1
    for (start, end), written, term in _locate_terms(text):
        enclosing = [text_range for text_range in synonyms_by_range if text_range[0] <= start and end <= text_range[1]]
        if not enclosing:
            words.setdefault(term, ComparedWord(written, term))
            continue
        first, last = max(enclosing, key=lambda text_range: text_range[1] - text_range[0])
        if first >= ended:
            ended = last
            wordings = [text[first:last], *synonyms_by_range[first, last]]
            alternatives = tuple(Alternative(required) for wording in wordings if (required := word_slots(wording)))
            words.setdefault("=" + min(map(synonym_key, wordings)), ComparedWord(text[first:last], term, alternatives))
    return words


def _locate_terms(text: str) -> list[tuple[tuple[int, int], str, str]]:
    """The terms that compare two texts, in reading order, each with its place and how it is written; a word's stem."""
    ranked = sorted(tokenize(text), key=lambda term: term.kind == "stem")
    term_by_range = {(term.start, term.end): term.text for term in ranked if term.kind != "piece"}
    return [(text_range, text[slice(*text_range)], term_by_range[text_range]) for text_range in sorted(term_by_range)]


def _extract_page_words(text: str, synonym_sets: Mapping[str, Sequence[set[str]]]) -> set[str]:
    """The words of a page's text, those of one of the groups that were asked for as one."""
    words = {term for _, _, term in _locate_terms(text)}
    for name, term_sets in synonym_sets.items():
        for term_set in term_sets:
            if term_set <= words:
                words = (words - term_set) | {name}
    return words


def _compute_percent(
    rarities: Mapping[str, float], max_rarity: float, page: HandbookPage, synonym_sets: Mapping[str, Sequence[set[str]]]
) -> int:
    """How like a page is to words of given rarity: its title, title and description, or that it holds them all.

    `most` is the rarity of a word that stands in one page alone.
    """
    total_rarity = sum(rarities.values())
    mean_rarity = max(total_rarity / len(rarities), max_rarity / 4)
    title = _extract_page_words(page.title, synonym_sets)
    codes = {fold_code(number) for number in (page.part, page.serial) if fold_code(number) in rarities}
    body = title | _extract_page_words(page.texts.get("description", ""), synonym_sets) | codes
    contained = (
        _CONTAINED_WEIGHT
        * min(1.0, total_rarity / (_ENOUGH_WORDS * max_rarity))
        * _common_rarity(rarities, body)
        / total_rarity
    )
    return round(100 * max(_overlap(rarities, title, mean_rarity), _overlap(rarities, body, mean_rarity), contained))


def _common_rarity(rarities: Mapping[str, float], words: Collection[str]) -> float:
    return sum(word_rarity for word, word_rarity in rarities.items() if word in words)


def _overlap(rarities: Mapping[str, float], words: Collection[str], mean_rarity: float) -> float:
    """Twice what is common over all there is (Dice); of the other words each is as rare as the mean."""
    common = _common_rarity(rarities, words)
    unmatched = mean_rarity * sum(word not in rarities for word in words)
    return 2 * common / (sum(rarities.values()) + common + unmatched)
