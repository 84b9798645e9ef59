"""Warnings: what is told of a file or a record that is imported all the same."""

import asyncio
import csv
import io
from dataclasses import dataclass, replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from importers.actions import ACTIONS
from importers.execution import HandedBack, go_on, run_to_end
from importers.faults import Code, Fault, Warned
from importers.jobs import NewJob, create_job
from importers.values import ColumnReader, Terms, Text
from tests.conftest import Ask
from tests.desk import desk, signed_in
from tests.importing import USERS, Importing

UNREAD = [(1, "Nick", "COLUMN_NOT_READ"), (1, "column 3", "COLUMN_NOT_READ")]


@dataclass(frozen=True)
class Shouted(Text):
    """Text in which capitals are taken, and told."""

    def reader(self, terms: Terms) -> ColumnReader:
        def value(cell: str) -> object:
            return Warned(cell, Fault(Code.INVALID_TEXT, f"{cell} is shouted.")) if cell.isupper() else cell or None

        return lambda cells, _: list(map(value, cells))


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities in capitals get a warning."""
    action = ACTIONS[USERS]
    fields = tuple(replace(field, kind=Shouted(100)) if field.name == "city" else field for field in action.fields)
    monkeypatch.setitem(ACTIONS, USERS, replace(action, fields=fields))


async def test_a_column_that_is_not_read_is_named_and_rejects_nothing(
    importing: Importing, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "importers.execution")
    outcome = await importing.run("Email,Nick,,City,error_codes\nann@example.com,Annie,x,Leeds,OLD\n")

    assert (outcome.status, outcome.totals, outcome.errors, outcome.warned) == ("success", (1, 1, 0, 0, 0), [], 0)
    assert outcome.warnings == UNREAD
    assert "Import run 1: The column 'Nick' is not read" in caplog.text
    query = """query ($id: Int!) { importRun(importRunId: $id) {
        totals { errored warned } errorMessages { totalCount }
        warnings(first: 1) { totalCount nodes { line column code message record } pageInfo { hasNextPage } } } }"""
    answer = (await ask(query, id=outcome.run_id))["importRun"]
    assert answer == {
        "totals": {"errored": 0, "warned": 0},
        "errorMessages": {"totalCount": 0},
        "warnings": {
            "totalCount": 2,
            "pageInfo": {"hasNextPage": True},
            "nodes": [
                {
                    "line": 1,
                    "column": "Nick",
                    "code": "COLUMN_NOT_READ",
                    "message": "The column 'Nick' is not read, as no field is mapped to it; map it to one if it should be.",
                    "record": ["Email", "Nick", "", "City", "error_codes"],
                }
            ],
        },
    }


@pytest.mark.usefixtures("shouting")
async def test_a_warning_about_a_value_leaves_the_value_and_is_counted_by_its_record(importing: Importing, ask: Ask) -> None:
    outcome = await importing.run("email,country,city\na@example.com,DE,ROME\nb@example.com,XX,BONN\nc@example.com,DE,Bern\n")

    assert (outcome.totals, outcome.errors, outcome.warned) == ((3, 2, 0, 0, 1), [(3, "UNKNOWN_COUNTRY")], 2)
    assert outcome.warnings == [(2, "city", "INVALID_TEXT"), (3, "city", "INVALID_TEXT")]
    assert await importing.rows("select email, city from client order by 1") == [
        {"email": "a@example.com", "city": "ROME"},
        {"email": "c@example.com", "city": "Bern"},
    ]
    query = """query ($id: Int!, $after: String) { importRun(importRunId: $id) {
        logMessages { nodes { line message } } errorMessages { totalCount nodes { code } }
        none: warnings(code: "COLUMN_NOT_READ") { totalCount }
        warnings(first: 1, after: $after, code: "INVALID_TEXT") { nodes { message } pageInfo { endCursor hasNextPage } } } }"""
    first = (await ask(query, id=outcome.run_id))["importRun"]
    second = (await ask(query, id=outcome.run_id, after=first["warnings"]["pageInfo"]["endCursor"]))["importRun"]
    assert first["errorMessages"] == {"totalCount": 1, "nodes": [{"code": "UNKNOWN_COUNTRY"}]}
    assert first["none"] == {"totalCount": 0}
    assert first["logMessages"]["nodes"] == [
        {"line": 2, "message": "Client 1 added. ROME is shouted."},
        {"line": 3, "message": "Rejected; see the error messages. BONN is shouted."},
        {"line": 4, "message": "Client 2 added."},
    ]
    assert [each["warnings"]["nodes"][0]["message"] for each in (first, second)] == ["ROME is shouted.", "BONN is shouted."]
    assert [each["warnings"]["pageInfo"]["hasNextPage"] for each in (first, second)] == [True, False]


@pytest.mark.usefixtures("shouting")
async def test_warnings_are_exact_however_often_a_run_is_taken_up(importing: Importing) -> None:
    lines = [f"c{number}@example.com,{'ROME' if number % 3 else 'Rome'},x" for number in range(100)]
    run_id = await importing.queue("email,city,Nick\n" + "\n".join(lines))
    stop = asyncio.Event()
    stop.set()

    for _ in range(3):
        with pytest.raises(HandedBack):
            await go_on(importing.url, run_id, stop, size=7)
    await run_to_end(importing.url, run_id, size=11)

    outcome = await importing.outcome(run_id)
    assert (outcome.totals, outcome.warned) == ((100, 100, 0, 0, 0), 66)
    assert outcome.warnings == [
        (1, "Nick", "COLUMN_NOT_READ"),
        *((number + 2, "city", "INVALID_TEXT") for number in range(100) if number % 3),
    ]


@pytest.mark.usefixtures("shouting")
async def test_a_record_that_the_database_refuses_keeps_its_warning_and_that_of_its_neighbours(importing: Importing) -> None:
    await importing.do("alter table client add constraint no_rome check (city <> 'ROME')")

    outcome = await importing.run("email,city\na@example.com,BONN\nb@example.com,ROME\nc@example.com,BERN\nd@example.com,Bern\n")

    assert (outcome.totals, outcome.errors, outcome.warned) == ((4, 3, 0, 0, 1), [(3, "INVALID_TEXT")], 3)
    assert outcome.warnings == [(line, "city", "INVALID_TEXT") for line in (2, 3, 4)]


@pytest.mark.usefixtures("shouting")
async def test_records_with_a_warning_are_a_file_of_their_own(database: AsyncEngine, database_url: str, importing: Importing) -> None:
    outcome = await importing.run("email,city,Nick,country\na@example.com,ROME,x,XX\nb@example.com,Rome,y,XX\n")

    async with desk(database_url) as client:
        headers = await signed_in(database)
        told = {name: await client.get(f"/imports/runs/{outcome.run_id}/{name}.csv", headers=headers) for name in ("errors", "warnings")}

    tables = {name: list(csv.reader(io.StringIO(each.content.decode("utf-8-sig"), newline=""))) for name, each in told.items()}
    assert tables["warnings"] == [
        ["email", "city", "Nick", "country", "warning_codes", "warning_messages"],
        ["a@example.com", "ROME", "x", "XX", "INVALID_TEXT", "city: ROME is shouted."],
    ]
    assert [(row[0], row[4]) for row in tables["errors"][1:]] == [
        ("a@example.com", "UNKNOWN_COUNTRY"),
        ("b@example.com", "UNKNOWN_COUNTRY"),
    ]
    assert told["warnings"].headers["content-disposition"] == f'attachment; filename="warnings-of-run-{outcome.run_id}.csv"'


async def test_texts_that_mean_nothing_are_blank_where_the_job_names_them(importing: Importing) -> None:
    file = "email,first name,last name,city\nann@example.com,NULL,null,N/A\n"

    outcome = await importing.run(file, blanks=["NULL", " N/A "])

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await importing.rows("select first_name, last_name, city from client") == [
        {"first_name": None, "last_name": "null", "city": None}
    ]
    assert await importing.rows("select blanks from import_job") == [{"blanks": ["N/A", "NULL"]}]


@pytest.mark.parametrize("blanks", [["x"] * 101, ["x" * 101], ["\0"], ["\ud83d"]])
async def test_texts_that_mean_nothing_are_few_and_short(importing: Importing, blanks: list[str]) -> None:
    file_id = await importing.upload("email\nann@example.com\n")

    with pytest.raises(Exception, match="mean") as refusal:
        await create_job(importing.engine, importing.viewer, NewJob(title="t", action=USERS, file_id=file_id, blanks=blanks))

    assert getattr(refusal.value, "field", None) == ("input", "blanks")
