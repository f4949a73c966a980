"""The problem handbook: every ticket as a searchable page. The only package that knows Whoosh.

    pages       a ticket as a page: the texts and values that are searched
    questions   typed text as a question
    release     the search library, and which release of it is installed
    tallies     what counts in a page                     counting   the same for all files, on two cores
    segments    writing pages in the library's format     leaves     reading them; postings, damage
    alike       words for one thing                       kindred    words that are near to what was typed
    wording     what is looked for                        clauses    several ways to say it, as one term
    scoring     the best pages for weighted terms         nearness   what stands together in them
    searching   from a question to hits                   excerpts   the passage that shows why
    likeness    what is like a new ticket                 judgements how tickets were judged
    habits      what those with a word mostly were        guesses    what a new ticket probably is, and why
    ledger      which files are the index now             writing    new states of it
    book        the handbook itself

Importing it loads no search library; that happens with the first question or page.
"""

from fenji.search.index import SearchIndex
from fenji.search.pages import HandbookPage, RemovedPage, build_page

__all__ = ["HandbookPage", "RemovedPage", "SearchIndex", "build_page"]
