"""Make service forms of tickets, and write them to a file for printing. Changes no ticket."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.desk import open as opening
from fenji.desk.output_files import check_target
from fenji.errors import NotFound, Refused, os_reason
from fenji.git import refs
from fenji.publish.form import FormSheet, build_blank_form, build_form
from fenji.publish.form_words import FormOptions

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.model.board import BadFile, Row

FORMATS = ("html", "docx", "pdf")
FORMS_FOLDER = "index/forms"  # derived files, ignored by git
TEMPLATE = "templates/form.docx"
MAX_TEMPLATE = 4 << 20  # bytes
_NUMBER = re.compile(r"[A-Za-z0-9-]*[0-9](-[0-9A-Za-z]{2})?")


class ServiceForms(Struct, frozen=True):
    """The forms of one or more tickets as one file: its bytes, format and proposed name."""

    data: bytes
    format: str
    name: str
    numbers: tuple[str, ...]
    bad: tuple[BadFile, ...] = ()


class FormRequest(Struct, frozen=True):
    """A request for forms: of tickets by number (`words`), of tickets that match a query (`words`), or a blank one."""

    words: Sequence[str] = ()
    format: str = "html"
    for_customer: bool = False
    blank: bool = False
    language: str = ""  # of the labels; `""` means that of the person


def make_forms(desk: Desk, request: FormRequest) -> ServiceForms:
    """Make the forms as one file.

    Raises NotFound if no ticket matches, Refused if the template is unusable or this machine cannot make the format.
    """
    desk.flush()
    rows: list[Row] = []
    bad: tuple[BadFile, ...] = ()
    if request.blank:
        sheets = [build_blank_form(desk.policy, desk.site, _make_options(desk, desk.site, request))]
    else:
        rows, bad = _find_rows(desk, request.words)
        sheets = [_make_sheet(desk, row, request) for row in rows]
    numbers = tuple(row.id for row in rows)
    name = _file_stem(numbers, desk.site) + ("-customer" if request.for_customer else "")
    return ServiceForms(_render(desk, sheets, request.format), request.format, f"{name}.{request.format}", numbers, bad)


def _file_stem(numbers: Sequence[str], site: str) -> str:
    if not numbers:
        return f"blank-{site}"
    return numbers[0] if len(numbers) == 1 else f"{numbers[0]}-and-{len(numbers) - 1}-more"


def _find_rows(desk: Desk, words: Sequence[str]) -> tuple[list[Row], tuple[BadFile, ...]]:
    if all(_NUMBER.fullmatch(word) for word in words):
        return list({row.id: row for row in map(desk.row, words)}.values()), ()
    board = desk.board(" ".join(words), archived=True)
    if not board.rows:
        raise NotFound("No tickets match these words.", hint="Give numbers, or a query as for fenji list.")
    return sorted(board.rows, key=lambda row: row.id), board.bad_files


def _make_options(desk: Desk, site: str, request: FormRequest) -> FormOptions:
    language = request.language or desk.language
    policy_language = desk.policy.language
    second = "en" if language != "en" else policy_language if policy_language != "en" else "zh-Hans"
    zone = opening.find_zone(desk.policy, site)
    commit = refs.resolve(desk.repo, "HEAD") or ""
    return FormOptions(language, second, zone, desk.now(), commit, for_customer=request.for_customer)


def _make_sheet(desk: Desk, row: Row, request: FormRequest) -> FormSheet:
    options = _make_options(desk, row.ticket.site, request)
    from fenji.desk.statement import describe_payers

    payers = describe_payers(desk, row.ticket, options.language) if row.ticket.resources else {}
    return build_form(row.ticket, row.reading, desk.policy, options, payers)


def _render(desk: Desk, sheets: Sequence[FormSheet], file_format: str) -> bytes:
    from fenji.publish.form_document import render_form_document
    from fenji.publish.form_page import render_form_page

    if file_format == "html":
        return render_form_page(sheets)
    if file_format == "docx":
        return render_form_document(sheets, _read_template(desk))
    from fenji.publish.pdf import print_pdf

    return print_pdf(lambda: render_form_page(sheets), lambda: render_form_document(sheets, _read_template(desk)))


def _read_template(desk: Desk) -> bytes:
    """Return the desk's own template, or no bytes if there is none. Raises Refused if it cannot be read."""
    try:
        data, _ = files.read_below(desk.root, TEMPLATE, MAX_TEMPLATE + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Refused("{path} cannot be read: {reason}.", path=TEMPLATE, reason=os_reason(error)) from error
    if len(data) > MAX_TEMPLATE:
        raise Refused("{path} is larger than {most} MiB.", path=TEMPLATE, most=MAX_TEMPLATE >> 20)
    return data


def write_forms_file(desk: Desk, forms: ServiceForms, target: Path | None = None) -> Path:
    """Write the file to `target`, else into the desk's `index/forms`; return its path.

    Raises Refused for a path among the tickets or git's own files, Unavailable if the file cannot be written.
    """
    if target is None:
        files.write(desk.root, f"{FORMS_FOLDER}/{forms.name}", forms.data)
        return desk.root / FORMS_FOLDER / forms.name
    check_target(desk, target, (f".{forms.format}",))
    files.write(target.parent.resolve(), target.name, forms.data)
    return target
