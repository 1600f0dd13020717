"""A real HTTP server for tests: pages of payments, and the bad days an API has."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 10


class Api:
    """What the server knows, and what it was asked.

    Attributes:
        records: what `/payments` gives, in this order.
        troubles: answers to give before the next good one: status, headers, body.
        requests: path and query of every request, and its headers.
    """

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.troubles: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.address = ""
        self.token: str | None = None

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        """The body for a path, None where there is nothing."""
        found = self.records
        if since := query.get("changed_since"):
            found = [
                one for one in found if not isinstance(one, dict) or one["changed_at"] >= since
            ]
        offset = int(query.get("offset", 0))
        page = found[offset : offset + PAGE]
        more = offset + PAGE < len(found)
        if path == "/payments":
            kept = "".join(f"&{name}={value}" for name, value in query.items() if name != "offset")
            link = f"{self.address}/payments?offset={offset + PAGE}{kept}" if more else None
            return {"data": {"items": page}, "links": {"next": link}}
        if path == "/numbered":
            return {"items": page, "total": len(found)}
        if path == "/cursored":
            return {"items": page, "next": str(offset + PAGE) if more else None}
        return None


class _Handler(BaseHTTPRequestHandler):
    api: Api

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        self.api.requests.append((split.path, query, dict(self.headers)))
        if self.api.token and self.headers.get("Authorization") != f"Bearer {self.api.token}":
            self._send(401, {}, b'{"error": "who are you?"}')
        elif self.api.troubles:
            self._send(*self.api.troubles.pop(0))
        else:
            body = self.api.answer(split.path, query)
            self._send(404 if body is None else 200, {}, json.dumps(body or {}).encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Requests are remembered, not printed."""


@contextlib.contextmanager
def api() -> Iterator[Api]:
    """A server on loopback."""
    served = Api()
    handler = type("Handler", (_Handler,), {"api": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
