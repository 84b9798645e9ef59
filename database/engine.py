"""Connections to PostgreSQL: one URL, in the form that each driver wants."""

from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database.outages import Unavailable, is_lost

# What takes longer than this is no page that anybody waits for; imports have connections of their own.
PATIENCE = {"statement_timeout": "30000", "lock_timeout": "10000"}
# Dates, plans and counts must not depend on where a process runs; a forgotten transaction must not hold locks for ever.
SESSION = {"timezone": "UTC", "application_name": "backoffice", "idle_in_transaction_session_timeout": "300000"}
CONNECT_SECONDS = 5.0
# Statements that SQLAlchemy keeps compiled; one with 200 conditions takes some hundred kilobytes.
STATEMENTS = 100
WAIT_SECONDS = 10.0  # for a free connection of a pool, where all are in use


def plain_url(url: str) -> str:
    """The URL as libpq, psycopg and asyncpg read it."""
    return _url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def connect(url: str, *, size: int = 10, wait: float = WAIT_SECONDS, statement_seconds: float | None = None) -> AsyncEngine:
    """A pool of asyncpg connections behind SQLAlchemy; opens none until one is asked for.

    `wait` is for a free connection. `statement_seconds` is for an answer, and holds even if the server's process is paused.
    """
    engine = create_async_engine(
        _url(url).set(drivername="postgresql+asyncpg"),
        pool_size=size,
        max_overflow=0,
        pool_timeout=wait,
        pool_pre_ping=False,
        query_cache_size=STATEMENTS,
        connect_args={
            "server_settings": SESSION | PATIENCE,
            "async_creator_fn": connection_to,
            "command_timeout": statement_seconds,
        },
    )
    event.listen(engine.sync_engine, "checkout", _check_open)
    event.listen(engine.sync_engine, "handle_error", _notice_loss)
    return engine


async def connection_to(*address: Any, **options: Any) -> Any:
    """A new asyncpg connection. Raises Unavailable when there is no server, or none that answers in time."""
    try:
        return await asyncpg.connect(*address, timeout=CONNECT_SECONDS, **options)
    except OSError as problem:
        raise Unavailable(f"no connection to PostgreSQL: {problem or type(problem).__name__}") from problem


def _check_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """Hands out none that is known to be closed, nor any as old as it; costs no round trip."""
    if connection._connection.is_closed():
        raise InvalidatePoolError


def _notice_loss(context: ExceptionContext) -> None:
    """Sees by the error that a connection is lost, before the socket says so: then the pool drops all that are older."""
    if is_lost(context.original_exception):
        context.is_disconnect = True


def _url(url: str) -> URL:
    """Reads `postgres://` too, which many hosting services give."""
    return make_url(url.replace("postgres://", "postgresql://", 1))
