"""The clocks of a ticket, for other programs: `reading(ticket, policy, at)`."""

from fenji.model.sla import ClockReading, Reading, reading

__all__ = ["ClockReading", "Reading", "reading"]
