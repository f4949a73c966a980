"""Check where documents, reports and tables may be written: to any file but the desk's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import InvalidUsage, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fenji.desk.desk import Desk


def check_target(desk: Desk, target: Path, endings: Sequence[str]) -> None:
    """Raise Refused for a path in the desk's own folders, InvalidUsage for a name without one of the `endings`."""
    root, path = desk.root.resolve(), target.parent.resolve() / target.name
    if any(path.is_relative_to(root / folder) for folder in ("tickets", "issued", "templates", ".git")):
        hint = "Name a file elsewhere."
        raise Refused("{path} belongs to the desk itself.", hint=hint, path=str(path))
    if target.suffix.lower() not in endings:
        raise InvalidUsage("{path} must end in {endings}.", path=target.name or str(target), endings=tuple(endings))
