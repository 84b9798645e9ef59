"""Connections on which runs are worked on: asyncpg's own, with settings that an import wants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg
import psycopg
from sqlalchemy import Select
from sqlalchemy.engine import make_url

from database.engine import SESSION, plain_url

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# A worker that is paused or cut off must not hold the locks of its batch longer than others may wait for its run.
# Plans are made when tables are small and are kept while they grow: only nested loops over indexes stay good.
WORKING = {
    "idle_in_transaction_session_timeout": "10000",
    "client_connection_check_interval": "2000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

# The database is gone, or asks to be left alone for now.
UNAVAILABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidTransactionStateError,
    psycopg.OperationalError,
)

DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


class Unavailable(Exception):
    """The database cannot be worked with at the moment."""


@asynccontextmanager
async def connected(url: str, **settings: str) -> AsyncIterator[Connection]:
    """A connection of one's own, outside any pool, as it holds temporary tables and locks; raises Unavailable when it is lost."""
    connection = None
    try:
        connection = await asyncpg.connect(plain_url(url), server_settings=SESSION | WORKING | settings, timeout=10)
        yield connection
    except UNAVAILABLE as problem:
        raise Unavailable(str(problem)) from problem
    except asyncpg.InterfaceError as problem:
        if connection is None or not connection.is_closed():
            raise
        raise Unavailable(str(problem)) from problem
    finally:
        if connection is not None:
            with suppress(*UNAVAILABLE, asyncpg.InterfaceError):
                await connection.close(timeout=5)


def as_sql(statement: Select[Any]) -> str:
    """A SELECT as the text that such a connection runs."""
    return str(statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
