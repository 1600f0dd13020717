"""The Lambda answers as Redshift wants it, for every row or for none; the declarations fit it."""

import json

import pytest
from typer.testing import CliRunner

from sentinel.errors import SettingsError
from spark_udfs import redshift_function
from spark_udfs.commands import app


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "local")
    redshift_function._functions.cache_clear()
    yield
    redshift_function._functions.cache_clear()


def call(name: str, *rows: list, **others) -> dict:
    event = {
        "request_id": "23FF1F97-F28A-44AA-AB67-266ED976BF40", "cluster": "arn:aws:redshift:…",
        "user": "analyst", "database": "sentinel", "external_function": name, "query_id": 5678234,
        "num_records": len(rows), "arguments": list(rows), **others,
    }  # fmt: skip
    answer = redshift_function.handler(event)
    assert isinstance(answer, str)
    return json.loads(answer)


def test_a_batch_is_answered_in_its_order():
    assert call("udfs.passes_luhn", ["4111111111111111"], [None], ["1"]) == {
        "success": True, "num_records": 3, "results": [True, None, False],
    }  # fmt: skip
    assert call("great_circle_km", [0, 0, 0, 0.0])["results"] == [0.0]


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("udfs.no_such", ["1"], "there is no function 'no_such'"),
        ("udfs.passes_luhn", ["1", "2"], "takes 1 arguments (value)"),
        ("udfs.great_circle_km", [1, 2, 3, "north"], "an argument is not of its type"),
    ],
)
def test_what_cannot_be_answered_fails_whole(name: str, row: list, why: str):
    answer = call(name, row)
    assert answer["success"] is False
    assert why in answer["error_msg"]


def test_without_an_environment_nothing_is_tokenised(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SENTINEL_ENVIRONMENT")
    with pytest.raises(SettingsError, match="set SENTINEL_ENVIRONMENT"):
        redshift_function._functions()
    assert call("udfs.passes_luhn", ["1"])["success"] is False


def test_declarations_name_every_function():
    done = CliRunner().invoke(app, ["redshift", "--lambda", "sentinel-udfs"])
    assert done.exit_code == 0
    first, *declared = done.stdout.splitlines()
    assert first == "create schema if not exists udfs;"
    assert declared[1] == (
        "create or replace external function udfs.passes_luhn(varchar(max)) returns boolean "
        "immutable lambda 'sentinel-udfs' iam_role default;"
    )
    listed = CliRunner().invoke(app, ["list"]).stdout
    for statement in declared:
        assert statement.split("udfs.")[1].split("(")[0][:12] in listed
