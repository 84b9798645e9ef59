"""IMPORT_ACCOUNTS: products and currencies, owners, and what changes on a match."""

import pytest

from models import Account, Client
from tests import make
from tests.importing import ACCOUNTS, Importing, Outcome
from tests.make import add

HEADER = "email,account number,product id,product currency\n"


@pytest.fixture
async def ann(importing: Importing) -> int:
    """A client; products 1 (USD, EUR), 2 (USD, EUR, BTC), 3 and 4 (USD) are those of the reference data."""
    (client_id,) = await add(importing.engine, Client, make.client(email="ann@example.com"))
    return client_id


async def imported(importing: Importing, *records: str, dry_run: bool = False, size: int = 5_000) -> Outcome:
    return await importing.run(HEADER + "\n".join(records) + "\n", ACCOUNTS, dry_run=dry_run, size=size)


async def test_an_account_is_opened_as_its_product_says(importing: Importing, ann: int) -> None:
    (product,) = await importing.rows("select name, caption, permissions, type from product where product_id = 2")

    outcome = await imported(importing, "ANN@example.com,2100000001,2,eur")

    assert (outcome.status, outcome.totals) == ("success", (1, 1, 0, 0, 0))
    (account,) = await importing.rows("select * from account")
    assert (account["account_number"], account["client_id"], account["currency_code"]) == ("2100000001", ann, "EUR")
    assert {name: account[name] for name in product} == product
    assert (account["current_balance"], account["import_run_id"]) == (0, outcome.run_id)


async def test_a_currency_that_overrides_its_product_gives_caption_and_permissions(importing: Importing, ann: int) -> None:
    await importing.do(
        "update product_currency set overwrite_product_settings = true, caption = 'Euro only', permissions = '{visible}'"
        " where product_id = 2 and currency_code = 'EUR'"
    )

    await imported(importing, "ann@example.com,1,2,EUR", "ann@example.com,2,2,USD")

    euro, dollar = await importing.rows("select caption, permissions from account order by account_number")
    assert (euro["caption"], euro["permissions"]) == ("Euro only", ["visible"])
    assert dollar["caption"] != "Euro only"


async def test_a_blank_currency_is_the_only_one_that_is_enabled(importing: Importing, ann: int) -> None:
    await importing.do("update product_currency set is_enabled = false where product_id = 1 and currency_code = 'USD'")

    outcome = await imported(importing, "ann@example.com,1,1,", "ann@example.com,2,3,")

    assert outcome.totals == (2, 2, 0, 0, 0)
    currencies = await importing.rows("select currency_code from account order by account_number")
    assert [row["currency_code"] for row in currencies] == ["EUR", "USD"]


@pytest.mark.parametrize("dry_run", [False, True])
async def test_each_fault_has_its_code_and_several_are_all_told(importing: Importing, ann: int, dry_run: bool) -> None:
    (bo,) = await add(importing.engine, Client, make.client(email="bo@example.com"))
    await add(importing.engine, Account, make.account(bo, account_number="77"))
    await importing.do("update product_currency set is_enabled = false where product_id = 4")
    await importing.do("update currency set enabled = false where alphabetic_code = 'BTC'")

    outcome = await imported(
        importing,
        *("nobody@example.com,1,1,USD", "ann@example.com,2,999,USD", "ann@example.com,3,3,EUR", "ann@example.com,4,2,"),
        *("ann@example.com,5,two,USD", "ann@example.com,77,3,USD", ",6,1,USD", "ann@example.com,,1,USD", "ann@example.com,7,4,"),
        *(
            "nobody@example.com,8,999,ZZZ",
            "ann@example.com,9,2,BTC",
            "bad,10,x,USD",
            "ann@example.com,11,1,USD",
            "ann@example.com,11,1,EUR",
        ),
        dry_run=dry_run,
    )

    assert outcome.errors == [
        *((2, "UNKNOWN_CLIENT"), (3, "UNKNOWN_PRODUCT"), (4, "CURRENCY_NOT_ENABLED"), (5, "CURRENCY_REQUIRED")),
        *((6, "INVALID_NUMBER"), (7, "ACCOUNT_OF_ANOTHER_CLIENT"), (8, "REQUIRED_MISSING"), (9, "REQUIRED_MISSING")),
        *((10, "CURRENCY_REQUIRED"), (11, "UNKNOWN_CLIENT"), (11, "UNKNOWN_PRODUCT"), (12, "CURRENCY_NOT_ENABLED")),
        *((13, "INVALID_EMAIL"), (13, "INVALID_NUMBER"), (15, "DUPLICATE_IN_FILE")),
    ]
    assert outcome.totals == (14, 1, 0, 0, 13)
    assert outcome.messages[0] == ("email", "No client has the address 'nobody@example.com'; import the client first, or mend it.")
    opened = await importing.rows("select account_number from account where client_id <> :bo", bo=bo)
    assert opened == ([] if dry_run else [{"account_number": "11"}])


async def test_on_a_match_product_type_and_currency_follow_and_what_staff_set_stays(importing: Importing, ann: int) -> None:
    given = {"product_id": 3, "currency_code": "USD", "type": "trade", "caption": "Hers", "permissions": ["visible"]}
    await add(importing.engine, Account, make.account(ann, account_number="1", **given), make.account(ann, account_number="2", **given))

    outcome = await imported(importing, "ann@example.com,1,1,EUR", "ann@example.com,2,3,USD")

    assert outcome.totals == (2, 0, 1, 1, 0)
    one, two = await importing.rows("select product_id, currency_code, type, caption, permissions from account order by account_number")
    assert tuple(one.values()) == (1, "EUR", "personal", "Hers", ["visible"])
    assert tuple(two.values()) == (3, "USD", "trade", "Hers", ["visible"])


async def test_a_blank_currency_keeps_the_stored_one_even_if_it_is_no_longer_enabled(importing: Importing, ann: int) -> None:
    await add(importing.engine, Account, make.account(ann, account_number="1", product_id=2, currency_code="EUR"))
    await importing.do("update product_currency set is_enabled = false where product_id = 2 and currency_code = 'EUR'")

    outcome = await imported(importing, "ann@example.com,1,2,")

    assert outcome.totals == (1, 0, 0, 1, 0)


async def test_an_account_that_holds_money_keeps_its_currency(importing: Importing, ann: int) -> None:
    await add(importing.engine, Account, make.account(ann, account_number="1", product_id=2, currency_code="USD", current_balance=5))

    outcome = await imported(importing, "ann@example.com,1,2,EUR")

    assert outcome.errors == [(2, "CURRENCY_NOT_ENABLED")]
    assert "holds money" in outcome.messages[0][1]
    assert await importing.rows("select currency_code from account") == [{"currency_code": "USD"}]


@pytest.mark.parametrize("size", [100, 1])
async def test_a_repeated_number_is_a_duplicate_whatever_became_of_the_first(importing: Importing, ann: int, size: int) -> None:
    for number in ("1", "2"):
        await add(importing.engine, Account, make.account(ann, account_number=number, product_id=3))

    outcome = await imported(
        importing,
        *("ann@example.com,1,3,USD", "ann@example.com,2,1,USD", "ann@example.com,3,3,USD", "ann@example.com,4,999,USD"),
        *(f"ann@example.com,{number},3,USD" for number in (1, 2, 3, 4)),
        size=size,
    )

    assert outcome.totals == (8, 1, 1, 1, 5)
    assert outcome.errors == [(5, "UNKNOWN_PRODUCT"), *((line, "DUPLICATE_IN_FILE") for line in (6, 7, 8, 9))]
