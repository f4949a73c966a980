"""Masks requesters' names and contacts in published texts. Pure.

A text is split into words: runs of Han characters, of letters, of digits. The terms to mask are kept folded as in a
search, without the spaces and punctuation between their words, so that script, case and accents make no difference:
王曉明 = 王晓明, `Al-Otaibi` = `AL OTAIBI` = `alOtaibi`, `+966 50 123 4567` = `0501234567`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.text import HAN, fold

if TYPE_CHECKING:
    from fenji.model.ticket import FieldPath, Ticket

MASK = "███"
_WORD = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+|\d+")
_LETTER_BOUNDARY = re.compile(r"(?<=[^\W\d_])(?=[^\W\d_])")  # between two letters
_ADDRESS = re.compile(r"[^\s,;/|<>()，；、（）]+@[^\s,;/|<>()，；、（）]+")
_CALL_NUMBER = re.compile(r"\d(?:[\s()./+-]{0,3}\d){4,}")  # five digits or more
_IDENTIFYING_DIGITS = 7  # last digits of a call number that identify it
_MAX_GAP = 3  # characters between two words of one name
_HAN = re.compile(f"[{HAN}]")
_AMBIGUOUS_SURNAMES = "时于方包路车高米石金毛白边左成"  # surnames that form another word after 老 or 小
_WORK_COMPOUNDS = tuple("作程艺具件业厂时况人序期频效装地")  # characters that form a word after 工
_REQUESTER_FILTER = re.compile(r"\b((?:requester|customer):)(?:\"[^\"]*\"?|\S+)", re.IGNORECASE)
_LOWERCASE_WORD = re.compile(r"(?<![\w.@-])[a-z]{3,}(?![\w@])")
_TEXT_FIELDS: tuple[FieldPath, ...] = ("title", "description", "cause", "decision", "solution", "lessons")
_HONORIFICS = """
    adj amb brig capt captain cdr cdt cmdr col colonel cpl cpt dr eng engr gen ing lcol lt ltc maj major maître mme mlle
    mr mrs ms off prof sgt sheikh sir
"""
# Words of offices, which are not part of a person's name when they occur with one.
_OFFICES = """
    acceptance admin and base battery battalion brigade captain centre center chief clerk command commander company
    contact control controller crew customer deputy desk department director division driver duty electrical engineer
    engineering first foreman general group head installation inspector leader lead liaison logistics main maintenance
    manager mechanic mechanical military mission navigation network night noc north of office officer operations
    operator procurement position power project quality radar radio representative room safety second section security
    senior service shift site software south spare spares squad staff stores store supervisor supply support system team
    technical technician test the tower training unit user warehouse watch west east workshop
"""
_PARTICLES = "abu al bin bint bou de del den der dos el ibn la las los ould van von"
_CALL_WORDS = "cell channel ext extension mob mobile no phone tel telephone 分机 内线 号码 呼 手机 电台 电话 线路"
_TITLES = """
    工 总 先生 女士 小姐 工程师 工长 主任 主管 经理 科长 处长 局长 所长 站长 队长 班长 组长 连长 营长 排长 团长 参谋
    教官 师傅 老师 部长 厂长 院长 司令 政委 助理 干事 同志 博士
"""
_SURNAMES = """
    王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎阎余潘杜戴夏钟汪
    田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季
    俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍覃霍
    翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边闫佘练骆付代麦容初瞿褚班全井米欧穆
"""
HONORIFICS = frozenset(_HONORIFICS.split())
OFFICES = frozenset(_OFFICES.split())
PARTICLES = frozenset(_PARTICLES.split())
CALL_WORDS = frozenset(_CALL_WORDS.split())
TITLES = frozenset(_TITLES.split())
SURNAMES = frozenset("".join(_SURNAMES.split()))


class Redaction(Struct, frozen=True, dict=True):
    """The folded terms to mask: `names`, which match across short gaps, `words`, which do not, and call `numbers`."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def __or__(self, other: Redaction) -> Redaction:
        return Redaction(self.names | other.names, self.words | other.words, self.numbers | other.numbers)

    @cached_property
    def _prefixes(self) -> frozenset[str]:
        return frozenset(term[:size] for term in (*self.names, *self.words) for size in (1, 2))

    @cached_property
    def _max_length(self) -> int:
        return max(map(len, (*self.names, *self.words)), default=0)

    @cached_property
    def _numbers_by_tail(self) -> Mapping[str, str]:
        return {number[-_IDENTIFYING_DIGITS:]: number for number in sorted(self.numbers)}

    def redact(self, text: str) -> str:
        """Return the text with every term to mask replaced by MASK."""
        pieces: list[str] = []
        end = 0
        for begin, stop in sorted({*self._find_names(text), *self._find_numbers(text)}):
            if begin >= end:
                pieces += [text[end:begin], MASK]
            end = max(end, stop)
        return "".join((*pieces, text[end:]))

    def _find_names(self, text: str) -> Iterator[tuple[int, int]]:
        words = list(_split_words(text)) if self._prefixes else []
        for index, (begin, _, word) in enumerate(words):
            stop = self._longest_match_end(text, words, index) if word[:2] in self._prefixes else 0
            if stop:
                yield begin, stop
            elif len(word) > 2 and _is_han(word):
                yield from self._find_in_han(word, begin)

    def _longest_match_end(self, text: str, words: Sequence[tuple[int, int, str]], index: int) -> int:
        """Return the end of the longest match that begins with this word; 0 for none."""
        joined, previous_end, adjacent, match_end = "", words[index][0], True, 0
        for begin, end, word in words[index:]:
            gap = text[previous_end:begin]
            adjacent = adjacent and not gap.strip("-'’_")
            joined += word
            if len(gap) > _MAX_GAP or len(joined) > self._max_length:
                break
            if joined in self.names or (adjacent and joined in self.words):
                match_end = end
            previous_end = end
        return match_end

    def _find_in_han(self, run: str, begin: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of names in a Han run; Chinese has no spaces, so any part of it may be a name."""
        for at in range(len(run) - 1):
            if run[at : at + 2] in self._prefixes:
                longest = min(self._max_length, len(run) - at)
                sizes = (size for size in range(longest, 1, -1) if run[at : at + size] in self.words)
                size = next((candidate for candidate in sizes if not _continues_as_word(run, at + candidate)), 0)
                if size:
                    yield begin + at, begin + at + size

    def _find_numbers(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _CALL_NUMBER.finditer(text) if self.numbers else ():
            positions = [position for position in range(*match.span()) if text[position].isdecimal()]
            digits = _digits(match[0])
            for at in range(max(1, len(digits) - _IDENTIFYING_DIGITS + 1)):
                number = self._numbers_by_tail.get(digits[at : at + _IDENTIFYING_DIGITS])
                if number:
                    yield (
                        positions[_number_start(digits, at, number)],
                        positions[min(at + _IDENTIFYING_DIGITS, len(positions)) - 1] + 1,
                    )


NO_REDACTION = Redaction()


# --- the terms to mask ------------------------------------------------------------------------------------------------


def redaction_for_ticket(ticket: Ticket) -> Redaction:
    """Return the terms to mask in a requester's own ticket: all of the name and contact, and the unit's full name."""
    contact = ticket.word("requester.contact")
    phrases = {
        _join_words(text) for text in (contact, ticket.word("requester.unit")) if len(list(_split_words(text))) > 2
    }
    contact_words = [word.strip("+") for word in contact.split()]
    phrases |= {
        _join_words(f"{word}{contact_words[at + 1]}")
        for at, word in enumerate(contact_words[:-1])
        if fold(word).strip(".:") in CALL_WORDS
    }
    names, words = _name_variants(ticket.word("requester.name"))
    redaction = redaction_for_person(ticket) | Redaction(
        frozenset(names), frozenset(words), frozenset(_call_numbers(contact))
    )
    return redaction | Redaction(frozenset(phrase for phrase in phrases if len(phrase) > _MAX_GAP))


def redaction_for_person(ticket: Ticket) -> Redaction:
    """Return what identifies a requester in any text: full name, proper names in it, addresses, long call numbers."""
    contact = ticket.word("requester.contact")
    names, words = _latin_names(ticket.word("requester.name"))
    for address in _ADDRESS.findall(contact):
        names.add(_join_words(address))
        local = [word for _, _, word in _split_words(address.partition("@")[0])]
        (names if len(local) > 1 else words).update(word for word in ("".join(local),) if _is_identifying(word))
    full_names = {name for name in _han_names(ticket.word("requester.name")) if len(name) > 2 and name[0] in SURNAMES}
    numbers = {number for number in _call_numbers(contact) if len(number) >= _IDENTIFYING_DIGITS}
    return Redaction(frozenset(names), frozenset(words | full_names), frozenset(numbers))


def redaction_for_all(tickets: Iterable[Ticket]) -> Redaction:
    """Return the terms to mask in every text of a handbook: all that identify these requesters, except common words.

    A single name that occurs anywhere in lower case, such as `mark` or `will`, counts as a common word.
    """
    ticket_list = list(tickets)
    redactions = {redaction_for_person(ticket) for ticket in ticket_list}
    combined = Redaction(
        frozenset[str]().union(*(redaction.names for redaction in redactions)),
        frozenset[str]().union(*(redaction.words for redaction in redactions)),
        frozenset[str]().union(*(redaction.numbers for redaction in redactions)),
    )
    texts = (ticket.word(key) for ticket in ticket_list for key in _TEXT_FIELDS)
    common_words = {word for text in texts for word in _LOWERCASE_WORD.findall(text)}
    return Redaction(combined.names, combined.words - common_words, combined.numbers)


def redact_filter(filter_text: str, tickets: Iterable[Ticket]) -> str:
    """Return the filter text as the first page shows it, with everything about these requesters masked."""
    ticket_list = list(tickets) if filter_text else []
    for ticket in ticket_list:
        filter_text = redaction_for_ticket(ticket).redact(filter_text)
    return _REQUESTER_FILTER.sub(rf"\1{MASK}", filter_text) if ticket_list else filter_text


def _name_variants(name: str) -> tuple[set[str], set[str]]:
    """Return (names, words) with every form of a Chinese name: 王小明 also as 小明, 王工 and 老王."""
    names, words = _latin_names(name)
    for han_name in _han_names(name):
        words.add(han_name)
        if han_name[0] in SURNAMES and (han_name[1:] in TITLES or len(han_name) < 5):
            words |= {han_name[0] + title for title in TITLES}
            words |= {prefix + han_name[0] for prefix in "老小" if han_name[0] not in _AMBIGUOUS_SURNAMES}
            words |= {han_name[1:]} if len(han_name) == 3 and han_name[1:] not in TITLES else set()
    return names, words


def _han_names(name: str) -> list[str]:
    """Return the Chinese name: the last word, perhaps after an office (試驗室 何工); empty if that word is Latin."""
    words = [word for _, _, word in _split_words(name)]
    return words[-1:] if words and _is_han(words[-1]) and len(words[-1]) > 1 else []


def _latin_names(name: str) -> tuple[set[str], set[str]]:
    """Return (names of several words, single words of names) in Latin script, without offices."""
    parts = [part for part in re.split(r"[\s,;()（），]+", name) if part]
    titled = [index for index, part in enumerate(parts) if fold(part).strip(".") in HONORIFICS]
    untitled = parts[titled[-1] + 1 :] if titled else parts
    proper = [
        part
        for index, part in enumerate(untitled or parts)
        if _is_proper_name(part) or (titled and untitled and not index)
    ]
    proper = [part for part in proper if fold(part).strip(".") not in HONORIFICS]
    names = {_join_words(" ".join(proper))} if len(proper) > 1 else set[str]()
    names |= {_join_words(parts[titled[-1]] + part) for part in proper[:1] if titled}
    names |= {joined for part in proper if (joined := _join_words(part)) and len(list(_split_words(part))) > 1}
    pieces = {word for part in proper for _, _, word in _split_words(part)}
    return {latin_name for latin_name in names if len(latin_name) > 2}, {
        piece for piece in pieces if _is_identifying(piece)
    }


def _is_proper_name(word: str) -> bool:
    """Tell whether a word of a name is neither an office nor Chinese."""
    pieces = [piece for _, _, piece in _split_words(word)]
    return any(piece not in OFFICES and piece.isalpha() and not _is_han(piece) for piece in pieces)


def _is_identifying(word: str) -> bool:
    """Tell whether a word identifies a person by itself."""
    return len(word) > 2 and word.isalpha() and not _is_han(word) and word not in PARTICLES | OFFICES | CALL_WORDS


def _call_numbers(contact: str) -> Iterator[str]:
    yield from (_digits(match[0]) for match in _CALL_NUMBER.finditer(contact))


# --- reading texts ----------------------------------------------------------------------------------------------------


def _split_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, folded word); a capital after a lower-case letter begins a new word: `MrAbdullah`."""
    folded = fold(text)
    for match in _WORD.finditer(text):
        begin, end = match.span()
        run = match[0]
        boundaries = () if run.islower() or run[1:].islower() or run.isupper() else _LETTER_BOUNDARY.finditer(run)
        for at in (match.start() + boundary.start() for boundary in boundaries):
            if text[at - 1].islower() and text[at].isupper():
                yield begin, at, folded[begin:at]
                begin = at
        yield begin, end, folded[begin:end]


def _join_words(text: str) -> str:
    return "".join(word for _, _, word in _split_words(text))


def _is_han(word: str) -> bool:
    return bool(_HAN.match(word))


def _continues_as_word(run: str, end: int) -> bool:
    """Tell whether a final 工 belongs to the next word: 任何工作 does not name a 何工."""
    return run[end - 1] == "工" and run[end : end + 1] in _WORK_COMPOUNDS


def _digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _number_start(digits: str, at: int, number: str) -> int:
    """Return where the call number begins whose last digits are at `at`, including a country code or leading zeros."""
    back = len(number) - _IDENTIFYING_DIGITS
    while at and back > 0 and digits[at - 1] == number[back - 1]:
        at, back = at - 1, back - 1
    while at and digits[at - 1] == "0":
        at -= 1
    return at
