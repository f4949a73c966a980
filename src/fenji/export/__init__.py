"""The published problem handbook: archived tickets as pages for people, in HTML and in Markdown.

`entries` says what of a ticket is published, `privacy` what is not; `edition` puts the entries in order, `recurrence`
counts what recurs, `leaves` deals them out to pages. `website` and `notebook` turn an edition into files, `lookup`
makes the index that is searched in the page itself. All that is pure, values in, text out; only `folder` writes.
"""

from fenji.export.edition import Edition, edition
from fenji.export.entries import Choices, Entry, entry
from fenji.export.folder import Put, put
from fenji.export.leaves import Attachment, File, attachment
from fenji.export.notebook import notebook
from fenji.export.voice import Voice
from fenji.export.website import website

__all__ = [
    "Attachment",
    "Choices",
    "Edition",
    "Entry",
    "File",
    "Put",
    "Voice",
    "attachment",
    "edition",
    "entry",
    "notebook",
    "put",
    "website",
]
