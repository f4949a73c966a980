"""The hub: the bare repository that all sites sync with, and what it lets in (docs/hub.md).

`making` sets one up, `pushes` answers git's question whether a push may come in; beneath it `brought` tells what each
commit brought, `steps` and `verdicts` judge that, `tips` judges what the branch will hold, `rules` says which policy is
in force where, `signatures` whose a commit is for certain. Runs on the hub's machine, which has no working tree; only
`lookout`, which looks for unsigned steps as a history grows, is asked at desks.
"""

from fenji.hub.hook import PushVerdict, RefUpdate, check_push, parse_updates
from fenji.hub.setup import create, push_desk
from fenji.judge.refusals import Refusal

__all__ = ["PushVerdict", "RefUpdate", "Refusal", "check_push", "create", "parse_updates", "push_desk"]
