"""The environment dev, applied to an AWS API server: what is there, and who may do what with it.

The server keeps what it is told and runs none of it, so nothing here shows that Firehose delivers
or that the warehouse answers. It does show that every resource can be made of what its neighbours
give it, that nothing is made anew by a second apply, and that rights lead where they should.
"""

import json
import re
import subprocess

import pytest
import yaml
from botocore.exceptions import ClientError

from sentinel.catalogue import catalogue_tables, register
from sentinel.lake import Lake
from sentinel.settings import REPOSITORY_ROOT
from tests.aws_control_plane.answers import ACCOUNT
from tests.support.aws_server import REGION
from tests.support.rights import allows
from tests.support.terraform import SOURCE

CHECKOV = REPOSITORY_ROOT / ".venv" / "checkov" / "bin" / "checkov"
# What the server does not give back as it was told, by type and attribute; whatever else a second
# plan would change is a fault of ours. Tags that it forgets: Budgets, Glue's registry, Kinesis.
READ_BACK = {
    ("aws_budgets_budget", "tags"),
    ("aws_budgets_budget", "tags_all"),
    ("aws_cloudwatch_dashboard", "dashboard_body"),  # names Redis, which would be replaced
    ("aws_cloudwatch_metric_alarm", "dimensions"),  # the same
    ("aws_codedeploy_deployment_group", "alarm_configuration"),
    ("aws_codedeploy_deployment_group", "load_balancer_info"),
    ("aws_db_instance", "performance_insights_enabled"),
    ("aws_db_instance", "performance_insights_kms_key_id"),
    ("aws_db_parameter_group", "parameter"),
    ("aws_ecs_service", "availability_zone_rebalancing"),
    ("aws_ecs_service", "enable_ecs_managed_tags"),
    ("aws_ecs_service", "enable_execute_command"),
    ("aws_elasticache_replication_group", "at_rest_encryption_enabled"),
    ("aws_elasticache_replication_group", "auth_token"),
    ("aws_elasticache_replication_group", "port"),
    ("aws_elasticache_replication_group", "security_group_ids"),
    ("aws_emrserverless_application", "architecture"),
    ("aws_glue_registry", "tags"),
    ("aws_glue_registry", "tags_all"),
    ("aws_kinesis_stream", "tags"),
    ("aws_kinesis_stream", "tags_all"),
    ("aws_kms_key", "rotation_period_in_days"),
    ("aws_lambda_event_source_mapping", "function_name"),
    ("aws_lambda_function", "logging_config"),
    ("aws_lambda_function", "qualified_arn"),  # of the version that this would publish
    ("aws_lambda_function", "qualified_invoke_arn"),
    ("aws_lambda_function", "version"),
    ("aws_sqs_queue", "redrive_policy"),
    ("aws_vpc_security_group_egress_rule", "description"),
    ("aws_vpc_security_group_ingress_rule", "description"),
}
BUCKETS = {
    name: f"sentinel-dev-{name}-{ACCOUNT}" for name in ("landing", "lake", "curated", "artifacts")
}
QUEUES = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/sentinel-dev-"


@pytest.fixture(scope="module")
def second_plan(applied):
    return applied.terraform.plan(applied.place, "second.tfplan")


def test_a_second_plan_changes_nothing_but_what_the_server_does_not_give_back(second_plan):
    changed = {
        (each["type"], attribute)
        for each in second_plan["resource_changes"]
        if each["change"]["actions"] not in (["no-op"], ["read"])
        for attribute in changed_attributes(each["change"])
    }
    assert changed - READ_BACK == set()
    assert READ_BACK - changed == set(), "the server gives these back: take them off the list"


def changed_attributes(change):
    before, after, unknown = change["before"], change["after"], change["after_unknown"]
    is_replaced = change["actions"] != ["update"]
    for name in {*before, *after}:
        if unknown.get(name) is True and is_replaced:
            continue
        if before.get(name) != after.get(name) or has_unknown(unknown.get(name)):
            yield name


def has_unknown(value):
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return value is True


def test_checkov_finds_no_fault_without_a_reason(second_plan, tmp_path):
    """In what was applied: in a first plan the keys and policies that it looks at are not known."""
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(second_plan))
    done = subprocess.run(
        [str(CHECKOV), "--file", str(file), "--framework", "terraform_plan", "--skip-download",
         "--quiet", "--compact", "--soft-fail", "--output", "json"],
        capture_output=True, text=True, check=True, timeout=300, cwd=tmp_path,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["summary"]["passed"] > 400
    assert found["summary"]["parsing_errors"] == 0
    skips = yaml.safe_load((SOURCE / "checkov_skips.yml").read_text(encoding="utf-8"))
    used, unreasoned = set(), []
    for fault in found["results"]["failed_checks"]:
        reasons = [
            number
            for number, skip in enumerate(skips)
            if skip["check"] == fault["check_id"]
            and re.search(f"(?:{skip['resources']})$", fault["resource"])
        ]
        used.update(reasons)
        if not reasons:
            unreasoned.append((fault["check_id"], fault["check_name"], fault["resource"]))
    assert not unreasoned
    assert [skip for number, skip in enumerate(skips) if number not in used] == []
    assert all(len(skip["reason"]) > 20 for skip in skips)


def test_no_secret_is_in_the_state(applied):
    secrets = applied.server.client("secretsmanager")
    for name in ("token-key", "dagster-database"):
        value = secrets.get_secret_value(SecretId=f"sentinel-dev/{name}")["SecretString"]
        assert len(value) >= 40
        assert not [each for each in applied.state if value in each]


def test_glue_has_the_tables_of_the_contracts(applied):
    glue = applied.server.client("glue")
    for table in catalogue_tables():
        found = glue.get_table(DatabaseName=f"sentinel_{table.schema}", Name=table.name)["Table"]
        wanted = table.definition("")
        assert [(each["Name"], each["Type"]) for each in found["StorageDescriptor"]["Columns"]] == [
            (each["Name"], each["Type"]) for each in wanted["StorageDescriptor"]["Columns"]
        ]
        keys = [(each["Name"], each["Type"]) for each in found.get("PartitionKeys", [])]
        assert keys == [(each["Name"], each["Type"]) for each in wanted.get("PartitionKeys", [])]
        for name in ("InputFormat", "OutputFormat", "SerdeInfo"):
            assert found["StorageDescriptor"][name] == wanted["StorageDescriptor"][name]


def test_registration_finds_the_tables_as_it_would_make_them(applied):
    glue, calls = applied.server.client("glue"), []
    for operation in ("CreateTable", "UpdateTable"):
        glue.meta.events.register(f"before-call.glue.{operation}", lambda **_: calls.append(1))
    options = {
        "endpoint_url": applied.server.address, "region_name": REGION,
        "aws_access_key_id": "test", "aws_secret_access_key": "test",
    }  # fmt: skip
    register(Lake(applied.outputs["lake_url"], options), glue, "sentinel")
    assert not calls


def test_new_ledger_entries_are_told_of(applied):
    s3, sqs = applied.server.client("s3"), applied.server.client("sqs")
    for key in ("lake/ledger/transactions/told.json", "lake/raw/transactions/untold.parquet"):
        s3.put_object(Bucket=BUCKETS["lake"], Key=key, Body=b"{}")
    url = sqs.get_queue_url(QueueName="sentinel-dev-ledger-entries")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
    told = [json.loads(each["Body"]) for each in messages["Messages"]]
    keys = [record["s3"]["object"]["key"] for each in told for record in each.get("Records", ())]
    assert keys == ["lake%2Fledger%2Ftransactions%2Ftold.json"]


def test_the_committer_is_told_of_objects_and_of_errors(applied):
    """By the queue that its function reads, so a message is not to be found there."""
    s3 = applied.server.client("s3")
    told = s3.get_bucket_notification_configuration(Bucket=BUCKETS["landing"])
    prefixes = {
        rule["Value"]: each["QueueArn"]
        for each in told["QueueConfigurations"]
        for rule in each["Filter"]["Key"]["FilterRules"]
    }
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:sentinel-dev-firehose-objects"
    assert prefixes == {"firehose/": queue, "firehose-errors/": queue}
    mappings = applied.server.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [each["EventSourceArn"] for each in mappings] == [queue]


def test_every_alarm_names_its_runbook_and_tells_a_topic(applied):
    pages = applied.server.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = [each for page in pages for each in page["MetricAlarms"]]
    assert sorted(each["AlarmName"] for each in alarms) == sorted(applied.outputs["alarms"])
    assert len(alarms) > 40
    for alarm in alarms:
        assert "Runbook: docs/runbooks/" in alarm["AlarmDescription"]
        assert alarm["AlarmActions"]
        # Dev wakes nobody.
        assert alarm["ActionsEnabled"] is False


def put(bucket, key):
    return "s3", "put_object", {"Bucket": BUCKETS[bucket], "Key": key, "Body": b"x"}


def get(bucket, key):
    return "s3", "get_object", {"Bucket": BUCKETS[bucket], "Key": key}


def delete(bucket, key):
    return "s3", "delete_object", {"Bucket": BUCKETS[bucket], "Key": key}


def take(queue):
    return "sqs", "receive_message", {"QueueUrl": f"{QUEUES}{queue}"}


def secret(name):
    return "secretsmanager", "get_secret_value", {"SecretId": f"sentinel-dev/{name}"}


def publish(topic):
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:sentinel-dev-{topic}"
    return "sns", "publish", {"TopicArn": arn, "Message": "x"}


PUT_RECORD = (
    "kinesis", "put_record",
    {"StreamName": "sentinel-transactions", "Data": b"{}", "PartitionKey": "x"},
)  # fmt: skip
LOOK_AT_STREAM = "kinesis", "describe_stream", {"StreamName": "sentinel-transactions"}
READ_FEATURES = "dynamodb", "scan", {"TableName": "sentinel-dev-online-features"}
OTHERS_ENTRY = "lake/ledger/transactions/two.json"
LIST = "lake/catalogue/transactions/x/files"
RAW = "lake/raw/transactions/event_date=2025-01-01/one.parquet"
LANDED = "firehose/raw/transactions/event_date=2025-01-01/one"
COMMITTING = (
    [get("landing", LANDED), put("lake", RAW), put("lake", OTHERS_ENTRY),
     take("firehose-objects"), secret("token-key")],
    [put("landing", LANDED), delete("lake", RAW), delete("lake", OTHERS_ENTRY),
     put("lake", LIST), take("ledger-entries"), PUT_RECORD,
     secret("dagster-database"), put("curated", "x")],
)  # fmt: skip
# For each role, what it does and what its neighbours do.
DOES_AND_MAY_NOT = {
    "producer": (
        [PUT_RECORD],
        [LOOK_AT_STREAM, get("lake", RAW), get("landing", LANDED), secret("token-key")],
    ),
    "firehose": (
        [LOOK_AT_STREAM, put("landing", LANDED), put("landing", "firehose-errors/x/y")],
        [PUT_RECORD, put("lake", RAW), get("lake", RAW), secret("token-key"),
         put("landing", "other/x")],
    ),
    "transform": (
        [secret("token-key")],
        [get("landing", LANDED), put("landing", LANDED), get("lake", RAW), put("lake", RAW),
         take("firehose-objects"), secret("dagster-database"), LOOK_AT_STREAM],
    ),
    "commit": COMMITTING,
    "sweep": COMMITTING,
    "spectrum": (
        [get("lake", RAW), get("lake", LIST)],
        [put("lake", RAW), get("landing", LANDED), secret("token-key"), get("curated", "x"),
         get("lake", "lake/ledger/transactions/one.json")],
    ),
    "spark-job": (
        [get("lake", RAW), put("curated", "dev_marts/x"), delete("curated", "dev_marts/x"),
         get("artifacts", "spark/project.tar.gz"), secret("token-key")],
        [put("lake", RAW), delete("lake", RAW), get("landing", LANDED), put("artifacts", "spark/x"),
         get("artifacts", "functions/x.zip"), secret("dagster-database"), PUT_RECORD],
    ),
    "dagster-code": (
        [get("lake", RAW), put("lake", LIST), take("ledger-entries"),
         secret("token-key"), publish("runs"), put("artifacts", "logs/x"),
         put("artifacts", "models/x"), get("artifacts", "models/x")],
        [get("landing", LANDED), delete("lake", RAW), take("firehose-objects"), publish("page"),
         secret("dagster-database"), put("artifacts", "functions/x.zip"), PUT_RECORD,
         READ_FEATURES],
    ),
    "dagster-control": (
        [put("artifacts", "logs/x"), get("artifacts", "logs/x")],
        [get("lake", RAW), secret("token-key"), secret("dagster-database"), publish("runs"),
         take("ledger-entries"), get("curated", "x"), get("artifacts", "models/x")],
    ),
    "task-start": (
        [secret("dagster-database")],
        [secret("token-key"), get("lake", RAW), get("artifacts", "logs/x")],
    ),
    "udfs": (
        [secret("token-key")],
        [get("lake", RAW), put("lake", RAW), get("landing", LANDED), secret("dagster-database"),
         get("artifacts", "functions/x.zip")],
    ),
    "udfs-caller": ([], [secret("token-key"), get("lake", RAW), put("artifacts", "logs/x")]),
    "release": ([], [get("artifacts", "functions/x.zip"), secret("token-key"), get("lake", RAW)]),
    "scheduler": ([], [get("lake", RAW), secret("token-key"), publish("page")]),
    "snapshot": ([], [get("lake", RAW), secret("token-key"), publish("page")]),
    "flow-logs": ([], [get("lake", RAW), secret("token-key")]),
    "database-monitoring": ([], [get("lake", RAW), secret("dagster-database")]),
    "audit-trail": ([], [get("lake", RAW), secret("token-key")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def sessions(applied):
    """Credentials of every role; rights are looked at while they are in use."""
    s3 = applied.server.client("s3")
    for bucket, key in (
        ("lake", RAW), ("landing", LANDED), ("curated", "x"), ("artifacts", "spark/project.tar.gz"),
        ("artifacts", "functions/x.zip"), ("artifacts", "logs/x"), ("artifacts", "models/x"),
        ("lake", LIST),
        ("lake", "lake/ledger/transactions/one.json"),
    ):  # fmt: skip
        s3.put_object(Bucket=BUCKETS[bucket], Key=key, Body=b"x")
    sts = applied.server.client("sts")
    found = {
        name: sts.assume_role(RoleArn=f"{ROLE}sentinel-dev-{name}", RoleSessionName="test")[
            "Credentials"
        ]
        for name in DOES_AND_MAY_NOT
    }
    applied.server.enforce_rights(is_on=True)
    yield found
    applied.server.enforce_rights(is_on=False)


@pytest.mark.parametrize("role", DOES_AND_MAY_NOT)
def test_a_role_does_its_work_and_not_its_neighbours(applied, sessions, role):
    does, may_not = DOES_AND_MAY_NOT[role]
    refused = [one for one in does if is_refused(applied, sessions[role], *one)]
    assert not refused
    allowed = [one for one in may_not if not is_refused(applied, sessions[role], *one)]
    assert not allowed


def is_refused(applied, credentials, service, operation, arguments):
    try:
        getattr(applied.server.client(service, credentials), operation)(**arguments)
    except ClientError as error:
        # The server refuses in XML where the service speaks JSON, so its code is not always read.
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status == 403, (operation, arguments, error.response["Error"])
        return True
    return False


def documents(applied, role):
    """The texts of a role's policies, from the state."""
    name = f"sentinel-dev-{role}"
    policies = applied.attributes("aws_iam_role_policy")
    return [json.loads(each["policy"]) for each in policies if each["role"] == name]


def test_every_role_of_a_component_is_tested_and_carries_the_boundary(applied):
    found = {
        each["name"].removeprefix("sentinel-dev-"): each
        for each in applied.attributes("aws_iam_role")
    }
    assert set(found) - set(DOES_AND_MAY_NOT) == {"deploy", "plan"}
    assert set(DOES_AND_MAY_NOT) < set(found)
    assert {found[name]["permissions_boundary"] for name in DOES_AND_MAY_NOT} == {BOUNDARY}


ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:sentinel-dev-"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/sentinel-boundary"
STATE = f"arn:aws:s3:::sentinel-dev-state-{ACCOUNT}"
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
WORKGROUP = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/"
SPARK = f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/"
TASKS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/sentinel-dev-"


@pytest.mark.parametrize(
    ("role", "action", "resource", "is_allowed"),
    [
        # What the server cannot be asked is told from the policies' texts.
        ("dagster-code", "glue:UpdateTable", f"{GLUE}:table/sentinel_raw/transactions", True),
        ("dagster-code", "glue:DeleteTable", f"{GLUE}:table/sentinel_raw/transactions", False),
        ("dagster-code", "glue:UpdateTable", f"{GLUE}:table/dev_marts/fct_transactions", False),
        ("spectrum", "glue:GetPartitions", f"{GLUE}:table/sentinel_raw/transactions", True),
        ("spectrum", "glue:GetPartitions", f"{GLUE}:table/dev_marts/fct_transactions", False),
        ("spectrum", "glue:UpdateTable", f"{GLUE}:table/sentinel_raw/transactions", False),
        ("spark-job", "glue:CreateTable", f"{GLUE}:table/dev_marts/fct_transactions", True),
        ("spark-job", "glue:CreateTable", f"{GLUE}:table/sentinel_raw/transactions", False),
        ("snapshot", "redshift-serverless:CreateSnapshot", "NAMESPACE", True),
        ("snapshot", "redshift-serverless:DeleteSnapshot", "NAMESPACE", False),
        ("scheduler", "ecs:RunTask", f"{TASKS}sweep:1", True),
        ("scheduler", "ecs:RunTask", f"{TASKS}daemon:1", False),
        ("scheduler", "iam:PassRole", f"{ROLE}sentinel-dev-sweep", True),
        ("scheduler", "iam:PassRole", f"{ROLE}sentinel-dev-deploy", False),
        ("dagster-code", "iam:PassRole", f"{ROLE}sentinel-dev-spark-job", True),
        ("dagster-code", "iam:PassRole", f"{ROLE}sentinel-dev-commit", False),
        ("release", "lambda:UpdateAlias", f"{FUNCTION}commit", True),
        ("release", "lambda:UpdateFunctionCode", f"{FUNCTION}commit", False),
        ("firehose", "lambda:InvokeFunction", f"{FUNCTION}transform:live", True),
        ("firehose", "lambda:InvokeFunction", f"{FUNCTION}commit:live", False),
    ],
)  # fmt: skip
def test_a_policy_says(applied, role, action, resource, is_allowed):
    if resource == "NAMESPACE":
        (namespace,) = applied.attributes("aws_redshiftserverless_namespace")
        resource = namespace["arn"]
    assert allows(documents(applied, role), action, resource) is is_allowed


def test_whoever_deploys_cannot_leave_the_boundary(applied):
    deploy = documents(applied, "deploy")
    role = f"{ROLE}sentinel-dev-transform"
    assert allows(deploy, "iam:CreateRole", role)
    assert not allows(deploy, "iam:CreateRole", f"{ROLE}administrator")
    assert not allows(deploy, "iam:DeleteRolePermissionsBoundary", role)
    assert not allows(deploy, "iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/somebody")
    assert not allows(
        deploy, "iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/sentinel-boundary"
    )
    assert allows(deploy, "s3:PutBucketPolicy", f"arn:aws:s3:::{BUCKETS['lake']}")
    assert not allows(deploy, "s3:PutBucketPolicy", STATE)


def test_a_pull_request_sees_settings_and_no_data(applied):
    plan = documents(applied, "plan")
    assert allows(plan, "rds:DescribeDBInstances", "*")
    assert allows(plan, "s3:GetObject", f"{STATE}/dev/terraform.tfstate")
    for action, resource in (
        ("secretsmanager:GetSecretValue", "*"), ("kinesis:GetRecords", "*"),
        ("dynamodb:GetItem", "*"), ("s3:GetObject", f"arn:aws:s3:::{BUCKETS['lake']}/{RAW}"),
        ("redshift-serverless:GetCredentials", "*"),
        ("s3:PutObject", f"{STATE}/dev/terraform.tfstate"),
        ("ec2:TerminateInstances", "*"),
    ):  # fmt: skip
        assert not allows(plan, action, resource), action


def test_the_boundary_lets_nobody_near_rights_or_versions(applied):
    (policy,) = applied.attributes("aws_iam_policy")
    boundary = [json.loads(policy["policy"])]
    assert allows(boundary, "s3:PutObject", "*")
    for action in (
        "iam:CreateRole", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention",
        "kms:ScheduleKeyDeletion", "ec2:RunInstances", "organizations:LeaveOrganization",
    ):  # fmt: skip
        assert not allows(boundary, action, "*"), action
