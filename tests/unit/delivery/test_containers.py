"""Image, compose file and Kubernetes manifests: who runs, with what rights, and that names agree.

Their schemas and what is dangerous in them are `make containers`. What a builder or a cluster would
say to them is not told here: neither is there.
"""

import re

import pytest
import yaml

from sentinel.settings import REPOSITORY_ROOT

DEPLOY = REPOSITORY_ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
BASE = DEPLOY / "kubernetes" / "base"
DAGSTER = ("code", "webserver", "daemon")


def manifests():
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert {path.name for path in BASE.glob("*.yaml")} == {*listed, "kustomization.yaml"}
    for name in listed:
        yield from yaml.safe_load_all((BASE / name).read_text(encoding="utf-8"))


def container(name):
    (found,) = (
        each
        for each in manifests()
        if each["kind"] == "Deployment" and each["metadata"]["name"] == name
    )
    return found["spec"], found["spec"]["template"]["spec"]["containers"][0]


def test_the_image_is_nobodys_and_from_a_base_that_can_be_named_by_digest():
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    stages = [line for line in lines if line.startswith("FROM ")]
    assert stages == ["FROM ${PYTHON_IMAGE} AS build", "FROM ${PYTHON_IMAGE}"]
    last = lines[lines.index("FROM ${PYTHON_IMAGE}") :]
    assert "USER 10001:10001" in last
    assert not [line for line in lines if line.startswith("ADD ")]
    assert not [line for line in lines if "latest" in line]


def test_the_image_holds_what_the_project_is_made_of_and_no_tests():
    kept = {
        line[1:]
        for line in (REPOSITORY_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert all((REPOSITORY_ROOT / name).exists() for name in kept)
    assert not {"tests", "terraform", ".git", "docs"} & kept
    project = (REPOSITORY_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (packages,) = re.findall(r"^include = \[(.*)\]$", project, re.MULTILINE)
    assert {name.strip(' "*') for name in packages.split(",")} <= kept


@pytest.mark.parametrize("name", DAGSTER)
def test_a_service_is_the_same_on_ecs_and_on_kubernetes(name):
    module = REPOSITORY_ROOT / "terraform" / "modules" / "orchestration" / "main.tf"
    services = module.read_text(encoding="utf-8").partition("  services = {")[2]
    (command,) = re.findall(rf"^    {name} = {{\n +command += \[(.+)\]", services, re.MULTILINE)
    _, here = container(name)
    assert here["command"] == ["/app/deploy/entrypoint", *yaml.safe_load(f"[{command}]")]


@pytest.mark.parametrize("name", DAGSTER)
def test_a_pod_may_little_and_says_what_it_needs(name):
    spec, here = container(name)
    pod = spec["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert here["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert here["resources"]["limits"]["memory"]
    assert here["resources"]["requests"]["cpu"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(here)
    assert pod["automountServiceAccountToken"] is False
    # What it may write lies in its volumes.
    assert {each["mountPath"] for each in here["volumeMounts"]} == {"/state", "/tmp"}


@pytest.mark.parametrize("name", ["code", "daemon"])
def test_of_what_keeps_something_there_is_one(name):
    spec, _ = container(name)
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


def test_webservers_are_as_many_as_are_needed():
    spec, here = container("webserver")
    assert "replicas" not in spec, "applying manifests again would undo what the autoscaler did"
    (scaler,) = (each for each in manifests() if each["kind"] == "HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] == "webserver"
    assert scaler["spec"]["minReplicas"] == 1 < scaler["spec"]["maxReplicas"]
    (metric,) = scaler["spec"]["metrics"]
    # A share of what is requested: without a request there is none.
    assert metric["resource"]["name"] in here["resources"]["requests"]


def test_only_the_code_location_can_be_reached():
    policies = {
        each["metadata"]["name"]: each["spec"]
        for each in manifests()
        if each["kind"] == "NetworkPolicy"
    }
    assert policies["closed"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    assert policies["code-is-asked"]["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/name": "code"
    }
    services = {each["metadata"]["name"] for each in manifests() if each["kind"] == "Service"}
    assert services == {"code", "webserver"}
    assert not [each for each in manifests() if each["kind"] == "Ingress"]


def test_the_stack_on_one_machine_is_reached_from_it_alone():
    for name, service in COMPOSE["services"].items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name
        assert not service.get("privileged")
        image = service["image"]
        assert re.search(r":[\w.-]*\d", image) or image == "sentinel:local", image


def test_the_stack_starts_in_an_order_that_there_is():
    services = COMPOSE["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], (name, needed)
    assert {"postgres", "redis", "aws", *DAGSTER} <= set(services)


@pytest.mark.parametrize("name", DAGSTER)
def test_a_service_of_the_stack_is_as_deployed(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    if name != "code":  # which is what the image runs by itself
        here = [part.replace("deploy/compose", "deploy/dagster") for part in service["command"]]
        assert ["/app/deploy/entrypoint", *here] == container(name)[1]["command"]
