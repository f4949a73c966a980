"""Checks of the machine: git, ssh, terminal, locale, and the person's home. None of them needs a desk."""

from __future__ import annotations

import codecs
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

from fenji.desk.doctor.finding import Finding, Findings, Surroundings, fault, note, ok
from fenji.errors import Sentence
from fenji.git import process
from fenji.git.config import read_values
from fenji.given_files import expand_user

_SSH_SECONDS = 5  # time limit of `ssh -V`
_LOCALE_VARIABLES = ("LC_ALL", "LC_CTYPE", "LANG")


def check_git(_: Surroundings) -> Findings:
    """Whether git is installed and new enough."""
    if shutil.which("git") is None:
        yield fault("git", Sentence("git is not installed, or not on the PATH."), hint="Install git 2.30 or newer.")
        return
    text = process.run(("--version",), Path("/")).stdout.decode("utf-8", "replace").strip()
    found = re.search(r"([0-9]+)\.([0-9]+)[0-9.]*", text)
    values = {"version": found[0] if found else text}
    if found and (int(found[1]), int(found[2])) >= process.OLDEST_GIT:
        yield ok("git", Sentence("git {version}.", values))
    else:
        yield fault("git", Sentence("git {version} is too old.", values), hint="Install git 2.30 or newer.")


def _check_ssh_version(*, needed: bool) -> Finding:
    try:
        done = subprocess.run(
            ["ssh", "-V"], capture_output=True, check=False, timeout=_SSH_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        message = Sentence("ssh does not answer within {count} seconds.", {"count": _SSH_SECONDS})
        return (fault if needed else note)("ssh", message, hint="See what it waits for: ssh -V")
    version = (done.stderr or done.stdout).decode("utf-8", "replace").partition(",")[0].strip()
    return ok("ssh", Sentence("ssh found: {version}.", {"version": version}))


def check_ssh(desk: Surroundings) -> Findings:
    """Whether ssh is installed, which is only needed for a hub reached by ssh."""
    remote = desk.remote
    needed = remote is not None and _is_ssh_url(remote.url)
    if shutil.which("ssh"):
        yield _check_ssh_version(needed=needed)
    elif not needed:
        yield note("ssh", Sentence("ssh is not installed; only a hub reached by ssh needs it."))
    elif _names_other_ssh(desk):
        yield ok("ssh", Sentence("git reaches the hub with the ssh program it is set up to use."))
    else:
        values = {"url": remote.url if remote else ""}
        yield fault(
            "ssh",
            Sentence("ssh is not installed, but the hub {url} needs it.", values),
            hint="Install an ssh client (openssh-client).",
        )


def _is_ssh_url(url: str) -> bool:
    """Whether git reaches a URL by ssh: `ssh://…`, or `host:path` without a slash before the colon."""
    if "://" in url:
        return url.startswith(("ssh://", "git+ssh://", "ssh+git://"))
    return bool(re.match(r"[^/]+:", url))


def _names_other_ssh(desk: Surroundings) -> bool:
    if os.environ.get("GIT_SSH_COMMAND") or os.environ.get("GIT_SSH"):
        return True
    return bool(desk.repo and read_values(desk.repo.top, r"core\.sshcommand"))


def check_terminal(_: Surroundings) -> Findings:
    """Whether the interface can be opened here; commands need no terminal."""
    term = os.environ.get("TERM", "")
    at_terminal = sys.stdout is not None and sys.stdout.isatty()
    if term and term != "dumb":
        yield ok("terminal", Sentence("The terminal is {term}.", {"term": term}))
        return
    message = (
        Sentence("TERM says this terminal cannot move its cursor: dumb.")
        if term
        else Sentence("TERM is not set, so nothing is known about the terminal.")
    )
    hint = "The interface needs the right TERM, such as TERM=xterm-256color; commands do not."
    yield fault("terminal", message, hint=hint) if at_terminal else note("terminal", message, hint=hint)


def check_locale(_: Surroundings) -> Findings:
    """Whether the locale is UTF-8; fenji always prints UTF-8."""
    value = next((os.environ[name] for name in _LOCALE_VARIABLES if os.environ.get(name)), "")
    charset = value.partition(".")[2].partition("@")[0]
    values = {"locale": value}
    if _is_utf8(charset):
        yield ok("locale", Sentence("The locale is {locale}.", values))
    elif charset:
        yield fault(
            "locale",
            Sentence("The locale {locale} is not UTF-8, and fenji prints UTF-8.", values),
            hint="Set the terminal to UTF-8, and: export LANG=C.UTF-8",
        )
    else:
        yield note(
            "locale",
            Sentence("No UTF-8 locale is set; other programs may show Chinese wrongly."),
            hint="Set one with: export LANG=C.UTF-8",
        )


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except LookupError:
        return False


def check_home(_: Surroundings) -> Findings:
    """Whether this user has a home and is among the accounts of the machine; fenji works without either."""
    home = expand_user("~")
    if not home.is_absolute() or not home.is_dir():
        yield note(
            "home",
            Sentence("There is no home folder, so nothing about you is kept outside the desk."),
            hint="Set HOME to a folder of yours.",
        )
        return
    yield _check_account(home)


def _check_account(home: Path) -> Finding:
    try:
        account = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        values = {"number": os.geteuid()}
        return note("home", Sentence("User {number} has no account on this machine.", values))
    return ok("home", Sentence("The home of {account} is {path}.", {"account": account, "path": str(home)}))
