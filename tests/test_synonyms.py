"""handbook.yaml: read strictly, written always alike, joined by meaning; and what searching makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clones import Clone, Sites, git
from desks import at, clean, made
from fenji.errors import Damaged, Misused, NotFound, Refused
from fenji.sync.wiring import wire
from fenji.synonyms import FILE, STARTER, Group, added, check, dump, joined, read, removed, same, starter
from handbooks import a_page, built

SPARES, TABLE = ("備件", "備品", "spare part"), ("轉台", "turntable")


def groups(data: bytes | None) -> set[frozenset[str]]:
    return {frozenset(one) for one in read(data or b"synonyms: []\n")}


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_starter_and_the_shipped_file_are_read_and_alike() -> None:
    assert ("雷達", "radar") in starter()
    assert (Path(__file__).parents[1] / FILE).read_text("utf-8") == STARTER
    assert read(dump(starter())) == starter()
    assert dump(()).endswith(b"synonyms: []\n")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("synonyms:\n- [a, b]\n- [one]\n", (3, 3), "two words or more"),
        ("synonyms:\n- [備件, 备件]\n", (2, 3), "two words or more"),
        ("synonyms:\n- 備件\n", (2, 3), "a group is a list of words"),
        ("synonyms:\n- [a, '?!']\n", (2, 7), "a word of letters"),
        ("synonyms:\n- [a, [b]]\n", (2, 7), "a word of letters"),
        ("synonyms:\n- [a, ]\n", (2, 3), "two words or more"),
        (f"synonyms:\n- [a, {'b' * 61}]\n", (2, 7), "at most 60 characters"),
        ("synonyms: yes\n", (1, 1), "a list of groups"),
        ("synonyms: []\nmore: 1\n", (2, 1), "is no key of this file"),
        ("- [a, b]\n", (1, 1), "expected is `synonyms:`"),
        ("synonyms:\n- [a, *b]\n", (2, 7), "aliases"),
        ("synonyms:\n- [a, b\n", (3, 1), "not readable as YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(Damaged) as refused:
        read(text.encode())
    problem = refused.value.problems[0]
    assert (problem.path, said in str(problem.message)) == (FILE, True), problem
    assert (problem.line, problem.column) == place


def test_a_change_leaves_remarks_and_other_groups_as_they_stand() -> None:
    data = "# ours\nsynonyms:\n  - [備件, 備品]   # parts\n  # tables\n  - [轉台, turntable]\n".encode()
    more = added(data, ("泵", "pump"))
    assert more == data + "  - [泵, pump]\n".encode()
    assert removed(more, ("PUMP", "泵")) == data
    assert removed(data, ("备品", "备件")) == "# ours\nsynonyms:\n  # tables\n  - [轉台, turntable]\n".encode()
    block = b"synonyms:\n- - a\n  - b\n"
    assert read(added(block, ("c", "d"))) == (("a", "b"), ("c", "d"))
    assert read(added(b"synonyms: []\n", ("c", "d"))) == (("c", "d"),)


def test_words_are_compared_without_script_case_and_ending() -> None:
    assert same(("備件", "Spare  Parts"), ("spare part", "备件"))
    assert check([" 備件 ", "spare part", "备件"]) == ("備件", "spare part")
    with pytest.raises(Misused, match="two words"):
        check(["pump", "Pumps"])


WORDS = st.text(alphabet=st.sampled_from("備件泵ab :#-'\"yes1,"), min_size=1, max_size=8)


@given(st.lists(st.lists(WORDS, min_size=2, max_size=4), max_size=5))
def test_what_is_written_reads_back(found: list[list[str]]) -> None:
    taken: list[Group] = []
    for words in found:
        try:
            taken.append(check(words))
        except Misused:
            continue
    assert read(dump(taken)) == tuple(taken)


# --- joining ----------------------------------------------------------------------------------------------------------


def test_one_side_alone_gives_its_text_as_it_is() -> None:
    base, changed = dump([SPARES]), b"# own\nsynonyms:\n- [a, b]\n"
    assert joined(base, changed, base) == joined(base, base, changed) == changed
    assert joined(base, None, base) is None
    assert joined(base, None, changed) == changed


def test_both_sides_add_and_what_either_removed_stays_out() -> None:
    base = dump([SPARES, TABLE])
    ours, theirs = dump([SPARES, TABLE, ("泵", "pump")]), dump([TABLE, ("電池", "battery")])
    whole = joined(base, ours, theirs)
    assert whole == joined(base, theirs, ours)
    assert groups(whole) == {frozenset(one) for one in (TABLE, ("泵", "pump"), ("電池", "battery"))}


def test_one_group_changed_on_both_sides_is_one_group_of_both() -> None:
    base = dump([SPARES, TABLE])
    ours, theirs = dump([(*SPARES, "备用零件"), TABLE]), dump([("備件", "備品", "spares"), TABLE])
    whole = joined(base, ours, theirs)
    assert whole == joined(base, theirs, ours)
    assert read(whole or b"") == (TABLE, ("備件", "備品", "spares", "备用零件"))


def test_a_file_that_cannot_be_read_gives_way() -> None:
    base, good = dump([SPARES]), dump([SPARES, TABLE])
    assert joined(base, b"synonyms: [", good) == good == joined(base, good, b"synonyms: [")


GROUPS = st.lists(
    st.sampled_from([SPARES, TABLE, ("泵", "pump"), ("泵", "pump", "帮浦"), ("a", "b"), ("b", "c")]), unique=True
)


@given(GROUPS, GROUPS, GROUPS)
def test_joining_is_the_same_from_either_side_and_done_once(
    base: list[Group], ours: list[Group], theirs: list[Group]
) -> None:
    whole = joined(dump(base), dump(ours), dump(theirs))
    assert whole == joined(dump(base), dump(theirs), dump(ours))
    assert whole is not None
    assert joined(dump(base), whole, dump(theirs)) == whole or groups(
        joined(dump(theirs), whole, dump(theirs))
    ) == groups(whole)
    assert read(whole) is not None


# --- between clones ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


def write(clone: Clone, *found: Group) -> None:
    (clone.root / FILE).write_bytes(dump(found))


def test_sync_joins_what_both_sites_changed(sites: Sites) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    write(ours, SPARES, TABLE)
    ours.sync()
    theirs.sync()
    write(ours, SPARES, TABLE, ("泵", "pump"))
    write(theirs, TABLE, ("電池", "battery"))
    ours.sync()
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    assert groups((ours.root / FILE).read_bytes()) == {
        frozenset(one) for one in (TABLE, ("泵", "pump"), ("電池", "battery"))
    }


@pytest.mark.parametrize("wired", [True, False])
def test_a_pull_by_hand_joins_too(sites: Sites, *, wired: bool) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    write(ours, SPARES)
    ours.sync()
    git(theirs.root, "pull", "-q")
    if wired:
        wire(theirs.store.repo)
    write(ours, SPARES, TABLE)
    ours.sync()
    write(theirs, SPARES, ("電池", "battery"))
    git(theirs.root, "commit", "-q", "-am", "words")
    git(theirs.root, "config", "pull.rebase", "false")
    done = git_may_fail(theirs.root, "pull", "-q", "--no-edit")
    assert done == wired
    theirs.sync()
    ours.sync()
    sites.assert_equal()
    wanted = {frozenset(one) for one in (SPARES, TABLE, ("電池", "battery"))}
    assert groups((theirs.root / FILE).read_bytes()) == wanted


def git_may_fail(root: Path, *words: str) -> bool:
    import subprocess

    return not subprocess.run(["git", *words], cwd=root, capture_output=True, check=False).returncode


def test_a_bad_file_stays_here_and_is_named(sites: Sites) -> None:
    ours = sites["li.wei"]
    write(ours, SPARES)
    ours.sync()
    (ours.root / FILE).write_text("synonyms:\n- [one]\n", "utf-8")
    ours.sync()
    assert groups(ours.store.repo.read(FILE)) == {frozenset(SPARES)}
    assert (ours.root / FILE).read_text("utf-8") == "synonyms:\n- [one]\n"


# --- a desk -----------------------------------------------------------------------------------------------------------


def test_a_group_is_added_changed_and_removed_and_the_next_search_knows(tmp_path: Path) -> None:
    root = made(tmp_path, "shipped")
    with at(root) as desk:
        assert not desk.search("qwortz").hits
        assert desk.add_synonyms(["qwortz", "備件"]) == ("qwortz", "備件")
        assert desk.search("qwortz").hits
        with pytest.raises(Refused, match="stands there already"):
            desk.add_synonyms(["备件", "QWORTZ"])
        with at(root) as other:
            other.change_synonyms(["qwortz", "備件"], ["qwortz", "備件", "zwick"])
        desk.change_synonyms(["qwortz", "備件"], ["qwortz", "備件", "schraub"])
        assert same(desk.synonyms().groups[-1], ("qwortz", "備件", "zwick", "schraub"))
        assert desk.search("schraub").hits
        desk.remove_synonyms(["qwortz", "備件"])
        assert not desk.search("qwortz").hits
        with pytest.raises(NotFound):
            desk.remove_synonyms(["qwortz", "備件"])
        desk.flush()
        assert desk.synonyms().groups == starter()
    assert clean(root)


def test_a_bad_file_never_stops_searching_and_is_told(tmp_path: Path) -> None:
    root = made(tmp_path, "shipped")
    with at(root) as desk:
        desk.add_synonyms(["qwortz", "備件"])
        desk.flush()
        (root / FILE).write_text("synonyms:\n- [one]\n", "utf-8")
        assert desk.search("qwortz").hits
        assert [one.line for one in desk.synonyms().problems] == [2]
        assert FILE in [one.path for one in desk.check().damaged]
        with pytest.raises(Damaged):
            desk.add_synonyms(["zwick", "備品"])
        (root / FILE).unlink()
        assert desk.synonyms().groups == starter()


# --- searching --------------------------------------------------------------------------------------------------------

TOLD = (SPARES, TABLE, ("電源模塊", "power supply unit", "PSU-9"))
PAGES = (
    a_page(1, "備件生鏽"),
    a_page(2, "Two spare parts missing"),
    a_page(3, "更換備品"),
    a_page(4, "Turntables jam"),
    a_page(5, "电源模块过热"),
    a_page(6, "The power supply unit hums", "no spare, one part"),
    a_page(7, "PSU 9000 and PSU9 fail"),
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
    with built(tmp_path, *PAGES) as book:
        hits = book.search(typed, synonyms=TOLD).hits
        assert {int(hit.id[-4:]) for hit in hits} == wanted


def test_what_was_typed_comes_before_its_synonyms_and_both_stand_out(tmp_path: Path) -> None:
    with built(tmp_path, *PAGES) as book:
        hits = book.search("備品", synonyms=TOLD).hits
        assert hits[0].id == "KSA-2026-0003"
        spans = {hit.title[start:end] for hit in hits for start, end in hit.title_spans}
        assert {"備品", "備件", "spare parts"} <= spans
        assert [hit.id for hit in book.search("備品", synonyms=()).hits] == ["KSA-2026-0003"]
