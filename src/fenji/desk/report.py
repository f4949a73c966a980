"""The request for a report, and the report: figures and what they were read from."""

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
    """The options of a report, as given to the command; empty if not given."""

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
    sort: str = ""  # column to sort rows by, with a minus lowest first; "" sorts by name
    tickets: bool = False  # whether to list the tickets behind the report


class Report(Struct, frozen=True):
    """Figures, the commit and request they were read from, and what they are compared with."""

    figures: Figures
    commit: str
    at_hub: bool
    sites: tuple[str, ...]
    request: ReportRequest
    against: Baseline | Appraisal | None = None
    tickets: Sequence[CountedTicket] | None = None

    def mapping(self) -> dict[str, JsonValue]:
        """Return the report as a JSON object."""
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
