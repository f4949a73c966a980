"""Every sentence and label that people read, in three languages; the English text is the key.

No other module holds Chinese for the interface. Templates use `{name}` fields, the same in each language.
"""

from __future__ import annotations

from fenji.errors import Sentence

LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def say(text: str | Sentence, language: str = "en", /, **values: object) -> str:
    """The text in `language`, its `{fields}` filled in; English where the catalogue has no such entry."""
    template, merged = (text.template, {**text.values, **values}) if isinstance(text, Sentence) else (text, values)
    if language != "en":
        from fenji.i18n.catalogue import CATALOGUE

        translations = CATALOGUE.get(template)
        if translations:
            template = translations[LANGUAGES.index(language)]
    translated = {key: say(value, language) if isinstance(value, Sentence) else value for key, value in merged.items()}
    return template.format(**translated) if translated else template
