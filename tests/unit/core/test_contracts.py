"""The contracts as they are, and what is refused as one."""

import sys

import pyarrow as pa
import pytest
import yaml

from sentinel.contracts import Contract, contract, contracts
from sentinel.errors import ContractError

MINIMAL = {
    "dataset": "things", "version": 1, "grain": "one thing", "description": "d", "owner": "o",
    "key": ["thing_id"], "event_time": "seen_at",
    "columns": [
        {"name": "thing_id", "type": "string", "required": True, "classification": "internal",
         "description": "d"},
        {"name": "seen_at", "type": "timestamp", "required": True, "classification": "internal",
         "description": "d"},
    ],
}  # fmt: skip


def test_every_dataset_of_the_design_has_a_contract():
    assert set(contracts()) == {
        "transactions", "fraud_labels", "customers", "terminals", "analyst_decisions",
    }  # fmt: skip


@pytest.mark.parametrize("dataset", sorted(contracts()))
def test_keys_and_event_times_are_required_and_every_column_is_described(dataset):
    one = contract(dataset)
    for name in (*one.key, one.event_time):
        assert one.column(name).required
        assert not one.lake_schema.field(name).nullable
    assert all(column.description for column in one.columns)
    assert one.lake_schema.names[-6:] == [
        "_batch_id", "_source", "_position", "_extras", "_schema_version", "_ingested_at",
    ]  # fmt: skip


def test_arriving_names_lead_to_the_columns_made_from_them():
    names = contract("customers").arriving_names
    assert {name: column.name for name, column in names.items()} == {
        "full_name": "name_token", "email": "email_token", "phone": "phone_token",
        "document_number": "document_token",
    }  # fmt: skip
    assert contract("transactions").column("amount").arrow_type == pa.decimal128(18, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": ["other_id"]}, "other_id is not one of its columns"),
        ({"event_time": "other_at"}, "other_at is not one of its columns"),
        ({"columns": MINIMAL["columns"] * 2}, "declared twice"),
        ({"columns": [{**MINIMAL["columns"][0], "required": False}, MINIMAL["columns"][1]]},
         "thing_id must be required"),
        ({"columns": [{**MINIMAL["columns"][0], "type": "text"}, MINIMAL["columns"][1]]},
         "'text' is unknown"),
        ({"colums": []}, "colums"),
        ({"version": 0}, "version"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_contract_is_said(change, message):
    with pytest.raises(ValueError, match=message):
        Contract.model_validate({**MINIMAL, **change})


def test_an_unknown_dataset_or_column_is_an_error_that_names_the_known_ones():
    with pytest.raises(ContractError, match=r"'payments'.*transactions"):
        contract("payments")
    with pytest.raises(ContractError, match="no column 'amont'"):
        contract("transactions").column("amont")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (yaml.safe_dump({**MINIMAL, "owner": None}), "broken.yml"),
        ("a: [", "broken.yml"),
        (yaml.safe_dump(MINIMAL), "names must agree"),
    ],
)
def test_a_broken_file_is_named(tmp_path, monkeypatch, text, message):
    (tmp_path / "broken.yml").write_text(text)
    # The package's function of the same name hides the module from attribute access.
    monkeypatch.setattr(sys.modules["sentinel.contracts.contract"], "_FOLDER", tmp_path)
    contracts.cache_clear()
    try:
        with pytest.raises(ContractError, match=message):
            contracts()
    finally:
        contracts.cache_clear()
