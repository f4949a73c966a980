"""The policy that the tests of the policy start from, and how they change it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fenji.model import policy as policies
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.policy import Policy

TEXT = """\
format: 1
since: 2026-01-01
language: zh-Hant
sites:  {KSA: {name: 沙特現場, calendar: ksa, lead: zhao.min}, HQ: {name: 總部, calendar: hq, lead: wang.fang}}
units:  {HQ-TECH: {name: 總部技術組}, FACTORY-7: {name: 七廠}}
people:
  li.wei: {name: 李偉, unit: HQ-TECH, email: li.wei@example.com, roles: [engineer]}
  zhao.min: {name: 趙敏, unit: HQ-TECH, email: zhao.min@example.com, roles: [engineer, lead]}
  wang.fang: {name: 王芳, unit: HQ-TECH, email: wang.fang@example.com, roles: [manager, admin]}
  he.qi: {name: 何琪, unit: FACTORY-7, roles: [engineer], key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA he.qi}
impact: [major, minor]
occurrence: [rare, common]
matrix:
  major: {rare: P1, common: P2}
  minor: {rare: P3, common: P4}
priorities:
  P1: {response: 1h,  solution: 24h, calendar: always}
  P2: {response: 4h,  solution: 3d,  calendar: always}
  P3: {response: 8h,  solution: 7d,  calendar: always}
  P4: {response: 24h, solution: 14d, calendar: always}
kinds: {project: {solution: none}}
calendars:
  ksa:
    tz: Asia/Riyadh
    week: {sun-thu: ["08:00-12:00", "13:00-17:00"]}
    holidays: {add: [2026-09-23], drop: []}
    shifts: {2026-02-14: ["09:00-12:00"]}
    breaks: {2026-03-01: ["10:00-11:30"]}
    day: 8h
  hq:
    tz: Asia/Shanghai
    week: {mon-fri: ["08:30-12:00", "13:30-18:00"]}
    holidays: [2026-10-01, 2026-10-02]
    day: 8h
waiting: {customer: [solution], parts: [], access: [solution]}
at_risk: 25%
backdate: 24h
excuses: [force majeure, customer access, export licence]
requires:
  quality: {solve: [cause, decision, solution], P1: {solve: [zeroing, cause], archive: [zeroing.located]}}
  request: {solve: [solution]}
  project: {solve: [plan, solution]}
may: {confirm: [lead], archive: [lead, manager], policy: [admin]}
routes:
- {when: {kind: quality, system: 雷達}, owner: li.wei, units: [HQ-TECH]}
- {when: {site: [KSA, HQ], product.part: XJ-4411, tags: corrosion}, owner: he.qi}
- {when: {}, units: [FACTORY-7]}
views: {mine now: "owner:me left:<4h"}
require_signed: [confirm]
"""


class Removed:
    """Marks a key that is to be removed."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED = Removed()


def key_path(text: str) -> tuple[str | int, ...]:
    """Return a path such as `routes/0/when` as the key path of a fault."""
    return tuple(int(part) if part.isdigit() else part for part in text.split("/"))


def policy_document(changes: Mapping[str, object] | None = None, text: str = TEXT) -> dict[str, Any]:
    """Return the policy above as `yaml_codec` loads it, with some values (`sites/KSA/lead`) set or removed."""
    document: Any = copy.deepcopy(yaml_codec.load(text.encode(), "policy.yaml"))
    for path, value in (changes or {}).items():
        *keys, last = key_path(path)
        parent = document
        for key in keys:
            parent = parent.setdefault(key, {}) if isinstance(parent, dict) else parent[key]
        if value is REMOVED:
            del parent[last]
        else:
            parent[last] = value
    assert isinstance(document, dict)
    return document


def make_policy(changes: Mapping[str, object] | None = None) -> Policy:
    """Return the policy above, changed; it must be valid."""
    parsed, faults = policies.parse_policy(policy_document(changes))
    assert parsed is not None, [(problem.path, str(problem.message)) for problem in faults]
    return parsed


def list_faults(changes: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the faults of the policy above, changed, as (path, sentence)."""
    parsed, problems = policies.parse_policy(policy_document(changes))
    assert (parsed is None) == bool(problems)
    return [("/".join(map(str, problem.path)), str(problem.message)) for problem in problems]


def fault_paths(changes: Mapping[str, object]) -> list[str]:
    """Return only the paths of the faults."""
    return [path for path, _ in list_faults(changes)]
