"""Widgets made of lines: `lines` (their base), `canvas`, `footer`, `page_view` and `ticket_list`."""
