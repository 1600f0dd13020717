"""Review of a change: what it does to models and columns, built and tested before it is merged.

Belongs here: comparing a project with the state of another, and saying what differs. Does not
belong here: where the comparison is shown; see the workflows.
"""
