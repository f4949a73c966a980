"""Small handbooks for the tests of search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fenji.model.ticket import PATH_BY_FILTER_KEY
from fenji.search import HandbookPage, SearchIndex

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_ulid(number: int) -> str:
    """Return a ULID whose time grows with `number`."""
    return "01KK3Q0" + "".join(_ALPHABET[number >> shift & 31] for shift in (10, 5, 0)) + "V9M3T7K2B4C6D8E0"


def make_page(number: int, title: str = "", description: str = "", **more: Any) -> HandbookPage:
    """Return page `number` of site KSA; fields that are not given are empty, long texts are given by name."""
    texts: dict[str, str] = {"description": description} if description else {}
    texts |= {key: more.pop(key) for key in ("cause", "decision", "solution", "lessons", "notes") if key in more}
    identity = {"id": f"KSA-2026-{number:04d}", "uid": make_ulid(number), "site": "KSA", "digest": f"{number}"} | more
    path = identity.pop("path", f"tickets/archive/KSA/2026/{identity['id']}.yaml")
    keys: dict[str, str] = {"units": "unit", "tags": "tag"}
    named: dict[str, Any] = {keys.get(str(key), str(key)): value for key, value in identity.items() if value}
    words = {key: value for key, value in named.items() if key not in PATH_BY_FILTER_KEY}
    values = {
        key: value if isinstance(value, tuple) else (value,)
        for key, value in named.items()
        if key in PATH_BY_FILTER_KEY
    }
    return HandbookPage(path, title=title, values=values, texts=texts, **words)


RUST = make_page(
    42,
    "備件生鏽",
    "客戶開箱時發現備件表面生鏽。\nRust on three spare parts of the gear box.",
    kind="quality",
    priority="P4",
    impact="minor",
    occurrence="common",
    state="archived",
    owner="li.wei",
    units=("HQ-TECH", "FACTORY-7"),
    system="雷達天線",
    part="XJ-4411",
    cause="包裝內濕度過高，防鏽油不足。",
    solution="更換新備件，改用真空包裝，並隨箱放置乾燥劑。",
)

PAGES = (
    RUST,
    make_page(
        7,
        "转台卡滞",
        "低温下雷达转台卡滞，电机电流 3.5 kW。",
        kind="quality",
        priority="P1",
        state="archived",
        part="P-101A",
    ),
    make_page(
        8,
        "電源模塊過熱告警",
        "機櫃電源模塊過熱，風扇停轉。",
        kind="quality",
        priority="P2",
        state="working",
        owner="wang.fang",
    ),
    make_page(9, "Training for operators", "The customer asks for training on the radar.", kind="request", state="new"),
    make_page(
        10,
        "Pump leaks oil",
        "The hydraulic pump P-101B leaks near the seal.",
        kind="quality",
        priority="P3",
        state="solved",
    ),
    make_page(
        11, "軟體升級", "客戶要求升級雷達軟體並提供網路連線。", kind="request", state="archived", tags=("upgrade",)
    ),
    make_page(12, "水泵更换", "按计划更换水泵。參見 XJ-4411。", kind="project", state="working", notes="等待备件"),
    make_page(
        13,
        "Battery does not charge",
        "Batteries do not charge after transport.",
        id="HQ-2025-0013",
        site="HQ",
        kind="quality",
    ),
)


def build_index(folder: Path, *pages: HandbookPage) -> SearchIndex:
    """Return a handbook of `pages`, else of PAGES; the caller closes it."""
    book = SearchIndex(folder)
    assert book.rebuild(pages or PAGES)
    return book
