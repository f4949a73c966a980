"""Write the policy.yaml of a new desk: every key, each explained in the chosen language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date

from fenji.errors import InvalidUsage
from fenji.i18n import LANGUAGES
from fenji.model.policy.policy import ALWAYS, SITE
from fenji.model.policy.template_texts import parse_comments

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_PLAIN_SCALAR = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
# Words that other YAML readers take for truth values or for nothing.
_RESERVED_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SUNDAY_TO_THURSDAY = frozenset(
    {
        *("Africa/Algiers", "Africa/Cairo", "Africa/Khartoum", "Africa/Tripoli", "Asia/Aden", "Asia/Amman"),
        *("Asia/Baghdad", "Asia/Bahrain", "Asia/Damascus", "Asia/Dhaka", "Asia/Kuwait", "Asia/Muscat", "Asia/Qatar"),
        "Asia/Riyadh",
    }
)


def starter_policy(  # noqa: PLR0913  each is one thing that `init` knows, and all but two are named
    language: str,
    sites: Iterable[str],
    *,
    person: str,
    name: str = "",
    email: str = "",
    zone: str = "UTC",
    since: date = date(2026, 1, 1),
) -> str:
    """Return a policy.yaml for `sites` and HQ, in which `person` leads every site and has every role (format 6, init).

    Each site has a calendar of its own, named as the site in lower case, with an eight-hour day in `zone` and the week
    that is usual there. Raises InvalidUsage for an unknown language or a bad site code.
    """
    if language not in LANGUAGES:
        raise InvalidUsage(
            "{language} is no language of this desk.", hint="Take zh-Hans, zh-Hant or en.", language=language
        )
    codes = list(dict.fromkeys((*sites, "HQ")))
    for code in codes:
        if not _SITE_CODE.fullmatch(code):
            hint = "Use capital letters and digits, at most 16, as KSA."
            raise InvalidUsage("{site} is not a site code.", hint=hint, site=code)
    own_entry = f"{{name: {_quote_text(name or person)}, unit: HQ-TECH"
    own_entry += f", email: {_quote_text(email)}" if email.strip() else ""
    comments = _CommentWriter(language)
    lines = (
        *_render_head(comments, language, since),
        *_render_people(comments, codes, _quote_key(person), f"{own_entry}, roles: [engineer, lead, manager, admin]}}"),
        *_render_priorities(comments),
        *_render_calendars(comments, codes, zone),
        *_render_steps(comments),
        *_render_examples(comments, codes[0], _quote_key(person), since),
    )
    return "\n".join(lines) + "\n"


class _CommentWriter:
    """The comments in one language, above a key or at the end of its line."""

    def __init__(self, language: str) -> None:
        self.lines = parse_comments(language)

    def text(self, name: str) -> str:
        return " ".join(self.lines[name])

    def lines_above(self, name: str) -> Iterator[str]:
        return (f"# {line}" for line in self.lines[name])

    def line_with(self, line: str, name: str) -> str:
        return f"{line:<55} # {self.text(name)}"


def _render_head(comments: _CommentWriter, language: str, since: date) -> Iterator[str]:
    yield from comments.lines_above("head")
    yield comments.line_with("format: 1", "format")
    yield from comments.lines_above("since")
    yield f"since: {since.isoformat()}"
    yield comments.line_with(f"language: {language}", "language")


def _render_people(comments: _CommentWriter, codes: list[str], person: str, own_entry: str) -> Iterator[str]:
    yield ""
    yield from comments.lines_above("sites")
    yield "sites:"
    for code in codes:
        name = comments.text("headquarters") if code == "HQ" else code
        yield f"  {_quote_key(code)}: {{name: {_quote_text(name)}, calendar: {_calendar_name(code)}, lead: {person}}}"
    yield from comments.lines_above("units")
    yield "units:"
    yield f"  HQ-TECH: {{name: {_quote_text(comments.text('team'))}}}"
    yield from comments.lines_above("people")
    yield "people:"
    yield f"  {person}: {own_entry}"


def _render_priorities(comments: _CommentWriter) -> Iterator[str]:
    yield ""
    yield from comments.lines_above("axes")
    yield from (
        "impact: [major, minor]",
        "occurrence: [rare, common]",
        "matrix:",
        "  major: {rare: P1, common: P2}",
        "  minor: {rare: P3, common: P4}",
        "",
    )
    yield from comments.lines_above("priorities")
    yield "priorities:"
    yield comments.line_with("  P1: {response: 1h, solution: 24h, calendar: always}", "default")
    yield comments.line_with("  P2: {response: 4h, solution: 3d, calendar: always}", "default")
    yield comments.line_with("  P3: {response: 8h, solution: 7d, calendar: always}", "default")
    yield comments.line_with("  P4: {response: 24h, solution: 14d, calendar: always}", "published")
    yield from comments.lines_above("kinds")
    yield "kinds: {project: {solution: none}}"


def _render_calendars(comments: _CommentWriter, codes: list[str], zone: str) -> Iterator[str]:
    days = "sun-thu" if zone in _SUNDAY_TO_THURSDAY else "mon-fri"
    yield ""
    yield from comments.lines_above("calendars")
    yield "calendars:"
    for code in codes:
        yield f"  {_calendar_name(code)}:"
        yield f"    tz: {zone}"
        yield f'    week: {{{days}: ["08:00-12:00", "13:00-17:00"]}}'
        yield "    holidays: []"
        yield "    day: 8h"


def _render_steps(comments: _CommentWriter) -> Iterator[str]:
    yield ""
    yield from comments.lines_above("waiting")
    yield "waiting: {customer: [solution], parts: [], access: [solution]}"
    yield comments.line_with("at_risk: 25%", "at_risk")
    yield comments.line_with("backdate: 24h", "backdate")
    yield from comments.lines_above("excuses")
    yield "excuses: [force majeure, customer access, export licence]"
    yield from comments.lines_above("requires")
    yield "requires:"
    yield "  quality: {solve: [cause, decision, solution]}"
    yield "  request: {solve: [solution]}"
    yield "  project: {solve: [plan, solution]}"
    yield from comments.lines_above("may")
    yield "may: {confirm: [lead], archive: [lead, manager], excuse: [lead, manager], policy: [admin]}"


def _render_examples(comments: _CommentWriter, site: str, person: str, since: date) -> Iterator[str]:
    yield ""
    yield from comments.lines_above("routes")
    yield f"#   - {{when: {{kind: quality, system: radar}}, owner: {person}, units: [HQ-TECH]}}"
    yield "routes: []"
    yield from comments.lines_above("views")
    yield f'views: {{urgent: "p:1..2 site:{site}"}}'
    yield from comments.lines_above("require_signed")
    yield "require_signed: []"
    yield ""
    yield from comments.lines_above("earlier")
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
    return _quote_key(f"{name}-hours" if name in (ALWAYS, SITE) else name)


def _quote_key(text: str) -> str:
    return text if _PLAIN_SCALAR.fullmatch(text) and text.lower() not in _RESERVED_WORDS else _quote_text(text)


def _quote_text(text: str) -> str:
    quoted = json.dumps(" ".join(text.split()), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
