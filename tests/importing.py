"""Imports for tests: a file goes in, what became of it comes out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from importers.execution import run_to_end
from importers.jobs import NewJob, create_job
from importers.uploads import Expected, receive
from models.access import Viewer
from models.imports import ImportAction
from models.sessions import acting_as

USERS, ACCOUNTS, IBS = ImportAction.IMPORT_USERS, ImportAction.IMPORT_ACCOUNTS, ImportAction.IMPORT_IBS
END_ALL_OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
TOTALS = ("read", "added", "updated", "skipped", "errored")


@dataclass(frozen=True)
class Outcome:
    """A run as it ended; totals in the order read, added, updated, skipped, errored; warnings by line, column and code."""

    run_id: int
    status: str
    totals: tuple[int, ...]
    errors: list[tuple[int, str]]
    failure: str | None = None
    messages: list[tuple[str | None, str]] = field(default_factory=list)
    warned: int = 0
    warnings: list[tuple[int, str | None, str]] = field(default_factory=list)


class Importing:
    """Somebody who imports into a test's database."""

    def __init__(self, engine: AsyncEngine, url: str, user_id: int) -> None:
        self.engine, self.url, self.user_id = engine, url, user_id

    @property
    def viewer(self) -> Viewer:
        return acting_as(self.user_id)

    async def upload(self, content: str | bytes, name: str = "file.csv", **given: Any) -> int:
        return await receive(self.engine, self.viewer, name, parts(content), Expected(**{"limit": 10**9, **given}))

    async def queue(self, content: str | bytes, action: ImportAction = USERS, *, name: str = "file.csv", **job: Any) -> int:
        """A run that waits for a worker."""
        file_id = await self.upload(content, name)
        _, run_id = await create_job(self.engine, self.viewer, NewJob(title="A file", action=action, file_id=file_id, **job))
        assert run_id is not None
        return run_id

    async def run(self, content: str | bytes, action: ImportAction = USERS, *, size: int = 5_000, **job: Any) -> Outcome:
        """Imports a file here and now, in batches of a size."""
        run_id = await self.queue(content, action, **job)
        await run_to_end(self.url, run_id, size=size)
        return await self.outcome(run_id)

    async def outcome(self, run_id: int) -> Outcome:
        (run,) = await self.rows("select * from import_run where import_run_id = :run", run=run_id)
        faults = await self.rows("select * from import_row_error where import_run_id = :run order by record, ordinal", run=run_id)
        totals = tuple(run[name] for name in TOTALS)
        assert totals[0] == sum(totals[1:])
        warnings = [(fault["line"], fault["column"], fault["code"]) for fault in faults if fault["warning"]]
        faults = [fault for fault in faults if not fault["warning"]]
        messages = [(fault["column"], fault["message"]) for fault in faults]
        errors = [(fault["line"], fault["code"]) for fault in faults]
        return Outcome(run_id, run["status"], totals, errors, run["failure"], messages, run["warned"], warnings)

    async def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        async with self.engine.begin() as connection:
            return [dict(row) for row in (await connection.execute(text(query), values)).mappings()]

    async def tables(self, *names: str) -> list[list[dict[str, Any]]]:
        """All that tables hold, with the number of the transaction that wrote it."""
        return [await self.rows(f"select xmin::text, * from {name} order by 2") for name in names]  # noqa: S608 - names of ours

    async def do(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(statement))

    async def ended(self, run_id: int, *, within: float) -> Outcome:
        """The outcome of a run that a worker works on."""

        async def has_ended() -> bool:
            return (await self.outcome(run_id)).status not in ("new", "inProgress")

        await eventually(has_ended, within=within)
        return await self.outcome(run_id)

    async def has_read(self, run_id: int, records: int, *, within: float = 30) -> int:
        """Waits until a run has read so many records; answers how many it has."""

        async def enough() -> bool:
            return (await self.outcome(run_id)).totals[0] >= records

        await eventually(enough, within=within)
        return (await self.outcome(run_id)).totals[0]


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float) -> None:
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110 - the database does not tell
            await asyncio.sleep(0.01)


async def parts(content: str | bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    encoded = content.encode() if isinstance(content, str) else content
    for start in range(0, len(encoded), size):
        yield encoded[start : start + size]


def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What users look like in a database, without numbers and times, which differ between databases."""
    queries = {
        "client": "select email, first_name, last_name, birthday, city, country_id, phone, verification_level_id, client_type_id"
        " from client order by email",
        "address": "select email, a.address, a.city, a.country_id, postcode, type"
        " from address a join client using (client_id) order by 1, 2",
        "phone": 'select email, number, "default", p.type from phone_number p join client using (client_id) order by 1, 2',
        "log": "select results, lines from import_log_batch order by import_run_id, first_record",
        "errors": "select record, ordinal, line, code, message, cells, warning from import_row_error"
        " order by import_run_id, record, ordinal",
    }
    with psycopg.connect(url) as connection:
        return {name: connection.execute(query.encode()).fetchall() for name, query in queries.items()}
