"""Lakes for the core's tests: a folder, and S3 by the moto server on loopback.

The server answers one request at a time: S3 decides a conditional put atomically, the threaded
moto server does not.
"""

import contextlib
import threading
from collections.abc import Iterator

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from sentinel.lake import Lake

BUCKET = "lake-for-tests"


class RequestLog:
    """A WSGI application that remembers the requests it passes on."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str | None]] = []
        self._application = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        said = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_IF_NONE_MATCH"))
        self.requests.append(said)
        return self._application(environ, start_response)


@contextlib.contextmanager
def s3_server() -> Iterator[tuple[str, RequestLog]]:
    """Address of an S3 server with a bucket, and the requests it got."""
    log = RequestLog()
    server = make_server("127.0.0.1", 0, log, threaded=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket=BUCKET)
        yield address, log
    finally:
        server.shutdown()
        thread.join()


def s3_lake(address: str, prefix: str = "lake") -> Lake:
    """A lake in the server's bucket."""
    return Lake(f"s3://{BUCKET}/{prefix}", {"endpoint_url": address})
