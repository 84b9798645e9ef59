"""Rows for tests: each function names only what matters, the rest is plausible."""

import itertools
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

import models

serial = itertools.count(1)


async def add(engine: AsyncEngine, model: type[models.Base], *rows: dict[str, Any]) -> list[int]:
    """Inserts rows and answers their primary keys."""
    (key,) = model.__mapper__.primary_key
    async with engine.begin() as connection:
        return [(await connection.execute(insert(model).values(row).returning(key))).scalar_one() for row in rows]


def client(**given: Any) -> dict[str, Any]:
    number = next(serial)
    return {"email": f"client{number}@example.com", "first_name": "Ann", "last_name": f"Client{number:05}", **given}


def account(client_id: int, **given: Any) -> dict[str, Any]:
    number = 2_100_000_000 + next(serial)
    return {
        "account_number": str(number),
        "client_id": client_id,
        "product_id": 3,
        "currency_code": "USD",
        "name": f"Account {number}",
        "type": models.AccountType.TRADE,
        **given,
    }


def transaction(client_id: int, **given: Any) -> dict[str, Any]:
    return {"client_id": client_id, "status": models.TransactionStatus.DONE, "type": models.TransactionKind.TRANSFER, **given}


def partner(client_id: int, **given: Any) -> dict[str, Any]:
    return {"client_id": client_id, "ib_program_id": 1, "referral_code": f"R{next(serial)}", **given}


def referral(partner_id: int, client_id: int) -> dict[str, Any]:
    return {"ib_partner_id": partner_id, "client_id": client_id}
