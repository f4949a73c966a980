"""Working time: `hours` of a calendar, public `holidays`, and `calendar`, which counts time between instants."""
