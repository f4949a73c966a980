"""Judge the whole history of a clone as a hub would have, from its founding on."""

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
    """What a hub would have refused: the commit, the ticket's number or the path of another file, and the reason.

    `damaged`: the file cannot be read as it stands now. `at_hub`: the branch of a hub that judges has the commit, so
    that it is settled: an older fenji took it there, or it came past the hook.
    """

    commit: str
    subject: str
    reason: Sentence
    damaged: bool = False
    at_hub: bool = False


class HistoryFindings(Struct, frozen=True):
    """The commit that the history was founded with (`""`: none), how many came after it, and what was found."""

    founding: str
    commits: int
    findings: tuple[HistoryFinding, ...]


def judge_history(
    repo: Repo, now: datetime, *, since: str = "", progress: Callable[[int, int], None] | None = None
) -> HistoryFindings:
    """Judge every commit of HEAD's history after its founding, or after the commit `since`, oldest first.

    The founding itself is judged for its form alone, as what was done before it. Raises Refused for a desk within a
    larger repository, a shallow clone, and a `since` that is no commit of this history.
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
    """Return the commit that a hub's branch has as this clone last saw it; `""` where no hub judges."""
    remote = branches.find_remote(repo, repo.read_settings().exchange)
    return (refs.resolve(repo, remote.tracking) or "") if remote and refs.resolve(repo, JUDGING_REF) else ""


def _require_whole(repo: Repo) -> str:
    head = repo.head()
    if repo.prefix:
        raise Refused("{path} is a part of a larger repository: its history is not judged.", path=repo.root)
    if head is None:
        raise Refused("Nothing is recorded here yet.")
    if refs.is_shallow(repo):
        raise Refused(
            "This clone has only a part of the history, so it cannot be judged.",
            hint="Fetch the rest first: git fetch --unshallow",
        )
    return head


def _resolve_since(history: History, head: str, since: str) -> str:
    answer = history.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    commit = answer.stdout.decode().strip()
    if not commit or not history.contains(head, commit):
        raise Refused("{commit} is no commit of this desk's history.", hint="git log lists them.", commit=since)
    return commit


def _locate(refusals: Iterator[Refusal], history: History, head: str, settled: str) -> Iterator[HistoryFinding]:
    """Yield the findings in the order of the history; what stands at its end is that of who last changed the file."""
    findings = []
    for refusal in refusals:
        path = refusal.path or refusal.subject.partition(":")[0]
        commit = refusal.commit or history.last_commit_touching(path, head) or head
        damaged = not refusal.commit and bool(ticket_number_at(path)) and ":" in refusal.subject
        at_hub = bool(settled) and history.contains(settled, commit)
        findings.append(HistoryFinding(commit, refusal.subject, refusal.message, damaged, at_hub))
    order = {sha: position for position, sha in enumerate(history.list_commits(head))}
    yield from sorted(findings, key=lambda finding: order.get(finding.commit, 0))
