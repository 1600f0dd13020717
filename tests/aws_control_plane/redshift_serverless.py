"""Redshift Serverless: namespaces, workgroups and usage limits, as its API describes them.

Belongs here: what Terraform's provider calls. Does not belong here: a warehouse; see
`tests.redshift_standin`.
"""

import time
import uuid
from typing import Any

from tests.aws_control_plane.answers import ACCOUNT, Body, Refusal, found

TARGET = "RedshiftServerless"


class RedshiftServerless:
    """The service of one account and region."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._namespaces: dict[str, Body] = {}
        self._workgroups: dict[str, Body] = {}
        self._limits: dict[str, Body] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def __call__(self, operation: str, body: Body) -> Body:
        """Answers a call.

        Raises:
            Refusal: when the service would refuse it, or it is not known here.
        """
        answer = getattr(self, f"_{operation}", None)
        if answer is None:
            raise Refusal("UnknownOperationException", operation, 501)
        return dict(answer(body))

    def _CreateNamespace(self, body: Body) -> Body:
        name = body["namespaceName"]
        if name in self._namespaces:
            raise Refusal("ConflictException", f"namespace {name} exists")
        made = {
            **self._made("namespace", body),
            "namespaceName": name,
            "status": "AVAILABLE",
            "adminUsername": body.get("adminUsername"),
            "dbName": body.get("dbName", "dev"),
            "kmsKeyId": body.get("kmsKeyId"),
            "defaultIamRoleArn": body.get("defaultIamRoleArn"),
            "iamRoles": _applied(body.get("iamRoles", [])),
            "logExports": body.get("logExports", []),
        }
        if body.get("manageAdminPassword"):
            made["adminPasswordSecretArn"] = self._arn("secret", f"redshift!{name}")
            made["adminPasswordSecretKmsKeyId"] = body.get("adminPasswordSecretKmsKeyId")
        self._namespaces[name] = made
        return {"namespace": made}

    def _GetNamespace(self, body: Body) -> Body:
        return {"namespace": found(self._namespaces, body["namespaceName"], "namespace")}

    def _UpdateNamespace(self, body: Body) -> Body:
        one = found(self._namespaces, body["namespaceName"], "namespace")
        changes = {name: value for name, value in body.items() if name in one}
        if "iamRoles" in changes:
            changes["iamRoles"] = _applied(changes["iamRoles"])
        one.update(changes)
        return {"namespace": one}

    def _CreateWorkgroup(self, body: Body) -> Body:
        found(self._namespaces, body["namespaceName"], "namespace")
        name = body["workgroupName"]
        made = {
            "baseCapacity": 128, "publiclyAccessible": False, "enhancedVpcRouting": False,
            "port": 5439, "configParameters": [], "trackName": "current",
            **{key: value for key, value in body.items() if key != "tags"},
            **self._made("workgroup", body),
            "status": "AVAILABLE",
            "endpoint": {
                "address": f"{name}.{ACCOUNT}.{self._region}.redshift-serverless.amazonaws.com",
                "port": 5439, "vpcEndpoints": [],
            },
        }  # fmt: skip
        self._workgroups[name] = made
        return {"workgroup": made}

    def _GetWorkgroup(self, body: Body) -> Body:
        return {"workgroup": found(self._workgroups, body["workgroupName"], "workgroup")}

    def _UpdateWorkgroup(self, body: Body) -> Body:
        one = found(self._workgroups, body["workgroupName"], "workgroup")
        one.update({name: value for name, value in body.items() if name in one})
        return {"workgroup": one}

    def _CreateUsageLimit(self, body: Body) -> Body:
        identifier = str(uuid.uuid4())
        made = {
            "period": "monthly", "breachAction": "log", **body, "usageLimitId": identifier,
            "usageLimitArn": self._arn("usagelimit", identifier),
        }  # fmt: skip
        self._limits[identifier] = made
        return {"usageLimit": made}

    def _GetUsageLimit(self, body: Body) -> Body:
        return {"usageLimit": found(self._limits, body["usageLimitId"], "usage limit")}

    def _ListTagsForResource(self, body: Body) -> Body:
        tags = self._tags.get(body["resourceArn"], {})
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _TagResource(self, body: Body) -> Body:
        tags = self._tags.setdefault(body["resourceArn"], {})
        tags.update({tag["key"]: tag["value"] for tag in body["tags"]})
        return {}

    def _made(self, kind: str, body: Body) -> Body:
        identifier = str(uuid.uuid4())
        arn = self._arn(kind, identifier)
        self._tags[arn] = {tag["key"]: tag["value"] for tag in body.get("tags", [])}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return {f"{kind}Id": identifier, f"{kind}Arn": arn, "creationDate": now}

    def _arn(self, kind: str, name: str) -> str:
        service = "secretsmanager" if kind == "secret" else "redshift-serverless"
        separator = ":" if kind == "secret" else "/"
        return f"arn:aws:{service}:{self._region}:{ACCOUNT}:{kind}{separator}{name}"


def _applied(roles: list[str]) -> list[Any]:
    return [f"IamRole(applyStatus=in-sync, iamRoleArn={each})" for each in roles]
