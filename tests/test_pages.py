"""Pages: every order, both directions, nested lists, bad arguments."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from tests import make
from tests.conftest import Ask

START = datetime(2026, 3, 1, tzinfo=UTC)
PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $offset: Int, $orderBy: [ClientOrder!], $filter: ClientFilter) {
    clients(first: $first, after: $after, last: $last, before: $before, offset: $offset, orderBy: $orderBy, filter: $filter) {
        totalCount
        nodes { clientId }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}"""
ORDERS: list[list[dict[str, str]]] = [
    [],
    [{"field": "CLIENT_ID", "direction": "DESC"}],
    [{"field": "EMAIL"}],
    [{"field": "NAME"}, {"field": "CREATE_TIME", "direction": "DESC"}],
    [{"field": "NAME", "direction": "DESC"}],
    [{"field": "CREATE_TIME", "direction": "DESC"}],
    [{"field": "UPDATE_TIME"}],
    [{"field": "LOGGED_AT"}],
    [{"field": "LOGGED_AT", "direction": "DESC"}, {"field": "EMAIL"}],
]


async def eleven(database: AsyncEngine) -> list[int]:
    """Clients whose names and times repeat, so that only the primary key makes the order total; some never signed in."""
    return await make.add(
        database,
        models.Client,
        *(
            make.client(
                email=f"{'zyxwvutsrqp'[number]}@example.com",
                first_name=["ann", "Bo", "Élodie"][number % 3],
                last_name="Doe",
                create_time=START + timedelta(hours=number // 2),
                update_time=START - timedelta(hours=number % 4),
                logged_at=None if number % 3 == 1 else START + timedelta(microseconds=number // 2),
            )
            for number in range(11)
        ),
    )


def ids(data: Any) -> list[int]:
    return [node["clientId"] for node in data["clients"]["nodes"]]


@pytest.mark.parametrize("order", ORDERS)
async def test_pages_forward_and_backward_give_each_row_once_in_the_same_order(database: AsyncEngine, ask: Ask, order: list[Any]) -> None:
    created = await eleven(database)
    whole = ids(await ask(PAGE, orderBy=order))
    assert sorted(whole) == created

    forward: list[int] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"] and len(forward) <= len(whole):
        data = await ask(PAGE, first=3, after=page["endCursor"], orderBy=order)
        assert data["clients"]["pageInfo"]["hasPreviousPage"] is bool(forward)
        forward += ids(data)
        page = data["clients"]["pageInfo"]

    backward: list[int] = []
    page = {"hasPreviousPage": True, "startCursor": None}
    while page["hasPreviousPage"] and len(backward) <= len(whole):
        data = await ask(PAGE, last=4, before=page["startCursor"], orderBy=order)
        assert data["clients"]["pageInfo"]["hasNextPage"] is bool(backward)
        backward = ids(data) + backward
        page = data["clients"]["pageInfo"]

    assert forward == whole
    assert backward == whole
    assert [ids(await ask(PAGE, first=3, offset=offset, orderBy=order)) for offset in (0, 3, 9)] == [whole[:3], whole[3:6], whole[9:]]


async def test_orders_mean_what_they_say(database: AsyncEngine, ask: Ask) -> None:
    await eleven(database)
    query = "query ($orderBy: [ClientOrder!]) { clients(orderBy: $orderBy) { nodes { email name loggedAt } } }"

    by_email = (await ask(query, orderBy=[{"field": "EMAIL"}]))["clients"]["nodes"]
    by_name = (await ask(query, orderBy=[{"field": "NAME"}]))["clients"]["nodes"]
    by_visit = (await ask(query, orderBy=[{"field": "LOGGED_AT", "direction": "DESC"}]))["clients"]["nodes"]

    assert [node["email"][0] for node in by_email] == list("pqrstuvwxyz")
    assert [node["name"] for node in by_name] == ["ann Doe"] * 4 + ["Bo Doe"] * 4 + ["Élodie Doe"] * 3
    visits = [node["loggedAt"] for node in by_visit]
    assert visits[-4:] == [None] * 4
    assert visits[:7] == sorted(visits[:7], reverse=True)


async def test_a_page_keeps_its_place_while_rows_come_and_go(database: AsyncEngine, ask: Ask) -> None:
    created = await eleven(database)
    first = await ask(PAGE, first=4)
    async with database.begin() as connection:
        await connection.execute(delete(models.Client).where(models.Client.client_id.in_([created[1], created[3]])))

    second = await ask(PAGE, first=4, after=first["clients"]["pageInfo"]["endCursor"])

    assert ids(second) == created[4:8]


async def test_between_two_cursors(database: AsyncEngine, ask: Ask) -> None:
    created = await eleven(database)
    edges = (await ask("{ clients { edges { cursor node { clientId } } } }"))["clients"]["edges"]
    assert [edge["node"]["clientId"] for edge in edges] == created

    found = await ask(PAGE, first=10, after=edges[2]["cursor"], before=edges[7]["cursor"])

    assert ids(found) == created[3:7]


async def test_nested_pages_are_cut_for_each_parent(database: AsyncEngine, ask: Ask) -> None:
    clients = await make.add(database, models.Client, *(make.client() for _ in range(3)))
    numbers = {client_id: [f"{client_id}-{place}" for place in range(size)] for client_id, size in zip(clients, (5, 0, 2), strict=True)}
    for client_id, own in numbers.items():
        await make.add(database, models.Account, *(make.account(client_id, account_number=each) for each in own))
    query = """query ($after: String) { clients { nodes { clientId accounts(first: 2, after: $after, orderBy: {field: ACCOUNT_NUMBER}) {
        totalCount nodes { accountNumber } pageInfo { hasNextPage endCursor } } } } }"""

    data = await ask(query)

    found = {node["clientId"]: node["accounts"] for node in data["clients"]["nodes"]}
    assert {key: [each["accountNumber"] for each in page["nodes"]] for key, page in found.items()} == {
        key: each[:2] for key, each in numbers.items()
    }
    assert {key: (page["totalCount"], page["pageInfo"]["hasNextPage"]) for key, page in found.items()} == {
        clients[0]: (5, True),
        clients[1]: (0, False),
        clients[2]: (2, False),
    }
    after = await ask(query, after=found[clients[0]]["pageInfo"]["endCursor"])
    assert [each["accountNumber"] for each in after["clients"]["nodes"][0]["accounts"]["nodes"]] == numbers[clients[0]][2:4]


async def test_only_the_count_is_read_when_only_the_count_is_asked_for(database: AsyncEngine, ask: Ask) -> None:
    await eleven(database)

    assert await ask("{ clients(first: 0) { totalCount } }") == {"clients": {"totalCount": 11}}

    assert ask.statements == 1


async def test_no_rows_are_a_page_too(ask: Ask) -> None:
    assert await ask(PAGE, first=5) == {
        "clients": {
            "totalCount": 0,
            "nodes": [],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        }
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first": -1}, "first is -1; use a number from 0 to 500."),
        ({"first": 100_000}, "first is 100000; use a number from 0 to 500."),
        ({"last": 501}, "last is 501; use a number from 0 to 500."),
        ({"first": 1, "last": 1}, "first and last are both given; use first with after, or last with before."),
        ({"offset": 10_001}, "offset is 10001; use a number from 0 to 10000."),
        ({"offset": 5, "last": 2}, "offset counts from the start of the list; leave out last, after and before, or use a cursor alone."),
        ({"after": "hello"}, "after: 'hello' is not a cursor; use the endCursor or startCursor of a page."),
        ({"before": ""}, "before: '' is not a cursor; use the endCursor or startCursor of a page."),
        ({"after": "W10"}, "after: 'W10' is not a cursor; use the endCursor or startCursor of a page."),
        ({"after": "é" * 500}, f"after: '{'é' * 60}' is not a cursor; use the endCursor or startCursor of a page."),
    ],
)
async def test_a_bad_argument_is_named(ask: Ask, arguments: dict[str, Any], message: str) -> None:
    assert await ask.refusal(PAGE, **arguments) == message


@pytest.mark.parametrize("change", [{"orderBy": [{"field": "NAME"}]}, {"filter": {"status": {"eq": "ACTIVE"}}}])
async def test_a_cursor_of_another_order_or_filter_is_refused(database: AsyncEngine, ask: Ask, change: dict[str, Any]) -> None:
    await eleven(database)
    cursor = (await ask(PAGE, first=1))["clients"]["pageInfo"]["endCursor"]

    assert "comes from another list, filter or order" in await ask.refusal(PAGE, after=cursor, **change)


async def test_a_cursor_of_another_list_is_refused(database: AsyncEngine, ask: Ask) -> None:
    await eleven(database)
    cursor = (await ask(PAGE, first=1))["clients"]["pageInfo"]["endCursor"]

    refused = await ask.refusal("query ($after: String) { accounts(after: $after) { nodes { id } } }", after=cursor)

    assert (
        refused == "after: this cursor comes from another list, filter or order; start again without it, or ask as you did when you got it."
    )
