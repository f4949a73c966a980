"""handbook.yaml: reading it strictly, writing it, and one group more or less, with its remarks left where they stand.

synonyms:
- [備件, 備品, spare part]     # one group a line: each word finds the others
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from fenji import yamlio
from fenji.analysis import code, fold, stem
from fenji.errors import Damaged, Fault, Misused, Sentence

FILE = "handbook.yaml"
KEY = "synonyms"
MOST_GROUPS, MOST_WORDS, LONGEST = 2000, 24, 60  # groups, words of one, characters of a word
Group = tuple[str, ...]

_HEAD = """\
# 同義詞：一行一組，搜索其中一個詞，也會找到其餘的詞；繁簡、大小寫不必分別寫。
# Words for one thing: a group a line; each word finds the others. Script and letter case do not matter.
"""
_LETTERS = re.compile(r"[^\W_]")
_DIGIT = re.compile("[0-9]")
_LATIN = re.compile(r"[a-z]+")
_PLAIN = re.compile(r"[^\W_](?:[\w ()/.+-]*[\w)+])?")
_RESOLVED = re.compile(r"[-+0-9._]+([eE][-+]?\d+)?|0[xo]\w+|y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)
_LINE = re.compile(rb"\s*- \[.*\]\s*(#.*)?")


def key(word: str) -> str:
    """A word as it is compared: script, letter case and blanks do not count, of English words only the stem does.

    Of part numbers separators do not count either.
    """
    if _DIGIT.search(word):
        return code(word)
    return _LATIN.sub(lambda found: stem(found[0]), fold(" ".join(word.split())))


def same(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two groups hold the same words, in any order and script."""
    return {*map(key, one)} == {*map(key, other)}


def check(words: Iterable[str]) -> Group:
    """A group of these words, each once. Raises Misused where they make none."""
    plain = (" ".join(word.split()) for word in words)
    group = _once(one for one in plain if one)
    for _, message in _faults(list(group)):
        raise Misused("{words}: {reason}.", words=", ".join(group), reason=message)
    return group


def read(data: bytes) -> tuple[Group, ...]:
    """The groups in the bytes of a file. Raises Damaged with every problem, each with line and column."""
    found = yamlio.load(data, FILE)
    faults = list(_document_faults(found))
    if faults:
        raise Damaged("{path} is refused.", path=FILE, problems=yamlio.problems(data, FILE, faults))
    groups = found[KEY] or [] if isinstance(found, dict) else []
    return tuple(map(_once, groups))


def _once(words: Iterable[str]) -> Group:
    """Each word as it is written first."""
    held: dict[str, str] = {}
    for word in words:
        held.setdefault(key(word), word)
    return tuple(held.values())


def _document_faults(found: object) -> Iterator[Fault]:
    if not isinstance(found, dict) or KEY not in found:
        yield Fault((), Sentence("expected is `synonyms:` with a list of groups"))
        return
    for other in found.keys() - {KEY}:
        yield Fault((other,), Sentence("is no key of this file; it has `synonyms:` alone"))
    groups = found[KEY]
    if groups is not None and not isinstance(groups, list):
        yield Fault((KEY,), Sentence("expected is a list of groups, each as `- [rust, corrosion]`"))
    elif groups and len(groups) > MOST_GROUPS:
        yield Fault((KEY, MOST_GROUPS), Sentence("at most {most} groups are taken", {"most": MOST_GROUPS}))
    else:
        for number, group in enumerate(groups or ()):
            yield from (Fault((KEY, number, *place), message) for place, message in _faults(group))


def _faults(group: object) -> Iterator[tuple[tuple[int, ...], Sentence]]:
    """What is wrong with a group, and at which of its words."""
    if not isinstance(group, list):
        yield (), Sentence("a group is a list of words, as `[rust, corrosion]`")
        return
    for place, word in enumerate(group):
        if not isinstance(word, str) or not _LETTERS.search(word) or not word.isprintable():
            yield (place,), Sentence("a word of letters is expected")
            return
        if len(word) > LONGEST:
            yield (place,), Sentence("a word has at most {most} characters", {"most": LONGEST})
            return
    if len({*map(key, group)}) < 2:
        yield (), Sentence("a group has two words or more; script and letter case make no difference")
    elif len(group) > MOST_WORDS:
        yield (MOST_WORDS,), Sentence("a group has at most {most} words", {"most": MOST_WORDS})


# --- writing ----------------------------------------------------------------------------------------------------------


def dump(groups: Iterable[Group]) -> bytes:
    """The bytes of a file with these groups; always the same for the same ones."""
    lines = "".join(f"{_line(group)}\n" for group in groups)
    return f"{_HEAD}{KEY}:{'' if lines else ' []'}\n{lines}".encode()


def _line(group: Sequence[str]) -> str:
    return f"- [{', '.join(map(_word, group))}]"


def _word(word: str) -> str:
    plain = _PLAIN.fullmatch(word) and not _RESOLVED.fullmatch(word)
    return word if plain else json.dumps(word, ensure_ascii=False)


def added(data: bytes, group: Group) -> bytes:
    """The file with one group more, at its end; whatever else stands in it stays as it is. Raises Damaged."""
    groups = (*read(data), group)
    begun = data if data.endswith(b"\n") else data + b"\n"
    return _agreed(begun + _indent(data) + f"{_line(group)}\n".encode(), groups)


def removed(data: bytes, group: Group) -> bytes:
    """The file without that group; whatever else stands in it stays as it is. Raises Damaged."""
    groups = tuple(one for one in read(data) if not same(one, group))
    lines = [line for line in data.splitlines(keepends=True) if not _holds(line, group)]
    return _agreed(b"".join(lines), groups)


def _indent(data: bytes) -> bytes:
    line = next((one for one in reversed(data.splitlines()) if _LINE.fullmatch(one)), b"")
    return line[: len(line) - len(line.lstrip())]


def _holds(line: bytes, group: Group) -> bool:
    if not _LINE.fullmatch(line.rstrip(b"\r\n")):
        return False
    try:
        return any(same(one, group) for one in read(f"{KEY}:\n".encode() + line))
    except Damaged:
        return False


def _agreed(data: bytes, groups: tuple[Group, ...]) -> bytes:
    """Bytes that were made by hand, where they hold what they should; else the groups written anew."""
    try:
        return data if read(data) == groups else dump(groups)
    except Damaged:
        return dump(groups)
