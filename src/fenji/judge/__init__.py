"""Judge what may enter a desk's history: the same rules for desks and hubs.

`commits` collects what each commit changed, `contents` reads its tickets and policies; `events` and `verdicts` judge
the changes, `tree` the resulting files, `paths` their names, `authors` and `signatures` who made them. `identities`
indexes the uids of a hub's tickets, `unsigned` tracks unsigned steps at a desk, and `refusals` holds the result.
"""
