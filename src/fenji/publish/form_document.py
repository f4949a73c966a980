"""Service forms as a Word document, from the built-in template or from the desk's own. Values in, bytes out.

A template arrives by git like any other file, so it is treated as data and not as code: it is rendered in a sandbox,
where it can read the values of the form, but cannot read attributes or call functions.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from fenji.errors import Refused, Sentence

if TYPE_CHECKING:
    from docxtpl import DocxTemplate
    from jinja2.sandbox import SandboxedEnvironment

    from fenji.publish.form import FormSheet
    from fenji.publish.form_words import TickBox

MAX_UNPACKED = 32 << 20  # bytes of a template, unpacked
_TICKED, _EMPTY = "☑", "☐"
_FONTS = {"zh-Hant": ("Microsoft JhengHei", "zh-TW"), "zh-Hans": ("Microsoft YaHei", "zh-CN")}
_CODE_MM = 14
_FILTERS = ("default", "d", "e", "escape", "first", "join", "last", "length", "lower", "replace", "trim", "upper")


def render_form_document(sheets: Sequence[FormSheet], template: bytes = b"") -> bytes:
    """Render forms as one .docx; without the bytes of a template, from the built-in one.

    Raises Refused for a template that is no Word document, is too large, or uses anything but the values of the form.
    """
    from docxtpl import DocxTemplate

    document = _open_template(template or _shipped_template(), DocxTemplate)
    values = [_sheet_values(sheet, document, is_last=sheet is sheets[-1]) for sheet in sheets]
    _fill_in(document, values)
    if not template:
        _set_fonts(document, sheets[0].language)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


@cache
def _shipped_template() -> bytes:
    return Path(__file__).with_name("form.docx").read_bytes()


def _open_template(data: bytes, template_class: type[DocxTemplate]) -> DocxTemplate:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size <= MAX_UNPACKED:
            document = template_class(io.BytesIO(data))
            document.init_docx()
            return document
    except Exception as error:  # the libraries raise many kinds of errors for bytes that are no document
        raise _refuse_template(Sentence("not a Word document")) from error
    raise _refuse_template(Sentence("it is too large"))


def _fill_in(document: DocxTemplate, values: list[dict[str, Any]]) -> None:
    from jinja2 import TemplateError

    try:
        document.render({"sheets": values}, jinja_env=_make_sandbox())
    except (TemplateError, TypeError, ValueError, OverflowError) as error:
        raise _refuse_template(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _refuse_template(reason: str | Sentence) -> Refused:
    return Refused(
        "templates/form.docx cannot be used: {reason}.",
        hint="Fix it, or remove it from templates/: then the built-in form is used.",
        reason=reason,
    )


def _make_sandbox() -> SandboxedEnvironment:
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import SandboxedEnvironment

    class _DataOnly(SandboxedEnvironment):
        """Reads values of mappings and lists; calls nothing."""

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return isinstance(obj, LoopContext) and super().is_safe_attribute(obj, attr, value)

        def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - the signature is jinja's
            return False

    sandbox = _DataOnly(autoescape=True)
    sandbox.globals.clear()
    sandbox.filters = {name: sandbox.filters[name] for name in _FILTERS}
    return sandbox


def _sheet_values(sheet: FormSheet, document: DocxTemplate, *, is_last: bool) -> dict[str, Any]:
    """Return the values of a form that a template may read: texts, lists of texts, and the picture of the QR code."""
    from docxtpl import Listing

    labels = sheet.labels
    observed = f"{labels['observe_until'].text} {sheet.observe_until or '________'}"
    downtime = f"{labels['downtime'].text} {sheet.downtime or '________'}"
    urgency = (
        f"{labels['impact'].text}: {_boxes(sheet.impact)}   {labels['occurrence'].text}: {_boxes(sheet.occurrence)}"
    )
    texts = {key: Listing(_clean(text or "")) for key, text in _long_texts(sheet).items()}
    return {
        "labels": {key: label.text for key, label in labels.items()},
        "seconds": {key: label.second for key, label in labels.items()},
        **{key: _clean(str(getattr(sheet, key))) for key in _SHORT_TEXTS},
        **texts,
        "code": _draw_code(sheet.qr, document),
        "kind": _boxes(sheet.kinds),
        "priority": _boxes(sheet.priorities),
        "urgency": urgency,
        "promises": [
            {
                "label": line.label.text,
                "second": line.label.second,
                "promised": line.promised,
                "due": line.due,
                "done": line.done,
                "boxes": _boxes(line.boxes),
                "computed": line.computed,
            }
            for line in sheet.promises
        ],
        "resources": [{key: _clean(text) for key, text in asdict(line).items()} for line in sheet.resources],
        "has_costs": sheet.has_costs,
        "has_decision": sheet.decision is not None,
        "result": f"{_boxes(sheet.results)}   {observed}   {downtime}",
        "zeroing": _boxes(sheet.zeroing),
        "rating": _boxes(sheet.ratings),
        "engineer": _clean(sheet.owner),
        "customer": "",
        "is_last": is_last,
    }


_SHORT_TEXTS = ("site", "number", "title", "requester", "reported", "product", "owner", "reason", "lead", "foot")


def _long_texts(sheet: FormSheet) -> Mapping[str, str | None]:
    return {
        "description": sheet.description,
        "cause": sheet.cause,
        "decision": sheet.decision,
        "solution": sheet.solution,
        "comment": sheet.comment,
    }


def _clean(text: str) -> str:
    """Return text without two characters that XML forbids; the others that it forbids are visible marks already."""
    return text.replace("\ufffe", "").replace("\uffff", "")


def _boxes(boxes: Sequence[TickBox]) -> str:
    return "   ".join(f"{_TICKED if box.ticked else _EMPTY} {box.label}" for box in boxes)


def _draw_code(text: str, document: DocxTemplate) -> Any:
    if not text:
        return ""
    import segno
    from docx.shared import Mm
    from docxtpl import InlineImage

    picture = io.BytesIO()
    segno.make(text, error="m").save(picture, kind="png", scale=6, border=0)
    picture.seek(0)
    return InlineImage(document, picture, width=Mm(_CODE_MM))


def _set_fonts(document: DocxTemplate, language: str) -> None:
    """Set the font and language of Chinese text, so that characters have the shapes of the form's language."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    font, tag = _FONTS.get(language, _FONTS["zh-Hant"])
    properties = document.docx.styles["Normal"].element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)
    spoken = properties.find(qn("w:lang"))
    if spoken is None:
        spoken = OxmlElement("w:lang")
        properties.append(spoken)
    spoken.set(qn("w:eastAsia"), tag)
