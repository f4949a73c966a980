"""Merging two versions of a ticket, for other programs: `merge(ours, theirs)`."""

from fenji.model.merge import merge

__all__ = ["merge"]
