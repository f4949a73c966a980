"""The published handbook: what it says and leaves out, and that it is safe to open, to search and to replace."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

import worlds
from commandline import fenji
from fenji.desk import Desk
from fenji.desk.publish import publish
from fenji.errors import InvalidUsage, Refused, Unavailable
from fenji.model.board import build_rows
from fenji.model.ticket import Ticket, Value, sanitize
from fenji.publish import (
    AttachmentCopy,
    Edition,
    HandbookEntry,
    HandbookFile,
    Locale,
    PublishOptions,
    build_edition,
    build_entry,
    plan_attachment_copy,
    render_notebook,
    render_website,
    write_folder,
)
from fenji.publish.folder import MANIFEST
from fenji.publish.markup import escape_block, escape_line
from fenji.publish.pages import PAGE_SIZE, paginate
from fenji.publish.privacy import MASK, redaction_for_all
from fenji.publish.recurrence import count_by_year
from fenji.publish.search_index import build_search_index, index_terms, shard_of
from fenji.publish.summaries import shorten
from fenji.publish.word_groups import WordGroups
from fenji.storage import yaml_codec
from fenji.text import fold
from worlds.damage import TITLES
from worlds.making import shipped_policy
from worlds.stories import Step, build_ticket, ticket_path

RUST = "KSA-2026-0042"
ENGLISH = Locale("en")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk.open(
        worlds.make("shipped", tmp_path_factory.mktemp("world") / "desk", now=worlds.SHIPPED_NOW)
    ) as opened_desk:
        yield opened_desk


@pytest.fixture(scope="module")
def pages(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of the shipped handbook in English, by their path."""
    folder = tmp_path_factory.mktemp("pages")
    publish(desk, {"html": folder / "html", "md": folder / "md"}, language="en")
    return read_texts(folder)


def read_texts(folder: Path) -> dict[str, str]:
    """The text of every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in paths}


def find_page(number: str, pages: Mapping[str, str], suffix: str = ".html") -> str:
    attribute = f'id="{number}"'
    return next(
        text for name, text in pages.items() if attribute in text and name.endswith(suffix) and "all." not in name
    )


def find_article(number: str, pages: Mapping[str, str]) -> str:
    match = re.search(rf'<article class="problem" id="{number}">.*?</article>', find_page(number, pages), re.DOTALL)
    assert match
    return match[0]


def strip_tags(html: str) -> str:
    """The text that a page shows."""
    reader = HtmlReader()
    reader.feed(html)
    return "".join(reader.text)


class HtmlReader(HTMLParser):
    """Collects what a browser would see: tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def archived_ticket(number: str, changes: Mapping[str, Value], *, at: datetime = worlds.SHIPPED_NOW) -> Ticket:
    """A ticket of these fields that was reported, answered, solved, confirmed and archived within two days."""
    start = at - timedelta(days=3)
    first: dict[str, Value] = {
        "kind": "quality",
        "priority": "P4",
        "impact": "minor",
        "occurrence": "common",
        **changes,
    }
    steps = [Step(start, "li.wei", "report", first, {"note": "Private remark of Mr. Abdullah"})]
    ways = (("respond", "li.wei", 1), ("solve", "li.wei", 20), ("confirm", "zhao.min", 30), ("archive", "zhao.min", 40))
    steps += [Step(start + timedelta(hours=hours), by, do) for do, by, hours in ways]
    return build_ticket(number, steps, shipped_policy())


def make_entry(ticket: Ticket, choices: PublishOptions | None = None) -> HandbookEntry:
    (row,) = build_rows([(ticket, ticket_path(ticket), False)], shipped_policy(), worlds.SHIPPED_NOW)
    return build_entry(row, shipped_policy(), choices or PublishOptions())


def render_pages(*entries: HandbookEntry) -> dict[str, str]:
    """The pages of a handbook of these entries, in both formats."""
    book = build_edition(entries)
    files = [*render_website(book, ENGLISH), *render_notebook(book, ENGLISH)]
    return {file.path: file.data.decode() for file in files}


# --- what it says -----------------------------------------------------------------------------------------------------


def test_a_problem_has_all_that_a_reader_wants(pages: dict[str, str]) -> None:
    text = strip_tags(find_article(RUST, pages))
    for fact in ("備件生鏽", RUST, "2026-03-01", "沙烏地現場 (KSA)", "XJ-4411", "雷達 / 天線轉台", "P4", "2026-03-12"):
        assert fact in text
    for label in ("Description", "Cause", "Decision", "Solution", "Lessons", "Zeroing 10/10", "Resources", "Files"):
        assert label in text
    assert "Response✓ met 1 h 10 min of 1 d" in text
    assert "Solution✓ met 9 d 5 h of 14 d" in text
    assert "小齒輪 XJ-4411（更換件）8" in text
    assert "Total36" in text


def test_markdown_says_the_same(pages: dict[str, str]) -> None:
    text = find_page(RUST, pages, ".md")
    for fact in ("### KSA-2026-0042 備件生鏽", "- Part number: XJ-4411", "#### Lessons", "✓ met 9 d 5 h of 14 d"):
        assert fact in text
    assert "| Total |  |  | 36 |" in text


def test_like_problems_are_counted_across_scripts_and_spellings() -> None:
    product = {"product.system": "雷達", "product.subsystem": "天線轉台", "product.part": "XJ-4411"}
    other = {"product.system": "雷达", "product.subsystem": "天线转台", "product.part": "xj 4411"}
    third = {**other, "product.part": "XJ-4412"}
    tickets = [
        archived_ticket(f"KSA-2026-090{index}", {"title": "x", **fields})
        for index, fields in enumerate((product, other, third))
    ]
    pages = render_pages(*map(make_entry, tickets))
    text = strip_tags(find_article("KSA-2026-0900", pages))
    assert "2 times with this system, subsystem and part · 2026-11-16 · solution in 20 h, median KSA-2026-0901" in text
    assert "Frequency" not in find_article("KSA-2026-0902", pages)
    assert len([name for name in pages if name.endswith("-1.html")]) == 1


def test_links_lead_both_ways_and_numbers_in_texts_are_links(desk: Desk, pages: dict[str, str]) -> None:
    linked = [
        (stored.ticket.id, link)
        for stored in desk.store.reader.scan_archive().tickets
        for link in stored.ticket.items("links")
    ]
    known = {number for text in pages.values() for number in re.findall(r'<article class="problem" id="([^"]+)"', text)}
    number, link = next((number, link) for number, link in linked if {number, link["to"]} <= known)
    assert f"#{link['to']}" in find_article(number, pages)
    assert "←" in find_article(str(link["to"]), pages)
    first = make_entry(
        archived_ticket("KSA-2026-0901", {"title": "one", "description": "As KSA-2026-0902, not KSA-2026-0999."})
    )
    second = make_entry(archived_ticket("KSA-2026-0902", {"title": "two"}))
    text = find_article("KSA-2026-0901", render_pages(first, second))
    assert re.search(r'<a href="[^"]+#KSA-2026-0902">KSA-2026-0902</a>', text)
    assert "not KSA-2026-0999." in text


def test_the_first_page_says_what_recurs(pages: dict[str, str]) -> None:
    text = strip_tags(pages["html/index.html"].split("<main>")[1].split("</main>")[0])
    for fact in (
        "雷達 16",
        "Problems reported each year",
        "How long it takes",
        "Recurring parts",
        "Newest entries",
    ):
        assert fact in text
    assert "<svg" in pages["html/index.html"]
    assert "30 problems, archived up to 2026-09-18 10:05 +03:00." in pages["md/README.md"].replace("\\", "")


def test_lists_of_words_are_written_as_the_language_writes_them(desk: Desk, tmp_path: Path) -> None:
    publish(desk, {"html": tmp_path / "html", "md": tmp_path / "md"}, language="zh-Hans")
    pages = read_texts(tmp_path)
    for suffix in (".html", ".md"):
        assert "轻微、常见" in find_page(RUST, pages, suffix)


def test_the_first_page_teaches_what_recurs() -> None:
    product = {"product.system": "雷達", "product.subsystem": "饋線", "product.part": "BG-1"}
    all_fields = [
        {**product, "cause": "密封圈老化。 Second sentence.", "lessons": "old lesson"},
        {**product, "cause": "密封圈老化\nmore", "lessons": "Open the lowest point first."},
        {"product.system": "雷达", "product.subsystem": "馈线", "cause": "密封圈老化！", "lessons": "third"},
        {"product.system": "供電", "cause": "密封圈老化"},
    ]
    tickets = [
        archived_ticket(
            f"KSA-202{index}-0901", {"title": "x", **fields}, at=worlds.SHIPPED_NOW.replace(year=2020 + index)
        )
        for index, fields in enumerate(all_fields)
    ]
    pages = render_pages(*map(make_entry, tickets))
    text = strip_tags(pages["index.html"].split("<main>")[1].split("</main>")[0])
    causes = text.split("Recurring causes")[1]
    assert causes.startswith(
        "CauseProblemsBy yearResponseSolutionLatest密封圈老化 雷達 / 饋線KSA-2022-0901 KSA-2021-0901"
    )
    assert "32020: 1, 2021: 1, 2022: 1" in causes
    lessons = text.split("Lessons from what recurs most")[1].split("Problems reported")[0]
    assert lessons.index("Open the lowest point first.") < lessons.index("third")
    assert "old lesson" not in lessons
    assert "2 times" in lessons
    assert "Last 365 days: 1; the 365 before: 1." in text
    for page in (pages["README.md"], find_page("KSA-2022-0901", pages, ".md")):
        assert "Recurring causes" in page
    assert "3 problems · 2020: 1, 2021: 1, 2022: 1 · Response 1 h ✓ 3" in strip_tags(find_page("KSA-2022-0901", pages))


def test_years_long_past_count_with_the_first_that_is_told() -> None:
    (problem,) = make_entries(1)
    assert problem.reported
    dated = [
        replace(problem, id=f"KSA-{y}-0001", reported=problem.reported.replace(year=y))
        for y in (1999, 2001, 2016, 2026)
    ]
    counts = count_by_year(build_edition(dated))
    assert (len(counts), next(iter(counts)), counts["…2017"], counts["2026"]) == (10, "…2017", 3, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("short\n text", "short text"),
        ("一二三。\n四五六", "一二三。四五六"),
        ("First one. Second sentence that is long", "First one. …"),
        ("no end of a sentence at all", "no end of a sent…"),
    ],
)
def test_a_text_is_told_in_a_line(text: str, told: str) -> None:
    assert shorten(text, 16) == told


def test_links_lead_somewhere_headings_follow_each_other_and_names_are_unique(desk: Desk) -> None:
    entries = [*make_hostile_entries(), *(replace(problem, system="雷達") for problem in make_entries(PAGE_SIZE + 2))]
    for book in (build_edition(entries), _make_edition(desk)):
        readers = {file.path: HtmlReader() for file in render_website(book, ENGLISH) if file.path.endswith(".html")}
        for file in render_website(book, ENGLISH):
            if file.path in readers:
                readers[file.path].feed(file.data.decode())
        ids = {name: [str(at["id"]) for _, at in page.tags if "id" in at] for name, page in readers.items()}
        for name, page in readers.items():
            assert len(ids[name]) == len(set(ids[name])), name
            levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
            assert levels[0] == 1
            assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)
            for address in (str(at["href"]) for tag, at in page.tags if tag == "a" and "href" in at):
                path, _, fragment = address.partition("#")
                assert fragment.startswith("q=") or not fragment or fragment in ids[path or name], (name, address)


def test_the_withdrawn_are_left_out_and_counted(desk: Desk, pages: dict[str, str]) -> None:
    withdrawn = [
        stored.ticket for stored in desk.store.reader.scan_archive().tickets if stored.ticket.state == "withdrawn"
    ]
    assert withdrawn
    assert f"{len(withdrawn)} withdrawn tickets are left out." in pages["html/index.html"]
    assert not any(f'id="{ticket.id}"' in text for ticket in withdrawn for text in pages.values())


def test_without_a_system_problems_stand_by_their_kind() -> None:
    pages = render_pages(make_entry(archived_ticket("KSA-2026-0901", {"title": "office network", "kind": "request"})))
    assert "request, no system named" in pages["index.html"]


def test_an_empty_archive_makes_an_empty_book() -> None:
    pages = render_pages()
    assert list(pages) == ["index.html", "README.md"]
    assert "This handbook has no archived tickets yet." in pages["index.html"]


@pytest.mark.parametrize(("language", "label"), [("zh-Hans", "经验教训"), ("zh-Hant", "經驗教訓"), ("en", "Lessons")])
def test_labels_speak_three_languages(desk: Desk, tmp_path: Path, language: str, label: str) -> None:
    publish(desk, {"html": tmp_path / "h", "md": tmp_path / "m"}, language=language, filter_text=f"id:{RUST}")
    files = read_texts(tmp_path)
    assert f'<html lang="{language}">' in files["h/index.html"]
    assert f"<h4>{label}</h4>" in find_page(RUST, files)
    assert f"#### {label}" in find_page(RUST, files, ".md")


def test_a_filter_narrows_and_is_named(desk: Desk, tmp_path: Path) -> None:
    published = publish(
        desk, {"html": tmp_path / "h"}, filter_text="site:KSA year:2026 kind:quality", language="en"
    ).edition
    assert published.entries
    assert {(problem.site, problem.kind) for problem in published.entries} == {("KSA", "quality")}
    assert "Only: site:KSA year:2026 kind:quality" in (tmp_path / "h" / "index.html").read_text()
    with pytest.raises(InvalidUsage):
        publish(desk, {"html": tmp_path / "h"}, filter_text="flavour:red")


# --- what it does not say ---------------------------------------------------------------------------------------------


def test_nothing_of_the_requester_is_in_any_file(desk: Desk, pages: dict[str, str]) -> None:
    everything = "\n".join(pages.values())
    for stored in desk.store.reader.scan_archive().tickets:
        for field_path in ("requester.name", "requester.contact"):
            text = stored.ticket.word(field_path)
            assert not text or text not in everything, (stored.ticket.id, field_path)
    assert "abdullah" not in everything.casefold()


def test_the_log_and_the_customer_s_word_stay_at_the_desk(desk: Desk, pages: dict[str, str]) -> None:
    everything = "\n".join(pages.values())
    for stored in desk.store.reader.scan_archive().tickets:
        private = [*(event.note for event in stored.ticket.log), stored.ticket.word("feedback.comment")]
        published = "\n".join(
            stored.ticket.word(field_path) for field_path in ("description", "cause", "decision", "solution", "lessons")
        )
        assert not [text for text in private if len(text) > 8 and text in everything and text not in published]


def test_the_requester_is_named_when_asked_for(desk: Desk, tmp_path: Path) -> None:
    publish(desk, {"html": tmp_path / "h"}, filter_text=f"id:{RUST}", choices=PublishOptions(requester=True))
    text = strip_tags(find_page(RUST, read_texts(tmp_path)))
    for fact in ("倉庫主管 Mr. Abdullah", "第一陣地 Position 1 warehouse", "abdullah@pos1.example"):
        assert fact in text


@pytest.mark.parametrize(
    ("requester", "typed", "shown"),
    [
        ({"name": "倉庫主管 Mr. Abdullah"}, "MR. ABDULLAH and Abdullah's men", f"{MASK} and {MASK}'s men"),
        ({"name": "Abdullah Al-Harbi, Capt."}, "al harbi, AlHarbi, ALHARBI, Abdullah", ", ".join([MASK] * 4)),
        ({"name": "Capt. Fahad, duty officer"}, "Fahad, the duty officer", f"{MASK}, the duty officer"),
        ({"name": "khalid harbi"}, "Khalid wrote rust_Khalid2.jpg", f"{MASK} wrote rust_{MASK}2.jpg"),
        ({"name": "Émile Zola"}, "emile", MASK),
        ({"name": "محمد العتيبي"}, "قال العتيبي", f"قال {MASK}"),
        ({"name": "試驗室 何工"}, "何工說：試驗室沒有電，任何工作都停", f"{MASK}說：試驗室沒有電，任何工作都停"),
        ({"name": "duty officer"}, "The officer on duty rang", "The officer on duty rang"),
        ({"name": "Al Saud"}, "Saudi rules, by Saud.", f"Saudi rules, by {MASK}."),
        ({"name": "王曉明"}, "王晓明來電，曉明說，王工、老王", f"{MASK}來電，{MASK}說，{MASK}、{MASK}"),
        ({"contact": "call +966 50 123 4567"}, "ring +966 50 123 4567 at once", f"ring +{MASK} at once"),
        ({"contact": "+966 50 123 4567"}, "050-123-4567, 00966.50.1234567", f"{MASK}, {MASK}"),
        ({"contact": "phone 2113"}, "phone: 2113, 2113 V", f"{MASK}, 2113 V"),
        ({"contact": "a@b.example, c@d.example"}, "wrote from C@D.example", f"wrote from {MASK}"),
        ({"unit": "第一陣地 Position 1"}, "第一陣地, Position 1; Position 1", f"{MASK}; Position 1"),
    ],
)
def test_a_requester_named_in_a_text_is_covered(requester: dict[str, str], typed: str, shown: str) -> None:
    requester_fields = {f"requester.{key}": value for key, value in requester.items()}
    names: dict[str, Value] = {
        "title": typed,
        "description": typed,
        "tags": [typed],
        "files": [{"name": typed, "size": 1}],
    }
    ticket = archived_ticket("KSA-2026-0901", {**names, **requester_fields})
    problem = make_entry(ticket)
    assert (problem.title, problem.texts["description"], problem.tags) == (shown, shown, (shown,))
    assert problem.attachments[0].label == shown
    assert make_entry(ticket, PublishOptions(requester=True)).title == typed


def test_a_requester_named_in_another_ticket_is_covered_but_no_word_in_use() -> None:
    persons = ("Mr. Abdullah", "王小明", "Sgt. Mark")
    tickets = [
        archived_ticket(f"KSA-2026-090{index}", {"title": "mark the place", "requester.name": name})
        for index, name in enumerate(persons)
    ]
    hidden = redaction_for_all(tickets)
    assert hidden.redact("Abdullah and 王小明 again") == f"{MASK} and {MASK} again"
    assert hidden.redact("Mark it; Sgt Mark") == f"Mark it; {MASK}"


def test_neither_addresses_nor_the_filter_name_the_requester(tmp_path: Path) -> None:
    root = worlds.make("worked_example", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    (photo := tmp_path / "Abdullah rust.png").write_bytes(b"\x89PNG")
    file = root / f"tickets/archive/KSA/2026/{RUST}.yaml"
    shutil.copy(photo, root / "tickets" / "files" / RUST / photo.name)
    digest = sha256(photo.read_bytes()).hexdigest()
    text = file.read_text(encoding="utf-8")
    entry_ = f"files:\n- {{name: Abdullah rust.png, size: 4, sha256: {digest}}}\n"
    file.write_text(text.replace("files:\n", entry_), encoding="utf-8")
    with Desk.open(root) as desk:
        done = publish(
            desk,
            {"html": tmp_path / "h", "md": tmp_path / "m"},
            filter_text="Abdullah",
            choices=PublishOptions(files=True),
        )
        publish(desk, {"html": tmp_path / "r"}, filter_text='requester:"Mr. Abdullah"')
    assert done.edition.entries
    assert not done.left_out
    for folder in ("h", "m", "r"):
        files = read_texts(tmp_path / folder)
        assert len(files) > 2
        assert not [name for name, text in files.items() if "abdullah" in f"{name} {text}".casefold()]


def test_files_are_named_and_only_copied_when_asked_for(desk: Desk, tmp_path: Path) -> None:
    publish(desk, {"html": tmp_path / "h"}, filter_text=f"id:{RUST}")
    assert "warehouse-humidity.csv" in find_page(RUST, read_texts(tmp_path))
    assert not (tmp_path / "h" / "files").exists()
    published = publish(
        desk,
        {"html": tmp_path / "h", "md": tmp_path / "m"},
        filter_text=f"id:{RUST}",
        choices=PublishOptions(files=True),
    )
    original = (desk.root / "tickets" / "files" / RUST / "warehouse-humidity.csv").read_bytes()
    for folder in ("h", "m"):
        (copy,) = (tmp_path / folder / "files" / RUST).iterdir()
        assert copy.read_bytes() == original
        assert any(f"files/{RUST}/{copy.name}" in text for text in read_texts(tmp_path / folder).values())
    assert not published.left_out


@pytest.mark.parametrize(
    ("shown", "path"),
    [
        ("rust photo (1).JPG", r"rust-photo-1-[0-9a-f]{6}\.jpg"),
        ("照片.png", r"[0-9a-f]{6}\.png"),
        ("../../etc/passwd", r"[0-9a-f]{6}\.etc-passwd"),
        ("con", r"con-[0-9a-f]{6}"),
        ("report.HTML", r"report-[0-9a-f]{6}\.html\.txt"),
        ("plan.svg", r"plan-[0-9a-f]{6}\.svg\.txt"),
    ],
)
def test_a_copied_file_has_a_name_that_is_safe_everywhere(shown: str, path: str) -> None:
    assert re.fullmatch(f"files/{RUST}/(?:{path})", plan_attachment_copy(RUST, "raw", shown, "0" * 64).path)


def test_a_changed_or_strange_attachment_is_left_out_and_told(tmp_path: Path) -> None:
    root = worlds.make("worked_example", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    (root / "tickets" / "files" / RUST / "warehouse-humidity.csv").write_text("forged")
    result = fenji("handbook", "--html", tmp_path / "h", "--files", "--json", "--desk", root)
    assert result.code == 0
    assert result.json["left_out"] == [f"{RUST}/warehouse-humidity.csv"]
    assert "1 attachment is missing or changed" in result.err
    assert not (tmp_path / "h" / "files").exists()
    file = root / ticket_path(
        yaml_codec.read_ticket((root / f"tickets/archive/KSA/2026/{RUST}.yaml").read_bytes(), RUST)
    )
    file.write_text(file.read_text().replace("name: warehouse-humidity.csv", "name: ../../../policy.yaml"))
    assert fenji("handbook", "--html", tmp_path / "h", "--files", "--desk", root).code == 0
    assert not (tmp_path / "h" / "files").exists()


# --- hostile texts ----------------------------------------------------------------------------------------------------

HOSTILE = {
    **TITLES,
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "comment": "<!-- --> ]]> <style>*{display:none}</style> &lt;b&gt; &amp;",
    "link": "[click](javascript:alert(1)) ![x](http://evil.example/x.png) <http://evil.example> www.evil.example",
    "quotes": "\" onmouseover=\"alert(1)\" ' href='javascript:x'",
    "table": "a | b \\| c | `d` ~~e~~ **f** __g__ #h $x$ \\",
}


def make_hostile_entries() -> list[HandbookEntry]:
    entries = []
    for index, text in enumerate(HOSTILE.values()):
        product = {f"product.{key}": text[:90] for key in ("system", "subsystem", "part")}
        fields = {"title": text, "description": f"{text}\n\n    {text}\n# {text}", "tags": [text[:90]], **product}
        items = {
            "resources": [{"key": "r1", "kind": "material", "what": text}],
            "links": [{"to": text[:40], "as": text[:40]}],
        }
        entries.append(make_entry(archived_ticket(f"KSA-2026-{901 + index:04}", {**fields, **items})))
    return entries


@pytest.fixture(scope="module")
def hostile() -> dict[str, str]:
    return render_pages(*make_hostile_entries())


def test_hostile_texts_stay_texts_in_html(hostile: dict[str, str]) -> None:
    plain: set[str] = set()
    for name, page in hostile.items():
        if name.endswith(".html"):
            reader = HtmlReader()
            reader.feed(page)
            assert reader.scripts == (2 if name == "index.html" else 0)
            assert not {
                key for _, attributes in reader.tags for key in attributes if key.startswith("on") or key == "style"
            }
            assert not {tag for tag, _ in reader.tags} & {"iframe", "object", "embed", "base", "img"}
            plain.add(" ".join("".join(reader.text).split()))
    for text in HOSTILE.values():
        assert any(" ".join(sanitize(text).split()) in text_of_page for text_of_page in plain), text


def test_no_control_or_bidi_character_reaches_any_file(hostile: dict[str, str]) -> None:
    for name, page in hostile.items():
        assert sanitize(page) == page, name


def test_pages_load_nothing_from_elsewhere(pages: dict[str, str], hostile: dict[str, str]) -> None:
    for name, page in (*pages.items(), *hostile.items()):
        if name.endswith(".html"):
            reader = HtmlReader()
            reader.feed(page)
            for tag, attributes in reader.tags:
                for key in ("href", "src", "action"):
                    assert not re.match(r"[a-z]+:|//", attributes.get(key) or ""), (name, tag, attributes)
            assert any("default-src 'none'" in str(attributes.get("content")) for _, attributes in reader.tags)
            assert '<meta name="viewport"' in page


def render_markdown(markdown: str) -> tuple[str, str]:
    """The HTML that Markdown makes, and the text that it shows."""
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    return html, strip_tags(html)


def test_hostile_texts_show_as_typed_in_markdown(hostile: dict[str, str]) -> None:
    everything = ""
    for name, page in hostile.items():
        if name.endswith(".md"):
            html, text = render_markdown(page)
            everything += " ".join(text.split())
            assert not re.search(r"<(img|script|style|code|del|em|strong)\b", html)
            assert not re.search(r'href="(?!README\.md|[a-z0-9-]+\.md)', html)
    for text in HOSTILE.values():
        assert " ".join(sanitize(text).split()) in everything, text


def test_hostile_causes_and_lessons_stay_texts_where_they_are_told_in_a_line() -> None:
    entries = [
        make_entry(archived_ticket(f"KSA-2026-{901 + index:04}", {"title": text, "cause": text, "lessons": text}))
        for index, text in enumerate(HOSTILE.values())
    ]
    pages = render_pages(*entries, *(replace(problem, id=f"HQ{problem.id[3:]}") for problem in entries))
    for name, page in pages.items():
        assert sanitize(page) == page, name
        if name.endswith(".html"):
            reader = HtmlReader()
            reader.feed(page)
            assert reader.scripts == (2 if name == "index.html" else 0)
        else:
            html, _ = render_markdown(page.replace("<br>", " "))
            assert not re.search(r"<(?!/?(h\d|p|a|ul|li|table|thead|tbody|tr|th|td|strong|br|hr)\b)", html), name
            assert not re.search(r'href="(?!README\.md|[a-z0-9-]+\.md|#)', html)


LINES = st.text(alphabet="ab1 \\`*_{}[]()<>#+-.!|~&=:$@/'\"\n\t電。", max_size=60)


@given(LINES)
def test_any_text_shows_as_typed_in_markdown(typed: str) -> None:
    html, text = render_markdown(escape_block(typed))
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "br"}
    assert text.replace("\u00a0", " ").split() == typed.split()
    html, text = render_markdown(f"# {escape_line(typed)}")
    assert set(re.findall(r"<(\w+)", html)) == {"h1"}
    assert text.split() == typed.split()


# --- the folder -------------------------------------------------------------------------------------------------------


def test_the_same_archive_gives_the_same_bytes_whenever_it_is_published(desk: Desk, tmp_path: Path) -> None:
    later = Desk.open(desk.root, now=lambda: worlds.SHIPPED_NOW + timedelta(days=400))
    with later:
        publish(desk, {"html": tmp_path / "one", "md": tmp_path / "one.md"})
        publish(later, {"html": tmp_path / "two", "md": tmp_path / "two.md"})
    assert read_texts(tmp_path / "one") == read_texts(tmp_path / "two")
    assert read_texts(tmp_path / "one.md") == read_texts(tmp_path / "two.md")
    assert publish(desk, {"html": tmp_path / "one"}).folders["html"].written == 0


def test_a_new_edition_replaces_the_old_one_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "h"
    publish(desk, {"html": folder})
    (folder / "photo of the team.jpg").write_text("mine")
    before = set(read_texts(folder))
    done = publish(desk, {"html": folder}, filter_text=f"id:{RUST}").folders["html"]
    after = set(read_texts(folder))
    assert done.removed == len(before - after) > 0
    assert (folder / "photo of the team.jpg").read_text() == "mine"
    assert set(json.loads((folder / MANIFEST).read_text())["files"]) == after - {MANIFEST, "photo of the team.jpg"}


def assert_publish_refused(desk: Desk, folder: Path, kind: str = "html") -> str:
    """Publish where it is refused, and see that nothing changed there."""
    before = read_texts(folder)
    with pytest.raises(Refused) as refusal:
        publish(desk, {kind: folder})
    assert read_texts(folder) == before
    return str(refusal.value)


def test_a_folder_of_somebody_else_is_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert "is not empty and holds no handbook" in assert_publish_refused(desk, tmp_path)
    (tmp_path / MANIFEST).write_text('{"files": 3}')
    assert "cannot be read" in assert_publish_refused(desk, tmp_path)


def test_a_file_that_somebody_changed_is_refused(desk: Desk, tmp_path: Path) -> None:
    publish(desk, {"md": tmp_path / "m"})
    (tmp_path / "m" / "README.md").write_text("my own words")
    assert "README.md" in assert_publish_refused(desk, tmp_path / "m", "md")


def test_a_file_of_the_same_name_is_refused_and_links_are_not_followed(desk: Desk, tmp_path: Path) -> None:
    publish(desk, {"html": tmp_path / "h"}, filter_text=f"id:{RUST}")
    (tmp_path / "h" / "mine").write_text("x")
    name = next(
        file.path for file in render_website(_make_edition(desk), ENGLISH) if not (tmp_path / "h" / file.path).exists()
    )
    (tmp_path / "h" / name).symlink_to(tmp_path / "h" / "mine")
    assert name in assert_publish_refused(desk, tmp_path / "h")
    other = tmp_path / "elsewhere"
    other.mkdir()
    (tmp_path / "h" / name).unlink()
    (tmp_path / "h" / "files").symlink_to(other)
    with pytest.raises(Refused, match="files"):
        publish(desk, {"html": tmp_path / "h"}, choices=PublishOptions(files=True))
    assert not list(other.iterdir())


def _make_edition(desk: Desk) -> Edition:
    return build_edition(
        make_entry(stored.ticket)
        for stored in desk.store.reader.scan_archive().tickets
        if stored.ticket.state == "archived"
    )


def test_formats_do_not_overwrite_each_other(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InvalidUsage):
        publish(desk, {"html": tmp_path / "h", "md": tmp_path / "h"})
    publish(desk, {"html": tmp_path / "h"})
    assert "another kind" in assert_publish_refused(desk, tmp_path / "h", "md")


def test_the_desk_itself_is_no_folder_for_it(desk: Desk) -> None:
    for folder in (desk.root, desk.root / "tickets" / "open" / "book", desk.root / "index" / "book"):
        with pytest.raises(Refused, match="belongs to the desk"):
            publish(desk, {"html": folder})


def test_a_manifest_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder, other = tmp_path / "h", tmp_path / "precious"
    other.write_text("x")
    write_folder(folder, "html", [HandbookFile("a.html", b"a")], {})
    manifest = json.loads((folder / MANIFEST).read_text())
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of x
    manifest["files"] |= {"../precious": [digest], str(other): [digest], ".hidden": [digest]}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    write_folder(folder, "html", [], {})
    assert other.read_text() == "x"
    assert [path.name for path in folder.iterdir()] == [MANIFEST]


@pytest.mark.parametrize("path", ["../precious", "files/../../precious", "/precious", ".hidden", MANIFEST, "a\nb"])
def test_no_page_is_written_out_of_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(Refused, match=r"no files of these names: .*Nothing was written"):
        write_folder(tmp_path / "h", "html", [HandbookFile("a.html", b"a"), HandbookFile(path, b"x")], {})
    assert list(tmp_path.iterdir()) == []


def test_what_a_failure_leaves_half_done_can_be_published_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fenji.publish.folder._BATCH_BYTES", 0)  # each file by itself

    def fail() -> bytes:
        raise OSError(28, "No space left on device")

    broken = AttachmentCopy("files/KSA-2026-0042/x.csv", RUST, "x.csv", "0" * 64)
    write_folder(tmp_path / "h", "html", [HandbookFile("a.html", b"old"), HandbookFile("gone.html", b"old")], {})
    with pytest.raises(Unavailable, match="the disk is full"):
        write_folder(
            tmp_path / "h", "html", [HandbookFile("a.html", b"new"), HandbookFile("b.html", b"new")], {broken: fail}
        )
    assert (tmp_path / "h" / "a.html").read_bytes() == b"new"
    assert write_folder(tmp_path / "h", "html", [HandbookFile("a.html", b"newer")], {}).files == 1
    assert sorted(read_texts(tmp_path / "h")) == ["a.html", MANIFEST]


# --- pages of a large book --------------------------------------------------------------------------------------------


def make_entries(count: int) -> list[HandbookEntry]:
    first = make_entry(
        archived_ticket(
            "KSA-2026-0901", {"title": "電源 overheats", "product.system": "供電", "product.subsystem": "UPS"}
        )
    )
    assert first.reported
    return [
        replace(first, id=f"KSA-2026-{index:04}", reported=first.reported + timedelta(minutes=index))
        for index in range(1, count + 1)
    ]


def test_a_large_part_of_the_book_is_dealt_out_and_old_pages_stay() -> None:
    small, large = (
        paginate(build_edition(make_entries(PAGE_SIZE + 20))),
        paginate(build_edition(make_entries(3 * PAGE_SIZE))),
    )
    assert [part.count for part in small.pages] == [20, PAGE_SIZE]
    assert [part.count for part in large.pages] == [PAGE_SIZE] * 3
    assert small.page_names["KSA-2026-0001"] == large.page_names["KSA-2026-0001"]
    assert small.page_names["KSA-2026-0060"] == large.page_names["KSA-2026-0060"]
    pages = render_pages(*make_entries(PAGE_SIZE + 20))
    assert "all.html" in pages
    assert '<nav class="beside">' in find_page("KSA-2026-0001", pages)


# --- searching in the page --------------------------------------------------------------------------------------------


def parse_index(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="index">(.*?)</script>', page, re.DOTALL)
    assert match
    index: dict[str, object] = json.loads(match[1])
    return index


def decode_postings(index: Mapping[str, object], term: str) -> list[int]:
    """The entries that hold a term, as the page reads them."""
    terms = index["terms"]
    assert isinstance(terms, dict)
    values = [int(number, 36) // 3 for number in terms[term].split(",")] if term in terms else []
    return [sum(values[: position + 1]) for position in range(len(values))]


def test_what_is_typed_in_either_script_meets_the_index(pages: dict[str, str]) -> None:
    index = parse_index(pages["html/index.html"])
    table = str(index["fold"])
    folding = {table[at]: table[at + 1] for at in range(0, len(table), 2)}
    assert all(fold(letter) == other for letter, other in folding.items())
    documents = index["docs"]
    assert isinstance(documents, list)
    for typed in ("生鏽", "生锈"):
        term = "".join(folding.get(letter, letter) for letter in typed)
        assert [documents[document][0] for document in decode_postings(index, term)] == [RUST]
    for term in ("xj4411", "4411", "xj", "42", "rust"):
        assert RUST in [documents[document][0] for document in decode_postings(index, term)], term
    assert len(decode_postings(index, "site:ksa")) == len(
        [document for document in documents if document[0].startswith("KSA")]
    )
    assert not decode_postings(index, "abdullah")


def test_words_are_cut_for_han_latin_and_part_numbers() -> None:
    assert index_terms("備件生鏽") == {"备件", "件生", "生锈", "锈"}
    assert {"xj4411", "xj", "4411"} <= index_terms("XJ-4411")
    assert index_terms("Spares") == {"spares", "spare"}
    assert "cafe" in index_terms("Ｃａｆé")
    for written, typed in (
        ("تَسَرُّب الزَّيت", "تسرب الزيت"),
        ("المضخـــة ۱۲۳۴", "المضخه 1234"),
        ("ﬁlter Straße œuvre", "filter strasse oeuvre"),
        ("ｶﾞｽ ㌔ 5㎏ ℡", "ガス キロ 5kg tel"),
        ("Σίσυφος פִּיתָה", "σισυφος פיתה"),
    ):
        assert index_terms(written) == index_terms(typed), written


def test_a_text_is_found_by_the_words_that_the_desk_calls_one_with_its_own() -> None:
    groups = WordGroups([("軟體", "软件"), ("泵", "pump", "sludge lifter"), ("O型圈", "seal ring")])
    assert {"软体", "软件"} <= index_terms("软件升级", groups)
    assert {"泵", "sludge", "lifter"} <= index_terms("Two pumps leak", groups)
    assert {"pump", "lifter"} <= index_terms("主泵漏油", groups)
    assert "pump" in index_terms("the Sludge lifters", groups)
    assert "seal" in index_terms("換 O型圈", groups)
    assert index_terms("pumpkin", groups) == {"pumpkin"}


def test_systems_that_the_desk_calls_one_are_one_chapter() -> None:
    entries = [
        replace(entry, system=system, part="", subsystem="Feed" if place < 3 else "feed")
        for place, (entry, system) in enumerate(zip(make_entries(4), ("雷達", "radar", "Radar", "Power"), strict=True))
    ]
    groups = WordGroups([("雷达", "radar"), ("power", "供電")])
    book = build_edition(entries, word_groups=groups)
    assert [chapter.count for chapter in book.chapters] == [3, 1]
    assert [len(book.similar_to(entry)) for entry in book.entries].count(3) == 3
    assert [chapter.count for chapter in build_edition(entries).chapters] == [2, 1, 1]


def test_the_handbook_of_a_desk_has_its_own_synonyms(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    (root / "handbook.yaml").write_text("synonyms:\n- [生鏽, oxidised]\n", "utf-8")
    assert fenji("--desk", root, "handbook", "--html", tmp_path / "h").code == 0
    index = parse_index((tmp_path / "h" / "index.html").read_text("utf-8"))
    assert decode_postings(index, "oxidised") == decode_postings(index, "生锈") != []


def test_a_large_index_lies_in_parts_beside_the_page() -> None:
    book = build_edition(make_entries(450))
    search_index = build_search_index(book, paginate(book), ENGLISH, max_inline=0)
    head = json.loads(search_index.inline)
    parts = {}
    for file in search_index.files:
        called = re.fullmatch(r'fenji\("(\w+)",(.*)\);\n', file.data.decode(), re.DOTALL)
        assert called
        assert file.path == f"search/{called[1]}.js"
        parts[called[1]] = json.loads(called[2])
    assert "terms" not in head
    assert [len(parts[f"d{number}"]) for number in range(3)] == [200, 200, 50]
    for term in ("电源", "overheats", "ksa20260007", "site:ksa", "ups"):
        assert term in parts[f"t{shard_of(term, head['shards'])}"], term


def test_hits_cannot_end_the_script_that_holds_them(hostile: dict[str, str]) -> None:
    index = parse_index(hostile["index.html"])
    documents = index["docs"]
    assert isinstance(documents, list)
    assert " ".join(HOSTILE["script"].split()) in [document[1] for document in documents]


@pytest.mark.nightly
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs a browser")
@pytest.mark.parametrize("inline", [0, 10**9])
def test_a_browser_finds_without_a_server(desk: Desk, tmp_path: Path, inline: int) -> None:
    write_folder(tmp_path / "h", "html", render_website(_make_edition(desk), ENGLISH, max_inline=inline), {})
    for typed in ("%E7%94%9F%E9%94%88", "%E7%94%9F%E9%8F%BD", "xj-44", "spares%20rust", "site:KSA%20year:2026%20rust"):
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        address = f"{(tmp_path / 'h' / 'index.html').as_uri()}#q={typed}"
        result = subprocess.run(
            [*command, "--virtual-time-budget=5000", "--dump-dom", address], capture_output=True, check=True, text=True
        )
        hits = result.stdout.split('id="hits"')[1].split("</ol>")[0]
        assert f"#{RUST}" in hits, typed


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_publishes_and_says_so(desk: Desk, tmp_path: Path) -> None:
    result = fenji(
        "handbook", "--html", tmp_path / "h", "--md", tmp_path / "m", "site:KSA", "-kind:project", "--desk", desk.root
    )
    assert (result.code, result.err) == (0, "")
    assert f"{tmp_path / 'h' / 'index.html'}: " in result.out
    assert " problems published; " in result.out
    again = fenji("handbook", "--html", tmp_path / "h", "site:KSA", "-kind:project", "--json", "--desk", desk.root).json
    assert again["problems"] > 0
    (book,) = again["books"]
    assert (book["format"], book["path"], book["written"], book["removed"]) == ("html", str(tmp_path / "h"), 0, 0)
    assert again["as_of"].startswith("2026-")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--html DIR or --md DIR"),
        (["--html", "h", "flavour:red"], "does not know flavour"),
        (["--html", "h", "owner:li.wie"], "No ticket has owner:li.wie."),
        (["--html", "h", "site:KSB"], "No ticket has site:ksb."),
        (["--html", "h", "--language", "fr"], "--language"),
        (["--htm", "h"], "no option --htm"),
    ],
)
def test_wrong_usage_is_code_2(desk: Desk, words: list[str], said: str) -> None:
    result = fenji("handbook", *words, "--desk", desk.root)
    assert result.code == 2
    assert said in result.err


def test_damaged_files_are_told_and_do_not_stop_the_rest(tmp_path: Path) -> None:
    root = worlds.make("worked_example", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    (root / "tickets/archive/KSA/2026/KSA-2026-0043.yaml").write_text("title: [")
    result = fenji("handbook", "--html", tmp_path / "h", "--desk", root)
    assert result.code == 3
    assert "KSA-2026-0043.yaml" in result.err
    assert "1 file could not be read and is missing." in (tmp_path / "h" / "index.html").read_text()
    assert RUST in find_page(RUST, read_texts(tmp_path / "h"))
