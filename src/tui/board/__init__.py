"""The board: its rows, columns, groups, head and preview."""
