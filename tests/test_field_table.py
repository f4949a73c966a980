"""Whatever shows, asks for or finds fields is made from the one table of them, so that a new field is one row of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from fenji.cli.fields import PATH_BY_OPTION
from fenji.cli.tickets import new
from fenji.model.filters import parse_filter
from fenji.model.ticket import (
    FIELD_BY_KEY,
    FIELD_BY_PATH,
    FORM_PATHS,
    PATH_BY_FILTER_KEY,
    Field,
    FieldPath,
    Value,
    parse_field_path,
)
from fenji.search.pages import build_page
from fenji.text import fold
from handbooks import build_index
from interface.test_acts import one_ticket
from samples import reported_ticket
from test_filters import make_row
from test_publish_pages import archived_ticket, make_entry, render_pages
from tui.writing.editing import list_editable_paths

EDITABLE = {
    path: field
    for path, field in FIELD_BY_PATH.items()
    if not FIELD_BY_KEY[path.partition(".")[0]].read_only and field.type not in ("items", "tree")
}


def value_of(path: FieldPath, field: Field) -> Value:
    """A value that no other field has, where its type allows."""
    number = 1 + list(FIELD_BY_PATH).index(path)
    values: dict[str, Value] = {
        "words": [f"Word{number}x"],
        "number": 1000 + number,
        "count": 2000 + number,
        "flag": True,
        "day": f"2031-01-{number % 28 + 1:02}",
    }
    word = "Xaver" if path.startswith("requester.") else "Thing"  # a requester's name is masked in what is published
    return field.choices[-1] if field.choices else values.get(field.type, f"{word}{number}x")


def shown(value: Value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


VALUES: dict[str, Value] = {path: value_of(path, field) for path, field in EDITABLE.items()}
POLICY_FIELDS = (
    "priority",
    "impact",
    "occurrence",
    "owner",
    "units",
    "kind",
    "fault.of",
)  # as the policy has them


def test_every_field_that_people_set_has_a_place_on_the_ticket_page() -> None:
    for path, field in EDITABLE.items():
        assert field.section or field.type == "text" or path.startswith("zeroing."), path
        assert field.label, path


def test_the_form_of_a_new_ticket_has_the_fields_with_a_place_in_it() -> None:
    places = [FIELD_BY_PATH[path].form_place for path in FORM_PATHS]
    assert places == sorted(places)
    assert set(FORM_PATHS) == {path for path, field in FIELD_BY_PATH.items() if field.form_place}
    assert set(FORM_PATHS) <= EDITABLE.keys()


def test_new_has_an_option_for_each_field_of_the_form() -> None:
    assert set(PATH_BY_OPTION.values()) == {*FORM_PATHS, "priority"}
    text = CliRunner().invoke(new, ["--help"]).output
    for name in PATH_BY_OPTION:
        assert f"--{name.replace('_', '-')} " in text


@pytest.mark.parametrize(("key", "path"), PATH_BY_FILTER_KEY.items())
def test_each_filter_finds_its_field_on_the_board_and_in_the_handbook(key: str, path: FieldPath) -> None:
    row = make_row({**VALUES, "priority": "P2"})
    value = shown(row.ticket.get(path))
    assert parse_filter(f"{key}:{value}", fold=fold).matches(row)
    others = {"id": "KSA-2026-0099", "priority": "P3", "kind": "request", "state": "solved", "site": "HQ"}
    assert not parse_filter(f"{key}:{others.get(key, 'nothing')}", fold=fold).matches(row)


def test_the_handbook_finds_by_every_filter(tmp_path: Path) -> None:
    ticket = reported_ticket().with_fields({**VALUES, "priority": "P2"})
    with build_index(tmp_path / "index", build_page(ticket, "tickets/open/KSA-2026-0042.yaml")) as book:
        for key, path in PATH_BY_FILTER_KEY.items():
            assert [hit.id for hit in book.search(f"{key}:{shown(ticket.get(path))}").hits] == [ticket.id], key


def test_what_is_published_is_what_the_table_says() -> None:
    pages = render_pages(make_entry(archived_ticket("KSA-2026-0901", VALUES)))
    for ending in (".html", ".md"):
        text = "\n".join(text for name, text in pages.items() if name.endswith(ending) and "search" not in name)
        for path, field in EDITABLE.items():
            if field.type != "flag" and not field.choices:
                assert (shown(VALUES[path]) in text) == field.published, (path, ending)


async def test_a_ticket_page_shows_and_offers_every_field(tmp_path: Path) -> None:
    async with one_ticket(tmp_path / "desk", size=(100, 160), cause="x") as (run, number):
        fields = {path: value for path, value in VALUES.items() if path not in POLICY_FIELDS}
        run.desk.act(number, "edit", fields=fields)
        await run.press("Enter")
        text = await run.wait_for(shown(VALUES["product.serial"]))
        for path, value in fields.items():
            if value is not True and value not in EDITABLE[parse_field_path(path)].choices:
                assert shown(value) in text, path
        assert set(list_editable_paths(include_texts=True)) == EDITABLE.keys()
