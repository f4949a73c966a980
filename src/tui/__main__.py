"""`python -m tui DESK`: the interface for a browser, which `fenji serve` starts for each page that is opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import tui
from fenji.desk import Desk

os.environ["COLORTERM"] = "truecolor"  # whatever terminal the server was started in
with Desk.open(Path(sys.argv[1]), later=True) as desk:
    sys.exit(tui.main(desk))
