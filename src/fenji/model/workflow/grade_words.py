"""Whether the words of a grade (priority, impact, occurrence) are those of the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import RefusalCollector, Refused

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Value


def check_grade_words(values: Mapping[str, Value], policy: Policy, reported: datetime, at: datetime) -> None:
    """Refuse each grade among the values whose word the policy does not have."""
    choices: Mapping[str, Sequence[str]] = {
        "priority": (*policy.version(reported).levels, *policy.version(at).levels),
        "impact": policy.impact,
        "occurrence": policy.occurrence,
    }
    refusals = RefusalCollector()
    for path, words in choices.items():
        with refusals.checking():
            _check_choice(path, values.get(path), words)
    refusals.raise_all()


def _check_choice(path: str, value: Value, choices: Sequence[str]) -> None:
    if value and value not in choices:
        raise Refused(
            "{value} is unknown here as {field}.",
            hint="Choose one of: {choices}.",
            value=value,
            field=path,
            choices=tuple(dict.fromkeys(choices)),
            field_paths=(path,),
        )
