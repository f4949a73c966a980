"""What the hub would refuse is held back, and the rest goes; what is held goes out later, or somebody takes it up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from clones import git
from commandline import CommandResult, fenji
from fenji.desk import Desk, exchange
from fenji.errors import Sentence
from fenji.git import Repo
from fenji.git.remotes import REFUSAL_MARK, RejectedPush
from fenji.judge.refusals import Refusal, join_refusals
from fenji.sync import held, state
from fenji.sync.session import SyncSession
from test_sync_hub import Pair

NUMBER = "KSA-2026-0187"


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path, shared=True)


def ticket_path(desk: Path, number: str = NUMBER) -> Path:
    return next((desk / "tickets").rglob(f"{number}.yaml"))


def forge(desk: Path, do: str, *, by: str, at: datetime | None = None, fields: Mapping[str, str] | None = None) -> None:
    """Commit an event with git; unless it is of the future, the commit's author may not speak for the event's."""
    path = ticket_path(desk)
    text = path.read_text().rstrip("\n")
    number = max(map(int, re.findall(r"^- n: (\d+)$", text, re.MULTILINE))) + 1
    moment = (at or datetime.now(UTC)).replace(microsecond=0).isoformat()
    event = f"- n: {number}\n  at: {moment}\n  by: {by}\n  do: {do}\n"
    event += "  set:\n" if fields else ""
    for field, value in (fields or {}).items():
        text = re.sub(rf"^{field}: .*$", f"{field}: {value}", text, count=1, flags=re.MULTILINE)
        event += f"    {field}: {value}\n"
    path.write_text(f"{text}\n{event}")
    author = by if at else "ghost"
    person = ("-c", f"user.name={author}", "-c", f"user.email={author}@x.invalid")
    git(desk, *person, "commit", "-q", "-a", "-m", f"{NUMBER}: {do}")


def forge_report(pair: Pair) -> str:
    """Commit a new ticket with git, reported under a name that its author may not use; return its number."""
    number = str(pair.run(pair.ksa, "new", "--title", "of a ghost", "--json").json["id"])
    path = ticket_path(pair.ksa, number)
    path.write_text(path.read_text().replace("by: li.wei", "by: zhao.min"))
    git(pair.ksa, "reset", "-q", "--soft", "HEAD~1")
    git(pair.ksa, "add", "-A")
    git(pair.ksa, "-c", "user.name=G", "-c", "user.email=g@x.invalid", "commit", "-q", "-m", f"{number}: report")
    return number


def log_of(pair: Pair, desk: Path, number: str = NUMBER) -> list[dict[str, Any]]:
    return list(pair.run(desk, "show", number, "--json").json["log"])


def held_of(desk: Path) -> list[dict[str, str]]:
    return list(fenji("held", "--json", "--desk", desk).json["held"])


def synced(pair: Pair, desk: Path) -> CommandResult:
    result = fenji("sync", "--desk", desk)
    assert result.code == 0, result.err
    assert git(desk, "rev-parse", "HEAD") == git(pair.hub, "rev-parse", "main")
    git(desk, "fsck", "--strict")
    return result


def test_a_forged_act_between_good_ones_is_held_and_the_rest_goes(pair: Pair) -> None:
    pair.run(pair.ksa, "note", NUMBER, "before")
    before = git(pair.ksa, "rev-parse", "HEAD").strip()
    forge(pair.ksa, "confirm", by="ghost")
    pair.run(pair.ksa, "note", NUMBER, "after", "--by", "wang.fang")
    last = git(pair.ksa, "log", "-1", "--format=%an %ae %ad %B")
    old_head = git(pair.ksa, "rev-parse", "HEAD").strip()

    said = synced(pair, pair.ksa)

    assert "confirm" in said.err
    assert "fenji held" in said.err
    notes = [event.get("note") for event in log_of(pair, pair.ksa)]
    assert ("before" in notes, "after" in notes) == (True, True)
    assert "confirm" not in [event["do"] for event in log_of(pair, pair.ksa)]
    assert [(act["do"], act["by"]) for act in held_of(pair.ksa)] == [("confirm", "ghost")]
    # Commits before it stand as they were; those after it keep author, date and message; the old ones are kept.
    assert git(pair.ksa, "merge-base", "--is-ancestor", before, "HEAD") == ""
    assert git(pair.ksa, "log", "-1", "--format=%an %ae %ad %B") == last
    assert old_head in git(pair.ksa, "for-each-ref", "--format=%(objectname)", "refs/fenji/kept")
    assert synced(pair, pair.ksa).err == ""
    pair.sync_both()


def test_of_equal_acts_on_several_tickets_only_those_that_are_refused_are_held(pair: Pair) -> None:
    """Acts on several tickets in one second by one person are equal to the letter, but for the ticket."""
    numbers = [str(pair.run(pair.ksa, "new", "--title", title, "--json").json["id"]) for title in ("a", "b", "c")]
    synced(pair, pair.ksa)
    at = datetime.now(UTC).replace(microsecond=0).isoformat()
    for number, author in zip(numbers, ("ghost", "li.wei", "ghost"), strict=True):
        path = ticket_path(pair.ksa, number)
        path.write_text(f"{path.read_text()}- n: 2\n  at: {at}\n  by: li.wei\n  do: note\n  note: seen\n")
        person = ("-c", f"user.name={author}", "-c", f"user.email={author}@x.invalid")
        git(pair.ksa, *person, "commit", "-q", "-a", "-m", f"{number}: note")
    synced(pair, pair.ksa)
    assert [len(log_of(pair, pair.ksa, number)) for number in numbers] == [1, 2, 1]
    assert [act["id"] for act in held_of(pair.ksa)] == [numbers[0], numbers[2]]
    assert synced(pair, pair.ksa).err == ""
    pair.run(pair.ksa, "held", "take", numbers[0])
    assert [act["id"] for act in held_of(pair.ksa)] == [numbers[2]]
    pair.run(pair.ksa, "held", "take", numbers[2])
    assert held_of(pair.ksa) == []
    assert [len(log_of(pair, pair.ksa, number)) for number in numbers] == [2, 2, 2]
    assert len(git(pair.ksa, "for-each-ref", "--format=%(refname)", "refs/fenji/kept").split()) >= 2


def test_an_act_that_is_held_anew_for_another_reason_is_held_once(pair: Pair) -> None:
    forge(pair.ksa, "confirm", by="ghost")
    synced(pair, pair.ksa)
    repo = Repo(pair.ksa, pair.ksa / ".git")
    (act,) = held.list_held(repo)
    again = replace(act, reason=Sentence("The link broke."))
    held.hold(repo, [again])
    assert held.list_held(repo) == [again]


def test_a_kept_value_of_no_event_is_held_and_its_text_can_be_taken_up(pair: Pair) -> None:
    path = ticket_path(pair.ksa)
    report = re.search(r"- n: 1\n  at: (\S+)\n  by: (\S+)\n", path.read_text())
    assert report
    at, by = report.groups()
    kept = f"- n: 1\n  at: {at}\n  by: {by}\n  do: superseded\n  field: cause\n  value: sand\n  of: {16 * '0'}\n"
    path.write_text(path.read_text() + kept)
    git(pair.ksa, "-c", "user.name=li.wei", "-c", "user.email=li.wei@x.invalid", "commit", "-q", "-a", "-m", "by hand")
    synced(pair, pair.ksa)
    assert "superseded" not in [event["do"] for event in log_of(pair, pair.ksa)]
    assert [(act["do"], act["id"]) for act in held_of(pair.ksa)] == [("superseded", NUMBER)]
    assert "keeps a value no event gave" in fenji("held", "--desk", pair.ksa).out
    pair.run(pair.ksa, "held", "take", NUMBER)
    assert "cause: sand" in log_of(pair, pair.ksa)[-1]["note"]
    assert held_of(pair.ksa) == []


def test_a_field_that_a_held_act_set_has_its_old_value(pair: Pair) -> None:
    title = pair.run(pair.ksa, "show", NUMBER, "--json").json["title"]
    forge(pair.ksa, "edit", by="li.wei", fields={"title": "forged", "owner": "ghost"})
    pair.run(pair.ksa, "edit", NUMBER, "--set", "cause=salt")
    synced(pair, pair.ksa)
    shown = pair.run(pair.ksa, "show", NUMBER, "--json").json
    assert (shown["title"], shown["cause"].strip()) == (title, "salt")


@pytest.mark.parametrize(
    "path",
    [
        "tickets/open/.x.swp",
        "tickets/open/KSA-2026-0187.yaml~",
        "tickets/open/KSA-2026-0187 (1).yaml",
        "tickets/open/more/x",
        "notes/x.txt",
    ],
)
def test_a_file_committed_by_hand_that_has_no_place_stays_here(pair: Pair, path: str) -> None:
    (pair.ksa / path).parent.mkdir(exist_ok=True, parents=True)
    (pair.ksa / path).write_bytes(b"\x00mine")
    git(pair.ksa, "add", "-f", path)
    git(pair.ksa, "commit", "-q", "-m", "by hand")
    pair.run(pair.ksa, "note", NUMBER, "after")
    said = synced(pair, pair.ksa)
    assert path in said.err
    assert (pair.ksa / path).read_bytes() == b"\x00mine"
    assert path not in git(pair.ksa, "ls-tree", "-r", "--name-only", "HEAD")
    pair.sync_both()
    assert (pair.ksa / path).read_bytes() == b"\x00mine"


def test_an_act_of_a_day_to_come_goes_out_by_itself_when_it_has_come(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    forge(pair.ksa, "note", by="li.wei", at=tomorrow)
    pair.run(pair.ksa, "note", "0189", "today")
    synced(pair, pair.ksa)
    assert [act["do"] for act in held_of(pair.ksa)] == ["note"]
    monkeypatch.setattr(SyncSession, "judging_time", lambda _: tomorrow + timedelta(hours=1))
    with Desk.open(pair.ksa) as desk:
        session = SyncSession(desk.store, exchange._make_recorder(desk))
        session.release_held()
    assert held_of(pair.ksa) == []
    assert log_of(pair, pair.ksa)[-1]["at"] == tomorrow.replace(microsecond=0).isoformat()


def test_rules_changed_by_who_may_not_are_kept_here_and_the_rest_goes(pair: Pair) -> None:
    text = (pair.ksa / "policy.yaml").read_text()
    (pair.ksa / "policy.yaml").write_text(text.replace("backdate: 24h", "backdate: 48h"))
    git(pair.ksa, "-c", "user.name=Ghost", "-c", "user.email=ghost@x.invalid", "commit", "-q", "-a", "-m", "rules")
    pair.run(pair.ksa, "note", NUMBER, "after")
    said = synced(pair, pair.ksa)
    assert "policy.local.yaml" in said.out
    assert (pair.ksa / "policy.yaml").read_text() == text
    assert "48h" in (pair.ksa / "policy.local.yaml").read_text()
    assert log_of(pair, pair.ksa)[-1]["note"] == "after"


def test_what_is_held_is_taken_up_by_who_may_do_it(pair: Pair) -> None:
    forge(pair.ksa, "edit", by="wang.fang", fields={"title": "as ghost says"})
    forge(pair.ksa, "note", by="wang.fang")
    synced(pair, pair.ksa)
    done = fenji("held", "take", NUMBER, "--by", "zhao.min", "--desk", pair.ksa)
    assert done.code == 0, done.err
    assert held_of(pair.ksa) == []
    log = log_of(pair, pair.ksa)
    edit = next(event for event in log if event["do"] == "edit" and event.get("set", {}).get("title"))
    assert edit["by"] == "zhao.min"
    assert "edit" in str(edit["note"])
    pair.sync_both()
    assert pair.run(pair.hq, "show", NUMBER, "--json").json["title"] == "as ghost says"
    refused = fenji("held", "take", NUMBER, "--desk", pair.ksa)
    assert (refused.code, "Nothing of" in refused.err) == (1, True)


def test_a_ticket_that_is_held_whole_is_reported_anew(pair: Pair) -> None:
    number = forge_report(pair)
    path = ticket_path(pair.ksa, number)
    synced(pair, pair.ksa)
    assert not path.exists()
    done = fenji("held", "take", number, "--json", "--desk", pair.ksa)
    assert done.code == 0, done.err
    anew = done.json["tickets"][0]
    assert (anew["title"], anew["id"] != number) == ("of a ghost", True)  # a number is given once
    pair.sync_both()


def test_what_came_in_one_commit_with_a_report_that_is_held_is_held_too(pair: Pair) -> None:
    number = str(pair.run(pair.ksa, "new", "--title", "of another", "--json").json["id"])
    path = ticket_path(pair.ksa, number)
    path.write_text(path.read_text().replace("by: li.wei", "by: zhao.min"))
    git(pair.ksa, "reset", "-q", "--soft", "HEAD~1")
    pair.run(pair.ksa, "note", number, "by the author himself")
    synced(pair, pair.ksa)
    assert sorted((act["do"], act["id"]) for act in held_of(pair.ksa)) == [("note", number), ("report", number)]


def test_what_a_file_brings_past_the_hub_is_held_until_the_hub_has_it(pair: Pair, tmp_path: Path) -> None:
    pair.run(pair.hq, "note", NUMBER, "good")
    forge(pair.hq, "confirm", by="ghost")
    pair.run(pair.hq, "note", "0189", "good too")
    parcel = tmp_path / "out.bundle"
    pair.run(pair.hq, "bundle", parcel)
    assert "confirm" in pair.run(pair.ksa, "receive", parcel).err
    assert [event["do"] for event in log_of(pair, pair.ksa)].count("confirm") == 0
    assert [act["by"] for act in held_of(pair.ksa)] == ["ghost"]
    assert log_of(pair, pair.ksa, "0189")[-1]["note"] == "good too"
    tree = git(pair.ksa, "rev-parse", "HEAD^{tree}")
    pair.run(pair.ksa, "receive", parcel)
    assert git(pair.ksa, "rev-parse", "HEAD^{tree}") == tree
    synced(pair, pair.ksa)
    # A hub that takes it settles it: it is joined everywhere.
    (pair.hub / "hooks/pre-receive").unlink()
    git(pair.hq, "pull", "-q")
    git(pair.hq, "push", "-q", "origin", "HEAD:main")
    synced(pair, pair.ksa)
    assert held_of(pair.ksa) == []
    assert [event["do"] for event in log_of(pair, pair.ksa)].count("confirm") == 1


def test_what_only_the_hub_refuses_is_held_by_its_words_and_not_tried_again(pair: Pair) -> None:
    pair.run(pair.ksa, "note", NUMBER, "not liked there")
    pair.run(pair.ksa, "note", "0189", "liked")
    hook = pair.hub / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\nread old new ref\ngit diff --name-only $old $new | grep -q {NUMBER} || exit 0\n"
                    f"echo '{NUMBER}: by rules that you do not know'\nexit 1\n")  # fmt: skip
    said = synced(pair, pair.ksa)
    assert "by rules that you do not know" in said.err
    assert [act["id"] for act in held_of(pair.ksa)] == [NUMBER]
    assert synced(pair, pair.ksa).err == ""
    assert [act["id"] for act in held_of(pair.ksa)] == [NUMBER]


def test_a_hub_that_names_nothing_refuses_as_before(pair: Pair) -> None:
    pair.run(pair.ksa, "note", NUMBER, "waits")
    (pair.hub / "hooks/pre-receive").write_text("#!/bin/sh\necho closed for today\nexit 1\n")
    refused = fenji("sync", "--desk", pair.ksa)
    assert (refused.code, "closed for today" in refused.err) == (1, True)
    assert held_of(pair.ksa) == []
    assert log_of(pair, pair.ksa)[-1]["note"] == "waits"


def test_repair_holds_back_before_a_hub_is_asked(pair: Pair) -> None:
    (pair.hub / "hooks/pre-receive").unlink()
    forge(pair.ksa, "confirm", by="ghost")
    pair.run(pair.ksa, "sync", "--repair")
    assert [act["by"] for act in held_of(pair.ksa)] == ["ghost"]
    assert "confirm" not in [event["do"] for event in log_of(pair, pair.ksa)]


def refuse_with(pair: Pair, *lines: str) -> None:
    """Have the hub refuse what changes the ticket, with these lines."""
    said = "".join(f"echo '{line}'\n" for line in lines)
    (pair.hub / "hooks/pre-receive").write_text(
        f"#!/bin/sh\nread old new ref\ngit diff --name-only $old $new | grep -q {NUMBER} || exit 0\n{said}exit 1\n"
    )


def test_a_refusal_is_worded_by_the_desk_that_pushed(pair: Pair) -> None:
    pair.run(pair.ksa, "note", NUMBER, "waits")
    sentence = '{"subject": "main", "say": "the branch of a hub cannot be deleted"}'
    refuse_with(pair, "main: in the words of the hub", f"{REFUSAL_MARK} {sentence}", f"{REFUSAL_MARK} {sentence}")
    for language, said in (("en", "main: the branch of a hub cannot be deleted"), ("zh-Hans", "不能删除总部库的分支")):
        refused = fenji("sync", "--desk", pair.ksa, FENJI_LANGUAGE=language)
        assert (refused.code, refused.err.count(f"{said}\n")) == (1, 2), refused.err
        assert "words of the hub" not in refused.err
        assert REFUSAL_MARK not in refused.err


def test_what_a_hub_names_for_programs_is_held(pair: Pair) -> None:
    pair.run(pair.ksa, "note", NUMBER, "not liked there")
    pair.run(pair.ksa, "note", "0189", "liked")
    uid = pair.run(pair.ksa, "show", NUMBER, "--json").json["uid"]
    said = f'{{"subject": "x", "uid": "{uid}", "say": "the commit is not signed"}}'
    refuse_with(pair, "about KSA-2026-0189, so it seems", f"{REFUSAL_MARK} {said}")
    assert "the commit is not signed" in synced(pair, pair.ksa).err
    assert [act["id"] for act in held_of(pair.ksa)] == [NUMBER]


@pytest.mark.parametrize("header", [True, False])
def test_an_attachment_exchanged_with_git_stays_here_and_the_rest_goes(
    pair: Pair,
    tmp_path: Path,
    header: bool,  # noqa: FBT001 - pytest
) -> None:
    photo = tmp_path / "proof.txt"
    photo.write_text("evidence")
    pair.run(pair.ksa, "attach", NUMBER, photo)
    pair.sync_both()
    target = pair.ksa / f"tickets/files/{NUMBER}/proof.txt"
    target.write_text("forged")
    if header:
        path = ticket_path(pair.ksa, NUMBER)
        sums = [sha256(text).hexdigest() for text in (b"evidence", b"forged")]
        path.write_text(path.read_text().replace(sums[0], sums[1]).replace("size: 8\n", "size: 6\n"))
    git(pair.ksa, "commit", "-q", "-a", "-m", "by hand")
    pair.run(pair.ksa, "note", "0189", "goes")
    synced(pair, pair.ksa)
    pair.run(pair.hq, "sync")
    assert (pair.hq / target.relative_to(pair.ksa)).read_text() == "evidence"
    assert "goes" in [event.get("note") for event in pair.run(pair.hq, "show", "0189", "--json").json["log"]]


def test_why_the_hub_refused_is_told_in_the_readers_language_later_too(pair: Pair) -> None:
    pair.run(pair.ksa, "note", NUMBER, "waits")
    reasons = [Sentence("{by} may not do this", {"by": Sentence("{count} person", {"count": 2}, "{count} people")})] * 9
    state.record_failure(Repo(pair.ksa, pair.ksa / ".git"), RejectedPush("{reason}", reason=join_refusals(
        Refusal(NUMBER, reason) for reason in reasons
    )))  # fmt: skip
    failure = state.load_state(Repo(pair.ksa, pair.ksa / ".git")).failure
    assert str(failure) == "\n".join([f"{NUMBER}: 2 people may not do this"] * 9)
    assert failure is not None
    assert isinstance(failure.values["reason"], Sentence)  # not the English words
