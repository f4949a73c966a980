"""What an installation derives from its sources, also an editable one: compiled catalogues, the first handbook.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DerivedFiles(BuildHookInterface[Any]):
    """Writes them beside the sources, where git ignores them and the wheel takes them up (`artifacts`)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called by hatchling before a wheel, an editable one or an sdist is put together."""
        folder = Path(self.root) / "src/fenji/i18n"
        for source in sorted(folder.glob("*.po")):
            with source.open("rb") as file, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(file))
        (folder / "handbook.yaml").write_bytes((Path(self.root) / "handbook.yaml").read_bytes())
