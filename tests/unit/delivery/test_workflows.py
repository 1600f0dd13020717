"""Workflows: nothing that others can change, no more rights than needed, nothing of their own."""

import re

import pytest
import yaml

from sentinel.settings import REPOSITORY_ROOT

FOLDER = REPOSITORY_ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
WRITABLE = {"id-token", "pull-requests"}

each_file = pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)


def workflow(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_there_are_workflows():
    assert len(FILES) >= 3


@each_file
def test_actions_of_others_are_named_by_commit_and_say_their_version(file):
    used = re.findall(r"uses: (\S+)(.*)", file.read_text(encoding="utf-8"))
    for action, comment in used:
        if action.startswith("./"):
            assert (REPOSITORY_ROOT / action).is_file()
        else:
            assert re.fullmatch(r"[\w-]+/[\w.-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_one_action_has_one_commit():
    commits = {}
    for file in FILES:
        for name, commit in re.findall(r"uses: ([\w/-]+)@(\w+)", file.read_text(encoding="utf-8")):
            commits.setdefault(name, set()).add(commit)
    assert len(commits) >= 5
    assert {name for name, each in commits.items() if len(each) > 1} == set()


@each_file
def test_rights_are_said_and_are_few(file):
    read = workflow(file)
    assert "permissions" in read
    for rights in [
        read["permissions"],
        *(job.get("permissions", {}) for job in read["jobs"].values()),
    ]:
        assert {name for name, right in rights.items() if right == "write"} <= WRITABLE


@each_file
def test_a_fork_gets_no_rights(file):
    """`on` is what YAML takes for true; a pull request's code never runs as the target's."""
    read = workflow(file)
    assert not {"pull_request_target", "workflow_run"} & set(read[True])
    if "pull_request" not in read[True]:
        return
    guard = "github.event.pull_request.head.repo.full_name == github.repository"
    for job in read["jobs"].values():
        if "write" in job.get("permissions", read["permissions"]).values():
            assert guard in job["if"]


@each_file
def test_who_may_write_to_a_pull_request_does_not_run_its_code(file):
    for job in workflow(file)["jobs"].values():
        if job.get("permissions", {}).get("pull-requests") != "write":
            continue
        checkouts = [
            step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")
        ]
        assert [step["with"]["ref"] for step in checkouts] == [
            "${{ github.event.pull_request.base.sha }}"
        ]


@each_file
def test_each_step_calls_make_and_each_job_ends(file):
    makefile = (REPOSITORY_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for job in workflow(file)["jobs"].values():
        if "uses" in job:
            continue
        assert job["timeout-minutes"] <= 90
        for step in job["steps"]:
            if "run" in step:
                command, target = step["run"].split(" ")
                assert command == "make"
                assert target in targets
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False


def test_a_commit_goes_through_every_environment_in_order():
    jobs = workflow(FOLDER / "deploy.yml")["jobs"]
    assert list(jobs) == ["dev", "staging", "prod"]
    assert [job.get("needs") for job in jobs.values()] == [None, "dev", "staging"]
    assert [job["with"]["environment"] for job in jobs.values()] == list(jobs)


def test_all_that_make_test_does_is_done_for_a_pull_request():
    """And what is too long for it, and known faults of packages, besides."""
    makefile = (REPOSITORY_ROOT / "Makefile").read_text(encoding="utf-8")
    (needed,) = re.findall(r"^test: (.*?)(?: ##.*)?$", makefile, re.MULTILINE)
    jobs = workflow(FOLDER / "checks.yml")["jobs"].values()
    run = {step["run"] for job in jobs for step in job["steps"] if "run" in step}
    besides = {"make audit", "make test-spark", "make test-iceberg"}
    assert {f"make {target}" for target in needed.split()} | besides == run
