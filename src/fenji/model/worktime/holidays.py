"""The public holidays of countries: the only module that uses the package `holidays`, and does nothing else.

Importing that package takes about 0.1 s, so it happens only for dates that are asked for, for a subdivision, and for a
country that is not in the list below.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from fenji.errors import Unavailable

# ISO 3166 codes of countries and territories whose holidays the package has.
_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())


def is_known(country: str, subdiv: str = "") -> bool:
    """Whether the holidays of a country (`SA`), or of a part of it (`DE`, `BY`), are available."""
    if country in COUNTRIES and not subdiv:
        return True
    from holidays import country_holidays
    from holidays.registry import EntityLoader

    if country not in EntityLoader.get_country_codes():
        return False
    try:
        country_holidays(country, subdiv=subdiv or None)
    except NotImplementedError:
        return False
    return True


def public_holidays(
    country: str, years: Iterable[int], subdiv: str = "", *, languages: Iterable[str] = ()
) -> dict[date, str]:
    """Return the holidays of a country in whole years, in order, with their names, as `policy.yaml` writes dates.

    They are the dates on which a format 1 calendar of that country is closed, so `policy amend --format 2` uses them
    too. Names are in the first of `languages` that the package has for the country (`zh_CN`, `en_US`), else in its own;
    a date with two holidays has both names. Pure except for the installed package. Raises Unavailable as
    `holidays_in_year` does.
    """
    from holidays import country_holidays

    wanted = sorted(set(years))
    known = getattr(type(country_holidays(country, subdiv=subdiv or None)), "supported_languages", ())
    language = next((language for language in languages if language in known), None)
    named: dict[date, str] = {}
    # A day in lieu may be in the year before or after its holiday.
    for year in range(wanted[0] - 1, wanted[-1] + 2) if wanted else ():
        names = country_holidays(country, subdiv=subdiv or None, years=year, language=language)
        for day in holidays_in_year(country, subdiv, year):
            named.setdefault(day, names.get(day) or "")
    return {day: named[day] for day in sorted(named) if day.year in wanted}


@lru_cache(maxsize=1024)
def holidays_in_year(country: str, subdiv: str, year: int) -> frozenset[date]:
    """Return the public holidays of one year, including days off in lieu; `subdiv` may be empty.

    Raises Unavailable if the installed package does not have them.
    """
    from holidays import country_holidays

    try:
        return frozenset(country_holidays(country, subdiv=subdiv or None, years=year))
    except NotImplementedError as error:
        raise Unavailable(
            "The installed package holidays does not have the holidays of {country}.",
            hint="Upgrade it, or list the dates in policy.yaml.",
            country=f"{country} {subdiv}".strip(),
        ) from error
