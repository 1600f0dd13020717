"""One Spark session for a test process: starting one takes up to a minute.

Belongs here: the session. Does not belong here: what runs in it.
"""

from functools import cache

from pyspark.sql import SparkSession


@cache
def spark_session() -> SparkSession:
    """A session on this machine alone; ended with the process."""
    return (
        SparkSession.builder.master("local[2]")
        .appName("sentinel tests")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
