"""Dagster's database, dumped and restored elsewhere: the history of runs is there again."""

import os
import shutil
import subprocess

import dagster as dg

from sentinel.settings import REPOSITORY_ROOT
from tests.support.postgres import binaries

DEPLOYED = REPOSITORY_ROOT / "deploy" / "dagster"


@dg.op
def does_something():
    return 1


@dg.job
def working():
    does_something()


def run(program, *arguments, **more):
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [str(binaries() / program), *arguments], check=True, capture_output=True,
        env=environment, **more,
    ).stdout  # fmt: skip


def test_a_dump_restored_into_an_empty_database_has_every_run(servers, monkeypatch, tmp_path):
    home = str(shutil.copytree(DEPLOYED, tmp_path / "home"))
    with dg.DagsterInstance.from_config(home) as instance:
        ran = [working.execute_in_process(instance=instance).run_id for _ in range(2)]
    dump = run("pg_dump", "--format", "custom", servers.postgres.dsn)
    run("psql", servers.postgres.dsn, "--command", "create database restored")
    restored = servers.postgres.dsn.replace("/postgres", "/restored")
    run("pg_restore", "--dbname", restored, "--exit-on-error", input=dump)

    monkeypatch.setenv("DAGSTER_POSTGRES_DB", "restored")
    with dg.DagsterInstance.from_config(home) as instance:
        found = {record.dagster_run.run_id for record in instance.get_run_records()}
        assert found == set(ran)
        # It goes on: the schema and its sequences are as they were.
        assert working.execute_in_process(instance=instance).success
        assert len(instance.get_run_records()) == 3
