"""S3's request metrics of a bucket, which moto takes for the making of one."""

from typing import Any

from werkzeug.wrappers import Request, Response

_MISSING = "<Error><Code>NoSuchConfiguration</Code><Message>not there</Message></Error>"


class BucketMetrics:
    """Configurations by bucket and identifier, kept as they came."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def __call__(self, environ: dict[str, Any]) -> Response:
        """Answers `PUT` and `GET` of `/bucket?metrics&id=…`."""
        request = Request(environ)
        which = request.path.strip("/"), request.args["id"]
        if request.method == "PUT":
            self._kept[which] = request.get_data()
            return Response(status=200)
        if which not in self._kept:
            return Response(_MISSING, 404, content_type="application/xml")
        return Response(self._kept[which], content_type="application/xml")
