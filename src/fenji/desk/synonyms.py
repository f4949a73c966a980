"""Load the synonym groups of a desk (handbook.yaml), and apply one change to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Damaged, NotFound, Problem, Refused, Sentence, os_reason
from fenji.model import synonyms
from fenji.storage import synonyms_file
from fenji.storage.synonyms_file import FILE_NAME, starter_groups, starter_text

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.git import Repo
    from fenji.model.synonyms import SynonymGroup


class SynonymsInForce(Struct, frozen=True):
    """The groups in force, and the problems of the file if they are not taken from it."""

    groups: tuple[SynonymGroup, ...]
    problems: tuple[Problem, ...] = ()


def file_stamp(root: Path) -> files.FileStamp | None:
    """Return a value that differs (`!=`) once handbook.yaml has changed."""
    return files.stamp_path(root / FILE_NAME)


def load_synonyms(root: Path, repo: Repo) -> SynonymsInForce:
    """Load the groups of handbook.yaml; if it is bad, those of the last commit; without one, the starter groups."""
    try:
        return SynonymsInForce(synonyms_file.parse(files.read(root / FILE_NAME)[0]))
    except FileNotFoundError:
        return SynonymsInForce(starter_groups())
    except OSError as error:
        reason = Sentence("cannot be read: {reason}", {"reason": os_reason(error)})
        problems: tuple[Problem, ...] = (Problem(FILE_NAME, 0, 0, "", reason),)
    except Damaged as damaged:
        problems = damaged.problems
    try:
        committed = repo.read(FILE_NAME)
        return SynonymsInForce(synonyms_file.parse(committed) if committed is not None else starter_groups(), problems)
    except Damaged:
        return SynonymsInForce(starter_groups(), problems)


class SynonymEdit(Struct):
    """Replaces the group `old` by `new`; either may be empty. `apply` sets `replaced` to the group it removed."""

    old: SynonymGroup = ()
    new: SynonymGroup = ()
    replaced: SynonymGroup = ()

    def apply(self, data: bytes | None) -> bytes:
        """Return the file with this change applied to its present bytes. Raises Damaged, NotFound, Refused."""
        data = starter_text().encode() if data is None else data
        groups = synonyms_file.parse(data)
        self.replaced = current = _find_group(self.old, groups) if self.old else ()
        new_group = _rebase(self.old, self.new, current)
        if new_group and any(synonyms.same_words(new_group, group) for group in groups if group != current):
            raise Refused("{words}: this group already exists.", words=tuple(new_group))
        data = synonyms_file.remove_group(data, current) if current else data
        return synonyms_file.add_group(data, synonyms.make_group(new_group)) if new_group else data


def _find_group(words: SynonymGroup, groups: Iterable[SynonymGroup]) -> SynonymGroup:
    """Return the group in the file that shares most of these words. Raises NotFound if none shares enough."""
    wanted = {*map(synonyms.synonym_key, words)}
    shared = [(len(wanted & {*map(synonyms.synonym_key, group)}), -len(group), group) for group in groups]
    best = max(shared, default=(0, 0, ()))
    if best[0] < min(2, len(wanted)):
        raise NotFound("There is no group of {words}.", hint="See them with: fenji synonyms", words=tuple(words))
    return best[2]


def _rebase(before: SynonymGroup, after: SynonymGroup, current: SynonymGroup) -> SynonymGroup:
    """Apply the change before → after to `current`, keeping words that somebody added meanwhile."""
    if not before or not after:
        return after
    kept_keys, old_keys = {*map(synonyms.synonym_key, after)}, {*map(synonyms.synonym_key, before)}
    others = [
        word
        for word in current
        if synonyms.synonym_key(word) not in old_keys and synonyms.synonym_key(word) not in kept_keys
    ]
    return (*after, *others)
