"""Looking after a hub: its status, and ending somebody's signing key."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
import signers
from commandline import CommandResult, fenji
from fenji.errors import Refused
from fenji.storage.policy_keys import set_key
from hubs import FIRST, SECOND, Clone, after_step, git, rules
from signers import Keys, public_keys, sign_last_commit

ADMIN, LEAD = "sun.yu", "zhao.min"
CONFIRMED = after_step(SECOND, "confirm", 2, by=LEAD)
NEW_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA zhao.min"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return signers.make_keys(tmp_path_factory.mktemp("keys"), (ADMIN, LEAD))


@pytest.fixture
def clone(tmp_path: Path, keys: Keys) -> Clone:
    clone = hubs.create_hub(tmp_path, rules(keys=public_keys(keys, ADMIN, LEAD), signed="confirm"), FIRST, SECOND)
    git(clone.folder, "remote", "add", "origin", str(clone.hub))
    git(clone.folder, "config", "fenji.user", ADMIN)
    return clone


# --- status -----------------------------------------------------------------------------------------------------------


def faults_of(result: CommandResult) -> set[str]:
    return {finding["name"] for finding in result.json["findings"] if finding["state"] == "fault"}


def test_a_hub_says_what_it_holds_and_who_brought_something(clone: Clone) -> None:
    result = fenji("hub", "status", clone.hub, "--json")
    assert (result.code, faults_of(result)) == (0, set())
    assert result.json["branch"] == "main"
    assert result.json["commit"] == git(clone.hub, "rev-parse", "main")
    assert result.json["tickets"] == {"open": 2, "archived": 0}
    addresses = git(clone.hub, "log", "--no-merges", "--format=%ae", "main").split()
    assert {entry["person"] for entry in result.json["people"]} == {address.partition("@")[0] for address in addresses}


def test_a_desk_names_its_hub(clone: Clone) -> None:
    result = fenji("hub", "status", "--desk", clone.folder, "--json")
    assert result.json["hub"] == str(clone.hub.resolve())


def test_a_hub_on_another_machine_is_asked_there(clone: Clone) -> None:
    git(clone.folder, "remote", "set-url", "origin", "ssh://hq/srv/hub.git")
    result = fenji("hub", "status", "--desk", clone.folder)
    assert result.code == 1
    assert "not a folder on this machine" in result.err


CHANGED_LINES = {"no line of its python": "", "an open quote": "python='/usr/bin/python3", "no python": "python="}


@pytest.mark.parametrize("how", ["gone", "of somebody else", "not to be run", "without its python", *CHANGED_LINES])
def test_a_hub_that_judges_nothing_says_so(clone: Clone, how: str) -> None:
    hook = clone.hub / "hooks" / "pre-receive"
    if how == "gone":
        hook.unlink()
    elif how == "of somebody else":
        hook.write_text("#!/bin/sh\nexit 0\n")
    elif how == "not to be run":
        hook.chmod(0o644)
    else:
        lines = hook.read_text().splitlines()
        changed = CHANGED_LINES.get(how, "python=/no/python")
        hook.write_text("\n".join(changed if line.startswith("python=") else line for line in lines))
    result = fenji("hub", "status", clone.hub, "--json")
    assert (result.code, faults_of(result)) == (1, {"hook"})
    assert fenji("hub", "init", clone.hub).code == 0 or how == "of somebody else"


def test_missing_settings_are_named_and_renewed(clone: Clone) -> None:
    git(clone.hub, "config", "--unset", "receive.denyDeletes")
    assert faults_of(fenji("hub", "status", clone.hub, "--json")) == {"settings"}
    assert fenji("hub", "init", clone.hub).code == 0
    assert fenji("hub", "status", clone.hub).code == 0


def test_an_empty_hub_and_a_folder_that_is_none(tmp_path: Path) -> None:
    fenji("hub", "init", tmp_path / "hub")
    result = fenji("hub", "status", tmp_path / "hub")
    assert result.code == 0
    assert "is still empty" in result.out
    assert fenji("hub", "status", tmp_path / "nowhere").code == 1


# --- revoke -----------------------------------------------------------------------------------------------------------


def revoke(clone: Clone, *words: object) -> CommandResult:
    return fenji("hub", "revoke", *words, "--desk", clone.folder)


def test_what_a_revoked_key_has_signed_stays_out(clone: Clone, keys: Keys) -> None:
    late = clone.clone_hub()
    assert revoke(clone, LEAD).code == 0
    assert fenji("sync", "--desk", clone.folder).code == 0
    late.commit(CONFIRMED, by=LEAD)
    sign_last_commit(late, keys[LEAD])
    git(late.folder, "fetch", "-q", str(clone.hub), "main")
    git(late.folder, "-c", "user.name=x", "-c", "user.email=x@x.invalid", "merge", "-q", "--no-edit", "FETCH_HEAD")
    pushed = late.push()
    assert not pushed.accepted
    assert any("key" in line for line in pushed.lines), pushed.lines


def test_another_key_takes_its_place(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "new.pub").write_text(f"{NEW_KEY}\n")
    before = (clone.folder / "policy.yaml").read_text()
    assert revoke(clone, LEAD, "--new", tmp_path / "new.pub", "--dry-run").code == 0
    assert (clone.folder / "policy.yaml").read_text() == before
    assert revoke(clone, LEAD, "--new", tmp_path / "new.pub").code == 0
    assert NEW_KEY in (clone.folder / "policy.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("zhao.mim",), "Is zhao.min meant?"),
        (("li.wei",), "has no key"),
        ((LEAD, "--new", "rot13"), "not an SSH public key"),
    ],
)
def test_what_cannot_be_revoked_is_named(clone: Clone, words: tuple[str, ...], said: str) -> None:
    result = revoke(clone, *words)
    assert result.code in (1, 2)
    assert said in result.err


def test_nobody_ends_the_key_that_must_sign_the_change(tmp_path: Path, keys: Keys) -> None:
    text = rules(keys=public_keys(keys, ADMIN, LEAD), signed="confirm, policy")
    clone = hubs.create_hub(tmp_path, text, FIRST)
    git(clone.folder, "config", "fenji.user", ADMIN)
    result = revoke(clone, ADMIN)
    assert result.code == 1
    assert "another admin" in result.err


def test_only_who_may_change_the_rules_revokes(clone: Clone) -> None:
    git(clone.folder, "config", "fenji.user", "li.wei")
    before = (clone.folder / "policy.yaml").read_bytes()
    assert revoke(clone, LEAD).code == 1
    assert (clone.folder / "policy.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("people:\n  a: {name: A, key: K, roles: []}  # first\n", "people:\n  a: {name: A, roles: []}  # first\n"),
        ("people:\n  a: {key: K, name: A}\n", "people:\n  a: {name: A}\n"),
        ("people: {a: {key: K}}\n", "people: {a: {}}\n"),
        (
            "people:\n  a:\n    name: A  # b\n    key: K\n    email: b\n",
            "people:\n  a:\n    name: A  # b\n    email: b\n",
        ),
    ],
)
def test_a_key_is_taken_out_of_the_text_and_nothing_else(typed: str, after: str) -> None:
    assert set_key(typed.encode(), "policy.yaml", "a", "").decode() == after


def test_a_remark_beside_the_key_is_not_lost() -> None:
    with pytest.raises(Refused, match="by hand"):
        set_key(b"people:\n  a:\n    name: A\n    key: K  # laptop\n", "policy.yaml", "a", "")


def test_the_texts_of_other_lines_survive_in_every_line_ending() -> None:
    typed = b"people:\r\n  a:\r\n    key: K\r\n    name: A\r\n"
    assert set_key(typed, "policy.yaml", "a", "") == b"people:\r\n  a:\r\n    name: A\r\n"
