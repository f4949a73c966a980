"""Decide for git's pre-receive hook whether to accept a push, by the refs that it moves and by `judge.push`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from fenji.errors import InvalidUsage, Sentence
from fenji.git.history import History, is_object_id
from fenji.judge.contents import BlobContents
from fenji.judge.policy_line import Arrival, PolicyLine
from fenji.judge.push import PushCheck, deduplicate
from fenji.judge.refusals import Refusal


class RefUpdate(Struct, frozen=True):
    """One input line of the hook: a ref, and its old and new commit (None: no such ref)."""

    ref: str
    old: str | None
    new: str | None


class PushVerdict(Struct, frozen=True):
    """The hub's answer to a push: the reasons to refuse it (none: accepted), and the language to show them in."""

    refusals: tuple[Refusal, ...]
    language: str


def parse_updates(text: str) -> list[RefUpdate]:
    """Parse the lines `OLD NEW REF` of a pre-receive hook. Raises InvalidUsage for any other line."""
    parsed = []
    for line in text.splitlines():
        parts = line.split(" ", 2)
        if len(parts) != 3 or not all(map(is_object_id, parts[:2])):
            raise InvalidUsage("{line} is not a push line.", hint="git gives this command: OLD NEW REF", line=line)
        old, new = (None if not sha.strip("0") else sha for sha in parts[:2])
        parsed.append(RefUpdate(parts[2], old, new))
    return parsed


def check_push(git_dir: Path, updates: Sequence[RefUpdate], now: datetime) -> PushVerdict:
    """Check whether a push may be accepted as a whole at the hub's time `now`; changes no ref."""
    history = History(git_dir)
    branch = history.head_branch()
    refusals: list[Refusal] = []
    language = ""
    for update in updates:
        fault = _check_ref(update, branch, history)
        if fault:
            refusals.append(fault)
            continue
        push_check = PushCheck(history, update.old, str(update.new), Arrival(now))
        push_refusals = deduplicate(push_check.find_refusals())
        if push_check.is_first_push and not push_refusals:
            push_check.uid_index.save_first_push(push_check.new)
        refusals += push_refusals
        language = push_check.language
    return PushVerdict(tuple(refusals), language or _hub_language(history, branch))


def _check_ref(update: RefUpdate, branch: str, history: History) -> Refusal | None:
    if update.ref != branch:
        return Refusal(update.ref, _describe_branch(branch))
    if update.new is None:
        return Refusal(update.ref, Sentence("the branch of a hub cannot be deleted"))
    if update.old is None and history.resolve(branch):
        return Refusal(update.ref, Sentence("the hub already has a desk; take up what it has first"))
    if update.new not in history.read_commits([update.new]):
        return Refusal(update.ref, Sentence("the push is not a commit"))
    if update.old and not history.contains(update.new, update.old):
        return Refusal(update.ref, Sentence("the history was rewritten; sync, or take up what the hub has first"))
    return None


def _describe_branch(branch: str) -> Sentence:
    if branch:
        return Sentence("a hub holds one branch, {branch}; nothing else is accepted", {"branch": branch})
    return Sentence("the hub's HEAD names no branch; its administrator sets it: git symbolic-ref HEAD refs/heads/NAME")


def _hub_language(history: History, branch: str) -> str:
    commit = history.resolve(branch)
    policy = PolicyLine(BlobContents(history), commit, Arrival(datetime.now(UTC))).hub.policy
    return policy.language if policy else ""
