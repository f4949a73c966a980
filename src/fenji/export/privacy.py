"""What of the requester's person is kept out of published texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.ticket import Ticket

MASK = "███"
_TITLES_OF_PERSONS = """
    adj amb brig capt cdr cdt cmdr col cpl cpt dr eng engr gen ing lcol lt ltc maj maître mme mlle mr mrs ms off prof
    sgt sheikh sir
"""
# Words of an office: without an honorific before it, a capital letter makes no name of them.
_WORDS_OF_OFFICES = """
    and base the captain centre center chief commander control controller crew customer deputy desk department director
    duty engineer foreman group head leader maintenance manager north south east west office officer operations operator
    position power radar room section senior shift site squad staff station supervisor support team technical technician
    tower unit user warehouse workshop
"""
_HONORIFICS, _OFFICES = frozenset(_TITLES_OF_PERSONS.split()), frozenset(_WORDS_OF_OFFICES.split())
_SPLIT = re.compile(r"[\s,;/|，；、]+")
_CALLABLE = re.compile(r"\d(?:[\s()+.-]*\d){4,}")  # five digits or more: a line that can be called


def masking(ticket: Ticket) -> Callable[[str], str]:
    """A function that covers the requester's name and contact where a text of this ticket repeats them.

    Covered are the whole name, the proper names in it (`Abdullah` of `Mr. Abdullah`), the whole contact, and addresses
    and call numbers in it; in any letter case. Words of an office (`duty officer`) stay readable by themselves.
    """
    hidden = sorted({*_of_name(ticket.word("requester.name")), *_of_contact(ticket.word("requester.contact"))})
    if not hidden:
        return lambda text: text
    parts = [_bounded(one) for one in sorted(hidden, key=len, reverse=True)]
    pattern = re.compile("|".join(parts), re.IGNORECASE)
    return lambda text: pattern.sub(MASK, text)


def _of_name(name: str) -> Iterator[str]:
    words = [word.strip(".,()（）") for word in name.split()]
    if len(name.strip()) > 1:
        yield " ".join(name.split())
    titled = [place for place, word in enumerate(words) if word.casefold() in _HONORIFICS]
    for word in words[titled[-1] + 1 :] if titled else words:
        if len(word) > 2 and word[0].isupper() and (titled or word.casefold() not in _OFFICES):
            yield word
    if len(words) > 1 and not words[-1].isascii() and 1 < len(words[-1]) <= 4:
        yield words[-1]  # a Chinese name stands behind the office: 試驗室 何工


def _of_contact(contact: str) -> Iterator[str]:
    whole = " ".join(contact.split())
    if len(whole) > 3:
        yield whole
    yield from (word for word in _SPLIT.split(contact) if "@" in word and len(word) > 3)
    yield from (found[0] for found in _CALLABLE.finditer(contact))


def _bounded(words: str) -> str:
    """Any blanks between the words, and no letter or digit of the same kind going on at either end."""
    body = r"\s+".join(re.escape(word) for word in words.split())
    begin = r"(?<![0-9A-Za-z])" if words[0].isascii() and words[0].isalnum() else ""
    end = r"(?![0-9A-Za-z])" if words[-1].isascii() and words[-1].isalnum() else ""
    return begin + body + end
