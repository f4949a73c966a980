"""Index files that are damaged or cannot be written, distinguished from bugs. Knows nothing of what the files hold."""

from __future__ import annotations

from types import TracebackType

from fenji.errors import Unavailable


class IndexCorrupted(Exception):
    """Raised where the files of the index are not as they were written."""


class IndexNotWritable(Unavailable):
    """Raised where the folder of the index cannot be written, so that the index cannot follow the tickets."""


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
