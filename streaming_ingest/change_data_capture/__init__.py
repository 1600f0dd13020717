"""Change data capture: what changes in a master database becomes versions in the lake.

Belongs here: reading changes from PostgreSQL or from Debezium's envelopes, giving each version its
time, and delivering it. Does not belong here: what the warehouse makes of the versions.
"""
