"""The instance of Dagster that is deployed: its file is valid, and it keeps runs in PostgreSQL."""

import shutil

import dagster as dg
import yaml

from sentinel.settings import REPOSITORY_ROOT

DEPLOYED = REPOSITORY_ROOT / "deploy" / "dagster"


@dg.op
def says_something():
    print("said in a run")


@dg.job
def speaking():
    says_something()


def test_a_run_is_kept_in_postgresql_and_what_it_printed_in_s3(servers, tmp_path):
    home = str(shutil.copytree(DEPLOYED, tmp_path / "home"))  # as the image's entry point does
    with dg.DagsterInstance.from_config(home) as instance:
        assert speaking.execute_in_process(instance=instance, raise_on_error=True).success
    with dg.DagsterInstance.from_config(home) as again:
        (record,) = again.get_run_records()
        assert record.dagster_run.status == dg.DagsterRunStatus.SUCCESS
    printed = {
        each["Key"]
        for each in servers.aws.client("s3").list_objects_v2(Bucket=servers.log_bucket)["Contents"]
    }
    assert {key.rpartition(".")[2] for key in printed} >= {"out", "err"}
    # Where the roles of Dagster's tasks may write.
    assert all(key.startswith("logs/") for key in printed)


def test_every_variable_of_the_files_is_given_by_terraform():
    module = REPOSITORY_ROOT / "terraform" / "modules" / "orchestration" / "main.tf"
    given = module.read_text(encoding="utf-8")
    for file in ("dagster.yaml", "workspace.yaml"):
        text = yaml.safe_load((DEPLOYED / file).read_text(encoding="utf-8"))
        names = set(variables_of(text))
        assert names
        assert not {
            name for name in names if f"    {name} " not in given and f'"{name}"' not in given
        }


def variables_of(value):
    if isinstance(value, dict):
        if set(value) == {"env"}:
            yield value["env"]
        for each in value.values():
            yield from variables_of(each)
    if isinstance(value, list):
        for each in value:
            yield from variables_of(each)
