"""The kit: selections, relations, statements per operation, permissions."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from tests import make
from tests.conftest import Ask

DEEP = """{ clients(first: 500) { nodes {
    email country { alpha2Code currency { name } }
    accounts(first: 2) { totalCount nodes { accountNumber product { name group { name } platform { name } } statement { equity } } }
    addresses { city country { alpha3Code } }
} } }"""


async def clients_with_accounts(database: AsyncEngine, number: int) -> list[int]:
    ids = await make.add(database, models.Client, *(make.client(country_id=276) for _ in range(number)))
    for client_id in ids:
        await make.add(database, models.Account, *(make.account(client_id) for _ in range(3)))
        await make.add(database, models.Address, {"client_id": client_id, "city": "Berlin", "country_id": 276})
    return ids


@pytest.mark.parametrize("number", [3, 12])
async def test_an_operation_takes_the_same_statements_for_any_number_of_rows(database: AsyncEngine, ask: Ask, number: int) -> None:
    await clients_with_accounts(database, number)

    data = await ask(DEEP)

    # clients, countries, currencies, account pages, account counts, products, their groups, their platforms, addresses,
    # the addresses' countries
    assert ask.statements == 10
    assert len(data["clients"]["nodes"]) == number
    for row in data["clients"]["nodes"]:
        assert row["country"] == {"alpha2Code": "DE", "currency": {"name": "Euro"}}
        assert row["accounts"]["totalCount"] == 3
        assert [each["product"]["name"] for each in row["accounts"]["nodes"]] == ["mt5_usd_only", "mt5_usd_only"]
        assert row["accounts"]["nodes"][0]["statement"] == {"equity": "0.000000000000000000"}
        assert row["addresses"] == [{"city": "Berlin", "country": {"alpha3Code": "DEU"}}]


@pytest.mark.parametrize(("full", "keys"), [(True, {"email", "status", "accounts"}), (False, {"email"})])
async def test_directives_with_variables_choose_what_is_read(database: AsyncEngine, ask: Ask, full: bool, keys: set[str]) -> None:
    await clients_with_accounts(database, 2)

    data = await ask(
        """query ($full: Boolean!) { clients { nodes { email ...Full @include(if: $full) } } }
        fragment Full on Client { status accounts { nodes { name } } }""",
        full=full,
    )

    assert data["clients"]["nodes"][0].keys() == keys
    assert ask.statements == (2 if full else 1)
