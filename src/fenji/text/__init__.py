"""Text → terms: folding, tokenizing, stemming and pinyin, the same for indexing and querying.

Pure except for two tables, which are read when first needed.
"""

from fenji.text.fold import MARKS, SILENT, SPELLED, fold, spell_out
from fenji.text.stem import stem
from fenji.text.tokenize import HAN, LETTER_LIKE, Term, count_terms, fold_code, tokenize

__all__ = [
    "HAN",
    "LETTER_LIKE",
    "MARKS",
    "SILENT",
    "SPELLED",
    "Term",
    "count_terms",
    "fold",
    "fold_code",
    "spell_out",
    "stem",
    "tokenize",
]
