"""The schema that migrations make."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import NullPool

from database.embedded import EmbeddedServer
from database.engine import connect
from database.upgrade import UPGRADE_LOCK, UpgradeError, at_head, driver_url, head, revisions, upgrade
from migrations.comparison import COMPARISON
from migrations.job_engine import bring_up, level_of, run, steps
from models import Base

COLUMNS = """
    select relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity, collname,
        pg_get_expr(adbin, adrelid)
    from pg_attribute join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    left join pg_collation on pg_collation.oid = attcollation
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and attnum > 0 and not attisdropped"""
CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace"""
INDEXES = """
    select indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    from pg_index join pg_class on pg_class.oid = indexrelid where relnamespace = 'public'::regnamespace"""
RELATIONS = "select relname, relkind, reloptions from pg_class where relnamespace = 'public'::regnamespace"
ROUTINES = """
    select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace"""
TYPES = """
    select typname, typtype from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')"""


numbers = itertools.count(1)


@pytest.fixture
def empty_url(postgres: EmbeddedServer) -> Iterator[str]:
    name = f"empty_{next(numbers)}"
    yield postgres.database(name)
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')


def rows(url: str, query: str) -> set[tuple[object, ...]]:
    """What the catalog says, without alembic's own table, which no model knows."""
    with psycopg.connect(url) as connection:
        found = connection.execute(query).fetchall()
    return {tuple(map(str, row)) for row in found if not str(row[0]).startswith("alembic_version") and row[0] != "alembic_version_pkc"}


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS, INDEXES, RELATIONS, ROUTINES, TYPES])
def test_up_from_empty_equals_the_models(database_url: str, empty_url: str, query: str) -> None:
    engine = create_engine(driver_url(empty_url), poolclass=NullPool)
    with engine.begin() as connection:
        Base.metadata.create_all(connection)

    assert rows(database_url, query) == rows(empty_url, query)


def test_the_catalog_shows_generated_columns_partial_indexes_and_checks(database_url: str) -> None:
    # Guards the comparison above against queries that find nothing.
    assert any(row[1] == "ck_client_clientstatus" and "banned" in str(row[2]) for row in rows(database_url, CONSTRAINTS))
    assert any(row[2] == "name" and row[5] == "s" and "company_full_name" in str(row[8]) for row in rows(database_url, COLUMNS))
    assert any(row[1] == "uq_phone_number_default" and "WHERE" in str(row[2]) for row in rows(database_url, INDEXES))
    assert any(row[0] == "account" and "fillfactor=85" in str(row[2]) for row in rows(database_url, RELATIONS))


def differences(url: str) -> list[tuple[str, str]]:
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARISON)
        return [(difference[0], difference[1].name) for difference in compare_metadata(context, Base.metadata)]


def test_autogenerate_sees_no_difference(database_url: str) -> None:
    assert differences(database_url) == []


def test_autogenerate_sees_a_missing_index_even_with_a_collation(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("drop index ix_client_city")

    assert differences(database_url) == [("add_index", "ix_client_city")]


async def test_a_migrated_database_is_at_head_and_is_left_alone(database: AsyncEngine, database_url: str) -> None:
    async with database.connect() as connection:
        assert await at_head(connection)

    assert not upgrade(database_url)


async def test_an_empty_database_is_brought_to_head(empty_url: str) -> None:
    engine = connect(empty_url)
    async with engine.connect() as connection:
        assert not await at_head(connection)

    assert upgrade(empty_url)

    async with engine.connect() as connection:
        assert await at_head(connection)
    await engine.dispose()


def test_revisions_form_one_line_of_numbers() -> None:
    assert list(revisions()) == [f"{number:04}" for number in range(len(revisions()), 0, -1)]
    assert head() == revisions()[0]


def test_two_processes_that_upgrade_at_once_both_succeed(empty_url: str) -> None:
    program = "import sys; from database.upgrade import upgrade; print(upgrade(sys.argv[1]))"
    root = Path(__file__).parent.parent
    processes = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]

    answers = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(answers) == ["False", "False", "True"]


def test_an_upgrade_that_cannot_get_the_lock_says_so(empty_url: str) -> None:
    with psycopg.connect(empty_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [UPGRADE_LOCK])

        with pytest.raises(UpgradeError, match="Another process has been changing the schema"):
            upgrade(empty_url, patience=0.2)

    assert upgrade(empty_url)


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '9999'")

    with pytest.raises(UpgradeError, match="revision 9999, which this version of the program does not know"):
        upgrade(database_url)


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("create table client (in_the_way int)")

    with pytest.raises(Exception, match='relation "client" already exists'):
        upgrade(empty_url)

    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace").fetchone() == (1,)
        assert connection.execute("select to_regnamespace('procrastinate')").fetchone() == (None,)


def test_the_job_engine_lives_in_its_own_schema_at_the_level_of_the_installed_version(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'procrastinate'::regnamespace and relkind = 'r'"
        ).fetchall()
        elsewhere = connection.execute(
            "select count(*) from pg_proc where proname like 'procrastinate%' and pronamespace <> 'procrastinate'::regnamespace"
        ).fetchone()
        level = connection.execute("select obj_description('procrastinate'::regnamespace, 'pg_namespace')").fetchone()

    assert {name for (name,) in tables} == {
        "procrastinate_jobs",
        "procrastinate_events",
        "procrastinate_periodic_defers",
        "procrastinate_workers",
    }
    assert elsewhere == (0,)
    # When this fails, procrastinate has brought further steps: add a migration as migrations/README.md says.
    assert level == (steps()[-1].stem,)


def test_a_job_can_be_deferred_in_that_schema(database_url: str) -> None:
    with psycopg.connect(database_url, options="-c search_path=procrastinate") as connection:
        connection.execute(
            "select procrastinate_defer_jobs_v1(array[('imports', 'go_on', 0, null, null, '{\"run\": 17}', null)]"
            "::procrastinate_job_to_defer_v1[])"
        )

        assert connection.execute("select task_name, args from procrastinate_jobs").fetchall() == [("go_on", {"run": 17})]


def test_an_older_job_engine_gets_the_steps_that_it_lacks(empty_url: str, database_url: str) -> None:
    functions = "select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'procrastinate'::regnamespace"
    older = steps()[:-2]
    engine = create_engine(driver_url(empty_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("create schema procrastinate"))
        for step in older:
            run(connection, step.read_text(encoding="utf-8"))
        connection.execute(text(f"comment on schema procrastinate is '{older[-1].stem}'"))
    assert rows(empty_url, functions) != rows(database_url, functions)

    with engine.begin() as connection:
        bring_up(connection)

        assert level_of(connection) == steps()[-1].stem
    assert rows(empty_url, functions) == rows(database_url, functions)
