"""Changing the desk's words for one thing (handbook.yaml): a group more, another one, or one less; each one commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.desk import open as opening
from fenji.desk.reads import DeskReads

if TYPE_CHECKING:
    from fenji.desk.commit_queue import CommitQueue
    from fenji.model.synonyms import SynonymGroup


class SynonymEdits(DeskReads):
    """What a desk can do to its synonyms. Somebody else's changes of the meantime stay."""

    _commit_queue: CommitQueue

    def add_synonyms(self, words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Add a group of words for one thing; the group as it was taken.

        Raises Misused for words that make no group, Refused where it stands there already, Damaged where the file
        cannot be read, Unavailable where it cannot be written.
        """
        return self._edit_synonyms((), words, by)

    def change_synonyms(self, group: Iterable[str], words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Make another group of one. Raises as `add_synonyms`, and NotFound where there is no such group."""
        return self._edit_synonyms(tuple(group), words, by)

    def remove_synonyms(self, words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Remove the group that has these words, which is the answer. Raises NotFound, Damaged, Unavailable."""
        return self._edit_synonyms(tuple(words), (), by)

    def _edit_synonyms(self, old: SynonymGroup, new: Iterable[str], by: str) -> SynonymGroup:
        from fenji.desk.synonyms import SynonymEdit
        from fenji.model import synonyms
        from fenji.storage import synonyms_file

        edit = SynonymEdit(old, synonyms.make_group(new) if new else ())
        at = opening.fix_offset(self.now())
        with self._lock:
            self.store.rewrite(synonyms_file.FILE_NAME, edit.apply, by=self._require_person(by), at=at)
            self._commit_queue.schedule()
        return edit.new or edit.replaced
