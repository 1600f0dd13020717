"""One Spark session for a test process: starting one takes up to a minute.

Belongs here: the session. Does not belong here: what runs in it.
"""

import tempfile
from functools import cache

from pyspark.sql import SparkSession

from sentinel.variables import environment_variables
from spark_job.session import parameters

_JAVA = "spark.driver.extraJavaOptions"
_OURS = {
    "spark.master": "local[2]",
    "spark.sql.shuffle.partitions": "2",
    # Hive's catalogue, as everywhere; nobody looks into it afterwards.
    "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:catalogue;create=true",
}
# A test process ends before what the optimising compiler costs comes back.
# That compiler alone has a cache for its code that the widest models fill.
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m"


@cache
def spark_session() -> SparkSession:
    """A session on this machine alone, with a catalogue of its own; ended with the process."""
    with environment_variables({"SENTINEL_HOME": tempfile.mkdtemp(prefix="sentinel-spark-")}):
        told = {**parameters("spark"), **_OURS}
    told[_JAVA] = f"{told[_JAVA].strip()} {_SHORT_LIVED}"
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in told.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
