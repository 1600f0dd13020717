"""The fraud model: training sets, training, evaluation, registry, monitoring.

Belongs here: what is learnt from the feature tables. Does not belong here: the features themselves,
which are dbt models, and answering requests.
"""
