"""Facts in columns: what is unpacked in stretches, joined, cut and chosen holds the rows that it should."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import pytest

from commandline import fenji
from desks import git
from fenji.model.appraisal.facts import GOES_ON, ORDERS, Facts, StretchFact, TicketFacts
from fenji.storage import figure_reader, figures_cache
from fenji.storage.figures_cache import CacheStamp
from figure_facts import START, facts_of, make_ticket, make_verdict
from octobers import LEAD, make_october
from test_report_kept import rows

STAMP = CacheStamp("commit", "policy", "release")


def make_facts(chance: Random, numbers: range) -> Facts:
    """Facts with verdicts at instants of which many are alike."""
    facts = Facts()
    facts.add(
        TicketFacts(
            make_ticket(number, title=f"pump {number % 3}", owner=chance.choice(["li.wei", "wu"])),
            [make_verdict(number, at=START + chance.randrange(20), person=chance.choice(["wu", "sun"]))],
            [StretchFact(f"u{number}", START + number, chance.choice([90 - number, GOES_ON]), "running", "wu", "")],
        )
        for number in numbers
    )
    return facts


@pytest.mark.parametrize("seed", range(8))
def test_columns_in_stretches_are_cut_joined_and_chosen_as_lists_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(figures_cache, "_ROWS", 8)
    chance = Random(seed)
    facts = make_facts(chance, range(chance.randrange(1, 60)))
    figures_cache.save(tmp_path / "index", STAMP, facts)
    added = make_facts(chance, range(100, 100 + chance.randrange(4)))
    for name in ("verdicts", "stretches"):
        known, others = list(getattr(facts, name).rows()), list(getattr(added, name).rows())
        both = sorted([*known, *others], key=lambda row: getattr(row, ORDERS[name]))
        for _ in range(10):
            kept = load(tmp_path)
            uids = {row.uid for row in chance.sample(known, chance.randrange(len(known) + 1))}
            numbers, table = {kept.words.numbers[uid] for uid in uids}, getattr(kept, name)
            assert list(table.choose("uid", numbers).rows()) == [row for row in known if row.uid in uids]
            left, rest = table.without("uid", numbers), [row for row in known if row.uid not in uids]
            start, end = sorted(chance.randrange(len(rest) + 1) for _ in range(2))
            assert list(left.cut(start, end).rows()) == rest[start:end]
            assert (list(left.rows()), len(left)) == (rest, len(rest))
            kept = load(tmp_path)
            kept.add([TicketFacts(make_ticket(99), **{name: others})])
            start, end = sorted(chance.randrange(len(both) + 1) for _ in range(2))
            assert list(getattr(kept, name).cut(start, end).rows()) == both[start:end]
            assert list(getattr(kept, name).rows()) == both


def load(folder: Path) -> Facts:
    kept = figures_cache.load(folder / "index")
    assert kept
    return kept.facts


def test_instants_of_any_year_come_back_as_they_were_kept(tmp_path: Path) -> None:
    instants = (-(1 << 35), -1, 0, 1, START, 1 << 35)  # seconds; each is kept as its difference from another
    facts = facts_of(
        *(
            make_verdict(number, at=at)._replace(stopped=stopped, used_s=stopped, elapsed_s=at)
            for number, (at, stopped) in enumerate(product(instants, instants))
        )
    )
    figures_cache.save(tmp_path / "index", STAMP, facts)
    assert sorted(load(tmp_path).verdicts.rows()) == sorted(facts.verdicts.rows())


def test_words_that_are_used_no_more_are_not_kept() -> None:
    facts = facts_of(make_verdict(1, person="gone"), make_verdict(2)).without(["u1"])
    assert "gone" not in facts.compacted().words.words
    assert list(facts.compacted().verdicts.rows()) == list(facts.verdicts.rows())


def test_a_title_like_a_state_is_not_taken_for_it() -> None:
    facts = facts_of(make_verdict(1))
    facts.add([TicketFacts(make_ticket(2, title="waiting", state="waiting"))])
    for words in (facts.words, facts.compacted().words):
        assert words.words[words.find("waiting")] == "waiting"
    kept = facts.compacted()
    assert kept.words.find("waiting") == kept.tickets.columns["state"][1] == kept.words.numbers["waiting"]


# --- what changed since ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 1, 4000])
def test_pulls_one_after_another_count_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Kept apart or with all others, after each pull the figures are those of a first reading."""
    monkeypatch.setattr(figure_reader, "_MAX_CHANGED", most)
    month = make_october(tmp_path)
    numbers = ("KSA-2026-0001", "KSA-2026-0002")
    for number in numbers:
        month.act(number, "archive", "11-03 08:00", LEAD)
    rows(month)
    for person, number in zip(("ma.chao", "li.wei", "chen.jie"), (*numbers, numbers[0]), strict=True):
        path = next(month.root.rglob(f"{number}.yaml"))
        path.write_text(path.read_text("utf-8").replace("title: ", f"title: of {person} ", 1), "utf-8")
        git(month.root, "commit", "-qam", "as a pull")
        warm = rows(month)
        again = fenji("--desk", month.root, "report", "2026", "--tickets", "--format", "csv").out
        assert f"of {person}" in again
        for kept in (month.root / "index" / "figures").iterdir():
            kept.unlink()
        assert rows(month) == warm


def test_a_file_that_a_pull_takes_away_is_counted_no_more(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    month.act("KSA-2026-0001", "archive", "11-03 08:00", LEAD)
    before = len(str(rows(month)))
    git(month.root, "rm", "-q", str(next(month.root.rglob("KSA-2026-0001.yaml"))))
    git(month.root, "commit", "-qm", "as a pull")
    assert len(str(rows(month))) < before
    assert rows(month) == rows(month)
