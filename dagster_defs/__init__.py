"""Orchestration: what Dagster sees of Sentinel.

Belongs here: assets, checks, schedules, sensors and resources, put together for the environment.
Does not belong here: the work itself; nobody imports this package.
"""
