"""The synonyms of handbook.yaml for published pages: which words find a text, and which names count as one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from fenji.model.synonyms import SynonymGroup, synonym_key
from fenji.text import HAN, fold

_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(rf"[^\W_{HAN}]+(?:[-_./·]+[^\W_{HAN}]+)*")


class WordGroups:
    """The synonym groups of a desk. A word in several groups is a synonym of the words of all of them."""

    def __init__(self, groups: Sequence[SynonymGroup] = ()) -> None:
        self._others: dict[str, dict[str, None]] = defaultdict(dict)
        self._first: dict[str, str] = {}
        for group in groups:
            words = {synonym_key(word): fold(word) for word in group}
            for key in words:
                self._others[key] |= {word: None for other, word in words.items() if other != key}
                self._first.setdefault(key, next(iter(words)))
        han = {len(key) for key in self._others if _HAN.search(key)}
        self._han_lengths = sorted(han)
        self._most_words = max((len(key.split()) for key in self._others if not _HAN.search(key)), default=0)

    def others_in(self, folded: str) -> Iterator[str]:
        """Yield the synonyms of words in a folded text, each folded."""
        for size in self._han_lengths if _HAN.search(folded) else ():
            for at in range(len(folded) - size + 1):
                yield from self._others.get(folded[at : at + size], ())
        words = _WORD.findall(folded) if self._most_words else []
        for count in range(1, self._most_words + 1):
            for at in range(len(words) - count + 1):
                yield from self._others.get(synonym_key(" ".join(words[at : at + count])), ())

    def name_key(self, name: str) -> str:
        """Return a key that names share if they count as one: script, case and choice of synonym make no difference."""
        key = synonym_key(name)
        return self._first.get(key, fold(name))


NO_GROUPS = WordGroups()
