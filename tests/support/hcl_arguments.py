"""Arguments of resources in Terraform's language, against what the provider's schema has.

Belongs here: names of resource types, arguments and blocks, and which of them are required. Does
not belong here: values, which only the provider can judge.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2

from sentinel.settings import REPOSITORY_ROOT

SCHEMA_FILE = REPOSITORY_ROOT / "tests" / "terraform" / "provider_schema.json"
PROVIDER = "registry.terraform.io/hashicorp/aws"
_META = {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"}
Block = Mapping[str, Any]


def resources(folder: Path) -> Iterator[tuple[str, str, str, Block]]:
    """File, type, name and body of every resource of AWS below a folder."""
    for file in sorted(folder.rglob("*.tf")):
        with file.open(encoding="utf-8") as opened:
            document = hcl2.load(opened)
        for declared in document.get("resource", []):
            for kind, named in declared.items():
                for name, body in named.items():
                    if _plain(kind).startswith("aws_"):
                        yield str(file.relative_to(folder)), _plain(kind), _plain(name), body


def faults(kind: str, body: Block, schema: Block) -> list[str]:
    """What a provider with this schema would refuse of a resource, by names alone."""
    if kind not in schema:
        return [f"there is no resource type {kind}{_like(kind, schema)}"]
    return list(_block_faults(body, schema[kind], kind))


def trimmed(schema: Block, kinds: set[str]) -> dict[str, Any]:
    """What of `terraform providers schema -json` is looked at here."""
    known = schema["provider_schemas"][PROVIDER]["resource_schemas"]
    return {kind: _trimmed_block(known[kind]["block"]) for kind in sorted(kinds)}


def committed_schema() -> dict[str, Any]:
    """The trimmed schema of the repository."""
    return dict(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def as_text(schema: Block) -> str:
    """The committed schema's text: a line for each resource type."""
    lines = (
        f'  "{kind}": {json.dumps(one, separators=(",", ":"), sort_keys=True)}'
        for kind, one in sorted(schema.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _trimmed_block(block: Block) -> dict[str, Any]:
    attributes = block.get("attributes", {})
    found: dict[str, Any] = {
        "attributes": {
            name: _need(one)
            for name, one in attributes.items()
        },
        "blocks": {
            name: {"least": one.get("min_items", 0), **_trimmed_block(one["block"])}
            for name, one in block.get("block_types", {}).items()
        },
    }  # fmt: skip
    return found


def _need(attribute: Block) -> str:
    if attribute.get("required"):
        return "required"
    return "optional" if attribute.get("optional") else "computed"


def _block_faults(body: Block, schema: Block, where: str) -> Iterator[str]:
    attributes, blocks = schema["attributes"], schema["blocks"]
    present = set()
    for name, nested in _parts(body):
        present.add(name)
        if name in blocks:
            if nested is not None:
                yield from _block_faults(nested, blocks[name], f"{where}.{name}")
        elif name not in attributes:
            yield f"{where} has no argument {name}{_like(name, [*attributes, *blocks])}"
        elif attributes[name] == "computed":
            yield f"{where}.{name} can only be read"
    for name, need in attributes.items():
        if need == "required" and name not in present:
            yield f"{where} needs {name}"
    for name, one in blocks.items():
        if one["least"] and name not in present:
            yield f"{where} needs a block {name}"


def _parts(body: Block) -> Iterator[tuple[str, Block | None]]:
    """Names in a block, with the block below a name where it is one."""
    for key, value in body.items():
        name = _plain(key)
        if name.startswith("__") or name in _META:
            continue
        if name == "dynamic":
            for declared in value:
                for of, generated in declared.items():
                    if not str(of).startswith("__"):
                        for content in generated["content"]:
                            yield _plain(of), content
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for nested in value:
                yield name, nested if "__is_block__" in nested else None
        else:
            yield name, None


def _plain(name: str) -> str:
    return name.strip('"')


def _like(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; {close[0]} there is" if close else ""
