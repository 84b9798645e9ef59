"""Reference data: countries, currencies, and the catalog of products and levels; safe to load at every start.

countries.csv holds the facts of ISO 3166-1 with the calling codes of ITU E.164 and each country's main currency of 2026, and
Kosovo under the codes that are in use for it (XK, XKX, 983), which ISO leaves to its users.
currencies.csv holds the codes of ISO 4217 that have a minor unit; those of funds and accounting units are there, but not enabled.
The English names of both are those of Unicode CLDR 47, but for a few made shorter or clearer.
"""

import csv
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from database.engine import plain_url
from demo.catalog import CATALOG, HOUSE_CURRENCIES, Row

# Keys that do not bear the name of their table.
KEYS = {"payment_method": "method_id"}

# Two processes that start at once load one after the other.
REFERENCE_LOCK = 7_302_027

KEEP_CURRENCIES = """
    insert into currency (alphabetic_code, numeric_code, minor_unit, name, enabled)
    select alphabetic_code, numeric_code, minor_unit, name, enabled from jsonb_populate_recordset(null::currency, %s)
    on conflict (alphabetic_code) do update
    set numeric_code = excluded.numeric_code, minor_unit = excluded.minor_unit, name = excluded.name, update_time = now()
    where (currency.numeric_code, currency.minor_unit, currency.name) is distinct from
        (excluded.numeric_code, excluded.minor_unit, excluded.name)"""

# The numeric code is the country's number too, so that it is the same in every database.
KEEP_COUNTRIES = """
    insert into country (country_id, alpha2_code, alpha3_code, country_name, calling_code, numeric_code, currency_code)
    select numeric_code::int, alpha2_code, alpha3_code, country_name, calling_code, numeric_code, currency_code
    from jsonb_populate_recordset(null::country, %s)
    on conflict (country_id) do update
    set alpha2_code = excluded.alpha2_code, alpha3_code = excluded.alpha3_code, country_name = excluded.country_name,
        calling_code = excluded.calling_code, currency_code = excluded.currency_code
    where (country.alpha2_code, country.alpha3_code, country.country_name, country.calling_code, country.currency_code) is distinct from
        (excluded.alpha2_code, excluded.alpha3_code, excluded.country_name, excluded.calling_code, excluded.currency_code)"""


def load_reference(url: str) -> None:
    """Adds what is missing and mends the facts of countries and currencies; what the broker has decided, and its own catalog, stays."""
    with psycopg.connect(plain_url(url)) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [REFERENCE_LOCK])
        connection.execute(KEEP_CURRENCIES, [Jsonb(facts("currencies.csv"))])
        if connection.execute(KEEP_COUNTRIES, [Jsonb(facts("countries.csv"))]).rowcount:
            advance(connection, "country", "country_id")
        if not connection.execute("select from currency where numeric_code > 999 limit 1").rowcount:
            add(connection, "currency", HOUSE_CURRENCIES)
        for table, rows in CATALOG.items():
            if not connection.execute(sql.SQL("select from {} limit 1").format(sql.Identifier(table))).rowcount:
                add(connection, table, rows)
                advance(connection, table, KEYS.get(table, f"{table}_id"))


def facts(file_name: str) -> list[dict[str, str | None]]:
    """The rows of a file beside this one; an empty cell is a missing value."""
    with (Path(__file__).parent / file_name).open(encoding="utf-8", newline="") as file:
        return [{column: cell or None for column, cell in row.items()} for row in csv.DictReader(file)]


def add(connection: psycopg.Connection[Any], table: str, rows: list[Row]) -> None:
    """Inserts rows of which each has columns of its own; the others get their defaults."""
    for row in rows:
        statement = sql.SQL("insert into {table} ({columns}) select {columns} from jsonb_populate_record(null::{table}, %s)").format(
            table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, row))
        )
        connection.execute(statement, [Jsonb(row)])


def advance(connection: psycopg.Connection[Any], table: str, key: str) -> None:
    """Moves a table's sequence past the numbers that were given by hand."""
    connection.execute(
        sql.SQL("select setval(pg_get_serial_sequence({name}, {key_name}), max({key})) from {table}").format(
            name=sql.Literal(table), key_name=sql.Literal(key), key=sql.Identifier(key), table=sql.Identifier(table)
        )
    )
