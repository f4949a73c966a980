"""The report screen: its head, lines, dialogs and export."""
