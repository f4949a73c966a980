"""Text → terms, the same for what is searched and for what is typed. Pure: no index, no file, no process."""

from fenji.analysis.folding import fold
from fenji.analysis.splitting import HAN, Term, count_terms, fold_code, tokenize
from fenji.analysis.stemming import stem

__all__ = ["HAN", "Term", "count_terms", "fold", "fold_code", "stem", "tokenize"]
