"""The policy.yaml that a new desk begins with: every key, each explained in the chosen language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date

from fenji.errors import Misused
from fenji.policy.comments import comments as comments_in
from fenji.policy.values import ALWAYS, SITE
from fenji.words import LANGUAGES

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_PLAIN = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
# Words that other YAML readers take for truth values or for nothing.
_RESOLVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SUNDAY_TO_THURSDAY = frozenset(
    {
        *("Africa/Algiers", "Africa/Cairo", "Africa/Khartoum", "Africa/Tripoli", "Asia/Aden", "Asia/Amman"),
        *("Asia/Baghdad", "Asia/Bahrain", "Asia/Damascus", "Asia/Dhaka", "Asia/Kuwait", "Asia/Muscat", "Asia/Qatar"),
        "Asia/Riyadh",
    }
)


def starter(  # noqa: PLR0913  each is one thing that `init` knows, and all but two are named
    language: str,
    sites: Iterable[str],
    *,
    person: str,
    name: str = "",
    email: str = "",
    zone: str = "UTC",
    since: date = date(2026, 1, 1),
) -> str:
    """The text of a policy.yaml for `sites` and HQ, in which `person` leads all and has every role (format 6, init).

    Each site has a calendar of its own, named as the site in lower case, with an eight-hour day in `zone` and the week
    that is usual there. Raises Misused for an unknown language or a bad site code.
    """
    if language not in LANGUAGES:
        raise Misused("{language} is no language of this desk.", hint="Take zh-Hans, zh-Hant or en.", language=language)
    codes = list(dict.fromkeys((*sites, "HQ")))
    for code in codes:
        if not _SITE_CODE.fullmatch(code):
            hint = "Use capital letters and digits, at most 16, as KSA."
            raise Misused("{site} is not a site code.", hint=hint, site=code)
    own = f"{{name: {_text(name or person)}, unit: HQ-TECH"
    own += f", email: {_text(email)}" if email.strip() else ""
    comments = _Comments(language)
    lines = (
        *_opening(comments, language, since),
        *_who(comments, codes, _key(person), f"{own}, roles: [engineer, lead, manager, admin]}}"),
        *_grades(comments),
        *_calendars(comments, codes, zone),
        *_steps(comments),
        *_examples(comments, codes[0], _key(person), since),
    )
    return "\n".join(lines) + "\n"


class _Comments:
    """The comments in one language, above a key or at the end of its line."""

    def __init__(self, language: str) -> None:
        self.lines = comments_in(language)

    def word(self, name: str) -> str:
        return " ".join(self.lines[name])

    def above(self, name: str) -> Iterator[str]:
        return (f"# {line}" for line in self.lines[name])

    def beside(self, line: str, name: str) -> str:
        return f"{line:<55} # {self.word(name)}"


def _opening(comments: _Comments, language: str, since: date) -> Iterator[str]:
    yield from comments.above("head")
    yield comments.beside("format: 1", "format")
    yield from comments.above("since")
    yield f"since: {since.isoformat()}"
    yield comments.beside(f"language: {language}", "language")


def _who(comments: _Comments, codes: list[str], person: str, own: str) -> Iterator[str]:
    yield ""
    yield from comments.above("sites")
    yield "sites:"
    for code in codes:
        name = comments.word("headquarters") if code == "HQ" else code
        yield f"  {_key(code)}: {{name: {_text(name)}, calendar: {_calendar_name(code)}, lead: {person}}}"
    yield from comments.above("units")
    yield "units:"
    yield f"  HQ-TECH: {{name: {_text(comments.word('team'))}}}"
    yield from comments.above("people")
    yield "people:"
    yield f"  {person}: {own}"


def _grades(comments: _Comments) -> Iterator[str]:
    yield ""
    yield from comments.above("axes")
    yield from (
        "impact: [major, minor]",
        "occurrence: [rare, common]",
        "matrix:",
        "  major: {rare: P1, common: P2}",
        "  minor: {rare: P3, common: P4}",
        "",
    )
    yield from comments.above("priorities")
    yield "priorities:"
    yield comments.beside("  P1: {response: 1h, solution: 24h, calendar: always}", "default")
    yield comments.beside("  P2: {response: 4h, solution: 3d, calendar: always}", "default")
    yield comments.beside("  P3: {response: 8h, solution: 7d, calendar: always}", "default")
    yield comments.beside("  P4: {response: 24h, solution: 14d, calendar: always}", "published")
    yield from comments.above("kinds")
    yield "kinds: {project: {solution: none}}"


def _calendars(comments: _Comments, codes: list[str], zone: str) -> Iterator[str]:
    days = "sun-thu" if zone in _SUNDAY_TO_THURSDAY else "mon-fri"
    yield ""
    yield from comments.above("calendars")
    yield "calendars:"
    for code in codes:
        yield f"  {_calendar_name(code)}:"
        yield f"    tz: {zone}"
        yield f'    week: {{{days}: ["08:00-12:00", "13:00-17:00"]}}'
        yield "    holidays: []"
        yield "    day: 8h"


def _steps(comments: _Comments) -> Iterator[str]:
    yield ""
    yield from comments.above("waiting")
    yield "waiting: {customer: [solution], parts: [], access: [solution]}"
    yield comments.beside("at_risk: 25%", "at_risk")
    yield comments.beside("backdate: 24h", "backdate")
    yield from comments.above("excuses")
    yield "excuses: [force majeure, customer access, export licence]"
    yield from comments.above("requires")
    yield "requires:"
    yield "  quality: {solve: [cause, decision, solution]}"
    yield "  request: {solve: [solution]}"
    yield "  project: {solve: [plan, solution]}"
    yield from comments.above("may")
    yield "may: {confirm: [lead], archive: [lead, manager], excuse: [lead, manager], policy: [admin]}"


def _examples(comments: _Comments, site: str, person: str, since: date) -> Iterator[str]:
    yield ""
    yield from comments.above("routes")
    yield f"#   - {{when: {{kind: quality, system: radar}}, owner: {person}, units: [HQ-TECH]}}"
    yield "routes: []"
    yield from comments.above("views")
    yield f'views: {{urgent: "p:1..2 site:{site}"}}'
    yield from comments.above("require_signed")
    yield "require_signed: []"
    yield ""
    yield from comments.above("earlier")
    yield from (
        f"#   - since: {since.year - 1}-01-01",
        "#     priorities:",
        "#       P1: {response: 2h, solution: 48h, calendar: always}",
        "#       P2: {response: 8h, solution: 5d, calendar: always}",
        "#       P3: {response: 24h, solution: 10d, calendar: always}",
        "#       P4: {response: 48h, solution: 21d, calendar: always}",
    )
    yield "earlier: []"


def _calendar_name(code: str) -> str:
    name = code.lower()
    return _key(f"{name}-hours" if name in (ALWAYS, SITE) else name)


def _key(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESOLVED else _text(text)


def _text(text: str) -> str:
    quoted = json.dumps(" ".join(text.split()), ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
