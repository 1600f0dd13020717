"""The Dagster graph as it loads: in every environment, without network or credentials.

Belongs here: what is defined. Does not belong here: running it; the end-to-end tests do.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from dagster_defs.assets.warehouse import build_arguments
from dagster_defs.automation import NEAR_REAL_TIME, REBUILD, RECONCILE, schedules
from dagster_defs.checks import STREAM_EQUALS_BATCH
from dagster_defs.definitions import build_defs
from dagster_defs.environment import current_environment, day_range_variables
from dagster_defs.freshness import PROMISED_FRESHNESS
from dagster_defs.lake_maintenance import COMPACT
from sentinel.lake import Lake
from sentinel.settings import ENVIRONMENTS, EnvironmentName, Settings
from tests.support.compactions import land, live_paths, live_rows
from tests.support.events import transaction

pytestmark = pytest.mark.xdist_group("definitions")

MODEL_GROUPS = {"staging", "intermediate", "features", "marts", "ops", "reference", "snapshots"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's manifests lie, one for each dbt target: parsing takes seconds."""
    return tmp_path_factory.mktemp("definitions")


@contextmanager
def _environment(name: EnvironmentName, folder: Path, home: Path) -> Iterator[None]:
    spec = ENVIRONMENTS[name]
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
            patch.delenv(variable, raising=False)
        patch.setenv("SENTINEL_ENVIRONMENT", name)
        patch.setenv("SENTINEL_HOME", str(home))
        patch.setenv("DBT_TARGET_PATH", str(folder / spec.target))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        if spec.lake == "s3":
            patch.setenv("SENTINEL_LAKE_URL", "s3://nowhere/lake")
        yield


@pytest.fixture(scope="module")
def graph(folder: Path) -> dg.Definitions:
    with _environment(EnvironmentName.LOCAL, folder, folder):
        return build_defs(current_environment())


@pytest.mark.parametrize("name", list(EnvironmentName))
def test_definitions_load_everywhere(name: EnvironmentName, folder: Path) -> None:
    with _environment(name, folder, folder):
        definitions = build_defs(current_environment())
        # All that a code location loads, which is more than the graph.
        definitions.get_repository_def().load_all_definitions()
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert {"raw/transactions", "marts/fct_transactions", "published/marts"} <= keys
    schedule = definitions.resolve_schedule_def("hourly_build")
    is_running = schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert is_running == ENVIRONMENTS[name].is_automated


def test_group_key_and_owner_follow_one_rule(graph: dg.Definitions) -> None:
    assets = graph.resolve_asset_graph()
    for key in assets.get_all_asset_keys():
        node = assets.get(key)
        if node.group_name not in MODEL_GROUPS:
            continue
        assert key.path[0] == node.group_name, key
        assert node.owners, f"{key} has no owner"


def test_data_tests_are_checks_and_unit_tests_are_not(graph: dg.Definitions) -> None:
    names = {check.name for check in graph.resolve_asset_graph().asset_check_keys}
    assert "unique_fct_transactions_transaction_id" in names
    assert "mart_keeps_up_with_lake" in names
    assert "resource_type:unit_test" not in " ".join(build_arguments({}))
    assert build_arguments({})[1:3] == ["--exclude-resource-type", "unit_test"]


def test_what_is_promised_has_a_freshness_policy(graph: dg.Definitions) -> None:
    assets = graph.resolve_asset_graph()
    promised = {
        tuple(key.path)
        for key in assets.get_all_asset_keys()
        if assets.get(key).freshness_policy is not None
    }
    assert promised == set(PROMISED_FRESHNESS)


def test_daily_figures_are_partitioned_by_day(graph: dg.Definitions) -> None:
    assets = graph.resolve_asset_graph()
    key = dg.AssetKey(["marts", "fraud_kpis_daily"])
    assert isinstance(assets.get(key).partitions_def, dg.DailyPartitionsDefinition)
    assert assets.get(dg.AssetKey(["marts", "fct_transactions"])).partitions_def is None


def test_a_micro_batch_builds_what_the_selector_names(graph: dg.Definitions) -> None:
    job = graph.resolve_job_def(NEAR_REAL_TIME)
    assert {key.to_user_string() for key in job.asset_layer.selected_asset_keys} == {
        "intermediate/int_transactions__versioned", "intermediate/int_fraud_labels__deduplicated",
        "marts/fct_transactions", "features/feat_transactions",
        "features/feat_transactions_history", "intermediate/int_transactions__rules_observed",
            "intermediate/int_activity_hours__observed",
    }  # fmt: skip


@pytest.mark.parametrize("name", list(EnvironmentName))
def test_the_lake_is_compacted_daily_where_it_is_read_by_files(name: EnvironmentName) -> None:
    settings = Settings(environment=name, automation=True, lake_url="s3://nowhere/lake")
    (schedule,) = (each for each in schedules(settings) if each.name == "daily_compaction")
    is_running = schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert is_running == (ENVIRONMENTS[name].target == "duckdb")
    assert (schedule.job_name, schedule.cron_schedule) == (COMPACT, "30 2 * * *")


def test_the_compaction_job_compacts_and_shows_what_it_did(
    graph: dg.Definitions, tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    for batch in "abcd":
        land(lake, batch, [transaction(batch)])
    before = live_rows(lake)
    with _environment(EnvironmentName.LOCAL, tmp_path, tmp_path):
        done = graph.resolve_job_def(COMPACT).execute_in_process()
        assert done.success
    output = done.filter_events(lambda each: each.is_successful_output)[0]
    shown = output.step_output_data.metadata["transactions"].value
    assert (shown["files_before"], shown["files_after"], shown["days"]) == (4, 1, 1)
    assert live_rows(lake) == before
    assert len(live_paths(lake)) == 1


def test_days_come_from_the_lake(folder: Path, tmp_path: Path) -> None:
    for day in ("2024-03-01", "2024-03-04"):
        (tmp_path / "lake" / "raw" / "transactions" / f"event_date={day}").mkdir(parents=True)
    with _environment(EnvironmentName.LOCAL, folder, tmp_path):
        environment = current_environment()
    assert environment.daily.get_partition_keys() == [
        "2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04",
    ]  # fmt: skip
    assert environment.variables == {
        "start_date": "2024-03-01",
        "end_date": "2024-03-04",
        "custom_run_started_at": "2024-03-05T00:00:00",
    }


def test_variables_reach_dbt() -> None:
    variables = {"start_date": "2024-03-01", "end_date": "2024-03-04"}
    assert day_range_variables("2024-03-01", "2024-03-04") == variables
    assert json.loads(build_arguments(variables)[-1]) == variables
    assert "--vars" not in build_arguments({})


def test_the_definitions_page_is_a_page() -> None:
    module = Path(__file__).parents[3] / "dagster_defs" / "definitions.py"
    assert len(module.read_text().splitlines()) < 50


def test_what_a_micro_batch_builds_is_compared_with_a_batch(graph: dg.Definitions) -> None:
    compared = {
        key.asset_key
        for key in graph.resolve_asset_graph().asset_check_keys
        if key.name == STREAM_EQUALS_BATCH
    }
    built = graph.resolve_job_def(NEAR_REAL_TIME).asset_layer.executable_asset_keys
    assert compared == set(built)
    job = graph.resolve_job_def(RECONCILE)
    assert {key.asset_key for key in job.asset_layer.asset_graph.asset_check_keys} >= compared
    assert not job.asset_layer.executable_asset_keys
    rebuild = graph.resolve_job_def(REBUILD).asset_layer.asset_graph.asset_check_keys
    assert not any(key.name == STREAM_EQUALS_BATCH for key in rebuild)
