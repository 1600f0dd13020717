"""The server: which call goes to which service.

Belongs here: telling calls apart. Does not belong here: answering them.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.wrappers import Request, Response

from tests.aws_control_plane import cost_explorer, xray
from tests.aws_control_plane.answers import Body, Refusal
from tests.aws_control_plane.bucket_metrics import BucketMetrics
from tests.aws_control_plane.moto_repairs import repair
from tests.aws_control_plane.redshift_serverless import TARGET, RedshiftServerless

REGION = "eu-central-1"
Service = Callable[[str, Body], Body]


class ControlPlane:
    """moto, with services beside it."""

    def __init__(self, moto: Any) -> None:
        self._moto = moto
        self._redshift = RedshiftServerless(REGION)
        self._xray = xray.XRay(REGION)
        self._costs = cost_explorer.CostExplorer()
        self._metrics = BucketMetrics()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        if "metrics" in parse_qs(environ["QUERY_STRING"], keep_blank_values=True):
            return self._metrics(environ)(environ, start_response)
        service, operation = self._whose(environ)
        if service is None:
            return self._moto(environ, start_response)
        try:
            body = json.loads(Request(environ).get_data() or b"{}")
            answer: Body = service(operation, body)
            status, headers = 200, {}
        except Refusal as refusal:
            answer = {"__type": refusal.code, "message": str(refusal)}
            status, headers = refusal.status, {"x-amzn-errortype": refusal.code}
        response = Response(
            json.dumps(answer), status, headers=headers, content_type="application/x-amz-json-1.1"
        )
        return response(environ, start_response)

    def _whose(self, environ: dict[str, Any]) -> tuple[Service | None, str]:
        service, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if service == TARGET:
            return self._redshift, operation
        if service == "AWSInsightsIndexService" and operation in cost_explorer.OPERATIONS:
            return self._costs, operation
        path = environ["PATH_INFO"].strip("/")
        if "/xray/" in environ.get("HTTP_AUTHORIZATION", "") and path in xray.OPERATIONS:
            return self._xray, path
        return None, ""


def serve(port: int) -> None:
    """Answers on loopback until the process ends."""
    repair()
    app = ControlPlane(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, app, threaded=True)
