"""Everything that touches ticket files, and nothing else that does: scanning, safe writing, attachments, commits due.

`layout` says where a ticket lies, `files` reads and writes bytes safely, `lock` and `journal` keep processes and
crashes apart, `shelf` reads tickets and lists bad files, `hand_edits` explains headers changed in an editor,
`attachments` copies files in, `keeping` holds the Store that ties them together.
"""

from fenji.model.board import BadFile
from fenji.storage.hand_edits import explain_hand_edit
from fenji.storage.journal import JournalEntry
from fenji.storage.layout import ticket_path
from fenji.storage.lock import FileLock
from fenji.storage.reader import Scan, StoredTicket
from fenji.storage.store import Store

__all__ = ["BadFile", "FileLock", "JournalEntry", "Scan", "Store", "StoredTicket", "explain_hand_edit", "ticket_path"]
