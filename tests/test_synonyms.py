"""handbook.yaml: read strictly, written always alike, joined by meaning; and what searching makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clones import Clone, Sites, git
from desks import is_clean, make_desk, open_desk
from fenji.desk.check import check_desk
from fenji.errors import Damaged, InvalidUsage, NotFound, Refused
from fenji.model.synonyms import SynonymGroup, make_group, same_words
from fenji.storage.synonyms_file import (
    FILE_NAME,
    add_group,
    dump,
    merge_versions,
    parse,
    remove_group,
    starter_groups,
    starter_text,
)
from fenji.sync.driver_setup import install_driver
from handbooks import build_index, make_page

SPARES, TABLE = ("備件", "備品", "spare part"), ("轉台", "turntable")


def read_groups(data: bytes | None) -> set[frozenset[str]]:
    return {frozenset(group) for group in parse(data or b"synonyms: []\n")}


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_starter_and_the_shipped_file_are_read_and_alike() -> None:
    assert ("雷達", "radar") in starter_groups()
    assert (Path(__file__).parents[1] / FILE_NAME).read_text("utf-8") == starter_text()
    assert parse(dump(starter_groups())) == starter_groups()
    assert dump(()).endswith(b"synonyms: []\n")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("synonyms:\n- [a, b]\n- [one]\n", (3, 3), "at least two words"),
        ("synonyms:\n- [備件, 备件]\n", (2, 3), "at least two words"),
        ("synonyms:\n- 備件\n", (2, 3), "a group is a list of words"),
        ("synonyms:\n- [a, '?!']\n", (2, 7), "a word made of letters"),
        ("synonyms:\n- [a, [b]]\n", (2, 7), "a word made of letters"),
        ("synonyms:\n- [a, ]\n", (2, 3), "at least two words"),
        (f"synonyms:\n- [a, {'b' * 61}]\n", (2, 7), "at most 60 characters"),
        ("synonyms: yes\n", (1, 1), "a list of groups"),
        ("synonyms: []\nmore: 1\n", (2, 1), "is not a key of this file"),
        ("- [a, b]\n", (1, 1), "expected `synonyms:`"),
        ("synonyms:\n- [a, *b]\n", (2, 7), "aliases"),
        ("synonyms:\n- [a, b\n", (2, 3), "not closed"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(Damaged) as refused:
        parse(text.encode())
    problem = refused.value.problems[0]
    assert (problem.path, said in str(problem.message)) == (FILE_NAME, True), problem
    assert (problem.line, problem.column) == place


def test_a_change_leaves_remarks_and_other_groups_as_they_stand() -> None:
    data = "# ours\nsynonyms:\n  - [備件, 備品]   # parts\n  # tables\n  - [轉台, turntable]\n".encode()
    more = add_group(data, ("泵", "pump"))
    assert more == data + "  - [泵, pump]\n".encode()
    assert remove_group(more, ("PUMP", "泵")) == data
    assert remove_group(data, ("备品", "备件")) == "# ours\nsynonyms:\n  # tables\n  - [轉台, turntable]\n".encode()
    block = b"synonyms:\n- - a\n  - b\n"
    assert parse(add_group(block, ("c", "d"))) == (("a", "b"), ("c", "d"))
    assert parse(add_group(b"synonyms: []\n", ("c", "d"))) == (("c", "d"),)


def test_words_are_compared_without_script_case_and_ending() -> None:
    assert same_words(("備件", "Spare  Parts"), ("spare part", "备件"))
    assert make_group([" 備件 ", "spare part", "备件"]) == ("備件", "spare part")
    with pytest.raises(InvalidUsage, match="two words"):
        make_group(["pump", "Pumps"])


WORDS = st.text(alphabet=st.sampled_from("備件泵ab :#-'\"yes1,"), min_size=1, max_size=8)


@given(st.lists(st.lists(WORDS, min_size=2, max_size=4), max_size=5))
def test_what_is_written_reads_back(found: list[list[str]]) -> None:
    taken: list[SynonymGroup] = []
    for group in found:
        try:
            taken.append(make_group(group))
        except InvalidUsage:
            continue
    assert parse(dump(taken)) == tuple(taken)


# --- joining ----------------------------------------------------------------------------------------------------------


def test_one_side_alone_gives_its_text_as_it_is() -> None:
    base, changed = dump([SPARES]), b"# own\nsynonyms:\n- [a, b]\n"
    assert merge_versions(base, changed, base) == merge_versions(base, base, changed) == changed
    assert merge_versions(base, None, base) is None
    assert merge_versions(base, None, changed) == changed


def test_both_sides_add_and_what_either_removed_stays_out() -> None:
    base = dump([SPARES, TABLE])
    ours, theirs = dump([SPARES, TABLE, ("泵", "pump")]), dump([TABLE, ("電池", "battery")])
    merged = merge_versions(base, ours, theirs)
    assert merged == merge_versions(base, theirs, ours)
    assert read_groups(merged) == {frozenset(group) for group in (TABLE, ("泵", "pump"), ("電池", "battery"))}


def test_one_group_changed_on_both_sides_is_one_group_of_both() -> None:
    base = dump([SPARES, TABLE])
    ours, theirs = dump([(*SPARES, "备用零件"), TABLE]), dump([("備件", "備品", "spares"), TABLE])
    merged = merge_versions(base, ours, theirs)
    assert merged == merge_versions(base, theirs, ours)
    assert parse(merged or b"") == (TABLE, ("備件", "備品", "spares", "备用零件"))


def test_a_file_that_cannot_be_read_gives_way() -> None:
    base, good = dump([SPARES]), dump([SPARES, TABLE])
    assert merge_versions(base, b"synonyms: [", good) == good == merge_versions(base, good, b"synonyms: [")


GROUPS = st.lists(
    st.sampled_from([SPARES, TABLE, ("泵", "pump"), ("泵", "pump", "帮浦"), ("a", "b"), ("b", "c")]), unique=True
)


@given(GROUPS, GROUPS, GROUPS)
def test_joining_is_the_same_from_either_side_and_done_once(
    base: list[SynonymGroup], ours: list[SynonymGroup], theirs: list[SynonymGroup]
) -> None:
    merged = merge_versions(dump(base), dump(ours), dump(theirs))
    assert merged == merge_versions(dump(base), dump(theirs), dump(ours))
    assert merged is not None
    assert merge_versions(dump(base), merged, dump(theirs)) == merged or read_groups(
        merge_versions(dump(theirs), merged, dump(theirs))
    ) == read_groups(merged)
    assert parse(merged) is not None


# --- between clones ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def write_synonyms(clone: Clone, *added_groups: SynonymGroup) -> None:
    (clone.root / FILE_NAME).write_bytes(dump(added_groups))


def test_sync_joins_what_both_sites_changed(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    write_synonyms(ours, SPARES, TABLE)
    ours.sync()
    theirs.sync()
    write_synonyms(ours, SPARES, TABLE, ("泵", "pump"))
    write_synonyms(theirs, TABLE, ("電池", "battery"))
    ours.sync()
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert read_groups((ours.root / FILE_NAME).read_bytes()) == {
        frozenset(group) for group in (TABLE, ("泵", "pump"), ("電池", "battery"))
    }


@pytest.mark.parametrize("wired", [True, False])
def test_a_pull_by_hand_joins_too(sites: Sites, *, wired: bool) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    write_synonyms(ours, SPARES)
    ours.sync()
    git(theirs.root, "pull", "-q")
    if wired:
        install_driver(theirs.store.repo)
    write_synonyms(ours, SPARES, TABLE)
    ours.sync()
    write_synonyms(theirs, SPARES, ("電池", "battery"))
    git(theirs.root, "commit", "-q", "-am", "words")
    git(theirs.root, "config", "pull.rebase", "false")
    done = git_may_fail(theirs.root, "pull", "-q", "--no-edit")
    assert done == wired
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    wanted = {frozenset(group) for group in (SPARES, TABLE, ("電池", "battery"))}
    assert read_groups((theirs.root / FILE_NAME).read_bytes()) == wanted


def git_may_fail(root: Path, *args: str) -> bool:
    import subprocess

    return not subprocess.run(["git", *args], cwd=root, capture_output=True, check=False).returncode


def test_a_bad_file_stays_here_and_is_named(sites: Sites) -> None:
    ours = sites["li.wei"]
    write_synonyms(ours, SPARES)
    ours.sync()
    (ours.root / FILE_NAME).write_text("synonyms:\n- [one]\n", "utf-8")
    ours.sync()
    assert read_groups(ours.store.repo.read(FILE_NAME)) == {frozenset(SPARES)}
    assert (ours.root / FILE_NAME).read_text("utf-8") == "synonyms:\n- [one]\n"


# --- a desk -----------------------------------------------------------------------------------------------------------


def test_a_group_is_added_changed_and_removed_and_the_next_search_knows(tmp_path: Path) -> None:
    root = make_desk(tmp_path, "shipped")
    with open_desk(root) as desk:
        assert not desk.search("qwortz").hits
        assert desk.synonyms.add(["qwortz", "備件"]) == ("qwortz", "備件")
        assert desk.search("qwortz").hits
        with pytest.raises(Refused, match="this group already exists"):
            desk.synonyms.add(["备件", "QWORTZ"])
        with open_desk(root) as other:
            other.synonyms.change(["qwortz", "備件"], ["qwortz", "備件", "zwick"])
        desk.synonyms.change(["qwortz", "備件"], ["qwortz", "備件", "schraub"])
        assert same_words(desk.synonyms.in_force().groups[-1], ("qwortz", "備件", "zwick", "schraub"))
        assert desk.search("schraub").hits
        desk.synonyms.remove(["qwortz", "備件"])
        assert not desk.search("qwortz").hits
        with pytest.raises(NotFound):
            desk.synonyms.remove(["qwortz", "備件"])
        desk.flush()
        assert desk.synonyms.in_force().groups == starter_groups()
    assert is_clean(root)


def test_a_bad_file_never_stops_searching_and_is_told(tmp_path: Path) -> None:
    root = make_desk(tmp_path, "shipped")
    with open_desk(root) as desk:
        desk.synonyms.add(["qwortz", "備件"])
        desk.flush()
        (root / FILE_NAME).write_text("synonyms:\n- [one]\n", "utf-8")
        assert desk.search("qwortz").hits
        assert [problem.line for problem in desk.synonyms.in_force().problems] == [2]
        assert FILE_NAME in [problem.path for problem in check_desk(desk).damaged]
        with pytest.raises(Damaged):
            desk.synonyms.add(["zwick", "備品"])
        (root / FILE_NAME).unlink()
        assert desk.synonyms.in_force().groups == starter_groups()


# --- searching --------------------------------------------------------------------------------------------------------

ALL_GROUPS = (SPARES, TABLE, ("電源模塊", "power supply unit", "PSU-9"))
PAGES = (
    make_page(1, "備件生鏽"),
    make_page(2, "Two spare parts missing"),
    make_page(3, "更換備品"),
    make_page(4, "Turntables jam"),
    make_page(5, "电源模块过热"),
    make_page(6, "The power supply unit hums", "no spare, one part"),
    make_page(7, "PSU 9000 and PSU9 fail"),
)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("備件", {1, 2, 3, 6}),
        ("备品", {1, 2, 3, 6}),
        ("spare parts", {1, 2, 3, 6}),
        ("轉台", {4}),
        ("电源模块", {5, 6, 7}),
        ("power supply unit", {5, 6, 7}),
        ("psu9", {5, 6, 7}),
        ('"備件"', {1}),
    ],
)
def test_any_word_of_a_group_finds_the_others(tmp_path: Path, typed: str, wanted: set[int]) -> None:
    with build_index(tmp_path, *PAGES) as book:
        hits = book.search(typed, synonyms=ALL_GROUPS).hits
        assert {int(hit.id[-4:]) for hit in hits} == wanted


def test_what_was_typed_comes_before_its_synonyms_and_both_stand_out(tmp_path: Path) -> None:
    with build_index(tmp_path, *PAGES) as book:
        hits = book.search("備品", synonyms=ALL_GROUPS).hits
        assert hits[0].id == "KSA-2026-0003"
        spans = {hit.title[start:end] for hit in hits for start, end in hit.title_spans}
        assert {"備品", "備件", "spare parts"} <= spans
        assert [hit.id for hit in book.search("備品", synonyms=()).hits] == ["KSA-2026-0003"]
