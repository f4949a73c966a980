"""Working time: the hours of a calendar, public holidays, and the counting between instants."""
