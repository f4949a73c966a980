"""The catalogue: English text → (simplified, traditional) Chinese. Data only; `words` reads it.

A text stands in the module of the place where people meet it; one that they meet in several stands in the first.
"""

from __future__ import annotations

from fenji.i18n.catalogue.carried import CARRIED
from fenji.i18n.catalogue.commands import COMMANDS
from fenji.i18n.catalogue.exchange import EXCHANGE
from fenji.i18n.catalogue.failures import FAILURES
from fenji.i18n.catalogue.faults import FAULTS
from fenji.i18n.catalogue.hub import HUB
from fenji.i18n.catalogue.in_and_out import IN_AND_OUT
from fenji.i18n.catalogue.keys import KEYS
from fenji.i18n.catalogue.method import METHOD
from fenji.i18n.catalogue.pages import PAGES
from fenji.i18n.catalogue.policies import POLICIES
from fenji.i18n.catalogue.published import PUBLISHED
from fenji.i18n.catalogue.refusals import REFUSALS
from fenji.i18n.catalogue.screens import SCREENS
from fenji.i18n.catalogue.usage import USAGE
from fenji.i18n.catalogue.wordbook import SYNONYMS

CATALOGUE: dict[str, tuple[str, str]] = {
    **METHOD,
    **KEYS,
    **SCREENS,
    **COMMANDS,
    **PAGES,
    **PUBLISHED,
    **USAGE,
    **REFUSALS,
    **FAILURES,
    **EXCHANGE,
    **IN_AND_OUT,
    **CARRIED,
    **HUB,
    **FAULTS,
    **POLICIES,
    **SYNONYMS,
}
