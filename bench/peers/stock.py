"""Strawberry over the peers' tables as its documentation recommends: ORM rows, dataloaders, parser and validation caches, orjson."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
import strawberry
from sqlalchemy import Connection, Select, select, tuple_
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import DeclarativeBase
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry import Info, Private
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from database.engine import plain_url

engine = create_async_engine(
    plain_url(os.environ["PEERS_DATABASE_URL"]).replace("postgresql:", "postgresql+asyncpg:", 1),
    pool_size=10,
    max_overflow=0,
    connect_args={"server_settings": {"timezone": "UTC"}},
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeferredReflection, DeclarativeBase):
    """Tables whose columns are read from the database at the start."""

    __abstract__ = True


# By the name of the loader that reads rows of a table by their numbers.
TABLES: dict[str, Any] = {
    name: type(name, (Base,), {"__tablename__": name})
    for name in (
        "country",
        "currency",
        "client_type",
        "verification_level",
        "manager",
        "platform",
        "product",
        "method",
        "client",
        "account",
        "transaction",
    )
}
CLIENT, ACCOUNT, TRANSACTION = TABLES["client"], TABLES["account"], TABLES["transaction"]


async def rows(statement: Select[Any]) -> list[Any]:
    async with sessions() as session:
        return list((await session.scalars(statement)).all())


def by_number(table: Any) -> Callable[[list[int]], Awaitable[list[Any]]]:
    async def load(ids: list[int]) -> list[Any]:
        found = {row.id: row for row in await rows(select(table).where(table.id.in_(ids)))}
        return [found.get(each) for each in ids]

    return load


async def accounts_of(ids: list[int]) -> list[Any]:
    found: dict[int, list[Any]] = {each: [] for each in ids}
    for row in await rows(select(ACCOUNT).where(ACCOUNT.client_id.in_(ids)).order_by(ACCOUNT.id)):
        found[row.client_id].append(row)
    return list(found.values())


def loaded(loader: str, key: str) -> Any:
    """A field that a loader answers by a column of the row."""

    async def resolve(root: Any, info: Info) -> Any:
        value = getattr(root, key)
        return None if value is None else await info.context[loader].load(value)

    return strawberry.field(resolver=resolve)


def itself(root: Any) -> Any:
    """What stands in the same row."""
    return root


@strawberry.type
class Country:
    id: int
    alpha2_code: str
    alpha3_code: str
    name: str


@strawberry.type
class Currency:
    alphabetic_code: str
    minor_unit: int
    name: str


@strawberry.type
class Named:
    id: int
    name: str


@strawberry.type
class Manager:
    id: int
    office_id: int | None
    email: str
    name: str


@strawberry.type
class Statement:
    available_balance: Decimal
    current_balance: Decimal
    equity: Decimal
    margin: Decimal
    pnl: Decimal


@strawberry.type
class Account:
    id: int
    account_number: str
    caption: str | None
    name: str
    type: str
    create_time: datetime
    currency_id: Private[int]
    product_id: Private[int]
    platform_id: Private[int | None]

    currency: Currency = loaded("currency", "currency_id")
    product: Named = loaded("product", "product_id")
    platform: Named | None = loaded("platform", "platform_id")
    statement: Statement = strawberry.field(resolver=itself)


@strawberry.type
class Client:
    id: int
    email: str
    first_name: str | None
    last_name: str | None
    name: str
    nickname: str | None
    birthday: date | None
    city: str | None
    locale: str | None
    phone: str | None
    risk_level: str
    create_time: datetime
    country_id: Private[int | None]
    type_id: Private[int | None]
    manager_id: Private[int | None]
    verification_level_id: Private[int | None]

    country: Country | None = loaded("country", "country_id")
    type: Named | None = loaded("client_type", "type_id")
    manager: Manager | None = loaded("manager", "manager_id")
    verification_level: Named | None = loaded("verification_level", "verification_level_id")
    accounts: list[Account] = loaded("accounts", "id")


@strawberry.type
class Transaction:
    id: int
    type: str
    status: str
    amount: Decimal | None
    create_time: datetime
    client_id: Private[int]
    credit_account_id: Private[int | None]
    method_id: Private[int | None]

    client: Client = loaded("client", "client_id")
    credit_account: Account | None = loaded("account", "credit_account_id")
    method: Named | None = loaded("method", "method_id")


@strawberry.type
class ClientPage:
    nodes: list[Client]


@strawberry.type
class TransactionPage:
    nodes: list[Transaction]


@strawberry.type
class Query:
    @strawberry.field
    async def clients(self, first: int = 50, after: str | None = None) -> ClientPage:
        page = select(CLIENT).order_by(CLIENT.create_time.desc(), CLIENT.id.desc()).limit(first)
        if after is not None:
            time, _, client_id = after.partition("|")
            page = page.where(tuple_(CLIENT.create_time, CLIENT.id) < (datetime.fromisoformat(time), int(client_id)))
        return ClientPage(nodes=await rows(page))

    @strawberry.field
    async def client(self, info: Info, id: int) -> Client | None:
        found: Client | None = await info.context["client"].load(id)
        return found

    @strawberry.field
    async def transactions(self, first: int = 100, status: str | None = None) -> TransactionPage:
        page = select(TRANSACTION).order_by(TRANSACTION.create_time.desc(), TRANSACTION.id.desc()).limit(first)
        return TransactionPage(nodes=await rows(page if status is None else page.where(TRANSACTION.status == status)))


class Endpoint(GraphQL[dict[str, Any], None]):
    """Strawberry's view, with loaders for each request."""

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        loaders: dict[str, Any] = {name: DataLoader(load_fn=by_number(table)) for name, table in TABLES.items()}
        return loaders | {"accounts": DataLoader(load_fn=accounts_of)}

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def read_columns(connection: Connection) -> None:
    Base.prepare(connection)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        await connection.run_sync(read_columns)
    yield
    await engine.dispose()


schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
app = Starlette(routes=[Route("/graphql", Endpoint(schema))], lifespan=lifespan)
