"""Transactions: their sides and details, who belongs to an account, and those that are never shown."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from graph.kit import values
from graph.kit.declared import renamed
from models import ApprovalStatus, TransactionKind, TransactionStatus, VerificationStatus
from models.access import ADMINISTRATOR, Viewer
from models.errors import Forbidden
from tests import make
from tests.conftest import Ask

START = datetime(2026, 3, 1, tzinfo=UTC)
SIDES = """{ transactions { nodes {
    creditDetails { amount account { accountNumber product { name } } currency { alphabeticCode } }
    debitDetails { amount commission account { accountNumber } currency { alphabeticCode minorUnit } }
    foreignExchangeRate
} } }"""


async def two_accounts(database: AsyncEngine) -> tuple[int, int, int]:
    """The numbers of a client, of an account in euros and of one in dollars."""
    (client_id,) = await make.add(database, models.Client, make.client(email="ann@example.com"))
    euros, dollars = await make.add(
        database,
        models.Account,
        make.account(client_id, account_number="E1", currency_code="EUR", product_id=2),
        make.account(client_id, account_number="D1"),
    )
    return client_id, euros, dollars


def credit(account_id: int | None, amount: str = "10", currency: str = "USD") -> dict[str, Any]:
    return {"credit_account_id": account_id, "credit_amount": Decimal(amount), "credit_currency_code": currency}


def debit(account_id: int | None, amount: str = "10", currency: str = "USD") -> dict[str, Any]:
    return {"debit_account_id": account_id, "debit_amount": Decimal(amount), "debit_currency_code": currency}


def numbers(page: Any) -> list[int]:
    return [node["transactionId"] for node in page["nodes"]]


async def test_each_side_has_its_own_account_amount_and_currency(database: AsyncEngine, ask: Ask) -> None:
    client_id, euros, dollars = await two_accounts(database)
    both = {**credit(dollars, "110.5"), **debit(euros, "100", "EUR"), "debit_commission": Decimal("0.5")}
    await make.add(database, models.Transaction, make.transaction(client_id, foreign_exchange_rate=Decimal("1.105"), **both))

    data = await ask(SIDES)

    assert data["transactions"]["nodes"] == [
        {
            "creditDetails": {
                "amount": "110.500000000000000000",
                "account": {"accountNumber": "D1", "product": {"name": "mt5_usd_only"}},
                "currency": {"alphabeticCode": "USD"},
            },
            "debitDetails": {
                "amount": "100.000000000000000000",
                "commission": "0.500000000000000000",
                "account": {"accountNumber": "E1"},
                "currency": {"alphabeticCode": "EUR", "minorUnit": 2},
            },
            "foreignExchangeRate": "1.105000000000000000",
        }
    ]
    # the page, the accounts of each side with their columns, the product of one, the currencies of each side
    assert ask.statements == 6


async def test_a_side_that_there_is_not_is_null_and_one_without_account_has_none(database: AsyncEngine, ask: Ask) -> None:
    client_id, _, dollars = await two_accounts(database)
    await make.add(
        database,
        models.Transaction,
        make.transaction(client_id, **credit(dollars)),
        make.transaction(client_id, **debit(None, "0.001", "BTC"), **credit(dollars, "60")),
        make.transaction(client_id),
    )

    data = await ask(
        "{ transactions { nodes { creditDetails { account { accountId } } debitDetails { account { accountId } currency { name } } } } }"
    )

    assert data["transactions"]["nodes"] == [
        {"creditDetails": {"account": {"accountId": dollars}}, "debitDetails": None},
        {"creditDetails": {"account": {"accountId": dollars}}, "debitDetails": {"account": None, "currency": {"name": "Bitcoin"}}},
        {"creditDetails": None, "debitDetails": None},
    ]


async def test_details_are_there_once_something_was_noted(database: AsyncEngine, ask: Ask) -> None:
    client_id, *_ = await two_accounts(database)
    noted = {
        "meta_create_time": START,
        "meta_provider_options": [{"key": "reference", "value": "12345678"}, {"key": "bank", "value": "Ruritanian"}],
        "meta_provider_commission": Decimal("2.5"),
        "meta_verification_status": VerificationStatus.PENDING,
        "meta_compliance_status": ApprovalStatus.APPROVED,
        "meta_dealing_status": ApprovalStatus.DECLINED,
        "meta_invoice": "INV-7",
    }
    await make.add(database, models.Transaction, make.transaction(client_id, **noted), make.transaction(client_id))

    data = await ask(
        """{ transactions { nodes { meta { invoice comment providerCommission verificationStatus complianceStatus dealingStatus
            providerOptions { key value } createTime invoiceTime blockchainTransaction updateTime } } } }"""
    )

    assert data["transactions"]["nodes"] == [
        {
            "meta": {
                "invoice": "INV-7",
                "comment": None,
                "providerCommission": "2.500000000000000000",
                "verificationStatus": "PENDING",
                "complianceStatus": "APPROVED",
                "dealingStatus": "DECLINED",
                "providerOptions": [{"key": "reference", "value": "12345678"}, {"key": "bank", "value": "Ruritanian"}],
                "createTime": "2026-03-01T00:00:00+00:00",
                "invoiceTime": None,
                "blockchainTransaction": None,
                "updateTime": None,
            }
        },
        {"meta": None},
    ]


async def test_a_payment_method_has_its_name_in_the_language_asked_for(database: AsyncEngine, ask: Ask) -> None:
    client_id, *_ = await two_accounts(database)
    await make.add(database, models.Transaction, make.transaction(client_id, method_id=2), make.transaction(client_id))

    data = await ask(
        """{ paymentMethods { methodId name groupName }
            transactions { nodes { method { name de: name(locale: "de_AT") pl: name(locale: "pl") } } } }"""
    )

    assert [(each["methodId"], each["name"], each["groupName"]) for each in data["paymentMethods"]] == [
        (1, "Bank transfer", "Banks"),
        (5, "Bitcoin", "Crypto"),
        (2, "Card", "Cards"),
        (4, "E-wallet", "Wallets"),
        (3, "SEPA transfer", "Banks"),
        (6, "Tether", "Crypto"),
    ]
    assert [each["method"] for each in data["transactions"]["nodes"]] == [{"name": "Card", "de": "Karte", "pl": "Card"}, None]


NEVER_SHOWN: dict[str, tuple[str, Any]] = {
    "a page": ("{ transactions { nodes { transactionId } } }", {"nodes": [{"transactionId": 8}]}),
    "a count": ("{ transactions { totalCount } }", {"totalCount": 1}),
    "a filter": ("{ transactions(filter: {status: {eq: NEW}}) { totalCount nodes { transactionId } } }", {"totalCount": 0, "nodes": []}),
    "a negated filter": ("{ transactions(filter: {not: {status: {eq: DONE}}}) { totalCount } }", {"totalCount": 0}),
    "one row": ("{ transaction(transactionId: 7) { transactionId } }", None),
    "a node": ('{ node(id: "VHJhbnNhY3Rpb246Nw") { id } }', None),
    "nodes": (
        '{ nodes(ids: ["VHJhbnNhY3Rpb246Nw", "VHJhbnNhY3Rpb246OA"]) { ... on Transaction { transactionId } } }',
        [None, {"transactionId": 8}],
    ),
    "a client's page": (
        "{ client(clientId: 1) { transactions { totalCount nodes { transactionId } } } }",
        {"transactions": {"totalCount": 1, "nodes": [{"transactionId": 8}]}},
    ),
    "an account's page": (
        "{ account(accountId: 1) { transactions { totalCount nodes { transactionId } } } }",
        {"transactions": {"totalCount": 1, "nodes": [{"transactionId": 8}]}},
    ),
}


@pytest.mark.parametrize("path", NEVER_SHOWN)
async def test_a_new_transaction_is_never_shown(database: AsyncEngine, ask: Ask, path: str) -> None:
    await make.add(database, models.Client, make.client(client_id=1))
    await make.add(database, models.Account, make.account(1, account_id=1))
    await make.add(
        database,
        models.Transaction,
        make.transaction(1, transaction_id=7, status=TransactionStatus.NEW, **credit(1)),
        make.transaction(1, transaction_id=8, **credit(1)),
    )
    query, shown = NEVER_SHOWN[path]

    (found,) = (await ask(query)).values()

    assert found == shown


async def test_an_account_has_the_transactions_of_both_sides_once_each(database: AsyncEngine, ask: Ask) -> None:
    client_id, euros, dollars = await two_accounts(database)
    (other,) = await make.add(database, models.Account, make.account(client_id))
    made = await make.add(
        database,
        models.Transaction,
        make.transaction(client_id, **credit(dollars)),
        make.transaction(client_id, **debit(euros, "9", "EUR"), **credit(dollars)),
        make.transaction(client_id, **debit(dollars), **credit(euros, "9", "EUR")),
        make.transaction(client_id, **debit(dollars), **credit(dollars)),
        make.transaction(client_id, **debit(euros, "9", "EUR")),
        make.transaction(client_id),
    )
    query = """query ($after: String) { accounts(orderBy: {field: ACCOUNT_ID}) { nodes { accountId transactions(
        first: 3, after: $after, orderBy: {field: TRANSACTION_ID, direction: DESC}
    ) { totalCount nodes { transactionId } pageInfo { hasNextPage endCursor } } } } }"""

    pages = {each["accountId"]: each["transactions"] for each in (await ask(query))["accounts"]["nodes"]}
    assert {key: (numbers(page), page["totalCount"], page["pageInfo"]["hasNextPage"]) for key, page in pages.items()} == {
        euros: ([made[4], made[2], made[1]], 3, False),
        dollars: ([made[3], made[2], made[1]], 4, True),
        other: ([], 0, False),
    }
    assert ask.statements == 3
    following = await ask(query, after=pages[dollars]["pageInfo"]["endCursor"])
    assert [numbers(each["transactions"]) for each in following["accounts"]["nodes"]] == [[], [made[0]], []]


async def test_a_client_has_the_transactions_of_its_own(database: AsyncEngine, ask: Ask) -> None:
    ann, bo = await make.add(database, models.Client, make.client(), make.client())
    made = await make.add(database, models.Transaction, *(make.transaction(each) for each in (ann, bo, ann)))

    data = await ask("{ clients { nodes { transactions(first: 1) { totalCount nodes { transactionId client { clientId } } } } } }")

    assert [each["transactions"] for each in data["clients"]["nodes"]] == [
        {"totalCount": 2, "nodes": [{"transactionId": made[0], "client": {"clientId": ann}}]},
        {"totalCount": 1, "nodes": [{"transactionId": made[1], "client": {"clientId": bo}}]},
    ]


FILTERS = {
    '{creditAccountNumber: {eq: "D1"}}': [0, 1],
    '{debitAccountNumber: {startsWith: "e"}}': [1, 2],
    '{creditAmount: {eq: "10.0"}}': [0],
    '{creditAmount: {gt: "10"}}': [1],
    '{creditAmount: {lte: "11"}}': [0, 1],
    "{creditAmount: {isNull: true}}": [2, 3],
    '{creditAmount: {ne: "10"}}': [1, 2, 3],
    '{creditAmount: {in: ["10", "12"]}}': [0],
    '{debitAmount: {lt: "100"}}': [1],
    '{debitAmount: {gte: "-5"}}': [1, 2],
    "{methodId: {eq: 3}}": [2],
    "{isFake: {eq: true}}": [3],
    "{isFake: {eq: false}}": [0, 1, 2],
    "{type: {in: [DEPOSIT, WITHDRAWAL]}}": [0, 2],
    "{status: {eq: HOLD_FAILED}}": [3],
    '{createTime: {gte: "2026-03-01T02:00:00Z"}}': [2, 3],
    '{processedTime: {lt: "2026-03-02T00:00:00Z"}}': [1],
    '{client: {email: {eq: "ann@example.com"}}}': [0, 1, 2],
}


@pytest.mark.parametrize("wanted", FILTERS)
async def test_filters_find_what_they_say(database: AsyncEngine, ask: Ask, wanted: str) -> None:
    client_id, euros, dollars = await two_accounts(database)
    (other,) = await make.add(database, models.Client, make.client())
    rows = [
        make.transaction(client_id, type=TransactionKind.DEPOSIT, **credit(dollars)),
        make.transaction(client_id, processed_time=START, **credit(dollars, "11"), **debit(euros, "9", "EUR")),
        make.transaction(client_id, type=TransactionKind.WITHDRAWAL, method_id=3, **debit(euros, "100", "EUR")),
        make.transaction(other, is_fake=True, status=TransactionStatus.HOLD_FAILED),
    ]
    made = await make.add(
        database, models.Transaction, *({**row, "create_time": START + timedelta(hours=place)} for place, row in enumerate(rows))
    )

    data = await ask(f"{{ transactions(filter: {wanted}) {{ nodes {{ transactionId }} }} }}")

    assert numbers(data["transactions"]) == [made[place] for place in FILTERS[wanted]]


PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: [TransactionOrder!]) {
    transactions(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
        nodes { transactionId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
ORDERS: list[list[dict[str, str]]] = [
    [{"field": field, "direction": direction}]
    for field in ("CREATE_TIME", "PROCESSED_TIME", "CREDIT_AMOUNT", "DEBIT_AMOUNT")
    for direction in ("ASC", "DESC")
]


async def seven(database: AsyncEngine) -> list[int]:
    """Transactions with amounts and times that repeat or are missing."""
    client_id, *_ = await two_accounts(database)
    amounts = ["10", None, "9.5", "10", None, "100000000000000000", "0"]
    sides = [{} if each is None else {**credit(None, each), **debit(None, each)} for each in amounts]
    times = [None if place % 3 == 0 else START + timedelta(hours=place // 2) for place in range(7)]
    rows = [
        make.transaction(client_id, processed_time=time, create_time=START - timedelta(hours=place // 2), **each)
        for place, (each, time) in enumerate(zip(sides, times, strict=True))
    ]
    return await make.add(database, models.Transaction, *rows)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order[0]['field']} {order[0]['direction']}")
async def test_pages_in_every_order_give_each_row_once(database: AsyncEngine, ask: Ask, order: list[Any]) -> None:
    made = await seven(database)
    whole = numbers((await ask(PAGE, orderBy=order))["transactions"])
    assert sorted(whole) == made

    forward: list[int] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"] and len(forward) <= len(whole):
        data = (await ask(PAGE, first=2, after=page["endCursor"], orderBy=order))["transactions"]
        forward, page = forward + numbers(data), data["pageInfo"]
    backward: list[int] = []
    page = {"hasPreviousPage": True, "startCursor": None}
    while page["hasPreviousPage"] and len(backward) <= len(whole):
        data = (await ask(PAGE, last=3, before=page["startCursor"], orderBy=order))["transactions"]
        backward, page = numbers(data) + backward, data["pageInfo"]

    assert forward == backward == whole


async def test_missing_amounts_and_times_are_the_lowest(database: AsyncEngine, ask: Ask) -> None:
    made = await seven(database)

    by_amount = await ask(PAGE, orderBy=[{"field": "CREDIT_AMOUNT", "direction": "DESC"}])
    by_time = await ask(PAGE, orderBy=[{"field": "PROCESSED_TIME"}])

    assert numbers(by_amount["transactions"]) == [made[place] for place in (5, 3, 0, 2, 6, 4, 1)]
    assert numbers(by_time["transactions"]) == [made[place] for place in (0, 3, 6, 1, 2, 4, 5)]


@pytest.mark.parametrize(
    "side",
    [{"credit_amount": Decimal(1)}, {"credit_currency_code": "USD"}, {"debit_amount": Decimal(1)}, {"debit_currency_code": "USD"}],
    ids=str,
)
async def test_half_a_side_is_refused_by_the_database(database: AsyncEngine, side: dict[str, Any]) -> None:
    client_id, *_ = await two_accounts(database)

    with pytest.raises(IntegrityError, match=r"ck_transaction_(credit|debit)_currency"):
        await make.add(database, models.Transaction, make.transaction(client_id, **side))


@pytest.mark.parametrize("name", ["credit", "debit"])
async def test_an_account_without_an_amount_is_refused_by_the_database(database: AsyncEngine, name: str) -> None:
    client_id, euros, _ = await two_accounts(database)

    with pytest.raises(IntegrityError, match=f"ck_transaction_{name}_account"):
        await make.add(database, models.Transaction, make.transaction(client_id, **{f"{name}_account_id": euros}))


async def test_the_id_of_a_transaction_finds_it_again(database: AsyncEngine, ask: Ask) -> None:
    client_id, _, dollars = await two_accounts(database)
    (number,) = await make.add(database, models.Transaction, make.transaction(client_id, **credit(dollars, "7")))
    global_id = base64.urlsafe_b64encode(f"Transaction:{number}".encode()).decode().rstrip("=")

    data = await ask(
        "query ($id: ID!) { node(id: $id) { id ... on Transaction { creditDetails { amount currency { alphabeticCode } } } } }",
        id=global_id,
    )

    assert data["node"] == {
        "id": global_id,
        "creditDetails": {"amount": "7.000000000000000000", "currency": {"alphabeticCode": "USD"}},
    }


def test_only_columns_and_rows_can_stand_several_times_in_a_row() -> None:
    with pytest.raises(TypeError, match="Only columns and rows can be made of columns with a prefix, not Values"):
        renamed(values(models.Transaction.meta_provider_options, dict), "meta_", "")


@pytest.mark.parametrize(
    "query",
    [
        "{ transactions { totalCount } }",
        "{ client(clientId: 1) { transactions { totalCount } } }",
        "{ account(accountId: 1) { transactions { nodes { id } } } }",
        "{ transaction(transactionId: 7) { id } }",
    ],
)
async def test_transactions_are_kept_from_a_viewer_without_the_permission(database: AsyncEngine, query: str) -> None:
    await make.add(database, models.Client, make.client(client_id=1))
    await make.add(database, models.Account, make.account(1, account_id=1))
    await make.add(database, models.Transaction, make.transaction(1, transaction_id=7, **credit(1)))
    viewer = Viewer(user_id=None, permissions=ADMINISTRATOR - {"transactions.read"})

    found = await Ask(database, viewer).result(query)

    assert [type(error.original_error) for error in found.errors or []] == [Forbidden]
