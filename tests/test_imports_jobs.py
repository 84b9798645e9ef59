"""Jobs: what is refused before anything is stored, what a job remembers, starting and cancelling."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from database.engine import plain_url
from importers.execution import run_to_end
from importers.jobs import NewJob, cancel_run, create_job, start_run
from models.access import ADMINISTRATOR, Viewer
from models.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.importing import ACCOUNTS, USERS, Importing

FILE = "E-Mail,Given name,Shoe size,Born\nann@example.com,Ann,41,31/12/1999\n"


async def test_a_job_remembers_how_each_column_is_read(importing: Importing) -> None:
    file_id = await importing.upload(FILE)

    mapping = [("shoe SIZE", "city"), ("#2", None)]
    asked = NewJob(title="  Clients ", action=USERS, file_id=file_id, date_format="dd/mm/yyyy", mapping=mapping)
    job_id, run_id = await create_job(importing.engine, importing.viewer, asked)

    (job,) = await importing.rows("select * from import_job")
    assert (job["import_job_id"], job["title"], job["action"], job["match_key"]) == (job_id, "Clients", "import-users", ["email"])
    assert (job["date_format"], job["delimiter"], job["user_id"]) == ("DD/MM/YYYY", ",", importing.user_id)
    assert job["mapping"] == [
        {"column": "E-Mail", "field": "email"},
        {"column": "Given name", "field": None},
        {"column": "Shoe size", "field": "city"},
        {"column": "Born", "field": "date_of_birth"},
    ]
    (run,) = await importing.rows("select import_run_id, number, status, dry_run, size from import_run")
    assert tuple(run.values()) == (run_id, 1, "new", False, len(FILE))
    assert run_id is not None
    await run_to_end(importing.url, run_id)
    (client,) = await importing.rows("select first_name, city, birthday::text from client")
    assert tuple(client.values()) == (None, "41", "1999-12-31")


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"title": "  "}, "title", "blank"),
        ({"title": "x" * 201}, "title", "201 characters"),
        ({"title": "nul \0"}, "title", "cannot be stored"),
        ({"description": "half \ud83d"}, "description", "cannot be stored"),
        ({"encoding": "\0"}, "encoding", "leave the encoding out"),
        ({"file_id": 0}, "fileId", "no file 0"),
        ({"match_key": ["phone"]}, "matchKey", "matches by email"),
        ({"date_format": "MM.YY"}, "dateFormat", "MM.YY"),
        ({"delimiter": "/"}, "delimiter", "'/'"),
        ({"delimiter": ";"}, "mapping", "required field 'email'"),
        ({"encoding": "utf-16"}, "encoding", "leave the encoding out"),
        ({"mapping": [("Hat size", "city")]}, "mapping", "no column 'Hat size'"),
        ({"mapping": [("#5", "city")]}, "mapping", "position 5"),
        ({"mapping": [("E-Mail", None)]}, "mapping", "required field 'email'"),
        ({"mapping": [("E-Mail", "shoe")]}, "mapping", "no field 'shoe'"),
        ({"action": ACCOUNTS}, "mapping", "'account_number'.*'product_id'"),
    ],
)
async def test_what_is_wrong_with_a_job_is_said_before_anything_is_stored(
    importing: Importing, given: dict[str, Any], field: str, reason: str
) -> None:
    file_id = await importing.upload(FILE)

    with pytest.raises(Refused, match=reason) as refusal:
        await create_job(importing.engine, importing.viewer, replace(NewJob(title="A file", action=USERS, file_id=file_id), **given))

    assert refusal.value.field == ("input", field)
    assert await importing.tables("import_job", "import_run", "procrastinate.procrastinate_jobs") == [[], [], []]


async def test_columns_of_one_name_are_mapped_by_their_place(importing: Importing) -> None:
    file = "email,phone,phone\nann@example.com,+4930901820,+33142685300\n"

    with pytest.raises(Invalid, match="appears 2 times"):
        await importing.queue(file)
    outcome = await importing.run(file, mapping=[("#3", "phone")])

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await importing.rows("select phone from client") == [{"phone": "+33142685300"}]


async def test_a_job_with_another_encoding_reads_a_copy_of_the_file(importing: Importing) -> None:
    content = "email,first name\nann@example.com,Анна\n".encode("windows-1251")
    file_id = await importing.upload(content)

    asked = NewJob(title="t", action=USERS, file_id=file_id, encoding="windows-1251")
    _, run_id = await create_job(importing.engine, importing.viewer, asked)

    assert run_id is not None
    await run_to_end(importing.url, run_id)
    assert await importing.rows("select first_name from client") == [{"first_name": "Анна"}]
    files = await importing.rows("select encoding, encoding_guessed, size, sha256 from import_file order by import_file_id")
    assert [(file["encoding"], file["encoding_guessed"]) for file in files] == [("windows-1252", True), ("windows-1251", False)]
    assert files[0]["sha256"] == files[1]["sha256"]


@pytest.mark.parametrize("missing", ["imports.create", "clients.import"])
async def test_creating_a_job_needs_its_permission_and_that_of_its_action(importing: Importing, missing: str) -> None:
    file_id = await importing.upload(FILE)

    with pytest.raises(Forbidden, match=missing):
        await create_job(importing.engine, Viewer(1, ADMINISTRATOR - {missing}), NewJob(title="A file", action=USERS, file_id=file_id))


@pytest.mark.parametrize("missing", ["imports.update", "clients.import"])
async def test_starting_and_cancelling_need_permissions_too(importing: Importing, missing: str) -> None:
    run_id = await importing.queue(FILE)
    viewer = Viewer(1, ADMINISTRATOR - {missing})

    for deed in (cancel_run(importing.engine, viewer, run_id), start_run(importing.engine, viewer, 1)):
        with pytest.raises(Forbidden, match=missing):
            await deed


async def test_a_job_is_run_again_but_never_beside_a_run_of_its_own(importing: Importing) -> None:
    file_id = await importing.upload("email\nann@example.com\n")
    job_id, none = await create_job(importing.engine, importing.viewer, NewJob(title="t", action=USERS, file_id=file_id, start=False))
    assert none is None

    tries = await asyncio.gather(*(start_run(importing.engine, importing.viewer, job_id) for _ in range(5)), return_exceptions=True)

    (first,) = (each for each in tries if isinstance(each, int))
    assert sum(isinstance(each, Conflict) for each in tries) == 4
    await run_to_end(importing.url, first)
    second = await start_run(importing.engine, importing.viewer, job_id, dry_run=True)
    await run_to_end(importing.url, second)
    runs = await importing.rows("select number, dry_run, added, skipped from import_run order by 1")
    assert [tuple(run.values()) for run in runs] == [(1, False, 1, 0), (2, True, 0, 1)]


async def test_an_unknown_job_or_run_is_not_found(importing: Importing) -> None:
    with pytest.raises(NotFound, match="no import job 7"):
        await start_run(importing.engine, importing.viewer, 7)
    with pytest.raises(NotFound, match="no import run 8"):
        await cancel_run(importing.engine, importing.viewer, 8)


async def test_a_run_that_waits_is_cancelled_at_once_and_never_runs(importing: Importing) -> None:
    run_id = await importing.queue("email\nann@example.com\n")

    await cancel_run(importing.engine, importing.viewer, run_id)

    assert await run_to_end(importing.url, run_id)
    outcome = await importing.outcome(run_id)
    assert (outcome.status, outcome.totals) == ("cancelled", (0, 0, 0, 0, 0))
    assert await importing.rows("select * from client") == []
    with pytest.raises(Conflict, match="has ended already"):
        await cancel_run(importing.engine, importing.viewer, run_id)


async def test_a_run_that_goes_on_is_cancelled_between_two_batches(importing: Importing) -> None:
    run_id = await importing.queue("email\n" + "".join(f"c{number}@example.com\n" for number in range(5_000)))
    running = asyncio.create_task(run_to_end(importing.url, run_id, size=10))
    await importing.has_read(run_id, 100)

    await cancel_run(importing.engine, importing.viewer, run_id)
    at_once = await importing.outcome(run_id)
    async with asyncio.timeout(2):
        await running

    assert at_once.status == "cancelled"
    assert await importing.outcome(run_id) == at_once
    assert 100 <= at_once.totals[1] < 5_000
    assert await importing.rows("select count(*) as clients from client") == [{"clients": at_once.totals[1]}]
    assert await importing.rows("select end_time >= start_time as ended from import_run") == [{"ended": True}]


async def test_each_change_of_a_run_is_announced_with_the_commit(importing: Importing) -> None:
    heard: list[str] = []
    connection = await asyncpg.connect(plain_url(importing.url))
    try:
        await connection.add_listener("import_run", lambda *said: heard.append(str(said[3])))
        outcome = await importing.run("email\nann@example.com\nbo@example.com\ncy@example.com\n", size=1)
        cancelled = await importing.queue("email\ndee@example.com\n")
        await cancel_run(importing.engine, importing.viewer, cancelled)
        await connection.execute("select 1")
    finally:
        await connection.close()

    # Created, claimed, three batches, finished; created, cancelled.
    assert heard == [str(outcome.run_id)] * 6 + [str(cancelled)] * 2
