"""Everything that touches ticket files, and nothing else that does: scanning, safe writing, attachments, commits due.

`layout` says where a ticket lies, `files` reads and writes bytes safely, `lock` and `journal` keep processes and
crashes apart, `shelf` reads tickets and lists bad files, `hand_edits` explains headers changed in an editor,
`attachments` copies files in, `keeping` holds the Store that ties them together.
"""

from fenji.board import Bad
from fenji.store.hand_edits import explain_hand_edit
from fenji.store.journal import Entry
from fenji.store.keeping import Store
from fenji.store.layout import place
from fenji.store.lock import Lock
from fenji.store.shelf import Scan, Stored

__all__ = ["Bad", "Entry", "Lock", "Scan", "Store", "Stored", "explain_hand_edit", "place"]
