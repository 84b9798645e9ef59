"""Where a command finds its PostgreSQL: the server that is named, or the one embedded in the data folder."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from database import embedded
from database.engine import connect, plain_url
from database.upgrade import at_head
from models.errors import Conflict, Invalid, NotFound, Refused

EXAMPLE = "as in postgresql://user:password@host:5432/backoffice"
OLDEST_SERVER = 150_000  # PostgreSQL 15, as the server itself counts


class Unavailable(Refused):
    """No PostgreSQL answers, or one that is too old."""

    code = "UNAVAILABLE"


@dataclass(frozen=True)
class Place:
    """What `--data` and DATABASE_URL say: a URL goes before the folder."""

    data: Path
    url: str | None

    @property
    def exists(self) -> bool:
        return self.url is not None or (self.data / "postgresql").exists()


@contextmanager
def opened(place: Place) -> Iterator[str]:
    """The URL of a PostgreSQL that answers; an embedded one runs until the last process that uses it is gone."""
    if place.url:
        url = checked_url(place.url)
        server_version(url)
        yield url
        return
    server = embedded.start(place.data)
    try:
        yield server.url
    finally:
        server.close()


@asynccontextmanager
async def connected(place: Place) -> AsyncIterator[AsyncEngine]:
    """Connections to a database that `serve` has made ready."""
    if not place.exists:
        raise NotFound(f"There is no database in {place.data}: start `backoffice serve --data {place.data}` once, or name another folder.")
    with opened(place) as url:
        async with ready(url) as engine:
            yield engine


@asynccontextmanager
async def ready(url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to a database that has the schema of this program."""
    engine = connect(url)
    try:
        async with engine.connect() as connection:
            if not await at_head(connection):
                raise Conflict("The database has not the schema of this version; start `backoffice serve` once, which upgrades it.")
        yield engine
    finally:
        await engine.dispose()


def checked_url(url: str) -> str:
    """Refuses what names no PostgreSQL; never repeats the URL, which may hold a password."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise Invalid(f"DATABASE_URL is not a URL; write it {EXAMPLE}.") from None
    if parts.get_backend_name() not in {"postgresql", "postgres"}:
        raise Invalid(f"DATABASE_URL names a database of the kind {parts.get_backend_name()!r}; only PostgreSQL will do, {EXAMPLE}.")
    return plain_url(url)


def server_version(url: str) -> int:
    """The version of the server, as in 180004; raises Unavailable when it does not answer or is too old."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as problem:
        raise Unavailable(
            f"No PostgreSQL lets us in at {where(url)}: {reason(problem)}. See DATABASE_URL, and whether the server runs."
        ) from None
    except psycopg.Error:
        # What libpq says of a URL that it cannot read repeats it, password and all.
        raise Invalid(f"DATABASE_URL has a part that PostgreSQL does not know; write it {EXAMPLE}.") from None
    if version < OLDEST_SERVER:
        raise Unavailable(
            f"The PostgreSQL at {where(url)} is of version {version // 10_000}, and 15 is the oldest that will do: upgrade it."
        )
    return version


def where(url: str) -> str:
    """The server and database that a URL names, without user and password, as in `db.example.com:5432/backoffice`."""
    parts = make_url(url)
    host = parts.host or parts.query.get("host") or "the local socket"
    return f"{host if isinstance(host, str) else ','.join(host)}{f':{parts.port}' if parts.port else ''}/{parts.database or ''}"


def reason(problem: psycopg.Error) -> str:
    """The reason alone, as in `Connection refused`, of `connection failed: connection to server at ... failed: Connection refused`."""
    return str(problem).partition("\n")[0].rpartition("failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
