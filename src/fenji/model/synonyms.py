"""Groups of synonyms: compare and check them, and merge two sets of groups.

The file that holds them, handbook.yaml, is read and written by `fenji.storage.synonyms_file`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.errors import Fault, InvalidUsage, Sentence
from fenji.text import fold, fold_code, stem

if TYPE_CHECKING:
    from fenji.model.values import Value

SYNONYMS_KEY = "synonyms"
MAX_GROUPS, MAX_WORDS, MAX_WORD_LENGTH = 2000, 24, 60  # groups, words per group, characters per word
SynonymGroup = tuple[str, ...]
_LETTERS = re.compile(r"[^\W_]")
_DIGIT = re.compile("[0-9]")
_LATIN = re.compile(r"[a-z]+")
GroupsByWords = Mapping[frozenset[str], SynonymGroup]


def synonym_key(word: str) -> str:
    """Return the compared form of a word: script, letter case and extra blanks do not count; English is stemmed.

    Part numbers also lose their separators.
    """
    if _DIGIT.search(word):
        return fold_code(word)
    return _LATIN.sub(lambda match: stem(match[0]), fold(" ".join(word.split())))


def same_words(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether two groups hold the same words, in any order and script."""
    return {*map(synonym_key, first)} == {*map(synonym_key, second)}


def make_group(words: Iterable[str]) -> SynonymGroup:
    """Make a group of these words, each once. Raises InvalidUsage if they do not form a valid group."""
    tidied = (" ".join(word.split()) for word in words)
    group = unique_words(word for word in tidied if word)
    for _, message in _group_faults(list(group)):
        raise InvalidUsage("{words}: {reason}.", words=tuple(group), reason=message)
    return group


def unique_words(words: Iterable[str]) -> SynonymGroup:
    """Return each word once, in its first spelling."""
    unique: dict[str, str] = {}
    for word in words:
        unique.setdefault(synonym_key(word), word)
    return tuple(unique.values())


def find_faults(document: Value) -> Iterator[Fault]:
    """Find what is wrong in a loaded handbook.yaml, each fault with its key path."""
    if not isinstance(document, dict) or SYNONYMS_KEY not in document:
        yield Fault((), Sentence("expected `synonyms:` with a list of groups"))
        return
    for unknown_key in document.keys() - {SYNONYMS_KEY}:
        yield Fault((unknown_key,), Sentence("is not a key of this file; it has only `synonyms:`"))
    groups = document[SYNONYMS_KEY]
    if groups is not None and not isinstance(groups, list):
        yield Fault((SYNONYMS_KEY,), Sentence("expected a list of groups, each like `- [rust, corrosion]`"))
    elif groups and len(groups) > MAX_GROUPS:
        yield Fault((SYNONYMS_KEY, MAX_GROUPS), Sentence("at most {most} groups are allowed", {"most": MAX_GROUPS}))
    else:
        for number, group in enumerate(groups or ()):
            yield from (Fault((SYNONYMS_KEY, number, *path), message) for path, message in _group_faults(group))


def _group_faults(group: object) -> Iterator[tuple[tuple[int, ...], Sentence]]:
    """Find what is wrong with a group, and at which of its words."""
    if not isinstance(group, list):
        yield (), Sentence("a group is a list of words, such as `[rust, corrosion]`")
        return
    for index, word in enumerate(group):
        if not isinstance(word, str) or not _LETTERS.search(word) or not word.isprintable():
            yield (index,), Sentence("expected a word made of letters")
            return
        if len(word) > MAX_WORD_LENGTH:
            yield (index,), Sentence("a word has at most {most} characters", {"most": MAX_WORD_LENGTH})
            return
    if len({*map(synonym_key, group)}) < 2:
        yield (), Sentence("a group has at least two words; script and letter case make no difference")
    elif len(group) > MAX_WORDS:
        yield (MAX_WORDS,), Sentence("a group has at most {most} words", {"most": MAX_WORDS})


def merge_groups(base: GroupsByWords, ours: GroupsByWords, theirs: GroupsByWords) -> list[SynonymGroup]:
    """Merge the groups of two versions: in the order of the base, then the new ones sorted by their words."""
    kept = {words for words in ours.keys() | theirs.keys() if (words in ours and words in theirs) or words not in base}
    for words in base.keys() - ours.keys() - theirs.keys():  # changed on both sides: merge both into one group
        our_words, their_words = _find_successor(words, ours, base), _find_successor(words, theirs, base)
        combined = frozenset(
            word for word in our_words | their_words if word not in words or word in our_words & their_words
        )
        if our_words and their_words and len(combined) > 1:
            kept = (kept - {our_words, their_words}) | {combined}
    order = list(base)
    spellings = _choose_spellings(base, ours, theirs)
    ranked = sorted(kept, key=lambda words: (order.index(words) if words in base else len(order), sorted(words)))
    return [_order_words(words, base, spellings) for words in ranked]


def _find_successor(group: frozenset[str], side: GroupsByWords, base: GroupsByWords) -> frozenset[str]:
    """Return the new group of a side that replaced one of the base: the one sharing most words; empty if none does."""
    new_groups = [words for words in side if words not in base and words & group]
    return max(new_groups, key=lambda words: (len(words & group), sorted(words)), default=frozenset())


def _choose_spellings(*versions: GroupsByWords) -> dict[str, str]:
    """Choose the spelling of each word: as in the base, else the first one by code point."""
    base, *sides = ({synonym_key(word): word for group in version.values() for word in group} for version in versions)
    return {
        folded_word: base.get(folded_word) or min(side[folded_word] for side in sides if folded_word in side)
        for folded_word in {*base, *sides[0], *sides[1]}
    }


def _order_words(group: frozenset[str], base: GroupsByWords, spellings: Mapping[str, str]) -> SynonymGroup:
    """Order the words of a group: those of the base first, in its order."""
    closest: Sequence[str] = max(
        base.items(), key=lambda item: (len(item[0] & group), sorted(item[0])), default=((), ())
    )[1]
    base_order = [synonym_key(word) for word in closest]
    ranked = sorted(group, key=lambda word: (base_order.index(word) if word in base_order else len(base_order), word))
    return tuple(spellings[word] for word in ranked)
