"""Different words for one thing: handbook.yaml, the file in which a desk keeps them. Bytes in, values out; no files.

groups      reading the file strictly, writing it, adding and removing a group
joining     two versions of the file made one
starter     the groups that a desk begins with
"""

from fenji.synonyms.groups import FILE, Group, added, check, dump, key, read, removed, same
from fenji.synonyms.joining import joined
from fenji.synonyms.starter import STARTER, starter

__all__ = [
    "FILE",
    "STARTER",
    "Group",
    "added",
    "check",
    "dump",
    "joined",
    "key",
    "read",
    "removed",
    "same",
    "starter",
]
