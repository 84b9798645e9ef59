"""An import that the demo has behind it: clients who moved, in a file with three mistakes."""

import asyncio
import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import psycopg

from database.engine import connect, plain_url
from demo.world import END, instant
from importers.execution import run_to_end
from importers.jobs import NewJob, create_job
from importers.uploads import Expected, receive
from models.imports import ImportAction
from models.sessions import acting_as

TITLE = "Clients who moved in September"
DESCRIPTION = "New addresses from the call centre; three records are to be mended and imported again."
FILE = "moved-2026-09.csv"
HEADER = ["Email", "Date of birth", "Country", "Address", "City", "Postal code"]

# Who moved: to where the next client of the same country lives. Two of them had told so before.
MOVES = """
    select email, birthday, country_name, new.address, new.city, new.postcode
    from client join country using (country_id)
    cross join lateral (
        select * from address where address.country_id = client.country_id and address.type = 'residential'
            and case when client.client_id % 20 = 0 then address.client_id = client.client_id else address.client_id > client.client_id end
        order by address.client_id limit 1
    ) as new
    where client.client_id between 201 and 240 and birthday is not null
    order by client.client_id"""

# By record: what the file has wrong, and where.
MISTAKES = {7: ("Email", "no address given"), 19: ("Country", "Ruritania"), 30: ("Date of birth", "1985-02-30")}

# The demo stands still: what the import wrote bears the last day of the demo, too.
DATE_BACK = """
    with run as (
        update import_run set created_at = %(begin)s, start_time = %(begin)s, end_time = %(end)s, update_time = %(end)s
        where import_run_id = %(run)s
        returning import_run_id, import_job_id
    ), job as (
        update import_job set created_at = %(begin)s from run where import_job.import_job_id = run.import_job_id returning import_file_id
    ), file as (
        update import_file set create_time = %(begin)s from job where import_file.import_file_id = job.import_file_id
    ), moved as (
        update client set update_time = %(end)s from run where client.import_run_id = run.import_run_id returning client_id
    )
    update address set update_time = %(end)s from moved where address.client_id = moved.client_id and type = 'residential'"""


def add_moves(url: str, owner_id: int) -> bool:
    """Imports the file as its owner would; answers whether that had not been done before."""
    with psycopg.connect(plain_url(url)) as connection:
        if connection.execute("select from import_job where title = %s", [TITLE]).rowcount:
            return False
        content = file_of(connection)
    run_id = asyncio.run(imported(url, owner_id, content))
    with psycopg.connect(plain_url(url)) as connection:
        connection.execute(DATE_BACK, {"run": run_id, "begin": instant(END - 3600), "end": instant(END - 3599)})
    return True


def file_of(connection: psycopg.Connection[Any]) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    for number, row in enumerate(connection.execute(MOVES), start=1):
        record = dict(zip(HEADER, row, strict=True))
        if number in MISTAKES:
            column, cell = MISTAKES[number]
            record[column] = cell
        writer.writerow(record)
    return text.getvalue().encode()


async def imported(url: str, owner_id: int, content: bytes) -> int:
    """The number of the run, which has ended."""
    viewer = acting_as(owner_id)
    engine = connect(url, size=1)
    try:
        file_id = await receive(engine, viewer, FILE, once(content), Expected(limit=len(content)))
        asked = NewJob(title=TITLE, description=DESCRIPTION, action=ImportAction.IMPORT_USERS, file_id=file_id)
        _, run_id = await create_job(engine, viewer, asked)
    finally:
        await engine.dispose()
    assert run_id is not None  # noqa: S101 - it was asked to start
    await run_to_end(url, run_id)
    return run_id


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content
