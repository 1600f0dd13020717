"""The catalogue as Terraform declares it: one JSON file, rendered from the contracts.

Belongs here: what of tables and contracts Terraform is told. Does not belong here: what a table is;
see `schemas`, which registration makes the same tables from.
"""

import json
from pathlib import Path
from typing import Any

from sentinel.catalogue.schemas import PARTITION, CatalogueTable, catalogue_tables
from sentinel.contracts import Column, Contract, contracts
from sentinel.contracts.contract import METADATA_COLUMNS
from sentinel.lake import RAW
from sentinel.settings import REPOSITORY_ROOT

TABLES_FILE = REPOSITORY_ROOT / "terraform" / "modules" / "catalogue" / "tables.json"
_ABOUT = "Rendered from sentinel/contracts by `sentinel catalogue render`; edit those."
# What a producer may send for each type; numbers and times may come as text (sentinel.transform).
_ARRIVING = {
    "string": ["string", "number"],
    "boolean": ["boolean", "string"],
    "integer": ["integer", "string"],
    "double": ["number", "string"],
    "timestamp": ["string", "number"],
    "date": ["string", "number"],
}
_DECIMAL = ["number", "string"]


def render() -> str:
    """The text of the file: `tables` as Glue has them, `arriving` as JSON Schema by dataset."""
    document = {
        "about": _ABOUT,
        "tables": [_table(each) for each in catalogue_tables()],
        "arriving": {each.dataset: arriving_schema(each) for each in contracts().values()},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write(path: Path = TABLES_FILE) -> None:
    """Renders the file in place."""
    path.write_text(render(), encoding="utf-8")


def arriving_schema(one: Contract) -> dict[str, Any]:
    """JSON Schema (draft 7) of a record as a producer sends it, before the transform.

    A personal value arrives under a name of its own, and its token takes its place in the lake.
    Columns that the contract does not know are allowed: the transform keeps them as tokens.
    """
    properties = {
        each.arriving_name or each.name: {
            "type": [*_ARRIVING.get(each.type, _DECIMAL), *([] if each.required else ["null"])],
            "description": each.description,
        }
        for each in one.columns
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": one.dataset,
        "description": f"{one.grain[0].upper()}{one.grain[1:]}. Version {one.version}.",
        "type": "object",
        "properties": properties,
        "required": [each.arriving_name or each.name for each in one.columns if each.required],
        "additionalProperties": True,
    }


def _table(table: CatalogueTable) -> dict[str, Any]:
    described = _described(table)
    storage = table.storage("")
    return {
        "schema": table.schema,
        "name": table.name,
        "columns": [
            {
                "name": each["Name"],
                "type": each["Type"],
                # What the lake says about its batches says nothing about a person.
                "classification": described[each["Name"]].classification
                if each["Name"] in described
                else "internal",
            }
            for each in storage["Columns"]
        ],
        "partition_keys": [{"name": PARTITION, "type": "date"}] if table.is_partitioned else [],
        "input_format": storage["InputFormat"],
        "output_format": storage["OutputFormat"],
        "serialization_library": storage["SerdeInfo"]["SerializationLibrary"],
    }


def _described(table: CatalogueTable) -> dict[str, Column]:
    if table.schema != RAW:
        return {}
    return {each.name: each for each in (*contracts()[table.name].columns, *METADATA_COLUMNS)}
