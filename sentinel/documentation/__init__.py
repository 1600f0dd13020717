"""Documents that follow from the code: the data dictionary and the diagrams' pictures.

Belongs here: rendering files below `docs/` from contracts, dbt's manifest and diagram sources.
Does not belong here: prose; people write that in `docs/` themselves.
"""
