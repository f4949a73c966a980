"""Working time, for other programs: `Calendar.from_policy`, `.always`, `.add`, `.between`, `.is_open`."""

from fenji.model.worktime.calendar import ALWAYS, Calendar

__all__ = ["ALWAYS", "Calendar"]
