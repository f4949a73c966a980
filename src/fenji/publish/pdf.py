"""Prints a page or a document as PDF, with a program installed on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from fenji.errors import Refused, Unavailable

_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
_OFFICES = ("soffice", "libreoffice")
_TIMEOUT = 120  # seconds


def print_pdf(page: Callable[[], bytes], document: Callable[[], bytes]) -> bytes:
    """Return the PDF of an HTML page, made by Chromium, else that of a Word document, made by LibreOffice.

    Raises Refused if neither program is found, Unavailable if it fails.
    """
    browser, office = _find(_BROWSERS), _find(_OFFICES)
    if browser:
        return _convert(page(), "page.html", lambda source, folder: _browser_arguments(browser, source, folder))
    if office:
        return _convert(document(), "page.docx", lambda source, folder: _office_arguments(office, source, folder))
    raise Refused(
        "No program to make a PDF was found: neither Chromium nor LibreOffice.",
        hint="Install one, or use --format html and print it from any browser.",
    )


def _find(names: tuple[str, ...]) -> str:
    return next((path for path in map(shutil.which, names) if path), "")


def _browser_arguments(program: str, source: Path, folder: Path) -> list[str]:
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # otherwise Chromium refuses to start for root
    switches = ["--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}"]
    return [program, *as_root, *switches, f"--print-to-pdf={folder / 'page.pdf'}", source.as_uri()]


def _office_arguments(program: str, source: Path, folder: Path) -> list[str]:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    return [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(source)]


def _convert(data: bytes, name: str, arguments: Callable[[Path, Path], list[str]]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="fenji-pdf-", ignore_cleanup_errors=True) as folder_name:
        folder = Path(folder_name)
        source = folder / name
        source.write_bytes(data)
        command = arguments(source, folder)
        try:
            subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT)
            return (folder / "page.pdf").read_bytes()
        except (OSError, subprocess.TimeoutExpired) as error:
            hint = "Use --format html, and print it from any browser."
            raise Unavailable("{program} made no PDF.", hint=hint, program=Path(command[0]).name) from error
