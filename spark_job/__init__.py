"""The job that runs dbt where its tables are: in the process that has the Spark session.

Belongs here: the session, the functions registered in it, dbt run in the same process, and what
the job says about itself. Does not belong here: SQL, and who starts the job; Dagster does, or a
person.

A room of its own, because it is a program and not a library: `spark_udfs` holds functions that
three engines share, and must not know of dbt; `dagster_defs` is not installed where the job runs.
"""
