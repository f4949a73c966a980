"""Damaged index files, distinguished from bugs in the program. Knows nothing of what the files hold."""

from __future__ import annotations

from types import TracebackType


class IndexCorrupted(Exception):
    """Raised where the files of the index are not as they were written."""


class _CorruptionGuard:
    """Turn every exception raised while the index is read into IndexCorrupted.

    A damaged file shows as an error of any kind, from a wrong length to a missing key.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, IndexCorrupted):
            raise IndexCorrupted(f"{type(error).__name__}: {error}") from error


corruption_guard = _CorruptionGuard()
