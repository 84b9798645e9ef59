"""The demo that a database without clients can be filled with."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import phonenumbers
import psycopg
import pytest
from email_validator import validate_email
from psycopg import sql

from database.embedded import EmbeddedServer
from demo.holdings import money
from demo.load import add_clients, load_demo, loaded_size
from demo.network import add_client_of_a_partner, add_partner
from demo.payments import several
from demo.people import add_person
from demo.places import name
from demo.world import COLUMNS, World
from models.errors import Conflict, Invalid

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def small_url(postgres: EmbeddedServer, template: str) -> Iterator[str]:
    """A database with the small demo, for tests that only read."""
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(sql.SQL("create database demo_small template {}").format(sql.Identifier(template)))
    url = postgres.database("demo_small")
    load(url)
    yield url
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute("drop database demo_small with (force)")


@pytest.fixture
def small(small_url: str) -> Iterator[Connection]:
    with psycopg.connect(small_url) as connection:
        yield connection


def load(url: str, size: str = "small", progress: Callable[[int, int], None] | None = None) -> bool:
    """Loads a demo whose owner is a user like any other."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """insert into "user" (name, email, password_hash) values ('Ann', 'ann@example.com', '-') on conflict do nothing"""
        )
        (owner_id,) = connection.execute('select min(user_id) from "user"').fetchone() or (0,)
    return load_demo(url, size, owner_id=owner_id, progress=progress)


def counts(connection: Connection) -> dict[str, int]:
    query = sql.SQL("select count(*) from {}")
    return {table: (connection.execute(query.format(sql.Identifier(table))).fetchone() or (0,))[0] for table in COLUMNS}


def digest(url: str) -> dict[str, str]:
    query = sql.SQL("select md5(string_agg(row::text, chr(10) order by row::text)) from {} as row")
    tables = [*COLUMNS, "import_file", "import_file_chunk", "import_job", "import_run", "import_row_error", "import_log_batch"]
    with psycopg.connect(url) as connection:
        return {table: (connection.execute(query.format(sql.Identifier(table))).fetchone() or ("",))[0] for table in tables}


def test_the_small_demo_has_1000_clients(small: Connection) -> None:
    assert counts(small) == {
        "client": 1000,
        "address": 1108,
        "phone_number": 1146,
        "client_tag": 1011,
        "account": 3000,
        "transaction": 5000,
        "ib_partner": 60,
        "ib_referral": 851,
    }
    assert loaded_size(small) == "small"


def test_the_same_rows_come_out_whenever_and_wherever_it_is_loaded(small_url: str, database_url: str) -> None:
    program = "import sys; from tests.test_demo import load; load(sys.argv[1])"
    environment = os.environ | {"PYTHONHASHSEED": "17", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", program, database_url], cwd=Path(__file__).parent.parent, env=environment, check=True, timeout=60)

    assert digest(database_url) == digest(small_url)


def test_emails_are_valid_and_of_domains_that_belong_to_nobody(small: Connection) -> None:
    emails = [email for (email,) in small.execute("select email from client").fetchall()]

    assert {email.partition("@")[2] for email in emails} == {"example.com", "example.net", "example.org"}
    assert len({email.lower() for email in emails}) == 1000
    # The library refuses example.com and its kin unless it is told that this is a test.
    assert [email for email in emails if validate_email(email, check_deliverability=False, test_environment=True).normalized != email] == []


def test_phone_numbers_are_valid_for_the_client_s_country(small: Connection) -> None:
    rows = small.execute(
        "select alpha2_code, number, phone_number.type from phone_number join client using (client_id) join country using (country_id)"
    ).fetchall()

    kinds = {"fixed": {phonenumbers.PhoneNumberType.FIXED_LINE}, "mobile": {1, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}}
    for alpha2, number, kind in rows:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.region_code_for_number(parsed) == alpha2
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
        assert phonenumbers.number_type(parsed) in kinds[kind]


def test_clients_agree_with_their_default_phone_number_and_residence(small: Connection) -> None:
    agreeing = small.execute(
        'select count(*) from client join phone_number on phone_number.client_id = client.client_id and "default" and number = phone'
        " join address on address.client_id = client.client_id and address.type = 'residential'"
        " and address.city = client.city and address.country_id = client.country_id"
    ).fetchone()

    assert agreeing == (1000,)


def test_clients_are_of_all_kinds(small: Connection) -> None:
    def share(column: str) -> dict[Any, int]:
        return dict(small.execute(sql.SQL("select {0}, count(*) from client group by 1").format(sql.Identifier(column))).fetchall())

    assert share("status") == {"active": 863, "inactive": 85, "banned": 31, "deleted": 21}
    assert share("verification_level_id") == {1: 268, 2: 282, 3: 450}
    assert share("client_type_id") == {1: 964, 2: 36}
    assert share("risk_level") == {"low": 827, "middle": 128, "high": 45}
    assert share("internal_type") == {"default": 885, "demo": 49, "b2b": 36, "exchange": 30}
    assert len(share("country_id")) == 20
    assert share("manager_id").keys() == {None, 1, 2, 3, 4, 5}


def test_clients_of_the_import_have_moved(small: Connection) -> None:
    moved = small.execute(
        "select client_id, client.update_time, address.city = client.city from client join address using (client_id)"
        " where import_run_id is not null and address.type = 'residential' order by 1"
    ).fetchall()

    assert len(moved) == 35
    assert {client_id for client_id, *_ in moved} < set(range(201, 241))
    assert {(moment.astimezone(UTC), same) for _, moment, same in moved} == {(datetime(2026, 9, 30, 23, 0, 1, tzinfo=UTC), True)}


def test_companies_have_names_and_people_birthdays(small: Connection) -> None:
    rows = small.execute("select client_type_id, company_full_name, birthday, first_name, name from client").fetchall()

    for client_type, company, birthday, first_name, full_name in rows:
        assert (company is not None) == (client_type == 2) == (birthday is None)
        assert full_name
        assert first_name or full_name == company
        assert birthday is None or date(1940, 1, 1) < birthday < date(2005, 10, 1)


def test_sign_up_parameters_are_properties_with_values(small: Connection) -> None:
    (analytics,) = small.execute("select analytics from client where analytics <> '[]' order by client_id limit 1").fetchone() or ([],)

    assert [parameter.keys() for parameter in analytics] == [{"property", "value"}] * 3
    assert [parameter["property"] for parameter in analytics] == ["utm_source", "utm_medium", "utm_campaign"]


def test_no_time_is_out_of_order_or_after_the_demo_s_last_day(small: Connection) -> None:
    for query in (
        "select count(*) from client where update_time < create_time or logged_at < create_time",
        "select count(*) from client where greatest(update_time, logged_at) > '2026-10-01Z' or create_time < '2023-10-01Z'",
        "select count(*) from account join client using (client_id) where account.create_time < client.create_time",
        "select count(*) from account where archive_time < create_time or greatest(statement_update_time, archive_time) > '2026-10-01Z'",
        "select count(*) from (select create_time < lag(create_time) over (order by client_id) as late from client) as one where late",
        "select count(*) from transaction where update_time < create_time or processed_time < create_time or update_time > '2026-10-01Z'",
        "select count(*) from transaction join account on account_id in (credit_account_id, debit_account_id)"
        " where transaction.create_time < account.create_time or transaction.create_time > archive_time",
        "select count(*) from (select create_time < lag(create_time) over (order by transaction_id) as late from transaction) as one"
        " where late",
        "select count(*) from ib_partner join client using (client_id) where ib_partner.create_time <= client.create_time",
        "select count(*) from ib_referral join ib_partner using (ib_partner_id) where ib_referral.create_time <= ib_partner.create_time",
    ):
        assert small.execute(query).fetchone() == (0,), query


def test_statements_add_up(small: Connection) -> None:
    for wrong in (
        "equity <> current_balance + credit + pnl",
        "free_margin <> equity - margin",
        "margin_level <> case when margin > 0 then round(equity * 100 / margin, 2) else 0 end",
        "available_balance <> greatest(0, least(current_balance, free_margin - credit) - hold)",
        "least(current_balance, credit, hold, margin, equity) < 0",
        "type = 'personal' and (margin <> 0 or pnl <> 0 or credit <> 0)",
        "archive_time is not null and current_balance <> 0",
        "current_balance <> round(current_balance, case currency_code when 'BTC' then 8 else 2 end)",
    ):
        assert small.execute(sql.SQL("select account_id from account where {}").format(sql.SQL(wrong))).fetchall() == [], wrong
    varied = small.execute(
        "select count(*) filter (where pnl < 0) > 300, count(*) filter (where margin > 0) > 500, count(*) filter (where hold > 0) > 20,"
        " count(*) filter (where credit > 0) > 30, count(*) filter (where archive_time is not null) > 50,"
        " count(distinct current_balance) > 1500 from account"
    ).fetchone()
    assert varied == (True,) * 6


def test_accounts_are_of_the_catalog(small: Connection) -> None:
    strange = small.execute(
        "select account_id from account join product using (product_id)"
        " left join product_currency using (product_id, currency_code)"
        " where product_currency_id is null or account.type <> product.type"
        " or account.permissions <> product.default_account_permissions"
    ).fetchall()

    assert strange == []
    assert dict(small.execute("select product_id, count(*) from account group by 1").fetchall()) == {1: 1100, 2: 900, 3: 200, 4: 800}


def test_transactions_move_money_between_the_right_accounts(small: Connection) -> None:
    query = """
        select transaction_id from (
            select transaction.*, credit.client_id as credit_client, debit.client_id as debit_client,
                'demo' in (credit.type, debit.type) as play,
                credit.currency_code <> credit_currency_code or debit.currency_code <> debit_currency_code as of_other_currency
            from transaction left join account as credit on credit.account_id = credit_account_id
            left join account as debit on debit.account_id = debit_account_id
        ) as one where {}"""
    for wrong in (
        "of_other_currency or play",
        "client_id <> coalesce(debit_client, credit_client)",
        "(type = 'external') <> coalesce(credit_client <> debit_client, false)",
        "type in ('deposit', 'partner') and (credit_account_id is null or debit_account_id is not null)",
        "type = 'withdrawal' and (debit_account_id is null or credit_amount is not null)",
        "type in ('transfer', 'exchange', 'external') and (credit_account_id is null or debit_account_id is null)",
        "type in ('transfer', 'exchange') and (type = 'exchange') <> (credit_currency_code <> debit_currency_code)",
        "(foreign_exchange_rate is not null) <> coalesce(credit_currency_code <> debit_currency_code, false)",
        "abs(credit_amount - debit_amount * coalesce(foreign_exchange_rate, 1)) > 0.005",
        "least(credit_amount, debit_amount) <= 0 or credit_commission <> 0 or debit_commission > debit_amount / 50",
        "(processed_time is null) <> (status in ('new', 'pending', 'inProgress', 'hold', 'partial', 'trade'))",
        "(method_id is not null) <> (type in ('deposit', 'withdrawal'))",
    ):
        assert small.execute(sql.SQL(query).format(sql.SQL(wrong))).fetchall() == [], wrong


def test_only_deposits_and_withdrawals_have_details_each_its_own(small: Connection) -> None:
    found = small.execute(
        "select distinct type, meta_create_time is not null, meta_verification_status is not null, meta_compliance_status is not null,"
        " meta_dealing_status is not null from transaction order by 1"
    ).fetchall()

    assert found == [
        ("deposit", True, True, False, False),
        ("exchange", False, False, False, False),
        ("external", False, False, False, False),
        ("partner", False, False, False, False),
        ("transfer", False, False, False, False),
        ("withdrawal", True, False, True, True),
    ]


def test_transactions_are_of_all_kinds(small: Connection) -> None:
    statuses = dict(small.execute("select status, count(*) from transaction group by 1").fetchall())
    each = small.execute("select min(number), max(number) from (select count(*) as number from transaction group by client_id) as one")

    assert len(statuses) == 13
    assert statuses["done"] > 2500
    assert 0 < statuses["new"] < 50
    assert each.fetchone() == (1, 9)
    assert small.execute("select count(distinct client_id), count(*) filter (where is_fake) from transaction").fetchone() == (1000, 50)


def test_a_hundred_thousand_clients_have_a_million_transactions() -> None:
    world = World(100_000)

    assert sum(several(world, client_id) for client_id in range(1, 100_001)) == 1_000_000


def test_partners_form_a_tree_of_three_levels_without_cycles(small: Connection) -> None:
    parents = dict(
        small.execute(
            "select ib_partner.ib_partner_id, ib_referral.ib_partner_id from ib_partner left join ib_referral using (client_id)"
        ).fetchall()
    )

    def level(partner: int) -> int:
        depth = 1
        while (partner := parents[partner]) is not None:
            depth += 1
            assert depth <= 3, "deeper than three levels, or a cycle"
        return depth

    assert Counter(map(level, parents)) == {1: 10, 2: 20, 3: 30}
    assert {partner for partner, parent in parents.items() if parent is None} == set(range(1, 61, 6))


def test_most_clients_were_attracted_and_every_partner_attracted_somebody(small: Connection) -> None:
    attracted = Counter(partner for (partner,) in small.execute("select ib_partner_id from ib_referral").fetchall())

    assert len(attracted) == 60
    assert attracted.total() == 851
    assert attracted.most_common(1) == [(1, 148)]


def test_partners_join_before_they_attract_even_among_a_hundred_thousand() -> None:
    world = World(100_000)

    for client_id in range(1, 1_001):
        person = add_person(world, client_id)
        add_partner(world, person)
        add_client_of_a_partner(world, person)

    joined = {row[0]: str(row[5]) for row in world.rows["ib_partner"]}
    assert len(joined) == 100
    assert len(world.rows["ib_referral"]) > 700
    assert all(joined[partner] < str(moment) for _, partner, _, moment in world.rows["ib_referral"])


def test_new_rows_get_numbers_past_the_demo_s(small: Connection) -> None:
    for table in COLUMNS.keys() - {"client_tag"}:
        query = sql.SQL("select max({key}) + 1 - nextval(pg_get_serial_sequence({name}, {key_name})) from {table}").format(
            key=sql.Identifier(f"{table}_id"),
            key_name=sql.Literal(f"{table}_id"),
            name=sql.Literal(table),
            table=sql.Identifier(table),
        )
        assert small.execute(query).fetchone() == (0,), table


def test_one_import_succeeded_but_for_three_records(small: Connection) -> None:
    runs = small.execute(
        "select action, title, user_id, status, read, added, updated, skipped, errored, attempt"
        " from import_run join import_job using (import_job_id)"
    ).fetchall()
    errors = small.execute('select record, line, "column", code, message from import_row_error order by 1').fetchall()

    assert runs == [("import-users", "Clients who moved in September", 1, "successWithErrors", 39, 0, 35, 1, 3, 1)]
    assert [error[:4] for error in errors] == [
        (7, 8, "Email", "INVALID_EMAIL"),
        (19, 20, "Country", "UNKNOWN_COUNTRY"),
        (30, 31, "Date of birth", "INVALID_DATE"),
    ]
    assert ["no address given" in errors[0][4], "Ruritania" in errors[1][4], "1985-02-30" in errors[2][4]] == [True] * 3


def test_a_second_load_changes_nothing(database_url: str) -> None:
    assert load(database_url)
    before = digest(database_url)

    assert not load(database_url)

    assert digest(database_url) == before


def test_processes_that_start_at_once_load_once(database_url: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(load, [database_url] * 2))

    assert sorted(answers) == [False, True]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select (select count(*) from client), (select count(*) from import_job)").fetchone() == (1000, 1)


def test_the_import_is_made_up_for_after_an_interruption(database_url: str) -> None:
    add_clients(database_url, "small", lambda done, total: None)

    assert load(database_url)

    with psycopg.connect(database_url) as connection:
        assert connection.execute("select status from import_run").fetchall() == [("successWithErrors",)]


def test_progress_is_told_up_to_the_end(database_url: str) -> None:
    told: list[tuple[int, int]] = []

    load(database_url, progress=lambda done, total: told.append((done, total)))

    assert told == [(250, 1000), (500, 1000), (750, 1000), (1000, 1000)]


def test_an_interrupted_load_leaves_nothing_and_can_be_repeated(database_url: str) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(database_url, progress=interrupt)

    with psycopg.connect(database_url) as connection:
        assert counts(connection) == dict.fromkeys(COLUMNS, 0)
        assert loaded_size(connection) is None
    assert load(database_url)


def test_other_clients_are_not_mixed_with_the_demo(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into client (email) values ('ann@example.com')")

    with pytest.raises(Conflict, match="The database has 1 client already, and the small demo goes only into one without"):
        load(database_url)

    with psycopg.connect(database_url) as connection:
        assert connection.execute("select email from client").fetchall() == [("ann@example.com",)]


def test_one_demo_is_not_added_to_another(small_url: str) -> None:
    with pytest.raises(Conflict, match="The database holds the small demo, so the large one cannot be added"):
        load(small_url, "large")


def test_an_unknown_size_is_refused(database_url: str) -> None:
    with pytest.raises(Invalid, match="There is no demo called 'medium'; choose one of: small, large"):
        load(database_url, "medium")


@pytest.mark.parametrize(
    ("text", "written", "roman"),
    [
        ("Łukasz", "Łukasz", "lukasz"),
        ("佐藤=Sato", "佐藤", "sato"),
        ("O'Brien", "O'Brien", "obrien"),
        ("Weiß", "Weiß", "weiss"),
        ("De Luca", "De Luca", "deluca"),
    ],
)
def test_names_are_written_in_addresses_as_people_do(text: str, written: str, roman: str) -> None:
    assert (name(text).written, name(text).roman) == (written, roman)


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(0, 2, "0.00"), (-105, 2, "-1.05"), (-5, 2, "-0.05"), (123456789, 8, "1.23456789"), (7, 8, "0.00000007")],
)
def test_money_is_exact(units: int, decimals: int, text: str) -> None:
    assert money(units, decimals) == text
