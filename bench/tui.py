"""The interface compared with neomutt and a bare Textual app, each with as many rows: bytes sent, and the start.

Run: .venv/bin/python bench/tui.py [--archived 20000] [--open 150] [--rounds 7] [--small]. All run in a pty of
80x24. Times are the best of rounds taken in turn; what counts are the ratios. `first paint` is when the rows that the
last run left are shown; `live rows` is when the rows show what their files say now. Without neomutt its column is
empty.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]

import worlds  # noqa: E402 - found only now
from fenji.desk import Desk, exchange  # noqa: E402
from fenji.hub import create as create_hub  # noqa: E402
from fenji.hub import push_desk  # noqa: E402
from fenji.model.filters import parse_filter  # noqa: E402
from terminal.driven import Terminal  # noqa: E402
from tui.board.board_model import BoardModel  # noqa: E402
from worlds import bulk  # noqa: E402
from worlds.crowd import Crowd  # noqa: E402
from worlds.repositories import git  # noqa: E402

PERSON = "li.wei"
IDLE_S = 3.0
MOVE_S = 0.1  # seconds between two moves; the bar rests after 0.2
KEYS_A_SECOND = 30
TRUE_COLOUR = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
SIXTEEN = {"TERM": "xterm-16color"}

# The smallest app that draws argv[1] rows with Textual and moves a bar: one widget on the line API.
BARE_APP = """
import sys
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

BAR = Style(reverse=True)

class Rows(ScrollView, can_focus=True):
    BINDINGS = [("j", "move(1)", ""), ("k", "move(-1)", "")]
    bar = 0

    def on_mount(self):
        self.virtual_size = Size(80, int(sys.argv[1]))

    def render_line(self, y):
        number = y + self.scroll_offset.y
        text = f" row {number:05} of a bare application, as wide as the others are, no more".ljust(self.size.width)
        return Strip([Segment(text, BAR if number == self.bar else None)])

    def action_move(self, step):
        for line in (self.bar, self.bar + step):
            self.refresh(Region(0, line, self.size.width, 1))
        self.bar += step

class Bare(App):
    ENABLE_COMMAND_PALETTE = False
    CSS = "Rows { background: ansi_default; scrollbar-size: 0 0; }"

    def compose(self):
        yield Rows()

Bare(ansi_color=True).run(mouse=False)
"""
MUTT_SETTINGS = "set check_mbox_size=no\nset header_cache=\nset folder={folder}\nset record=\nset mail_check=600\n"


class Watched(Terminal):
    """A terminal that keeps the bytes and draws nothing, so that only the program is timed."""

    def _feed(self, data: bytes) -> None:
        pass

    def wait_for_bytes(self, wanted: bytes) -> None:
        self.wait_until(lambda: wanted in self.raw, wanted)


# --- what is measured ---------------------------------------------------------------------------------------------


def make_desk(folder: Path, archived: int, opened: int) -> Path:
    """Make a desk with that many archived and open tickets, all committed."""
    root = worlds.make("empty", folder)
    now = datetime.now().astimezone().replace(microsecond=0)
    for path, data in bulk.crowd_files(
        Crowd(archived, opened, now, "tui"), (root / "policy.yaml").read_bytes()
    ).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    git(root, "add", "tickets")
    git(root, "commit", "-q", "-m", "crowd")
    return root


def make_mailbox(folder: Path, rows: int) -> Sequence[str]:
    """Return the command of neomutt on a mailbox with that many mails; empty if there is no neomutt."""
    program = shutil.which("neomutt", path=f"{os.environ.get('PATH', '')}:/usr/bin")
    if not program:
        return ()
    mails = (
        f"From a@example.com Thu Nov 19 09:00:00 2026\nFrom: Customer {number} <a@example.com>\nTo: b@example.com\n"
        f"Date: Thu, 19 Nov 2026 09:00:00 +0300\nMessage-ID: <{number}@example.com>\n"
        f"Subject: row {number:05} of a mailbox as long as the board\n\nText.\n\n"
        for number in range(rows)
    )
    mailbox, settings = folder / "mailbox", folder / "muttrc"
    mailbox.write_text("".join(mails))
    settings.write_text(MUTT_SETTINGS.format(folder=folder))
    return [program, "-n", "-F", str(settings), "-R", "-f", str(mailbox)]


class Bench:
    """The desk and the peers of one run."""

    def __init__(self, folder: Path, archived: int, opened: int) -> None:
        self.folder, self.rows = folder, opened
        self.desk = make_desk(folder / "desk", archived, opened)
        self.clock = folder / "clock"
        self.clock.write_text(datetime.now().astimezone().isoformat())
        self.mutt = make_mailbox(folder, opened)
        self.bare = [sys.executable, "-c", BARE_APP, str(opened)]

    def open(
        self,
        kind: type[Terminal] = Terminal,
        *,
        command: Sequence[str] = (),
        env: Mapping[str, str] = TRUE_COLOUR,
        clock: bool = True,
    ) -> Terminal:
        """Start the interface, or a peer, in a terminal; with `clock` time stands still, so that no minute passes."""
        held = self.clock if clock and not command else None
        return kind(self.desk, state=self.folder, person=PERSON, command=command, env=env, clock=held)


# --- bytes --------------------------------------------------------------------------------------------------------


@contextmanager
def settled(bench: Bench, seen: str, **how: object) -> Iterator[Terminal]:
    """Yield a program once it has painted everything."""
    with bench.open(**how) as terminal:  # type: ignore[arg-type]
        terminal.wait_for(seen)
        terminal.wait_until_quiet()
        yield terminal


def count_moves(terminal: Terminal, moves: int) -> int:
    """Return the bytes of a cursor-down, the median of several."""
    return round(statistics.median(terminal.count_bytes("j") for _ in range(moves)))


def count_run(terminal: Terminal, moves: int) -> int:
    """Return the bytes of a cursor-down while the bar moves on, without what follows when it comes to rest."""
    terminal.wait_until_quiet()
    counted = []
    for _ in range(moves):
        before, end = len(terminal.raw), time.monotonic() + MOVE_S
        terminal.press("j")
        while (rest := end - time.monotonic()) > 0:
            terminal._read_output(rest)
        counted.append(len(terminal.raw) - before)
    terminal.wait_until_quiet()
    return round(statistics.median(counted))


def count_idle(terminal: Terminal) -> int:
    before, end = len(terminal.raw), time.monotonic() + IDLE_S
    while time.monotonic() < end:
        terminal.wait_until_quiet()
    return len(terminal.raw) - before


def count_fenji(bench: Bench, env: Mapping[str, str], moves: int) -> dict[str, int]:
    """Return the bytes of the interface by act, first with its preview and then without."""
    with settled(bench, "? keys", env=env) as terminal:
        counted = {"first paint": len(terminal.raw)}
        counted["down, with preview"] = count_moves(terminal, moves)
        counted["ticket opened"] = terminal.count_bytes("\r")
        counted["ticket left"] = terminal.count_bytes("\x1b")
        counted["ticket opened again"] = terminal.count_bytes("\r")
        terminal.count_bytes("\x1b")
        terminal.count_bytes("p")
        counted["down"] = count_run(terminal, moves)
        counted["down, then at rest"] = count_moves(terminal, moves)
        terminal.count_bytes("p")
        counted["idle"] = count_idle(terminal)
        return counted


def count_peer(bench: Bench, command: Sequence[str], seen: str, moves: int) -> dict[str, int]:
    if not command:
        return {}
    with settled(bench, seen, command=command) as terminal:
        counted = {"first paint": len(terminal.raw)}
        counted["down"] = count_run(terminal, moves)
        counted["down, then at rest"] = count_moves(terminal, moves)
        return {**counted, "idle": count_idle(terminal)}


def print_bytes(bench: Bench, moves: int) -> None:
    columns = {
        "true colour": count_fenji(bench, TRUE_COLOUR, moves),
        "16 colours": count_fenji(bench, SIXTEEN, moves),
        "neomutt": count_peer(bench, bench.mutt, "row 00001", moves),
        "bare Textual": count_peer(bench, bench.bare, "row 00001", moves),
    }
    print(f"{'bytes at 80x24':22}" + "".join(f"{name:>14}" for name in columns))
    for act in columns["true colour"]:
        cells = (f"{counted[act]:14}" if act in counted else f"{'':14}" for counted in columns.values())
        print(f"{act:22}" + "".join(cells))
    if bench.mutt:
        ratio = columns["16 colours"]["down"] / columns["neomutt"]["down"]
        print(f"{'down, 16 colours / neomutt':36}{ratio:8.2f}")
    else:
        print("There is no neomutt here: no ratio to it.")


# --- the start ----------------------------------------------------------------------------------------------------


def time_marks(bench: Bench, command: Sequence[str], marks: Mapping[str, bytes]) -> dict[str, float]:
    """Return the seconds from the start until each mark has come; then the program is quit."""
    began = time.monotonic()
    with bench.open(Watched, command=command) as terminal:
        times = {}
        for name, mark in marks.items():
            terminal.wait_for_bytes(mark)  # type: ignore[attr-defined]
            times[name] = time.monotonic() - began
        terminal.wait_until_quiet()
        terminal.press("q" if b"row" not in mark else "Ctrl+Q")
        terminal.wait()
    return times


def time_fenji(bench: Bench, number: int) -> dict[str, float]:
    """Time a start after the title of the first ticket has changed, which tells live rows from the kept ones."""
    title = f"live{number:04}"
    with Desk.open(bench.desk, person=PERSON) as desk:
        model = BoardModel(desk.board(), parse_filter)
        rows = [model.row_at(0), model.row_at(1)]  # the first two as they stand on the screen
        desk.act(rows[0].id, "edit", fields={"title": title})
    command = [sys.executable, "-m", "fenji", "--desk", str(bench.desk)]
    return time_marks(bench, command, {"first paint": rows[1].ticket.title[:6].encode(), "live rows": title.encode()})


def time_bare(bench: Bench, _: int) -> dict[str, float]:
    return time_marks(bench, bench.bare, {"bare Textual": b"row 00001"})


def print_start(bench: Bench, rounds: int) -> None:
    taken: dict[str, list[float]] = {}
    programs: Sequence[Callable[[Bench, int], dict[str, float]]] = (time_fenji, time_bare)
    time_fenji(bench, 0)  # leaves a board behind
    for number in range(rounds):
        for program in programs:
            for name, seconds in program(bench, number + 1).items():
                taken.setdefault(name, []).append(seconds)
    best = {name: min(times) for name, times in taken.items()}
    for name, least in best.items():
        print(f"{name:22}{least * 1000:8.0f} ms{least / best['bare Textual']:8.2f}")


# --- keys ---------------------------------------------------------------------------------------------------------


def write_at_another_site(bench: Bench) -> None:
    """Give the desk a hub, to which another site has sent a note on every open ticket."""
    hub, other = bench.folder / "hub.git", bench.folder / "other"
    create_hub(hub)
    push_desk(hub, bench.desk)
    git(bench.folder, "clone", "-q", str(hub), str(other))
    git(other, "config", "fenji.site", "HQ")
    with Desk.open(other, person="wang.fang") as desk:
        for row in desk.board().rows:
            desk.act(row.id, "note", note="seen from here")
        exchange.sync(desk)


def time_keys(bench: Bench, seconds: int) -> list[float]:
    """Return the seconds until each letter is seen (inf: lost), typed at 30 a second during a sync and an index."""
    write_at_another_site(bench)
    index = [sys.executable, "-m", "fenji", "--desk", str(bench.desk), "index", "--rebuild"]
    env = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    letters = [chr(0x4E00 + number) for number in range(KEYS_A_SECOND * seconds)]  # each of which is seen once
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    with bench.open(Watched) as terminal, subprocess.Popen(index, env=env, stdout=subprocess.DEVNULL) as indexing:
        terminal.wait_for_bytes(b"keys")  # type: ignore[attr-defined]
        terminal.press("S")
        terminal.press("m")
        began = time.monotonic()
        for number, letter in enumerate(letters):
            if number % KEYS_A_SECOND == 0:
                terminal.send_bytes(b"\x15")  # Ctrl+U empties the line
            terminal.send_bytes(letter.encode())
            sent[letter] = time.monotonic()
            _look(terminal, sent, seen, began + (number + 1) / KEYS_A_SECOND)
        _look(terminal, sent, seen, time.monotonic() + IDLE_S)
        indexing.terminate()
    return [seen[letter] - sent[letter] if letter in seen else float("inf") for letter in letters]


def _look(terminal: Terminal, sent: Mapping[str, float], seen: dict[str, float], until: float) -> None:
    """Read output until an instant, and note which letters it shows."""
    while (rest := until - time.monotonic()) > 0:
        before = len(terminal.raw)
        terminal._read_output(rest)
        for letter in [letter for letter in sent if letter not in seen and letter.encode() in terminal.raw[before:]]:
            seen[letter] = time.monotonic()


def print_keys(bench: Bench, seconds: int) -> None:
    times = sorted(time_keys(bench, seconds))
    lost = sum(seconds == float("inf") for seconds in times)
    at_99 = times[int(len(times) * 0.99) - 1] * 1000
    print(
        f"{len(times)} keys at {KEYS_A_SECOND} a second while a sync and an index run: "
        f"{lost} lost, 99 % in {at_99:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="The interface beside neomutt and a bare Textual app.")
    parser.add_argument("--archived", type=int, default=20_000)
    parser.add_argument("--open", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    archived, opened, rounds, moves = (20, 8, 1, 1) if given.small else (given.archived, given.open, given.rounds, 5)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), archived, opened)
        print_bytes(bench, moves)
        print_start(bench, rounds)
        print_keys(bench, 1 if given.small else 60)


if __name__ == "__main__":
    main()
