"""What comes in from elsewhere: readers of spreadsheets and mails, mappings, and the tickets that rows become.

Writes nothing: `fenji.desk.imports` puts the tickets into a desk.
"""
