"""A cache of the parsed policy in the git folder, so that only a changed text needs the YAML library."""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fenji import __version__, files
from fenji.errors import FenjiError
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.values import Value

FILE_NAME = "fenji-policy.json"


def load(git_dir: Path, data: bytes, path: str) -> Value:
    """Load the document in `data` as `yaml_codec.load` does, from the cache if it was made from the same bytes."""
    digest = f"{__version__} {sha256(data).hexdigest()}"
    with suppress(*files.DAMAGE):
        kept = json.loads(files.read(git_dir / FILE_NAME)[0])
        if kept["digest"] == digest:
            return cast("Value", kept["document"])
    document = yaml_codec.load(data, path)
    with suppress(FenjiError):  # without a cache, the text is parsed each time
        files.keep(git_dir, FILE_NAME, json.dumps({"digest": digest, "document": document}).encode())
    return document
