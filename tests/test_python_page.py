"""The page on Python is run as it stands, on the shipped desk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PROJECT = Path(__file__).resolve().parents[1]


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (PROJECT / "docs/python.md").read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(PROJECT)
    exec(compile(example, "python.md", "exec"), {})
    assert int(capsys.readouterr().out) > 0
