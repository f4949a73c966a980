"""Acts that were held back, since the hub refuses them: kept in git, out of the desk's history, until they may go out.

Each held event has a ref under `refs/fenji/held/`, named by the event's hash, to a commit whose message says what it is
and why it is held. Its parent is the commit that brought the act, as it was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from fenji import files
from fenji.git import objects, refs
from fenji.git.objects import CommitAuthor, TreeEdit
from fenji.git.refs import HELD_REFS
from fenji.judge.refusals import dump_sentence, load_sentence
from fenji.model.annotations import HeldAct
from fenji.sync.merge_commit import MERGER_EMAIL, MERGER_NAME

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.commit_object import CommitObject

_WORDS = ("uid", "id", "title", "path", "commit", "by", "do", "policy")
KEPT = "refs/fenji/kept"


def hold(repo: Repo, acts: Iterable[HeldAct]) -> None:
    """Keep these acts; one that is held already keeps its commit and gets the new reason."""
    acts = list(acts)
    known = {act.digest: act for act in list_held(repo)}
    commits = repo.past.read_commits(dict.fromkeys(act.commit for act in acts))
    for act in acts:
        if act.commit in commits and known.get(act.digest) != act:
            refs.set_ref(repo, f"{HELD_REFS}/{act.digest}", _write_record(repo, act, commits[act.commit]))


def _write_record(repo: Repo, act: HeldAct, origin: CommitObject) -> str:
    author = CommitAuthor(MERGER_NAME, MERGER_EMAIL, origin.committer.at)
    return objects.write_commit(repo, [origin.sha], TreeEdit(origin.sha, {}), message=_to_message(act), author=author)


def _to_message(act: HeldAct) -> str:
    data = {key: getattr(act, key) for key in _WORDS}
    data |= {"n": act.n, "at": act.at.isoformat(), "reason": dump_sentence(act.reason)}
    return f"{act.id}: {act.do} by {act.by} is held\n\n{json.dumps(data, ensure_ascii=False, sort_keys=True)}"


def list_held(repo: Repo) -> list[HeldAct]:
    """Return what is held, ticket by ticket in the order of their logs; records that cannot be read are left out."""
    if not refs.may_have(repo, HELD_REFS):
        return []
    found = (_parse(name, message) for name, (_, message) in refs.list_messages(repo, HELD_REFS).items())
    acts = [act for act in found if act]
    return sorted(acts, key=lambda act: (act.id, act.n, act.at, act.digest))


def held_by_ticket(repo: Repo) -> dict[str, tuple[HeldAct, ...]]:
    """Return what is held, by the uid of its ticket."""
    by_uid: dict[str, tuple[HeldAct, ...]] = {}
    for act in list_held(repo):
        by_uid[act.uid] = (*by_uid.get(act.uid, ()), act)
    return by_uid


def _parse(digest: str, message: str) -> HeldAct | None:
    try:
        data = json.loads(message.partition("\n\n")[2])
        words = {key: str(data[key]) for key in _WORDS}
        reason, at = load_sentence(data["reason"]), datetime.fromisoformat(data["at"])
        return HeldAct(digest=digest, n=int(data["n"]), at=at, reason=reason, **words)
    except files.DAMAGE:
        return None


def release(repo: Repo, digests: Iterable[str]) -> None:
    """Forget that these events are held, as the history has them now or somebody took them up."""
    for digest in digests:
        refs.set_ref(repo, f"{HELD_REFS}/{digest}", None)


def keep_history(repo: Repo, commit: str) -> None:
    """Keep a commit that the branch is about to leave, so that nothing of it is ever lost."""
    refs.set_ref(repo, f"{KEPT}/{commit[:16]}", commit)


def settle(repo: Repo, act: HeldAct) -> None:
    """End the hold of an act that somebody took up; what it was stays in git."""
    commit = refs.resolve(repo, f"{HELD_REFS}/{act.digest}")
    if commit:
        refs.set_ref(repo, f"{KEPT}/{act.digest[:16]}", commit)
        refs.set_ref(repo, f"{HELD_REFS}/{act.digest}", None)
