"""The front: Redshift's driver before it, PostgreSQL behind it.

Belongs here: the protocol. Of the driver's start-up message PostgreSQL knows only some parameters,
of its statements not all; everything else is handed on as it is. Does not belong here: SQL.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.redshift_standin.statements import translated
from tests.redshift_standin.storage import ObjectStorage
from tests.redshift_standin.tokens import Unsupported, literal

_KNOWN = {"user", "database", "application_name", "client_encoding", "options", "DateStyle"}
_SSL_REQUEST, _CANCEL_REQUEST, _GSS_REQUEST = 80877103, 80877102, 80877104
_PROTOCOL_3 = 196608
_VERSION = b"8.0.2"  # what Redshift says it is


@dataclass
class Front:
    """What all sessions share.

    Attributes:
        port: PostgreSQL's, on loopback.
        dsn: the same database for the loader of external tables.
        endpoint: address that answers for AWS, or empty.
        folder: for files that PostgreSQL reads and writes.
        statements: every statement that came, as it came.
    """

    port: int
    dsn: str
    endpoint: str
    region: str
    folder: Path
    statements: list[str] = field(default_factory=list)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection to its end."""
        session = _Session(self, reader, writer)
        try:
            await session.run()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            session.close()


class _Session:
    def __init__(
        self, front: Front, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._front = front
        self._from_client, self._to_client = reader, writer
        self._to_server: asyncio.StreamWriter | None = None
        self._state = b"I"
        self._afterwards: list[Callable[[], None]] = []
        self._storage = ObjectStorage(
            front.endpoint, front.region, front.dsn, front.folder, self._afterwards.append
        )

    def close(self) -> None:
        self._to_client.close()
        if self._to_server:
            self._to_server.close()

    async def run(self) -> None:
        code, body = await self._start_up()
        self._from_server, self._to_server = await asyncio.open_connection(
            "127.0.0.1", self._front.port
        )
        if code == _CANCEL_REQUEST:
            self._to_server.write(struct.pack("!I", len(body) + 4) + body)
            await self._to_server.drain()
            return
        parts = body[4:].rstrip(b"\0").split(b"\0")
        given = dict(zip(parts[::2], parts[1::2], strict=False))
        # IAM:name and IAMR:name are how Redshift marks who came with temporary credentials.
        given[b"user"] = given[b"user"].rsplit(b":", 1)[-1]
        kept = b"".join(
            name + b"\0" + value + b"\0" for name, value in given.items() if name.decode() in _KNOWN
        )
        self._to_server.write(struct.pack("!II", len(kept) + 9, _PROTOCOL_3) + kept + b"\0")
        await self._to_server.drain()
        both = [asyncio.create_task(self._ask()), asyncio.create_task(self._answer())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Also when the stand-in is stopped while somebody is connected.
            for task in both:
                task.cancel()
            outcomes = await asyncio.gather(*both, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _start_up(self) -> tuple[int, bytes]:
        while True:
            (length,) = struct.unpack("!I", await self._from_client.readexactly(4))
            body = await self._from_client.readexactly(length - 4)
            (code,) = struct.unpack("!I", body[:4])
            if code not in (_SSL_REQUEST, _GSS_REQUEST):
                return code, body
            self._to_client.write(b"N")
            await self._to_client.drain()

    async def _ask(self) -> None:
        assert self._to_server is not None
        while True:
            kind, body = await _message(self._from_client)
            if kind == b"P":
                name, sql, rest = body.split(b"\0", 2)
                body = name + b"\0" + await self._translated(sql) + b"\0" + rest
            elif kind == b"Q":
                body = await self._translated(body[:-1]) + b"\0"
            self._to_server.write(kind + struct.pack("!I", len(body) + 4) + body)
            await self._to_server.drain()

    async def _answer(self) -> None:
        while True:
            kind, body = await _message(self._from_server)
            if kind == b"S" and body.startswith(b"server_version\0"):
                body = b"server_version\0" + _VERSION + b"\0"
            elif kind == b"Z":
                self._state = body
            elif kind == b"C":
                while self._afterwards:
                    await asyncio.to_thread(self._afterwards.pop())
            self._to_client.write(kind + struct.pack("!I", len(body) + 4) + body)
            await self._to_client.drain()

    async def _translated(self, sql: bytes) -> bytes:
        text = sql.decode()
        self._front.statements.append(text)
        try:
            changed = await asyncio.to_thread(translated, text, self._storage, self._state != b"I")
        except Unsupported as error:
            changed = _failing(f"stand-in: {error}")
        except Exception as error:  # noqa: BLE001 - our own fault must not look like an answer
            changed = _failing(f"stand-in cannot translate: {error!r}")
        return changed.encode()


def _failing(message: str) -> str:
    """A statement that fails while it is parsed, whatever its parameters, and says why."""
    return f"select {literal(message)}::int"


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    (length,) = struct.unpack("!I", head[1:])
    return head[:1], await reader.readexactly(length - 4)
