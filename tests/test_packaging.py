"""What is installed is whole: the tables, templates and catalogues travel with the code, and cost nothing unread."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from lowest import lowest_versions

ROOT = Path(__file__).parent.parent
_DERIVED = (".mo", ".pyc")


def run_python(code: str, source: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=source,
        env=os.environ | {"PYTHONPATH": str(source), "PYTHONUTF8": "1"},
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a wheel and an sdist, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("build")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for name in ("pyproject.toml", "hatch_build.py", "handbook.yaml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "dist")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "dist"


def test_wheel_and_sdist_hold_every_file_of_the_source(built: Path) -> None:
    wanted = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and path.suffix not in _DERIVED
    } | {"fenji/i18n/zh_Hans.mo", "fenji/i18n/zh_Hant.mo"}
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        assert wanted - set(wheel.namelist()) == set()
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        assert wanted - {name.partition("/src/")[2] for name in sdist.getnames()} == set()


def test_an_installed_wheel_finds_its_tables_and_templates(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path)
    code = (
        "import fenji; from fenji.text import fold, pinyin; from fenji.model.policy.template import starter_policy\n"
        "policies = [starter_policy(language, ['KSA'], person='li') for language in ('zh-Hans', 'zh-Hant', 'en')]\n"
        "print(fenji.__file__, fold('雷達'), *pinyin.initials('备件'), len(set(policies)), '總部' in policies[1])"
    )
    assert run_python(code, tmp_path) == f"{tmp_path / 'fenji/__init__.py'} 雷达 bj 3 True"


def test_tables_are_read_when_first_needed() -> None:
    code = (
        "import sys; from fenji.text import fold as folding, tokenize, pinyin\n"
        "tokenize('rust XJ-4411'); fold = sys.modules['fenji.text.fold']\n"
        "sizes = lambda: (fold.simplified_characters.cache_info().currsize,\n"
        "    pinyin._characters_by_syllable.cache_info().currsize)\n"
        "before = sizes(); folding('鏽'); print(*before, *sizes())"
    )
    assert run_python(code, ROOT / "src") == "0 0 1 0"


def test_every_library_has_a_lowest_version_to_test_with() -> None:
    assert all(re.fullmatch(r"[\w-]+==\d[\w.]*", line) for line in lowest_versions())
    assert any(line.startswith("textual==") for line in lowest_versions())
