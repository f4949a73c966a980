"""Lets a process go on as another account, for the tests that root runs.

All of fenji is imported before: Python itself is often in a folder that only its owner may read, and which modules a
command imports later changes with the code.
"""

from __future__ import annotations

import importlib
import os
import pkgutil

import fenji

NOBODY = 65534


def become_somebody_else() -> None:
    """Import all of fenji; then, if this is root, become an account without any rights."""
    for module in pkgutil.walk_packages(fenji.__path__, "fenji."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
