"""How every workbook is begun: a text is never a formula, a link or a number in it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

    from xlsxwriter import Workbook

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NO_DATE = datetime(2000, 1, 1)  # the same figures give the same bytes


@contextmanager
def new_workbook(
    target: Path | io.BytesIO, title: str, *, comments: str = "", made_at: datetime | None = None
) -> Iterator[Workbook]:
    """Yield a new workbook, which is whole at the end; into a file its rows go one by one, in their order."""
    from xlsxwriter import Workbook

    is_file = not hasattr(target, "getvalue")
    options = {**_OPTIONS, "constant_memory" if is_file else "in_memory": True}
    with Workbook(str(target) if is_file else target, options) as book:
        created = made_at.replace(tzinfo=None) if made_at else _NO_DATE
        book.set_properties({"title": title, "comments": comments, "created": created})
        if is_file:
            book.use_zip64()
        yield book
