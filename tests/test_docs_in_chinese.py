"""The Chinese pages name what the English ones name, in the same order: commands, options, JSON keys, shell lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMANDS = ("docs/commands.md", "docs/commands.zh.md")
README = ("README.md", "README.zh.md")


def sections(page: str) -> list[str]:
    """A page in pieces, each beginning with its heading; the first is what stands above all headings."""
    return re.split(r"^(?=##+ )", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)


def section_pairs() -> list[tuple[str, str]]:
    english, chinese = map(sections, COMMANDS)
    assert len(english) == len(chinese)
    return list(zip(english, chinese, strict=True))


def commands_described(section: str) -> list[str]:
    """The code that an entry begins with, up to what is Chinese or English in it: a definition, or a row of a table."""
    heads = re.findall(r"^(?:\| )?((?:`[^`]+`(?:, |、)?)+)(?:$|(?= \|)|(?= 统计| counts))", section, flags=re.MULTILINE)
    return [code for head in heads for code in re.findall(r"`([^`]+)`", head)]


@pytest.mark.parametrize(("english", "chinese"), section_pairs())
def test_the_commands_page_is_the_same_in_chinese(english: str, chinese: str) -> None:
    assert commands_described(chinese) == commands_described(english)
    for name in (r"--[a-z][a-z-]*", r'"[a-z_]+"', r"[a-z]+\.md"):
        of_english, of_chinese = (set(re.findall(rf"{name}\b|{name}", text)) for text in (english, chinese))
        assert of_chinese - {"commands.md"} == of_english - {"commands.zh.md"}


def test_every_command_is_described_on_both_pages() -> None:
    """Else the patterns above read nothing, and agree."""
    described = [[code for section in sections(page) for code in commands_described(section)] for page in COMMANDS]
    assert described[0] == described[1]
    first_words = {code.split()[0] for code in described[0]}
    assert {"init", "list", "classify", "plan", "check", "policy", "sync", "form", "remind", "hub"} <= first_words
    assert len(described[0]) > 70


def test_both_readmes_take_the_same_steps() -> None:
    """The numbered steps, and the shell lines but for the texts in them; what only one of them shows comes after."""
    english, chinese = ((ROOT / page).read_text("utf-8") for page in README)
    for pattern in (r"^(?:make|fenji) [a-z]+(?: \d)?", r"^\d\. "):
        of_english, of_chinese = (re.findall(pattern, text, flags=re.MULTILINE) for text in (english, chinese))
        assert of_chinese == of_english[: len(of_chinese)]
        assert len(of_chinese) >= 6


def keys_of_table(page: str) -> list[tuple[str, str]]:
    """The cells with keys of each row of the table of keys: the first and the third."""
    rows = [line.split("|") for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("| `")]
    return [(cells[1].strip(), cells[3].strip()) for cells in rows]


def test_both_readmes_name_the_same_keys() -> None:
    english, chinese = map(keys_of_table, README)
    assert chinese == english
    assert len(english) > 12


def test_the_chinese_pages_break_their_lines_where_no_blank_is_missed() -> None:
    """A line break is shown as a blank, which Chinese has behind punctuation at most."""
    wide = "[\u3400-\u9fff]"
    for page in (README[1], COMMANDS[1]):
        text = (ROOT / page).read_text("utf-8")
        assert not re.findall(rf"{wide}\n *{wide}", text)
