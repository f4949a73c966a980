"""Damage in the files of the index, told apart from faults of the program. Knows nothing of what the files hold."""

from __future__ import annotations

from types import TracebackType


class IndexCorrupted(Exception):
    """What was read is not what was written."""


class _CorruptionGuard:
    """Around every stretch that reads the index: whatever goes wrong in it is damage.

    A damaged file ends in errors of every kind, from a wrong pickle to a missing attribute.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, IndexCorrupted):
            raise IndexCorrupted(f"{type(error).__name__}: {error}") from error


corruption_guard = _CorruptionGuard()
