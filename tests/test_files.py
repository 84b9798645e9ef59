"""The rejected records of a run as a file: who may have it, and what is in it."""

import csv
import io
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from feeds import files
from models import sessions
from models.imports import ImportAction, ImportFile, ImportJob, ImportRowError, ImportRun
from models.staff import User
from tests import make
from tests.desk import desk, signed_in

MAPPING = [{"column": "Email", "field": "email"}, {"column": "Note", "field": None}]
numbers = count(1)


async def run_with(database: AsyncEngine, *faults: dict[str, Any]) -> int:
    """A run of a file with the columns Email and Note, and its faults: record, code, cells ..."""
    (user_id,) = await make.add(database, User, {"name": "Bo", "email": f"bo{next(numbers)}@example.com", "password_hash": "-"})
    file = {
        "name": "people.csv",
        "size": 9,
        "stored_size": 9,
        "sha256": "-",
        "encoding": "utf-8",
        "delimiter": ",",
        "columns": [],
        "head": [],
    }
    (file_id,) = await make.add(database, ImportFile, file)
    job = {"title": "People", "action": ImportAction.IMPORT_USERS, "import_file_id": file_id, "mapping": MAPPING, "match_key": ["email"]}
    (job_id,) = await make.add(database, ImportJob, job | {"delimiter": ",", "user_id": user_id})
    (run_id,) = await make.add(database, ImportRun, {"import_job_id": job_id, "number": 1, "errored": len(faults)})
    async with database.begin() as connection:
        for fault in faults:
            row = {"import_run_id": run_id, "ordinal": 0, "line": fault["record"] + 1, "column": "Email", "message": "Mend it."} | fault
            await connection.execute(insert(ImportRowError).values(row))
    return run_id


def fault(record: int, ordinal: int = 0, *, email: str = "x", **given: Any) -> dict[str, Any]:
    return {"record": record, "ordinal": ordinal, "code": "INVALID_EMAIL", "cells": [email, f"note {record}"], **given}


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_each_rejected_record_comes_with_all_that_is_wrong_with_it(database: AsyncEngine, database_url: str) -> None:
    run_id = await run_with(
        database,
        fault(7, email="=cmd()"),
        fault(3),
        fault(3, 1, code="INVALID_DATE", column=None, message="No day."),
        fault(9, cells=["y"]),
    )
    other_id = await run_with(database, fault(1))

    async with desk(database_url) as client:
        response = await client.get(f"/imports/runs/{run_id}/errors.csv", headers=await signed_in(database))

    assert other_id != run_id
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == f'attachment; filename="errors-of-run-{run_id}.csv"'
    assert response.headers["cache-control"] == "no-store"
    assert lines(response.content) == [
        ["Email", "Note", "error_codes", "error_messages"],
        ["x", "note 3", "INVALID_EMAIL;INVALID_DATE", "Email: Mend it. No day."],
        ["'=cmd()", "note 7", "INVALID_EMAIL", "Email: Mend it."],
        ["y", "", "INVALID_EMAIL", "Email: Mend it."],
    ]


@pytest.mark.parametrize("page", [2, 3, 4, 5])
async def test_records_are_whole_wherever_a_page_ends(
    database: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(files, "PAGE", page)
    run_id = await run_with(database, *(fault(record, ordinal) for record in range(1, 8) for ordinal in range(record % 2 + 1)))

    async with desk(database_url) as client:
        response = await client.get(f"/imports/runs/{run_id}/errors.csv", headers=await signed_in(database))

    assert [(cells[1], cells[2].count("INVALID_EMAIL")) for cells in lines(response.content)[1:]] == [
        (f"note {record}", record % 2 + 1) for record in range(1, 8)
    ]


async def test_a_run_without_faults_has_a_header_alone(database: AsyncEngine, database_url: str) -> None:
    run_id = await run_with(database)

    async with desk(database_url) as client:
        response = await client.get(f"/imports/runs/{run_id}/errors.csv", headers=await signed_in(database))

    assert lines(response.content) == [["Email", "Note", "error_codes", "error_messages"]]


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"authorization": "Bearer stale"}, "", 401),
        ({}, "?token={token}&authorization=Bearer {token}", 401),
        ({"x-auth-token": "{token}"}, "", 200),
    ],
)
async def test_only_who_has_signed_in_may_have_it(
    database: AsyncEngine, database_url: str, headers: dict[str, str], query: str, status: int
) -> None:
    run_id = await run_with(database, fault(1))
    token = (await signed_in(database))["authorization"].removeprefix("Bearer ")

    async with desk(database_url) as client:
        sent = {name: value.format(token=token) for name, value in headers.items()}
        response = await client.get(f"/imports/runs/{run_id}/errors.csv{query.format(token=token)}", headers=sent)

    assert response.status_code == status
    assert ("UNAUTHENTICATED" in response.text) is (status == 401)


async def test_who_may_not_read_imports_may_not_have_it(database: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await run_with(database, fault(1))
    monkeypatch.setattr(sessions, "ADMINISTRATOR", frozenset({"clients.read"}))

    async with desk(database_url) as client:
        response = await client.get(f"/imports/runs/{run_id}/errors.csv", headers=await signed_in(database))

    assert response.status_code == 403
    assert "imports.read" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("number", ["0", "999", "2147483648", "9" * 40, "-1", "x", "1.5", ""])
async def test_a_run_that_does_not_exist_is_not_found(database: AsyncEngine, database_url: str, number: str) -> None:
    await run_with(database, fault(1))

    async with desk(database_url) as client:
        response = await client.get(f"/imports/runs/{number}/errors.csv", headers=await signed_in(database))

    assert response.status_code == 404
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["NOT_FOUND"]
