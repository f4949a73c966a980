"""Explain in a sentence what was mistyped in a file that cannot be read as YAML, and on which line.

The parser notices a slip only when it cannot go on, often a line later, and reports it in its own jargon. This module
looks at the lines around that place as a person would. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fenji.errors import Problem, Sentence

_LOOKED_AT = 500  # characters of a line that are examined
_LINES_BACK = 2  # lines that the parser may have read after the slip
# Blanks that look like a space but are not one to YAML.
ODD_BLANKS = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff"
_INDENT = re.compile(rf"[ \t{ODD_BLANKS}]*")
_KEY = r"(?:[{\[, -]*)[\"']?[\w.-]+[\"']?"
_WIDE_COLON = re.compile(rf"^\s*{_KEY}\s*(：|﹕|︓)")
_ODD_BLANK_AFTER_COLON = re.compile(rf"^\s*{_KEY}:([{ODD_BLANKS}])")
_NO_BLANK_AFTER_COLON = re.compile(rf"^\s*{_KEY}:(?=[^\s:/\\])")
_VALUE = re.compile(r"^(\s*(?:- +)*(?:[\w.-]+:[ \t]+)?)(.*)$")
_WRONG_ESCAPE = re.compile(r"\\([^0abtnvfre \"/\\N_LPxuU])")
_RESERVED = "@`%*&!]},"
_BRACKETS = {"[": "]", "{": "}"}
_WIDE_BRACKETS = {"［": "[", "｛": "{", "【": "["}
_WIDE_CLOSING = {"］": "]", "｝": "}", "】": "]"}
_WIDE_QUOTES = "“”„＂「」『』‘’＇"
_WIDE_DASH = re.compile(r"^\s*([－–—])\s+\S")
_NO_BLANK_AFTER_DASH = re.compile(r"^\s*-(?=[{\[\"'\w])")
_NO_DASH = re.compile(r"^\{.*\}\s*$")  # a whole mapping in braces at the margin
_HALF_LETTER = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


Slip = tuple[int, Sentence]  # a column, counted from 1, and what is wrong there


def explain(text: str, problem: Problem, context_line: int = 0) -> Problem:
    """Return the problem with the slip found at or before the place where the parser stopped.

    `context_line` is the line where the construct being parsed began, 0 if unknown; lines count from 1.
    """
    lines = _split(text)
    line, begun = problem.line, context_line or problem.line
    near = range(line, line - 1 - _LINES_BACK, -1)
    for find, numbers in ((_find_certain, (*near, begun)), (_find_likely, (begun, *near))):
        for number in numbers:
            for column, sentence in find(lines[number - 1]) if 1 <= number <= len(lines) else ():
                return replace(problem, line=number, column=column, message=sentence)
    return replace(problem, line=min(line, len(lines)), message=_say_generally(lines, line))


def name_slip(problem: Problem, data: bytes) -> Problem:
    """Return the slip near a problem that left the file readable with another meaning, else the problem itself."""
    lines = _split(data.decode())
    for number in range(problem.line, min(problem.line + _LINES_BACK, len(lines)) + 1):
        for column, sentence in _find_certain(lines[number - 1]):
            return replace(problem, line=number, column=column, key="", message=sentence)
    for column, sentence in _find_wide_bracket(lines[problem.line - 1]) if problem.message in _EXPECTED else ():
        return replace(problem, column=column, message=sentence)
    return problem


_EXPECTED = tuple(map(Sentence, ("must be a list", "must be a list of words", "must be a mapping")))


def _split(text: str) -> list[str]:
    return [line[:_LOOKED_AT] for line in re.split("\r\n|\r|\n", text)]  # as YAML counts lines


def explain_key(key: str, *, is_empty: bool) -> Sentence | None:
    """Return why an unquoted key is a slip although the parser accepts it; None for a proper key.

    `is_empty`: the key has no value, as when its colon is not one to the parser.
    """
    blank = next((letter for letter in (key[:1], key[-1:]) if letter and re.match(f"[{ODD_BLANKS}]", letter)), "")
    if blank:
        return _blank_sentence(blank)
    if is_empty and re.search("[：﹕︓]", key):
        return _WIDE_COLON_SENTENCE
    misplaced = re.search(f":([{ODD_BLANKS}])", key)
    return _blank_sentence(misplaced[1]) if is_empty and misplaced else None


_WIDE_SIGNS = {"｜": "|", "＞": ">"}


def explain_wide_sign(word: str) -> Sentence | None:
    """Return the fault of a full-width `｜` or `＞` as the first word of a plain text; None for any other word."""
    sign = word.rstrip("+-")
    if sign not in _WIDE_SIGNS:
        return None
    values = {"wide": sign, "plain": _WIDE_SIGNS[sign]}
    return Sentence("a full-width character ({wide}) instead of a plain one ({plain})", values)


_WIDE_COLON_SENTENCE = Sentence("a full-width colon (：) instead of a plain one (:) and a space")


def _blank_sentence(blank: str) -> Sentence:
    values = {"code": f"U+{ord(blank):04X}", "name": _NAMES.get(blank, unicodedata.name(blank, "?").lower())}
    return Sentence("a space that YAML does not know ({code}, {name}) instead of a plain one", values)


_NAMES: dict[str, Sentence | str] = {
    "\u00a0": Sentence("no-break space"),
    "\u3000": Sentence("ideographic space"),
    "\u200b": Sentence("zero-width space"),
}


def _find_certain(line: str) -> Iterator[Slip]:
    """Yield slips that are certain wherever they occur."""
    indent = _INDENT.match(line)
    for column, blank in enumerate(indent[0] if indent and indent.end() < len(line) else "", 1):
        if blank == "\t":
            yield column, Sentence("a tab instead of spaces: YAML is indented with spaces only")
        elif blank != " ":
            yield column, _blank_sentence(blank)
    if match := _ODD_BLANK_AFTER_COLON.match(line):
        yield match.start(1) + 1, _blank_sentence(match[1])
    if (match := _WIDE_COLON.match(line)) and ": " not in line[: match.start(1)]:
        yield match.start(1) + 1, _WIDE_COLON_SENTENCE


def _find_wide_bracket(line: str) -> Iterator[Slip]:
    """Yield a full-width bracket at the start of a value; call only if a list was expected or the parser stopped."""
    match = _VALUE.match(line)
    if match and (bracket := match[2][:1]) in _WIDE_BRACKETS:
        values = {"wide": bracket, "plain": _WIDE_BRACKETS[bracket]}
        template = "a full-width bracket ({wide}) instead of a plain one ({plain})"
        yield len(match[1]) + 1, Sentence(template, values)


def _find_likely(line: str) -> Iterator[Slip]:
    """Yield slips that are likely only near the place where the parser stopped."""
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        yield 1, Sentence("a marker of an unfinished merge; fenji sync merges both sides")
        return
    yield from _find_wide_bracket(line)
    match = _VALUE.match(line)
    before, value = match.groups() if match else ("", line)
    for find in (_find_in_quotes, _find_in_brackets, _find_at_the_start):
        for column, sentence in find(value, has_key=bool(before.strip())):
            yield len(before) + column, sentence
    if no_blank := _NO_BLANK_AFTER_COLON.match(line):
        yield no_blank.end(), Sentence("a space is needed after the colon")
    if entry := _NO_BLANK_AFTER_DASH.match(line):
        yield entry.end(), Sentence("a space is needed after the dash")
    if _NO_DASH.match(line):
        yield 1, Sentence("a list entry must begin with a dash and a space")
    if dash := _WIDE_DASH.match(line):
        template = "a full-width dash ({wide}) instead of a plain one (-)"
        yield dash.start(1) + 1, Sentence(template, {"wide": dash[1]})
    if line.strip() and not before.strip() and ":" not in line and line.lstrip()[:1] not in "#-]}":
        template = "neither a key with a colon nor, by its indentation, part of the text above"
        yield len(line) - len(line.lstrip()) + 1, Sentence(template)


_QUOTED = {"'": re.compile(r"'(?:[^']|'')*'"), '"': re.compile(r'"(?:[^"\\]|\\.)*"')}


def _find_in_quotes(value: str, *, has_key: bool) -> Iterator[Slip]:  # noqa: ARG001 - as the others of its kind
    quote = value[:1]
    if quote not in ("'", '"'):
        return
    if quote == '"' and (wrong := _WRONG_ESCAPE.search(value)):
        values = {"escape": wrong[0], "right": f"\\{wrong[0]}"}
        yield wrong.start() + 1, Sentence("{escape} means nothing in double quotes; write {right}", values)
    if quote == '"' and (half := _HALF_LETTER.search(value)):
        yield half.start() + 1, Sentence("{escape} is half a letter; write the letter itself", {"escape": half[0]})
    rest = _QUOTED[quote].match(value)
    if rest is None:
        yield 1, Sentence("the quote {quote} opened here is not closed on this line", {"quote": quote})
    elif re.match(r"[^\s,:#\]}]|\s+[^\s#]", value[rest.end() :]):
        values = {"quote": quote, "right": "''" if quote == "'" else '\\"'}
        template = "text goes on after the quote {quote} that closes here; within text, write it as {right}"
        yield rest.end(), Sentence(template, values)


def _find_in_brackets(value: str, *, has_key: bool) -> Iterator[Slip]:
    bracket = value[:1]
    if bracket not in _BRACKETS:
        return
    if end := re.search(f"[{''.join(_WIDE_CLOSING)}]", value):
        values = {"wide": end[0], "plain": _WIDE_CLOSING[end[0]]}
        template = "a full-width bracket ({wide}) instead of a plain one ({plain})"
        yield end.start() + 1, Sentence(template, values)
    closing = _BRACKETS[bracket]
    if value.count(bracket) < value.count(closing):
        yield value.rindex(closing) + 1, Sentence("there is one bracket {bracket} too many", {"bracket": closing})
    elif value.count(bracket) > value.count(closing):
        yield 1, Sentence("the bracket {bracket} opened here is not closed", {"bracket": bracket})
    elif has_key and re.match(r"[^\s,:#\]}]|\s+[^\s#]", value[value.rindex(closing) + 1 :]):
        yield 1, Sentence("text that begins with {letter} must be in quotes", {"letter": bracket})
    if wide := re.search("[，、]", value):
        template = "a full-width comma ({wide}) instead of a plain one and a space"
        yield wide.start() + 1, Sentence(template, {"wide": wide[0]})
    if missing := _NO_COMMA.search(value):
        yield missing.start(1) + 1, Sentence("a comma is missing before {key}", {"key": missing[1]})


_NO_COMMA = re.compile(r""":[ ]+[^\s,{}\[\]"'][^,{}\[\]"':]*[ ]([\w.-]+):[ ]""")


def _find_at_the_start(value: str, *, has_key: bool) -> Iterator[Slip]:
    """Yield slips in plain texts: characters that they may not begin with or contain."""
    letter = value[:1]
    if letter and letter in _RESERVED:
        yield 1, Sentence("text that begins with {letter} must be in quotes", {"letter": letter})
    if re.match(r"[?:]\s", value) and has_key:
        yield 1, Sentence("text that begins with {letter} must be in quotes", {"letter": letter})
    if letter and letter in _WIDE_QUOTES and value.rstrip()[-1] in _WIDE_QUOTES:
        template = "a full-width quote ({wide}) quotes nothing here; write a plain one"
        yield 1, Sentence(template, {"wide": letter})
    if re.match(r"[|>][-+0-9]*[ \t]+[^#\s]", value):
        yield 1, Sentence("text after {sign} begins on the next line, indented", {"sign": letter})
    if has_key and value.startswith("- "):
        yield 1, Sentence("a list begins on a line of its own; text that begins with - must be in quotes")
    if has_key and letter not in ("", *_BRACKETS, "'", '"', "|", ">") and re.search(r":(\s|$)", value):
        yield 1, Sentence("text with a colon and a space must be in quotes")


def _say_generally(lines: Sequence[str], line: int) -> Sentence:
    if line > len(lines) or not "".join(lines[line - 1 :]).strip():
        return Sentence("the file ends too early: a quote or a bracket is not closed")
    above = next((text for text in reversed(lines[: line - 1]) if text.strip()), "")
    if _indent_of(above) != _indent_of(lines[line - 1]):
        return Sentence("indented differently from the lines it belongs to")
    return Sentence("cannot be read as YAML from here on: check indentation, colons, quotes and brackets")


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())
