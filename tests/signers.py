"""SSH keys of people, and commits signed with them, for tests of signed work."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from hubs import Clone, git

Keys = Mapping[str, Path]


def make_keys(folder: Path, people: Iterable[str]) -> Keys:
    """Make a key for each person; return the paths of the private keys."""
    keys = {person: folder / person for person in people}
    for person, path in keys.items():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return keys


def public_keys(keys: Keys, *people: str) -> dict[str, str]:
    """Return the public keys, as they are written in a policy."""
    return {person: keys[person].with_suffix(f"{keys[person].suffix}.pub").read_text().strip() for person in people}


def sign_last_commit(clone: Clone, key: Path) -> None:
    """Amend the last commit with a signature."""
    settings = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "-c", "user.name=x", "-c", "user.email=x")
    git(clone.folder, *settings, "commit", "-q", "--amend", "--no-edit", "-S")
