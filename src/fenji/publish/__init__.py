"""The published problem handbook: archived tickets as pages for people, in HTML and in Markdown.

`entries` selects what is published of a ticket, and `privacy` masks the requesters in it. `edition` puts the entries in
order, `recurrence` counts what recurs, and `pages` divides them into pages. `website` and `markdown_book` turn an
edition into files; `search_index` builds the index that the HTML pages search by themselves. All of these are pure
(values in, text out); only `folder` writes.
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
