"""The search library: which release of Whoosh is installed, and the fields of the index. The only door to Whoosh.

Three distributions (Whoosh, Whoosh-Reloaded, whoosh3) install over the same folder, and the last one wins. The library
takes 0.1 s to load: nothing here does so before it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from fenji.errors import Unavailable

REQUIRED_WHOOSH = "whoosh3==3.54.0"
# Releases whose files are as `segments` and `leaves` expect: whoosh3, and Whoosh-Reloaded 2.7.5.
_SUPPORTED_RELEASES = ((3, 54), (2, 7, 5))
INDEX_NAME = "MAIN"  # of the index in its folder: Whoosh's default
WORDS_SUFFIX = ".words"  # the file of a segment that tells which words hold a Han character …
SOUNDS_SUFFIX = ".sounds"  # … and which are read with which first letters

# Fields that hold values whole, for filters; `code` has the numbers of tickets and serials.
WHOLE_FIELDS = (
    *("kind", "state", "priority", "impact", "occurrence", "site", "year", "owner", "unit", "tag"),
    *("system", "subsystem", "part", "serial", "code", "requester", "customer"),
)


@cache
def installed_release() -> str:
    """The release found, as `3.54.0`. Raises Unavailable where it is missing, broken or not one that serves."""
    hint = "Install it anew: pip uninstall whoosh whoosh-reloaded whoosh3, then pip install {wanted}."
    try:
        version = tuple(import_module("whoosh").__version__)
        import_module("whoosh.codec.whoosh3")
    except (ImportError, AttributeError):
        raise Unavailable(
            "The search library Whoosh is missing or broken.", hint=hint, wanted=REQUIRED_WHOOSH
        ) from None
    version_name = ".".join(str(part) for part in version)
    if not any(version[: len(supported)] == supported for supported in _SUPPORTED_RELEASES):
        raise Unavailable(
            "Whoosh {found} stands where {wanted} is needed.", hint=hint, found=version_name, wanted=REQUIRED_WHOOSH
        )
    return version_name


@cache
def whoosh_module(module: str) -> Any:
    """A module of the library (`codec.whoosh3`), after a look at its release."""
    installed_release()
    return import_module(f"whoosh.{module}")


def whoosh_segment(name: str, page_count: int = 0, hidden: Iterable[int] = ()) -> Any:
    """Whoosh's own view of a segment of that name."""
    codec = whoosh_module("codec.whoosh3")
    return codec.W3Segment(
        codec.W3Codec(), INDEX_NAME, page_count, name.removeprefix(f"{INDEX_NAME}_"), set(hidden) or None
    )


@cache
def index_schema() -> Any:
    """The fields: `body` scored by the weights of its postings, the whole ones, and `record`, which is only stored."""
    fields = whoosh_module("fields")
    body = fields.KEYWORD(scorable=True)
    body.format = whoosh_module("formats").Existence()
    return fields.Schema(body=body, record=fields.STORED, **{name: fields.ID() for name in WHOLE_FIELDS})
