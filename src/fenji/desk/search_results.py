"""The types of search results, for the screens that show them: these import only from the desk."""

from fenji.search.excerpts import MatchSpan
from fenji.search.pages import SimilarTicket
from fenji.search.predict import Guess
from fenji.search.searcher import SearchHit, SearchHits
from fenji.search.similar import Suggestion

__all__ = ["Guess", "MatchSpan", "SearchHit", "SearchHits", "SimilarTicket", "Suggestion"]
