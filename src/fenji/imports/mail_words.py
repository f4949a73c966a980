"""Decode the text of a mail: charsets that are wrong or unknown, encoded headers, HTML. Nothing here raises."""

from __future__ import annotations

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header
from html.parser import HTMLParser

_CHARSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "utf-8",
    "ks_c_5601-1987": "cp949",
}
_GUESSES = ("utf-8", "gb18030", "big5hkscs")
_NO_TEXT = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
_MOST_MISFITS = 0.02  # share of undecodable characters up to which the stated charset is believed
_MAX_HTML = 400_000  # characters
# Comments and declarations, and text that only looks like a tag: for unclosed ones the parser takes quadratic time.
_MARKUP_WITHOUT_WORDS = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)", re.DOTALL)
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]*>)")
_WORDS = (
    "original message|forwarded message|replied message|original mail|"
    "原始邮件|原始郵件|原邮件|原郵件|邮件原件|郵件原件|"
    "回复的原邮件|回覆的原郵件|转发的邮件|轉寄的郵件|转发邮件信息|原始信件|原始訊息|转发的原邮件"
)
_RULE = re.compile(rf"^\s*[-—_=*]{{2,}}\s*(?:{_WORDS})\s*[-—_=*]*\s*$", re.IGNORECASE)
# Outlook and QQ put a head before a quoted mail: who, when, to whom, about what, in any order.
_HEAD = re.compile(
    r"^\s*[*>]*\s*(?:(?P<sender>from|发件人|發件人|寄件者|寄件人)|(?:sent|date|to|cc|subject|发送时间|发送日期|日期|时间|收件人|"
    r"抄送|主题|傳送時間|寄件日期|傳送日期|時間|收件者|副本|主旨))\s*\*?\s*[:：]",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"^\s*(?:on\b.{4,200}\bwrote|(?:在|於|于)?.{2,200}(?:写道|寫道|写到|来信|來信)|.{2,120}(?:于|於)\s*\d{4}.{2,120}(?:写道|寫道))\s*[:：]\s*$",
    re.IGNORECASE,
)
_LINE = re.compile(r"\s*[_—=-]{5,}\s*")  # Outlook draws a line above the head
_LINES_OF_HEAD = 6


def decode_bytes(data: bytes, charset: str = "") -> str:
    """Decode bytes by the stated charset if it fits, else by the first charset that fits."""
    stated = _CHARSETS.get(charset.strip("\"' ").lower(), charset.strip("\"' ").lower())
    for candidate in (stated, *_GUESSES):
        text = _decode(data, candidate, "strict")
        if text is not None:
            return text
    text = _decode(data, stated, "replace")
    if text is not None and text.count("\ufffd") <= _MOST_MISFITS * len(text):
        return text
    return data.decode("cp1252", "replace")


def _decode(data: bytes, charset: str, errors: str) -> str | None:
    if not charset or charset.replace("-", "_") in _NO_TEXT:
        return None
    try:
        return data.decode(charset, errors)
    except (LookupError, ValueError):  # an unknown charset, or bytes that it cannot decode
        return None


def decode_words(value: str) -> str:
    """Decode a raw header of a message: encoded words, and bytes that nobody encoded."""
    value = re.sub(r"\r?\n", "", value)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return decode_bytes(value.encode("utf-8", "surrogateescape"))
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(part if isinstance(part, str) else decode_bytes(part, charset or "ascii") for part, charset in parts)


def clean_text(text: str) -> str:
    """Return a text of many lines in the form for tickets: no control characters, no surrogates, plain line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn"))
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def clean_line(text: str, most: int) -> str:
    """Return a text as one line of visible characters, at most `most` of them."""
    visible = (" " if char in "\n\t\r" else char for char in text)
    kept = (char for char in visible if unicodedata.category(char)[0] != "C")
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


# --- HTML -----------------------------------------------------------------------------------------------------------

_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "dd", "div", "dl", "dt", "form", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
)


def html_to_text(source: str) -> str:
    """Return the text of a page, line by line; quoted lines begin with `> `."""
    reader = _PageReader()
    source = _NO_TAG.sub("&lt;", _MARKUP_WITHOUT_WORDS.sub(" ", source[:_MAX_HTML]))
    try:
        reader.feed(source)
        reader.close()
    except (AssertionError, ValueError, RecursionError):  # a page so broken that the parser gives up in the middle
        pass
    return reader.text()


class _PageReader(HTMLParser):
    """Collects the lines of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._hidden = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - html.parser's
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "body":
            self._hidden = 0  # a head that was never closed does not hide the page
        elif tag == "br" or tag in _BLOCKS:
            self._end_line()
        elif tag in ("td", "th") and self._line.strip():
            self._line += "\t"
        if tag == "li":
            self._line = "- "
        self._quoted += tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self._end_line()
            if tag == "p":
                self._lines.append("")
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            words = re.sub(r"[ \t\r\n\f]+", " ", data)
            self._line += words.lstrip() if not self._line else words

    def _end_line(self) -> None:
        if self._line.strip():
            self._lines.append("> " * min(self._quoted, 5) + self._line.strip())
        self._line = ""

    def text(self) -> str:
        """Return the lines, with at most one empty one between them."""
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).replace("\u00a0", " ").strip("\n")


def split_quoted(text: str) -> tuple[str, str]:
    """Return the sender's own words and the quoted part of a text. Together they are the whole text.

    A mail that answers below or between quoted lines, or that only forwards another mail, is all the sender's own.
    """
    lines = text.split("\n")
    start = _find_start(lines)
    if start is None:
        return text, ""
    while start and (not lines[start - 1].strip() or _LINE.fullmatch(lines[start - 1])):
        start -= 1
    after = lines[start:]
    own_below = _words_below(after)
    own, quoted = "\n".join(lines[:start]).strip("\n"), "\n".join(after).strip("\n")
    return (text, "") if own_below or not own.strip() else (own, quoted)


def _find_start(lines: list[str]) -> int | None:
    for place, line in enumerate(lines):
        if _RULE.match(line) or _WROTE.match(line) or _begins_head(lines, place):
            return place
        if place + 1 < len(lines) and len(line) < 200 and _WROTE.match(f"{line} {lines[place + 1].strip()}"):
            return place if re.match(r"\s*(on\b|在|於|于)", line, re.IGNORECASE) else place + 1
    trailing = len(lines)
    while trailing and (not lines[trailing - 1].strip() or lines[trailing - 1].lstrip().startswith(">")):
        trailing -= 1
    return trailing if any(line.strip() for line in lines[trailing:]) else None


def _begins_head(lines: list[str], place: int) -> bool:
    first = _HEAD.match(lines[place])
    if not first or not first["sender"]:
        return False
    following = lines[place + 1 : place + _LINES_OF_HEAD]
    return sum(bool(_HEAD.match(line)) for line in following) >= 2


def _words_below(quoted: list[str]) -> bool:
    """Return whether there is an answer below lines that are quoted by `>`."""
    marked = [line.lstrip().startswith(">") for line in quoted]
    if not any(marked):
        return False
    last = len(marked) - 1 - marked[::-1].index(True)
    return any(_WROTE.match(line) for line in quoted[:4]) and any(line.strip() for line in quoted[last + 1 :])
