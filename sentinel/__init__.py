"""The small shared core of Sentinel.

Belongs here: settings, lake layout, data contracts, the ledger, the record transform, synthetic
data and the command line. Does not belong here: connectors, streaming, orchestration or anything
else that the other packages of the repository provide; this package imports none of them.
"""
