"""Configuration in memory: exact, fresh within a second, and silent rather than stale."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

import loaders.configuration
import loaders.configuration_tables
import models
from database.changes import Changes
from database.embedded import EmbeddedServer
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from loaders.configuration_tables import configuration_models, readers_of
from loaders.reading import Reads
from loaders.rows import listing
from loaders.selection import Selection, primary_key
from models.access import SYSTEM, Viewer, visible
from models.base import Base

ROOT = Path(__file__).parent.parent
ALL = configuration_models()
LISTENERS = "select pid from pg_stat_activity where datname = current_database() and query like any (array['LISTEN%', 'select 1'])"


@pytest.fixture
async def changes(database_url: str) -> AsyncIterator[Changes]:
    changes = Changes(database_url, CONFIGURATION_CHANGES)
    await changes.start()
    yield changes
    await changes.stop()


@pytest.fixture
async def configuration(database_url: str, changes: Changes) -> AsyncIterator[Configuration]:
    """The configuration once its notifications have begun."""
    configuration = Configuration(database_url, changes)
    await configuration.start()
    await soon(lambda: all(configuration._held[model].read_at > changes.began_at for model in ALL))
    yield configuration
    await configuration.stop()


async def soon(happens: Callable[[], bool], seconds: float = 5) -> float:
    """Waits until something is so; answers how long it took."""
    began = monotonic()
    while not happens():
        assert monotonic() - began < seconds, "It has not happened."
        await asyncio.sleep(0.005)
    return monotonic() - began


def run(url: str, statement: str) -> None:
    """Runs a statement as somebody else does, in another connection."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def names(configuration: Configuration) -> set[str]:
    """The names of the tags."""
    rows = configuration.table(models.Tag)
    assert rows is not None
    return {row["name"] for row in rows.values()}


def names_or_none(configuration: Configuration) -> set[str]:
    """The names of the tags; none while the table has to be read by SQL."""
    return set() if configuration.table(models.Tag) is None else names(configuration)


async def test_each_table_holds_what_a_read_gives(configuration: Configuration, database: AsyncEngine, database_url: str) -> None:
    run(database_url, "insert into payment_method (name) values ('by hand')")
    await configuration.refresh(models.PaymentMethod)

    for model in ALL:
        selection = Selection.of(model, model.__mapper__.column_attrs.keys())
        read = await listing(Reads(database, SYSTEM), selection, primary_key(model), {})
        assert read

        rows = configuration.table(model)

        assert rows == {record[primary_key(model)]: record for record in read}
        assert list(rows) == [record[primary_key(model)] for record in read]


async def test_rows_have_columns_and_expressions_as_python_values(configuration: Configuration, database_url: str) -> None:
    run(database_url, "update product_currency set permissions = '{trade}', start_amounts = '{0.5}' where currency_code = 'EUR'")
    await configuration.refresh(models.ProductCurrency)
    rows = configuration.table(models.ProductCurrency)
    assert rows is not None
    row = next(row for row in rows.values() if row["currency_code"] == "EUR")

    assert row["numeric_code"] == 978
    assert row["permissions"] == [models.AccountPermission.TRADE]
    assert row["start_amounts"] == [Decimal("0.5")]
    assert row["create_time"].tzinfo is not None


async def test_rows_are_found_by_unique_columns(configuration: Configuration, database_url: str) -> None:
    germany = configuration.by(models.Country, "alpha2_code")
    assert germany is not None
    assert germany["DE"]["country_name"] == "Germany"
    assert configuration.by(models.Country, "alpha2_code") is germany

    by_both = configuration.by(models.ProductCurrency, "product_id", "currency_code")
    rows = configuration.table(models.ProductCurrency)
    assert by_both is not None
    assert rows is not None
    assert by_both.keys() == {(row["product_id"], row["currency_code"]) for row in rows.values()}

    run(database_url, "update country set alpha2_code = 'D2' where alpha2_code = 'DE'")
    await configuration.refresh(models.Country)

    renamed = configuration.by(models.Country, "alpha2_code")
    assert renamed is not None
    assert renamed["D2"]["country_name"] == "Germany"
    assert "DE" not in renamed


@pytest.mark.parametrize("columns", [("currency_code",), ("default",), ("product_id",)])
async def test_columns_that_may_repeat_find_nothing(configuration: Configuration, columns: tuple[str, ...]) -> None:
    model = {"currency_code": models.Country, "default": models.ClientType, "product_id": models.ProductCurrency}[columns[0]]

    with pytest.raises(TypeError, match="may have several rows with the same"):
        configuration.by(model, *columns)


WRITES: dict[str, tuple[str, Callable[[set[str]], bool]]] = {
    "an insert": ("insert into tag (tag_id, name) values (700, 'new')", lambda found: "new" in found),
    "an update": ("update tag set name = 'renamed' where tag_id = 500", lambda found: "renamed" in found and "old" not in found),
    "a delete": ("delete from tag where tag_id = 500", lambda found: "old" not in found),
    "a truncation": ("truncate tag cascade", lambda found: not found),
}


@pytest.mark.parametrize("write", WRITES)
async def test_what_others_write_arrives_within_a_second(configuration: Configuration, database_url: str, write: str) -> None:
    run(database_url, "insert into tag (tag_id, name) values (500, 'old'), (600, 'other')")
    await soon(lambda: {"old", "other"} <= names(configuration))
    statement, arrived = WRITES[write]
    before = configuration.version(models.Tag)

    run(database_url, statement)

    await soon(lambda: arrived(names(configuration)), seconds=1)
    assert configuration.version(models.Tag) == before + 1


async def test_only_what_changed_is_read_and_counted_anew(configuration: Configuration, database_url: str) -> None:
    countries, held = configuration.table(models.Country), configuration._held[models.Country]

    run(database_url, "insert into tag (name) select 'tag ' || number from generate_series(1, 7) as number")
    await soon(lambda: "tag 7" in names(configuration))

    assert configuration.table(models.Country) is countries
    assert configuration._held[models.Country] is held


async def test_the_stamp_stays_while_nothing_changes(configuration: Configuration, database_url: str) -> None:
    before = configuration.stamp()
    run(database_url, "update country set enabled = enabled")
    await asyncio.sleep(0.5)
    same = configuration.stamp()

    run(database_url, "insert into tag (name) values ('gold')")
    await soon(lambda: "gold" in names(configuration), seconds=1)

    assert before is not None
    assert same == before
    assert configuration.stamp() == before + 1


async def test_an_equal_table_keeps_its_version_and_its_rows(configuration: Configuration, database_url: str) -> None:
    countries, read_at = configuration.table(models.Country), configuration._held[models.Country].read_at

    run(database_url, "update country set enabled = enabled")
    await soon(lambda: configuration._held[models.Country].read_at > read_at)

    assert configuration.table(models.Country) is countries
    assert configuration.version(models.Country) == 1


async def test_an_expression_over_another_table_follows_it(configuration: Configuration, database_url: str) -> None:
    def numbers() -> set[int]:
        rows = configuration.table(models.ProductCurrency)
        assert rows is not None
        return {row["numeric_code"] for row in rows.values() if row["currency_code"] == "EUR"}

    run(database_url, "update currency set numeric_code = 7978 where alphabetic_code = 'EUR'")
    await soon(lambda: numbers() == {7978}, seconds=1)

    run(database_url, "update currency set numeric_code = 978 where alphabetic_code = 'EUR'")
    await configuration.refresh(models.Currency)
    assert numbers() == {978}


async def test_a_writer_sees_its_own_change_when_refresh_returns(configuration: Configuration, database_url: str) -> None:
    run(database_url, "insert into tag (name) values ('first')")
    await configuration.refresh(models.Tag)
    assert "first" in names(configuration)

    run(database_url, "update tag set name = 'second' where name = 'first'")
    await configuration.refresh(models.Tag, models.Country)
    assert "second" in names(configuration)


async def test_the_old_table_is_served_whole_while_the_new_one_is_read(configuration: Configuration, database_url: str) -> None:
    run(database_url, "insert into tag (name) values ('old')")
    await configuration.refresh(models.Tag)
    run(database_url, "delete from tag; insert into tag (name) select 'new ' || number from generate_series(1, 700) as number")
    new = {f"new {number}" for number in range(1, 701)}

    refreshing = asyncio.create_task(configuration.refresh(models.Tag))
    seen = []
    while not refreshing.done():
        seen.append(names(configuration))
        await asyncio.sleep(0)

    assert seen[0] >= {"old"}
    assert all("old" in found or found == new for found in seen)
    assert names(configuration) == new


async def test_a_table_over_the_limit_is_not_held(configuration: Configuration, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(database_url, "delete from tag; insert into tag (name) select 'tag ' || number from generate_series(1, 30) as number")
    monkeypatch.setattr(loaders.configuration_tables, "LIMIT", 30)
    await configuration.refresh(models.Tag)
    assert len(names(configuration)) == 30

    run(database_url, "insert into tag (name) values ('one too many')")
    await soon(lambda: configuration.table(models.Tag) is None, seconds=1)
    assert configuration.by(models.Tag, "name") is None
    assert configuration.table(models.Platform) is not None

    run(database_url, "delete from tag where name = 'one too many'")
    await soon(lambda: configuration.table(models.Tag) is not None, seconds=1)


async def test_a_burst_of_changes_is_read_a_few_times(configuration: Configuration, database_url: str) -> None:
    reads: list[str] = []
    event.listen(configuration._engine.sync_engine, "before_cursor_execute", lambda *call: reads.append(call[2]))

    began = monotonic()
    with psycopg.connect(database_url, autocommit=True) as connection:
        for number in range(300):
            connection.execute("insert into tag (name) values (%s)", [f"tag {number}"])
            await asyncio.sleep(0)
    await soon(lambda: "tag 299" in names(configuration))

    of_tags = [statement for statement in reads if "FROM tag" in statement]
    assert 1 <= len(of_tags) <= (monotonic() - began) / loaders.configuration.GATHERING + 1
    assert of_tags == [statement for statement in reads if "FROM" in statement and "pg_" not in statement]


async def test_what_no_trigger_announces_is_found_in_the_end(
    configuration: Configuration, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database_url, "alter table tag disable trigger all; insert into tag (name) values ('restored')")
    await asyncio.sleep(loaders.configuration.RENEWAL)
    assert "restored" not in names(configuration)

    monkeypatch.setattr(loaders.configuration, "REREADING", 0.1)

    await soon(lambda: "restored" in names(configuration))


def lose_listener(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(f"select pg_terminate_backend(pid) from ({LISTENERS}) as listeners").fetchall()  # noqa: S608 - a constant
    assert ended == [(True,)]


async def test_a_change_made_while_nobody_listens_arrives_all_the_same(
    configuration: Configuration, changes: Changes, database_url: str
) -> None:
    began_at = changes.began_at
    lose_listener(database_url)
    run(database_url, "insert into tag (name) values ('missed')")

    await soon(lambda: "missed" in names_or_none(configuration), seconds=2.5)

    # Afterwards notifications are heard again.
    await soon(lambda: changes.began_at > began_at)
    run(database_url, "insert into tag (name) values ('heard')")
    await soon(lambda: "heard" in names(configuration), seconds=1.5)


async def test_a_new_connection_has_everything_read_again(
    configuration: Configuration, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaders.configuration, "RENEWAL", 60.0)
    lose_listener(database_url)
    run(database_url, "insert into tag (name) values ('missed')")

    await soon(lambda: "missed" in names_or_none(configuration))


async def test_without_notifications_tables_are_read_again_and_again(database_url: str, changes: Changes) -> None:
    await changes.stop()
    deaf = Changes(database_url, CONFIGURATION_CHANGES)
    configuration = Configuration(database_url, deaf)
    await configuration.start()
    try:
        run(database_url, "insert into tag (name) values ('unheard')")

        assert await soon(lambda: "unheard" in names(configuration)) < loaders.configuration.STALENESS
        assert configuration.version(models.Country) == 1
    finally:
        await configuration.stop()


async def test_a_connection_that_falls_silent_is_given_up(configuration: Configuration, changes: Changes, database_url: str) -> None:
    heard_until, began_at = changes.heard_until, changes.began_at
    with psycopg.connect(database_url, autocommit=True) as connection:
        ((process,),) = connection.execute(LISTENERS).fetchall()
    # A stopped process keeps its connection open and says nothing, as a dead network does.
    os.kill(process, signal.SIGSTOP)
    try:
        run(database_url, "insert into tag (name) values ('unheard')")
        await soon(lambda: "unheard" in names_or_none(configuration), seconds=2.5)
        await soon(lambda: changes.began_at > began_at, seconds=8)
    finally:
        os.kill(process, signal.SIGCONT)
    assert changes.heard_until > heard_until


async def test_an_unreachable_database_means_that_nothing_is_served(
    configuration: Configuration, database_url: str, postgres: EmbeddedServer, caplog: pytest.LogCaptureFixture
) -> None:
    name = conninfo_to_dict(database_url)["dbname"]
    assert configuration.stamp() is not None
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" with allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            with caplog.at_level(logging.WARNING, "loaders.configuration"):
                await soon(lambda: all(configuration.table(model) is None for model in ALL), seconds=3)
                await configuration.refresh(models.Tag)
            assert configuration.table(models.Tag) is None
            assert configuration.stamp() is None
            assert [record.name for record in caplog.records].count("loaders.configuration") == 1
        finally:
            admin.execute(f'alter database "{name}" with allow_connections true')

    await soon(lambda: all(configuration.table(model) is not None for model in ALL))


async def test_a_table_that_cannot_be_read_is_not_served_and_the_others_stay_fresh(
    configuration: Configuration, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    run(database_url, "alter table platform drop column caption")

    with caplog.at_level(logging.WARNING, "loaders.configuration"):
        await configuration.refresh(models.Platform)

    assert configuration.table(models.Platform) is None
    assert "The table platform could not be read" in caplog.text
    run(database_url, "insert into tag (name) values ('fresh')")
    await soon(lambda: "fresh" in names(configuration), seconds=1)


async def test_nothing_is_held_before_the_start_and_after_the_end(database_url: str, changes: Changes) -> None:
    configuration = Configuration(database_url, changes)
    await configuration.refresh(models.Tag)
    assert configuration.table(models.Tag) is None
    assert configuration.version(models.Tag) == 0

    await configuration.start()
    assert configuration.table(models.Country) is not None
    assert configuration.table(models.Client) is None

    await configuration.stop()
    assert configuration.table(models.Country) is None


async def test_a_channel_that_nobody_listens_to_is_refused(database_url: str) -> None:
    configuration = Configuration(database_url, Changes(database_url, "import_run"))

    with pytest.raises(ValueError, match="Nothing listens to the channel 'configuration'"):
        await configuration.start()


class Holder:
    """A process that holds the configuration, see tests/configuration_holder.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    async def says(self) -> Any:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), 20)
        return json.loads(line)

    def add(self, name: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()


@contextmanager
def holder(url: str) -> Iterator[Holder]:
    command = [sys.executable, "-m", "tests.configuration_holder", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Holder(process)
        finally:
            process.kill()


async def test_two_processes_see_what_either_writes(database_url: str) -> None:
    run(database_url, "delete from tag")
    with holder(database_url) as one, holder(database_url) as other:
        assert await one.says() == {"tags": []}
        assert await other.says() == {"tags": []}

        one.add("vip")
        assert await one.says() == {"added": "vip", "tags": ["vip"]}
        answered = monotonic()
        assert await other.says() == {"tags": ["vip"]}
        assert monotonic() - answered < 1

        other.add("asleep")
        assert await other.says() == {"added": "asleep", "tags": ["asleep", "vip"]}
        answered = monotonic()
        assert await one.says() == {"tags": ["asleep", "vip"]}
        assert monotonic() - answered < 1

        run(database_url, "delete from tag where name = 'vip'")
        written = monotonic()
        assert await one.says() == {"tags": ["asleep"]}
        assert await other.says() == {"tags": ["asleep"]}
        assert monotonic() - written < 1


def test_every_configuration_table_announces_its_changes(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger where tgname like 'announce%' and tgenabled = 'O'"
        ).fetchall()
    announced = {
        table
        for table, definition in rows
        if "AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE" in definition and "FOR EACH STATEMENT" in definition
    }

    assert {model.__tablename__ for model in ALL} - announced == set()
    assert len(ALL) >= 11


@pytest.mark.parametrize("model", ALL)
def test_configuration_has_neither_masks_nor_scopes(model: type[Base]) -> None:
    reader = Viewer(user_id=7, permissions=frozenset({model.read_permission}))

    assert [column.key for column in model.__table__.columns if "mask" in column.info] == []
    assert str(visible(model, reader)) == str(visible(model, SYSTEM))
    assert "WHERE" not in str(visible(model, reader))


def test_configuration_reads_no_table_that_is_not() -> None:
    assert readers_of(ALL)["currency"] == [models.Currency, models.ProductCurrency]
    with pytest.raises(TypeError, match="ProductCurrency is configuration and reads the table currency, which is not"):
        readers_of([models.ProductCurrency])
