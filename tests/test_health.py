"""Whether the process is up, and whether it can serve."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from database.embedded import EmbeddedServer
from feeds import health
from tests.desk import desk

READY = (200, {"status": "ready"})


async def readiness(url: str) -> tuple[int, dict[str, str]]:
    async with desk(url) as client:
        assert (await client.get("/healthz")).json() == {"status": "up"}
        response = await client.get("/readyz")
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()


def unready(reason: str) -> tuple[int, dict[str, str]]:
    return 503, {"status": "unready", "reason": reason}


@pytest.fixture
async def silent_url() -> AsyncIterator[str]:
    """The URL of something that takes connections and says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    yield f"postgresql://anybody@127.0.0.1:{listener.getsockname()[1]}/anything"
    listener.close()


async def test_a_migrated_database_makes_a_process_ready(database_url: str) -> None:
    assert await readiness(database_url) == READY


async def test_a_database_of_another_version_does_not(database_url: str, database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await connection.execute(text("update alembic_version set version_num = 'older'"))

    assert await readiness(database_url) == unready(
        "The database's schema is not that of this version; bring it up to date with the migrations."
    )


async def test_an_empty_database_does_not(postgres: EmbeddedServer) -> None:
    assert (await readiness(postgres.database("empty_for_health")))[0] == 503


async def test_a_database_that_is_gone_does_not(postgres: EmbeddedServer, caplog: pytest.LogCaptureFixture) -> None:
    gone = "postgresql://anybody:secret@127.0.0.1:1/anything"

    assert await readiness(gone) == unready("The database cannot be reached.")
    assert "secret" not in caplog.text


async def test_a_database_that_does_not_answer_does_not(silent_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert health.PATIENCE == 2
    monkeypatch.setattr(health, "PATIENCE", 0.2)

    async with asyncio.timeout(5):
        assert (await readiness(silent_url))[1]["reason"].startswith("The database did not answer within")


async def test_probes_wait_for_each_other_and_not_for_the_pool(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with desk(database_url, pool_size=1) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(5)))

    assert [one.status_code for one in answers] == [200] * 5
    assert caplog.records == []


async def test_a_process_stays_ready_when_its_database_was_restarted(database_url: str, database: AsyncEngine) -> None:
    async with desk(database_url) as client:
        assert (await client.get("/readyz")).status_code == 200
        async with database.connect() as connection:
            mine = "datname = current_database() and pid <> pg_backend_pid()"
            await connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {mine}"))  # noqa: S608
        assert (await client.get("/readyz")).status_code == 200
