"""A view set in the text of a policy: what is said, and that everything else stays as it was typed."""

from __future__ import annotations

import pytest

from fenji.errors import Refused
from fenji.storage import yaml_codec
from fenji.storage.policy_views import set_view

HEAD = "# 規則 rules\nformat: 2\n"
VIEWS = "views:  # shared\n  停機: p:1 is:open   # typed so\n  \"七廠\": 'unit:FACTORY-7'\n"
TAIL = "waiting:\n  parts: []  # ours\n"


@pytest.mark.parametrize("text", [HEAD + VIEWS + TAIL, HEAD + TAIL + VIEWS, HEAD + TAIL + VIEWS.rstrip("\n"), HEAD])
def test_a_view_is_added_and_every_other_line_stays(text: str) -> None:
    changed = set_view(text.encode(), "Radar: all", 'system:radar "P 1"').decode()
    line = '  "Radar: all": "system:radar \\"P 1\\""\n'
    assert changed.replace(line, "").rstrip("\n") in (text.rstrip("\n"), f"{text}views:")
    document = yaml_codec.load(changed.encode(), "policy.yaml")
    assert isinstance(document, dict)
    assert document["views"]["Radar: all"] == 'system:radar "P 1"'


def test_a_view_of_the_same_name_is_replaced() -> None:
    changed = set_view((HEAD + VIEWS + TAIL).encode(), "停機", "p:1..2").decode()
    assert changed == HEAD + VIEWS.replace("停機: p:1 is:open   # typed so", '"停機": "p:1..2"') + TAIL


def test_views_in_one_line_are_left_to_the_hand() -> None:
    with pytest.raises(Refused, match="by hand"):
        set_view(b"views: {a: 'p:1'}\n", "b", "p:2")
