"""A screen of forty columns: what gives way, and what stays whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from interface.driven import copy_world, open_app


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_at_forty_columns_nothing_that_is_said_of_a_time_or_a_person_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 24), person="li.wei") as run:
        await run.press("n")
        promise = run.text.split("\n")[1]
        assert len(re.findall(r"\d\d-\d\d \d\d:\d\d", promise)) == 2
        await run.press("Esc", "Ctrl+O")
        for told in ("li.wei", "git config fenji.user KEY", "git config fenji.site CODE", "Asia/Riyadh"):
            assert told in run.text
        await run.press("Esc", "Enter")
        assert not re.search("(met|達成) +⋯", run.text)
