"""Two versions of a ticket made one, for other programs: `merge(ours, theirs)`."""

from fenji.model.merge import merge

__all__ = ["merge"]
