"""What the pages say about where things live is true, and the house keeps its own habits."""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
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


def test_every_module_that_the_pages_name_is_there() -> None:
    rooms = {path.stem for path in (ROOT / "src/fenji").iterdir()} | {"tui", "fenji"}
    for page in (ROOT / "CONTRIBUTING.md", ROOT / "docs/design.md"):
        names = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", page.read_text("utf-8"))
        modules = [name for name in names if name.partition(".")[0] in rooms and not name.endswith(".yaml")]
        assert [name for name in modules if not _stands_in_the_house(name)] == [], page.name


def _stands_in_the_house(name: str) -> bool:
    """Whether this is a module or a room, or something that a module defines."""
    place = ROOT / "src" / ("" if name.startswith(("tui", "fenji")) else "fenji") / name.replace(".", "/")
    if place.is_dir() or place.with_suffix(".py").is_file():
        return True
    module = place.parent.with_suffix(".py")
    defined = re.compile(rf"^(def|class) {place.name}\b", re.MULTILINE)
    return module.is_file() and bool(defined.search(module.read_text("utf-8")))


def test_the_picture_has_the_floors_that_are_kept() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    floors = [re.findall(r"\w+", floor) for floor in contracts[0]["layers"]]
    floors.insert(1, ["tui"])
    picture = (ROOT / "docs/design.md").read_text("utf-8").split("```")[1].splitlines()
    lines = {
        name: [at for at, line in enumerate(picture) if re.search(rf"(^|[ ·] ){name}\b", line)]
        for name in itertools.chain(*floors)
    }
    assert [name for name, found in lines.items() if len(found) != 1] == []
    heights = [lines[name][0] for floor in floors for name in floor]
    assert heights == sorted(heights)


def test_a_class_name_stands_for_one_thing() -> None:
    declared = re.compile(r"^ *class (\w+)[(:]", re.MULTILINE)
    names = Counter(name for path in SOURCES for name in declared.findall(path.read_text("utf-8")))
    assert [name for name, count in names.items() if count > 1] == []


def test_variables_say_what_they_hold() -> None:
    """`one` says nothing, and a field path is called so; both words may stand in sentences."""
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]}"
        for path in files
        if re.search(r"\b(one|leaf)\b", path.read_text("utf-8"))
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        if token.type == tokenize.NAME and token.string in ("one", "leaf")
    ]
    assert found == []


def test_modules_can_be_read_at_a_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_module_knows_one_that_knows_it() -> None:
    """Also not for types, and not where a function imports."""
    modules = {_module_name(path): path for path in SOURCES}
    graph = {name: {known for known in _imported(path, modules) if known != name} for name, path in modules.items()}
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in names if name in modules)
            if node.module in modules and not all(name in modules for name in names):
                yield node.module
