"""GraphQL over HTTP: what is answered, what is refused and how, on a schema that can go wrong in every way."""

import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.standin import LIMITS, StandIn

JSON = {"content-type": "application/json"}
HELLO = {"query": "{ hello }"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with StandIn().client() as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None, /, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def assert_refused(response: httpx.Response, status: int, *words: str, code: str = "BAD_USER_INPUT") -> None:
    """A refusal is one error with a code, in JSON, and says what is wrong."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["errors"]
    [error] = body["errors"]
    assert error["extensions"] == {"code": code}
    for word in words:
        assert word in error["message"]


async def test_a_query_is_answered_in_json_that_nobody_stores(client: httpx.AsyncClient) -> None:
    response = await ask(client, "query ($n: Int!) { hello double(of: $n) }", {"n": 21})

    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "world", "double": 42}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


async def test_a_query_may_come_by_get(client: httpx.AsyncClient) -> None:
    parameters = {"query": "query A { hello } query B($n: Int!) { double(of: $n) }", "operationName": "B", "variables": '{"n": 4}'}

    response = await client.get("/graphql", params=parameters)

    assert response.json() == {"data": {"double": 8}}


async def test_each_request_has_a_context_of_its_own(client: httpx.AsyncClient) -> None:
    first, second = [(await ask(client, "{ context }")).json()["data"]["context"] for _ in range(2)]

    assert second == first + 1


async def test_the_first_language_of_the_caller_reaches_the_context(client: httpx.AsyncClient) -> None:
    assert (await ask(client, "{ locale }", **{"accept-language": "de-CH;q=1, fr"})).json() == {"data": {"locale": "de-CH"}}


# Tokens


@pytest.mark.parametrize(
    ("headers", "user_id"),
    [
        ({}, None),
        ({"authorization": "Bearer good"}, 7),
        ({"authorization": "bearer  good "}, 7),
        ({"x-auth-token": "good"}, 7),
        ({"authorization": "Basic Zm9vOmJhcg=="}, None),
        ({"authorization": "Basic Zm9vOmJhcg==", "x-auth-token": "good"}, 7),
    ],
)
async def test_a_token_comes_as_bearer_or_in_its_own_header(
    client: httpx.AsyncClient, headers: dict[str, str], user_id: int | None
) -> None:
    assert (await ask(client, "{ userId }", **headers)).json() == {"data": {"userId": user_id}}


@pytest.mark.parametrize("headers", [{"authorization": "Bearer stale"}, {"authorization": "Bearer"}, {"x-auth-token": ""}])
async def test_a_token_that_nobody_knows_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await ask(client, "{ hello }", **headers)

    assert_refused(response, 401, "sign in again", code="UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


# Errors


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ hello " + "{ hello " * 3000, None, "COST_LIMIT_EXCEEDED"),
        ("fragment a on Query { hello }", None, "GRAPHQL_VALIDATION_FAILED"),
        ('{ double(of: "\\uD800") }', None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ('{ double(of: "two") }', None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ double(of: " + "9" * 5000 + ") }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { double(of: $n) }", {}, "BAD_USER_INPUT"),
        ("query ($n: Int!) { double(of: $n) }", {"n": "two"}, "BAD_USER_INPUT"),
        ("query ($n: Int!) { double(of: $n) }", {"n": 2**40}, "BAD_USER_INPUT"),
        ("mutation ($f: Upload!) { upload(file: $f) { size } }", {"f": "not a file"}, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_executed_has_a_code_and_no_data(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, query: str, variables: dict[str, Any] | None, code: str
) -> None:
    response = await ask(client, query, variables)

    assert response.status_code == 200
    assert codes(response) == [code]
    assert "data" not in response.json()
    assert caplog.records == []


async def test_what_cannot_be_executed_has_the_status_400_in_the_media_type_of_graphql(client: httpx.AsyncClient) -> None:
    answers = [await ask(client, query, accept="application/graphql-response+json") for query in ("{ nothing }", "{ forbidden }")]

    assert [(one.status_code, codes(one)) for one in answers] == [(400, ["GRAPHQL_VALIDATION_FAILED"]), (200, ["FORBIDDEN"])]
    assert {one.headers["content-type"] for one in answers} == {"application/graphql-response+json; charset=utf-8"}


async def test_an_expected_failure_is_told_and_not_logged(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    response = await ask(client, "{ hello forbidden }")

    assert response.json() == {
        "data": {"hello": "world", "forbidden": None},
        "errors": [
            {
                "message": "The permission clients.read is missing.",
                "locations": [{"line": 1, "column": 9}],
                "path": ["forbidden"],
                "extensions": {"code": "FORBIDDEN"},
            }
        ],
    }
    assert caplog.records == []


async def test_an_unforeseen_failure_is_masked_and_logged_once(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    response = await ask(client, "{ secret }", **{"x-request-id": "desk-42"})

    assert response.json()["errors"] == [
        {
            "message": "Something went wrong here; request desk-42.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["secret"],
            "extensions": {"code": "INTERNAL", "requestId": "desk-42"},
        }
    ]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "Request desk-42 failed at secret."
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the password of the database is hunter2"


async def test_a_cause_of_many_errors_is_logged_once(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    response = await ask(client, "{ secrets }")

    assert codes(response) == ["INTERNAL"] * 3
    assert [str(record.exc_info and record.exc_info[1]) for record in caplog.records] == ["one cause", "another cause"]


async def test_a_fault_of_the_server_is_not_blamed_on_the_caller(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    response = await ask(client, "{ never }")

    assert response.status_code == 200
    assert response.json()["data"] is None
    assert codes(response) == ["INTERNAL"]
    assert len(caplog.records) == 1


async def test_a_failure_outside_of_the_execution_is_masked_and_logged_once(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await ask(client, "{ hello }", **{"authorization": "Bearer breaking", "x-request-id": "desk-43"})

    assert response.status_code == 500
    assert response.json() == {
        "errors": [{"message": "Something went wrong here; request desk-43.", "extensions": {"code": "INTERNAL", "requestId": "desk-43"}}]
    }
    assert [record.getMessage() for record in caplog.records] == ["Request desk-43 failed."]


# Request ids


async def test_a_request_id_is_echoed(client: httpx.AsyncClient) -> None:
    answers = [await ask(client, query, **{"x-request-id": "desk:4/2=a+b_c.d-e"}) for query in ("{ hello }", "{")]

    assert [one.headers["x-request-id"] for one in answers] == ["desk:4/2=a+b_c.d-e"] * 2


@pytest.mark.parametrize("given_id", ["", "a b", "<b>", "x" * 129, 'quote"'])
async def test_a_request_id_that_could_harm_a_log_is_replaced(client: httpx.AsyncClient, given_id: str) -> None:
    response = await ask(client, "{ hello }", **{"x-request-id": given_id})

    assert len(response.headers["x-request-id"]) == 32
    assert response.headers["x-request-id"] != (await ask(client, "{ hello }")).headers["x-request-id"]


# Refusals


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"query": "\xff"}', "not JSON"),
        (b"[" * 20_000 + b"]" * 20_000, "not JSON"),
        (b'{"query":' * 5_000, "not JSON"),
        (b"null", "a JSON object"),
        (b'"{ hello }"', "a JSON object"),
        (b"1" * 5000, "JSON"),
        (b"1e999999999", "JSON"),
        (b"true", "a JSON object"),
        (b"[]", "batches"),
        (b"[null]", "batches"),
        (b'[{"query": "{ hello }"}]', "batches"),
        (b"{}", "`query` is missing"),
        (b'{"query": null}', "`query` is missing"),
        (b'{"query": ""}', "`query` is missing"),
        (b'{"query": 5}', "`query` must be a string"),
        (b'{"query": ["{ hello }"]}', "`query` must be a string"),
        (b'{"query": "{ hello }", "variables": []}', "`variables` must be an object"),
        (b'{"query": "{ hello }", "variables": "{}"}', "`variables` must be an object"),
        (b'{"query": "{ hello }", "operationName": 1}', "`operationName` must be a string"),
        (b'{"query": "{ hello }", "extensions": [1]}', "`extensions` must be an object"),
        (b'{"query": "query A { hello }", "operationName": "B"}', '"B"'),
        (b'{"query": "query A { hello } query B { hello }"}', "A, B"),
    ],
)
async def test_a_body_that_asks_for_nothing_sensible_is_refused(client: httpx.AsyncClient, body: bytes, words: str) -> None:
    assert_refused(await client.post("/graphql", content=body, headers=JSON), 400, words)


@pytest.mark.parametrize(
    "parameters", [{}, {"query": ""}, {"query": "{ hello }", "variables": "{"}, {"query": "{ hello }", "variables": "[]"}]
)
async def test_parameters_that_ask_for_nothing_sensible_are_refused(client: httpx.AsyncClient, parameters: dict[str, str]) -> None:
    assert_refused(await client.get("/graphql", params=parameters), 400)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_a_body_in_another_form_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert_refused(await client.post("/graphql", content=json.dumps(HELLO), headers=headers), 415, "send")


@pytest.mark.parametrize("kind", ["application/json;charset=utf-8", 'Application/JSON; charset="UTF-8"'])
async def test_json_is_known_by_its_media_type(client: httpx.AsyncClient, kind: str) -> None:
    response = await client.post("/graphql", content=json.dumps(HELLO), headers={"content-type": kind})

    assert response.json() == {"data": {"hello": "world"}}


async def test_a_body_over_the_limit_is_refused_by_its_length_or_where_it_passes(client: httpx.AsyncClient) -> None:
    body = json.dumps({"query": "#" * LIMITS.body}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    for content in (body, pieces()):
        assert_refused(await client.post("/graphql", content=content, headers=JSON), 413, "100,000 bytes")


async def test_a_body_at_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    body = json.dumps({"query": "{ hello }"}).ljust(LIMITS.body).encode()

    assert (await client.post("/graphql", content=body, headers=JSON)).json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", json=HELLO)

    assert_refused(response, 405, method)
    assert response.headers["allow"] == "GET, POST"


async def test_a_mutation_by_get_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { touch }"})

    assert_refused(response, 405, "POST")
    assert response.headers["allow"] == "POST"


async def test_a_subscription_without_a_stream_is_refused_and_told_the_ways(client: httpx.AsyncClient) -> None:
    for response in (
        await ask(client, "subscription { count(to: 3) }", accept="application/json, */*"),
        await client.get("/graphql", params={"query": "subscription { count(to: 3) }"}),
    ):
        assert_refused(response, 406, "graphql-transport-ws", "text/event-stream", "multipart/mixed")


# What the answer looks like


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream;q=0.5, */*", "application/json"),
        ("application/json;q=0.9, text/event-stream;q=0.8", "application/json"),
        ("application/json, text/event-stream", "application/json"),
        (URQL, "application/graphql-response+json"),
        ("application/json;q=0.5, application/graphql-response+json", "application/graphql-response+json"),
        ("text/event-stream", "text/event-stream"),
        ("application/json;q=0.5, Text/Event-Stream", "text/event-stream"),
        ("text/event-stream;q=0, application/json;q=x", "application/json"),
        (";;q=,,", "application/json"),
    ],
)
async def test_the_form_of_the_answer_is_the_one_that_the_client_prefers(client: httpx.AsyncClient, accept: str, form: str) -> None:
    response = await ask(client, "{ hello }", accept=accept)

    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == form
    assert '{"data":{"hello":"world"}}' in response.text


@pytest.mark.parametrize(
    ("accept", "status"), [(BROWSER, 200), ("*/*", 400), ("application/json", 400), ("application/json, text/html;q=0.9", 400)]
)
async def test_browsers_get_the_page(client: httpx.AsyncClient, accept: str, status: int) -> None:
    response = await client.get("/graphql", headers={"accept": accept})

    assert response.status_code == status
    assert ("page" in response.text) is (status == 200)


# Whatever comes

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)
words = re.findall(r"\S+", '{ } ( ) : $ ! @ ... query mutation subscription fragment on hello double of count to 1 "a" [ ]')
documents = st.lists(st.sampled_from(words), max_size=12)
operations = st.fixed_dictionaries(
    {}, optional={"query": documents.map(" ".join) | values, "variables": values, "operationName": values, "extensions": values}
)
bodies = st.binary(max_size=200) | (values | operations).map(lambda value: json.dumps(value).encode())


@given(body=bodies)
@example(body=b'{"query": "{ hello }", "variables": {"\\ud800": "\\udfff"}}')
@example(body=b'{"query": "\\u0000"}')
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_makes_the_server_fail(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers=JSON)

    assert response.status_code < 500, response.text
    answer = response.json()
    assert answer.keys() <= {"data", "errors"}
    if "errors" in answer:
        assert answer["errors"]
        assert "INTERNAL" not in codes(response)
