"""The registry as it is deployed: versions in the database that Dagster has, their files on S3."""

import dataclasses
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import psycopg
import pytest

from fraud_model.calibration import learn_calibrated
from fraud_model.candidates import candidate
from fraud_model.evaluation import Plan, evaluate
from fraud_model.periods import prequential_protocol
from fraud_model.registry import CHALLENGER, CHAMPION, Registry
from fraud_model.registry_places import RegistryPlaceError, make_ready
from sentinel.settings import REPOSITORY_ROOT, Settings
from tests.support.fraud_history import END, FEATURES, START, fraud_history
from tests.support.server_process import free_port

_TRUST = "postgresql+psycopg2://tests@127.0.0.1:{port}/postgres"


@pytest.fixture
def settings(servers, tmp_path):
    return Settings(
        home=tmp_path,
        model_registry_url=_TRUST.format(port=servers.postgres.port),
        model_artifacts_url=f"s3://{servers.log_bucket}/models",
        # MLflow keeps its clients by this address.
        aws_endpoint_url=servers.aws.address,
    )


@pytest.fixture(scope="module")
def trained():
    history = fraud_history()
    fold = prequential_protocol(START, END, folds=1).evaluation[0]
    kind = candidate("lightgbm")
    plan = Plan(kind, FEATURES, {**kind.defaults, "rounds": 10}, 28)
    training = history.training_set(fold)
    model = learn_calibrated(kind, training, plan.parameters).model
    evaluation = evaluate(history, plan, [fold])
    data_hash = training.content_hash(FEATURES)
    return plan, model, fold, data_hash, 0.25, evaluation, training.inputs[:100]


def keys(servers):
    listed = servers.aws.client("s3").list_objects_v2(Bucket=servers.log_bucket)
    return [each["Key"] for each in listed.get("Contents", ())]


def test_another_task_finds_the_champion_that_one_registered(servers, settings, trained):
    with dg.DagsterInstance.from_config(_instance(settings)) as instance:
        assert instance.get_runs() == []  # whose tables are in the same database
        number = Registry(settings).register(*trained)
        Registry(settings).promote(number)
        assert instance.get_runs() == []
    # Where the role of Dagster's runs may write.
    assert keys(servers)
    assert all(key.startswith("models/") for key in keys(servers))
    assert not (settings.state_folder / "models").exists()

    elsewhere = dataclasses.replace(
        Registry(settings),
        settings=settings.model_copy(update={"home": settings.home / "another"}),
    )
    found = elsewhere.version(CHAMPION)
    inputs = trained[-1]
    assert found.number == number
    assert found.model.scores(inputs).tobytes() == trained[1].scores(inputs).tobytes()


def test_tables_of_the_registry_are_in_a_schema_of_their_own(servers, settings):
    assert Registry(settings).number(CHAMPION) is None
    with psycopg.connect(servers.postgres.dsn) as connection:
        schemas = connection.execute(
            "select distinct schemaname from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
    assert schemas == [("model_registry",)]


def test_two_that_come_first_at_once_both_find_a_registry(settings):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make_ready, [settings] * 8))


def test_a_database_that_does_not_answer_is_said_at_once(settings):
    away = settings.model_copy(update={"model_registry_url": _TRUST.format(port=free_port())})
    with pytest.raises(RegistryPlaceError, match=r"(?s)SENTINEL_MODEL_REGISTRY_URL.*refused"):
        Registry(away).number(CHAMPION)


def test_a_bucket_that_is_not_there_leaves_no_version(servers, settings, trained):
    without = settings.model_copy(update={"model_artifacts_url": "s3://not-there/models"})
    with pytest.raises(RegistryPlaceError, match="SENTINEL_MODEL_ARTIFACTS_URL"):
        Registry(without).register(*trained)
    assert Registry(without).number(CHALLENGER) is None


def test_a_person_in_a_task_asks_the_same_registry(settings, trained):
    """By a shell into a task there is nothing but its environment."""
    number = Registry(settings).register(*trained)
    asking = (
        "from fraud_model.registry import Registry\nfrom sentinel.settings import Settings\n"
        "print(Registry(Settings.load()).number('challenger'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asking], capture_output=True, text=True, check=True,
        cwd=REPOSITORY_ROOT,
        env={**os.environ, "SENTINEL_HOME": str(settings.home),
             "SENTINEL_MODEL_REGISTRY_URL": settings.model_registry_url,
             "SENTINEL_MODEL_ARTIFACTS_URL": settings.model_artifacts_url},
    )  # fmt: skip
    assert done.stdout.strip() == number


def _instance(settings):
    return str(shutil.copytree(REPOSITORY_ROOT / "deploy" / "dagster", settings.home / "dagster"))
