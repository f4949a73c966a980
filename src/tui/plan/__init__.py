"""The plan screen: axis, lines, details and dialogs."""
