"""The exception hierarchy, and problems in the data as values. Knows nothing of files, git or terminals.

    FenjiError             a request that was not done: sentence, hint (what to do next), exit code
    ├── Refused      1     the rules do not allow it, or something is missing
    ├── NotFound     1     no such desk, ticket, person or file
    ├── Unavailable  1     the machine or its surroundings failed: disk full, read-only, no git
    ├── InvalidUsage 2     the words of the command are wrong
    └── Damaged      3     a file cannot be read as what it should be; carries its problems

A `Problem` is found in data and collected, never raised by itself.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

from msgspec import Struct, field


class Sentence(Struct, frozen=True):
    """An English template and its values; the template is also the msgid of the catalogues in `i18n`.

    A tuple among the values is a list of words, written as the language writes one.
    `plural` is the template used where the value `count` is not 1.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""

    def __str__(self) -> str:
        template = self.plural if self.plural and self.values["count"] != 1 else self.template
        values = {
            key: ", ".join(map(str, value)) if isinstance(value, tuple) else value for key, value in self.values.items()
        }
        return template.format(**values) if values else template


def name_some(words: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the first `most` words as a list for a sentence, followed by `…` if there are more."""
    names = tuple(words)
    return names if len(names) <= most else (*names[:most], "…")


class Problem(Struct, frozen=True):
    """Something wrong in a file: where, and what was expected. `line` and `column` count from 1; 0 means unknown."""

    path: str
    line: int
    column: int
    key: str
    message: Sentence

    def __str__(self) -> str:
        location = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{location}: {self.key}: {self.message}" if self.key else f"{location}: {self.message}"


class Fault(Struct, frozen=True):
    """Something wrong in a loaded document, by key path (`("log", 3, "at")`); its line is looked up by the reader."""

    path: tuple[str | int, ...]
    message: Sentence


class FenjiError(Exception):
    """A request that was not done. `str()` is the English sentence with its hint.

    `others` are the further errors of the same request (`RefusalCollector`).
    """

    exit_code = 1

    def __init__(self, template: str, *, hint: str = "", **values: object) -> None:
        super().__init__(template)
        self.sentence = Sentence(template, values)
        self.hint = Sentence(hint, values) if hint else None
        self.others: tuple[FenjiError, ...] = ()

    def add_hint(self, hint: Sentence) -> None:
        """Append a second hint to the present one."""
        self.hint = Sentence("{hint} {more}", {"hint": self.hint, "more": hint}) if self.hint else hint

    def __str__(self) -> str:
        text = f"{self.sentence} {self.hint}" if self.hint else str(self.sentence)
        return "\n".join([text, *map(str, self.others)])


class Refused(FenjiError):
    """The rules do not allow it, or something it needs is missing."""


class NotFound(FenjiError):
    """No such desk, ticket, person or file."""


class Unavailable(FenjiError):
    """The machine or its surroundings failed: disk full, read-only folder, git missing."""


class InvalidUsage(FenjiError):
    """The words of the request are wrong."""

    exit_code = 2


class Damaged(FenjiError):
    """A file cannot be read as what it should be."""

    exit_code = 3

    def __init__(self, template: str, *, problems: tuple[Problem, ...] = (), hint: str = "", **values: object) -> None:
        super().__init__(template, hint=hint, **values)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(str(problem) for problem in self.problems)])


class RefusalCollector:
    """Collects the errors of all checks of one request, so that the user sees all of them at once."""

    def __init__(self) -> None:
        self._errors: list[FenjiError] = []

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Collect an error that the block raises, and continue after the block."""
        try:
            yield
        except FenjiError as error:
            self._errors += [error, *error.others]
            error.others = ()

    def __bool__(self) -> bool:
        return bool(self._errors)

    def raise_all(self) -> None:
        """Raise the first error with the others attached, each sentence once; do nothing if there was none."""
        if self._errors:
            first, *others = {str(error.sentence): error for error in self._errors}.values()
            for error, following in pairwise((first, *others)):
                error.hint = None if str(error.hint) == str(following.hint) else error.hint  # only after the last
            first.others = tuple(others)
            raise first


_OS_REASONS = {
    errno.ENOSPC: Sentence("the disk is full"),
    errno.EDQUOT: Sentence("the disk quota is used up"),
    errno.EROFS: Sentence("the disk is read-only"),
    errno.EACCES: Sentence("not allowed"),
    errno.EPERM: Sentence("not allowed"),
    errno.ENOENT: Sentence("there is no such file"),
    errno.EISDIR: Sentence("it is a folder"),
    errno.ENXIO: Sentence("it is a pipe or a device, not a plain file"),
    errno.ENAMETOOLONG: Sentence("the name is too long"),
}


def os_reason(error: OSError) -> Sentence | str:
    """Return why the operating system refused: a translatable sentence for common reasons, else its own text."""
    return _OS_REASONS.get(error.errno or 0) or error.strerror or str(error)
