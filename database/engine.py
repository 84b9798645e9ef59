"""Connections to PostgreSQL: one URL, in the form that each driver wants."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# What takes longer than this is no page that anybody waits for; imports have connections of their own.
PATIENCE = {"statement_timeout": "30000"}
# Dates, plans and counts must not depend on where a process runs; a forgotten transaction must not hold locks for ever.
SESSION = {"timezone": "UTC", "application_name": "backoffice", "idle_in_transaction_session_timeout": "300000"}


def plain_url(url: str) -> str:
    """The URL as libpq, psycopg and asyncpg read it."""
    return _url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def connect(url: str, *, size: int = 10) -> AsyncEngine:
    """A pool of asyncpg connections behind SQLAlchemy; opens none until one is asked for."""
    return create_async_engine(
        _url(url).set(drivername="postgresql+asyncpg"),
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=False,
        connect_args={"server_settings": SESSION | PATIENCE},
    )


def _url(url: str) -> URL:
    """Reads `postgres://` too, which many hosting services give."""
    return make_url(url.replace("postgres://", "postgresql://", 1))
