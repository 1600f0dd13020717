"""The plan of every environment, into an account where nothing is yet."""

import pytest

from sentinel import costs
from tests.support.terraform import ENVIRONMENTS


@pytest.fixture(scope="module")
def plans(server, tmp_path_factory):
    """The plan of each environment into an empty account."""
    terraform = server.terraform(tmp_path_factory.mktemp("plans"))
    found = {}
    for name in ENVIRONMENTS:
        place = f"environments/{name}"
        terraform.init(place, backend=True)
        found[name] = terraform.plan(place, "first.tfplan")
    return found


def planned(plan, kind):
    """Attributes of every resource of a type, by address."""
    return {
        each["address"]: each["change"]["after"]
        for each in plan["resource_changes"]
        if each["type"] == kind and each["mode"] == "managed"
    }


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_everything_is_made_and_carries_the_tags_that_bills_are_told_apart_by(plans, name):
    changes = [each for each in plans[name]["resource_changes"] if each["mode"] == "managed"]
    assert {tuple(each["change"]["actions"]) for each in changes} == {("create",)}
    tagged = [each for each in changes if "tags_all" in each["change"]["after"]]
    assert len(tagged) > 100
    for each in tagged:
        tags = each["change"]["after"]["tags_all"]
        assert tags["environment"] == name, each["address"]
        assert {"project", "owner", "cost-centre", "component"} <= set(tags), each["address"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_nothing_is_open_to_the_internet(plans, name):
    plan = plans[name]
    for kind in ("aws_internet_gateway", "aws_nat_gateway", "aws_lb", "aws_eip"):
        assert not planned(plan, kind)
    for address, rule in planned(plan, "aws_vpc_security_group_ingress_rule").items():
        assert rule["cidr_ipv4"] != "0.0.0.0/0", address
    for kind in ("aws_db_instance", "aws_redshiftserverless_workgroup"):
        assert [each["publicly_accessible"] for each in planned(plan, kind).values()] == [False]


def test_environments_have_the_same_resources(plans):
    """But for locks, which dev has not: what runs in staging is what runs in production."""
    # Spark's schemas in dev carry its name (macro generate_schema_name).
    addresses = {
        name: {each["address"].replace('["dev_', '["') for each in plan["resource_changes"]}
        for name, plan in plans.items()
    }
    assert addresses["staging"] == addresses["prod"]
    beyond = {
        each.rpartition(".aws_")[2].split(".")[0] for each in addresses["prod"] - addresses["dev"]
    }
    assert beyond == {"s3_bucket_object_lock_configuration"}
    assert addresses["dev"] <= addresses["prod"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_random_value_is_in_a_plan(plans, name):
    versions = planned(plans[name], "aws_secretsmanager_secret_version").values()
    assert [each["secret_string_wo"] for each in versions] == [None, None]
    assert [each["secret_string"] for each in versions] == [None, None]


def test_the_cost_estimate_counts_what_is_planned(plans):
    counts, plan = costs.prices()["counts"], plans["prod"]
    endpoints = planned(plan, "aws_vpc_endpoint").values()
    assert counts == {
        "keys": len(planned(plan, "aws_kms_key")),
        "interface_endpoints": sum(each["vpc_endpoint_type"] == "Interface" for each in endpoints),
        "alarms": len(planned(plan, "aws_cloudwatch_metric_alarm")),
        "composite_alarms": len(planned(plan, "aws_cloudwatch_composite_alarm")),
        "secrets": len(planned(plan, "aws_secretsmanager_secret"))
        + len(planned(plan, "aws_redshiftserverless_namespace")),
        "streams": len(planned(plan, "aws_kinesis_stream")),
    }
