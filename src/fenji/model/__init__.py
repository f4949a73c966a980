"""The method as values: tickets, workflow, policy, working time, clocks, merging, board.

Pure: no files, no git, no terminal; the present instant is always an argument.
"""
