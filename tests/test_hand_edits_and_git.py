"""Hand edits and git's own verbs, with acts at both sites: every sync succeeds, and every text is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import fenji
from fenji.git import Repo
from two_clones import TwoClones, edit_text, git, read_tickets, ticket_at


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> TwoClones:
    """A ticket that both clones have, with texts and grades."""
    pair = TwoClones.create(tmp_path_factory.mktemp("verbs"))
    pair.run(pair.a, "new", "--title", "pump leaks", "--description", "first words", "--impact", "minor")
    pair.run(pair.a, "edit", "1", "--set", "cause=not known", "--set", "product.part=P-1")
    pair.sync(pair.a)
    pair.sync(pair.b)
    return pair


@pytest.fixture
def pair(shared: TwoClones, tmp_path: Path) -> TwoClones:
    return shared.copy(tmp_path)


def write_at_a(pair: TwoClones, *, text: str = "HQ says seal") -> None:
    pair.run(pair.a, "edit", "1", "--set", f"cause={text}")
    pair.run(pair.a, "note", "1", "from HQ")
    pair.sync(pair.a)


def type_at_b(pair: TwoClones, old: str = "not known", new: str = "site says gasket") -> None:
    edit_text(ticket_at(pair.b), old, new)


def everything(clone: Path) -> str:
    return "".join(path.read_text() for path in sorted((clone / "tickets").rglob("*.yaml")))


def assert_nothing_lost(pair: TwoClones, *texts: str) -> None:
    pair.assert_equal()
    for text in texts:
        assert text in everything(pair.a), text


# --- every verb -------------------------------------------------------------------------------------------------------


def commit(pair: TwoClones) -> None:
    git(pair.b, "commit", "-qam", "by hand")


def commit_and_pull(pair: TwoClones) -> None:
    commit(pair)
    git(pair.b, "pull", "-q", "--no-edit")


def commit_and_rebase(pair: TwoClones) -> None:
    commit(pair)
    git(pair.b, "pull", "-q", "--rebase")


def commit_on_a_branch_and_merge(pair: TwoClones) -> None:
    git(pair.b, "switch", "-qc", "draft")
    commit(pair)
    git(pair.b, "switch", "-q", "main")
    pair.run(pair.b, "note", "1", "on main")
    git(pair.b, "merge", "-q", "--no-edit", "draft")


def merge_without_fast_forward(pair: TwoClones) -> None:
    git(pair.b, "switch", "-qc", "draft")
    commit(pair)
    git(pair.b, "switch", "-q", "main")
    git(pair.b, "fetch", "-q")
    git(pair.b, "merge", "-q", "--no-edit", "origin/main")
    git(pair.b, "merge", "-q", "--no-ff", "--no-edit", "draft")


def stash_pull_and_pop(pair: TwoClones) -> None:
    git(pair.b, "stash", "-q")
    git(pair.b, "pull", "-q", "--no-edit")
    git(pair.b, "stash", "pop", "-q", check=False)


def revert_something_else(pair: TwoClones) -> None:
    (pair.b / "README.md").write_text("ours\n")
    git(pair.b, "add", "README.md")
    git(pair.b, "commit", "-qm", "page", "README.md")
    commit(pair)
    git(pair.b, "revert", "--no-edit", "HEAD~1")


def reset_softly(pair: TwoClones) -> None:
    commit(pair)
    git(pair.b, "reset", "-q", "--soft", "HEAD~1")


def amend(pair: TwoClones) -> None:
    commit(pair)
    edit_text(ticket_at(pair.b), "first words", "first and second words")
    git(pair.b, "commit", "-qa", "--amend", "--no-edit")


def pull_with_autostash(pair: TwoClones) -> None:
    git(pair.b, "pull", "-q", "--rebase", "--autostash", check=False)


def commit_the_marks_of_a_pull(pair: TwoClones) -> None:
    git(pair.b, "config", "--remove-section", "merge.fenji")
    commit(pair)
    git(pair.b, "pull", "-q", "--no-edit", check=False)
    git(pair.b, "commit", "-qam", "as it is")
    assert "<<<<<<< " in ticket_at(pair.b).read_text()


VERBS = (
    commit,
    commit_and_pull,
    commit_and_rebase,
    commit_on_a_branch_and_merge,
    merge_without_fast_forward,
    stash_pull_and_pop,
    revert_something_else,
    reset_softly,
    amend,
    pull_with_autostash,
    commit_the_marks_of_a_pull,
)


@pytest.mark.sample(6)
@pytest.mark.parametrize("acted", [True, False], ids=["after-an-act", "without-one"])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_a_verb_of_git_with_a_hand_edit(
    pair: TwoClones,
    verb: Callable[[TwoClones], None],
    acted: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    write_at_a(pair)
    if acted:
        pair.run(pair.b, "note", "1", "from the site")
    type_at_b(pair)
    verb(pair)
    assert_nothing_lost(pair, "site says gasket", "HQ says seal", "from HQ", *(["from the site"] if acted else []))
    log = git(pair.a, "log", "-p", "--", "tickets")
    assert "site says gasket" in log
    assert "HQ says seal" in log


def test_a_reverted_act_comes_back(pair: TwoClones) -> None:
    write_at_a(pair)
    pair.run(pair.b, "note", "1", "from the site")
    git(pair.b, "revert", "--no-edit", "HEAD")
    assert_nothing_lost(pair, "from the site", "from HQ")


def test_a_reverted_hand_edit_is_an_edit(pair: TwoClones) -> None:
    type_at_b(pair)
    commit(pair)
    git(pair.b, "revert", "--no-edit", "HEAD")
    write_at_a(pair)
    assert_nothing_lost(pair, "HQ says seal", "from HQ")


# --- what the person had before him -----------------------------------------------------------------------------------


def test_a_pulled_text_changed_by_hand(pair: TwoClones) -> None:
    write_at_a(pair)
    git(pair.b, "pull", "-q")
    type_at_b(pair, "HQ says seal", "HQ says seal, and the site agrees")
    assert_nothing_lost(pair, "HQ says seal, and the site agrees")
    (ticket,) = read_tickets(pair.b)
    assert ticket.log[-1].rewrote == ["cause"]


def test_a_pulled_text_changed_by_hand_and_committed(pair: TwoClones) -> None:
    write_at_a(pair)
    git(pair.b, "pull", "-q")
    type_at_b(pair, "HQ says seal", "the site says otherwise")
    commit(pair)
    assert_nothing_lost(pair, "the site says otherwise")


@pytest.mark.parametrize("door", ["sync", "act", "commit", "bundle"])
def test_an_editor_that_saves_over_a_sync(pair: TwoClones, door: str) -> None:
    path = ticket_at(pair.b)
    opened = path.read_text()
    write_at_a(pair)
    pair.sync(pair.b)
    path.write_text(opened.replace("first words", "second words"))
    if door == "commit":
        commit(pair)
    elif door == "act":
        pair.run(pair.b, "note", "1", "from the site")
    elif door == "bundle":
        pair.run(pair.b, "bundle", pair.folder / "out.bundle")
    assert_nothing_lost(pair, "second words", "HQ says seal", "from HQ")
    (ticket,) = read_tickets(pair.b)
    assert (ticket.word("cause"), ticket.word("description")) == ("HQ says seal", "second words")


def test_an_editor_that_saves_another_text_over_that_of_a_sync(pair: TwoClones) -> None:
    path = ticket_at(pair.b)
    opened = path.read_text()
    write_at_a(pair)
    pair.sync(pair.b)
    path.write_text(opened.replace("not known", "site says gasket"))
    assert_nothing_lost(pair, "site says gasket", "HQ says seal", "from HQ")


def test_a_new_ticket_completed_by_hand_before_its_first_exchange(pair: TwoClones) -> None:
    pair.run(pair.b, "new", "--title", "second", "--description", "short")
    path = ticket_at(pair.b, "0002")
    edit_text(path, "log:\n", "cause: |\n  typed at once\nlog:\n")
    commit(pair)
    assert_nothing_lost(pair, "typed at once")


def test_a_merge_with_conflicts_explains_what_was_typed_first(pair: TwoClones) -> None:
    """Without the merge driver git marks the conflict; the next sync joins the versions."""
    git(pair.b, "config", "--remove-section", "merge.fenji")
    write_at_a(pair)
    type_at_b(pair)
    commit(pair)
    git(pair.b, "pull", "-q", "--no-edit", check=False)
    assert_nothing_lost(pair, "site says gasket", "HQ says seal")
    (ticket,) = read_tickets(pair.b)
    assert "omar" in {event.by for event in ticket.log if event.do == "edit"}


@pytest.mark.parametrize("committed", [False, True])
def test_a_former_number_that_is_none(pair: TwoClones, committed: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    path = ticket_at(pair.b)
    opened = path.read_text()
    write_at_a(pair)
    pair.sync(pair.b)
    path.write_text(opened.replace("\nlog:", "\nformerly: typed\nlog:"))
    if committed:
        commit(pair)
    assert_nothing_lost(pair, "HQ says seal")
    assert "formerly" not in everything(pair.b)


@pytest.mark.parametrize("name", ["omar", "Omar"])
def test_a_ticket_that_was_broken_and_then_deleted(pair: TwoClones, name: str) -> None:
    """Also where git has the name that the rules have: then an act that is made anew is the same commit."""
    git(pair.b, "config", "user.name", name)
    write_at_a(pair)
    pair.run(pair.b, "note", "1", "from the site")
    type_at_b(pair, "\nstate: new\n", "\nstate: new\nkind: typed\n")
    commit(pair)
    git(pair.b, "rm", "-q", str(ticket_at(pair.b)))
    git(pair.b, "commit", "-qm", "away with it")
    assert_nothing_lost(pair, "from the site", "HQ says seal", "from HQ")


def test_a_text_that_was_typed_and_then_set_by_an_act_is_in_the_history(pair: TwoClones) -> None:
    type_at_b(pair)
    pair.run(pair.b, "edit", "1", "--set", "cause=the lid")
    pair.run(pair.b, "edit", "1", "--set", "cause=the hinge")
    assert_nothing_lost(pair, "the hinge")
    assert "site says gasket" in git(pair.a, "log", "-p", "--", "tickets")


def test_a_value_typed_while_a_sync_writes_meets_the_rules_of_a_command(
    pair: TwoClones, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_at_a(pair)
    path, move = ticket_at(pair.b), Repo.move_branch

    def move_and_type(repo: Repo, before: str | None, after: str, reason: str) -> bool:
        moved = move(repo, before, after, reason)
        if reason == "fenji: merge" and "impact: minor" in path.read_text():
            edit_text(path, "impact: minor", "impact: enormous")
        return moved

    with monkeypatch.context() as patched:
        patched.setattr(Repo, "move_branch", move_and_type)
        pair.sync(pair.b)
    assert_nothing_lost(pair, "HQ says seal", "enormous")
    (ticket,) = read_tickets(pair.a)
    assert ticket.word("impact") == "minor"
    assert [event.body["typed"] for event in ticket.log if "typed" in event.body] == [{"impact": "enormous"}]


def test_a_uid_typed_over_is_put_back(pair: TwoClones) -> None:
    path = ticket_at(pair.b)
    (uid,) = (ticket.uid for ticket in read_tickets(pair.b))
    edit_text(path, uid, "01KK3Q0W8Z5V9M3T7K2B4C6D8E")
    refused = fenji("note", "1", "x", "--desk", pair.b)
    assert (refused.code, "uid can no longer be changed" in refused.err) == (1, True)
    edit_text(path, "pump leaks", "pump drips")
    assert "uid cannot be changed by hand" in pair.sync(pair.b).err
    pair.assert_equal()
    assert [(ticket.uid, ticket.title) for ticket in read_tickets(pair.a)] == [(uid, "pump drips")]


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_text_in_a_file_that_git_was_told_to_ignore_is_taken(pair: TwoClones, flag: str) -> None:
    path = next((pair.b / "tickets/open").glob("*.yaml"))
    git(pair.b, "update-index", flag, str(path.relative_to(pair.b)))
    path.write_text(path.read_text().replace("\nlog:\n", "\nlessons: |\n  typed unseen\nlog:\n"))
    assert fenji("--desk", pair.b, "sync").code == 0
    assert "typed unseen" in git(pair.b, "show", f"HEAD:{path.relative_to(pair.b)}")


def test_the_other_files_of_the_desk_are_not_hidden_either(pair: TwoClones) -> None:
    path = pair.b / "handbook.yaml"
    path.write_text("synonyms:\n- [锈, rust]\n")
    assert fenji("--desk", pair.b, "sync").code == 0
    git(pair.b, "update-index", "--assume-unchanged", "handbook.yaml")
    path.write_text("synonyms:\n- [锈, rust, corrosion]\n")
    assert fenji("--desk", pair.b, "sync").code == 0
    assert "corrosion" in git(pair.b, "show", "HEAD:handbook.yaml")
