"""The ranking against its definition, and against Whoosh's own search over the same files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fenji.handbook.release import whoosh
from fenji.handbook.scoring import Wanted, best, rarity
from fenji.handbook.segments import FULL
from handbooks import a_page, built

if TYPE_CHECKING:
    from fenji.handbook import Handbook
    from fenji.handbook.leaves import Leaf

WORDS = [f"qu{one}x{other}" for one in "bcdfghkmnp" for other in "bdfgkz"]
PAGES = 2600  # so many that some words are too common to find pages by themselves


def texts() -> list[str]:
    """Pages of 3 to 40 words; the first words of the list stand in most of them."""
    chance = random.Random(7)
    weights = [1 / (1 + rank) for rank in range(len(WORDS))]
    return [" ".join(chance.choices(WORDS, weights, k=chance.randint(3, 40))) for _ in range(PAGES)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handbook]:
    folder = tmp_path_factory.mktemp("index")
    with built(folder, *(a_page(number, description=text) for number, text in enumerate(texts()))) as one:
        one.update([a_page(number, description=f"{WORDS[5]} {WORDS[40]}", digest="new") for number in range(0, 100, 7)])
        yield one


@pytest.fixture
def leaves(book: Handbook) -> Iterator[list[Leaf]]:
    with book.opened() as opened:
        yield opened


def questions() -> list[list[str]]:
    chance = random.Random(11)
    return [chance.sample(WORDS, chance.randint(1, 6)) for _ in range(80)]


def wanted(leaves: list[Leaf], words: list[str]) -> list[Wanted]:
    pages = sum(leaf.pages for leaf in leaves)
    counts = {word: sum(entry.pages for leaf in leaves if (entry := leaf.entry(word))) for word in words}
    return [Wanted(word, rarity(counts[word], pages)) for word in words]


def by_definition(leaves: list[Leaf], asked: list[Wanted], *, of: list[Wanted]) -> dict[tuple[str, int], float]:
    """Every page that holds a word of `of`, and its score over all that was asked."""
    scores: dict[tuple[str, int], float] = {}
    may: set[tuple[str, int]] = set()
    for one in asked:
        for leaf in leaves:
            entry = leaf.entry(one.term)
            for page, weight in zip(*leaf.postings(entry), strict=True) if entry else ():
                scores[leaf.name, page] = scores.get((leaf.name, page), 0.0) + one.rarity * weight / FULL
                may |= {(leaf.name, page)} if one in of else set()
    gone = {(leaf.name, page) for leaf in leaves for page in leaf.hidden}
    return {place: scores[place] for place in may - gone}


@pytest.mark.parametrize("most", [1, 10, 5000])
def test_the_best_are_those_of_the_definition(leaves: list[Leaf], most: int) -> None:
    for words in questions():
        asked = wanted(leaves, words)
        counts = {one: sum(entry.pages for leaf in leaves if (entry := leaf.entry(one.term))) for one in asked}
        telling = [one for one in asked if 0 < counts[one] <= 1000] or asked
        total, found = best(leaves, asked, most=most, allowed=lambda _: None)
        scores = by_definition(leaves, asked, of=telling)
        assert total == len(scores)
        assert [one.score for one in found] == pytest.approx(sorted(scores.values(), reverse=True)[:most])
        assert [scores[one.leaf.name, one.number] for one in found] == pytest.approx([one.score for one in found])


def test_only_what_is_allowed_is_found(leaves: list[Leaf]) -> None:
    for words in questions()[:20]:
        total, found = best(leaves, wanted(leaves, words), most=5000, allowed=lambda leaf: set(range(0, leaf.pages, 3)))
        assert total == len(found)
        assert all(one.number % 3 == 0 for one in found)


def test_whoosh_itself_ranks_the_same_files_the_same(leaves: list[Leaf], tmp_path_factory: Any) -> None:
    _scoring, query = whoosh("scoring"), whoosh("query")
    rarities = {one.term: one.rarity for words in questions() for one in wanted(leaves, words)}

    class Scorer:
        def __init__(self, share: float) -> None:
            self.share = share

        def score(self, matcher: Any) -> float:
            return float(self.share * matcher.weight())

        def max_quality(self) -> float:
            return self.share * FULL

        def block_quality(self, _: Any) -> float:
            return self.share * FULL

        def supports_block_quality(self) -> bool:
            return True

    class Weighting:
        use_final = False

        def scorer(self, *place: Any, **_: Any) -> Scorer:
            return Scorer(rarities[place[2].decode()] / FULL)

    (folder,) = (tmp_path_factory.getbasetemp() / "index0").glob("book-*")
    index = whoosh("index").open_dir(str(folder))
    with index.searcher(weighting=Weighting()) as searcher:
        for words in questions():
            asked = wanted(leaves, words)
            counts = [sum(entry.pages for leaf in leaves if (entry := leaf.entry(one.term))) for one in asked]
            if any(count > 1000 for count in counts):
                continue
            theirs = searcher.search(query.Or([query.Term("body", word) for word in words]), limit=10)
            total, ours = best(leaves, asked, most=10, allowed=lambda _: None)
            assert [one.score for one in ours] == pytest.approx([hit.score for hit in theirs], rel=1e-6)
            assert total == len(theirs)
