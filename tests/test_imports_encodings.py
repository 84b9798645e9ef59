"""Encodings: beyond ASCII nothing is imported on a guess."""

import asyncio

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from graph.kit.ids import encode_id
from importers.doubts import Doubt, first_doubt, question
from importers.execution import HandedBack, go_on, run_to_end
from importers.jobs import NewJob, create_job
from tests.conftest import Ask
from tests.desk import desk, signed_in
from tests.importing import USERS, Importing
from tests.test_imports_cases import case

CREATE = """mutation ($file: ID!, $encoding: String) {
    importJobCreate(input: {title: "Clients", action: IMPORT_USERS, fileId: $file, encoding: $encoding}) {
        job { importJobId } run { importRunId } userErrors { field message } } }"""
RUN = "mutation ($job: Int!) { importJobRun(input: {importJobId: $job}) { run { importRunId } userErrors { field message } } }"


async def test_a_job_is_refused_until_the_encoding_is_named(importing: Importing, database: AsyncEngine) -> None:
    file_id = await importing.upload(case("windows-1251"))
    ask = Ask(database, importing.viewer)

    refused = (await ask(CREATE, file=encode_id("ImportFile", file_id)))["importJobCreate"]

    (error,) = refused["userErrors"]
    assert (refused["job"], refused["run"], error["field"]) == (None, None, ["input", "encoding"])
    assert "a cell of line 1 reads right: 'Èìÿ' in windows-1252, 'Имя' in windows-1251, " in error["message"]
    assert await importing.rows("select * from import_job") == []

    taken = (await ask(CREATE, file=encode_id("ImportFile", file_id), encoding="windows-1251"))["importJobCreate"]
    assert taken["userErrors"] == []
    await run_to_end(importing.url, taken["run"]["importRunId"])
    assert await importing.rows("select first_name, city from client order by email") == [
        {"first_name": "Иван", "city": "Москва"},
        {"first_name": "Ольга", "city": "Тверь"},
    ]


async def test_the_guess_itself_may_be_named(importing: Importing) -> None:
    content = "email,city\nann@example.com,Köln\n".encode("windows-1252")

    outcome = await importing.run(content, encoding="cp1252")

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await importing.rows("select city from client") == [{"city": "Köln"}]
    with pytest.raises(Exception, match="'Köln' in windows-1252"):
        await importing.queue(content)


async def test_a_job_of_an_earlier_version_is_not_run_on_a_guess_again(importing: Importing, database: AsyncEngine) -> None:
    file_id = await importing.upload("email\nann@example.com\n")
    job_id, _ = await create_job(importing.engine, importing.viewer, NewJob(title="t", action=USERS, file_id=file_id, start=False))
    await importing.do("update import_file set encoding_guessed = true, encoding = 'windows-1252'")

    answer = (await Ask(database, importing.viewer)(RUN, job=job_id))["importJobRun"]

    (error,) = answer["userErrors"]
    assert (answer["run"], error["field"]) == (None, ["input", "importJobId"])
    assert "name the encoding that it is in, as in windows-1252. Create a job anew with it." in error["message"]


async def test_plain_ascii_needs_no_name_and_a_late_doubt_is_found(importing: Importing) -> None:
    lines = "".join(f"c{number}@example.com,Leeds\n" for number in range(60_000))
    assert (await importing.run("email,city\nann@example.com,Leeds\n")).totals == (1, 1, 0, 0, 0)

    await importing.upload(f"email,city\n{lines}".encode() + 'zoe@example.com," ""Èâ, àí"""\n'.encode("windows-1252"))

    file = (await importing.rows("select * from import_file order by 1"))[-1]
    assert (file["stored_size"] > 1_048_576, file["encoding_guessed"]) == (True, True)
    assert (file["doubtful_line"], file["doubtful_cell"]) == (60_002, ' "Èâ, àí"')


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        ("a;b\r\n1;é\r\n", Doubt(2, "é")),
        ("a;b\r1;2\r3;é\r", Doubt(3, "é")),
        ("é", Doubt(1, "é")),
        ("a;b\n", None),
    ],
)
def test_the_first_cell_in_doubt_is_found(content: str, doubt: Doubt | None) -> None:
    assert first_doubt(content.encode(), ";") == doubt


def test_readings_that_are_no_text_or_no_news_are_left_out() -> None:
    asked = question("windows-1252", Doubt(7, "Ñåëî"))

    assert "line 7" in asked
    assert "'Село' in windows-1251" in asked
    assert asked.count("'Ñåëî'") == 1
    assert asked.count(" in ") <= 8


LINES = [f"c{number}@example.com,Москва {number},{'я' * 1_000}" for number in range(1_200)]
SLOW = """
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.7); return new; end $$;
    create trigger slow before insert on import_file_chunk for each row when (new.number > 0) execute function slow()"""


def large(*further: bytes) -> bytes:
    """A file of three chunks in windows-1251, as kept under the guess."""
    return "\n".join(["email,city,note", *LINES, ""]).encode("windows-1251") + b"".join(further)


async def test_a_large_file_is_recoded_by_the_worker_in_short_statements(importing: Importing, database_url: str) -> None:
    file_id = await importing.upload(large())
    for statement in SLOW.strip().split(";\n"):
        await importing.do(statement)
    await importing.do(f"alter database {make_url(database_url).database} set statement_timeout = '1500ms'")

    async with desk(database_url, operation_seconds=1.5) as client:
        variables = {"file": encode_id("ImportFile", file_id), "encoding": "windows-1251"}
        answer = await client.post(
            "/graphql", json={"query": CREATE, "variables": variables}, headers=await signed_in(importing.engine, "bo@example.com")
        )
    created = answer.json()["data"]["importJobCreate"]
    assert created["userErrors"] == []
    run_id = created["run"]["importRunId"]
    await run_to_end(importing.url, run_id)

    outcome = await importing.outcome(run_id)
    assert (outcome.status, outcome.totals) == ("success", (1_200, 1_200, 0, 0, 0))
    assert await importing.rows("select count(*) as right from client where city = 'Москва ' || substr(split_part(email, '@', 1), 2)") == [
        {"right": 1_200}
    ]
    kept = b"".join(
        row["content"] for row in await importing.rows("select content from import_file_chunk where import_file_id = 2 order by number")
    )
    assert kept == large().decode("windows-1251").encode()
    assert await importing.rows("select recoded_from, stored_size, size from import_file where import_file_id = 2") == [
        {"recoded_from": None, "stored_size": len(kept), "size": len(large())}
    ]
    assert await importing.rows("select size, position from import_run") == [{"size": len(kept), "position": len(kept)}]


async def test_a_copy_is_whole_or_not_made_whenever_its_worker_has_to_go(importing: Importing) -> None:
    run_id = await importing.queue(large(), encoding="windows-1251")
    stop = asyncio.Event()
    stop.set()

    with pytest.raises(HandedBack):
        await go_on(importing.url, run_id, stop)

    chunks = "select count(*) as chunks from import_file_chunk where import_file_id = 2"
    assert await importing.rows(chunks) == [{"chunks": 1}]
    await run_to_end(importing.url, run_id)
    assert await importing.rows(chunks) == [{"chunks": 3}]
    assert (await importing.outcome(run_id)).totals == (1_200, 1_200, 0, 0, 0)


async def test_a_byte_that_the_named_encoding_lacks_fails_the_run_by_its_position(importing: Importing) -> None:
    run_id = await importing.queue(large(b"zoe@example.com,\x98,\n"), encoding="windows-1251")

    await run_to_end(importing.url, run_id)

    outcome = await importing.outcome(run_id)
    assert outcome.status == "failed"
    assert "is not windows-1251; save the file as UTF-8, or name the encoding that it is in." in (outcome.failure or "")
    assert outcome.totals == (0, 0, 0, 0, 0)
