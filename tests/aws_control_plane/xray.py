"""X-Ray: groups and sampling rules, which moto does not keep."""

import time
import uuid

from tests.aws_control_plane.answers import ACCOUNT, Body, Refusal

OPERATIONS = ("CreateGroup", "GetGroup", "UpdateGroup", "CreateSamplingRule", "GetSamplingRules",
              "ListTagsForResource", "TagResource")  # fmt: skip


class XRay:
    """The service of one account and region."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._groups: dict[str, Body] = {}
        self._rules: dict[str, Body] = {}
        self._tags: dict[str, list[Body]] = {}

    def __call__(self, operation: str, body: Body) -> Body:
        """Answers a call; raises Refusal."""
        match operation:
            case "CreateGroup":
                name = body["GroupName"]
                arn = self._arn("group", f"{name}/{uuid.uuid4().hex}")
                self._groups[arn] = {
                    "GroupName": name, "GroupARN": arn,
                    "FilterExpression": body.get("FilterExpression", ""),
                    "InsightsConfiguration": body.get("InsightsConfiguration", {}),
                }  # fmt: skip
                self._tags[arn] = body.get("Tags") or []
                return {"Group": self._groups[arn]}
            case "GetGroup":
                return {"Group": self._group(body)}
            case "UpdateGroup":
                one = self._group(body)
                one.update({name: value for name, value in body.items() if name in one})
                return {"Group": one}
            case "CreateSamplingRule":
                rule = {"Attributes": {}, **body["SamplingRule"]}
                rule["RuleARN"] = self._arn("sampling-rule", rule["RuleName"])
                self._rules[rule["RuleName"]] = rule
                self._tags[rule["RuleARN"]] = body.get("Tags") or []
                return {"SamplingRuleRecord": {"SamplingRule": rule, "CreatedAt": time.time()}}
            case "GetSamplingRules":
                records = [{"SamplingRule": each} for each in self._rules.values()]
                return {"SamplingRuleRecords": records}
            case "ListTagsForResource":
                return {"Tags": self._tags.get(body["ResourceARN"], [])}
            case "TagResource":
                self._tags.setdefault(body["ResourceARN"], []).extend(body["Tags"])
                return {}
        raise Refusal("UnknownOperationException", operation, 501)

    def _group(self, body: Body) -> Body:
        for arn, one in self._groups.items():
            if body.get("GroupARN") == arn or body.get("GroupName") == one["GroupName"]:
                return one
        raise Refusal("InvalidRequestException", "Group not found")

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:xray:{self._region}:{ACCOUNT}:{kind}/{name}"
