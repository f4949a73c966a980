"""Widgets made of lines: `lines` (their base), `canvas`, `footer` and `page_view`."""
