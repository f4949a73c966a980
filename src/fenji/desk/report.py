"""What is asked of a report, and what it answers: figures, and what they were read from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.desk.figure_changes import Baseline
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.figures import Appraisal
    from fenji.model.appraisal.tables import Figures
    from fenji.model.values import JsonValue


class ReportRequest(Struct, frozen=True):
    """What is asked, in the words of the command: empty where it was not said."""

    kind: str = ""
    period: str = ""
    first: str = ""
    last: str = ""
    by: str = ""
    clock: str = ""
    where: str = ""
    zone: str = ""
    as_of: datetime | None = None
    columns: str = ""  # M, Q or Y: a column for each month, quarter or year
    against: str = ""
    sort: str = ""  # the column that rows go by, with a minus from the lowest up; else they go by name
    tickets: bool = False  # list those behind the report


class Report(Struct, frozen=True):
    """Figures, and what they were read from."""

    figures: Figures
    commit: str
    at_hub: bool
    sites: tuple[str, ...]
    request: ReportRequest
    against: Baseline | Appraisal | None = None
    tickets: Sequence[CountedTicket] | None = None

    def mapping(self) -> dict[str, JsonValue]:
        """As JSON holds it."""
        document = self.figures.mapping()
        read = document["read"]
        assert isinstance(read, dict)
        issued, against = self.figures.issued, self.against
        return {
            **document,
            "read": {"commit": self.commit, **read, "at_hub": self.at_hub},
            "sites": list(self.sites),
            "issued": issued.mapping() if issued else None,
            **({"against": against.mapping()} if against else {}),
            **({} if self.tickets is None else {"tickets": [ticket.mapping() for ticket in self.tickets]}),
        }
