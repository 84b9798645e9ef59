"""Global ids: node, nodes, ids of every type, bad ids."""

import base64
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from models.access import Viewer
from tests import make
from tests.conftest import Ask
from tests.importing import Importing

NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Client { email } ... on Country { countryName } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Client { email } ... on Account { accountNumber client { email } } } }"


def text_of(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


async def test_an_id_finds_its_object_again(database: AsyncEngine, ask: Ask) -> None:
    await make.add(database, models.Client, make.client(email="ann@example.com"))
    client = (await ask("{ clients { nodes { id } } }"))["clients"]["nodes"][0]["id"]
    country = (await ask('{ country(code: "DE") { id } }'))["country"]["id"]
    currency = (await ask('{ currency(code: "BTC") { id } }'))["currency"]["id"]

    assert await ask(NODE, id=client) == {"node": {"__typename": "Client", "id": client, "email": "ann@example.com"}}
    assert await ask(NODE, id=country) == {"node": {"__typename": "Country", "id": country, "countryName": "Germany"}}
    assert await ask(NODE, id=currency) == {"node": {"__typename": "Currency", "id": currency}}


async def test_nodes_come_in_the_order_of_their_ids_with_one_statement_a_type(database: AsyncEngine, ask: Ask) -> None:
    clients = await make.add(database, models.Client, *(make.client(email=f"{name}@example.com") for name in ("ann", "bo", "cy")))
    await make.add(database, models.Account, make.account(clients[2], account_number="A7"))
    ids = [text_of(each) for each in (f"Client:{clients[1]}", "Account:1", "Client:999999", f"Client:{clients[0]}", f"Client:{clients[1]}")]

    data = await ask(NODES, ids=ids)

    assert [each and (each.get("email") or each["accountNumber"]) for each in data["nodes"]] == [
        "bo@example.com",
        "A7",
        None,
        "ann@example.com",
        "bo@example.com",
    ]
    assert data["nodes"][1]["client"] == {"email": "cy@example.com"}
    assert ask.statements == 3


@pytest.mark.parametrize(
    ("global_id", "message"),
    [
        ("hello world", "id: 'hello world' is not an id; use the `id` of an object as this API gave it."),
        ("", "id: '' is not an id; use the `id` of an object as this API gave it."),
        (text_of("Client"), f"id: '{text_of('Client')}' is not an id; use the `id` of an object as this API gave it."),
        (text_of("Ghost:1"), "id: no type is called 'Ghost'; use the `id` of an object as this API gave it."),
        (text_of("Statement:1"), "id: no type is called 'Statement'; use the `id` of an object as this API gave it."),
        (text_of("ClientFilter:1"), "id: no type is called 'ClientFilter'; use the `id` of an object as this API gave it."),
        (text_of("Client:one"), "id: 'one' is not a number of a Client; use an `id` as this API gave it."),
        (text_of("Client:99999999999"), "id: '99999999999' is not a number of a Client; use an `id` as this API gave it."),
        (text_of("Client:١"), "id: '١' is not a number of a Client; use an `id` as this API gave it."),
    ],
)
async def test_a_malformed_id_is_named(ask: Ask, global_id: str, message: str) -> None:
    assert await ask.refusal(NODE, id=global_id) == message


async def test_an_id_that_is_none_is_an_error_at_its_place_and_the_others_are_answered(database: AsyncEngine, ask: Ask) -> None:
    ann, bo = await make.add(database, models.Client, *(make.client(email=f"{name}@example.com") for name in ("ann", "bo")))
    bad = ["hello world", text_of("Ghost:1"), text_of("Client:one")]

    found = await ask.result(NODES, ids=[bad[0], text_of(f"Client:{ann}"), *bad[1:], text_of("Client:999999"), text_of(f"Client:{bo}")])

    assert found.data is not None
    emails = [each and each["email"] for each in found.data["nodes"]]
    assert emails == [None, "ann@example.com", None, None, None, "bo@example.com"]
    assert [(error.path, error.message.partition(";")[0]) for error in found.errors or ()] == [
        (["nodes", 0], "ids: 'hello world' is not an id"),
        (["nodes", 2], "ids: no type is called 'Ghost'"),
        (["nodes", 3], "ids: 'one' is not a number of a Client"),
    ]


async def test_too_many_ids_are_refused(ask: Ask) -> None:
    assert await ask.refusal(NODES, ids=[text_of("Client:1")] * 501) == "ids has 501 ids; ask for at most 500 at once."


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ account { id } }", "Give exactly one of accountId, accountNumber."),
        ('{ account(accountId: 1, accountNumber: "A") { id } }', "Give exactly one of accountId, accountNumber."),
    ],
)
async def test_one_of_two_keys_is_asked_for(ask: Ask, query: str, message: str) -> None:
    assert await ask.refusal(query) == message


@pytest.mark.parametrize(
    "query", ["{ client(clientId: 5) { email } }", '{ account(accountNumber: "none") { name } }', '{ country(code: "QQ") { id } }']
)
async def test_what_there_is_not_is_null(ask: Ask, query: str) -> None:
    data: dict[str, Any] = await ask(query)

    assert list(data.values()) == [None]


async def test_the_messages_of_an_import_are_nodes(importing: Importing, ask: Ask) -> None:
    run = await importing.run("email,country,city\nann@example.com,DE,-\nbad,Narnia,Rome\nbo@example.com,,\n", size=2)
    query = """query ($id: Int!) { importRun(importRunId: $id) {
        errorMessages { nodes { id code } } warnings { nodes { id code } } logMessages { edges { node { id line } } } } }"""
    found = (await ask(query, id=run.run_id))["importRun"]
    errors, warnings = found["errorMessages"]["nodes"], found["warnings"]["nodes"]
    log = [edge["node"] for edge in found["logMessages"]["edges"]]
    assert ([each["code"] for each in errors], [each["code"] for each in warnings]) == (
        ["INVALID_EMAIL", "UNKNOWN_COUNTRY"],
        ["LOOKS_BLANK"],
    )
    assert [each["line"] for each in log] == [2, 3, 4]

    asked = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ImportErrorMessage { code } ... on ImportLogMessage { line } } }"
    unknown = [text_of(f"ImportLogMessage:{run.run_id}.1.99"), text_of("ImportErrorMessage:99.1.0")]
    answer = await ask(asked, ids=[each["id"] for each in [*log, *errors, *warnings]] + unknown)

    assert answer["nodes"] == [*log, *errors, *warnings, None, None]
    assert ask.statements == 2


@pytest.mark.parametrize("key", ["1", "1.2", "1.2.3.4", "1.2.x", "1.2.", "..", "1.2.99999999999"])
async def test_a_key_of_several_numbers_has_as_many(ask: Ask, key: str) -> None:
    assert f"{key!r} is not a number of a ImportErrorMessage" in await ask.refusal(NODE, id=text_of(f"ImportErrorMessage:{key}"))


async def test_the_messages_of_an_import_need_its_permission(database: AsyncEngine, importing: Importing) -> None:
    run = await importing.run("email\nbad\n")
    stranger = Ask(database, Viewer(user_id=importing.user_id, permissions=frozenset({"clients.read"})))

    for name, key in (("ImportErrorMessage", "1.0"), ("ImportLogMessage", "1.1")):
        assert "imports.read" in await stranger.refusal(NODE, id=text_of(f"{name}:{run.run_id}.{key}"))
