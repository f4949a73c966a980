"""The search library: the installed release of Whoosh, and its files without their pickles. The only access to Whoosh.

Three distributions (Whoosh, Whoosh-Reloaded, whoosh3) install over the same folder, and the last one wins. The library
takes 0.1 s to load, so it is loaded only when it is needed.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from fenji.errors import Unavailable
from fenji.model.ticket import PATH_BY_FILTER_KEY

REQUIRED_WHOOSH = "whoosh3==3.54.0"
# Releases with the tables and columns that segment_writer and segment_reader expect: whoosh3, Whoosh-Reloaded 2.7.5.
_SUPPORTED_RELEASES = ((3, 54), (2, 7, 5))
_USED_MODULES = ("columns", "filedb.filetables", "filedb.structfile")
WORDS_SUFFIX = ".words"  # suffix of a segment's table of words by Han character …
SOUNDS_SUFFIX = ".sounds"  # … and of its table of words by the initials of their pinyin

# Fields with whole values, for filters; `code` has ticket numbers and serial numbers.
WHOLE_FIELDS = (*(key for key in PATH_BY_FILTER_KEY if key != "id"), "year", "code")


@cache
def installed_release() -> str:
    """Return the installed release, such as `3.54.0`. Raises Unavailable if it is missing, broken or unsupported."""
    hint = "Reinstall it: pip uninstall whoosh whoosh-reloaded whoosh3, then pip install {wanted}."
    try:
        version = tuple(import_module("whoosh").__version__)
        for module in _USED_MODULES:
            import_module(f"whoosh.{module}")
    except (ImportError, AttributeError):
        message = "The search library Whoosh is missing or broken."
        raise Unavailable(message, hint=hint, wanted=REQUIRED_WHOOSH) from None
    version_name = ".".join(str(part) for part in version)
    if not any(version[: len(supported)] == supported for supported in _SUPPORTED_RELEASES):
        message = "Whoosh {found} is installed; {wanted} is needed."
        raise Unavailable(message, hint=hint, found=version_name, wanted=REQUIRED_WHOOSH)
    return version_name


@cache
def whoosh_module(module: str) -> Any:
    """Import a module of the library (`filedb.filetables`), after checking its release."""
    installed_release()
    return import_module(f"whoosh.{module}")


@cache
def installed_versions() -> dict[str, str]:
    """Return what determines the content and the layout of index files: versions of libraries, and the fields."""
    return {
        "whoosh": installed_release(),
        "rjieba": _distribution_version("rjieba"),
        "fields": " ".join(WHOLE_FIELDS),
    }


def _distribution_version(package: str) -> str:
    """Return a distribution's version, `""` if missing; from a folder name, as importing metadata takes 15 ms."""
    spec = find_spec(package)
    folders = list(Path(spec.origin).parents[1].glob(f"{package}-*.dist-info")) if spec and spec.origin else []
    if len(folders) == 1:
        return folders[0].stem.removeprefix(f"{package}-")
    metadata = import_module("importlib.metadata")
    try:
        return str(metadata.version(package))
    except metadata.PackageNotFoundError:
        return ""


def open_index_file(path: Path, mode: Literal["rb", "wb"]) -> Any:
    """Open a file of the index for Whoosh's tables and columns; it has JSON in place of their pickles."""
    return _index_file_class()(path.open(mode), name=path.name)


@cache
def _index_file_class() -> Any:
    base = whoosh_module("filedb.structfile").StructFile
    return type("IndexFile", (base,), {"write_pickle": _write_json, "read_pickle": _read_json})


def _write_json(file: Any, value: object, _protocol: int = -1) -> None:
    data = json.dumps(value).encode()
    file.write_uint(len(data))
    file.write(data)


def _read_json(file: Any) -> Any:
    return json.loads(file.read(file.read_uint()))
