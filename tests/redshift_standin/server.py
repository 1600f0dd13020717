"""The stand-in's life: PostgreSQL, what it lacks, and the front.

Belongs here: starting and stopping. PostgreSQL is that of `tests.support.postgres`: a package's
programs, run without rights, ended by its own process.
"""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.redshift_standin.front import Front
from tests.support.aws_server import REGION
from tests.support.postgres import postgres_server

DATABASE, USER = "sentinel", "sentinel"
_SETTINGS = {
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # When a table was last written is what Redshift's query log says.
    "track_commit_timestamp": "on",
    "max_connections": "60",
    "jit": "off",
    # Tables are a second old, their statistics are not there yet: a join of what is taken for one
    # row with what is taken for another is a nested loop, of thousands by thousands.
    "enable_nestloop": "off",
    "work_mem": "256MB",
}
_COMPATIBILITY = Path(__file__).with_name("compatibility.sql")


@dataclass(frozen=True)
class RedshiftStandin:
    """A running stand-in.

    Attributes:
        port: on loopback, for Redshift's driver.
        dsn: PostgreSQL behind it, for looking at what was made.
        statements: every statement that came, as it came.
    """

    port: int
    dsn: str
    statements: list[str]

    def environment(self, schema: str) -> dict[str, str]:
        """Environment variables with which dbt's target `redshift` reaches it.

        Args:
            schema: prefix of the schemas that dbt makes.
        """
        return {
            "SENTINEL_REDSHIFT_HOST": "127.0.0.1",
            "SENTINEL_REDSHIFT_PORT": str(self.port),
            "SENTINEL_REDSHIFT_USER": USER,
            "SENTINEL_REDSHIFT_PASSWORD": "any",
            "SENTINEL_REDSHIFT_DATABASE": DATABASE,
            "SENTINEL_REDSHIFT_SSLMODE": "disable",
            "SENTINEL_SCHEMA": schema,
        }


@contextlib.contextmanager
def redshift_standin(endpoint: str = "", roles: Sequence[str] = ()) -> Iterator[RedshiftStandin]:
    """A stand-in that is gone afterwards.

    Args:
        endpoint: address that answers for AWS: S3 and Glue.
        roles: names of users who may be granted rights.
    """
    with postgres_server(_SETTINGS) as postgres, tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        with psycopg.connect(postgres.dsn, autocommit=True) as connection:
            connection.execute(f"create role {USER} login superuser")
            connection.execute(f"create database {DATABASE} owner {USER}")
            for role in roles:
                connection.execute(f"create role {role} login")
        dsn = f"postgresql://{USER}@127.0.0.1:{postgres.port}/{DATABASE}"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(_COMPATIBILITY.read_text().encode())
        front = Front(postgres.port, dsn, endpoint, REGION, Path(folder))
        with _serving(front) as port:
            yield RedshiftStandin(port, dsn, front.statements)


@contextlib.contextmanager
def _serving(front: Front) -> Iterator[int]:
    """The front in a thread of its own; gives its port."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        server = await asyncio.start_server(front.accept, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await server.serve_forever()

    def run() -> None:
        asyncio.set_event_loop(loop)
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        connected = asyncio.all_tasks(loop)
        for task in connected:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*connected, return_exceptions=True))

    serving = loop.create_task(serve())
    thread = threading.Thread(target=run, name="redshift stand-in", daemon=True)
    thread.start()
    assert ready.wait(10), "the stand-in's front did not start"
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
