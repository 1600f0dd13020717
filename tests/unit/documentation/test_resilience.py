"""docs/resilience.md says the numbers that code, Terraform and deployment say."""

import inspect
import re

import pytest
import yaml

from batch_ingest import rest_source
from batch_ingest.mapping import RestSource
from sentinel import object_store
from sentinel.documentation.markdown import table_rows
from sentinel.settings import REPOSITORY_ROOT
from streaming_ingest import aws, kinesis, runner
from streaming_ingest.change_data_capture import commands
from streaming_ingest.producers import CircuitBreaker, Retrying, Spool

PAGE = (REPOSITORY_ROOT / "docs" / "resilience.md").read_text(encoding="utf-8")


def text(path):
    return (REPOSITORY_ROOT / path).read_text(encoding="utf-8")


def default(callable_, name):
    return inspect.signature(callable_).parameters[name].default


def number_in(path, pattern):
    (found,) = re.findall(pattern, text(path), re.MULTILINE)
    return found


SETTINGS = yaml.safe_load(text("terraform/environments/prod/settings.yml"))
DAGSTER = yaml.safe_load(text("deploy/dagster/dagster.yaml"))
QUEUE = "terraform/modules/queue/main.tf"
AWS = aws._CONFIG
NUMBERS = {
    "producer, first pause": f"{Retrying.first_seconds:g} s",
    "producer, longest pause": f"{Retrying.most_seconds:g} s",
    "producer, refusals of a record before the circuit opens": str(Retrying.most_attempts),
    "producer, failed calls before the circuit opens": str(
        default(CircuitBreaker, "most_failures")
    ),
    "producer, circuit stays open": f"{default(CircuitBreaker, 'open_seconds'):g} s",
    "producer, spool": f"{default(Spool, 'most_bytes') / 2**30:g} GiB",
    "streams, attempts of AWS's client": str(AWS.retries["total_max_attempts"]),
    "streams, connecting": f"{AWS.connect_timeout} s",
    "streams, waiting for an answer": f"{AWS.read_timeout} s",
    "delivery, attempts to read": str(kinesis._READ_ATTEMPTS),
    "lake, conditional puts that met another": str(object_store._CONFLICT_ATTEMPTS),
    "APIs, attempts": str(RestSource.model_fields["max_attempts"].default),
    "APIs, longest pause": f"{rest_source._LONGEST_WAIT_SECONDS} s",
    "capture, longest pause": f"{commands._LONGEST_WAIT_SECONDS} s",
    "micro-batch, longest pause": f"{runner._LONGEST_PAUSE_SECONDS:g} s",
    "Dagster, new attempts of a lost run": str(DAGSTER["run_retries"]["max_retries"]),
    "Dagster, runs at once": str(DAGSTER["run_coordinator"]["config"]["max_concurrent_runs"]),
    "messages, attempts before they are put aside": number_in(QUEUE, r"maxReceiveCount += (\d+)"),
    "messages, kept": number_in(
        QUEUE, r"message_retention_seconds += (\d+) \* 24 \* 3600\n +receive_wait"
    ) + " days",
    "messages, kept when put aside": number_in(
        QUEUE, r"-dead\"\n +message_retention_seconds += (\d+) \* 24 \* 3600"
    ) + " days",
    "stream, records kept": f"{SETTINGS['stream']['retention_hours']} h",
    "landing bucket, objects kept": f"{SETTINGS['storage']['landing_days']} days",
    "functions at once": str(SETTINGS["stream"]["function_concurrency"]),
    "warehouse, from": f"{SETTINGS['warehouse']['base_rpus']} RPU",
    "warehouse, up to": f"{SETTINGS['warehouse']['max_rpus']} RPU",
    "Spark, up to": f"{SETTINGS['spark']['max_vcpu']} vCPU",
}  # fmt: skip


def test_every_number_of_the_page_is_that_of_the_code():
    rows = {row[0]: row[1] for row in table_rows(PAGE.partition("| Setting |")[2])}
    stated = {name: value for name, value in rows.items() if name in NUMBERS}
    assert stated == NUMBERS


def test_every_row_of_the_numbers_is_compared():
    section = PAGE.partition("| Setting |")[2].partition("\n\n")[0]
    assert {row[0] for row in table_rows(section)} == set(NUMBERS)


def test_webservers_grow_as_the_manifest_says():
    *_, scaler = yaml.safe_load_all(text("deploy/kubernetes/base/webserver.yaml"))
    (metric,) = scaler["spec"]["metrics"]
    target = metric["resource"]["target"]["averageUtilization"]
    rows = {row[0]: row for row in table_rows(PAGE.partition("## When something")[0])}
    _, _, signal, most = rows["Dagster's webserver (Kubernetes)"]
    assert signal.startswith(f"processor, {target} %")
    assert most == str(scaler["spec"]["maxReplicas"])


RECOVERY = {row[0]: row for row in table_rows(PAGE.partition("## What may be lost")[2])}


@pytest.mark.parametrize(
    ("what", "days"),
    [
        ("the lake, objects removed or written over", SETTINGS["storage"]["lake_noncurrent_days"]),
        ("the lake, objects removed or written over", SETTINGS["storage"]["lake_lock"]["days"]),
        ("the warehouse", SETTINGS["warehouse"]["snapshot_days"]),
        ("Dagster's history", SETTINGS["orchestration"]["database"]["backup_days"]),
        ("Redis", SETTINGS["serving"]["redis_snapshot_days"]),
        ("Redis", SETTINGS["serving"]["redis_nodes"]),
        ("the token key", 30),
    ],
)
def test_what_comes_back_comes_back_for_as_long_as_it_is_kept(what, days):
    assert re.search(rf"\b{days}\b", " ".join(RECOVERY[what]))


def test_the_secret_is_kept_for_as_long_as_the_page_says():
    module = text("terraform/modules/streaming/main.tf")
    assert "recovery_window_in_days = var.settings.is_disposable ? 0 : 30" in module


def test_what_rehearses_a_recovery_is_there():
    makefile = text("Makefile")
    for row in RECOVERY.values():
        for named in re.findall(r"`([^`]+)`", row[-1]):
            target = named.removeprefix("make ")
            is_there = (
                re.search(rf"^{target}:", makefile, re.MULTILINE)
                if named.startswith("make ")
                else (REPOSITORY_ROOT / named).is_dir()
            )
            assert is_there or row[0] == "What", named


def test_what_grows_by_itself_does_so_in_terraform():
    for module, said in {
        "streaming": r'stream_mode += "ON_DEMAND"',
        "serving": r'billing_mode += "PAY_PER_REQUEST"',
        "warehouse": r"max_capacity += var\.settings\.max_rpus",
        "spark": r"auto_stop_configuration \{\n +enabled += true",
        "orchestration": r"deployment_circuit_breaker \{\n +enable += true\n +rollback = true",
    }.items():
        assert re.search(said, text(f"terraform/modules/{module}/main.tf")), module
    database = text("terraform/modules/orchestration/database.tf")
    assert re.search(r"max_allocated_storage +=.*storage_gb \* 4", database)
