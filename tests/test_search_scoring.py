"""The ranking against its definition, and against Whoosh's own search over the same postings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fenji.search.posting_format import FULL_WEIGHT
from fenji.search.rank import QueryTerm, rank_pages, rarity
from fenji.search.whoosh_format import whoosh_module
from handbooks import build_index, make_page

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.search import SearchIndex
    from fenji.search.segment_reader import SegmentReader

WORDS = [f"qu{letter}x{other}" for letter in "bcdfghkmnp" for other in "bdfgkz"]
PAGES = 2600  # so many that some words are too common to find pages by themselves


def make_texts() -> list[str]:
    """Pages of 3 to 40 words; the first words of the list stand in most of them."""
    rng = random.Random(7)
    weights = [1 / (1 + rank) for rank in range(len(WORDS))]
    return [" ".join(rng.choices(WORDS, weights, k=rng.randint(3, 40))) for _ in range(PAGES)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    folder = tmp_path_factory.mktemp("index")
    with build_index(
        folder, *(make_page(number, description=text) for number, text in enumerate(make_texts()))
    ) as index:
        index.update(
            [make_page(number, description=f"{WORDS[5]} {WORDS[40]}", digest="new") for number in range(0, 100, 7)]
        )
        yield index


@pytest.fixture
def readers(book: SearchIndex) -> Iterator[list[SegmentReader]]:
    with book.open_segments() as opened:
        yield opened


def make_queries() -> list[list[str]]:
    rng = random.Random(11)
    return [rng.sample(WORDS, rng.randint(1, 6)) for _ in range(80)]


def weigh_terms(readers: list[SegmentReader], terms: list[str]) -> list[QueryTerm]:
    pages = sum(reader.page_count for reader in readers)
    counts = {word: sum(entry.page_count for reader in readers if (entry := reader.find_entry(word))) for word in terms}
    return [QueryTerm(word, rarity(counts[word], pages)) for word in terms]


def score_by_definition(
    readers: list[SegmentReader], asked: list[QueryTerm], *, of: list[QueryTerm]
) -> dict[tuple[str, int], float]:
    """Every page that holds a word of `of`, and its score over all that was asked."""
    scores: dict[tuple[str, int], float] = {}
    may: set[tuple[str, int]] = set()
    for term in asked:
        for reader in readers:
            entry = reader.find_entry(term.term)
            for page, weight in zip(*reader.postings(entry), strict=True) if entry else ():
                scores[reader.name, page] = scores.get((reader.name, page), 0.0) + term.rarity * weight / FULL_WEIGHT
                may |= {(reader.name, page)} if term in of else set()
    gone = {(reader.name, page) for reader in readers for page in reader.hidden}
    return {page_key: scores[page_key] for page_key in may - gone}


@pytest.mark.parametrize("most", [1, 10, 5000])
def test_the_best_are_those_of_the_definition(readers: list[SegmentReader], most: int) -> None:
    for terms in make_queries():
        asked = weigh_terms(readers, terms)
        counts = {
            term: sum(entry.page_count for reader in readers if (entry := reader.find_entry(term.term)))
            for term in asked
        }
        telling = [term for term in asked if 0 < counts[term] <= 1000] or asked
        total, hits = rank_pages(readers, asked, limit=most, allowed=lambda _: None)
        scores = score_by_definition(readers, asked, of=telling)
        assert total == len(scores)
        assert [hit.score for hit in hits] == pytest.approx(sorted(scores.values(), reverse=True)[:most])
        assert [scores[hit.segment.name, hit.number] for hit in hits] == pytest.approx([hit.score for hit in hits])


def test_only_what_is_allowed_is_found(readers: list[SegmentReader]) -> None:
    for terms in make_queries()[:20]:
        total, hits = rank_pages(
            readers, weigh_terms(readers, terms), limit=5000, allowed=lambda reader: set(range(0, reader.page_count, 3))
        )
        assert total == len(hits)
        assert all(hit.number % 3 == 0 for hit in hits)


def write_whoosh_index(readers: list[SegmentReader], folder: Path) -> Any:
    """An index in Whoosh's own format, of the words and weights that the readers give."""
    fields, indexes, codec = whoosh_module("fields"), whoosh_module("index"), whoosh_module("codec.whoosh3").W3Codec()
    body = fields.KEYWORD(scorable=True)
    body.format = whoosh_module("formats").Existence()
    schema, segments = fields.Schema(body=body), []
    storage = whoosh_module("filedb.filestore").FileStorage(str(folder))
    for reader in readers:
        segment = codec.new_segment(storage, "MAIN")
        segment.set_doc_count(reader.page_count)
        for page in reader.hidden:
            segment.delete_document(page)
        records, terms = codec.per_document_writer(storage, segment), codec.field_writer(storage, segment)
        for page in range(reader.page_count):
            records.start_doc(page)
            records.finish_doc()
        terms.start_field("body", body)
        for word in sorted(WORDS):
            if entry := reader.find_entry(word):
                terms.start_term(word.encode())
                for page, weight in zip(*reader.postings(entry), strict=True):
                    terms.add(page, weight, b"", None)
                terms.finish_term()
        terms.finish_field()
        terms.close()
        records.close()
        segments.append(segment)
    indexes.TOC(schema, segments, 1).write(storage, "MAIN")
    return indexes.open_dir(str(folder))


def test_whoosh_itself_ranks_the_same_postings_the_same(readers: list[SegmentReader], tmp_path: Path) -> None:
    _scoring, query = whoosh_module("scoring"), whoosh_module("query")
    rarities = {term.term: term.rarity for terms in make_queries() for term in weigh_terms(readers, terms)}

    class Scorer:
        def __init__(self, share: float) -> None:
            self.share = share

        def score(self, matcher: Any) -> float:
            return float(self.share * matcher.weight())

        def max_quality(self) -> float:
            return self.share * FULL_WEIGHT

        def block_quality(self, _: Any) -> float:
            return self.share * FULL_WEIGHT

        def supports_block_quality(self) -> bool:
            return True

    class Weighting:
        use_final = False

        def scorer(self, *place: Any, **_: Any) -> Scorer:
            return Scorer(rarities[place[2].decode()] / FULL_WEIGHT)

    index = write_whoosh_index(readers, tmp_path)
    with index.searcher(weighting=Weighting()) as searcher:
        for terms in make_queries():
            asked = weigh_terms(readers, terms)
            counts = [
                sum(entry.page_count for reader in readers if (entry := reader.find_entry(term.term))) for term in asked
            ]
            if any(count > 1000 for count in counts):
                continue
            theirs = searcher.search(query.Or([query.Term("body", word) for word in terms]), limit=10)
            total, ours = rank_pages(readers, asked, limit=10, allowed=lambda _: None)
            assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], rel=1e-6)
            assert total == len(theirs)
