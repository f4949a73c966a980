"""Changing the desk's words for one thing (handbook.yaml): a group more, another one, or one less; each one commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.desk import opening
from fenji.desk.outlook import Outlook

if TYPE_CHECKING:
    from fenji.desk.trail import Trail
    from fenji.synonyms import Group


class Lexicon(Outlook):
    """What a desk can do to its synonyms. Somebody else's changes of the meantime stay."""

    _trail: Trail

    def add_synonyms(self, words: Iterable[str], *, by: str = "") -> Group:
        """Add a group of words for one thing; the group as it was taken.

        Raises Misused for words that make no group, Refused where it stands there already, Damaged where the file
        cannot be read, Unavailable where it cannot be written.
        """
        return self._changed((), words, by)

    def change_synonyms(self, group: Iterable[str], words: Iterable[str], *, by: str = "") -> Group:
        """Make another group of one. Raises as `add_synonyms`, and NotFound where there is no such group."""
        return self._changed(tuple(group), words, by)

    def remove_synonyms(self, words: Iterable[str], *, by: str = "") -> Group:
        """Remove the group that has these words, which is the answer. Raises NotFound, Damaged, Unavailable."""
        return self._changed(tuple(words), (), by)

    def _changed(self, out: Group, into: Iterable[str], by: str) -> Group:
        from fenji import synonyms
        from fenji.desk.wordbook import Change

        wanted = Change(out, synonyms.check(into) if into else ())
        at = opening.fixed(self.now())
        with self._lock:
            self.store.rewrite(synonyms.FILE, wanted.made, by=self._named(by), at=at)
            self._trail.due()
        return wanted.into or wanted.found
