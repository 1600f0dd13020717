"""Reading a mapping from its YAML file, with errors that say what to change.

Belongs here: finding the file, and wording what is wrong in it. Does not belong here: what a
mapping means (see `mapping`).
"""

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from batch_ingest import mapping as parts
from batch_ingest.expressions import syntax_error
from batch_ingest.mapping import Mapping
from batch_ingest.suggestions import suggestion
from sentinel.errors import MappingError

_FOLDER = Path(__file__).parent / "mappings"
SHIPPED = tuple(sorted(path.stem for path in _FOLDER.glob("*.yml")))
"""Names of the mappings that come with the package."""


def load_mapping(name_or_path: str | Path) -> Mapping:
    """The shipped mapping of that name, or the one in a YAML file.

    Raises:
        MappingError: when there is no such mapping, or what it says is wrong; it names the file,
            the key and what to change.
    """
    path = _found(str(name_or_path))
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: this is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise MappingError(f"{path}: a mapping is a YAML object with name, source and datasets.")
    try:
        mapping = Mapping.model_validate({"name": _name(path), **document})
    except ValidationError as error:
        raise MappingError(_worded(path, error)) from error
    for key, expression in _expressions(mapping):
        if wrong := syntax_error(expression):
            raise MappingError(f"{path}: {key}: {expression!r} is not an SQL expression: {wrong}")
    return mapping


def _found(name: str) -> Path:
    if name in SHIPPED:
        return _FOLDER / f"{name}.yml"
    path = Path(name)
    if path.is_file():
        return path
    raise MappingError(
        f"there is no mapping {name!r}: give the path of a YAML file, or a shipped mapping; "
        f"{suggestion(name, SHIPPED)}"
    )


def _name(path: Path) -> str:
    return path.stem.lower().replace("-", "_")


def _expressions(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for name, feed in mapping.feeds.items():
        section = "derived" if name in mapping.derived else "datasets"
        if feed.where is not None:
            yield f"{section}.{name}.where", feed.where
        for column, made in feed.columns.items():
            if made.expression is not None:
                yield f"{section}.{name}.columns.{column}", made.expression


def _worded(path: Path, error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        location = [str(step) for step in fault["loc"] if step not in ("files", "sql", "rest")]
        location = [step for step in location if step not in ("entities", "labels")]
        key = ".".join(location) or "mapping"
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = f"there is no such key: {suggestion(location[-1], _keys_of(fault['loc']))}"
        elif fault["type"] == "missing":
            message = "this key is missing: add it"
        elif fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
            message = f"'kind' must be one of {fault['ctx'].get('expected_tags', _KINDS)}"
        lines.append(f"{path}: {key}: {message}")
    return "\n".join(lines)


_KINDS = "'files', 'sql', 'rest' (source) or 'entities', 'labels' (derived)"


def _keys_of(location: tuple[int | str, ...]) -> set[str]:
    """Keys that the part at a location has: the models are walked as the location says."""
    here: set[type[BaseModel]] = {Mapping}
    for step in location[:-1]:
        found = {
            model
            for one in here
            for name, field in one.model_fields.items()
            if step in (name, field.alias)
            for model in _models(field.annotation)
        }
        here = found or here
    return {field.alias or name for model in here for name, field in model.model_fields.items()}


def _models(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, parts.Part):
        return {annotation}
    if get_origin(annotation) in (None, Union, UnionType, dict, tuple) or get_args(annotation):
        return {model for inner in get_args(annotation) for model in _models(inner)}
    return set()
