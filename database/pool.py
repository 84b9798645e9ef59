"""The pool for planned queries: bare asyncpg connections that keep their prepared statements."""

from typing import Any

import asyncpg
import orjson

from database.engine import PATIENCE, SESSION, plain_url

# Distinct statements kept prepared by each connection.
STATEMENTS = 500


class Pool:
    """Connections that are opened as needed. Between uses only an open transaction is ended: nothing else here leaves a trace."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self._url = plain_url(url)
        self._size = size
        self._connections: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        self._connections = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            init=_prepare,
            reset=_leave,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            server_settings=SESSION | PATIENCE,
        )

    async def close(self) -> None:
        if self._connections is not None:
            await self._connections.close()

    @property
    def is_open(self) -> bool:
        return self._connections is not None

    def acquire(self) -> Any:
        """A connection for as long as its context is open."""
        if self._connections is None:
            raise RuntimeError("The pool has not been opened.")
        return self._connections.acquire()


async def open_pool(url: str, *, size: int = 10) -> Pool:
    pool = Pool(url, size=size)
    await pool.open()
    return pool


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads)


async def _leave(connection: Any) -> None:
    # A query that was cancelled may leave its transaction open, and with it a snapshot that grows old.
    if connection.is_in_transaction():
        await connection.execute("rollback")
