"""Text → terms: folding, tokenizing, stemming and pinyin, the same for indexing and querying.

Pure but for two tables, which are read when first needed.
"""

from fenji.text.fold import fold
from fenji.text.stem import stem
from fenji.text.tokenize import HAN, Term, count_terms, fold_code, tokenize

__all__ = ["HAN", "Term", "count_terms", "fold", "fold_code", "stem", "tokenize"]
