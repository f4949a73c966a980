"""Tickets with their clocks, as tables for office programs and SQL, as documents, and as a calendar."""
