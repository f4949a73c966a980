"""The synonym groups of an open desk: reloaded when handbook.yaml has changed, and edited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.desk.synonyms import SynonymsInForce
    from fenji.errors import Problem
    from fenji.files import FileStamp
    from fenji.git import Repo
    from fenji.model.synonyms import SynonymGroup

Edit = Callable[["bytes | None"], bytes]  # old bytes of a file (None: no file) → new bytes
Rewrite = Callable[[str, Edit, str], None]  # path, edit, person (`""`: the one at the desk)


class SynonymBook:
    """The groups in force, and edits of them. Each edit keeps what others changed and gets a separate commit."""

    def __init__(self, root: Path, repo: Repo, rewrite: Rewrite) -> None:
        self._root, self._repo, self._rewrite = root, repo, rewrite
        self._loaded: SynonymsInForce | None = None
        self._stamp: FileStamp | None = None

    def in_force(self) -> SynonymsInForce:
        """Return the synonym groups in force, and the problems of handbook.yaml.

        Reads the file again if it has changed. If it is bad, the groups of the last commit are in force.
        """
        from fenji.desk import synonyms

        stamp = synonyms.file_stamp(self._root)
        if self._loaded is None or stamp != self._stamp:
            self._loaded, self._stamp = synonyms.load_synonyms(self._root, self._repo), stamp
        return self._loaded

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of handbook.yaml when it was last read; empty before that."""
        return self._loaded.problems if self._loaded else ()

    def add(self, words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Add a group of synonyms and return it as it was added.

        Raises InvalidUsage for words that make no group, Refused if the group exists already, Damaged if the file
        cannot be read, Unavailable if it cannot be written.
        """
        return self._edit((), words, by)

    def change(self, group: Iterable[str], words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Replace the words of a group. Raises as `add` does, and NotFound if there is no such group."""
        return self._edit(tuple(group), words, by)

    def remove(self, words: Iterable[str], *, by: str = "") -> SynonymGroup:
        """Remove the group with these words and return it. Raises NotFound, Damaged, Unavailable."""
        return self._edit(tuple(words), (), by)

    def _edit(self, old: SynonymGroup, new: Iterable[str], by: str) -> SynonymGroup:
        from fenji.desk.synonyms import SynonymEdit
        from fenji.model.synonyms import make_group
        from fenji.storage.synonyms_file import FILE_NAME

        edit = SynonymEdit(old, make_group(new) if new else ())
        self._rewrite(FILE_NAME, edit.apply, by)
        return edit.new or edit.replaced
