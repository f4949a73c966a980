"""Steps that should be signed and are not, as a desk finds, remembers and tells them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import hubs
import signers
from commandline import fenji
from fenji.desk import Desk
from fenji.judge import unsigned as unsigned_steps
from fenji.judge.commits import CHUNK_SIZE
from fenji.model.annotations import POLICY_UID
from fenji.model.ticket import Ticket
from fenji.storage import yaml_codec
from hubs import FIRST, NOW, PEOPLE, SECOND, Clone, after_forced_event, after_step, git, rules, ticket_path
from signers import Keys, public_keys, sign_last_commit

SIGNED = "confirm, excuse, policy"
CONFIRMED = after_step(SECOND, "confirm", 2, by="zhao.min")
NOT_SIGNED = "the commit is not signed"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return signers.make_keys(tmp_path_factory.mktemp("keys"), (*PEOPLE, "stranger"))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Clone:
    text = rules(keys=public_keys(keys, "li.wei", "zhao.min", "sun.yu"), signed=SIGNED)
    clone = hubs.create_hub(tmp_path_factory.mktemp("founded"), text, FIRST, SECOND)
    for key, value in (("fenji.site", "KSA"), ("fenji.user", "li.wei")):
        git(clone.folder, "config", key, value)
    return clone


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


def list_unsigned(clone: Clone) -> list[tuple[str, str, str]]:
    """What a desk opened now finds: number, step and reason."""
    with Desk.open(clone.folder) as desk:
        assert desk.history_watch.scan(desk.policy) == 0
        by_kind = desk.annotations.marks
        return [
            (unsigned.subject, unsigned.do, str(unsigned.reason)) for items in by_kind.values() for unsigned in items
        ]


def state_path(clone: Clone) -> Path:
    return clone.folder / ".git" / unsigned_steps.FILE_NAME


def count_unchecked(clone: Clone) -> int:
    """How many commits a desk opened now would look at."""
    with Desk.open(clone.folder) as desk:
        head = desk.repo.head()
        assert head
        return next(unsigned_steps.scan_history(desk.repo, desk.policy, head, unsigned_steps.load(desk.repo))).remaining


# --- what is found ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        ("", NOT_SIGNED),
        ("li.wei", "it is signed by li.wei"),
        ("stranger", "its signature matches no key in the policy"),
    ],
)
def test_a_confirmation_without_the_leads_signature_is_found(clone: Clone, keys: Keys, signer: str, why: str) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    if signer:
        sign_last_commit(clone, keys[signer])
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    assert list_unsigned(clone) == [(SECOND.id, "confirm", why)]


def test_what_is_signed_by_whom_it_should_be_is_not_told(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(clone, keys["zhao.min"])
    clone.commit(after_step(FIRST, "note", 1, note="confirm this"))
    assert list_unsigned(clone) == []


def test_a_step_spelled_with_escapes_is_found_too(clone: Clone) -> None:
    data = yaml_codec.dump(CONFIRMED).replace(b"do: confirm", b'do: "\\x63on\\x66irm"')
    assert b"do: confirm" not in data
    clone.commit(by="zhao.min", files={ticket_path(CONFIRMED): data})
    assert list_unsigned(clone) == [(SECOND.id, "confirm", NOT_SIGNED)]


def test_an_unsigned_change_of_the_rules_is_told_also_one_that_takes_the_demand_out(clone: Clone, keys: Keys) -> None:
    assert list_unsigned(clone) == []
    clone.commit(by="sun.yu", files={"policy.yaml": rules(keys=public_keys(keys, "sun.yu"), signed="")})
    assert list_unsigned(clone) == [("policy.yaml", "policy", NOT_SIGNED)]
    result = fenji("--desk", clone.folder, "check", "--signatures")
    assert "policy.yaml: commit " in result.out
    assert "must be signed by sun.yu" in result.out
    with Desk.open(clone.folder) as desk:
        assert [unsigned.subject for unsigned in desk.annotations.marks[POLICY_UID]] == ["policy.yaml"]


def test_a_step_brought_by_a_merge_is_told_once_of_its_own_commit(clone: Clone) -> None:
    git(clone.folder, "checkout", "-q", "-b", "side")
    clone.commit(CONFIRMED, by="zhao.min")
    git(clone.folder, "checkout", "-q", "main")
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    assert list_unsigned(clone) == []
    git(clone.folder, "-c", "user.name=x", "-c", "user.email=x", "merge", "-q", "--no-edit", "side")
    assert count_unchecked(clone) == 2
    assert list_unsigned(clone) == [(SECOND.id, "confirm", NOT_SIGNED)]
    assert count_unchecked(clone) == 0


def test_a_broken_file_between_two_versions_brings_nothing_anew(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sign_last_commit(clone, keys["zhao.min"])
    clone.commit(files={ticket_path(CONFIRMED): b"title: [\n"})
    clone.commit(CONFIRMED)
    assert list_unsigned(clone) == []


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_signing_what_was_not_sent_yet_clears_it(clone: Clone, keys: Keys) -> None:
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    clone.commit(CONFIRMED, by="zhao.min")
    assert list_unsigned(clone)
    sign_last_commit(clone, keys["zhao.min"])
    assert count_unchecked(clone) == 1
    assert list_unsigned(clone) == []


def test_the_step_taken_once_more_and_signed_clears_it(clone: Clone, keys: Keys) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    again = after_forced_event(CONFIRMED, "reopen", 1.5, by="zhao.min", reason="unsigned")
    again = after_step(after_step(again, "solve", 1), "confirm", 0.5, by="zhao.min")
    assert list_unsigned(clone)
    clone.commit(again, by="zhao.min")
    assert [do for _, do, _ in list_unsigned(clone)] == ["confirm", "confirm"]
    sign_last_commit(clone, keys["zhao.min"])
    assert list_unsigned(clone) == []
    state_path(clone).unlink()
    assert list_unsigned(clone) == []
    assert "must be signed" in fenji("--desk", clone.folder, "check", "--signatures").out  # the history stays


def test_a_key_that_comes_into_the_policy_clears_what_it_signed(clone: Clone, keys: Keys) -> None:
    late = after_step(hubs.reported_ticket(8, 20, impact="major", occurrence="rare"), "respond", 18)
    clone.commit(late)
    excused = after_step(late, "excuse", 2, by="huang.lei", clock="response", reason="force majeure", note="storm")
    clone.commit(excused, by="huang.lei")
    sign_last_commit(clone, keys["huang.lei"])
    assert list_unsigned(clone) == [(late.id, "excuse", "the policy has no key for huang.lei")]
    text = rules(keys=public_keys(keys, "li.wei", "zhao.min", "sun.yu", "huang.lei"), signed=SIGNED)
    clone.commit(by="sun.yu", files={"policy.yaml": text})
    sign_last_commit(clone, keys["sun.yu"])
    assert list_unsigned(clone) == []
    clone.commit(by="sun.yu", files={"policy.yaml": rules(keys=public_keys(keys, "sun.yu"), signed=SIGNED)})
    sign_last_commit(clone, keys["sun.yu"])
    assert list_unsigned(clone) == [(late.id, "excuse", "the policy has no key for huang.lei")]


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_nothing_is_looked_at_where_no_signature_is_demanded(tmp_path: Path) -> None:
    clone = hubs.create_hub(tmp_path, rules(), FIRST, SECOND)
    git(clone.folder, "config", "fenji.site", "KSA")
    clone.commit(CONFIRMED, by="zhao.min")
    assert list_unsigned(clone) == []
    assert not state_path(clone).exists()


def test_only_new_commits_are_looked_at_also_by_the_next_start(clone: Clone) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    assert list_unsigned(clone)
    assert count_unchecked(clone) == 0
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    assert count_unchecked(clone) == 1
    with Desk.open(clone.folder) as desk:
        assert desk.row(SECOND.id).unsigned  # known from before, without a look
    for broken in (b"", b"[1", b'{"heads": ["x"], "doubts": [], "rules": ""}', b'{"heads": [1]}'):
        state_path(clone).write_bytes(broken)
        assert list_unsigned(clone) == [(SECOND.id, "confirm", NOT_SIGNED)]


def import_tickets(clone: Clone, tickets: Sequence[Ticket]) -> None:
    """A commit for each of the tickets, made at once."""
    who = b"Li Wei <li.wei@fenji.example> %d +0000" % int(NOW.timestamp())
    commits = []
    for number, ticket in enumerate(tickets):
        data = yaml_codec.dump(ticket)
        begin = b"" if number else b"from refs/heads/main^0\n"
        change = b"M 100644 inline %s\ndata %d\n%s\n" % (ticket_path(ticket).encode(), len(data), data)
        commits.append(b"commit refs/heads/main\ncommitter %s\ndata 1\nx\n%s%s" % (who, begin, change))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=clone.folder, input=b"".join(commits), check=True)
    git(clone.folder, "reset", "-q", "--hard")


def test_a_long_history_is_looked_at_piece_by_piece(clone: Clone) -> None:
    ticket = FIRST
    for n in range(CHUNK_SIZE + 4):
        ticket = after_step(ticket, "note", 2, note=str(n))
    import_tickets(clone, [Ticket(ticket.data, ticket.log[: n + 3]) for n in range(CHUNK_SIZE + 4)])
    clone.commit(CONFIRMED, by="zhao.min")
    with Desk.open(clone.folder) as desk:
        assert desk.history_watch.scan(desk.policy, limit=1) == 5
        assert not desk.annotations.marks
    assert count_unchecked(clone) == 5
    state_path(clone).unlink()
    warning = "5 commits are not yet checked for steps to mark. All of them: fenji check\n"
    assert fenji("--desk", clone.folder, "list").err == warning
    assert fenji("--desk", clone.folder, "list").err == ""
    assert list_unsigned(clone) == [(SECOND.id, "confirm", NOT_SIGNED)]


# --- on the command line ----------------------------------------------------------------------------------------------


def test_list_and_show_mark_it_and_say_what_to_do(clone: Clone) -> None:
    clone.commit(CONFIRMED, by="zhao.min")
    sha = git(clone.folder, "rev-parse", "HEAD")
    listed = fenji("--desk", clone.folder, "list")
    assert "#unsigned rust" in listed.out
    assert listed.out.count("#unsigned") == 1
    assert fenji("--desk", clone.folder, "list", "is:unsigned", "--json").json[0]["unsigned"] == [
        {"do": "confirm", "by": "zhao.min", "commit": sha, "reason": NOT_SIGNED}
    ]
    shown = fenji("--desk", clone.folder, "show", SECOND.id).out
    assert f"#unsigned  confirm: commit {sha[:10]} must be signed by zhao.min: {NOT_SIGNED}" in shown
    assert "Sign what is not sent yet" in shown
    assert "unsigned" not in fenji("--desk", clone.folder, "show", FIRST.id, "--json").json
