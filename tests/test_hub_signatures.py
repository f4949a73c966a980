"""Signed work: commits that carry the signature of the person who acted, and what is refused without it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import hubs
import signers
from commandline import fenji
from fenji import git as repos
from fenji.errors import NotFound, Refused, Unavailable
from fenji.git import signing
from fenji.judge import signatures
from fenji.model.merge import merge
from foreign_files import FILES, write_file
from hubs import FIRST, PEOPLE, SECOND, Clone, PushResult, after_step, git, hours_ago, load_policy, rules
from signers import Keys, public_keys, sign_last_commit

ACCEPTED = PushResult(accepted=True, lines=())
SIGNED = "confirm, excuse, policy"
CONFIRMED = after_step(SECOND, "confirm", 2, by="zhao.min")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return signers.make_keys(tmp_path_factory.mktemp("keys"), (*PEOPLE, "stranger"))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Clone:
    text = rules(keys=public_keys(keys, "li.wei", "zhao.min", "sun.yu"), signed=SIGNED)
    return hubs.create_hub(tmp_path_factory.mktemp("founded"), text, FIRST, SECOND)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


def verify_commit(clone: Clone, keys: Keys, commit: str = "") -> signatures.Signature:
    sha = commit or git(clone.folder, "rev-parse", "HEAD")
    return signatures.verify(
        repos.find_repo(clone.folder), sha, load_policy(rules(keys=public_keys(keys, "li.wei", "zhao.min")))
    )


def test_a_signature_tells_whose_it_is(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    assert str(verify_commit(clone, keys).reason) == "the commit is not signed"
    sign_last_commit(clone, keys["zhao.min"])
    assert verify_commit(clone, keys) == signatures.Signature("zhao.min", good=True)
    sign_last_commit(clone, keys["stranger"])
    assert verify_commit(clone, keys).person is None
    assert str(verify_commit(clone, keys).reason) == "its signature matches no key in the policy"


def test_a_commit_changed_after_it_was_signed_is_not_good(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(clone, keys["zhao.min"])
    raw = git(clone.folder, "cat-file", "commit", "HEAD") + "\nand more\n"
    sha = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=clone.folder,
        input=raw.encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert not verify_commit(clone, keys, sha.strip()).good


def test_a_signed_confirmation_comes_in_and_other_steps_need_no_signature(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(clone, keys["zhao.min"])
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    assert clone.push() == ACCEPTED


@pytest.mark.parametrize(
    ("signer", "why"),
    [("", "is not signed"), ("li.wei", "signed by li.wei"), ("stranger", "matches no key in the policy")],
)
def test_a_confirmation_without_the_leads_signature_is_refused(clone: Clone, keys: Keys, signer: str, why: str) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    if signer:
        sign_last_commit(clone, keys[signer])
    pushed = clone.push()
    assert not pushed.accepted
    assert pushed.lines[0].startswith(f"{SECOND.id}: commit ")
    assert "must be signed by zhao.min" in pushed.lines[0]
    assert why in pushed.lines[0]


def test_an_import_is_signed_once_by_who_brings_it(clone: Clone, keys: Keys, tmp_path: Path) -> None:
    desk, path = clone.folder, write_file(tmp_path, FILES[0])
    done = fenji("--desk", desk, "import", path, "--map", "servicenow-log", "--site", "KSA", FENJI_USER="zhao.min")
    assert done.code == 0, done.err
    pushed = clone.push()
    assert not pushed.accepted
    assert "must be signed by zhao.min" in pushed.lines[0]
    sign_last_commit(clone, keys["zhao.min"])
    assert clone.push() == ACCEPTED
    assert not signatures.find_problems(repos.find_repo(desk), load_policy(git_policy(desk)))


def git_policy(desk: Path) -> bytes:
    return (desk / "policy.yaml").read_bytes()


def test_whoever_has_no_key_in_the_policy_takes_no_such_step(clone: Clone, keys: Keys) -> None:
    late = after_step(hubs.reported_ticket(8, 20, impact="major", occurrence="rare"), "respond", 18)
    clone.commit(late)
    excused = after_step(late, "excuse", 2, by="huang.lei", clock="response", reason="force majeure", note="storm")
    clone.commit(excused, by="huang.lei")
    sign_last_commit(clone, keys["huang.lei"])
    assert "the policy has no key for huang.lei" in clone.push().lines[0]


def test_the_rules_are_changed_by_signed_commits_alone(clone: Clone, keys: Keys) -> None:
    text = rules(keys=public_keys(keys, "li.wei", "zhao.min", "sun.yu", "huang.lei"), signed=SIGNED)
    clone.commit(by="sun.yu", files={"policy.yaml": text})
    assert "policy.yaml: commit " in clone.push().lines[0]
    sign_last_commit(clone, keys["sun.yu"])
    assert clone.push() == ACCEPTED


def test_a_key_that_the_hub_took_back_signs_nothing_from_an_older_commit(clone: Clone, keys: Keys) -> None:
    other = clone.clone_hub()
    clone.commit(by="sun.yu", files={"policy.yaml": rules(keys=public_keys(keys, "sun.yu"), signed=SIGNED)})
    sign_last_commit(clone, keys["sun.yu"])
    assert clone.push() == ACCEPTED
    other.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(other, keys["zhao.min"])
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    git(other.folder, "-c", "user.name=zhao.min", "-c", "user.email=z@x", "merge", "-q", "--no-edit", "FETCH_HEAD")
    assert "the policy has no key for zhao.min" in other.push().lines[0]


def test_a_merge_brings_signed_steps_along_without_a_signature_of_its_own(clone: Clone, keys: Keys) -> None:
    other = clone.clone_hub()
    noted = after_step(SECOND, "note", 3, note="seen")
    clone.commit(noted)
    assert clone.push() == ACCEPTED
    other.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(other, keys["zhao.min"])
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
    assert other.push() == ACCEPTED


# --- ways around it ---------------------------------------------------------------------------------------------------


def assert_refused(pushed: PushResult, *parts: str) -> None:
    assert not pushed.accepted
    assert any(all(word in line for word in parts) for line in pushed.lines), pushed.lines


@pytest.mark.parametrize("signed", [SIGNED, "excuse, policy"])
def test_keys_and_demands_changed_in_the_same_push(clone: Clone, keys: Keys, signed: str) -> None:
    """Somebody who claims to be the admin gives the lead another key, or drops the demand, and confirms with that."""
    swapped = {**public_keys(keys, "li.wei", "sun.yu"), "zhao.min": public_keys(keys, "stranger")["stranger"]}
    clone.commit(by="sun.yu", files={"policy.yaml": rules(keys=swapped, signed=signed)})
    sign_last_commit(clone, keys["stranger"])
    clone.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(clone, keys["stranger"])
    pushed = clone.push()
    assert_refused(pushed, "policy.yaml", "must be signed by sun.yu")
    assert_refused(pushed, SECOND.id, "must be signed by zhao.min")


def test_a_confirmation_slipped_into_a_merge(clone: Clone, keys: Keys) -> None:
    other = clone.clone_hub()
    clone.commit(after_step(FIRST, "note", 3, note="seen"))
    assert clone.push() == ACCEPTED
    other.commit(after_step(SECOND, "note", 3, by="zhao.min", note="seen"), by="zhao.min")
    sign_last_commit(other, keys["zhao.min"])
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    who = ("-c", "user.name=x", "-c", "user.email=x")
    git(other.folder, *who, "merge", "-q", "--no-commit", "FETCH_HEAD")
    other.commit(
        after_step(after_step(SECOND, "note", 3, by="zhao.min", note="seen"), "confirm", 2, by="zhao.min"),
        by="zhao.min",
    )
    assert_refused(other.push(), SECOND.id, "must be signed by zhao.min")


def test_an_excuse_without_a_signature(clone: Clone) -> None:
    late = after_step(hubs.reported_ticket(8, 20, impact="major", occurrence="rare"), "respond", 18)
    clone.commit(
        after_step(late, "excuse", 2, by="huang.lei", clock="response", reason="force majeure", note="storm"),
        by="huang.lei",
    )
    assert_refused(clone.push(), late.id, "must be signed by huang.lei")


def test_a_signature_of_another_commit_or_for_another_purpose(clone: Clone, keys: Keys) -> None:
    begun = git(clone.folder, "rev-parse", "HEAD")
    clone.commit(after_step(FIRST, "note", 1, by="zhao.min", note="harmless"), by="zhao.min")
    sign_last_commit(clone, keys["zhao.min"])
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
        head, _, message = plain.partition("\n\n")
        commit = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
            cwd=clone.folder, input=f"{head}\n{signature}\n{message}".encode(), capture_output=True, check=True,
        ).stdout.decode().strip()  # fmt: skip
        assert_refused(clone.push(f"{commit}:refs/heads/main"), SECOND.id, "matches no key in the policy")


# --- signing ----------------------------------------------------------------------------------------------------------


def test_a_desk_begun_with_sign_signs_what_it_commits(tmp_path: Path, keys: Keys) -> None:
    git(tmp_path, "config", "--global", "user.name", "Sun Yu, (HQ)")
    git(tmp_path, "config", "--global", "user.email", "sun.yu@fenji.example")
    desk = tmp_path / "desk"
    result = fenji("init", desk, "--site", "KSA", "--language", "en", "--sign", "--key", keys["sun.yu"])
    assert result.code == 0, result.err
    line = public_keys(keys, "sun.yu")["sun.yu"]
    assert result.out.endswith(f'  key: "{line}"\n')
    begun = (desk / "policy.yaml").read_text()
    text = begun.replace("roles: [engineer", f'key: "{line}", roles: [engineer')
    text = text.replace("require_signed: []", "require_signed: [report, policy]")
    (desk / "policy.yaml").write_text(text)
    git(desk, "commit", "-q", "-a", "-m", "keys", "-S")
    assert fenji("--desk", desk, "new", "--title", "生鏽").code == 0
    repo = repos.find_repo(desk)
    with_key = load_policy(text.encode())
    assert signatures.verify(repo, str(repo.head()), with_key) == signatures.Signature("sun.yu", good=True)
    assert git(desk, "log", "-1", "--format=%an|%ae|%cn") == "Sun Yu, (HQ)|sun.yu@fenji.example|Sun Yu, (HQ)"
    assert fenji("--desk", desk, "check", "--signatures", "--json").json["problems"] == []
    git(desk, "config", "fenji.sign", "false")
    assert fenji("--desk", desk, "new", "--title", "again").code == 0
    output = fenji("--desk", desk, "check", "--signatures").out
    assert "must be signed by sun.yu: the commit is not signed" in output
    assert "must be signed" not in fenji("--desk", desk, "check").out


def test_a_signature_changes_nothing_else_of_a_commit(tmp_path: Path, keys: Keys) -> None:
    repo = repos.init_repo(tmp_path / "desk")
    changes = {"policy.yaml": b"a", "tickets/open/KSA-2026-0001.yaml": "生鏽\n".encode()}
    author = ("李偉", "li.wei@ksa.invalid")
    plain = repo.commit(changes, message="KSA-2026-0001: solve", author=author, at=hours_ago(3))
    signing.set_up(repo.git, signing.find_key(keys["li.wei"]))
    signed = repo.commit({"policy.yaml": b"b"}, message="KSA-2026-0001: solve\n\nmore", author=author, at=hours_ago(2))
    assert repo.read_settings().sign
    assert repo.head() == signed
    shown = git(repo.top, "log", "-1", "--format=%P%n%an <%ae> %at%n%B")
    assert shown.splitlines() == [
        plain,
        f"李偉 <li.wei@ksa.invalid> {int(hours_ago(2).timestamp())}",
        "KSA-2026-0001: solve",
        "",
        "more",
    ]
    assert repo.dirty_paths() == [
        "policy.yaml",
        "tickets/open/KSA-2026-0001.yaml",
    ]  # committed, and never in the folder
    assert (repo.read("policy.yaml"), repo.read("tickets/open/KSA-2026-0001.yaml")) == (b"b", "生鏽\n".encode())


def test_a_key_that_cannot_sign_leaves_the_branch_and_asks_nobody(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret words", "-f", str(locked)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    repo = repos.init_repo(tmp_path / "desk")
    signing.set_up(repo.git, signing.find_key(locked))
    with pytest.raises(Unavailable, match="cannot be signed"):
        repo.commit({"policy.yaml": b"a"}, message="x", author=("x", "x"), at=hours_ago(1))
    assert repo.head() is None


def test_the_key_is_the_one_named_or_gits_or_the_usual_one(tmp_path: Path, keys: Keys) -> None:
    with pytest.raises(NotFound, match="no SSH key to sign with"):
        signing.find_key()
    with pytest.raises(NotFound, match="no public key"):
        signing.find_key(tmp_path / "none")
    (tmp_path / "wrong.pub").write_text("hello\n")
    with pytest.raises(Refused, match="not an SSH public key"):
        signing.find_key(tmp_path / "wrong")
    folder = Path(os.environ["HOME"], ".ssh")
    folder.mkdir()
    for suffix in ("", ".pub"):
        (folder / f"id_ed25519{suffix}").write_bytes(Path(f"{keys['li.wei']}{suffix}").read_bytes())
    assert signing.find_key().path == folder / "id_ed25519"
    git(tmp_path, "config", "--global", "user.signingkey", str(keys["zhao.min"]))
    assert signing.find_key().path == keys["zhao.min"]
    result = fenji("init", tmp_path / "desk", "--site", "KSA", "--key", keys["zhao.min"])
    assert (result.code, (tmp_path / "desk").exists()) == (2, False)


def test_a_desk_copied_from_a_hub_signs_as_well(founded: Clone, tmp_path: Path, keys: Keys) -> None:
    desk, key = tmp_path / "copy", keys["zhao.min"]
    result = fenji("init", desk, "--site", "KSA", "--person", "zhao.min", "--from", founded.hub, "--sign", "--key", key)
    assert result.code == 0, result.err
    assert result.out.endswith(f'  key: "{public_keys(keys, "zhao.min")["zhao.min"]}"\n')
    assert fenji("--desk", desk, "confirm", SECOND.id).code == 0
    assert signatures.verify(
        repos.find_repo(desk), git(desk, "rev-parse", "HEAD"), load_policy((desk / "policy.yaml").read_bytes())
    ).good
