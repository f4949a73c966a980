"""The figures of reports: facts read from tickets, the counting, tables, and the queries behind figures. Pure."""
