"""Measurements: how fast, how much memory, against whom.

Belongs here: programs that measure and write `docs/benchmarks.md`. Does not belong here: tests; a
benchmark never fails because a machine is slow.
"""
