"""Add, change and remove synonym groups in handbook.yaml, each with a commit of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.desk import open as opening
from fenji.desk.reads import DeskReads

if TYPE_CHECKING:
    from fenji.desk.commit_queue import CommitQueue
    from fenji.model.synonyms import SynonymGroup


class SynonymEdits(DeskReads):
    """The synonym edits of a desk. They keep what others changed meanwhile."""

    _commit_queue: CommitQueue

    def add_synonyms(self, words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Add a group of synonyms and return it as it was added.

        Raises InvalidUsage for words that make no group, Refused if the group exists already, Damaged if the file
        cannot be read, Unavailable if it cannot be written.
        """
        return self._edit_synonyms((), words, by)

    def change_synonyms(self, group: Iterable[str], words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Replace the words of a group. Raises as `add_synonyms` does, and NotFound if there is no such group."""
        return self._edit_synonyms(tuple(group), words, by)

    def remove_synonyms(self, words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Remove the group with these words and return it. Raises NotFound, Damaged, Unavailable."""
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
