"""The job engine's own tables and functions: SQL that the installed procrastinate ships, in a schema of their own."""

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

SCHEMA = "procrastinate"


def bring_up(connection: Connection) -> None:
    """Creates the schema as the installed version wants it, or runs the steps that it ships since the version that is there.

    The schema's comment names the last step, so that a migration may call this again whenever a newer version is depended on.
    """
    level = level_of(connection)
    if level is None:
        connection.execute(text(f"create schema {SCHEMA}"))
        run(connection, SchemaManager.get_schema())
    else:
        for step in steps():
            if step.stem > level:
                run(connection, step.read_text(encoding="utf-8"))
    connection.execute(text(f"comment on schema {SCHEMA} is '{steps()[-1].stem}'"))


def level_of(connection: Connection) -> str | None:
    """The last step that the database has seen; None without the schema."""
    level: str | None = connection.scalar(text("select obj_description(to_regnamespace(:schema), 'pg_namespace')"), {"schema": SCHEMA})
    return level


def steps() -> list[Path]:
    """The steps that the installed version ships, oldest first: their names begin with the version."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def run(connection: Connection, statements: str) -> None:
    """Runs a script in the engine's schema; the names in it have no schema of their own."""
    before = connection.scalar(text("select current_setting('search_path')"))
    connection.execute(text("select set_config('search_path', :path, true)"), {"path": SCHEMA})
    # As it stands: without this, a driver would take each % for a parameter.
    connection.exec_driver_sql(statements, execution_options={"no_parameters": True})
    connection.execute(text("select set_config('search_path', :path, true)"), {"path": before})
