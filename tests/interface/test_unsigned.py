"""Steps that should be signed and are not, as the screens show them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import hubs
import signers
from fenji.storage import yaml_codec
from hubs import FIRST, PEOPLE, SECOND, Clone, after_step, git, rules
from interface.driven import open_app
from signers import Keys, public_keys

SIGNED = "confirm, policy"
CONFIRMED = after_step(SECOND, "confirm", 2, by="zhao.min")
ARCHIVED = after_step(CONFIRMED, "archive", 1, by="zhao.min")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return signers.make_keys(tmp_path_factory.mktemp("keys"), PEOPLE)


@pytest.fixture
def clone(tmp_path: Path, keys: Keys) -> Clone:
    clone = hubs.create_hub(tmp_path, rules(keys=public_keys(keys, *PEOPLE), signed=SIGNED), FIRST, SECOND)
    git(clone.folder, "config", "fenji.site", "KSA")
    return clone


def now() -> datetime:
    return hubs.NOW


async def test_the_board_the_preview_and_the_ticket_tell_it(clone: Clone) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    async with open_app(clone.folder, now=now, size=(99, 30), plain=True) as run:
        await run.wait_for("#unsigned rust", "1 bad: b")
        await run.press("j")
        await run.wait_for("# unsigned: confirm; commit ", "must be signed by zhao.min: the commit is not signed")
        await run.press("Enter")
        await run.wait_for(f" {SECOND.id}", "# unsigned: confirm; commit", "Sign what is not sent yet")


async def test_it_comes_up_while_the_board_is_open_and_goes_when_it_is_signed(clone: Clone, keys: Keys) -> None:
    async with open_app(clone.folder, now=now) as run:
        await run.wait_for("rust")
        clone.commit(CONFIRMED, by="zhao.min")
        await run.wait_for("#unsigned rust")
        signers.sign_last_commit(clone, keys["zhao.min"])
        await run.wait_for("rust", gone="#unsigned")


async def test_the_bad_files_list_archived_tickets_and_the_rules_too(clone: Clone) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    clone.commit(
        by="zhao.min", files={hubs.ticket_path(CONFIRMED): None, hubs.ticket_path(ARCHIVED): yaml_codec.dump(ARCHIVED)}
    )
    clone.commit(by="sun.yu", files={"policy.yaml": rules(signed=SIGNED)})
    async with open_app(clone.folder, now=now, size=(90, 30)) as run:
        await run.wait_for("2 bad: b")
        assert "#unsigned" not in run.text
        await run.press("b")
        await run.wait_for("2 with steps that should be signed but are not.", "policy.yaml  #unsigned")
        await run.wait_for(f"{SECOND.id}  #unsigned", "confirm  commit", "The hub accepts it only signed.")
        await run.press(*(["j"] if not run.line("▐").startswith(f"▐ {SECOND.id}") else []), "Enter")
        await run.wait_for("archived", "# unsigned: confirm")
        await run.press("Esc")
        await run.wait_for("2 with steps")


async def test_a_narrow_board_keeps_sign_and_word(clone: Clone) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    async with open_app(clone.folder, now=now, size=(40, 20), plain=True) as run:
        await run.wait_for("#unsigned rust")
