"""The handbook against SQLite FTS5 and stock Whoosh: the same tickets, the same words, the same questions.

    python bench/handbook.py --passages passages.jsonl --queries queries.jsonl [--pages 100000] [--without stock]
    python bench/handbook.py --small

Passages are lines of {"id", "text"}, queries lines of {"query", "relevant": [ids]}. Every passage becomes one ticket;
the others are filled with short stretches of words from several passages, so that words are as common as in real text
but no filling answers a question. Times are CPU time of this process, in ms unless they say otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from fenji.search import HandbookPage, SearchIndex  # noqa: E402
from fenji.text import tokenize  # noqa: E402

WARM_UP = 10
KINDS = ("quality", "quality", "quality", "request", "project")
SITES = ("KSA", "UAE", "EGY", "HQ")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Question(Struct, frozen=True):
    text: str
    relevant: frozenset[str]


Ask = Callable[[str], Sequence[str]]  # question → paths of the ten best


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def make_pages(passages: Sequence[dict[str, Any]], count: int) -> Iterator[HandbookPage]:
    """Yield every passage as a ticket, and filler tickets up to `count`; always the same ones."""
    import rjieba

    rng = random.Random(20260301)
    pools = [rjieba.cut(passage["text"]) for passage in passages]
    answers = dict(zip(rng.sample(range(count), len(passages)), passages, strict=True))
    for number in range(count):
        passage = answers.get(number)
        text = passage["text"] if passage else make_text(pools, rng)
        third = max(len(text) // 3, 1)
        texts = {"description": text[:third], "cause": text[third : 2 * third], "solution": text[2 * third :]}
        yield make_page(number, passage["id"] if passage else "", texts, rng)


def make_text(pools: Sequence[Sequence[str]], rng: random.Random) -> str:
    pieces: list[str] = []
    for pool in rng.choices(pools, k=rng.randint(4, 9)):
        for _ in range(rng.randint(2, 8)):
            start = rng.randrange(len(pool))
            pieces += pool[start : start + rng.randint(1, 4)]
    return "".join(pieces)


def make_page(number: int, name: str, texts: dict[str, str], rng: random.Random) -> HandbookPage:
    site, year = rng.choice(SITES), rng.randint(2020, 2026)
    known = name or f"{number:06d}"
    count = number // (len(SITES) * 7)  # numbers are counted per site and year
    return HandbookPage(
        f"tickets/archive/{site}/{year}/{known}.yaml",
        digest=f"{number:x}",
        uid="01KK3Q" + "".join(_ALPHABET[number >> shift & 31] for shift in (20, 15, 10, 5, 0)) + "5V9M3T7K2B4C6D8",
        title=texts["description"][:16],
        values={
            "id": (f"{site}-{year}-{count:04d}",),
            "kind": (rng.choice(KINDS),),
            "state": ("archived",),
            "priority": (f"P{rng.randint(1, 4)}",),
            "site": (site,),
            "part": (f"XJ-{rng.randint(1000, 9999)}",),
        },
        texts=texts,
    )


def terms_of(page: HandbookPage) -> list[str]:
    return [term.text for _, text in page.passages() for term in tokenize(text)]


# --- the engines -------------------------------------------------------------------------------------------------


class Ours:
    name = "fenji handbook"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = SearchIndex(folder)

    def build(self, pages: Iterator[HandbookPage]) -> None:
        self.book.rebuild(pages)

    def ask(self, text: str) -> list[str]:
        return [hit.path for hit in self.book.search(text, limit=10).hits]


class Fts5:
    name = "SQLite FTS5"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.base = sqlite3.connect(folder / "fts.db")

    def build(self, pages: Iterator[HandbookPage]) -> None:
        columns = "path unindexed, title unindexed, body"
        self.base.execute(f"create virtual table pages using fts5({columns}, tokenize=\"unicode61 tokenchars '.'\")")
        rows = ((page.path, page.title, " ".join(terms_of(page))) for page in pages)
        self.base.executemany("insert into pages values (?, ?, ?)", rows)
        self.base.execute("insert into pages(pages) values ('optimize')")
        self.base.commit()

    def ask(self, text: str) -> list[str]:
        asked = " OR ".join(f'"{term.text}"' for term in dict.fromkeys(tokenize(text)))
        query = "select path, title from pages where body match ? order by rank limit 10"
        return [path for path, _ in self.base.execute(query, [asked])] if asked else []


class StockWhoosh:
    name = "stock Whoosh"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.searcher: Any = None

    def build(self, pages: Iterator[HandbookPage]) -> None:
        analysis, fields, index = (import_module(f"whoosh.{name}") for name in ("analysis", "fields", "index"))
        body = fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer())
        whoosh_index = index.create_in(
            str(self.folder), fields.Schema(path=fields.STORED, title=fields.STORED, body=body)
        )
        writer = whoosh_index.writer()
        for page in pages:
            writer.add_document(path=page.path, title=page.title, body=" ".join(terms_of(page)))
        writer.commit()
        self.searcher = whoosh_index.searcher()

    def ask(self, text: str) -> list[str]:
        query = import_module("whoosh.query")
        asked = query.Or([query.Term("body", term.text) for term in dict.fromkeys(tokenize(text))])
        return [hit["path"] for hit in self.searcher.search(asked, limit=10)]


# --- the measures ------------------------------------------------------------------------------------------------


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def measure(ask: Ask, questions: Sequence[Question]) -> dict[str, float]:
    """Return p50 and p95 in ms, recall@10 and MRR@10 over the questions."""
    for question in questions[:WARM_UP]:
        ask(question.text)
    took: list[float] = []
    hit_count = ranks = 0.0
    for question in questions:
        start = time.process_time()
        names = [Path(path).stem for path in ask(question.text)]
        took.append((time.process_time() - start) * 1000)
        rank = next((at for at, name in enumerate(names, start=1) if name in question.relevant), 0)
        hit_count += bool(rank)
        ranks += 1 / rank if rank else 0
    count = len(questions)
    return {"p50": quantile(took, 0.5), "p95": quantile(took, 0.95), "recall": hit_count / count, "mrr": ranks / count}


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def time_first_search(folder: Path, text: str) -> float:
    """Return the seconds from a new process to its first hits, imports and dictionary included."""
    program = "import sys; from pathlib import Path; from fenji.search import SearchIndex\n"
    program += "with SearchIndex(Path(sys.argv[1])) as book: book.search(sys.argv[2])"
    start = time.perf_counter()
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", program, str(folder), text], check=True, env=env)
    return time.perf_counter() - start


def time_saves(book: SearchIndex, count: int = 20) -> list[float]:
    """Return the wall-clock ms of each update of a ticket and the search that finds it."""
    took: list[float] = []
    for number in range(count):
        page = make_page(900_000 + number, "", {"description": f"qzx{number:03d} 新的問題"}, random.Random(number))
        start = time.perf_counter()
        book.update([page])
        assert book.search(f"qzx{number:03d}").total == 1
        took.append((time.perf_counter() - start) * 1000)
    return took


def run(engine: Any, pages: Callable[[], Iterator[HandbookPage]], questions: Sequence[Question]) -> dict[str, float]:
    start = time.process_time()
    engine.build(pages())
    built = time.process_time() - start
    result = {"build_s": built, "mb": megabytes(engine.folder)} | measure(engine.ask, questions)
    shown = "  ".join(f"{name} {value:.3f}" if value < 1 else f"{name} {value:.1f}" for name, value in result.items())
    print(f"{engine.name:16} {shown}", flush=True)
    return result


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The handbook against SQLite FTS5 and stock Whoosh.")
    parser.add_argument("--passages", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    parser.add_argument("--without", action="append", default=[], choices=["fts5", "stock"])
    return parser.parse_args()


def small_passages() -> list[dict[str, Any]]:
    """Return a passage for each fault of the made-up tickets."""
    sys.path.append(str(ROOT / "tests"))
    from worlds.phrases import DEVICES

    faults = [fault for device in DEVICES for fault in device.faults]
    return [
        {"id": f"p{number}", "text": f"{fault.symptom.zh}，{fault.cause.zh}，{fault.remedy.zh}"}
        for number, fault in enumerate(faults)
    ]


def main() -> None:
    given = parse_arguments()
    if given.small:
        passages = small_passages()
        asked = [Question(passage["text"][:6], frozenset([passage["id"]])) for passage in passages]
        given.pages = 2 * len(passages)
    elif given.passages and given.queries:
        passages = read_lines(given.passages)
        asked = [Question(line["query"], frozenset(line["relevant"])) for line in read_lines(given.queries)]
    else:
        print("left out: it needs --passages and --queries, see the head of the file")
        return
    page_list: list[HandbookPage] = []

    def pages() -> Iterator[HandbookPage]:
        """Return the same tickets for every engine, made once: making them is not part of a build."""
        if not page_list:
            page_list.extend(make_pages(passages, max(given.pages, len(passages))))
        return iter(page_list)

    pages()
    size = sum(len(text) for page in page_list for _, text in page.passages()) / len(page_list)
    print(f"{len(page_list)} tickets of {size:.0f} characters, {len(asked)} questions", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder) / "ours")
        run(ours, pages, asked)
        print(f"  memory after the build {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        print(
            f"  new process to first hits {min(time_first_search(ours.folder, asked[0].text) for _ in range(3)):.2f} s"
        )
        print(f"  saved to found {quantile(time_saves(ours.book), 0.5):.0f} ms (median), then", end=" ", flush=True)
        print({name: round(value, 2) for name, value in measure(ours.ask, asked).items()})
        if "fts5" not in given.without:
            run(Fts5(Path(folder) / "fts5"), pages, asked)
        if "stock" not in given.without:
            run(StockWhoosh(Path(folder) / "stock"), pages, asked)


if __name__ == "__main__":
    main()
