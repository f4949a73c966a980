"""Text → terms, the same for what is searched and for what is typed. Pure: no index, no file, no process."""

from fenji.text.fold import fold
from fenji.text.stem import stem
from fenji.text.tokenize import HAN, Term, count_terms, fold_code, tokenize

__all__ = ["HAN", "Term", "count_terms", "fold", "fold_code", "stem", "tokenize"]
