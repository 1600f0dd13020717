"""The Spark session that dbt's session method picks up.

Belongs here: making it as profiles.yml says, and that Java is there. Does not belong here: what
runs in it.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sentinel.errors import SettingsError
from sentinel.profiles import output
from sentinel.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL_TARGET, EMR_TARGET, ICEBERG_TARGET = "spark", "spark_emr", "spark_emr_iceberg"


def target(settings: Settings) -> str:
    """The dbt target: where the warehouse is not a file of this machine, Spark is not either.

    Raises:
        SettingsError: where tables are to be kept in Iceberg by a Spark that does not have it.
    """
    is_iceberg = settings.spark_table_format == "iceberg"
    if settings.spec.target != "duckdb":
        return ICEBERG_TARGET if is_iceberg else EMR_TARGET
    if is_iceberg:
        raise SettingsError(
            "SENTINEL_SPARK_TABLE_FORMAT is iceberg, which EMR's Spark has and the one of this "
            "machine has not: leave it unset here."
        )
    return LOCAL_TARGET


def open_session(settings: Settings) -> "SparkSession":
    """The session of this process, made if there is none yet.

    What it is told is what profiles.yml tells dbt: a session that dbt makes is the same one.

    Raises:
        SettingsError: without PySpark, or without Java.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SettingsError("Spark needs its packages: install sentinel[spark].") from error
    check_java()
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in parameters(target(settings)).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def remove_abandoned(session: "SparkSession", settings: Settings) -> list[str]:
    """Removes folders of tables that the catalogue does not have, on this machine.

    What a process leaves that is killed while it makes a table; Spark makes none where a folder is.

    Returns:
        What was removed, as schema and table.
    """
    removed = []
    for schema in sorted((settings.state_folder / "spark" / "warehouse").glob("*.db")):
        known = {row.tableName for row in session.sql(f"show tables in {schema.stem}").collect()}
        for folder in sorted(schema.iterdir()):
            if folder.is_dir() and folder.name not in known:
                shutil.rmtree(folder)
                removed.append(f"{schema.stem}.{folder.name}")
    return removed


def check_java() -> None:
    """Raises SettingsError where there is no Java that PySpark would find."""
    home = os.environ.get("JAVA_HOME")
    found = (Path(home) / "bin" / "java").is_file() if home else shutil.which("java")
    if not found:
        raise SettingsError(
            "Spark needs Java 17, and there is none"
            f"{f' in JAVA_HOME ({home})' if home else ''}: install Debian's package "
            "openjdk-17-jre-headless (`make setup-dev` does), or set JAVA_HOME."
        )


def parameters(name: str) -> dict[str, str]:
    """What profiles.yml says about the session of a target, by the names Spark has for it."""
    return {key: str(value) for key, value in output(name)["server_side_parameters"].items()}
