"""The rules that were read last are not parsed again, and nothing kept is taken for others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commandline import child_environment
from desks import git, make_desk, open_desk, replace_in_file
from fenji.desk.open import parse_policy
from fenji.storage import kept_document, yaml_codec

TEXT = b"# by hand\nsites: {KSA: {name: x}}\nlist: [a, b]\nnone: ~\nnumber: 017\n"


def test_what_is_kept_is_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = kept_document.load(tmp_path, TEXT, "policy.yaml")
    assert document == yaml_codec.load(TEXT, "policy.yaml")
    monkeypatch.setattr(yaml_codec, "load", lambda *_: "read again")
    assert kept_document.load(tmp_path, TEXT, "policy.yaml") == document
    assert kept_document.load(tmp_path, TEXT + b"more: 1\n", "policy.yaml") == "read again"


@pytest.mark.parametrize("kept", [b"", b"{", b"[]", b'{"digest": 1}', b"\xff", b"null", b"[" * 100_000])
def test_what_is_damaged_is_read_again(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / kept_document.FILE_NAME).write_bytes(kept)
    assert kept_document.load(tmp_path, TEXT, "policy.yaml") == yaml_codec.load(TEXT, "policy.yaml")
    assert json.loads((tmp_path / kept_document.FILE_NAME).read_bytes())["document"]


def test_what_another_release_kept_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_document.load(tmp_path, TEXT, "policy.yaml")
    before = (tmp_path / kept_document.FILE_NAME).read_bytes()
    monkeypatch.setattr(kept_document, "__version__", "0.0.0")
    kept_document.load(tmp_path, TEXT, "policy.yaml")
    assert (tmp_path / kept_document.FILE_NAME).read_bytes() != before


def test_where_nothing_can_be_kept_it_is_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "git").write_text("a file where a folder is expected")
    assert kept_document.load(tmp_path / "git", TEXT, "policy.yaml") == yaml_codec.load(TEXT, "policy.yaml")


def test_a_changed_policy_holds_at_once(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    for before, after in ((24, 12), (12, 24)):
        with open_desk(root) as desk:
            assert (root / ".git" / kept_document.FILE_NAME).exists()
        replace_in_file(root / "policy.yaml", f"P4: {{response: {before}h", f"P4: {{response: {after}h")
        git(root, "commit", "-q", "-am", "the rules of a desk in which nothing was done yet")
        with open_desk(root) as desk:
            assert desk.policy == parse_policy((root / "policy.yaml").read_bytes())


def test_a_desk_whose_rules_are_known_opens_without_the_library_of_yaml(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    program = """
import sys
from pathlib import Path
from fenji.desk import Desk
from tui.settings import load_settings
load_settings()
with Desk.open(Path(sys.argv[1])) as desk:
    desk.board()
sys.exit("yaml" in sys.modules)
"""
    for code in (1, 0):
        done = subprocess.run([sys.executable, "-c", program, root], env=child_environment({}), check=False)
        assert done.returncode == code
