"""Cost Explorer: anomaly monitors and subscriptions, which moto does not keep."""

import uuid

from tests.aws_control_plane.answers import ACCOUNT, Body, Refusal, found

OPERATIONS = ("CreateAnomalyMonitor", "GetAnomalyMonitors", "CreateAnomalySubscription",
              "GetAnomalySubscriptions", "ListTagsForResource")  # fmt: skip


class CostExplorer:
    """The service of one account; it has no region."""

    def __init__(self) -> None:
        self._monitors: dict[str, Body] = {}
        self._subscriptions: dict[str, Body] = {}
        self._tags: dict[str, list[Body]] = {}

    def __call__(self, operation: str, body: Body) -> Body:
        """Answers a call; raises Refusal."""
        match operation:
            case "CreateAnomalyMonitor":
                arn = self._arn("anomalymonitor")
                self._monitors[arn] = {**body["AnomalyMonitor"], "MonitorArn": arn}
                self._tags[arn] = body.get("ResourceTags") or []
                return {"MonitorArn": arn}
            case "GetAnomalyMonitors":
                return {"AnomalyMonitors": _of(self._monitors, body.get("MonitorArnList"))}
            case "CreateAnomalySubscription":
                arn = self._arn("anomalysubscription")
                one = {**body["AnomalySubscription"], "SubscriptionArn": arn, "AccountId": ACCOUNT}
                self._subscriptions[arn] = one
                self._tags[arn] = body.get("ResourceTags") or []
                return {"SubscriptionArn": arn}
            case "GetAnomalySubscriptions":
                wanted = body.get("SubscriptionArnList")
                return {"AnomalySubscriptions": _of(self._subscriptions, wanted)}
            case "ListTagsForResource":
                return {"ResourceTags": self._tags.get(body["ResourceArn"], [])}
        raise Refusal("UnknownOperationException", operation, 501)

    def _arn(self, kind: str) -> str:
        return f"arn:aws:ce::{ACCOUNT}:{kind}/{uuid.uuid4()}"


def _of(known: dict[str, Body], wanted: list[str] | None) -> list[Body]:
    if wanted is None:
        return list(known.values())
    return [found(known, arn, "resource") for arn in wanted]
