"""Acts that were held because the hub refuses them: kept in git, outside the desk's history, until it accepts them.

Each held event has a ref under `refs/fenji/held/`, named by the event's hash, to a commit whose message describes the
act and gives the reason. The commit's parent is the original commit with the act. Acts on several tickets in one second
can be identical: the ref of the second one is then named by its hash and the uid of its ticket.
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
    """Keep these acts; an act that is already held gets a new record with its new reason."""
    acts = list(acts)
    known = {held.key: (name, held) for name, held in _read_records(repo).items()}
    taken = {name for name, _ in known.values()}
    commits = repo.past.read_commits(dict.fromkeys(act.commit for act in acts))
    for act in acts:
        name, before = known.get(act.key, (act.digest, None))
        if before is None and name in taken:
            name = f"{act.digest}-{act.uid}"
        if act.commit in commits and before != act:
            refs.set_ref(repo, f"{HELD_REFS}/{name}", _write_record(repo, act, commits[act.commit]))
            taken.add(name)


def _write_record(repo: Repo, act: HeldAct, origin: CommitObject) -> str:
    author = CommitAuthor(MERGER_NAME, MERGER_EMAIL, origin.committer.at)
    return objects.write_commit(repo, [origin.sha], TreeEdit(origin.sha, {}), message=_to_message(act), author=author)


def _to_message(act: HeldAct) -> str:
    data = {key: getattr(act, key) for key in _WORDS}
    data |= {"n": act.n, "at": act.at.isoformat(), "reason": dump_sentence(act.reason)}
    return f"{act.id}: {act.do} by {act.by} is held\n\n{json.dumps(data, ensure_ascii=False, sort_keys=True)}"


def list_held(repo: Repo) -> list[HeldAct]:
    """Return the held acts, ticket by ticket in the order of their logs; unreadable records are left out."""
    return sorted(_read_records(repo).values(), key=lambda act: (act.id, act.n, act.at, act.digest, act.uid))


def _read_records(repo: Repo) -> dict[str, HeldAct]:
    """Return the held acts by the last part of their refs' names."""
    if not refs.may_have(repo, HELD_REFS):
        return {}
    found = {name: _parse(name, message) for name, (_, message) in refs.list_messages(repo, HELD_REFS).items()}
    return {name: act for name, act in found.items() if act}


def held_by_ticket(repo: Repo) -> dict[str, tuple[HeldAct, ...]]:
    """Return the held acts by the uid of their ticket."""
    by_uid: dict[str, tuple[HeldAct, ...]] = {}
    for act in list_held(repo):
        by_uid[act.uid] = (*by_uid.get(act.uid, ()), act)
    return by_uid


def _parse(name: str, message: str) -> HeldAct | None:
    try:
        data = json.loads(message.partition("\n\n")[2])
        words = {key: str(data[key]) for key in _WORDS}
        reason, at = load_sentence(data["reason"]), datetime.fromisoformat(data["at"])
        return HeldAct(digest=name.partition("-")[0], n=int(data["n"]), at=at, reason=reason, **words)
    except files.DAMAGE:
        return None


def release(repo: Repo, acts: Iterable[HeldAct]) -> None:
    """Forget that these acts were held, since the history has them now."""
    gone = {act.key for act in acts}
    for name, act in _read_records(repo).items() if gone else ():
        if act.key in gone:
            refs.set_ref(repo, f"{HELD_REFS}/{name}", None)


def keep_history(repo: Repo, commit: str) -> None:
    """Keep a commit that the branch is about to leave, so that it is never lost."""
    refs.set_ref(repo, f"{KEPT}/{commit[:16]}", commit)


def settle(repo: Repo, act: HeldAct) -> None:
    """Stop holding an act that somebody has taken up; its record stays in git."""
    name = next((name for name, held in _read_records(repo).items() if held.key == act.key), "")
    ref = f"{HELD_REFS}/{name}"
    commit = refs.resolve(repo, ref) if name else None
    if commit:
        kept = f"{KEPT}/{act.digest[:16]}"
        refs.set_ref(repo, f"{kept}-{act.uid}" if refs.resolve(repo, kept) else kept, commit)
        refs.set_ref(repo, ref, None)
