"""Subscriptions over HTTP: event streams and multipart responses, on a real socket."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.standin import Served, StandIn, eventually

EVENTS = {"accept": "text/event-stream"}
PARTS = {"accept": 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json'}
FOREVER = {"query": "subscription { forever }"}


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
async def served(standin: StandIn) -> AsyncIterator[Served]:
    async with standin.served() as served:
        yield served


@asynccontextmanager
async def streaming(served: Served, query: str, **headers: str) -> AsyncIterator[httpx.Response]:
    async with (
        httpx.AsyncClient(timeout=10) as client,
        client.stream("POST", served.http, json={"query": query}, headers=headers) as response,
    ):
        yield response


async def text_of(served: Served, query: str, **headers: str) -> str:
    async with streaming(served, query, **headers) as response:
        assert response.status_code == 200
        return (await response.aread()).decode()


async def test_a_subscription_comes_as_events_with_plain_line_ends(served: Served) -> None:
    async with streaming(served, "subscription { count(to: 2) }", **EVENTS) as response:
        text = (await response.aread()).decode()

    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert text == 'event: next\ndata: {"data":{"count":1}}\n\nevent: next\ndata: {"data":{"count":2}}\n\nevent: complete\ndata: \n\n'


async def test_a_subscription_may_be_asked_for_by_get(served: Served) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(served.http, params={"query": "subscription { count(to: 1) }"}, headers=EVENTS)

    assert 'data: {"data":{"count":1}}\n' in response.text


async def test_a_subscription_takes_the_stream_that_a_client_lists_behind_json(served: Served) -> None:
    text = await text_of(served, "subscription { count(to: 1) }", accept="application/json, text/event-stream")

    assert text.startswith("event: next\n")


async def test_a_subscription_comes_in_parts(served: Served) -> None:
    async with streaming(served, "subscription { count(to: 1) }", **PARTS) as response:
        text = (await response.aread()).decode()

    assert response.headers["content-type"].startswith("multipart/mixed;boundary=graphql;subscriptionSpec=1.0")
    assert '\r\n\r\n{"payload":{"data":{"count":1}}}\r\n--graphql' in text
    assert text.endswith("\r\n--graphql--\r\n")


@pytest.mark.parametrize(
    ("query", "event"),
    [
        ("subscription { refused }", '"message":"The run has ended."'),
        ("subscription { refused }", '"extensions":{"code":"CONFLICT"}'),
        ("subscription { breaking }", '"code":"INTERNAL"'),
        ("subscription {", '"code":"GRAPHQL_PARSE_FAILED"'),
        ("subscription { nothing }", '"code":"GRAPHQL_VALIDATION_FAILED"'),
        ("subscription A { forever } subscription B { forever }", "A, B"),
    ],
)
async def test_an_error_is_an_event_with_a_code(served: Served, query: str, event: str) -> None:
    text = await text_of(served, query, **EVENTS)

    assert event in text
    assert "hunter2" not in text
    assert text.endswith("event: complete\ndata: \n\n")


async def test_a_mutation_by_get_is_refused_in_a_stream_too(served: Served) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(served.http, params={"query": "mutation { touch }"}, headers=EVENTS)

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "touched" not in response.text


async def test_a_subscription_ends_when_its_client_leaves(served: Served, standin: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    async with streaming(served, FOREVER["query"], **EVENTS) as response:
        assert await anext(response.aiter_lines()) == "event: next"
        assert standin.journal.subscriptions_ended == 0

    await eventually(lambda: standin.journal.subscriptions_ended == 1, 2)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_stream_ends_without_its_last_word_when_the_server_closes(standin: StandIn) -> None:
    async with standin.served() as served, streaming(served, FOREVER["query"], **EVENTS) as response:
        lines = response.aiter_lines()
        assert await anext(lines) == "event: next"

        served.server.should_exit = True
        rest = [line async for line in lines]

    assert rest == ['data: {"data":{"forever":1}}', ""]
    assert standin.journal.subscriptions_ended == 1


async def test_a_request_under_way_is_answered_when_the_server_closes(standin: StandIn) -> None:
    async with standin.served() as served, httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.post(served.http, json={"query": "{ slow(seconds: 0.5) }"}))
        await asyncio.wait_for(standin.journal.slow_begun.wait(), 5)

        served.server.should_exit = True

        assert (await asking).json() == {"data": {"slow": "done"}}
        await asyncio.wait_for(served.task, 5)
        with pytest.raises(httpx.ConnectError):
            await client.post(served.http, json={"query": "{ hello }"})
