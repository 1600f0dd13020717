"""Committing what Firehose writes: its objects become batches of the lake.

Belongs here: reading Firehose's objects, delivering each as one batch, and the two ways to be told
of them, a queue of S3's events and a listing. Does not belong here: what Firehose calls before it
writes (`streaming_ingest.firehose_transform`), and writing a batch (`sentinel.delivery`).
"""
