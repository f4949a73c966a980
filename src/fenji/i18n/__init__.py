"""Every sentence and label that people read, in three languages; the English text is the msgid of a gettext catalogue.

`zh_Hans.po` and `zh_Hant.po` are the sources; installing compiles them to the `.mo` files that are read here. Templates
use `{name}` fields, the same in each language. A sentence that counts has an English plural, and its number is `count`.
The template of the first policy.yaml, a document that is written once, is a file of its own in each language.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from fenji.errors import Sentence

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
_CHINESE_STOPS = "。！？；：，）」"


@cache
def translations(language: str) -> NullTranslations:
    """Return the compiled catalogue of a language; for English, or where none is installed, an empty one."""
    try:
        with Path(__file__).with_name(f"{language.replace('-', '_')}.mo").open("rb") as file:
            return GNUTranslations(file)
    except FileNotFoundError:
        return NullTranslations()


def match_language(tag: str) -> str:
    """Return the language of LANGUAGES for a locale tag (`zh_TW.UTF-8`, `zh-hans`, `en`); `""` if there is none."""
    folded = tag.partition(".")[0].replace("_", "-").lower()
    exact = next((language for language in LANGUAGES if language.lower() == folded), "")
    if exact or not folded.startswith("zh"):
        return exact or ("en" if folded.startswith("en") else "")
    return "zh-Hant" if folded.endswith(("-tw", "-hk", "-mo")) or "hant" in folded else "zh-Hans"


def policy_template(language: str) -> str:
    """Return the commented first policy.yaml in a language, one of LANGUAGES, with `$fields` to fill in."""
    return Path(__file__).with_name(f"policy.{language}.yaml").read_text("utf-8")


def say(text: str | Sentence, language: str = "en", /, **values: object) -> str:
    """Return the text in `language` with its `{fields}` filled in; English where the catalogue has no such entry.

    The value `plural` is the English text for any number other than one; the number is the value `count`, an int.
    """
    if isinstance(text, Sentence):
        values = {"plural": text.plural, **text.values, **values}
        text = text.template
    plural = str(values.pop("plural", ""))
    if plural:
        text = translations(language).ngettext(text, plural, int(str(values["count"])))
    elif text and language != "en":
        text = translations(language).gettext(text)
    filled = {key: _fill(value, language) for key, value in values.items()}
    return text.format(**filled) if filled else text


def _fill(value: object, language: str) -> object:
    if isinstance(value, tuple):
        return join_words((str(_fill(word, language)) for word in value), language)
    return say(value, language) if isinstance(value, Sentence) else value


def join_words(words: Iterable[str], language: str) -> str:
    """Join words to a list as a language writes it: `a, b` in English, `a、b` in Chinese."""
    return (", " if language == "en" else "、").join(words)


def join_clauses(clauses: Iterable[str], language: str) -> str:
    """Join parts that contain lists themselves: `a, b; c` in English, `a、b；c` in Chinese."""
    return ("; " if language == "en" else "；").join(clauses)


def join_sentences(sentences: Iterable[str], language: str) -> str:
    """Join the sentences that are not empty; in Chinese no space follows a full stop."""
    text = ""
    for sentence in filter(None, sentences):
        blank = "" if not text or (language != "en" and text[-1] in _CHINESE_STOPS) else " "
        text += blank + sentence
    return text


def count_tickets(count: int) -> Sentence:
    """Return a count of tickets (`1 ticket`, `41 tickets`) for a sentence that counts more than one thing."""
    return Sentence("{count} ticket", {"count": count}, plural="{count} tickets")


def count_commits(count: int) -> Sentence:
    """Return a count of commits: `1 commit`, `3 commits`."""
    return Sentence("{count} commit", {"count": count}, plural="{count} commits")
