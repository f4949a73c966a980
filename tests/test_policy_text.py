"""Dates set in the text of a policy: what is said, and that everything else stays as it was typed."""

from __future__ import annotations

from typing import Any

import pytest

from fenji.errors import Refused
from fenji.storage import yaml_codec
from fenji.storage.policy_text import set_holidays, set_offsets

NEW = {"2026-01-01": "New Year's Day", "2026-02-17": "春節: first day", "2026-09-23": "National Day"}
HEAD = "# 規則 rules\nformat: 2\ncalendars:   # all of them\n"
TAIL = "waiting:\n  parts: []  # ours\n"
BEFORE = "  ksa:\n    tz: Asia/Riyadh  # the desert\n"
AFTER = "    day: 8h\n  # of headquarters\n  hq:\n    tz: Asia/Shanghai\n"
BLOCK = """\
    holidays:
      country: SA
      dates:
        2026-01-01: New Year's Day
        2026-02-17: "春節: first day"
        2026-09-23: National Day
"""
MARKED = """\
    holidays:
      country: SA
      # written
      dates:
        2026-01-01: New Year's Day  # kept
        # taken out: the next
        2026-03-20: Eid
        2026-09-23: National Day
      drop: []
"""
SPRING = '        2026-02-17: "春節: first day"\n'
MARKED_AFTER = MARKED.replace("        2026-03-20: Eid\n", "").replace("# kept\n", f"# kept\n{SPRING}")


def set_ksa(text: str, dates: dict[str, str] = NEW) -> str:
    return set_holidays(text.encode(), "policy.yaml", "ksa", {"country": "SA"}, dates).decode()


def set_ksa_offsets(text: str, offsets: dict[str, str]) -> str:
    return set_offsets(text.encode(), "policy.yaml", "ksa", offsets, str).decode()


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("", ""),
        ("    holidays: []\n", BLOCK),
        ("    holidays:\n", BLOCK),
        ("    holidays: {country: SA}  # of the country\n", BLOCK.replace(":\n", ":  # of the country\n", 1)),
        (
            "    holidays: [2026-03-20,\n      2026-03-21]  # Eid\n",
            BLOCK.replace(":\n", ":  # Eid\n", 1) + "      add: [2026-03-20,\n        2026-03-21]\n",
        ),
        (
            "    holidays:  # by hand\n      # Eid\n      - 2026-03-20  # first\n      - 2026-03-21\n",
            BLOCK.replace(":\n", ":  # by hand\n", 1)
            + "      add:\n        # Eid\n        - 2026-03-20  # first\n        - 2026-03-21\n",
        ),
        (
            "    holidays: {country: SA, dates: {2026-03-20: Eid}, add: [2026-09-24], drop: []}\n",
            BLOCK + "      add: [2026-09-24]\n      drop: []\n",
        ),
        ("    holidays:\n      country: SA\n      dates: {2026-03-20: Eid}\n", BLOCK),
        ("    holidays:\n      country: SA\n      dates:\n", BLOCK),
        (
            "    holidays:\n      country: SA\n      add: [2026-09-24]  # given\n",
            BLOCK.replace("      dates:", "      add: [2026-09-24]  # given\n      dates:"),
        ),
        (
            "    holidays:\n      add: [2026-09-24]\n",
            BLOCK.replace("      dates:", "      add: [2026-09-24]\n      dates:"),
        ),
        (MARKED, MARKED_AFTER),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_holidays_are_set_in_place(typed: str, written: str, newline: str) -> None:
    if not typed:  # nothing yet: behind the last key
        typed, written = "", BLOCK
        text, wanted = (
            HEAD + BEFORE + AFTER + TAIL,
            HEAD + BEFORE + AFTER.replace("    day: 8h\n", "    day: 8h\n" + BLOCK) + TAIL,
        )
    else:
        text, wanted = HEAD + BEFORE + typed + AFTER + TAIL, HEAD + BEFORE + written + AFTER + TAIL
    changed = set_ksa(text.replace("\n", newline))
    assert changed == wanted.replace("\n", newline)
    assert set_ksa(changed) == changed


def test_a_calendar_in_braces_stays_in_braces() -> None:
    text = HEAD + "  ksa: {tz: Asia/Riyadh, holidays: {country: SA, add: [2026-09-24]}, day: 8h}  # short\n" + TAIL
    changed = set_ksa(text, {"2026-09-23": "National Day"})
    holidays = '{country: "SA", dates: {2026-09-23: "National Day"}, add: [2026-09-24]}'
    assert changed == text.replace("{country: SA, add: [2026-09-24]}", holidays)
    bare = HEAD + "  ksa: {tz: Asia/Riyadh, day: 8h}\n" + TAIL
    assert set_ksa_offsets(bare, {"2026-04-24T00:00:00+02:00": "+03:00"}) == bare.replace(
        "8h}", "8h, offsets: {2026-04-24T00:00:00+02:00: +03:00}}"
    )


def test_a_file_without_a_last_line_feed_and_with_a_mark_of_its_encoding() -> None:
    text = "\ufeff" + HEAD + "  ksa:\n    tz: Asia/Riyadh"
    assert set_ksa(text) == text + "\n" + BLOCK


def test_a_remark_that_would_be_lost_is_refused() -> None:
    typed = "    holidays: {country: SA,\n      # by hand\n      dates: {2026-03-20: Eid}}\n"
    with pytest.raises(Refused, match="would be lost"):
        set_ksa(HEAD + BEFORE + typed + AFTER)


def test_what_cannot_be_changed_in_place_is_refused_and_never_written_wrongly() -> None:
    typed = "    holidays:\n      country:\n      dates: {}\n"
    with pytest.raises(Refused, match="cannot be changed in place"):
        set_ksa(HEAD + BEFORE + typed + AFTER)


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(Refused, match="No calendar is called"):
        set_ksa(HEAD + "  hq: {tz: UTC}\n")


def test_offsets_are_set_entry_by_entry() -> None:
    offsets = {"2026-04-24T00:00:00+02:00": "+03:00", "2026-10-30T00:00:00+03:00": "+02:00"}
    text = HEAD + BEFORE + AFTER + TAIL
    written = set_ksa_offsets(text, offsets)
    lines = "    offsets:\n      2026-04-24T00:00:00+02:00: +03:00\n      2026-10-30T00:00:00+03:00: +02:00\n"
    assert written == text.replace("    day: 8h\n", "    day: 8h\n" + lines)
    remarked = written.replace(": +02:00\n", ": +02:00  # by law\n")
    more = {
        "2026-04-20T00:00:00+02:00": "+02:30",
        **offsets,
        "2026-10-30T00:00:00+03:00": "-02:00",
        "2027-01-01T00:00:00+00:00": "+02:00",
    }
    changed = set_ksa_offsets(remarked, more)
    assert "+00:00: +02:00\n" in changed
    assert ": -02:00  # by law\n" in changed
    policy: Any = yaml_codec.load(changed.encode(), "p")
    assert list(policy["calendars"]["ksa"]["offsets"]) == list(more)
