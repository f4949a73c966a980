"""The three standard streams: always open, always UTF-8, and quiet when the reader has gone away."""

from __future__ import annotations

import contextlib
import io
import os
import sys

TYPE_CHECKING = False  # importing `typing` would be a third of the time of `fenji --version`
if TYPE_CHECKING:
    from typing import TextIO


def prepare() -> None:
    """Make stdin, stdout and stderr usable, whatever the caller closed and whatever the locale is.

    A closed descriptor is opened on the null device first; otherwise the next file opened would get its number, and a
    child process would write into that file.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _ensure_utf8(sys.stdout, 1)
    sys.stderr = _ensure_utf8(sys.stderr, 2)


def _ensure_utf8(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is None:
        return open(descriptor, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


def write(text: str) -> None:
    """Write to stdout and flush it; a reader that has gone away (`| head`) is not an error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError:
        _discard(sys.stdout)  # otherwise the interpreter would flush again at exit and print its own error
        raise


def write_error(text: str) -> None:
    """Write lines to stderr, after flushing stdout; errors are ignored, since nobody may be reading.

    Text still buffered for stdout is dropped if it cannot be written.
    """
    with contextlib.suppress(OSError):
        write("")
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Redirect the stream to the null device, so that the interpreter's last flush does not fail."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def read_stdin() -> bytes:
    """Return all of stdin as bytes; empty if it is closed."""
    return sys.stdin.buffer.read() if sys.stdin else b""


def is_typed() -> bool:
    """Tell whether stdin is a terminal, where a command meant for git or a pipe would wait for a person to type."""
    return sys.stdin is not None and sys.stdin.isatty()


def is_interactive() -> bool:
    """Tell whether both stdin and stdout are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def terminal_width() -> int:
    """Return the width to fit, in cells: COLUMNS, else the terminal's; 0 (no limit) if stdout is not a terminal."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0


def colours_enabled() -> bool:
    """Tell whether to use colours: only in a terminal that has them, and if NO_COLOR is unset or empty."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")
