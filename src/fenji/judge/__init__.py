"""Judge what may enter a desk's history, by the same rules for desks and hubs.

`push` judges a push, `whole_history` a whole clone. `commits` collects the changes of each commit, `contents` reads its
tickets and policies. `events` and `imported` judge the changes, `tree` and `attachments` the resulting files, `paths`
their names, `authors` and `signatures` their authors, `policy_line` and `protected` the policy and the files beside it.
`identities` indexes the uids of a hub's tickets, `unsigned` and `marks` track unsigned and refused steps at a desk, and
`refusals` has the values for the result.
"""
