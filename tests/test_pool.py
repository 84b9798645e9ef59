"""The pool for planned queries, on a real server."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from asyncpg import PostgresError

from database.pool import Pool


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = Pool(database_url, size=2)
    yield pool
    await pool.close()


async def backend(pool: Pool) -> int:
    """The process of the connection that is used next."""
    async with pool.acquire() as connection:
        return int(await connection.fetchval("select pg_backend_pid()"))


async def test_connections_are_used_again(pool: Pool) -> None:
    assert await backend(pool) == await backend(pool)


async def test_no_more_are_opened_than_it_may_hold(pool: Pool) -> None:
    async def one() -> int:
        async with pool.acquire() as connection:
            return int(await connection.fetchval("select pg_backend_pid() from pg_sleep(0.01)"))

    assert len(set(await asyncio.gather(*(one() for _ in range(9))))) == 2


async def test_what_was_cancelled_is_stopped_and_its_place_is_free_again(pool: Pool, database_url: str) -> None:
    async def sleep() -> None:
        async with pool.acquire() as connection:
            await connection.fetch("select pg_sleep(30), 'told apart by this'")

    tasks = [asyncio.create_task(sleep()) for _ in range(2)]
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()

    async with asyncio.timeout(5):
        await backend(pool)
        with psycopg.connect(database_url) as other:
            told = "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%told apart by this%'"
            while other.execute(told).fetchone() != (0,):
                await asyncio.sleep(0.05)
                other.rollback()
    assert all(task.cancelled() for task in tasks)


async def test_an_error_of_the_server_costs_no_connection(pool: Pool) -> None:
    before = await backend(pool)

    with pytest.raises(PostgresError):
        async with pool.acquire() as connection:
            await connection.fetch("select 1 / 0")

    assert await backend(pool) == before


async def test_a_transaction_left_open_is_not_used_by_the_next(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("begin isolation level repeatable read")
        await connection.fetch("select count(*) from client")

    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()


async def test_a_connection_that_was_lost_is_replaced(pool: Pool, database_url: str) -> None:
    lost = await backend(pool)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [lost])
    await asyncio.sleep(0.1)

    assert await backend(pool) != lost


async def test_a_closed_pool_says_so(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await pool.close()

    await asyncio.sleep(0.1)
    assert connection.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        await backend(pool)
