"""What stands on a remote that judges nothing: joined, marked at this clone, left out of figures; whole histories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

import hubs
from commandline import fenji
from fenji.desk import Desk, acts
from fenji.desk.acts import Act
from fenji.errors import Sentence
from fenji.git.history import History
from fenji.git.remotes import FOUNDING_REF, JUDGING_REF
from fenji.judge import marks
from fenji.model.annotations import RefusedStep
from fenji.model.board import counted_ticket
from fenji.model.ticket import Ticket
from fenji.storage import yaml_codec
from hubs import FIRST, SECOND, YEAR, Clone, after_step, git, hours_ago, load_policy, rules, ticket_path

AS_LEAD = rules(wang_fang="lead")
# By somebody who is no lead.
FORGED = acts.perform(SECOND, Act("confirm", "wang.fang", hours_ago(2)), load_policy(AS_LEAD))
ROLE = "wang.fang"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A desk, and a clone of it at the hub, which judges what is pushed."""
    clone = hubs.create_hub(tmp_path_factory.mktemp("past"), rules(), FIRST, SECOND)
    for key, value in (("fenji.site", "KSA"), ("fenji.user", "li.wei"), ("user.name", "Li Wei")):
        git(clone.folder, "config", key, value)
    git(clone.folder, "config", "user.email", "li.wei@fenji.example")
    git(clone.folder, "remote", "add", "origin", str(clone.hub))
    return clone


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    copy = hubs.copy_clone(founded, tmp_path)
    git(copy.folder, "remote", "set-url", "origin", str(copy.hub))
    return copy


@pytest.fixture
def unjudged(clone: Clone) -> Clone:
    """The same with a plain bare repository, on which a forged confirmation stands already."""
    (clone.hub / "hooks/pre-receive").unlink()
    git(clone.hub, "update-ref", "-d", FOUNDING_REF)
    other = clone.clone_hub()
    other.commit(FORGED, by="wang.fang")
    assert other.push().accepted
    return clone


def on_desk(clone: Clone, *args: object) -> hubs.PushResult:
    done = fenji("--desk", clone.folder, *args)
    assert done.code == 0, done.err
    return hubs.PushResult(done.code == 0, (done.out, done.err))


def marked(clone: Clone) -> list[dict[str, str]]:
    found = json.loads(on_desk(clone, "show", SECOND.id, "--json").lines[0])
    return [*found.get("refused", [])]


def test_what_fails_is_joined_marked_and_named_everywhere(unjudged: Clone) -> None:
    on_desk(unjudged, "sync")
    assert "state: confirmed" in unjudged.folder.joinpath(ticket_path(FORGED)).read_text()
    (step,) = marked(unjudged)
    assert (step["do"], step["by"]) == ("confirm", ROLE)
    assert step["event"] == FORGED.log[-1].digest
    assert step["commit"] == git(unjudged.hub, "rev-parse", "main")
    assert "confirm" in step["reason"]
    assert "#refused rust" in on_desk(unjudged, "list").lines[0]
    assert on_desk(unjudged, "list", "is:refused").lines[0].count("#refused") == 1
    page = on_desk(unjudged, "show", SECOND.id).lines[0]
    assert f"#refused  confirm: commit {step['commit'][:10]}: " in page
    assert "left out of the figures" in page
    found = json.loads(on_desk(unjudged, "check", "--json").lines[0])["problems"]
    assert [(each["path"], each["key"]) for each in found if each["key"] == "confirm"] == [
        (ticket_path(FORGED), "confirm")
    ]
    # The mark is this clone's own: the hub has what it had, the file says nothing.
    assert not git(unjudged.hub, "log", "--format=%s", "main..").strip()
    assert "refused" not in unjudged.folder.joinpath(ticket_path(FORGED)).read_text()


def test_figures_read_the_ticket_without_what_fails(unjudged: Clone) -> None:
    on_desk(unjudged, "sync")
    with Desk.open(unjudged.folder) as desk:
        desk.history_watch.scan(desk.policy)
        row = desk.row(SECOND.id)
        counted = counted_ticket(row.ticket, desk.marks[row.uid])
    assert counted
    assert (row.ticket.state, counted.state) == ("confirmed", "solved")
    assert [event.do for event in counted.log] == ["report", "respond", "solve"]


def test_a_report_counts_no_verdict_by_what_fails(unjudged: Clone) -> None:
    other = Clone(unjudged.home / "other", unjudged.hub, unjudged.home)
    archived = acts.perform(FORGED, Act("archive", "huang.lei", hours_ago(1)), load_policy(AS_LEAD))
    other.commit(by="huang.lei", files={ticket_path(FORGED): None, ticket_path(archived): yaml_codec.dump(archived)})
    assert other.push().accepted
    on_desk(unjudged, "sync")
    (row,) = json.loads(on_desk(unjudged, "report", str(YEAR), "--by", "site", "--json").lines[0])["rows"]
    assert (row["responded_met"], row["solved_met"]) == (2, 0)


def test_a_ticket_whose_report_fails_counts_nowhere() -> None:
    step = RefusedStep(FIRST.uid, FIRST.id, "report", "x", 1, "0" * 40, Sentence("no"))
    digest = FIRST.log[0].digest
    assert counted_ticket(FIRST, [replace(step, digest=digest)]) is None
    assert counted_ticket(FIRST, [step]) is FIRST


def test_a_mark_goes_once_the_rules_allow_the_step(unjudged: Clone) -> None:
    on_desk(unjudged, "sync")
    assert marked(unjudged)
    other = Clone(unjudged.home / "other", unjudged.hub, unjudged.home)
    other.commit(by="sun.yu", files={"policy.yaml": AS_LEAD})
    assert other.push().accepted
    on_desk(unjudged, "sync")
    assert not marked(unjudged)


def test_events_that_were_taken_out_are_marked_until_they_are_back(unjudged: Clone) -> None:
    other = Clone(unjudged.home / "other", unjudged.hub, unjudged.home)
    shorter = Ticket({**FIRST.data, "state": "new"}, FIRST.log[:-1])
    other.commit(shorter, by="wang.fang")
    assert other.push().accepted
    on_desk(unjudged, "sync")  # which puts them back
    on_desk(unjudged, "sync")
    found = json.loads(on_desk(unjudged, "show", FIRST.id, "--json").lines[0])
    assert "refused" not in found


def test_a_hub_that_judges_is_believed(clone: Clone) -> None:
    git(clone.hub, "config", "core.hooksPath", "none")  # somebody who can write the hub's files
    other = clone.clone_hub()
    other.commit(FORGED, by="wang.fang")
    assert other.push().accepted
    git(clone.hub, "config", "core.hooksPath", "hooks")
    on_desk(clone, "sync")
    on_desk(clone, "note", FIRST.id, "seen")
    on_desk(clone, "sync")  # a hub names its founding from the second push on
    on_desk(clone, "sync")
    assert History(clone.folder / ".git").resolve(JUDGING_REF)
    assert not marked(clone)
    assert not clone.folder.joinpath(".git", marks.FILE_NAME).exists()
    told = fenji("--desk", clone.folder, "check", "--history")
    assert told.code == 1
    assert "1 of them is at the hub" in told.out
    refusals = fenji("--desk", clone.folder, "check", "--history", "--json").json["refusals"]
    assert [refusal["at_hub"] for refusal in refusals] == [True]


def test_a_clone_never_passes_for_a_hub(clone: Clone) -> None:
    on_desk(clone, "note", FIRST.id, "seen")
    on_desk(clone, "sync")
    on_desk(clone, "sync")
    assert JUDGING_REF in git(clone.folder, "for-each-ref", "--format=%(refname)")
    assert FOUNDING_REF not in git(clone.folder, "for-each-ref", "--format=%(refname)")


def test_a_damaged_record_is_made_anew(unjudged: Clone) -> None:
    on_desk(unjudged, "sync")
    state = unjudged.folder / ".git" / marks.FILE_NAME
    for damage in (b"{", b"[]", b'{"ref": "refs/remotes/origin/main", "judged": "-x"}', b"\xff"):
        state.write_bytes(damage)
        on_desk(unjudged, "sync")
        assert len(marked(unjudged)) == 1


# --- the whole history ------------------------------------------------------------------------------------------------


def judge(clone: Clone, *args: object) -> tuple[int, list[tuple[str, str]]]:
    done = fenji("--desk", clone.folder, "check", "--history", "--json", *args)
    return done.code, [(each["commit"], each["subject"]) for each in done.json["refusals"]]


def test_a_sound_history_passes(clone: Clone) -> None:
    on_desk(clone, "note", FIRST.id, "seen")
    on_desk(clone, "sync")
    assert judge(clone) == (0, [])
    assert "judged since" in on_desk(clone, "check", "--history").lines[0]


def test_each_commit_that_a_hub_would_refuse_is_named(unjudged: Clone) -> None:
    on_desk(unjudged, "sync")
    forged = git(unjudged.hub, "rev-parse", "main")
    assert judge(unjudged) == (1, [(forged, SECOND.id)])
    assert judge(unjudged, "--since", forged) == (0, [])
    told = fenji("--desk", unjudged.folder, "check", "--history")
    assert f"{forged[:10]}  {SECOND.id}: " in told.out
    unjudged.commit(by="li.wei", files={f"tickets/open/{FIRST.id}.yaml": b"id: [\n", "tickets/x.exe": b"x"})
    code, found = judge(unjudged)
    assert code == 3
    head = git(unjudged.folder, "rev-parse", "HEAD")
    assert {subject for commit, subject in found if commit == head} >= {"tickets/x.exe"}


def test_what_was_before_the_founding_is_taken_as_it_stands(tmp_path: Path) -> None:
    home = tmp_path / "world"
    clone = hubs.create_hub(home / "first", rules(), FIRST, SECOND)
    clone.commit(FORGED, by="wang.fang")
    desk = clone.folder
    assert judge(clone)[0] == 1
    made = fenji("hub", "init", home / "second.git", "--from", desk)
    assert made.code == 0, made.err
    assert fenji("--desk", desk, "sync").code == 0
    assert judge(clone)[0] == 0


def test_a_history_that_is_not_whole_is_not_judged(clone: Clone, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{clone.hub}", "shallow")
    git(clone.folder, "commit", "-q", "--allow-empty", "-m", "x")
    for args in (("--since", "--all"), ("--since", "nothing")):
        assert fenji("--desk", clone.folder, "check", "--history", *args).code == 1
    assert fenji("--desk", clone.folder, "check", "--since", "HEAD").code == 2


def test_an_event_again_after_a_step(clone: Clone) -> None:
    confirmed = after_step(SECOND, "confirm", 2, by="zhao.min")
    clone.commit(confirmed, by="zhao.min")
    assert judge(clone) == (0, [])
