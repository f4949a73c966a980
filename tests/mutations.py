"""Bytes as accidents and attackers leave them: pieces changed, moved, doubled, cut, or put in from elsewhere."""

from __future__ import annotations

import random
from collections.abc import Sequence

# Pieces that mean something to YAML, to git, to a terminal or to a disk.
PIECES: tuple[bytes, ...] = tuple(
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        *(
            "\t",
            " ",
            "\n",
            "\r\n",
            "\x00",
            "\x1b[31m",
            "\x7f",
            "\x85",
            "\u2028",
            "\ufeff",
            "\u00a0",
            "\u3000",
            "：",
            "，",
        ),
        *(
            "&a ",
            "*a",
            "!!python/object:os.system ",
            "<<: *a",
            "---\n",
            "...\n",
            "%YAML 9.9\n",
            "? ",
            "- ",
            "|\n",
            ">+9\n",
        ),
        *(
            "{",
            "}",
            "[" * 20,
            "]",
            '"',
            "'",
            "#",
            " # x",
            ": ",
            "@",
            "`",
            "~",
            "null",
            "0x1F",
            "1e999",
            "NaN",
            "-0",
            "²",
        ),
        *("9" * 5000, "2026-13-45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "24:00"),
        *("id: KSA-2026-0001\n", "uid: 0\n", "log: []\n", "log:\n- {n: 0}\n", "sla: {response: {met: true}}\n"),
        *("files: [{name: ../../x, size: 1, sha256: 00}]\n", "links: [{to: x, as: duplicate}]\n", "tags: [[], {}]\n"),
        *(
            "plan:\n- {key: a, after: [a]}\n",
            "resources:\n- {key: 1, hours: .inf}\n",
            "\u202egnp.exe",
            "\u3164",
            "\ud800",
        ),
        *("x" * 300 + ": y\n", "<<<<<<< HEAD\n", "=======\n", ">>>>>>> x\n", "../", "/etc/passwd", "con", ".git"),
    )
)


def mutate(data: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return the bytes changed at one to four places; `others` are texts from which pieces are taken."""
    for _ in range(chance.randint(1, 4)):
        lines = data.split(b"\n")
        at, line = chance.randrange(len(data) + 1), chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                data = data[:at] + chance.choice(PIECES) + data[at:]
            case 1:
                data = data[:at] + data[at + chance.randint(1, 20) :]
            case 2:
                data = data[:at]
            case 3:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 4:
                data = b"\n".join([*lines[:line], chance.choice(lines), *lines[line:]])
            case 5:
                data = b"\n".join([*lines[:line], *lines[line + 1 :]])
            case 6:
                lines.insert(chance.randrange(len(lines)), lines.pop(line))
                data = b"\n".join(lines)
            case 7:
                key, colon, _ = lines[line].partition(b": ")
                lines[line] = key + colon + chance.choice(PIECES)
                data = b"\n".join(lines)
            case _:
                other = chance.choice(others).split(b"\n") if others else lines
                data = b"\n".join([*lines[:line], chance.choice(other), *lines[line + 1 :]])
    return data
