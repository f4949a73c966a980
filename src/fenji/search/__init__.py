"""The problem handbook as a search index: every ticket is a page. The only package that knows Whoosh.

    pages           a ticket as a page: the texts and values that are searched
    query           typed text → words, phrases and filters
    whoosh_format   Whoosh: the installed release, and its files without their pickles
    term_counts     the terms of a page and their frequencies
    indexing        the terms of all ticket files, counted on two cores
    posting_format  the bytes of postings, both ways
    segment_writer  writes pages as a segment of the index
    segment_reader  reads them back
    synonyms        groups of words for one thing
    variants        words close to what was typed: completions, pinyin, misspellings
    expand          a query → weighted terms
    alternatives    several ways to say one thing, scored as one term
    rank            the best pages for weighted terms
    searcher        a query → hits
    excerpts        the passage of a page that matches
    similar         tickets similar to a new one
    columns         how tickets were classified, a column per segment
    predict         guesses for the fields of a new ticket, with their evidence
    manifest        which files make up the current index, and the write lock
    writer          new generations of the index
    index           `SearchIndex`, the way in for the rest of the program

Importing this package does not load Whoosh; the first query or page does.
"""

from fenji.search.index import SearchIndex
from fenji.search.pages import HandbookPage, RemovedPage, build_page

__all__ = ["HandbookPage", "RemovedPage", "SearchIndex", "build_page"]
