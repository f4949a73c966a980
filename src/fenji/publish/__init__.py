"""The published problem handbook: archived tickets as pages for people, in HTML and in Markdown.

`entries` says what of a ticket is published, `privacy` what is not; `edition` puts the entries in order, `recurrence`
counts what recurs, `leaves` deals them out to pages. `website` and `notebook` turn an edition into files, `lookup`
makes the index that is searched in the page itself. All that is pure, values in, text out; only `folder` writes.
"""

from fenji.publish.edition import Edition, build_edition
from fenji.publish.entries import HandbookEntry, PublishOptions, build_entry
from fenji.publish.folder import FolderResult, write_folder
from fenji.publish.localization import Locale
from fenji.publish.markdown_book import render_notebook
from fenji.publish.pages import AttachmentCopy, HandbookFile, plan_attachment_copy
from fenji.publish.website import render_website

__all__ = [
    "AttachmentCopy",
    "Edition",
    "FolderResult",
    "HandbookEntry",
    "HandbookFile",
    "Locale",
    "PublishOptions",
    "build_edition",
    "build_entry",
    "plan_attachment_copy",
    "render_notebook",
    "render_website",
    "write_folder",
]
