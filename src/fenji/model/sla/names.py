"""Names of the signs beside verdicts and of those who answer for a verdict (clock rules 11, 12, 16, 22 and 28)."""

from __future__ import annotations

from fenji.errors import Sentence
from fenji.model.queue_names import QUEUE_PREFIX

LATE_ENTRY, LATE_ENTRY_OWN = "late_entry", "late_entry_own"
WITHOUT_A_WORD, REPORTED_BY_OURSELVES, LET_OFF = "without_a_word", "reported_by_ourselves", "let_off"
WAIT_NEAR_DUE, OWNER_TAKEN_OFF = "wait_near_due", "owner_taken_off"
REOPENED, REOPENED_SOON, REGRADED = "reopened", "reopened_soon", "regraded"
WITHDRAWN, WITHDRAWN_NEAR_DUE = "withdrawn", "withdrawn_near_due"
DUPLICATE, PART, EXCUSED = "duplicate", "part", "excused"
# Signs of a verdict, not of the log: only figures count them.
RECEIVED_LATE, HANDED_ON_LATE = "received_late", "handed_on_late"
EXCUSED_BY_CORRECTION = "excused_by_a_correction"
CONFIRMED_OTHERWISE = "confirmed_otherwise"
SIGN_LABELS = {  # signs of one clock first, then those of the ticket as a whole
    LATE_ENTRY: "late entry",
    LATE_ENTRY_OWN: "late entry by the one it saves",
    WITHOUT_A_WORD: "without a word",
    REPORTED_BY_OURSELVES: "reported by ourselves",
    LET_OFF: "let off",
    WAIT_NEAR_DUE: "wait begun near the due",
    OWNER_TAKEN_OFF: "owner taken off before a miss",
    REOPENED: "reopened",
    REOPENED_SOON: "reopened within three open days",
    REGRADED: "graded anew",
    WITHDRAWN: "withdrawn",
    WITHDRAWN_NEAR_DUE: "withdrawn near the due",
    DUPLICATE: "duplicate",
    PART: "part of another",
    EXCUSED: "excused",
    RECEIVED_LATE: "received late",
    HANDED_ON_LATE: "handed on late",
    EXCUSED_BY_CORRECTION: "excused by a correction",
    CONFIRMED_OTHERWISE: "confirmed otherwise than it reads",
}


def name_answerer(key: str) -> str | Sentence:
    """Return the name of whoever answers for a clock: a person's key unchanged, `queue:KSA` in words."""
    site = key.removeprefix(QUEUE_PREFIX)
    return key if site == key else Sentence("{site}'s duty queue", {"site": site})
