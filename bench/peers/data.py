"""The data set: our demo, and the same rows in a second database of the same PostgreSQL for the others."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from database.embedded import EmbeddedServer
from database.engine import connect
from database.upgrade import upgrade
from demo.load import load_demo
from demo.reference import load_reference
from models.sessions import open_session, user_with_email
from models.users import add_user

COMMON = Path(__file__).with_name("common")
EMAIL = "bench@example.com"
# What each of their tables is filled with; the columns come in the order of common/schema.sql. Words are written as our API shows them.
ROWS = {
    "country": "select country_id, alpha2_code, alpha3_code, country_name from country",
    "currency": "select numeric_code, alphabetic_code, minor_unit, name from currency",
    "client_type": "select client_type_id, name from client_type",
    "verification_level": "select verification_level_id, name from verification_level",
    "manager": "select manager_id, office_id, email, name from manager",
    "platform": "select platform_id, name from platform",
    "product": "select product_id, name from product",
    "method": "select method_id, name from payment_method",
    "client": """
        select client_id, email, first_name, last_name, middle_name, name, nickname, birthday, city, locale, phone,
            pg_temp.word(risk_level), pg_temp.word(internal_type), pg_temp.word(status),
            country_id, client_type_id, manager_id, verification_level_id, create_time, update_time
        from client order by client_id""",
    "account": """
        select account_id, account_number, client_id, a.caption, a.name, pg_temp.word(a.type), a.permissions, numeric_code,
            product_id, platform_id, a.create_time, archive_time,
            available_balance, current_balance, credit, equity, free_margin, hold, margin, margin_level, pnl
        from account a join currency on alphabetic_code = currency_code join product using (product_id)
        order by account_id""",
    "transaction": """
        select transaction_id, client_id, credit_account_id, debit_account_id, credit_amount,
            pg_temp.word(type), pg_temp.word(status), method_id, create_time
        from transaction where status <> 'new' order by transaction_id""",
}
WORD = r"""
    create function pg_temp.word(stored text) returns text language sql immutable
    return upper(regexp_replace(stored, '([A-Z])', '_\1', 'g'))"""


@dataclass(frozen=True)
class Data:
    """Where the rows are, and a token of a member of staff."""

    ours: str
    peers: str
    token: str


def prepared(server: EmbeddedServer, size: str) -> Data:
    """The data set, of which only what is missing is made."""
    ours, peers = server.database(f"ours_{size}"), server.database(f"peers_{size}")
    token = own_rows(ours, size)
    if not is_filled(peers):
        fill(ours, peers)
    for url in (ours, peers):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum (analyze)")
            connection.execute("checkpoint")
    return Data(ours, peers, token)


def own_rows(url: str, size: str) -> str:
    """Makes a database with our demo, and answers a token for it."""
    upgrade(url)
    load_reference(url)
    token, user_id = asyncio.run(token_of_staff(url))
    load_demo(url, size, owner_id=user_id)
    return token


async def token_of_staff(url: str) -> tuple[str, int]:
    """A token that is good for 12 hours, and the number of the user who bears it."""
    engine = connect(url, size=1)
    async with engine.begin() as connection:
        user_id = await user_with_email(connection, EMAIL)
        if user_id is None:
            user_id = await add_user(connection, name="Bench", email=EMAIL, password="not used by anybody")  # noqa: S106
        token = (await open_session(connection, user_id)).token
    await engine.dispose()
    return token, user_id


def is_filled(peers: str) -> bool:
    with psycopg.connect(peers) as connection:
        return connection.execute("select to_regclass('transaction') is not null").fetchone() == (True,)


def fill(ours: str, peers: str) -> None:
    """Copies the rows in one transaction: all of them or none."""
    with psycopg.connect(ours) as source, psycopg.connect(peers) as target:
        source.execute(WORD)
        target.execute((COMMON / "schema.sql").read_bytes())
        for table, rows in ROWS.items():
            into = sql.SQL("copy {} from stdin").format(sql.Identifier(table))
            with source.cursor().copy(f"copy ({rows}) to stdout") as reading, target.cursor().copy(into) as writing:
                for part in reading:
                    writing.write(part)
        target.execute((COMMON / "indexes.sql").read_bytes())
