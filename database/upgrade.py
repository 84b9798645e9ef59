"""Migrations: bring a database to the newest schema, or tell whether it is there."""

import time
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from database.engine import plain_url

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Any number will do, as long as nothing else in this database takes the same advisory lock.
UPGRADE_LOCK = 7_302_026
PATIENCE = 600.0  # seconds; another process may be rewriting a large table


class UpgradeError(Exception):
    """Says why the schema cannot be brought up to date, and what to do about it."""


def upgrade(url: str, *, patience: float = PATIENCE) -> bool:
    """Applies the migrations that are missing; answers whether there were any. Two processes may call it at once."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    # The lock is the session's, not the transaction's: a migration may have to commit in the middle, to build an index concurrently.
    with engine.connect() as connection:
        wait_for_lock(connection, patience)
        revision = current(connection)
        if revision == head():
            return False
        if revision is not None and revision not in revisions():
            raise UpgradeError(
                f"The database has revision {revision}, which this version of the program does not know: "
                "start the newer version that made it, or restore a backup from before."
            )
        command.upgrade(configuration(connection), "head")
    return True


def driver_url(url: str) -> str:
    """The URL by which SQLAlchemy connects without asyncio, which alembic does not speak."""
    return plain_url(url).replace("postgresql://", "postgresql+psycopg://", 1)


def wait_for_lock(connection: Connection, patience: float) -> None:
    """Asks again and again: a statement that waits would hold up another process that builds an index concurrently."""
    deadline = time.monotonic() + patience
    while not connection.scalar(text("select pg_try_advisory_lock(:lock)"), {"lock": UPGRADE_LOCK}):
        connection.rollback()
        if time.monotonic() > deadline:
            raise UpgradeError(
                f"Another process has been changing the schema for {patience:.0f} seconds: wait for it, or end it, and try again."
            )
        time.sleep(0.1)
    connection.commit()


def current(connection: Connection) -> str | None:
    """The revision of the database; None before the first migration."""
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def configuration(connection: Connection) -> Config:
    """What alembic would read from a file."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def revisions() -> tuple[str, ...]:
    """The revisions that this code knows, newest first; read from the disk once."""
    return tuple(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def head() -> str:
    """The newest revision that this code knows."""
    return revisions()[0]


async def at_head(connection: AsyncConnection) -> bool:
    """Whether the database has the schema that this code was written for."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision()) == head()
