"""The catalogue: English text → (simplified, traditional) Chinese. Data only; `words` reads it.

A text stands in the module of the place where people meet it; one that they meet in several stands in the first.
"""

from __future__ import annotations

from fenji.catalogue.carried import CARRIED
from fenji.catalogue.commands import COMMANDS
from fenji.catalogue.exchange import EXCHANGE
from fenji.catalogue.failures import FAILURES
from fenji.catalogue.faults import FAULTS
from fenji.catalogue.hub import HUB
from fenji.catalogue.in_and_out import IN_AND_OUT
from fenji.catalogue.keys import KEYS
from fenji.catalogue.method import METHOD
from fenji.catalogue.pages import PAGES
from fenji.catalogue.policies import POLICIES
from fenji.catalogue.published import PUBLISHED
from fenji.catalogue.refusals import REFUSALS
from fenji.catalogue.screens import SCREENS
from fenji.catalogue.usage import USAGE
from fenji.catalogue.wordbook import SYNONYMS

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
