"""What the pages say about where things live is true, and the house keeps its own habits."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LONGEST_MODULE = 350  # lines
# Places below which a path in a table may be written short.
SHORTENED = ("", "src", "src/fenji", "src/fenji/model", "src/fenji/storage")


def test_every_place_that_the_pages_name_is_there() -> None:
    for page in (ROOT / "CONTRIBUTING.md", ROOT / "docs/design.md"):
        rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| ")]
        paths = re.findall(r"`((?:[a-z_]+/)+[a-z_*.]*)`", "\n".join(rows))
        assert len(paths) > 8
        missing = [
            path for path in paths if not any(list(ROOT.glob(f"{place}/{path}".strip("/"))) for place in SHORTENED)
        ]
        assert missing == [], page.name


def test_a_class_name_stands_for_one_thing() -> None:
    names = Counter(
        node.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_variables_say_what_they_hold() -> None:
    """`one` says nothing, and a field path is called so; both words may stand in sentences."""
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]}"
        for path in files
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        if token.type == tokenize.NAME and token.string in ("one", "leaf")
    ]
    assert found == []


def test_modules_can_be_read_at_a_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}
