"""Signed work: commits that carry the signature of the person who acted, and what is refused without it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import hubs
import signers
from commandline import fenji
from fenji import repo as repos
from fenji.errors import NotFound, Refused, Unavailable
from fenji.hub import signatures
from fenji.merge import merge
from fenji.repo import signing
from hubs import FIRST, PEOPLE, SECOND, Clone, Pushed, ago, done, git, policy_of, rules
from signers import Keys, public, sign

TAKEN = Pushed(taken=True, said=())
SIGNED = "confirm, excuse, policy"
CONFIRMED = done(SECOND, "confirm", 2, by="zhao.min")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return signers.made(tmp_path_factory.mktemp("keys"), (*PEOPLE, "stranger"))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Clone:
    text = rules(keys=public(keys, "li.wei", "zhao.min", "sun.yu"), signed=SIGNED)
    return hubs.begin(tmp_path_factory.mktemp("founded"), text, FIRST, SECOND)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copied(founded, tmp_path)


def verified(clone: Clone, keys: Keys, commit: str = "") -> signatures.Signature:
    sha = commit or git(clone.folder, "rev-parse", "HEAD")
    return signatures.verify(repos.find(clone.folder), sha, policy_of(rules(keys=public(keys, "li.wei", "zhao.min"))))


def test_a_signature_tells_whose_it_is(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    assert str(verified(clone, keys).reason) == "the commit is not signed"
    sign(clone, keys["zhao.min"])
    assert verified(clone, keys) == signatures.Signature("zhao.min", good=True)
    sign(clone, keys["stranger"])
    assert verified(clone, keys).person is None
    assert str(verified(clone, keys).reason) == "its signature is by no key of the policy"


def test_a_commit_changed_after_it_was_signed_is_not_good(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sign(clone, keys["zhao.min"])
    raw = git(clone.folder, "cat-file", "commit", "HEAD") + "\nand more\n"
    sha = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=clone.folder,
        input=raw.encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert not verified(clone, keys, sha.strip()).good


def test_a_signed_confirmation_comes_in_and_other_steps_need_no_signature(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sign(clone, keys["zhao.min"])
    clone.commit(done(FIRST, "note", 1, note="x"))
    assert clone.push() == TAKEN


@pytest.mark.parametrize(
    ("signer", "why"),
    [("", "is not signed"), ("li.wei", "signed by li.wei"), ("stranger", "by no key of the policy")],
)
def test_a_confirmation_without_the_leads_signature_is_refused(clone: Clone, keys: Keys, signer: str, why: str) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    if signer:
        sign(clone, keys[signer])
    pushed = clone.push()
    assert not pushed.taken
    assert pushed.said[0].startswith(f"{SECOND.id}: commit ")
    assert "must be signed by zhao.min" in pushed.said[0]
    assert why in pushed.said[0]


def test_whoever_has_no_key_in_the_policy_takes_no_such_step(clone: Clone, keys: Keys) -> None:
    late = done(hubs.reported(8, 20, impact="major", occurrence="rare"), "respond", 18)
    clone.commit(late)
    excused = done(late, "excuse", 2, by="huang.lei", clock="response", reason="force majeure", note="storm")
    clone.commit(excused, by="huang.lei")
    sign(clone, keys["huang.lei"])
    assert "the policy has no key of huang.lei" in clone.push().said[0]


def test_the_rules_are_changed_by_signed_commits_alone(clone: Clone, keys: Keys) -> None:
    text = rules(keys=public(keys, "li.wei", "zhao.min", "sun.yu", "huang.lei"), signed=SIGNED)
    clone.commit(by="sun.yu", files={"policy.yaml": text})
    assert "policy.yaml: commit " in clone.push().said[0]
    sign(clone, keys["sun.yu"])
    assert clone.push() == TAKEN


def test_a_key_that_the_hub_took_back_signs_nothing_from_an_older_commit(clone: Clone, keys: Keys) -> None:
    other = clone.other()
    clone.commit(by="sun.yu", files={"policy.yaml": rules(keys=public(keys, "sun.yu"), signed=SIGNED)})
    sign(clone, keys["sun.yu"])
    assert clone.push() == TAKEN
    other.commit(CONFIRMED, by="zhao.min")
    sign(other, keys["zhao.min"])
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    git(other.folder, "-c", "user.name=zhao.min", "-c", "user.email=z@x", "merge", "-q", "--no-edit", "FETCH_HEAD")
    assert "the policy has no key of zhao.min" in other.push().said[0]


def test_a_merge_brings_signed_steps_along_without_a_signature_of_its_own(clone: Clone, keys: Keys) -> None:
    other = clone.other()
    noted = done(SECOND, "note", 3, note="seen")
    clone.commit(noted)
    assert clone.push() == TAKEN
    other.commit(CONFIRMED, by="zhao.min")
    sign(other, keys["zhao.min"])
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    git(
        other.folder,
        "-c",
        "user.name=x",
        "-c",
        "user.email=x",
        "merge",
        "-q",
        "-s",
        "ours",
        "--no-commit",
        "FETCH_HEAD",
    )
    other.commit(merge(noted, CONFIRMED), by="zhao.min")
    assert other.push() == TAKEN


# --- ways around it ---------------------------------------------------------------------------------------------------


def refused(pushed: Pushed, *words: str) -> None:
    assert not pushed.taken
    assert any(all(word in line for word in words) for line in pushed.said), pushed.said


@pytest.mark.parametrize("signed", [SIGNED, "excuse, policy"])
def test_keys_and_demands_changed_in_the_same_push(clone: Clone, keys: Keys, signed: str) -> None:
    """Somebody who claims to be the admin gives the lead another key, or drops the demand, and confirms with that."""
    swapped = {**public(keys, "li.wei", "sun.yu"), "zhao.min": public(keys, "stranger")["stranger"]}
    clone.commit(by="sun.yu", files={"policy.yaml": rules(keys=swapped, signed=signed)})
    sign(clone, keys["stranger"])
    clone.commit(CONFIRMED, by="zhao.min")
    sign(clone, keys["stranger"])
    pushed = clone.push()
    refused(pushed, "policy.yaml", "must be signed by sun.yu")
    refused(pushed, SECOND.id, "must be signed by zhao.min")


def test_a_confirmation_slipped_into_a_merge(clone: Clone, keys: Keys) -> None:
    other = clone.other()
    clone.commit(done(FIRST, "note", 3, note="seen"))
    assert clone.push() == TAKEN
    other.commit(done(SECOND, "note", 3, by="zhao.min", note="seen"), by="zhao.min")
    sign(other, keys["zhao.min"])
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    who = ("-c", "user.name=x", "-c", "user.email=x")
    git(other.folder, *who, "merge", "-q", "--no-commit", "FETCH_HEAD")
    other.commit(done(done(SECOND, "note", 3, by="zhao.min", note="seen"), "confirm", 2, by="zhao.min"), by="zhao.min")
    refused(other.push(), SECOND.id, "must be signed by zhao.min")


def test_an_excuse_without_a_signature(clone: Clone) -> None:
    late = done(hubs.reported(8, 20, impact="major", occurrence="rare"), "respond", 18)
    clone.commit(
        done(late, "excuse", 2, by="zhao.min", clock="response", reason="force majeure", note="storm"), by="zhao.min"
    )
    refused(clone.push(), late.id, "must be signed by zhao.min")


def test_a_signature_of_another_commit_or_for_another_purpose(clone: Clone, keys: Keys) -> None:
    begun = git(clone.folder, "rev-parse", "HEAD")
    clone.commit(done(FIRST, "note", 1, by="zhao.min", note="harmless"), by="zhao.min")
    sign(clone, keys["zhao.min"])
    raw = git(clone.folder, "cat-file", "commit", "HEAD")
    borrowed = raw[raw.index("gpgsig ") : raw.index("-----END SSH SIGNATURE-----")] + "-----END SSH SIGNATURE-----\n"
    git(clone.folder, "reset", "-q", "--hard", begun)
    clone.commit(CONFIRMED, by="zhao.min")
    plain = git(clone.folder, "cat-file", "commit", "HEAD") + "\n"
    other = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(keys["zhao.min"])],
        input=plain.encode(), capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for signature in (borrowed, "gpgsig " + other.rstrip("\n").replace("\n", "\n ") + "\n"):
        head, _, words = plain.partition("\n\n")
        made = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
            cwd=clone.folder, input=f"{head}\n{signature}\n{words}".encode(), capture_output=True, check=True,
        ).stdout.decode().strip()  # fmt: skip
        refused(clone.push(f"{made}:refs/heads/main"), SECOND.id, "by no key of the policy")


# --- signing ----------------------------------------------------------------------------------------------------------


def test_a_desk_begun_with_sign_signs_what_it_commits(tmp_path: Path, keys: Keys) -> None:
    git(tmp_path, "config", "--global", "user.name", "Sun Yu, (HQ)")
    git(tmp_path, "config", "--global", "user.email", "sun.yu@fenji.example")
    desk = tmp_path / "desk"
    ran = fenji("init", desk, "--site", "KSA", "--language", "en", "--sign", "--key", keys["sun.yu"])
    assert ran.code == 0, ran.err
    line = public(keys, "sun.yu")["sun.yu"]
    assert ran.out.endswith(f'  key: "{line}"\n')
    begun = (desk / "policy.yaml").read_text()
    text = begun.replace("roles: [engineer", f'key: "{line}", roles: [engineer')
    text = text.replace("require_signed: []", "require_signed: [report, policy]")
    (desk / "policy.yaml").write_text(text)
    git(desk, "commit", "-q", "-a", "-m", "keys", "-S")
    assert fenji("--desk", desk, "new", "--title", "生鏽").code == 0
    repo = repos.find(desk)
    with_key = policy_of(text.encode())
    assert signatures.verify(repo, str(repo.head()), with_key) == signatures.Signature("sun.yu", good=True)
    assert git(desk, "log", "-1", "--format=%an|%ae|%cn") == "Sun Yu, (HQ)|sun.yu@fenji.example|Sun Yu, (HQ)"
    assert fenji("--desk", desk, "check", "--signatures", "--json").json["problems"] == []
    git(desk, "config", "fenji.sign", "false")
    assert fenji("--desk", desk, "new", "--title", "again").code == 0
    told = fenji("--desk", desk, "check", "--signatures").out
    assert "must be signed by sun.yu: the commit is not signed" in told
    assert "must be signed" not in fenji("--desk", desk, "check").out


def test_a_signature_changes_nothing_else_of_a_commit(tmp_path: Path, keys: Keys) -> None:
    repo = repos.init(tmp_path / "desk")
    changes = {"policy.yaml": b"a", "tickets/open/KSA-2026-0001.yaml": "生鏽\n".encode()}
    author = ("李偉", "li.wei@ksa.invalid")
    plain = repo.commit(changes, message="KSA-2026-0001: solve", author=author, at=ago(3))
    signing.set_up(repo, signing.find_key(keys["li.wei"]))
    signed = repo.commit({"policy.yaml": b"b"}, message="KSA-2026-0001: solve\n\nmore", author=author, at=ago(2))
    assert repo.settings().sign
    assert repo.head() == signed
    shown = git(repo.top, "log", "-1", "--format=%P%n%an <%ae> %at%n%B")
    assert shown.splitlines() == [
        plain,
        f"李偉 <li.wei@ksa.invalid> {int(ago(2).timestamp())}",
        "KSA-2026-0001: solve",
        "",
        "more",
    ]
    assert repo.dirty() == ["policy.yaml", "tickets/open/KSA-2026-0001.yaml"]  # committed, and never in the folder
    assert (repo.read("policy.yaml"), repo.read("tickets/open/KSA-2026-0001.yaml")) == (b"b", "生鏽\n".encode())


def test_a_key_that_cannot_sign_leaves_the_branch_and_asks_nobody(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret words", "-f", str(locked)]
    subprocess.run(made, check=True, stdin=subprocess.DEVNULL)
    repo = repos.init(tmp_path / "desk")
    signing.set_up(repo, signing.find_key(locked))
    with pytest.raises(Unavailable, match="cannot be signed"):
        repo.commit({"policy.yaml": b"a"}, message="x", author=("x", "x"), at=ago(1))
    assert repo.head() is None


def test_the_key_is_the_one_named_or_gits_or_the_usual_one(tmp_path: Path, keys: Keys) -> None:
    with pytest.raises(NotFound, match="no SSH key to sign with"):
        signing.find_key()
    with pytest.raises(NotFound, match="no public key"):
        signing.find_key(tmp_path / "none")
    (tmp_path / "wrong.pub").write_text("hello\n")
    with pytest.raises(Refused, match="no public key of SSH"):
        signing.find_key(tmp_path / "wrong")
    folder = Path(os.environ["HOME"], ".ssh")
    folder.mkdir()
    for suffix in ("", ".pub"):
        (folder / f"id_ed25519{suffix}").write_bytes(Path(f"{keys['li.wei']}{suffix}").read_bytes())
    assert signing.find_key().path == folder / "id_ed25519"
    git(tmp_path, "config", "--global", "user.signingkey", str(keys["zhao.min"]))
    assert signing.find_key().path == keys["zhao.min"]
    ran = fenji("init", tmp_path / "desk", "--site", "KSA", "--key", keys["zhao.min"])
    assert (ran.code, (tmp_path / "desk").exists()) == (2, False)


def test_a_desk_copied_from_a_hub_signs_as_well(founded: Clone, tmp_path: Path, keys: Keys) -> None:
    desk, key = tmp_path / "copy", keys["zhao.min"]
    ran = fenji("init", desk, "--site", "KSA", "--person", "zhao.min", "--from", founded.hub, "--sign", "--key", key)
    assert ran.code == 0, ran.err
    assert ran.out.endswith(f'  key: "{public(keys, "zhao.min")["zhao.min"]}"\n')
    assert fenji("--desk", desk, "confirm", SECOND.id).code == 0
    assert signatures.verify(
        repos.find(desk), git(desk, "rev-parse", "HEAD"), policy_of((desk / "policy.yaml").read_bytes())
    ).good
