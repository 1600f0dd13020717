"""Streaming ingestion: producers, the transform in Firehose, delivery, quarantine, replay.

Belongs here: everything between a record that is handed over and a committed micro-batch. Does
not belong here: what the lake looks like and what a valid record is; `sentinel` says that.
"""
