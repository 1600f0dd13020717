"""Versions of a contract: what may change, and in which direction it then still reads."""

import pytest
import yaml
from typer.testing import CliRunner

from sentinel.commands.contracts import app
from sentinel.contracts import Contract, contracts
from sentinel.contracts.compatibility import Compatibility, compatibility

REQUIRED = {"required": True}
COLUMNS = {
    "id": {"type": "string", **REQUIRED},
    "at": {"type": "timestamp", **REQUIRED},
    "amount": {"type": "decimal(18,2)", "minimum": 0, "maximum": 100},
    "channel": {"type": "string", "accepted_values": ["atm", "pos"]},
    "country": {"type": "string", "pattern": "[A-Z]{2}"},
    "note": {"type": "string"},
    "card_token": {"type": "string", "tokenised_from": "card_number"},
}


def declared(version: int = 2, columns: dict | None = None, **top) -> dict:
    columns = COLUMNS if columns is None else columns
    return {
        "dataset": "things", "version": version, "grain": "a thing", "description": "Things.",
        "owner": "us", "key": ["id"], "event_time": "at",
        "columns": [
            {"name": name, "description": name, "classification": "internal", **column}
            for name, column in columns.items()
        ],
    } | top  # fmt: skip


def changed(version: int = 2, without: str = "", **columns: dict) -> Contract:
    """The contract with columns replaced, added or left out."""
    kept = {name: column for name, column in COLUMNS.items() if name != without}
    return Contract.model_validate(declared(version, {**kept, **columns}))


OLD = changed(version=1)


@pytest.mark.parametrize(
    ("new", "backward", "forward"),
    [
        (changed(), [], []),
        (changed(added={"type": "string"}), [], []),
        (changed(without="note"), [], []),
        (changed(added={"type": "string", **REQUIRED}), ["added is required"], []),
        (changed(note={"type": "string", **REQUIRED}), ["note is required"], []),
        (changed(note={"type": "integer"}), ["note is string"], ["note is integer"]),
        (
            changed(amount={"type": "decimal(20,2)", "minimum": 0, "maximum": 100}),
            ["amount is decimal(18,2)"], ["amount is decimal(20,2)"],
        ),
        (
            changed(amount={"type": "decimal(18,2)", "minimum": -5, "maximum": 200}),
            [], ["amount is at least 0", "amount is at most 100"],
        ),
        (
            changed(amount={"type": "decimal(18,2)", "minimum": 1, "maximum": 99}),
            ["amount is at least 1", "amount is at most 99"], [],
        ),
        (
            changed(amount={"type": "decimal(18,2)"}),
            [], ["amount is at least 0", "amount is at most 100"],
        ),
        (
            changed(channel={"type": "string", "accepted_values": ["atm", "pos", "web"]}),
            [], ["channel does not accept web"],
        ),
        (
            changed(channel={"type": "string", "accepted_values": ["atm"]}),
            ["channel does not accept pos"], [],
        ),
        (changed(channel={"type": "string"}), [], ["channel accepts only atm, pos"]),
        (
            changed(channel={"type": "string", "pattern": "[a-z]{3}"}),
            [], ["channel accepts only atm, pos"],
        ),
        (
            changed(country={"type": "string", "pattern": "[A-Z]{3}"}),
            ["country must match '[A-Z]{3}'"], ["country must match '[A-Z]{2}'"],
        ),
        (changed(country={"type": "string"}), [], ["country must match '[A-Z]{2}'"]),
        (
            changed(card_token={"type": "string", "tokenised_from": "pan"}),
            ["card_token is tokenised from card_number by the writer, pan by the reader"],
            ["card_token is tokenised from pan by the writer, card_number by the reader"],
        ),
        (
            changed(without="card_token", card_number={"type": "string"}),
            ["card_number is a column of its own"], [],
        ),
        (
            changed(note={"type": "string", "truncated_from": "address"}),
            ["note is truncated from nothing"], ["note is truncated from address"],
        ),
    ],
)  # fmt: skip
def test_what_reads_what(new, backward, forward):
    found = compatibility(OLD, new)
    for violations, expected in ((found.backward, backward), (found.forward, forward)):
        assert len(violations) == len(expected), violations
        for violation, begin in zip(violations, expected, strict=True):
            assert violation.startswith(begin)
    assert found.version == ()


def test_leaving_out_what_the_old_one_requires_is_not_read_by_it():
    old = changed(version=1, note={"type": "string", **REQUIRED})
    found = compatibility(old, changed(without="note"))
    assert found.backward == ()
    assert found.forward == ("note is required, but the writer does not have it",)


def test_another_key_or_event_time_is_another_dataset():
    other_time = {**COLUMNS, "reported_at": {"type": "timestamp", **REQUIRED}}
    old = Contract.model_validate(declared(1, other_time))
    new = Contract.model_validate(
        declared(2, other_time, key=["id", "at"], event_time="reported_at")
    )
    found = compatibility(old, new)
    for violations in (found.backward, found.forward):
        assert [violation.split(" is ")[0] for violation in violations] == ["key", "event time"]
    renamed = Contract.model_validate(declared(dataset="others"))
    assert len(compatibility(old, renamed).backward) == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (1, changed(version=1, added={"type": "string"}), "make it version 2"),
        (3, changed(version=2), "falls from 3 to 2"),
    ],
)
def test_versions_rise_with_every_change(old, new, says):
    (violation,) = compatibility(changed(version=old), new).version
    assert says in violation


def test_words_may_change_without_a_new_version():
    described = declared(1, None, description="Other words.", owner="them")
    found = compatibility(OLD, Contract.model_validate(described))
    assert found == Compatibility((), (), ())


@pytest.mark.parametrize("one", contracts().values(), ids=contracts())
def test_a_contract_reads_itself(one):
    assert compatibility(one, one) == Compatibility((), (), ())


def test_the_command_names_every_violation_and_fails_by_what_is_required(tmp_path):
    old, new = tmp_path / "old.yml", tmp_path / "new.yml"
    old.write_text(yaml.safe_dump(declared(1)))
    columns = {**COLUMNS, "channel": {"type": "string", "accepted_values": ["atm", "pos", "web"]}}
    new.write_text(yaml.safe_dump(declared(2, columns)))
    compared = CliRunner().invoke(app, ["compare", str(old), str(new)])
    assert compared.exit_code == 0
    assert "Backward (the new reads the old): yes" in compared.output
    assert "  - channel does not accept web, which the writer does" in compared.output
    for required, code in (("forward", 1), ("both", 1), ("backward", 0)):
        arguments = ["compare", str(old), str(new), "--require", required]
        assert CliRunner().invoke(app, arguments).exit_code == code
    new.write_text(yaml.safe_dump(declared(1, columns)))
    assert CliRunner().invoke(app, ["compare", str(old), str(new)]).exit_code == 1
