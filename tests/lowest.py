"""The lowest versions of the libraries that pyproject.toml allows, as constraints for pip: `python tests/lowest.py`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
_BOUND = re.compile(r"(?P<name>[\w.-]+)(?P<kind>>=|==)(?P<version>[\w.]+)")


def lowest_versions() -> list[str]:
    """Return `name==version` for every dependency. Raises ValueError for one without a lower bound."""
    lines = []
    for requirement in tomllib.loads(PROJECT.read_text("utf-8"))["project"]["dependencies"]:
        bound = _BOUND.match(requirement)
        if bound is None:
            raise ValueError(f"{requirement} has no lower bound")
        lines.append(f"{bound['name']}=={bound['version']}")
    return lines


if __name__ == "__main__":
    print("\n".join(lowest_versions()))
