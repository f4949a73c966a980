"""The rules of the method as pure code: no files, no git, no terminal; the present instant is always an argument.

`ticket`, `workflow`, `policy`, `worktime` and `sla` (the clocks) build on each other. `merge` joins two versions of a
ticket, `conflicts` lists the values that lost; `board` makes rows and filters, `annotations` what a desk knows beside
the files; `synonyms` checks and merges synonym groups, `simulation` compares two policies.
"""
