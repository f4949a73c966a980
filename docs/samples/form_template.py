"""Make the Word template of the service form; a desk's own one is made by changing this, or its result by hand.

    python docs/samples/form_template.py form.docx

`{{ … }}` and `{% … %}` are filled in by docxtpl in a sandbox: a template is data, so it reads the values below and does
nothing else. Every value is text; `sheet.labels.NAME` is a label, `sheet.seconds.NAME` the same in the other language.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt

if TYPE_CHECKING:
    from docx.document import Document as DocumentObject
    from docx.table import Table, _Cell, _Row

_WIDTH = 182  # of the table, in mm
_COLUMNS = 14  # of 13 mm each, merged as each row needs
_SMALL, _NORMAL = Pt(8), Pt(9)


def make_template() -> DocumentObject:
    """Make the template: for each ticket one table whose first row comes again on every page."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(14)
    section.top_margin = section.bottom_margin = Mm(9)
    section.header_distance = section.footer_distance = Mm(4)
    style = document.styles["Normal"]
    style.font.size, style.font.name = _NORMAL, "Arial"
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    _tag_line(document, "{%p for sheet in sheets %}")
    _fill_table(document.add_table(0, _COLUMNS, style="Table Grid"))
    _small(document.add_paragraph(), "{{ sheet.foot }}")
    _tag_line(document, "{%p if not sheet.is_last %}")
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    _tag_line(document, "{%p endif %}")
    _tag_line(document, "{%p endfor %}")
    return document


def _fill_table(table: Table) -> None:
    table.autofit = False
    _add_head(table)
    for left, right in (("requester", "reported"), ("product", "owner"), ("kind", "priority")):
        if left == "kind":
            _add_text(table, "description", "{{ sheet.title }}")
        _add_pairs(table, (left, 5), (right, 4))
    _add_pairs(table, ("urgency", 12))
    _add_promises(table)
    _add_pairs(table, ("reason", 12))
    _add_resources(table)
    _add_text(table, "cause")
    _tag_row(table, "{%tr if sheet.has_decision %}")
    _add_text(table, "decision")
    _tag_row(table, "{%tr endif %}")
    _add_text(table, "solution")
    _add_pairs(table, ("result", 12))
    _tag_row(table, "{%tr if sheet.zeroing %}")
    _add_pairs(table, ("zeroing", 12))
    _tag_row(table, "{%tr endif %}")
    _add_pairs(table, ("rating", 4), ("comment", 6))
    _add_signatures(table)


def _add_head(table: Table) -> None:
    row = table.add_row()
    site, title, number, code = _merge(row, 4, 5, 3, 2)
    site.paragraphs[0].add_run("{{ sheet.site }}").bold = True
    run = title.paragraphs[0].add_run("{{ sheet.labels.form }}")
    run.bold, run.font.size = True, Pt(14)
    _small(title.add_paragraph(), "{{ sheet.seconds.form }}")
    _label(number, "number")
    number.add_paragraph().add_run("{{ sheet.number }}").bold = True
    code.paragraphs[0].add_run("{{ sheet.code }}")
    repeated = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(repeated)


def _add_pairs(table: Table, *pairs: tuple[str, int]) -> None:
    widths = [width for _, span in pairs for width in (2, span)]
    widths[-1] += _COLUMNS - sum(widths)
    cells = _merge(table.add_row(), *widths)
    for index, (name, _) in enumerate(pairs):
        _label(cells[2 * index], name)
        cells[2 * index + 1].paragraphs[0].add_run(f"{{{{ sheet.{name} }}}}")


def _add_text(table: Table, name: str, before: str = "") -> None:
    (cell,) = _merge(table.add_row(), _COLUMNS)
    _label(cell, name, bold=True)
    if before:
        cell.add_paragraph().add_run(before).bold = True
    cell.add_paragraph().add_run(f"{{{{ sheet.{name} }}}}")


def _add_promises(table: Table) -> None:
    heads = _merge(table.add_row(), 2, 2, 3, 3, 4)
    for cell, name in zip(heads[1:], ("promised", "due", "done", "verdict"), strict=True):
        _label(cell, name)
    _tag_row(table, "{%tr for line in sheet.promises %}")
    cells = _merge(table.add_row(), 2, 2, 3, 3, 4)
    cells[0].paragraphs[0].add_run("{{ line.label }} ")
    _small(cells[0].paragraphs[0], "{{ line.second }}")
    for cell, name in zip(cells[1:], ("promised", "due", "done", "boxes"), strict=True):
        cell.paragraphs[0].add_run(f"{{{{ line.{name} }}}}")
    _small(cells[4].paragraphs[0], " {{ line.computed }}")
    _tag_row(table, "{%tr endfor %}")


def _add_resources(table: Table) -> None:
    names = ("resources", "what", "quantity", "hours", "fee", "payer")
    widths = (2, 5, 1, 1, 2, 3)
    for cell, name in zip(_merge(table.add_row(), *widths), names, strict=True):
        _label(cell, name)
    _tag_row(table, "{%tr for line in sheet.resources %}")
    cells = _merge(table.add_row(), *widths)
    for cell, name in zip(cells, ("kind", *names[1:]), strict=True):
        cell.paragraphs[0].add_run(f"{{{{ line.{name} }}}}")
    _tag_row(table, "{%tr endfor %}")


def _add_signatures(table: Table) -> None:
    row = table.add_row()
    row.height = Mm(17)
    for cell, name in zip(_merge(row, 5, 5, 4), ("engineer", "lead", "customer"), strict=True):
        _label(cell, name)
        cell.add_paragraph().add_run(f"{{{{ sheet.{name} }}}}")
        _small(cell.add_paragraph(), "{{ sheet.labels.sign }}")


def _label(cell: _Cell, name: str, *, bold: bool = False) -> None:
    run = cell.paragraphs[0].add_run(f"{{{{ sheet.labels.{name} }}}} ")
    run.bold = bold
    _small(cell.paragraphs[0], f"{{{{ sheet.seconds.{name} }}}}")


def _small(paragraph: object, text: str) -> None:
    paragraph.add_run(text).font.size = _SMALL  # type: ignore[attr-defined]


def _merge(row: _Row, *spans: int) -> list[_Cell]:
    """Merge the cells of a row into as many as there are spans, and return them."""
    cells, start = [], 0
    for span in spans:
        merged = row.cells[start].merge(row.cells[start + span - 1]) if span > 1 else row.cells[start]
        merged.width = Mm(_WIDTH / _COLUMNS * span)
        cells.append(merged)
        start += span
    return cells


def _tag_row(table: Table, text: str) -> None:
    """Add a row that holds only a tag; it is taken out when the form is made."""
    table.add_row().cells[0].paragraphs[0].add_run(text)


def _tag_line(document: DocumentObject, text: str) -> None:
    document.add_paragraph().add_run(text)


if __name__ == "__main__":
    make_template().save(str(Path(sys.argv[1])))
