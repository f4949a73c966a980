"""The tables next to this module (`NAME.tsv`), and small word lists; Chinese is in simplified script."""

from __future__ import annotations

import re
from pathlib import Path

_COMMENT = re.compile("^#.*", re.MULTILINE)

# Words without content. `on`, `off`, `up`, `down`, `no` and `not` are not among them: they distinguish faults.
_STOP = """
    a about after all also am an and any are as at be been but by can could did do does for from had has have he her
    here hi his how i if in into is it its just me my of or our please she should so some such than thank thanks that
    the their them then there these they this those to us was we were what when where which while who why will with
    would you your
    的 了 是 在 和 与 及 或 也 就 都 而 并 且 之 其 该 此 这 那 把 被 让 对 从 向 以 于 为 因 所 得 地 着 过 吗 呢 吧 啊
    呀 我 你 他 她 它 们 个 些 么 哪 几 有 很 请 一 谁
    我们 你们 他们 它们 这个 那个 这些 那些 什么 怎么 怎样 如何 哪个 哪些 哪里 为何 为什么 以及 或者 因为 所以 但是
    然后 可以 一个 一些 一种 没有 还是 就是 已经 进行 由于 对于 关于 其中 之后 以后 多少 是否 现在 目前 你好 您好
    谢谢 请问
"""
# Characters that mean little on their own, but distinguish things in a pair: 前盖 (front cover), 后盖 (back cover).
_WEAK = "上下中前后内外年月日时将由但又则等已再最更只来去到会能要可使"
_UNITS = """
    v kv mv a ma w kw mw va kva hz khz mhz ghz db dbm bar mbar pa kpa mpa psi nm mm cm m km kg g t l ml s ms h min rpm c
    k ohm gb mb kb
"""
STOP_WORDS = frozenset(_STOP.split())
WEAK_CHARACTERS = frozenset(_WEAK)
UNITS = frozenset(_UNITS.split())  # written after a number, with or without a space


def read_table(name: str) -> list[tuple[str, str]]:
    """Return the rows of a table with two columns; lines that begin with `#` are comments."""
    text = Path(__file__).with_name(f"{name}.tsv").read_text("utf-8")
    columns = _COMMENT.sub("", text).split()  # three times as fast as splitting each line
    return list(zip(columns[::2], columns[1::2], strict=True))
