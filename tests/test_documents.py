"""Documents that come again, by text or by hash; operations that take too long, and those whose client has left."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest
import websockets
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from graph.http.documents import CachedDocument, Documents, Unexecutable
from graph.http.endpoint import Endpoint
from graph.http.execution import Execution
from tests.standin import SECONDS, StandIn, eventually, schema

HELLO = "{ hello }"
RESPONSE = "application/graphql-response+json"


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[httpx.AsyncClient]:
    async with standin.client() as client:
        yield client


@pytest.fixture
def documents() -> Documents:
    return Documents(schema._schema, kept=6_000)


def hashed(text: str, **more: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest(), **more}}


def code_of(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


# The cache


def test_a_document_that_comes_again_is_the_same(documents: Documents) -> None:
    first = documents.find(HELLO)
    first.plans["plan"] = 17

    again = documents.find("{ hell" + "o }")

    assert again is first
    assert again.plans == {"plan": 17}
    assert again.hash == sha256(HELLO.encode()).hexdigest()


def test_the_document_that_was_used_longest_ago_goes_first(documents: Documents) -> None:
    first, second = documents.find("{ hello }"), documents.find("{ userId }")
    documents.find("{ hello }")
    documents.find("{ context }")

    assert documents.find("{ hello }") is first
    assert documents.find("{ userId }") is not second


def test_documents_that_cannot_be_executed_drive_out_none(documents: Documents) -> None:
    kept = documents.find(HELLO)

    for number in range(3):
        with pytest.raises(Unexecutable):
            documents.find(f"{{ unknown{number} }}")

    assert documents.find(HELLO) is kept


def test_a_document_knows_its_operations(documents: Documents) -> None:
    document = documents.find("query A { hello } mutation B { touch }")

    assert [document.operation_type(name) for name in ("A", "B")] == [OperationType.QUERY, OperationType.MUTATION]
    for name in (None, "C", ""):
        with pytest.raises(CannotGetOperationTypeError):
            document.operation_type(name)


# Persisted queries


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (RESPONSE, 400)])
async def test_a_hash_is_known_once_its_text_has_come(client: httpx.AsyncClient, accept: str, status: int) -> None:
    headers = {"accept": accept}
    unknown = await client.post("/graphql", json={"extensions": hashed(HELLO)}, headers=headers)
    registered = await client.post("/graphql", json={"query": HELLO, "extensions": hashed(HELLO)}, headers=headers)
    known = await client.post("/graphql", json={"extensions": hashed(HELLO)}, headers=headers)
    got = await client.get("/graphql", params={"extensions": json.dumps(hashed(HELLO))}, headers=headers)

    assert unknown.status_code == status
    assert unknown.json() == {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
    assert [one.json() for one in (registered, known, got)] == [{"data": {"hello": "world"}}] * 3


async def test_a_hash_of_something_else_is_refused_and_not_kept(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/graphql", json={"query": "{ userId }", "extensions": hashed(HELLO)})

    assert wrong.status_code == 400
    assert sha256(HELLO.encode()).hexdigest() in wrong.json()["errors"][0]["message"]
    assert code_of(await client.post("/graphql", json={"extensions": hashed(HELLO)})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_text_that_cannot_be_executed_is_not_kept(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/graphql", json=body)
        for body in ({"query": "{ nothing }", "extensions": hashed("{ nothing }")}, {"extensions": hashed("{ nothing }")})
    ]

    assert [code_of(one) for one in answers] == ["GRAPHQL_VALIDATION_FAILED", "PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    ("extensions", "code"),
    [
        ({"persistedQuery": "abc"}, "BAD_USER_INPUT"),
        ({"persistedQuery": {"version": 1}}, "BAD_USER_INPUT"),
        (hashed(HELLO, version=2), "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"other": 1}, "BAD_USER_INPUT"),
    ],
)
async def test_what_is_no_hash_is_refused(client: httpx.AsyncClient, extensions: dict[str, Any], code: str) -> None:
    response = await client.post("/graphql", json={"extensions": extensions})

    assert (response.status_code, code_of(response)) == (400, code)


# Time


async def test_an_operation_that_takes_too_long_is_stopped(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": f"{{ slow(seconds: {SECONDS + 3}) }}"})

    assert code_of(response) == "TIMEOUT"
    assert f"{SECONDS} seconds" in response.json()["errors"][0]["message"]
    assert "data" not in response.json()


async def test_an_operation_on_a_socket_that_takes_too_long_is_stopped(standin: StandIn) -> None:
    async with (
        standin.served() as served,
        websockets.connect(served.ws, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket,
    ):
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": f"{{ slow(seconds: {SECONDS + 3}) }}"}}))

        message = json.loads(await asyncio.wait_for(socket.recv(), SECONDS + 2))

    assert (message["type"], message["payload"][0]["extensions"]) == ("error", {"code": "TIMEOUT"})


@pytest.mark.parametrize(("operation", "outcome"), [("query", "stopped"), ("mutation", "done")])
async def test_a_client_that_leaves_stops_its_query_but_not_its_mutation(
    monkeypatch: pytest.MonkeyPatch, standin: StandIn, operation: str, outcome: str
) -> None:
    outcomes: list[str] = []
    begun = asyncio.Event()

    async def execute(document: CachedDocument, name: str | None, variables: dict[str, Any] | None, context: object) -> bytes:
        begun.set()
        try:
            await asyncio.sleep(0.6)
        except asyncio.CancelledError:
            outcomes.append("stopped")
            raise
        outcomes.append("done")
        return b"{}"

    monkeypatch.setattr(standin.endpoint.execution, "execute", execute)
    text = {"query": "{ hello }", "mutation": "mutation { touch }"}[operation]
    async with standin.served() as served:
        async with httpx.AsyncClient() as client:
            asking = asyncio.create_task(client.post(served.http, json={"query": text}))
            await asyncio.wait_for(begun.wait(), 5)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await eventually(lambda: bool(outcomes))

    assert outcomes == [outcome]


# The way to another execution


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_an_execution_may_answer_in_bytes(standin: StandIn, accept: str) -> None:
    asked: list[tuple[str, str | None, dict[str, Any] | None]] = []

    async def execute(
        document: CachedDocument, name: str | None, variables: dict[str, Any] | None, context: object
    ) -> bytes | ExecutionResult:
        asked.append((document.text, name, variables))
        return b'{"data":{"compiled":true}}'

    endpoint = Endpoint(
        Execution(schema, execute), standin.endpoint.rights, standin.endpoint.page, limits=standin.endpoint.limits, allowed_origins=[]
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://desk.test") as client:
        query = {"query": "query A { hello } query B { userId }", "operationName": "B", "variables": {"n": 3}}
        response = await client.post("/graphql", json=query, headers={"accept": accept})

    assert asked == [(query["query"], "B", {"n": 3})]
    assert b'{"data":{"compiled":true}}' in response.content


# Size


@pytest.mark.parametrize(
    ("encodings", "is_compressed"), [("gzip, br", True), ("br;q=1, gzip;q=0.5", True), ("br", False), ("gzip;q=0", False), ("", False)]
)
async def test_a_large_answer_is_compressed_for_clients_that_take_it(
    monkeypatch: pytest.MonkeyPatch, standin: StandIn, encodings: str, is_compressed: bool
) -> None:
    large = orjson.dumps({"data": {"rows": ["Ann Lee"] * 2_000}})

    async def execute(document: CachedDocument, name: str | None, variables: dict[str, Any] | None, context: object) -> bytes:
        return large

    monkeypatch.setattr(standin.endpoint.execution, "execute", execute)
    async with standin.client() as client:
        request = client.build_request("POST", "/graphql", json={"query": HELLO}, headers={"accept-encoding": encodings})
        response = await client.send(request, stream=True)
        raw = b"".join([chunk async for chunk in response.aiter_raw()])

    assert ("content-encoding" in response.headers) is is_compressed
    assert (gzip.decompress(raw) if is_compressed else raw) == large
    assert len(raw) < 2_000 or not is_compressed
    assert "Accept-Encoding" in response.headers["vary"]


async def test_a_small_answer_is_not_compressed(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": HELLO}, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in response.headers
