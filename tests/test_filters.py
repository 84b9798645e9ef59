"""Filters: what each operator finds, combinations, relations, bad values."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from tests import make
from tests.conftest import Ask

QUERY = "query ($filter: ClientFilter) { clients(filter: $filter) { totalCount nodes { email } } }"


@pytest.fixture
async def three(database: AsyncEngine) -> list[int]:
    """Ann of Germany with the tag vip, Bo of France with 100%, Cy of nowhere who never gave a city."""
    ids = await make.add(
        database,
        models.Client,
        make.client(
            email="Ann@example.com",
            first_name="Ann",
            city="Berlin",
            country_id=276,
            birthday=date(1990, 5, 17),
            phone="+49301234567",
            logged_at=datetime(2026, 2, 3, tzinfo=UTC),
        ),
        make.client(email="bo@example.com", first_name="Bo_100%", city="Paris", country_id=250, status=models.ClientStatus.BANNED),
        make.client(email="cy@example.com", first_name="Cy", city=None),
    )
    (vip, odd) = await make.add(database, models.Tag, {"name": "t-vip"}, {"name": "t-odd"})
    async with database.begin() as connection:
        await connection.execute(
            insert(models.client_tag).values([{"client_id": ids[0], "tag_id": vip}, {"client_id": ids[1], "tag_id": odd}])
        )
    return ids


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ({}, "abc"),
        ({"email": {"eq": "ann@example.com"}}, ""),
        ({"email": {"eq": "Ann@example.com"}}, "a"),
        ({"email": {"ieq": "ANN@EXAMPLE.COM"}}, "a"),
        ({"email": {"in": ["Ann@example.com", "cy@example.com", "nobody"]}}, "ac"),
        ({"email": {"in": []}}, ""),
        ({"email": {"notIn": ["Ann@example.com"]}}, "bc"),
        ({"email": {"startsWith": "AN"}}, "a"),
        ({"email": {"contains": "@EXAMPLE"}}, "abc"),
        ({"firstName": {"contains": "_100%"}}, "b"),
        ({"firstName": {"contains": "%"}}, "b"),
        ({"firstName": {"startsWith": "_"}}, ""),
        ({"city": {"ne": "Berlin"}}, "bc"),
        ({"city": {"isNull": True}}, "c"),
        ({"city": {"isNull": False}}, "ab"),
        ({"city": {"notIn": ["Paris"]}}, "ac"),
        ({"not": {"city": {"eq": "Berlin"}}}, "bc"),
        ({"status": {"eq": "BANNED"}}, "b"),
        ({"status": {"ne": "BANNED"}}, "ac"),
        ({"status": {"in": ["BANNED", "DELETED"]}}, "b"),
        ({"status": {"notIn": ["BANNED"]}}, "ac"),
        ({"birthday": {"gte": "1990-05-17", "lt": "1990-05-18"}}, "a"),
        ({"birthday": {"gt": "1990-05-17"}}, ""),
        ({"loggedAt": {"lte": "2026-02-03T02:00:00+02:00"}}, "a"),
        ({"loggedAt": {"lt": "2026-02-03T00:00:00Z"}}, ""),
        ({"loggedAt": {"isNull": True}}, "bc"),
        ({"countryCode": {"eq": "DE"}}, "a"),
        ({"countryCode": {"ne": "DE"}}, "bc"),
        ({"countryCode": {"isNull": True}}, "c"),
        ({"countryCode": {"isNull": False}}, "ab"),
        ({"not": {"countryCode": {"in": ["DE", "FR"]}}}, "c"),
        ({"tag": {"eq": "t-vip"}}, "a"),
        ({"tag": {"ne": "t-vip"}}, "bc"),
        ({"tag": {"startsWith": "t-"}}, "ab"),
        ({"or": [{"tag": {"eq": "t-vip"}}, {"city": {"isNull": True}}]}, "ac"),
        ({"or": []}, ""),
        ({"and": []}, "abc"),
        ({"and": [{"city": {"ne": "Berlin"}}, {"not": {"status": {"eq": "BANNED"}}}]}, "c"),
        ({"email": {"contains": "example"}, "city": {"eq": "Paris"}}, "b"),
        ({"name": {"startsWith": "ann client"}}, "a"),
        ({"phone": {"startsWith": "+4930"}}, "a"),
    ],
)
async def test_a_filter_finds_what_it_says(ask: Ask, filter_: dict[str, Any], found: str) -> None:
    data = await ask(QUERY, filter=filter_)

    assert [node["email"][0].lower() for node in data["clients"]["nodes"]] == list(found)
    assert data["clients"]["totalCount"] == len(found)


async def test_accounts_are_filtered_by_their_client_and_product(database: AsyncEngine, ask: Ask, three: list[int]) -> None:
    await make.add(
        database,
        models.Account,
        make.account(three[0], account_number="A1"),
        make.account(three[1], account_number="B1", archive_time=datetime(2026, 1, 1, tzinfo=UTC)),
        make.account(three[1], account_number="B2", product_id=2, currency_code="EUR"),
    )
    query = "query ($filter: AccountFilter) { accounts(filter: $filter, orderBy: {field: ACCOUNT_NUMBER}) { nodes { accountNumber } } }"

    async def numbers(**filter_: Any) -> list[str]:
        return [node["accountNumber"] for node in (await ask(query, filter=filter_))["accounts"]["nodes"]]

    assert await numbers(client={"countryCode": {"eq": "FR"}}) == ["B1", "B2"]
    assert await numbers(client={"not": {"tag": {"eq": "t-vip"}}}, archived={"eq": False}) == ["B2"]
    assert await numbers(archived={"eq": True}) == ["B1"]
    assert await numbers(accountNumber={"in": ["A1", "B2"]}) == ["A1", "B2"]
    assert await numbers(currencyCode={"eq": "EUR"}, type={"eq": "TRADE"}) == ["B2"]
    assert await numbers(clientId={"gt": three[0]}) == ["B1", "B2"]
    group = (await ask("{ product(productId: 2) { group { productGroupId } } }"))["product"]["group"]["productGroupId"]
    assert "B2" in await numbers(productGroupId={"eq": group})


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"email": {"eq": None}}, "email.eq is null, which matches nothing; use isNull: true for rows without a value."),
        ({"email": None}, "The filter email is null; leave it out, or give it operators."),
        ({"clientId": {"in": list(range(1001))}}, "clientId.in has 1001 values; give at most 1000."),
        ({"or": [{"clientId": {"eq": 1}}] * 201}, "The filter has 201 conditions; use at most 200, or `in` with a list."),
        ({"email": {"eq": "a\0b"}}, "A value in the arguments is outside the range of its column, or holds a NUL character."),
    ],
)
async def test_a_value_that_no_filter_can_have_is_named(ask: Ask, filter_: dict[str, Any], message: str) -> None:
    assert await ask.refusal(QUERY, filter=filter_) == message
