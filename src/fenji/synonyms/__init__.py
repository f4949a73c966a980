"""Different words for one thing: handbook.yaml, the file in which a desk keeps them. Bytes in, values out; no files.

groups      reading the file strictly, writing it, adding and removing a group
joining     two versions of the file made one
starter     the groups that a desk begins with
"""

from fenji.synonyms.groups import (
    FILE_NAME,
    SynonymGroup,
    add_group,
    dump,
    make_group,
    parse,
    remove_group,
    same_words,
    synonym_key,
)
from fenji.synonyms.joining import merge_versions
from fenji.synonyms.starter import STARTER, starter_groups

__all__ = [
    "FILE_NAME",
    "STARTER",
    "SynonymGroup",
    "add_group",
    "dump",
    "make_group",
    "merge_versions",
    "parse",
    "remove_group",
    "same_words",
    "starter_groups",
    "synonym_key",
]
