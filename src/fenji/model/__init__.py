"""The rules of the method as pure code: no files, no git, no terminal; the current time is always an argument.

`ticket`, `workflow`, `policy`, `worktime` and `sla` (the clocks) build on each other. `merge` joins two versions of a
ticket, `conflicts` lists the values that lost; `board` makes rows, `filters` tests them, `annotations` has what a desk
knows besides the files; `synonyms` checks and merges synonym groups, `simulation` compares two policies.
"""
