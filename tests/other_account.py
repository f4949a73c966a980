"""A process that goes on as another account, for the tests that root runs.

What it needs is imported before: Python itself often lies in a folder that only its owner may read, and which of its
modules a command happens to ask for later changes with the code.
"""

from __future__ import annotations

import importlib
import os
import pkgutil

import fenji

NOBODY = 65534


def become_somebody_else() -> None:
    """Import all of fenji; then, as root, give up every right but those of an account without any."""
    for module in pkgutil.walk_packages(fenji.__path__, "fenji."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
