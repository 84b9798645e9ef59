"""The reference data that every database starts with."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import phonenumbers
import psycopg
import pytest
from babel.core import get_global
from psycopg import sql

from database.embedded import EmbeddedServer
from database.upgrade import upgrade
from demo.reference import load_reference

# What a user can take from ISO 4217 and ISO 3166-1 without this program.
NO_DECIMALS = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
FUNDS = {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"}
WITHOUT_CALLING_CODE = {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as connection:
        yield connection


def test_there_are_249_countries_and_kosovo(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute("select country_id, alpha2_code, alpha3_code, numeric_code, country_name from country").fetchall()

    assert len(rows) == 250
    for number, alpha2, alpha3, numeric, name in rows:
        assert re.fullmatch("[A-Z]{2}", alpha2)
        assert re.fullmatch("[A-Z]{3}", alpha3)
        assert re.fullmatch("[0-9]{3}", numeric)
        assert number == int(numeric)
        assert name == name.strip() != ""
    for column in zip(*rows, strict=True):
        assert len(set(column)) == 250
    assert [alpha2 for number, alpha2, *_ in rows if number >= 900] == ["XK"]


def test_country_codes_are_those_of_unicode(connection: psycopg.Connection[Any]) -> None:
    aliases = get_global("territory_aliases")

    rows = connection.execute("select alpha2_code, alpha3_code, numeric_code from country where alpha2_code <> 'XK'").fetchall()

    assert [row for row in rows if aliases[row[1]] != [row[0]] or aliases[row[2]] != [row[0]]] == []


def test_calling_codes_are_those_of_the_phone_library(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute("select alpha2_code, calling_code from country").fetchall()

    assert {alpha2 for alpha2, code in rows if code is None} == WITHOUT_CALLING_CODE
    assert [row for row in rows if str(phonenumbers.country_code_for_region(row[0]) or None) != str(row[1])] == []


@pytest.mark.parametrize(
    "row",
    [
        ("DE", "DEU", 276, "276", "Germany", "49", "EUR"),
        ("JP", "JPN", 392, "392", "Japan", "81", "JPY"),
        ("US", "USA", 840, "840", "United States", "1", "USD"),
        ("AF", "AFG", 4, "004", "Afghanistan", "93", "AFN"),
        ("BG", "BGR", 100, "100", "Bulgaria", "359", "EUR"),
        ("CW", "CUW", 531, "531", "Curaçao", "599", "XCG"),
        ("XK", "XKX", 983, "983", "Kosovo", "383", "EUR"),
        ("AQ", "ATA", 10, "010", "Antarctica", None, None),
    ],
)
def test_known_countries(connection: psycopg.Connection[Any], row: tuple[Any, ...]) -> None:
    found = connection.execute(
        "select alpha2_code, alpha3_code, country_id, numeric_code, country_name, calling_code, currency_code"
        " from country where alpha2_code = %s and enabled",
        [row[0]],
    ).fetchone()

    assert found == row


def test_currencies_have_the_decimals_of_iso_4217(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute(
        "select alphabetic_code, numeric_code, minor_unit, enabled from currency where numeric_code < 1000"
    ).fetchall()

    assert len(rows) == 165
    assert all(re.fullmatch("[A-Z]{3}", code) for code, *_ in rows)
    assert len({number for _, number, *_ in rows}) == 165
    assert {code for code, _, unit, _ in rows if unit == 0} == NO_DECIMALS
    assert {code for code, _, unit, _ in rows if unit == 3} == THREE_DECIMALS
    assert {code for code, _, unit, _ in rows if unit == 4} == {"CLF", "UYW"}
    assert Counter(unit for _, _, unit, _ in rows) == {0: 17, 2: 139, 3: 7, 4: 2}
    assert {code for code, _, _, enabled in rows if not enabled} == FUNDS


@pytest.mark.parametrize(("code", "number"), [("EUR", 978), ("USD", 840), ("JPY", 392), ("KWD", 414), ("ALL", 8), ("ZWG", 924)])
def test_known_currencies(connection: psycopg.Connection[Any], code: str, number: int) -> None:
    assert connection.execute("select numeric_code from currency where alphabetic_code = %s and enabled", [code]).fetchone() == (number,)


def test_crypto_currencies_are_the_house_s_own(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute(
        "select alphabetic_code, numeric_code, minor_unit, name, block_explorer like 'https://%{address}' from currency"
        " where numeric_code > 999 order by numeric_code"
    ).fetchall()

    assert rows == [
        ("BTC", 1000, 8, "Bitcoin", True),
        ("ETH", 1002, 8, "Ether", True),
        ("LTC", 1003, 8, "Litecoin", True),
        ("USDT", 1005, 6, "Tether", True),
    ]


def test_products_have_the_numbers_and_currencies_that_import_files_name(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute(
        "select product.product_id, product.name, product.type, array_agg(currency_code order by product_currency.priority)"
        " from product join product_currency using (product_id) where is_enabled group by 1 order by 1"
    ).fetchall()

    assert rows == [
        (1, "wallet_fiat", "personal", ["USD", "EUR"]),
        (2, "mt5_live", "trade", ["USD", "EUR", "BTC"]),
        (3, "mt5_usd_only", "trade", ["USD"]),
        (4, "mt5_demo", "demo", ["USD"]),
    ]


def test_programs_levels_and_client_types(connection: psycopg.Connection[Any]) -> None:
    programs = connection.execute("select ib_program_id, name from ib_program order by 1").fetchall()
    levels = connection.execute(
        'select verification_level_id, name, next_level_id, "default" from verification_level order by 1'
    ).fetchall()
    types = connection.execute('select client_type_id, name, "group", "default" from client_type order by 1').fetchall()

    assert programs == [(1, "Standard IB"), (2, "Premium IB")]
    assert levels == [(1, "Level 0", 2, True), (2, "Level 1", 3, False), (3, "Level 2", None, False)]
    assert types == [(1, "Individual", "individual", True), (2, "Corporate", "corporative", False)]


def test_localized_texts_are_lists_of_key_locale_and_value(connection: psycopg.Connection[Any]) -> None:
    (resources,) = connection.execute("select resources from product where name = 'wallet_fiat'").fetchone() or ([],)

    assert {"key": "caption", "locale": "de_DE", "value": "Geldbörse"} in resources
    assert {text["locale"] for text in resources} == {"de_DE", "es_ES", "ja_JP", "ru_RU"}


@pytest.mark.parametrize(
    "table", ["product", "product_currency", "product_group", "platform", "client_type", "manager", "tag", "ib_program"]
)
def test_new_rows_get_numbers_past_those_given_by_hand(connection: psycopg.Connection[Any], table: str) -> None:
    query = sql.SQL("select max({key}), nextval(pg_get_serial_sequence({name}, {key_name})) from {table}")
    names = {"key": sql.Identifier(f"{table}_id"), "key_name": sql.Literal(f"{table}_id")}

    highest, following = connection.execute(query.format(table=sql.Identifier(table), name=sql.Literal(table), **names)).fetchone() or (
        0,
        0,
    )

    assert following == highest + 1


def everything(connection: psycopg.Connection[Any]) -> list[Any]:
    """Every row with its xmin, which changes when a row is written again, even with the same values."""
    tables = "country currency product product_currency product_group platform client_type verification_level manager tag ib_program"
    query = sql.SQL("select xmin, * from {} order by 2")
    return [connection.execute(query.format(sql.Identifier(table))).fetchall() for table in tables.split()]


def test_a_second_load_writes_nothing(connection: psycopg.Connection[Any], database_url: str) -> None:
    before = everything(connection)

    load_reference(database_url)

    assert everything(connection) == before


def test_facts_are_mended_and_what_the_broker_decided_stays(connection: psycopg.Connection[Any], database_url: str) -> None:
    connection.execute("update country set country_name = 'Wrong', enabled = false where alpha2_code = 'DE'")
    connection.execute("update currency set minor_unit = 7, markup_buy = 1.5, enabled = false where alphabetic_code = 'JPY'")
    connection.execute("delete from country where alpha2_code = 'FR'")
    connection.execute("update product set caption = 'Ours' where product_id = 1")
    connection.execute("delete from tag where tag_id > 1")
    connection.execute("delete from currency where alphabetic_code = 'LTC'")
    connection.commit()

    load_reference(database_url)

    assert connection.execute("select country_name, enabled from country where country_id = 276").fetchone() == ("Germany", False)
    assert connection.execute("select country_name from country where country_id = 250").fetchone() == ("France",)
    assert connection.execute(
        "select minor_unit, markup_buy, enabled, update_time > create_time from currency where alphabetic_code = 'JPY'"
    ).fetchone() == (0, Decimal("1.5"), False, True)
    assert connection.execute("select caption from product where product_id = 1").fetchone() == ("Ours",)
    assert connection.execute("select count(*) from tag").fetchone() == (1,)
    assert connection.execute("select count(*) from currency where numeric_code > 999").fetchone() == (3,)


def test_processes_that_start_at_once_load_once(postgres: EmbeddedServer) -> None:
    url = postgres.database("reference_at_once")
    upgrade(url)

    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(load_reference, [url] * 4):
            pass

    with psycopg.connect(url) as connection:
        assert connection.execute("select (select count(*) from country), (select count(*) from product)").fetchone() == (250, 4)
