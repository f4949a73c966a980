"""The page of a ticket: its lines by section, timeline, clocks and history."""
