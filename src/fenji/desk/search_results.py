"""The types of what the desk answers to searching, for the screens that show it: they know the desk alone."""

from fenji.search.excerpts import MatchSpan
from fenji.search.pages import SimilarTicket
from fenji.search.predict import Guess
from fenji.search.searcher import SearchHit, SearchHits
from fenji.search.similar import Suggestion

__all__ = ["Guess", "MatchSpan", "SearchHit", "SearchHits", "SimilarTicket", "Suggestion"]
