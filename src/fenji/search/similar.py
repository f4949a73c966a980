"""Tickets similar to a new one, and guesses for its fields.

Similarity is the share of significant words that two tickets have in common; below a threshold nothing is suggested.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.model.synonyms import synonym_key
from fenji.search.alternatives import Alternative
from fenji.search.pages import HandbookPage, SimilarTicket
from fenji.search.predict import Guess, KnownValues, collect_habits, guess_fields
from fenji.search.rank import QueryTerm, rank_pages, rarity
from fenji.search.synonyms import SynonymIndex, word_slots
from fenji.text import fold, fold_code, tokenize

if TYPE_CHECKING:
    from fenji.search.segment_reader import SegmentReader

_LOOKUP_WORDS = range(6, 24)  # least and greatest number of rarest words by which candidate pages are looked up …
_MAX_POSTINGS = 30_000  # … within these limits, as many as have no more postings than this together
_MAX_COMPARED = 24  # candidate pages that are compared word by word
_MIN_SIMILAR_PERCENT = 30  # a page below this is not shown as similar
_DUPLICATE_PERCENT = 60  # an open ticket with at least this similarity is always shown
_MAX_HABIT_WORDS = 80  # first words of the text whose tickets are counted by classification
_CONTAINED_WEIGHT = 0.7  # similarity of a page that contains all words and others too
_ENOUGH_WORDS = 2  # the rarity of a text, in words found in one ticket only, from which it counts as fully contained
LONG_TEXT_WORDS = 12  # compared words from which on a text is more than a title


class ComparedWord(NamedTuple):
    """A word that texts are compared by: as written, the term to look up, and its `alternatives` if it has synonyms.

    With alternatives, `term` is only the first of the terms it is looked up by.
    """

    written: str
    term: str
    alternatives: tuple[Alternative, ...] = ()

    @property
    def term_sets(self) -> list[set[str]]:
        """The terms of each alternative."""
        return [{term for (term,) in alternative.slots} for alternative in self.alternatives]


class Suggestion(Struct, frozen=True):
    """Similar pages, most similar first, and guesses by field: kind, impact, occurrence, priority, owner, units.

    `unsure` are guesses that are not spoken, because too many guesses of the same kind were wrong.
    """

    likes: tuple[SimilarTicket, ...] = ()
    guesses: Mapping[str, Guess] = field(default_factory=dict)
    unsure: Mapping[str, Guess] = field(default_factory=dict)
    took_ms: float = 0.0


def build_suggestion(
    segments: Sequence[SegmentReader],
    words: Mapping[str, ComparedWord],
    *,
    limit: int,
    exclude: str = "",
    known: KnownValues | None = None,
) -> Suggestion:
    """Return the `limit` pages most similar to a text of these words, and guesses for its fields.

    The page at path `exclude` does not count; `known` has the values that may be guessed, by field.
    """
    similar = find_similar(segments, words, exclude=exclude)
    written = {word.term: word.written for word in words.values()}
    term_habits = collect_habits(segments, islice(written, _MAX_HABIT_WORDS), exclude=exclude)
    guessed_fields = guess_fields(term_habits, similar, known or {})
    explained = {
        field_name: replace(guess, word=written.get(guess.word, "")) for field_name, guess in guessed_fields.items()
    }
    sure = {name: guess for name, guess in explained.items() if is_sure(name, guess, len(words))}
    unsure = {name: guess for name, guess in explained.items() if name not in sure}
    return Suggestion(_select_shown(similar, limit), sure, unsure)


def _select_shown(similar: Sequence[SimilarTicket], limit: int) -> tuple[SimilarTicket, ...]:
    """Select the most similar tickets, including an open probable duplicate: somebody is working on it already."""
    candidates = [ticket for ticket in similar if ticket.percent >= _MIN_SIMILAR_PERCENT]
    shown = sorted(candidates, key=lambda ticket: not (ticket.is_open and ticket.percent >= _DUPLICATE_PERCENT))[:limit]
    return tuple(ticket for ticket in candidates if ticket in shown)


def find_similar(
    segments: Sequence[SegmentReader], words: Mapping[str, ComparedWord], *, exclude: str = ""
) -> list[SimilarTicket]:
    """Return the pages most similar to a text of these words, best first, without the one at path `exclude`."""
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
    """Count the pages that contain a word as typed; if none does, those that contain an alternative."""

    def pages_with(term: str) -> int:
        return sum(entry.page_count for segment in segments if (entry := segment.find_entry(term)))

    if not word.alternatives:
        return pages_with(word.term)
    typed, *others = (min(map(pages_with, term_set)) for term_set in word.term_sets)
    return typed or sum(others)


def _select_lookup_words(counts: Mapping[str, int]) -> list[str]:
    """Select the rarest words: enough that few pages are missed, and few enough to be fast."""
    known_words = sorted(
        (word for word, count in counts.items() if count), key=lambda candidate: (counts[candidate], candidate)
    )
    sums = accumulate(counts[word] for word in known_words)
    affordable = sum(running_sum <= _MAX_POSTINGS for running_sum in sums)
    return known_words[: min(max(affordable, _LOOKUP_WORDS.start), _LOOKUP_WORDS.stop)]


def extract_words(text: str, synonym_index: SynonymIndex) -> dict[str, ComparedWord]:
    """Return the words that a text is compared by, in reading order; the words of a synonym group are one word."""
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
    """Return (range, text as written, term) of the terms to compare, in reading order, with stems in place of words."""
    ranked = sorted(tokenize(text), key=lambda term: term.kind == "stem")
    term_by_range = {(term.start, term.end): term.text for term in ranked if term.kind != "piece"}
    return [(text_range, text[slice(*text_range)], term_by_range[text_range]) for text_range in sorted(term_by_range)]


def _extract_page_words(text: str, synonym_sets: Mapping[str, Sequence[set[str]]]) -> set[str]:
    """Return the words of a page's text, replacing those of a synonym group in `synonym_sets` by its name."""
    words = {term for _, _, term in _locate_terms(text)}
    for name, term_sets in synonym_sets.items():
        for term_set in term_sets:
            if term_set <= words:
                words = (words - term_set) | {name}
    return words


def _compute_percent(
    rarities: Mapping[str, float], max_rarity: float, page: HandbookPage, synonym_sets: Mapping[str, Sequence[set[str]]]
) -> int:
    """Return the similarity of a page to words of given rarity, from 0 to 100.

    It is the best of three: its title, its title and description, or how much of the words it contains. `max_rarity`
    is the rarity of a word that occurs in a single page.
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
    """Return the Dice coefficient, weighted by rarity; a word not in `rarities` counts as `mean_rarity`."""
    common = _common_rarity(rarities, words)
    unmatched = mean_rarity * sum(word not in rarities for word in words)
    return 2 * common / (sum(rarities.values()) + common + unmatched)


class Line(NamedTuple):
    """The least percentage at which a guess is spoken: one from a whole text, and one from a title only."""

    text: int
    title: int


SPEAK_FROM: Mapping[str, Line] = {
    "kind": Line(65, 80),
    "priority": Line(70, 95),
    # As for the priority, which follows from them: the tickets that were measured have no impact and occurrence.
    "impact": Line(70, 95),
    "occurrence": Line(70, 95),
    "owner": Line(80, 85),
    "units": Line(80, 85),
}


_SHARED_FIELDS = ("owner", "units")


_MIN_TICKETS_FOR_TITLE = 3  # tickets that shared an owner or units; one title may stand for different problems


def is_sure(field_name: str, guess: Guess, word_count: int) -> bool:
    """Return whether a guess for a field is spoken; `word_count` is the number of words in the text it is made from."""
    line = SPEAK_FROM[field_name]
    if word_count >= LONG_TEXT_WORDS:
        return guess.percent >= line.text
    has_evidence = field_name not in _SHARED_FIELDS or guess.count >= _MIN_TICKETS_FOR_TITLE
    return has_evidence and guess.percent >= line.title
