"""The main job: files imported through the API, followed live, and queried back, by the program in its own processes."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.served import CREATE, RUN, Desk, serving

SAMPLES = Path(__file__).parent / "data" / "imports"
COUNTS = "{ clients { totalCount } accounts { totalCount } partners: ibPartners { totalCount } referrals: ibReferrals { totalCount } }"
STEPS = (("IMPORT_USERS", "users"), ("IMPORT_ACCOUNTS", "accounts"), ("IMPORT_IBS", "ibs"))


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with serving(database_url, tmp_path) as served:
        yield served


@pytest.mark.parametrize("dialect", sorted(each.name for each in SAMPLES.iterdir()))
async def test_three_files_are_imported_as_their_truth_says(desk: Desk, dialect: str) -> None:
    truth = json.loads((SAMPLES / dialect / "truth.json").read_text())

    for action, name in STEPS:
        (file,) = (SAMPLES / dialect).glob(f"{name}.*")
        run = await desk.ended(await desk.start(action, file))

        assert run["totals"] == {key: truth[name][key] for key in ("read", "added", "updated", "skipped", "errored")}
        assert [[each["line"], each["code"]] for each in run["errorMessages"]["nodes"]] == truth[name]["errors"]
        assert (run["status"], run["failure"]) == ("SUCCESS_WITH_ERRORS" if truth[name]["errors"] else "SUCCESS", None)

    data = await desk.ask(COUNTS)
    assert data["clients"]["totalCount"] == truth["users"]["added"]
    assert data["accounts"]["totalCount"] == truth["accounts"]["added"]
    assert data["partners"]["totalCount"] + data["referrals"]["totalCount"] == truth["ibs"]["added"]


def many_users(folder: Path, number: int) -> Path:
    file = folder / "many.csv"
    rows = (f"user{place}@example.com,First{place},Last{place},DE,Berlin" for place in range(number))
    file.write_text("email,first name,last name,country,city\n" + "\n".join(rows) + "\nbroken,,,,\n")
    return file


async def test_a_subscriber_sees_the_run_grow_and_end(desk: Desk, tmp_path: Path) -> None:
    run_id = await desk.start("IMPORT_USERS", many_users(tmp_path, 60_000))

    early = [state async for state in desk.follow(run_id)]
    late = [state async for state in desk.follow(run_id)]

    assert early[0]["status"] in ("NEW", "IN_PROGRESS")
    assert len(early) >= 3
    counts = [state["totals"]["read"] for state in early]
    assert counts == sorted(counts)
    final = {"status": "SUCCESS_WITH_ERRORS", "totals": {"read": 60_001, "added": 60_000, "errored": 1}, "progress": {"fraction": 1.0}}
    assert early[-1] == final
    assert late == [final]


async def test_a_dashboard_follows_all_runs_over_server_sent_events(desk: Desk, tmp_path: Path) -> None:
    query = "subscription { importRuns { importRunId status job { title } totals { read } } }"
    states: list[Any] = []

    async def listen() -> None:
        headers = {**desk.headers, "accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(timeout=30) as client,
            client.stream("POST", f"{desk.url}/graphql", json={"query": query}, headers=headers) as stream,
        ):
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    states.append(json.loads(line[6:])["data"]["importRuns"])
                    if states[-1]["status"] == "SUCCESS":
                        return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    file = tmp_path / "one.csv"
    file.write_text("email\nann@example.com\n")
    run_id = await desk.start("IMPORT_USERS", file)
    await asyncio.wait_for(listening, 20)

    assert {state["importRunId"] for state in states} == {run_id}
    assert states[-1] == {"importRunId": run_id, "status": "SUCCESS", "job": {"title": "one.csv"}, "totals": {"read": 1}}


async def test_what_is_wrong_with_a_file_is_told_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    wrong = {
        "empty.csv": b"",
        "photo.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "book.xlsx": b"PK\x03\x04" + bytes(100),
        "nothing.csv": b"\x00\x00\x00\x00",
    }
    for name, content in wrong.items():
        file = tmp_path / name
        file.write_bytes(content)
        payload = await desk.upload(file)
        assert payload["file"] is None
        (error,) = payload["userErrors"]
        assert error["field"] == ["input", "file"]
        assert error["code"] == "BAD_USER_INPUT"
        assert len(error["message"]) > 20


async def test_what_is_wrong_with_a_job_is_told_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    cases = {
        "missing.csv": (b"name,city\nAnn,Berlin\n", "IMPORT_USERS", "email"),
        "twice.csv": (b"email,Email\na@example.com,b@example.com\n", "IMPORT_USERS", "position"),
        "ibs.tsv": (b"ib email\tclient email\tib type id\na@example.com\t\t1\n", "IMPORT_IBS", "TSV"),
    }
    for name, (content, action, word) in cases.items():
        file = tmp_path / name
        file.write_bytes(content)
        file_id = (await desk.upload(file))["file"]["id"]
        payload = (await desk.ask(CREATE, input={"title": name, "action": action, "fileId": file_id}))["importJobCreate"]
        assert payload["job"] is None
        assert payload["run"] is None
        (error,) = payload["userErrors"]
        assert word in error["message"]

    for file_id in ("nonsense", "Q2xpZW50OjE", "SW1wb3J0RmlsZTo5OTk5OQ", None):
        payload = (await desk.ask(CREATE, input={"title": "x", "action": "IMPORT_USERS", "fileId": file_id}))["importJobCreate"]
        assert payload["userErrors"][0]["field"] == ["input", "fileId"]
    assert (await desk.ask("{ importJobs { totalCount } }"))["importJobs"]["totalCount"] == 0


async def test_a_header_alone_is_imported_as_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "header.csv"
    file.write_text("email,city\n")

    run = await desk.ended(await desk.start("IMPORT_USERS", file))

    assert run["status"] == "SUCCESS"
    assert run["totals"] == {"read": 0, "added": 0, "updated": 0, "skipped": 0, "errored": 0}


async def test_a_cancelled_run_keeps_what_it_wrote(desk: Desk, tmp_path: Path) -> None:
    run_id = await desk.start("IMPORT_USERS", many_users(tmp_path, 150_000))
    async for state in desk.follow(run_id):
        if state["totals"]["read"]:
            break

    cancel = "mutation ($id: Int!) { importRunCancel(input: {importRunId: $id}) { run { status totals { added } } userErrors { code } } }"
    payload = (await desk.ask(cancel, id=run_id))["importRunCancel"]
    again = (await desk.ask(cancel, id=run_id))["importRunCancel"]
    await asyncio.sleep(2)
    run = (await desk.ask(RUN, id=run_id))["importRun"]

    assert payload["run"]["status"] == "CANCELLED"
    assert again == {"run": None, "userErrors": [{"code": "CONFLICT"}]}
    assert run["totals"]["added"] == payload["run"]["totals"]["added"] < 150_000
    assert (await desk.ask("{ clients { totalCount } }"))["clients"]["totalCount"] == run["totals"]["added"]
