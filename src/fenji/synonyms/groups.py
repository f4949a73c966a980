"""handbook.yaml: reading it strictly, writing it, and one group more or less, with its remarks left where they stand.

synonyms:
- [備件, 備品, spare part]     # one group a line: each word finds the others
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from fenji import yamlio
from fenji.analysis import fold, fold_code, stem
from fenji.errors import Damaged, Fault, InvalidUsage, Sentence

FILE_NAME = "handbook.yaml"
SYNONYMS_KEY = "synonyms"
MAX_GROUPS, MAX_WORDS, MAX_WORD_LENGTH = 2000, 24, 60  # groups, words of one, characters of a word
SynonymGroup = tuple[str, ...]

_HEADER = """\
# 同義詞：一行一組，搜索其中一個詞，也會找到其餘的詞；繁簡、大小寫不必分別寫。
# Words for one thing: a group a line; each word finds the others. Script and letter case do not matter.
"""
_LETTERS = re.compile(r"[^\W_]")
_DIGIT = re.compile("[0-9]")
_LATIN = re.compile(r"[a-z]+")
_PLAIN_SCALAR = re.compile(r"[^\W_](?:[\w ()/.+-]*[\w)+])?")
_RESOLVED_SCALAR = re.compile(r"[-+0-9._]+([eE][-+]?\d+)?|0[xo]\w+|y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)
_GROUP_LINE = re.compile(rb"\s*- \[.*\]\s*(#.*)?")


def synonym_key(word: str) -> str:
    """A word as it is compared: script, letter case and blanks do not count, of English words only the stem does.

    Of part numbers separators do not count either.
    """
    if _DIGIT.search(word):
        return fold_code(word)
    return _LATIN.sub(lambda match: stem(match[0]), fold(" ".join(word.split())))


def same_words(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether two groups hold the same words, in any order and script."""
    return {*map(synonym_key, first)} == {*map(synonym_key, second)}


def make_group(words: Iterable[str]) -> SynonymGroup:
    """A group of these words, each once. Raises Misused where they make none."""
    tidied = (" ".join(word.split()) for word in words)
    group = _unique_words(word for word in tidied if word)
    for _, message in _faults(list(group)):
        raise InvalidUsage("{words}: {reason}.", words=", ".join(group), reason=message)
    return group


def parse(data: bytes) -> tuple[SynonymGroup, ...]:
    """The groups in the bytes of a file. Raises Damaged with every problem, each with line and column."""
    document = yamlio.load(data, FILE_NAME)
    faults = list(_document_faults(document))
    if faults:
        raise Damaged("{path} is refused.", path=FILE_NAME, problems=yamlio.locate_faults(data, FILE_NAME, faults))
    groups = document[SYNONYMS_KEY] or [] if isinstance(document, dict) else []
    return tuple(map(_unique_words, groups))


def _unique_words(words: Iterable[str]) -> SynonymGroup:
    """Each word as it is written first."""
    unique: dict[str, str] = {}
    for word in words:
        unique.setdefault(synonym_key(word), word)
    return tuple(unique.values())


def _document_faults(document: object) -> Iterator[Fault]:
    if not isinstance(document, dict) or SYNONYMS_KEY not in document:
        yield Fault((), Sentence("expected is `synonyms:` with a list of groups"))
        return
    for unknown_key in document.keys() - {SYNONYMS_KEY}:
        yield Fault((unknown_key,), Sentence("is no key of this file; it has `synonyms:` alone"))
    groups = document[SYNONYMS_KEY]
    if groups is not None and not isinstance(groups, list):
        yield Fault((SYNONYMS_KEY,), Sentence("expected is a list of groups, each as `- [rust, corrosion]`"))
    elif groups and len(groups) > MAX_GROUPS:
        yield Fault((SYNONYMS_KEY, MAX_GROUPS), Sentence("at most {most} groups are taken", {"most": MAX_GROUPS}))
    else:
        for number, group in enumerate(groups or ()):
            yield from (Fault((SYNONYMS_KEY, number, *path), message) for path, message in _faults(group))


def _faults(group: object) -> Iterator[tuple[tuple[int, ...], Sentence]]:
    """What is wrong with a group, and at which of its words."""
    if not isinstance(group, list):
        yield (), Sentence("a group is a list of words, as `[rust, corrosion]`")
        return
    for index, word in enumerate(group):
        if not isinstance(word, str) or not _LETTERS.search(word) or not word.isprintable():
            yield (index,), Sentence("a word of letters is expected")
            return
        if len(word) > MAX_WORD_LENGTH:
            yield (index,), Sentence("a word has at most {most} characters", {"most": MAX_WORD_LENGTH})
            return
    if len({*map(synonym_key, group)}) < 2:
        yield (), Sentence("a group has two words or more; script and letter case make no difference")
    elif len(group) > MAX_WORDS:
        yield (MAX_WORDS,), Sentence("a group has at most {most} words", {"most": MAX_WORDS})


# --- writing ----------------------------------------------------------------------------------------------------------


def dump(groups: Iterable[SynonymGroup]) -> bytes:
    """The bytes of a file with these groups; always the same for the same ones."""
    lines = "".join(f"{_format_group(group)}\n" for group in groups)
    return f"{_HEADER}{SYNONYMS_KEY}:{'' if lines else ' []'}\n{lines}".encode()


def _format_group(group: Sequence[str]) -> str:
    return f"- [{', '.join(map(_format_word, group))}]"


def _format_word(word: str) -> str:
    is_plain = _PLAIN_SCALAR.fullmatch(word) and not _RESOLVED_SCALAR.fullmatch(word)
    return word if is_plain else json.dumps(word, ensure_ascii=False)


def add_group(data: bytes, group: SynonymGroup) -> bytes:
    """The file with one group more, at its end; whatever else stands in it stays as it is. Raises Damaged."""
    groups = (*parse(data), group)
    body = data if data.endswith(b"\n") else data + b"\n"
    return _verify_or_rewrite(body + _find_indent(data) + f"{_format_group(group)}\n".encode(), groups)


def remove_group(data: bytes, group: SynonymGroup) -> bytes:
    """The file without that group; whatever else stands in it stays as it is. Raises Damaged."""
    groups = tuple(existing for existing in parse(data) if not same_words(existing, group))
    lines = [line for line in data.splitlines(keepends=True) if not _contains_group(line, group)]
    return _verify_or_rewrite(b"".join(lines), groups)


def _find_indent(data: bytes) -> bytes:
    line = next((candidate for candidate in reversed(data.splitlines()) if _GROUP_LINE.fullmatch(candidate)), b"")
    return line[: len(line) - len(line.lstrip())]


def _contains_group(line: bytes, group: SynonymGroup) -> bool:
    if not _GROUP_LINE.fullmatch(line.rstrip(b"\r\n")):
        return False
    try:
        return any(same_words(parsed, group) for parsed in parse(f"{SYNONYMS_KEY}:\n".encode() + line))
    except Damaged:
        return False


def _verify_or_rewrite(data: bytes, groups: tuple[SynonymGroup, ...]) -> bytes:
    """Bytes that were made by hand, where they hold what they should; else the groups written anew."""
    try:
        return data if parse(data) == groups else dump(groups)
    except Damaged:
        return dump(groups)
