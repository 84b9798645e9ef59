"""Files in multipart requests: taken, refused with a reason, and gone afterwards."""

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.standin import LIMITS, StandIn, eventually
from tests.test_endpoint import assert_refused, codes

UPLOAD = {"query": "mutation ($file: Upload!) { upload(file: $file) { filename size spooled } }", "variables": {"file": None}}
MAP = {"0": ["variables.file"]}
FORM = {"content-type": "multipart/form-data; boundary=edge"}


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[httpx.AsyncClient]:
    async with standin.client() as client:
        client.headers["authorization"] = "Bearer good"
        yield client


def open_files() -> int:
    gc.collect()
    return psutil.Process().num_fds()


async def send(client: httpx.AsyncClient, operations: object, places: object, **files: tuple[str, bytes]) -> httpx.Response:
    fields = {"operations": json.dumps(operations), "map": json.dumps(places)}
    return await client.post("/graphql", data=fields, files=files)


def form(*parts: tuple[str, bytes], end: bytes = b"--edge--\r\n") -> bytes:
    """A multipart body, part by part: `('name="map"', b"{}")`."""
    return (
        b"".join(b"--edge\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (name.encode(), content) for name, content in parts) + end
    )


def whole(content: bytes = b"a,b\n1,2\n", end: bytes = b"--edge--\r\n") -> bytes:
    file = ('name="0"; filename="people.csv"', content)
    return form(('name="operations"', json.dumps(UPLOAD).encode()), ('name="map"', json.dumps(MAP).encode()), file, end=end)


async def test_a_small_file_stays_in_memory_and_a_large_one_goes_to_disk(client: httpx.AsyncClient, standin: StandIn) -> None:
    small, large = [await send(client, UPLOAD, MAP, **{"0": ("people.csv", b"x" * size)}) for size in (1_000, 3_000_000)]

    assert small.json() == {"data": {"upload": {"filename": "people.csv", "size": 1_000, "spooled": False}}}
    assert large.json() == {"data": {"upload": {"filename": "people.csv", "size": 3_000_000, "spooled": True}}}
    assert [upload.file.closed for upload in standin.journal.uploads] == [True, True]


async def test_several_files_take_their_places_in_a_list(client: httpx.AsyncClient) -> None:
    operations = {"query": "mutation ($files: [Upload!]!) { uploads(files: $files) }", "variables": {"files": [None, None, None]}}
    places = {"a": ["variables.files.1"], "b": ["variables.files.0", "variables.files.2"]}

    response = await send(client, operations, places, a=("a.csv", b"1"), b=("b.csv", b"2"))

    assert response.json() == {"data": {"uploads": ["b.csv", "a.csv", "b.csv"]}}


async def test_a_file_may_come_before_the_fields(client: httpx.AsyncClient) -> None:
    parts = ('name="0"; filename="f"', b"123"), ('name="map"', json.dumps(MAP).encode()), ('name="operations"', json.dumps(UPLOAD).encode())

    response = await client.post("/graphql", content=form(*parts), headers=FORM)

    assert response.json()["data"]["upload"]["size"] == 3


async def test_a_streamed_answer_still_has_its_file(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=whole(), headers=FORM | {"accept": "text/event-stream"})

    assert '"size":8' in response.text


@pytest.mark.parametrize(
    ("operations", "places", "words"),
    [
        (UPLOAD, {"1": ["variables.file"]}, "no file came"),
        (UPLOAD, {"map": ["variables.file"]}, "no file came"),
        (UPLOAD, {"0": ["variables.other"]}, "'variables.other'"),
        (UPLOAD, {"0": ["variables.file.deeper"]}, "'variables.file.deeper'"),
        (UPLOAD, {"0": ["variables"]}, "not null"),
        (UPLOAD, {"0": ["query"]}, "not null"),
        (UPLOAD, {"0": [""]}, "''"),
        (UPLOAD, {"0": "variables.file"}, "a list of paths"),
        (UPLOAD, {"0": [0]}, "a list of paths"),
        (UPLOAD, {"0": None}, "a list of paths"),
        (UPLOAD, [], "'map' must be a JSON object"),
        (UPLOAD | {"variables": {"file": [None]}}, {"0": ["variables.file.1"]}, "'variables.file.1'"),
        (UPLOAD | {"variables": {"file": [None]}}, {"0": ["variables.file.-1"]}, "'variables.file.-1'"),
        (UPLOAD | {"variables": {"file": [None]}}, {"0": ["variables.file." + "9" * 5000]}, "is not in operations"),
        (UPLOAD | {"operationName": None}, {"0": ["operationName"]}, "`operationName` must be a string"),
        ([UPLOAD], {"0": ["0.variables.file"]}, "'operations' must be a JSON object"),
        (None, MAP, "'operations' must be a JSON object"),
    ],
)
async def test_a_map_that_leads_nowhere_is_refused(client: httpx.AsyncClient, operations: object, places: object, words: str) -> None:
    before = open_files()

    assert_refused(await send(client, operations, places, **{"0": ("f", b"x" * 2_000_000)}), 400, words)

    assert open_files() == before


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "multipart body"),
        (b"nonsense", "multipart body"),
        (whole(end=b""), "multipart body"),
        (whole()[:-300], "multipart body"),
        (whole(end=b"--edge\r\n"), "multipart body"),
        (whole(b"x" * 2_000_000, end=b""), "multipart body"),
        (form(), "'operations'"),
        (form(('name="operations"', b"{}")), "'map'"),
        (form(('name="operations"; filename="f"', b"{}"), ('name="map"', b"{}")), "'operations'"),
        (form(('name="operations"', b"{"), ('name="map"', b"{}")), "'operations' is not JSON"),
        (form(('name="operations"', b"{}"), ('name="map"', b"\xff")), "'map' is not JSON"),
        (form(('name="operations"', b"[" * 20_000), ('name="map"', b"{}")), "'operations' is not JSON"),
        (form(("nameless", b"{}")), "name"),
        (form(*[(f'name="{number}"; filename="f"', b"") for number in range(11)]), "10"),
        (form(*[(f'name="{number}"', b"") for number in range(11)]), "10"),
        (form(('name="operations"', b" " * 1_100_000)), "1024"),
    ],
)
async def test_a_broken_form_is_refused_and_leaves_nothing_behind(client: httpx.AsyncClient, body: bytes, words: str) -> None:
    before = open_files()

    assert_refused(await client.post("/graphql", content=body, headers=FORM), 400, words)

    assert open_files() == before


async def test_a_form_without_a_boundary_is_refused(client: httpx.AsyncClient) -> None:
    assert_refused(await client.post("/graphql", content=whole(), headers={"content-type": "multipart/form-data"}), 400, "boundary")


async def test_a_file_over_the_limit_is_refused_by_its_length_or_where_it_passes(client: httpx.AsyncClient, standin: StandIn) -> None:
    body = whole(b"x" * LIMITS.upload)
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for start in range(0, 10 * len(body), 100_000):
            sent = start
            yield body[start : start + 100_000] or b"x" * 100_000

    before = open_files()
    for content in (body, pieces()):
        assert_refused(await client.post("/graphql", content=content, headers=FORM), 413, "5,000,000 bytes")

    assert open_files() == before
    assert standin.journal.uploads == []
    assert sent == LIMITS.upload  # what came afterwards was not read


async def test_who_may_not_come_in_sends_no_file(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    for headers in (FORM | {"authorization": "Bearer stale"}, FORM | {"authorization": ""}):
        assert_refused(await client.post("/graphql", content=pieces(), headers=headers), 401, code="UNAUTHENTICATED")


@pytest.mark.parametrize("value", ["people.csv", 5, {"name": "f"}, [1]])
async def test_what_is_no_file_is_not_taken_for_one(client: httpx.AsyncClient, value: Any) -> None:
    response = await client.post("/graphql", json=UPLOAD | {"variables": {"file": value}})

    assert codes(response) == ["BAD_USER_INPUT"]
    assert "multipart/form-data" in response.json()["errors"][0]["message"]


@given(start=st.integers(0, 400), length=st.integers(0, 60), instead=st.binary(max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_form_makes_the_server_fail(client: httpx.AsyncClient, start: int, length: int, instead: bytes) -> None:
    body = whole()
    broken = body[:start] + instead + body[start + length :]

    response = await client.post("/graphql", content=broken, headers=FORM)

    assert response.status_code < 500, response.text
    assert response.json().keys() <= {"data", "errors"}
    assert "INTERNAL" not in response.text


async def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(standin: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    async with standin.served() as served:
        before = open_files()
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        head = f"POST /graphql HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer good\r\nContent-Type: {FORM['content-type']}\r\n"
        writer.write(head.encode() + b"Content-Length: 4000000\r\n\r\n" + whole(b"x" * 3_000_000, end=b""))
        await writer.drain()
        await eventually(lambda: open_files() == before + 3)  # both ends of the connection, and the file
        writer.close()
        await eventually(lambda: open_files() == before)

    assert standin.journal.uploads == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
