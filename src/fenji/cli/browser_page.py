"""`python -m fenji.cli.browser_page DESK`: the interface in a browser; `fenji serve` starts one for each page."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import tui
from fenji.cli.program import report_error
from fenji.cli.session import Session
from fenji.desk import Desk


def main(root: Path) -> int:
    """Run the interface of a desk and return the exit code; errors are reported as for any other command."""
    os.environ["COLORTERM"] = "truecolor"  # whatever terminal the server was started in
    try:
        with Desk.open(root, later=True) as desk:
            return tui.main(desk)
    except Exception as error:  # any error is shown as one sentence
        return report_error(error, Session(folder=root))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
