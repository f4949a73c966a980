"""Imports from other programs: readers of spreadsheets and mails, mappings, and the making of tickets from rows.

Writes nothing: `fenji.desk.imports` puts the tickets into a desk.
"""
