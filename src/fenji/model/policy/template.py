"""Write the policy.yaml of a new desk: a template that explains every key, filled in for its sites and its person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from string import Template

from fenji.errors import InvalidUsage
from fenji.i18n import LANGUAGES, policy_template, say
from fenji.model.policy.parts import ALWAYS, SITE

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_PLAIN_SCALAR = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
# Words that other YAML readers read as booleans or null.
_RESERVED_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SINCE = date(2026, 1, 1)
_SUNDAY_TO_THURSDAY = frozenset(
    {
        *("Africa/Algiers", "Africa/Cairo", "Africa/Khartoum", "Africa/Tripoli", "Asia/Aden", "Asia/Amman"),
        *("Asia/Baghdad", "Asia/Bahrain", "Asia/Damascus", "Asia/Dhaka", "Asia/Kuwait", "Asia/Muscat", "Asia/Qatar"),
        "Asia/Riyadh",
    }
)


def starter_policy(  # noqa: PLR0913  each is one thing that `init` knows, and all but two are named
    language: str, sites: Iterable[str], *, person: str, name: str = "", email: str = "", zone: str = "UTC"
) -> str:
    """Return a policy.yaml for `sites` and HQ, in which `person` leads every site and has every role (format 6, init).

    Each site has a calendar of its own, named as the site in lower case, with an eight-hour day in `zone` and the week
    that is usual there. Raises InvalidUsage for an unknown language or a bad site code.
    """
    if language not in LANGUAGES:
        raise InvalidUsage(
            "{language} is not a language of this desk.", hint="Use zh-Hans, zh-Hant or en.", language=language
        )
    codes = list(dict.fromkeys((*sites, "HQ")))
    for code in codes:
        if not _SITE_CODE.fullmatch(code):
            hint = "Use capital letters and digits, at most 16, such as KSA."
            raise InvalidUsage("{site} is not a site code.", hint=hint, site=code)
    key = _quote_key(person)
    return Template(policy_template(language)).substitute(
        since=_SINCE.isoformat(),
        year_before=f"{_SINCE.year - 1}",
        sites="\n".join(_render_site(code, key, language) for code in codes),
        site=codes[0],
        person=key,
        zone=zone,
        entry=_render_person(name or person, email),
        calendars="\n".join(_render_calendar(code, zone) for code in codes),
    )


def _render_site(code: str, lead: str, language: str) -> str:
    name = say("Headquarters", language) if code == "HQ" else code
    return f"  {_quote_key(code)}: {{name: {_quote_text(name)}, calendar: {_calendar_name(code)}, lead: {lead}}}"


def _render_person(name: str, email: str) -> str:
    address = f", email: {_quote_text(email)}" if email.strip() else ""
    return f"{{name: {_quote_text(name)}, unit: HQ-TECH{address}, roles: [engineer, lead, manager, admin]}}"


def _render_calendar(code: str, zone: str) -> str:
    days = "sun-thu" if zone in _SUNDAY_TO_THURSDAY else "mon-fri"
    return f"""\
  {_calendar_name(code)}:
    tz: {zone}
    week: {{{days}: ["08:00-12:00", "13:00-17:00"]}}
    holidays: []
    day: 8h"""


def _calendar_name(code: str) -> str:
    name = code.lower()
    return _quote_key(f"{name}-hours" if name in (ALWAYS, SITE) else name)


def _quote_key(text: str) -> str:
    return text if _PLAIN_SCALAR.fullmatch(text) and text.lower() not in _RESERVED_WORDS else _quote_text(text)


def _quote_text(text: str) -> str:
    quoted = json.dumps(" ".join(text.split()), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
