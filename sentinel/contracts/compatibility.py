"""Two versions of a contract: whether each reads what was written by the other.

Belongs here: the rules. Does not belong here: refusing a record by its version; decoding does that.

Backward: records valid by the old contract are valid by the new one and mean the same. Forward: the
other way round. What a reader does not know it keeps tokenised, so columns may come and go as long
as no reader requires them. A type cannot change: files in the lake keep the old one, and engines do
not read two types as one column.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.contracts.contract import Column, Contract


@dataclass(frozen=True)
class Compatibility:
    """What stands against reading in each direction, in words; nothing where it is empty.

    Attributes:
        backward: why the new contract does not read what the old one wrote.
        forward: why the old contract does not read what the new one writes.
        version: what is wrong with the version numbers.
    """

    backward: tuple[str, ...]
    forward: tuple[str, ...]
    version: tuple[str, ...]


def compatibility(old: Contract, new: Contract) -> Compatibility:
    """Compares an old and a new version of one dataset's contract."""
    return Compatibility(
        backward=tuple(_not_readable(reader=new, writer=old)),
        forward=tuple(_not_readable(reader=old, writer=new)),
        version=tuple(_version_violations(old, new)),
    )


def _version_violations(old: Contract, new: Contract) -> Iterator[str]:
    if new.version < old.version:
        yield f"version falls from {old.version} to {new.version}: versions only rise"
    elif new.version == old.version and _rules(old) != _rules(new):
        yield (
            f"both are version {new.version} although they differ: records of the two could not "
            f"be told apart; make it version {new.version + 1}"
        )


def _rules(one: Contract) -> object:
    """What decides about records; words that explain do not."""
    columns = [column.model_dump(exclude={"description"}) for column in one.columns]
    columns.sort(key=lambda column: str(column["name"]))
    return one.dataset, one.key, one.event_time, columns


def _not_readable(reader: Contract, writer: Contract) -> Iterator[str]:
    if reader.dataset != writer.dataset:
        yield f"dataset is {writer.dataset} for one and {reader.dataset} for the other"
        return
    if reader.key != writer.key:
        ours, theirs = ", ".join(reader.key), ", ".join(writer.key)
        yield (
            f"key is ({theirs}) for the writer, ({ours}) for the reader: they disagree on which "
            "records are the same"
        )
    if reader.event_time != writer.event_time:
        yield (
            f"event time is {writer.event_time} for the writer, {reader.event_time} for the reader"
        )
    written = {column.name: column for column in writer.columns}
    for column in reader.columns:
        if column.name in written:
            yield from _column_violations(column, written[column.name])
        elif column.required:
            yield f"{column.name} is required, but the writer does not have it"
        if column.name in writer.arriving_names:
            yield (
                f"{column.name} is a column of its own for the reader, but the writer's raw "
                f"personal value for {writer.arriving_names[column.name].name}: it would be kept "
                "in the clear"
            )


def _column_violations(reader: Column, writer: Column) -> Iterator[str]:
    name = reader.name
    if reader.type != writer.type:
        yield (
            f"{name} is {writer.type} for the writer, {reader.type} for the reader: add a column "
            "of another name"
        )
        return
    if reader.required and not writer.required:
        yield f"{name} is required, but the writer may leave it out"
    for word, ours, theirs in (
        ("tokenised from", reader.tokenised_from, writer.tokenised_from),
        ("truncated from", reader.truncated_from, writer.truncated_from),
    ):
        if ours != theirs:
            yield (
                f"{name} is {word} {theirs or 'nothing'} by the writer, {ours or 'nothing'} by "
                "the reader: its values would be lost or mean something else"
            )
    yield from _value_violations(reader, writer)


def _value_violations(reader: Column, writer: Column) -> Iterator[str]:
    name = reader.name
    if reader.accepted_values:
        more = [each for each in writer.accepted_values if each not in reader.accepted_values]
        if more:
            yield f"{name} does not accept {', '.join(more)}, which the writer does"
        elif not writer.accepted_values:
            accepted = ", ".join(reader.accepted_values)
            yield f"{name} accepts only {accepted}, the writer accepts others"
    if reader.pattern and reader.pattern != writer.pattern:
        closed = writer.accepted_values
        if not closed or not all(re.fullmatch(reader.pattern, each) for each in closed):
            theirs = f"{writer.pattern!r}" if writer.pattern else "any value"
            yield (
                f"{name} must match {reader.pattern!r}, the writer has {theirs}: whether one "
                "covers the other is not known"
            )
    if reader.minimum is not None and (writer.minimum is None or writer.minimum < reader.minimum):
        yield f"{name} is at least {reader.minimum:g}, the writer accepts less"
    if reader.maximum is not None and (writer.maximum is None or writer.maximum > reader.maximum):
        yield f"{name} is at most {reader.maximum:g}, the writer accepts more"
