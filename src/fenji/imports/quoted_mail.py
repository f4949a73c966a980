"""Find where a mail stops to speak for itself and quotes the one that it answers. Pure."""

from __future__ import annotations

import re

_WORDS = (
    "original message|forwarded message|replied message|original mail|"
    "原始邮件|原始郵件|原邮件|原郵件|邮件原件|郵件原件|"
    "回复的原邮件|回覆的原郵件|转发的邮件|轉寄的郵件|转发邮件信息|原始信件|原始訊息|转发的原邮件"
)
_RULE = re.compile(rf"^\s*[-—_=*]{{2,}}\s*(?:{_WORDS})\s*[-—_=*]*\s*$", re.IGNORECASE)
# Outlook and QQ write the head of what they quote: who, when, to whom, about what, in this order or another.
_HEAD = re.compile(
    r"^\s*[*>]*\s*(?:(?P<sender>from|发件人|發件人|寄件者|寄件人)|(?:sent|date|to|cc|subject|发送时间|发送日期|日期|时间|收件人|"
    r"抄送|主题|傳送時間|寄件日期|傳送日期|時間|收件者|副本|主旨))\s*\*?\s*[:：]",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"^\s*(?:on\b.{4,200}\bwrote|(?:在|於|于)?.{2,200}(?:写道|寫道|写到|来信|來信)|.{2,120}(?:于|於)\s*\d{4}.{2,120}(?:写道|寫道))\s*[:：]\s*$",
    re.IGNORECASE,
)
_LINE = re.compile(r"\s*[_—=-]{5,}\s*")  # Outlook draws one above the head
_LINES_OF_HEAD = 6


def split_quoted(text: str) -> tuple[str, str]:
    """Return what somebody wrote himself, and what he quoted. Together they are the text, all of it.

    A mail that answers below or between quoted lines, or that only passes another on, is all his own.
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
    """Return whether somebody answers below lines that are quoted by `>`."""
    marked = [line.lstrip().startswith(">") for line in quoted]
    if not any(marked):
        return False
    last = len(marked) - 1 - marked[::-1].index(True)
    return any(_WROTE.match(line) for line in quoted[:4]) and any(line.strip() for line in quoted[last + 1 :])
