"""Where moto answers otherwise than AWS does, and Terraform or a role test minds.

Belongs here: one function for each service, saying what AWS does. Does not belong here: services
that moto has not at all.
"""

import contextlib
import json
from typing import Any


def repair() -> None:
    """Repairs moto in this process."""
    for one in (
        _budgets, _cloudwatch, _elasticache, _elasticache_user_groups, _emr_serverless, _resources,
        _rights, _s3_logs, _sqs,
    ):  # fmt: skip
        one()


def _budgets() -> None:
    """A notification's subscribers, and a budget's tags, can be asked for."""
    from moto.budgets.responses import BudgetsResponse

    def describe_subscribers_for_notification(self: Any) -> str:
        asked = json.loads(self.body)
        budget = self.backend.budgets[asked["AccountId"]][asked["BudgetName"]]
        wanted = _numbers_alike(asked["Notification"])
        found = [
            subscriber
            for each in budget.notifications
            if _numbers_alike(each.details) == wanted
            for subscriber in each.subscribers
        ]
        return json.dumps({"Subscribers": found})

    def _numbers_alike(notification: dict[str, Any]) -> dict[str, str]:
        return {
            name: str(float(value)) if isinstance(value, int | float) else value
            for name, value in notification.items()
            if name != "NotificationState"
        }

    BudgetsResponse.describe_subscribers_for_notification = describe_subscribers_for_notification
    BudgetsResponse.list_tags_for_resource = lambda _: json.dumps({"ResourceTags": []})
    BudgetsResponse.tag_resource = lambda _: "{}"


def _cloudwatch() -> None:
    """An alarm made of others is put by a call of its own."""
    from moto.cloudwatch.models import Alarm
    from moto.cloudwatch.responses import CloudWatchResponse

    CloudWatchResponse.put_composite_alarm = CloudWatchResponse.put_metric_alarm
    Alarm.alarm_rule = property(lambda self: self.rule)


def _elasticache() -> None:
    """A replication group's member clusters are clusters that can be described."""
    import inspect

    from moto.elasticache.models import ElastiCacheBackend

    made = ElastiCacheBackend.create_replication_group
    names = [*inspect.signature(ElastiCacheBackend.create_cache_cluster).parameters][1:]
    lists = ("zones", "names", "ids", "arns", "tags", "configurations")

    def create_replication_group(self: Any, *args: Any, **given: Any) -> Any:
        group = made(self, *args, **given)
        for member in group.member_clusters:
            if member not in self.cache_clusters:
                cluster: dict[str, Any] = {
                    name: [] if name.endswith(lists) else "" for name in names
                }
                cluster |= {
                    name: given[name] for name in names if given.get(name) and name != "tags"
                }
                cluster |= {
                    "cache_cluster_id": member, "num_cache_nodes": 1, "port": 6379,
                    "replication_group_id": group.replication_group_id,
                    "snapshot_retention_limit": 0,
                }  # fmt: skip
                self.create_cache_cluster(**cluster)
        return group

    ElastiCacheBackend.create_replication_group = create_replication_group


def _elasticache_user_groups() -> None:
    """User groups, which moto does not keep."""
    import re

    from moto.core.responses import ActionResult
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    groups: dict[str, dict[str, Any]] = {}

    def create_user_group(self: Any) -> Any:
        asked = self._get_params()
        backend = self.elasticache_backend
        for user in asked["UserIds"]:
            backend.describe_users(user)  # raises for one that is not there
        name = asked["UserGroupId"]
        arn = f"arn:aws:elasticache:{self.region}:{self.current_account}:usergroup:{name}"
        groups[name] = {
            "UserGroupId": name, "Status": "active", "Engine": asked["Engine"].lower(),
            "UserIds": asked["UserIds"], "ARN": arn,
        }  # fmt: skip
        backend.tagging_service.tag_resource(arn, asked.get("Tags", []))
        return ActionResult(groups[name])

    def describe_user_groups(self: Any) -> Any:
        wanted = self._get_params().get("UserGroupId")
        return ActionResult({"UserGroups": [groups[wanted]] if wanted else list(groups.values())})

    ElastiCacheResponse.create_user_group = create_user_group
    ElastiCacheResponse.describe_user_groups = describe_user_groups
    backend_made = ElastiCacheBackend.__init__

    def __init__(self: Any, *args: Any, **given: Any) -> None:
        backend_made(self, *args, **given)
        self.arn_regex = re.compile(self.arn_regex.pattern.replace("|user)", "|user|usergroup)"))

    ElastiCacheBackend.__init__ = __init__


def _emr_serverless() -> None:
    """Applications are created and not started, and are of types in capitals."""
    from moto.emrserverless import models

    models.APPLICATION_STATUS = "CREATED"
    made = models.EMRServerlessBackend.create_application

    def create_application(self: Any, **given: Any) -> Any:
        return made(self, **{**given, "application_type": given["application_type"].upper()})

    models.EMRServerlessBackend.create_application = create_application


def _resources() -> None:
    """A call is about a resource, of which its right is asked; moto asks for one to everything.

    Services that are not named here are asked about everything, as moto does.
    """
    from moto.core.responses import BaseResponse

    def _determine_resource(self: Any) -> str:
        service = self.headers["Authorization"].split("/")[3]
        asked = {name: values[0] for name, values in self.querystring.items()}
        with contextlib.suppress(ValueError, TypeError):
            asked |= json.loads(self.body or "{}")
        about = f"arn:aws:{service}:{self.region}:{self.current_account}"
        match service:
            case "kinesis":
                return asked.get("StreamARN") or f"{about}:stream/{asked.get('StreamName')}"
            case "sqs":
                return f"{about}:{str(asked.get('QueueUrl')).rpartition('/')[2]}"
            case "dynamodb":
                return f"{about}:table/{asked.get('TableName')}"
            case "sns":
                return str(asked.get("TopicArn"))
            case "secretsmanager":
                return _secret(self, str(asked.get("SecretId")))
            case "lambda":
                name = self.parsed_url.path.split("/functions/")[-1].split("/")[0]
                qualifier = asked.get("Qualifier")
                return f"{about}:function:{name}{f':{qualifier}' if qualifier else ''}"
        return "*"

    def _secret(self: Any, name: str) -> str:
        from moto.secretsmanager.models import secretsmanager_backends

        secrets = secretsmanager_backends[self.current_account][self.region].secrets
        return str(secrets[name].arn) if name in secrets else name

    BaseResponse._determine_resource = _determine_resource


def _rights() -> None:
    """A statement whose condition is not met says nothing; moto takes it for a refusal.

    What a request on loopback can be known to be: by TLS, of the newest version, by a principal of
    this account, encrypted as the bucket has it. A condition on anything else is taken as met for
    Allow and as not met for Deny, so the tests here look at actions and resources, not at those.
    """
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    judged = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(
        self: Any, action: str, resource: str = "*", principal: Any = None, values: Any = None
    ) -> Any:
        statement = self._statement
        if statement.get("Condition") and statement.get("Resource"):
            if statement["Effect"] == "Deny":
                return PermissionResult.NEUTRAL
            self._statement = {key: each for key, each in statement.items() if key != "Condition"}
        return judged(self, action, resource, principal, values)

    IAMPolicyStatement.is_action_permitted = is_action_permitted


def _s3_logs() -> None:
    """A policy may have statements about everybody beside that of the log service."""
    from moto.s3.models import FakeBucket

    judged = FakeBucket._log_permissions_enabled_policy

    def _log_permissions_enabled_policy(target_bucket: Any, target_prefix: str | None) -> bool:
        policy = json.loads((target_bucket.policy or b'{"Statement": []}').decode())
        statements = [each for each in policy["Statement"] if isinstance(each["Principal"], dict)]
        alone = _Bucket(target_bucket, json.dumps({"Statement": statements}).encode())
        return judged(target_bucket=alone, target_prefix=target_prefix)

    FakeBucket._log_permissions_enabled_policy = staticmethod(_log_permissions_enabled_policy)


class _Bucket:
    """A bucket as it is, but for its policy."""

    def __init__(self, bucket: Any, policy: bytes) -> None:
        self.policy, self.name, self.partition = policy, bucket.name, bucket.partition


def _sqs() -> None:
    """Which queues may send what they could not do with is an attribute like others."""
    from moto.sqs.models import Queue

    asked = Queue.attributes.fget

    def attributes(self: Any) -> dict[str, Any]:
        allowed = getattr(self, "redrive_allow_policy", None)
        return asked(self) | ({"RedriveAllowPolicy": allowed} if allowed else {})

    Queue.attributes = property(attributes)
