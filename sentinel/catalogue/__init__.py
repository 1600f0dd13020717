"""The catalogue: the lake's datasets as tables that Redshift and other engines find by name.

Belongs here: databases, tables and partitions of AWS Glue, made from the contracts and the ledger.
Does not belong here: what is live (`live_files`), and SQL that reads the tables.
"""

from sentinel.catalogue.register import (
    CatalogueError,
    Registered,
    register,
    register_for_building,
    register_lake,
)
from sentinel.catalogue.schemas import CatalogueTable, catalogue_tables

__all__ = [
    "CatalogueError",
    "CatalogueTable",
    "Registered",
    "catalogue_tables",
    "register",
    "register_for_building",
    "register_lake",
]
