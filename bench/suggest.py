"""How often suggestions are right on tickets split in time, against the commonest value and TF-IDF neighbours.

    python bench/suggest.py --tickets FILE.csv [--titles] [--shuffles 3] [--pages 10000 --pages 100000]
    python bench/suggest.py --tickets FILE.csv --curve [--titles]
    python bench/suggest.py --small

The CSV has a heading line with subject, body, answer, type and priority; its rows are in the order of time. The first
50, 60, 70 and 80 per cent are the archive; for the rest suggestions are asked, by title and text, or with `--titles` by
the title only. `--shuffles` repeats this at 70 per cent with the rows in another order, to show what is chance.
`--pages` measures times instead, with archives of that size made of sentences of the same tickets.

`--curve` makes guesses for each tenth of the time from the tickets before it, and prints how many of the guesses from a
percentage on were right: in the tenths up to 60 per cent, from which the thresholds of fenji.search.similar come, and
in the later ones, which had no part in them. Its last row counts the spoken guesses. A queue in the CSV is the owner.

Columns: always the commonest value; the peers; fenji, with silence counted as wrong; "filled", with silence counted as
the commonest value; and the share that fenji answers.

The peers are the usual TF-IDF: words of two characters or more, counts x (1 + ln((1 + n) / (1 + df))), unit
length, cosine; the votes of the k nearest by their likeness.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import nlargest
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from fenji.search import HandbookPage, SearchIndex  # noqa: E402

SHARES = (0.5, 0.6, 0.7, 0.8)
NEIGHBOURS = (1, 5, 10, 20)
KINDS = {"Incident": "quality", "Problem": "quality", "Request": "request", "Change": "project"}
_WORD = re.compile(r"\b\w\w+\b")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")

Row = Mapping[str, str]


class Ticket(NamedTuple):
    title: str
    text: str
    answer: str
    truth: Mapping[str, str]  # by measured field


def load_tickets(path: Path, *, titles: bool) -> list[Ticket]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [parse_ticket(row) for row in rows if row["subject"] or not titles]


def parse_ticket(row: Row) -> Ticket:
    title = " ".join(row["subject"].split()) or " ".join(row["body"].split())[:70]
    truth = {"type": row["type"], "kind": KINDS.get(row["type"], "request"), "priority": row["priority"]}
    truth["owner"] = ".".join(row.get("queue", "").split())
    return Ticket(title, row["body"], row["answer"], truth)


# --- the peers ---------------------------------------------------------------------------------------------------


class Nearest:
    """TF-IDF and cosine over an inverted index."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(_WORD.findall(text.lower())) for text in texts]
        holders = Counter(word for counts in counted for word in counts)
        self._rarity = {word: 1 + log((1 + len(texts)) / (1 + count)) for word, count in holders.items()}
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, counts in enumerate(counted):
            for word, weight in self._unit(counts).items():
                self._index[word].append((number, weight))

    def _unit(self, counts: Counter[str]) -> dict[str, float]:
        weights = {word: count * self._rarity[word] for word, count in counts.items() if word in self._rarity}
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}

    def nearest(self, text: str) -> list[tuple[float, int]]:
        scores: dict[int, float] = defaultdict(float)
        for word, weight in self._unit(Counter(_WORD.findall(text.lower()))).items():
            for number, unit_weight in self._index[word]:
                scores[number] += weight * unit_weight
        return nlargest(max(NEIGHBOURS), ((score, number) for number, score in scores.items()))


def vote(near: Sequence[tuple[float, int]], past: Sequence[Ticket], field: str, usual: str) -> str:
    votes: dict[str, float] = defaultdict(float)
    for score, number in near:
        votes[past[number].truth[field]] += score
    return max(votes, key=lambda value: votes[value], default=usual)


# --- one split ---------------------------------------------------------------------------------------------------


def make_page(number: int, ticket: Ticket, kind: str) -> HandbookPage:
    texts = {"description": ticket.text, "solution": ticket.answer}
    name = f"KSA-2026-{number:06d}"
    return HandbookPage(
        f"tickets/archive/KSA/2026/{name}.yaml",
        digest=f"{number}",
        title=ticket.title,
        values={
            "id": (name,),
            "kind": (ticket.truth[kind],),
            "priority": (ticket.truth["priority"],),
            "owner": (ticket.truth["owner"],) if ticket.truth["owner"] else (),
            "state": ("archived",),
        },
        texts=texts,
    )


def suggest_values(past: Sequence[Ticket], asked: Sequence[str], kind: str) -> list[dict[str, str]]:
    """Return what a handbook of `past` suggests for each text: kind (learnt from the field `kind`) and priority."""
    with tempfile.TemporaryDirectory() as folder, SearchIndex(Path(folder)) as book:
        book.rebuild(make_page(number, ticket, kind) for number, ticket in enumerate(past))
        suggestions = [book.suggest(text) for text in asked]
    weighed = [{**suggestion.unsure, **suggestion.guesses} for suggestion in suggestions]
    return [{name: guess.value for name, guess in guesses.items()} for guesses in weighed]


def measure(past: Sequence[Ticket], new: Sequence[Ticket], *, titles: bool) -> dict[str, dict[str, float]]:
    """Return the share of right answers by field and method."""
    asked = [ticket.title if titles else f"{ticket.title}\n{ticket.text}" for ticket in new]
    peers = Nearest([ticket.title if titles else f"{ticket.title}\n{ticket.text}" for ticket in past])
    near = [peers.nearest(text) for text in asked]
    scores: dict[str, dict[str, float]] = {}
    for field in ("type", "kind", "priority"):
        usual = Counter(ticket.truth[field] for ticket in past).most_common(1)[0][0]
        name = "priority" if field == "priority" else "kind"
        suggestions = [
            values.get(name, "") for values in suggest_values(past, asked, "kind" if field == "priority" else field)
        ]
        truth = [ticket.truth[field] for ticket in new]
        answers = {"commonest": [usual] * len(new)}
        for most in NEIGHBOURS:
            answers[f"{most}-NN"] = [vote(neighbours[:most], past, field, usual) for neighbours in near]
        answers["fenji"] = suggestions
        answers["filled"] = [value or usual for value in suggestions]
        answered = sum(map(bool, suggestions)) / len(suggestions)
        scores[field] = {method: accuracy(given, truth) for method, given in answers.items()} | {"answered": answered}
    return scores


def accuracy(given: Sequence[str], truth: Sequence[str]) -> float:
    return sum(value == other for value, other in zip(given, truth, strict=True)) / len(truth)


COLUMNS = ("commonest", *(f"{most}-NN" for most in NEIGHBOURS), "fenji", "filled", "answered")


def format_row(label: str, field: str, figures: Mapping[str, float]) -> str:
    return f"{label:12}{field:9}" + "".join(f"{figures[name]:10.3f}" for name in COLUMNS)


def compare(all_: Sequence[Ticket], *, titles: bool, shuffles: int) -> None:
    print(f"{'archive':12}{'field':9}" + "".join(f"{name:>10}" for name in COLUMNS))
    splits = [(f"first {share:.0%}", list(all_), share) for share in SHARES]
    splits += [(f"shuffle {seed}", shuffle(all_, seed), 0.7) for seed in range(1, shuffles + 1)]
    sums: dict[str, Counter[str]] = {}
    for label, rows, share in splits:
        cut = int(len(rows) * share)
        for field, figures in measure(rows[:cut], rows[cut:], titles=titles).items():
            print(format_row(label, field, figures), flush=True)
            sums.setdefault(field, Counter()).update(figures)
    for field, totals in sums.items():
        print(format_row("mean", field, {name: total / len(splits) for name, total in totals.items()}))


def shuffle(rows: Sequence[Ticket], seed: int) -> list[Ticket]:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    return shuffled


# --- the curve ---------------------------------------------------------------------------------------------------

CURVE_SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CURVE_PERCENTS = (0, 40, 50, 60, 65, 70, 75, 80, 85, 90, 95)
HELD_OUT_FROM = 0.6  # of the time: later tickets had no part in choosing the thresholds


class Answer(NamedTuple):
    """A guess for a ticket that came later: whether it is held out, was spoken, and was right."""

    field: str
    held_out: bool
    percent: int
    spoken: bool
    right: bool


def gather_answers(rows: Sequence[Ticket], *, titles: bool) -> tuple[list[Answer], Counter[bool]]:
    """Guess for each tenth of the time from what came before; return the guesses, and the tickets asked by part."""
    answers: list[Answer] = []
    asked: Counter[bool] = Counter()
    for share in CURVE_SHARES:
        cut, end = int(len(rows) * share), int(len(rows) * (share + 0.1))
        new, held_out = rows[cut : end if share < CURVE_SHARES[-1] else None], share >= HELD_OUT_FROM
        asked[held_out] += len(new)
        with tempfile.TemporaryDirectory() as folder, SearchIndex(Path(folder)) as book:
            book.rebuild(make_page(number, ticket, "type") for number, ticket in enumerate(rows[:cut]))
            for ticket in new:
                answers += ask(book, ticket, titles=titles, held_out=held_out)
    return answers, asked


def ask(book: SearchIndex, ticket: Ticket, *, titles: bool, held_out: bool) -> Iterator[Answer]:
    suggestion = book.suggest(ticket.title if titles else f"{ticket.title}\n{ticket.text}")
    truth = {"kind": ticket.truth["type"], "priority": ticket.truth["priority"], "owner": ticket.truth["owner"]}
    for name, guess in {**suggestion.unsure, **suggestion.guesses}.items():
        if truth.get(name):
            yield Answer(name, held_out, guess.percent, name in suggestion.guesses, guess.value == truth[name])


def print_curve(rows: Sequence[Ticket], *, titles: bool) -> None:
    answers, asked = gather_answers(rows, titles=titles)
    print(
        f"{'field':10}{'from':>8}" + "".join(f"{name:>22}" for name in ("drawn on: said right", "held out: said right"))
    )
    for name in dict.fromkeys(answer.field for answer in answers):
        own = [answer for answer in answers if answer.field == name]
        for percent in CURVE_PERCENTS:
            print_point(name, f"{percent} %", [answer for answer in own if answer.percent >= percent], asked)
        print_point(name, "spoken", [answer for answer in own if answer.spoken], asked)


def print_point(name: str, label: str, chosen: Sequence[Answer], asked: Mapping[bool, int]) -> None:
    cells = []
    for held_out in (False, True):
        part = [answer for answer in chosen if answer.held_out is held_out]
        right = sum(answer.right for answer in part) / len(part) if part else 0
        cells.append(f"{len(part) / max(asked[held_out], 1):14.3f}{right:8.3f}")
    print(f"{name:10}{label:>8}" + "".join(cells), flush=True)


# --- times -------------------------------------------------------------------------------------------------------


def make_pages(rows: Sequence[Ticket], count: int) -> Iterator[HandbookPage]:
    """Yield `count` tickets made of the sentences of these; always the same ones."""
    rng = random.Random(20260301)
    sentences = [sentence for row in rows for sentence in _SENTENCE.split(row.text) if len(sentence) > 20]
    for number in range(count):
        model = rng.choice(rows)
        text, answer = (" ".join(rng.sample(sentences, most)) for most in (rng.randint(2, 6), 3))
        yield make_page(number, model._replace(text=text, answer=answer), "kind")


def print_times(rows: Sequence[Ticket], count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, SearchIndex(Path(folder)) as book:
        book.rebuild(make_pages(rows, count))
        for name, texts in (
            ("title", [row.title for row in rows]),
            ("text", [f"{row.title}\n{row.text}" for row in rows]),
        ):
            took = sorted(measure_cpu_ms(book, text) for text in texts[::5])
            half, most = took[len(took) // 2], took[int(len(took) * 0.95)]
            print(f"{count:7} tickets, {name:5}: p50 {half:6.1f} ms  p95 {most:6.1f} ms", flush=True)


def measure_cpu_ms(book: SearchIndex, text: str) -> float:
    start = time.process_time()
    book.suggest(text)
    return (time.process_time() - start) * 1000


def small_tickets() -> list[Ticket]:
    """Return some tickets with the faults of the made-up crowd."""
    sys.path.append(str(ROOT / "tests"))
    from worlds.phrases import DEVICES

    faults = [fault for device in DEVICES for fault in device.faults]
    rows = [
        {
            "subject": fault.symptom.en,
            "body": f"The {fault.symptom.en} since this morning. {fault.cause.en} is what we suspect here.",
            "answer": fault.remedy.en,
            "type": list(KINDS)[number % len(KINDS)],
            "priority": ("high", "low")[number % 2],
        }
        for number, fault in enumerate(faults)
    ]
    return [parse_ticket(row) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description="How often suggestions are right.")
    parser.add_argument("--tickets", type=Path)
    parser.add_argument("--titles", action="store_true", help="ask by the title alone, as while it is typed")
    parser.add_argument("--curve", action="store_true", help="how often guesses from a percentage on were right")
    parser.add_argument("--shuffles", type=int, default=0)
    parser.add_argument("--pages", type=int, action="append", default=[])
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    if given.small:
        rows = small_tickets()
    elif given.tickets:
        rows = load_tickets(given.tickets, titles=given.titles)
    else:
        print("left out: it needs --tickets, see the head of the file")
        return
    print(f"{len(rows)} tickets")
    if given.curve or given.small:
        print_curve(rows, titles=given.titles)
    if not given.pages and not given.curve:
        compare(rows, titles=given.titles, shuffles=given.shuffles)
    for count in given.pages or ([30] if given.small else []):
        print_times(rows, count)


if __name__ == "__main__":
    main()
