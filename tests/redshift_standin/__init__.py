"""A stand-in for Redshift: PostgreSQL behind a front that speaks to Redshift's own driver.

Belongs here: what lets dbt-redshift run unchanged without AWS. Does not belong here: tests of the
project on it, and what Redshift refuses although PostgreSQL takes it; see `sentinel.portability`.

The stand-in cannot show: whether distribution and sort keys are good, scales of decimal results,
serialisable conflicts, SUPER, rights on S3.
"""
