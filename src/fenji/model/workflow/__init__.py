"""The workflow: which step is legal in which state, what it needs, and where a log leads. Knows no clock or file.

`steps` holds the table, `replay` reads a log by it, `checks` refuses events that may not be added.
"""

from fenji.model.workflow.checks import check, has_right, is_behind_log
from fenji.model.workflow.replay import (
    WorkflowState,
    current_state,
    explain_no_effect,
    find_unknown_step,
    refuse_unknown_steps,
    replay,
    sort_events,
    with_replayed_state,
)
from fenji.model.workflow.set_checks import check_grade_words, check_plan
from fenji.model.workflow.steps import (
    EDITABLE_WHEN_CLOSED,
    GRADED_FIELDS,
    OPEN_STATES,
    PREVIOUS_STATE,
    STEPS,
    WorkflowStep,
    is_legal,
    is_settled,
    locked_fields,
)

__all__ = [
    "EDITABLE_WHEN_CLOSED",
    "GRADED_FIELDS",
    "OPEN_STATES",
    "PREVIOUS_STATE",
    "STEPS",
    "WorkflowState",
    "WorkflowStep",
    "check",
    "check_grade_words",
    "check_plan",
    "current_state",
    "explain_no_effect",
    "find_unknown_step",
    "has_right",
    "is_behind_log",
    "is_legal",
    "is_settled",
    "locked_fields",
    "refuse_unknown_steps",
    "replay",
    "sort_events",
    "with_replayed_state",
]
