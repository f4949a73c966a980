"""The problem handbook: every ticket as a searchable page. The only package that knows Whoosh.

    pages       a ticket as a page: the texts and values that are searched
    questions   typed text as a question
    release     the search library, and which release of it is installed
    segments    writing pages in the library's format     leaves     reading them; postings, damage
    scoring     the best pages for weighted terms         excerpts   the passage that shows why
    searching   from a question to hits                   likeness   what is like a new ticket
    judgements  how tickets were judged                   habits     what those with a word mostly were
    guesses     what a new ticket probably is, and why
    ledger      which files are the index now             writing    new states of it
    book        the handbook itself

Importing it loads no search library; that happens with the first question or page.
"""

from fenji.handbook.book import Handbook
from fenji.handbook.pages import Page, Removed, page

__all__ = ["Handbook", "Page", "Removed", "page"]
