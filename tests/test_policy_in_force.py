"""Which rules are in force at a desk: the hub's, as last seen; what is typed is a draft until the hub has taken it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commandline import fenji
from fenji.desk import Desk
from fenji.judge.policy_in_force import OWN_POLICY
from two_clones import TwoClones, edit_text, git

DRAFT = "policy.yaml differs from the rules in force: a draft until the hub accepts it"
OWN_DRAFT = "a draft, which the next act here adopts if it passes"
P4 = "P4: {response: 24h"
HOLIDAY = ("    holidays: []", "    holidays: [2026-01-02]")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> TwoClones:
    pair = TwoClones.create(tmp_path_factory.mktemp("begun"))
    pair.run(pair.a, "new", "--title", "rust")
    pair.sync(pair.a)
    pair.sync(pair.b)
    return pair


@pytest.fixture
def pair(begun: TwoClones, tmp_path: Path) -> TwoClones:
    return begun.copy(tmp_path)


@pytest.fixture
def alone(pair: TwoClones) -> Path:
    """A desk that knows no hub."""
    git(pair.a, "remote", "remove", "origin")
    return pair.a


def policy_of(clone: Path) -> Path:
    return clone / "policy.yaml"


def target_of(clone: Path) -> int:
    clock = fenji("clock", "0001", "--json", "--desk", clone)
    return int(clock.json["response"]["target_s"])


def write_version(clone: Path, since: datetime | str, *, response: str = "12h") -> None:
    """Type a new version into policy.yaml that promises an answer within `response`, the former one under `earlier`."""
    text = policy_of(clone).read_text()
    keys = ("priorities", "matrix", "kinds", "calendars")
    blocks = {key: block for key in keys if (block := _block(text, key))}
    former = (
        next(line for line in text.splitlines() if line.startswith("since:")).partition(":")[2].split("#")[0].strip()
    )
    begins = since if isinstance(since, str) else since.isoformat(timespec="seconds")
    new = text.replace(f"since: {former}", f"since: {begins}", 1).replace(P4, f"P4: {{response: {response}", 1)
    earlier = "".join(f"  {line}" for block in blocks.values() for line in block)
    policy_of(clone).write_text(new.replace("earlier: []\n", "") + f"earlier:\n- since: {former}\n{earlier}")


def _block(text: str, key: str) -> list[str]:
    """The lines of a top-level key, without remarks."""
    lines = iter(text.splitlines(keepends=True))
    first = next((line for line in lines if line.startswith(f"{key}:")), None)
    if first is None:
        return []
    body = []
    for line in lines:
        if line.strip() and not line.startswith((" ", "#", "-")):
            break
        if line.strip() and not line.lstrip().startswith("#"):
            body.append(line)
    return [first, *body]


def ago(**span: float) -> datetime:
    return (datetime.now(UTC) - timedelta(**span)).replace(microsecond=0)


# --- with a hub that judges -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("committed", [False, True])
def test_what_is_typed_moves_no_clock_and_every_command_says_so(pair: TwoClones, committed: bool) -> None:  # noqa: FBT001
    edit_text(policy_of(pair.a), P4, "P4: {response: 12h")
    if committed:
        git(pair.a, "commit", "-qam", "rules")
    assert target_of(pair.a) == 24 * 3600
    for command in (["list"], ["show", "0001"], ["clock", "0001"], ["check"]):
        assert DRAFT in pair.run(pair.a, *command).err
    pair.run(pair.a, "note", "0001", "an act brings in nothing here")
    assert target_of(pair.a) == 24 * 3600
    refused = fenji("policy", "check", "--desk", pair.a)
    assert (refused.code, "fenji policy amend" in refused.err) == (1, True)


def test_a_version_is_in_force_once_the_hub_has_taken_it(pair: TwoClones) -> None:
    write_version(pair.a, ago(minutes=5))
    sound = pair.run(pair.a, "policy", "check")
    assert (sound.out, sound.err.count(DRAFT)) == ("policy.yaml is sound.\n", 1)  # said once, with what to do
    assert f"{DRAFT}. Check it with: fenji policy check; send it with: fenji sync" in sound.err
    doctor = fenji("doctor", "--desk", pair.a).out
    assert doctor.count("fenji policy check") == doctor.count("fenji sync") == 1
    new = pair.run(pair.a, "new", "--title", "late", "--json").json
    assert new["clocks"]["response"]["target_s"] == 24 * 3600
    assert "policy.yaml was sent." in pair.sync(pair.a).out
    assert fenji("clock", new["id"], "--json", "--desk", pair.a).json["response"]["target_s"] == 12 * 3600
    assert pair.run(pair.a, "list").err == ""
    assert (
        pair.run(pair.b, "policy", "show", "--json").json["since"]
        != pair.run(pair.a, "policy", "show", "--json").json["since"]
    )
    git(pair.b, "fetch", "-q")
    fetched = pair.run(pair.b, "policy", "show", "--json")
    assert fetched.json["since"] == pair.run(pair.a, "policy", "show", "--json").json["since"]
    assert DRAFT not in fetched.err  # what the files lack is no draft
    pair.sync(pair.b)
    pair.assert_equal()


def test_a_since_that_has_gone_by_stays_here_until_it_is_set_to_now(pair: TwoClones) -> None:
    write_version(pair.a, ago(hours=3))
    typed = policy_of(pair.a).read_bytes()
    pair.run(pair.a, "note", "0001", "goes all the same")
    first = pair.sync(pair.a)
    assert "has passed" in first.err
    assert "fenji sync --since-now" in first.err
    assert "1 sent" in first.out
    assert policy_of(pair.a).read_bytes() == typed
    assert fenji("sync", "--json", "--desk", pair.a).json["draft_passes_from_now"] is True
    assert "policy.yaml was sent." in pair.run(pair.a, "sync", "--since-now").out
    pair.sync(pair.b)
    assert "response: 12h" in policy_of(pair.b).read_text()
    pair.assert_equal()


def correction(key: str, on: datetime) -> str:
    day = (datetime.now(UTC) - timedelta(days=2)).date()
    head = f"{{key: {key}, on: {on.isoformat()}, by: li.wei, why: late, from: {day}, to: {day + timedelta(days=1)},"
    return f"- {head} waiting: {{parts: [solution]}}}}  # {key}\n"


def test_a_correction_that_was_typed_long_ago_is_said_when_it_is_sent(pair: TwoClones) -> None:
    policy = policy_of(pair.a)
    bare = policy.read_text().replace("corrections: []\n", "")
    policy.write_text(f"{bare}corrections:\n{correction('c1', ago(minutes=1))}")
    assert "policy.yaml was sent." in pair.sync(pair.a).out
    sent = policy.read_text()
    policy.write_text(sent + correction("c2", ago(hours=9)))
    assert "fenji sync --since-now" in pair.sync(pair.a).err
    assert "policy.yaml was sent." in pair.run(pair.a, "sync", "--since-now").out
    assert policy.read_text().startswith(sent)  # what is in force stays as it was said
    assert policy.read_text().endswith("# c2\n")
    write_version(pair.a, ago(hours=3))
    edit_text(policy, "  # c2\n", "  # c2\n" + correction("c3", ago(hours=9)))
    assert "policy.yaml was sent." in pair.run(pair.a, "sync", "--since-now").out
    described = pair.run(pair.a, "policy", "show", "--json").json
    assert [each["key"] for each in described["corrections"]] == ["c1", "c2", "c3"]
    pair.sync(pair.b)
    pair.assert_equal()


def test_a_refused_draft_stays_and_the_rest_goes(pair: TwoClones) -> None:
    edit_text(policy_of(pair.a), P4, "P4: {response: 12h")
    pair.run(pair.a, "note", "0001", "goes")
    assert "fenji policy amend" in pair.sync(pair.a).err
    assert git(pair.a, "rev-parse", "main") == git(pair.hub, "rev-parse", "main")
    assert "response: 12h" in policy_of(pair.a).read_text()
    git(pair.a, "commit", "-qam", "rules")
    said = pair.sync(pair.a)
    assert "policy.local.yaml" in said.out
    assert git(pair.a, "rev-parse", "main") == git(pair.hub, "rev-parse", "main")
    assert "response: 12h" not in policy_of(pair.a).read_text()


def test_the_interfaces_desk_follows_a_fetch(pair: TwoClones) -> None:
    with Desk.open(pair.b) as desk:
        desk.board()
        write_version(pair.a, ago(minutes=5))
        pair.sync(pair.a)
        assert len(desk.policy.versions) == 1
        git(pair.b, "fetch", "-q")
        desk.board()
        assert len(desk.policy.versions) == 2
        assert desk.policy_notice is None


def test_a_pull_by_hand_leaves_the_hubs_version(pair: TwoClones) -> None:
    write_version(pair.a, ago(minutes=5))
    pair.sync(pair.a)
    policy_of(pair.b).write_text(policy_of(pair.b).read_text() + "# mine\n")
    git(pair.b, "commit", "-qam", "mine")
    git(pair.b, "-c", "pull.rebase=false", "pull", "-q", "--no-edit")
    assert policy_of(pair.b).read_bytes() == policy_of(pair.a).read_bytes()
    assert (pair.b / "policy.local.yaml").read_text().endswith("# mine\n")
    assert pair.run(pair.b, "list").err == ""


def test_what_a_bundle_brings_past_the_hub_is_a_draft(pair: TwoClones, tmp_path: Path) -> None:
    write_version(pair.b, ago(minutes=5))
    pair.run(pair.b, "bundle", tmp_path / "x.bundle", "--whole")
    pair.run(pair.a, "receive", tmp_path / "x.bundle")
    assert "response: 12h" in policy_of(pair.a).read_text()
    assert target_of(pair.a) == 24 * 3600
    assert DRAFT in pair.run(pair.a, "list").err


# --- without a hub that judges ----------------------------------------------------------------------------------------


def test_a_desk_without_a_hub_brings_in_its_draft_with_the_next_act(alone: Path) -> None:
    fenji("note", "0001", "founds", "--desk", alone)
    write_version(alone, ago(minutes=5))
    listed = fenji("list", "--desk", alone)
    assert OWN_DRAFT in listed.err
    new = fenji("new", "--title", "x", "--json", "--desk", alone)
    assert new.json["clocks"]["response"]["target_s"] == 12 * 3600
    assert new.err == ""
    assert git(alone, "show", f"{OWN_POLICY}:policy.yaml") == policy_of(alone).read_text()
    assert git(alone, "status", "--porcelain") == ""


@pytest.mark.parametrize("committed", [False, True])
def test_what_fails_is_not_in_force_and_the_last_one_that_passed_goes_on(alone: Path, committed: bool) -> None:  # noqa: FBT001
    fenji("note", "0001", "founds", "--desk", alone)
    edit_text(policy_of(alone), P4, "P4: {response: 12h")
    if committed:
        git(alone, "commit", "-qam", "rules")
    for _ in range(2):
        assert fenji("note", "0001", "goes on", "--desk", alone).code == 0
        assert target_of(alone) == 24 * 3600
        assert OWN_DRAFT in fenji("list", "--desk", alone).err
    assert fenji("policy", "check", "--desk", alone).code == 1


def test_before_the_first_ticket_everything_may_be_changed_in_place(tmp_path: Path) -> None:
    desk = tmp_path / "new"
    assert fenji("init", desk, "--site", "KSA", "--person", "li.wei", "--language", "en").code == 0
    edit_text(policy_of(desk), P4, "P4: {response: 12h")
    new = fenji("new", "--title", "x", "--json", "--desk", desk)
    assert new.json["clocks"]["response"]["target_s"] == 12 * 3600
    edit_text(policy_of(desk), "P4: {response: 12h", "P4: {response: 6h")
    later = fenji("new", "--title", "y", "--json", "--desk", desk)
    assert later.json["clocks"]["response"]["target_s"] == 12 * 3600


def test_who_may_not_change_the_rules_changes_nothing(alone: Path) -> None:
    fenji("note", "0001", "founds", "--desk", alone)
    edit_text(policy_of(alone), "  omar:", "  ann: {name: Ann, roles: [engineer]}\n  omar:")
    assert fenji("new", "--title", "x", "--by", "ann", "--desk", alone).code == 1
    git(alone, "config", "fenji.user", "li.wei")
    assert fenji("new", "--title", "x", "--desk", alone).code == 0
    assert fenji("new", "--title", "y", "--by", "ann", "--desk", alone).code == 0


@pytest.fixture
def plain(pair: TwoClones) -> TwoClones:
    """Two clones of a remote that judges nothing."""
    (pair.hub / "hooks" / "pre-receive").unlink()
    for clone in (pair.a, pair.b):
        pair.run(clone, "note", "0001", "so that it is known")
        pair.sync(clone)
    return pair


def test_a_remote_that_judges_nothing_is_known_after_a_push(plain: TwoClones) -> None:
    assert git(plain.a, "config", "remote.origin.fenjiJudges") == "false\n"
    write_version(plain.a, ago(minutes=5))
    new = plain.run(plain.a, "new", "--title", "x", "--json")
    assert new.json["clocks"]["response"]["target_s"] == 12 * 3600
    plain.sync(plain.a)
    plain.sync(plain.b)
    clock = fenji("clock", new.json["id"], "--json", "--desk", plain.b).json
    assert clock["response"]["target_s"] == 12 * 3600
    plain.assert_equal()


def test_others_take_it_as_it_stands_on_the_remote(plain: TwoClones) -> None:
    edit_text(policy_of(plain.b), P4, "P4: {response: 12h")
    git(plain.b, "commit", "-qam", "nobody judges")
    git(plain.b, "pull", "-q", "--no-edit")
    git(plain.b, "push", "-q")
    plain.sync(plain.a)
    assert target_of(plain.a) == 12 * 3600
    assert plain.run(plain.a, "list").err == ""


def test_what_fails_is_not_sent_to_a_remote_that_judges_nothing(plain: TwoClones) -> None:
    edit_text(policy_of(plain.a), P4, "P4: {response: 12h")
    git(plain.a, "commit", "-qam", "rules")
    plain.run(plain.a, "note", "0001", "goes")
    assert "policy.local.yaml" in plain.sync(plain.a).out
    plain.sync(plain.b)
    assert target_of(plain.b) == 24 * 3600
    assert "goes" in plain.run(plain.b, "show", "0001").out


def test_the_hubs_version_stands_where_both_changed_it(plain: TwoClones) -> None:
    write_version(plain.a, ago(minutes=5), response="12h")
    write_version(plain.b, ago(minutes=4), response="6h")
    for clone in (plain.a, plain.b):
        plain.run(clone, "note", "0001", "brings it in")
    plain.sync(plain.a)
    assert "policy.local.yaml" in plain.sync(plain.b).out
    assert policy_of(plain.b).read_bytes() == policy_of(plain.a).read_bytes()
    assert plain.run(plain.b, "list").err == ""
    plain.assert_equal()


# --- rules of a newer format ------------------------------------------------------------------------------------------


@pytest.fixture
def newer(pair: TwoClones) -> Path:
    """A clone whose hub has rules in a format to come."""
    text = policy_of(pair.b).read_text().replace("format: 1", "format: 99").replace("format: 2", "format: 99")
    policy_of(pair.b).write_text(text + "novelty: {deep: [1, 2]}\n")
    (pair.hub / "hooks" / "pre-receive").unlink()
    git(pair.b, "commit", "-qam", "newer")
    git(pair.b, "push", "-q")
    git(pair.a, "pull", "-q", "--no-edit")
    return pair.a


def test_under_a_newer_format_acts_are_recorded_and_nothing_is_judged(newer: Path) -> None:
    listed = fenji("list", "--json", "--desk", newer)
    assert listed.code == 0
    assert "format 99" in listed.err
    shown = fenji("show", "0001", "--json", "--desk", newer).json
    for clock in (shown["clocks"]["response"], shown["clocks"]["solution"]):
        assert (clock["due"], clock["met"], clock["state"]) == (None, None, "none")
    assert fenji("respond", "0001", "--desk", newer).code == 0
    assert fenji("new", "--title", "x", "--impact", "minor", "--occurrence", "rare", "--desk", newer).code == 0
    done = fenji("solve", "0001", "--set", "cause=c", "--set", "decision=d", "--set", "solution=s", "--desk", newer)
    assert done.code == 0, done.err
    for words in (["confirm", "0001"], ["excuse", "0001", "response", "--reason", "force majeure", "--note", "x"]):
        refused = fenji(*words, "--desk", newer)
        assert refused.code == 1
        assert "format 99" in refused.err
    edit_text(policy_of(newer), "novelty:", "novelties:")
    assert fenji("policy", "check", "--desk", newer).code == 3
    for words in (
        ["check"],
        ["doctor"],
        ["policy", "show"],
        ["clock", "0001", "--explain"],
        ["search", "rust"],
        ["sync"],
    ):
        assert "Traceback" not in fenji(*words, "--desk", newer).err
    found = {finding["name"]: finding for finding in fenji("doctor", "--json", "--desk", newer).json["findings"]}
    assert found["format"]["state"] == "fault"


def test_a_newer_format_of_which_nothing_else_can_be_read(newer: Path, tmp_path: Path) -> None:
    policy_of(newer).write_text("format: 99\nsites: {KSA: somewhere}\npeople: [li.wei]\n")
    git(newer, "commit", "-qam", "rewritten")
    git(newer, "push", "-q")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/hub.git", "shallow")
    for key, value in (("fenji.site", "KSA"), ("fenji.user", "li.wei")):
        git(tmp_path / "shallow", "config", key, value)
    assert fenji("new", "--title", "x", "--desk", tmp_path / "shallow").code == 0
    assert "format 99" in fenji("list", "--desk", tmp_path / "shallow").err
