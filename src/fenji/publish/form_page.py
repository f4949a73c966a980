"""Service forms as one self-contained HTML page that prints on A4. Pure: values to bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.publish.markup import Markup, join, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.publish.form import FormSheet, PromiseLine
    from fenji.publish.form_words import FormLabel, TickBox

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render_form_page(sheets: Sequence[FormSheet]) -> bytes:
    """Render forms as one page of HTML; each begins on a new sheet, and continues under its own head."""
    first = sheets[0]
    title = " ".join(filter(None, (first.labels["form"].text, first.number)))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(_style())),
    )
    body = tag("body", [_render_sheet(sheet) for sheet in sheets])
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang=first.language)}\n".encode()


@cache
def _style() -> str:
    return Path(__file__).with_name("form.css").read_text("utf-8")


def _render_sheet(sheet: FormSheet) -> Markup:
    rows = [tag("tr", tag("td", content)) for content in _sections(sheet)]
    return tag(
        "table",
        tag("thead", tag("tr", tag("td", _render_head(sheet)))),
        tag("tbody", rows),
        tag("tfoot", tag("tr", tag("td", tag("p", sheet.foot, class_="foot")))),
        class_="sheet blank" if sheet.blank else "sheet",
    )


def _render_head(sheet: FormSheet) -> Markup:
    title = tag("h1", sheet.labels["form"].text, tag("small", sheet.labels["form"].second))
    names = tag("p", tag("b", sheet.site), class_="site")
    number = tag("p", _label(sheet.labels["number"]), tag("b", sheet.number or " "), class_="number")
    return tag("div", names, title, number, _draw_code(sheet.qr), class_="head")


def _draw_code(text: str) -> Markup:
    """Draw the QR code that identifies the ticket, even after a merge has given it another number."""
    if not text:
        return tag("span", class_="code")
    import segno

    drawn = segno.make(text, error="m").svg_inline(scale=1, border=0, omitsize=True)
    return tag("span", Markup(drawn), class_="code")


def _sections(sheet: FormSheet) -> Iterable[Markup]:
    labels = sheet.labels
    yield _pairs((labels["requester"], sheet.requester), (labels["reported"], sheet.reported))
    yield _pairs((labels["product"], sheet.product), (labels["owner"], sheet.owner))
    title = tag("p", sheet.title, class_="title") if sheet.title else None
    yield _text(labels["description"], sheet.description, title, lines=4)
    yield _pairs((labels["kind"], _boxes(sheet.kinds)), (labels["priority"], _boxes(sheet.priorities)), shape="even")
    urgency = join(
        *(_named_boxes(labels["impact"], sheet.impact)), *(_named_boxes(labels["occurrence"], sheet.occurrence))
    )
    yield _pairs((labels["urgency"], urgency))
    yield _render_promises(sheet)
    yield _render_resources(sheet)
    yield _text(labels["cause"], sheet.cause, lines=2)
    if sheet.decision is not None:
        yield _text(labels["decision"], sheet.decision, lines=2)
    yield _text(labels["solution"], sheet.solution, lines=2)
    yield _render_result(sheet)
    if sheet.zeroing:
        points = tag("span", _boxes(sheet.zeroing), class_="points")
        yield _pairs((labels["zeroing"], points))
    yield _pairs((labels["rating"], _boxes(sheet.ratings)), (labels["comment"], sheet.comment), shape="last-wide")
    yield _render_signatures(sheet)


def _label(label: FormLabel) -> Markup:
    return tag("span", label.text, (" ", tag("small", label.second)) if label.second else None, class_="label")


def _pairs(*pairs: tuple[FormLabel, str], shape: str = "") -> Markup:
    cells = [tag("div", _label(label), tag("span", value, class_="value"), class_="pair") for label, value in pairs]
    return tag("div", cells, class_=f"pairs {shape}".strip())


def _text(label: FormLabel, text: str, before: Markup | None = None, *, lines: int) -> Markup:
    content = tag("p", text, class_="text" if text else f"text empty lines{lines}")
    return tag("div", _label(label), before, content, class_="long")


def _boxes(boxes: Iterable[TickBox]) -> Markup:
    return join(_box(box) for box in boxes)


def _box(box: TickBox) -> Markup:
    mark = tag("i", Markup("&#x2713;") if box.ticked else None, class_="tick")
    return tag("span", mark, box.label, class_="box")


def _named_boxes(label: FormLabel, boxes: Iterable[TickBox]) -> tuple[Markup, Markup]:
    return tag("span", label.text, ": ", class_="inner"), _boxes(boxes)


def _render_promises(sheet: FormSheet) -> Markup:
    labels = sheet.labels
    heads = [tag("th", _label(labels[key]), class_=key) for key in ("promised", "due", "done", "verdict")]
    rows = [_render_promise(line) for line in sheet.promises]
    reason = tag("tr", tag("th", _label(labels["reason"])), tag("td", sheet.reason or " ", colspan=4))
    return tag("table", tag("tr", tag("th"), heads), rows, reason, class_="grid promises")


def _render_promise(line: PromiseLine) -> Markup:
    verdict = join(_boxes(line.boxes), " ", tag("small", line.computed) if line.computed else None)
    return tag(
        "tr",
        tag("th", _label(line.label)),
        *(tag("td", text) for text in (line.promised, line.due, line.done)),
        tag("td", verdict, class_="verdict"),
    )


def _render_resources(sheet: FormSheet) -> Markup:
    keys = ["what", "quantity", "hours", *(("fee", "payer") if sheet.has_costs else ())]
    heads = [tag("th", _label(sheet.labels[key]), class_=key) for key in ("resources", *keys)]
    rows = []
    for line in sheet.resources:
        texts = [line.what, line.quantity, line.hours, *((line.fee, line.payer) if sheet.has_costs else ())]
        rows.append(tag("tr", tag("th", line.kind), [tag("td", text) for text in texts]))
    return tag("table", tag("tr", heads), rows, class_="grid resources")


def _render_result(sheet: FormSheet) -> Markup:
    labels = sheet.labels
    until = tag("span", labels["observe_until"].text, " ", tag("u", sheet.observe_until), class_="inner")
    downtime = tag("span", labels["downtime"].text, " ", tag("u", sheet.downtime), class_="inner")
    return _pairs((labels["result"], join(_boxes(sheet.results), until, downtime)))


def _render_signatures(sheet: FormSheet) -> Markup:
    people = (("engineer", sheet.owner), ("lead", sheet.lead), ("customer", ""))
    cells = [
        tag(
            "div", _label(sheet.labels[key]), tag("span", name, class_="value"), tag("small", sheet.labels["sign"].text)
        )
        for key, name in people
    ]
    return tag("div", cells, class_="signatures")
