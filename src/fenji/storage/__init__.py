"""The only package that touches ticket files: reads, writes and commits them, and copies their attachments.

`layout` maps ticket numbers to paths, `yaml_codec` parses and writes tickets (with `plain_yaml` and `yaml_writer`),
`reader` reads tickets and lists bad files, `store` writes and commits them. `lock` keeps writers apart, `journal` lists
the writes that await a commit, `write_many` writes many files at once. `hand_edits` and `adopt` explain or put back
headers changed in an editor, `attachments` copies files in, `synonyms_file` reads and writes handbook.yaml. `two_cores`
reads many files on two cores by means of `helper_process`; `ahead` parses and merges many versions on two cores, with
`blob_parser`. `figure_reader` and `figures_cache` keep the facts that reports count.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.board import BadFile
    from fenji.storage.hand_edits import explain_hand_edit
    from fenji.storage.journal import JournalEntry
    from fenji.storage.layout import ticket_path
    from fenji.storage.lock import FileLock
    from fenji.storage.reader import Scan, StoredTicket
    from fenji.storage.store import Store

__all__ = ["BadFile", "FileLock", "JournalEntry", "Scan", "Store", "StoredTicket", "explain_hand_edit", "ticket_path"]

# Imported on first use: a helper process, which is started for a single task, needs none of them.
_MODULES = {
    "BadFile": "fenji.model.board",
    "FileLock": "fenji.storage.lock",
    "JournalEntry": "fenji.storage.journal",
    "Scan": "fenji.storage.reader",
    "Store": "fenji.storage.store",
    "StoredTicket": "fenji.storage.reader",
    "explain_hand_edit": "fenji.storage.hand_edits",
    "ticket_path": "fenji.storage.layout",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value
