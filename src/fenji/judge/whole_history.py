"""Judge the whole history of a clone since its founding as a hub would have done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused, Sentence
from fenji.git import Repo, branches, partial, refs
from fenji.git.remotes import JUDGING_REF
from fenji.judge.contents import BlobContents, find_founding
from fenji.judge.paths import ticket_number_at
from fenji.judge.policy_line import Arrival
from fenji.judge.push import PushCheck, deduplicate

if TYPE_CHECKING:
    from fenji.git.history import History
    from fenji.judge.refusals import Refusal


class HistoryFinding(Struct, frozen=True):
    """A refusal that a hub would have made: the commit, a ticket's number or another file's path, and the reason.

    `damaged`: the present file cannot be read. `at_hub`: the branch of a judging hub has the commit, so the matter is
    settled: an older fenji accepted it there, or it bypassed the hook.
    """

    commit: str
    subject: str
    reason: Sentence
    damaged: bool = False
    at_hub: bool = False


class HistoryFindings(Struct, frozen=True):
    """The founding commit of the history (`""`: none), the number of commits after it, and the findings."""

    founding: str
    commits: int
    findings: tuple[HistoryFinding, ...]


def judge_history(
    repo: Repo, now: datetime, *, since: str = "", progress: Callable[[int, int], None] | None = None
) -> HistoryFindings:
    """Judge every commit of HEAD's history after its founding, or after the commit `since`, oldest first.

    The founding and everything before it are judged only for their form. Raises Refused for a desk within a larger
    repository, a shallow clone, and a `since` that is no commit of this history.
    """
    head = _require_whole(repo)
    history = repo.past
    founding = _resolve_since(history, head, since) if since else find_founding(BlobContents(history), head)
    if founding is None:
        return HistoryFindings("", 0, ())
    arrival = Arrival(now, after_the_fact=True)
    refusals = [] if since else list(PushCheck(history, None, founding, arrival).find_refusals())
    if founding != head:
        refusals += PushCheck(history, founding, head, arrival).find_refusals(progress)
    left_out = partial.list_left_out(repo, "tickets/files") if partial.is_partial(repo) else set()
    judged = (refusal for refusal in deduplicate(refusals) if refusal.path not in left_out)
    count = len(history.commits_since(head, founding))
    return HistoryFindings(founding, count, tuple(_locate(judged, history, head, _find_settled(repo))))


def _find_settled(repo: Repo) -> str:
    """Return the commit of the hub's branch as this clone last saw it; `""` if no hub judges."""
    remote = branches.find_remote(repo, repo.read_settings().exchange)
    return (refs.resolve(repo, remote.tracking) or "") if remote and refs.resolve(repo, JUDGING_REF) else ""


def _require_whole(repo: Repo) -> str:
    head = repo.head()
    if repo.prefix:
        raise Refused("{path} is part of a larger repository: its history is not judged.", path=repo.root)
    if head is None:
        raise Refused("Nothing is recorded here yet.")
    if refs.is_shallow(repo):
        raise Refused(
            "This clone has only part of the history, so it cannot be judged.",
            hint="Fetch the rest first: git fetch --unshallow",
        )
    return head


def _resolve_since(history: History, head: str, since: str) -> str:
    answer = history.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    commit = answer.stdout.decode().strip()
    if not commit or not history.contains(head, commit):
        raise Refused("{commit} is not a commit in this desk's history.", hint="git log lists them.", commit=since)
    return commit


def _locate(refusals: Iterator[Refusal], history: History, head: str, settled: str) -> Iterator[HistoryFinding]:
    """Yield the findings in the order of the history; a fault of a final file belongs to its last change."""
    findings = []
    for refusal in refusals:
        path = refusal.path or refusal.subject.partition(":")[0]
        commit = refusal.commit or history.last_commit_touching(path, head) or head
        damaged = not refusal.commit and bool(ticket_number_at(path)) and ":" in refusal.subject
        at_hub = bool(settled) and history.contains(settled, commit)
        findings.append(HistoryFinding(commit, refusal.subject, refusal.message, damaged, at_hub))
    order = {sha: position for position, sha in enumerate(history.list_commits(head))}
    yield from sorted(findings, key=lambda finding: order.get(finding.commit, 0))
