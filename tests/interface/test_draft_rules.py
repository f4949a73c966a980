"""A draft of the rules on the screens: each says that it is one, and a key lets it begin now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from interface.driven import open_app
from test_policy_in_force import ago, policy_of, write_version
from two_clones import TwoClones, edit_text, git


@pytest.fixture
def pair(tmp_path: Path) -> TwoClones:
    pair = TwoClones.create(tmp_path)
    pair.run(pair.a, "new", "--title", "rust")
    pair.sync(pair.a)
    return pair


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_draft_is_named_and_sent_from_now(pair: TwoClones) -> None:
    write_version(pair.a, ago(hours=3))
    async with open_app(pair.a, now=now, person="li.wei") as run:
        await run.wait_for("draft of the rules: b")
        await run.press("Enter")
        await run.wait_for("a draft until the hub accepts it")
        await run.press("Esc", "b")
        await run.wait_for("The rules in force are not those of policy.yaml.", "a draft until the hub accepts it")
        await run.press("Esc", "@", "P")
        await run.wait_for("~ a change waits", "until the hub accepts it. S sends it.")
        await run.press("Esc", "Esc", "S")
        await run.wait_for("1 file was left alone.")
        await run.press("i")
        await run.wait_for("its `since` has passed: N sets it to now.")
        await run.press("N")
        await run.wait_for(gone="has passed")
        await run.press("N")
        await run.wait_for("No draft of the rules is waiting for a new `since`.")
        await run.press("Esc")
        await run.wait_for("rust", gone="draft of the rules")
        await run.press("@", "P")
        await run.wait_for("Policy since", gone="change waits")
        assert len(run.desk.policy.versions) == 2


async def test_a_draft_is_sent_from_now_after_the_exchange_that_runs(pair: TwoClones) -> None:
    write_version(pair.a, ago(hours=3))
    async with open_app(pair.a, now=now, person="li.wei") as run:
        await run.wait_for("draft of the rules: b")
        await run.press("S")
        await run.wait_for("1 file was left alone.")
        go = pair.folder / "go"
        pair.refuse_next_push(after=f"for _ in $(seq 1200); do [ -e '{go}' ] && break; sleep 0.05; done")
        await run.press("m", "on my way", "Enter")
        await run.wait_for("noted.")
        await run.press("S", "i")
        await run.wait_for("sending")
        await run.press("N")
        go.touch()
        await run.wait_for(gone="has gone by")
        await run.press("Esc")
        await run.wait_for("rust", gone="draft of the rules")
        assert len(run.desk.policy.versions) == 2


async def test_rules_of_a_newer_format_open_and_promise_nothing(pair: TwoClones) -> None:
    edit_text(policy_of(pair.a), "format: 2", "format: 99")
    pair.run(pair.a, "list")
    (pair.hub / "hooks" / "pre-receive").unlink()
    for words in (["commit", "-qam", "newer"], ["push", "-q"]):
        git(pair.a, *words)
    async with open_app(pair.a, now=now, person="li.wei") as run:
        await run.wait_for("rust", "1 bad: b")
        await run.press("Enter")
        await run.wait_for("format 99")
        await run.press("r")
        await run.press("Esc", "b")
        await run.wait_for("policy.yaml")
