"""Sign this clone's commits with an SSH key: configure the signing, and sign a commit.

Git signs with the key that `user.signingkey` names; a key in an ssh agent works as well. Nothing ever asks for a
passphrase, since the interface may own the terminal.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from fenji.errors import NotFound, Refused, Unavailable
from fenji.git import process
from fenji.git.run import SYNCED, Git, run_git
from fenji.given_files import expand_user, read_given

# Names in ~/.ssh, in order of preference.
_DEFAULT_KEYS = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")
_HINT = "Load the key with ssh-add, or name another: git config user.signingkey PATH. The work waits until then."


class SigningKey(Struct, frozen=True):
    """An SSH key: the path that git signs with, and the public key as one line, for `people` in the policy."""

    path: Path
    public: str


def find_key(given: Path | None = None) -> SigningKey:
    """Return the key at a path (private or `.pub`); without a path, that of `user.signingkey` or ssh's default key.

    Raises NotFound if there is none, Refused if the file is not an SSH public key.
    """
    path = expand_user(given).absolute() if given else _default_key_path()
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        line = read_given(public).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound("There is no public key {path}.", path=public) from error
    if "\n" in line or not line.startswith(("ssh-", "ecdsa-", "sk-")):
        raise Refused("{path} is not an SSH public key.", path=public)
    return SigningKey(path, line)


def _default_key_path() -> Path:
    answer = run_git(Path.cwd(), "config", "--type=path", "user.signingkey")
    name = answer.stdout.decode("utf-8", "surrogateescape").strip()
    folder = expand_user("~/.ssh")
    candidates = (folder / key_name for key_name in _DEFAULT_KEYS if (folder / f"{key_name}.pub").is_file())
    path = Path(name) if name.startswith("/") else next(candidates, None)
    if path is None:
        hint = "Make one with: ssh-keygen -t ed25519; or name it with --key PATH."
        raise NotFound("There is no SSH key to sign with.", hint=hint)
    return path


def set_up(git: Git, key: SigningKey) -> None:
    """Configure this clone to sign its commits."""
    for name, value in {"gpg.format": "ssh", "user.signingkey": str(key.path), "fenji.sign": "true"}.items():
        git.run("config", "--local", name, value)


def sign_commit(git: Git, commit: str) -> str:
    """Write a signed copy of a commit and return its id. Raises Unavailable if it cannot be signed."""
    head, _, message = git.run("cat-file", "commit", commit).partition(b"\n\n")
    rows = [line.partition(b" ")[::2] for line in head.split(b"\n")]
    tree = next(value.decode() for key, value in rows if key == b"tree")
    parents = [argument for key, value in rows if key == b"parent" for argument in ("-p", value.decode())]
    people = {name: text for key, value in rows for name, text in _person_variables(key, value)}
    answer = process.run(
        ("-c", "gpg.format=ssh", *SYNCED, "commit-tree", "-S", tree, *parents, "-F", "-"),
        git.top,
        data=message,
        env={"GIT_DIR": str(git.git_dir), "SSH_ASKPASS_REQUIRE": "never", **people},
        without_terminal=True,
    )
    if answer.returncode:
        reason = " ".join(answer.stderr.decode("utf-8", "replace").split())
        raise Unavailable("The commit cannot be signed: {reason}", hint=_HINT, reason=reason)
    return answer.stdout.decode().strip()


def _person_variables(key: bytes, value: bytes) -> list[tuple[str, str]]:
    """Return the environment variables that give git a commit's author or committer; none for other header lines."""
    if key not in (b"author", b"committer"):
        return []
    name, _, rest = os.fsdecode(value).rpartition(" <")
    email, _, date = rest.partition("> ")
    values = {"NAME": name, "EMAIL": email, "DATE": f"@{date}"}
    return [(f"GIT_{key.decode().upper()}_{part}", text) for part, text in values.items()]
