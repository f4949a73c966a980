"""Signing this clone's commits with an SSH key: setting it up, and giving a commit its signature.

git does the signing, with the key that `user.signingkey` names; a key that lies in an agent serves as well. Nothing
ever asks for a passphrase: a screen may own the terminal.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import NotFound, Refused, Unavailable
from fenji.git.run import git_environment, run_git

if TYPE_CHECKING:
    from fenji.git.tree import Repo

_DEFAULT_KEYS = (
    "id_ed25519",
    "id_ed25519_sk",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_rsa",
)  # below ~/.ssh, as ssh looks for them
_HINT = "Load the key with ssh-add, or name another one: git config user.signingkey PATH. The work waits meanwhile."


@dataclass(frozen=True)
class SigningKey:
    """An SSH key: what git is told to sign with, and its public part as one line, for `people` in the policy."""

    path: Path
    public: str


def find_key(given: Path | None = None) -> SigningKey:
    """The key at a path (private, or its `.pub`); else the one of git's `user.signingkey`, else the usual one of ssh.

    Raises NotFound without any, Refused for what is no key.
    """
    path = given.expanduser().absolute() if given else _default_key_path()
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        line = public.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound("There is no public key {path}.", path=public) from error
    if "\n" in line or not line.startswith(("ssh-", "ecdsa-", "sk-")):
        raise Refused("{path} is no public key of SSH.", path=public)
    return SigningKey(path, line)


def _default_key_path() -> Path:
    answer = run_git(Path.cwd(), "config", "--type=path", "user.signingkey")
    name = answer.stdout.decode("utf-8", "surrogateescape").strip()
    folder = Path("~/.ssh").expanduser()
    candidates = (folder / key_name for key_name in _DEFAULT_KEYS if (folder / f"{key_name}.pub").is_file())
    path = Path(name) if name.startswith("/") else next(candidates, None)
    if path is None:
        hint = "Make one with: ssh-keygen -t ed25519; or name it with --key PATH."
        raise NotFound("There is no SSH key to sign with.", hint=hint)
    return path


def set_up(repo: Repo, key: SigningKey) -> None:
    """Have this clone sign its commits."""
    for name, value in {"gpg.format": "ssh", "user.signingkey": str(key.path), "fenji.sign": "true"}.items():
        repo.git.run("config", "--local", name, value)


def sign_commit(repo: Repo, commit: str) -> str:
    """The commit once more, with a signature and the same tree, parents, people and words. Raises Unavailable."""
    head, _, message = repo.git.run("cat-file", "commit", commit).partition(b"\n\n")
    rows = [line.partition(b" ")[::2] for line in head.split(b"\n")]
    tree = next(value.decode() for key, value in rows if key == b"tree")
    parents = [argument for key, value in rows if key == b"parent" for argument in ("-p", value.decode())]
    people = {name: text for key, value in rows for name, text in _person_variables(key, value)}
    options = ("-c", "gpg.format=ssh", "-c", "i18n.commitEncoding=UTF-8", "-c", "core.fsync=committed")
    answer = subprocess.run(
        ["git", "-C", str(repo.top), *options, "commit-tree", "-S", tree, *parents, "-F", "-"],
        input=message,
        capture_output=True,
        check=False,
        env={**git_environment(), "GIT_DIR": str(repo.git_dir), "SSH_ASKPASS_REQUIRE": "never", **people},
        start_new_session=True,  # without a terminal nobody can be asked for a passphrase
    )
    if answer.returncode:
        reason = " ".join(answer.stderr.decode("utf-8", "replace").split())
        raise Unavailable("The commit cannot be signed: {reason}", hint=_HINT, reason=reason)
    return answer.stdout.decode().strip()


def _person_variables(key: bytes, value: bytes) -> list[tuple[str, str]]:
    """Author or committer of a commit as git takes them from the environment."""
    if key not in (b"author", b"committer"):
        return []
    name, _, rest = os.fsdecode(value).rpartition(" <")
    email, _, date = rest.partition("> ")
    values = {"NAME": name, "EMAIL": email, "DATE": f"@{date}"}
    return [(f"GIT_{key.decode().upper()}_{part}", text) for part, text in values.items()]
