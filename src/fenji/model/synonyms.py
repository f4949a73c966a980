"""Different words for one thing: groups of words, how they are compared and checked, and two sets of them made one.

The file that holds them, handbook.yaml, is read and written by `fenji.storage.synonyms_file`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fenji.errors import Fault, InvalidUsage, Sentence
from fenji.text import fold, fold_code, stem

SYNONYMS_KEY = "synonyms"
MAX_GROUPS, MAX_WORDS, MAX_WORD_LENGTH = 2000, 24, 60  # groups, words of one, characters of a word
SynonymGroup = tuple[str, ...]
_LETTERS = re.compile(r"[^\W_]")
_DIGIT = re.compile("[0-9]")
_LATIN = re.compile(r"[a-z]+")
GroupsByWords = Mapping[frozenset[str], SynonymGroup]


def synonym_key(word: str) -> str:
    """A word as it is compared: script, letter case and blanks do not count, of English words only the stem does.

    Of part numbers separators do not count either.
    """
    if _DIGIT.search(word):
        return fold_code(word)
    return _LATIN.sub(lambda match: stem(match[0]), fold(" ".join(word.split())))


def same_words(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether two groups hold the same words, in any order and script."""
    return {*map(synonym_key, first)} == {*map(synonym_key, second)}


def make_group(words: Iterable[str]) -> SynonymGroup:
    """A group of these words, each once. Raises Misused where they make none."""
    tidied = (" ".join(word.split()) for word in words)
    group = unique_words(word for word in tidied if word)
    for _, message in _group_faults(list(group)):
        raise InvalidUsage("{words}: {reason}.", words=", ".join(group), reason=message)
    return group


def unique_words(words: Iterable[str]) -> SynonymGroup:
    """Each word as it is written first."""
    unique: dict[str, str] = {}
    for word in words:
        unique.setdefault(synonym_key(word), word)
    return tuple(unique.values())


def find_faults(document: object) -> Iterator[Fault]:
    """What is wrong with a loaded handbook.yaml, each with the key path where it stands."""
    if not isinstance(document, dict) or SYNONYMS_KEY not in document:
        yield Fault((), Sentence("expected is `synonyms:` with a list of groups"))
        return
    for unknown_key in document.keys() - {SYNONYMS_KEY}:
        yield Fault((unknown_key,), Sentence("is no key of this file; it has `synonyms:` alone"))
    groups = document[SYNONYMS_KEY]
    if groups is not None and not isinstance(groups, list):
        yield Fault((SYNONYMS_KEY,), Sentence("expected is a list of groups, each as `- [rust, corrosion]`"))
    elif groups and len(groups) > MAX_GROUPS:
        yield Fault((SYNONYMS_KEY, MAX_GROUPS), Sentence("at most {most} groups are taken", {"most": MAX_GROUPS}))
    else:
        for number, group in enumerate(groups or ()):
            yield from (Fault((SYNONYMS_KEY, number, *path), message) for path, message in _group_faults(group))


def _group_faults(group: object) -> Iterator[tuple[tuple[int, ...], Sentence]]:
    """What is wrong with a group, and at which of its words."""
    if not isinstance(group, list):
        yield (), Sentence("a group is a list of words, as `[rust, corrosion]`")
        return
    for index, word in enumerate(group):
        if not isinstance(word, str) or not _LETTERS.search(word) or not word.isprintable():
            yield (index,), Sentence("a word of letters is expected")
            return
        if len(word) > MAX_WORD_LENGTH:
            yield (index,), Sentence("a word has at most {most} characters", {"most": MAX_WORD_LENGTH})
            return
    if len({*map(synonym_key, group)}) < 2:
        yield (), Sentence("a group has two words or more; script and letter case make no difference")
    elif len(group) > MAX_WORDS:
        yield (MAX_WORDS,), Sentence("a group has at most {most} words", {"most": MAX_WORDS})


def merge_groups(base: GroupsByWords, ours: GroupsByWords, theirs: GroupsByWords) -> list[SynonymGroup]:
    """The groups in the order of the base, then the new ones by their words."""
    kept = {words for words in ours.keys() | theirs.keys() if (words in ours and words in theirs) or words not in base}
    for words in base.keys() - ours.keys() - theirs.keys():  # changed here and there: one group of both
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
    """The new group of a side that took the place of one in the base: the one that shares most words; else none."""
    new_groups = [words for words in side if words not in base and words & group]
    return max(new_groups, key=lambda words: (len(words & group), sorted(words)), default=frozenset())


def _choose_spellings(*versions: GroupsByWords) -> dict[str, str]:
    """How each word is written: as in the base, else the first of its spellings by code."""
    base, *sides = ({synonym_key(word): word for group in version.values() for word in group} for version in versions)
    return {
        folded_word: base.get(folded_word) or min(side[folded_word] for side in sides if folded_word in side)
        for folded_word in {*base, *sides[0], *sides[1]}
    }


def _order_words(group: frozenset[str], base: GroupsByWords, spellings: Mapping[str, str]) -> SynonymGroup:
    """The words of a group, those first that stood in the base, in its order."""
    closest: Sequence[str] = max(
        base.items(), key=lambda item: (len(item[0] & group), sorted(item[0])), default=((), ())
    )[1]
    base_order = [synonym_key(word) for word in closest]
    ranked = sorted(group, key=lambda word: (base_order.index(word) if word in base_order else len(base_order), word))
    return tuple(spellings[word] for word in ranked)
