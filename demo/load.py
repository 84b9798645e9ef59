"""Fills a database without clients with the demo: `load_demo(url, "small")` for 1,000 clients, `"large"` for 100,000."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from database.engine import plain_url
from demo.holdings import add_accounts
from demo.moves import add_moves
from demo.network import add_client_of_a_partner, add_partner
from demo.payments import Payments
from demo.people import add_person
from demo.reference import advance
from demo.world import COLUMNS, World
from models.errors import Conflict, Invalid

SIZES = {"small": 1_000, "large": 100_000}
BATCH = 250
DEMO_LOCK = 7_302_028

# In a schema of its own: it says something about the database, and is no part of what the program works with.
MARKER = """
    create schema if not exists demo;
    create table if not exists demo.load (size text not null, load_time timestamptz not null default now())"""

# Transactions are made up client by client, and numbered in order of time: until all are there, a table of the same name stands in.
STAND_IN = "create temporary table transaction (like public.transaction) on commit drop"


def load_demo(url: str, size: str, *, owner_id: int, progress: Callable[[int, int], None] | None = None) -> bool:
    """Adds what the database lacks of the demo, whose import is the owner's; answers whether it lacked anything.

    The clients come all at once or not at all; `progress` gets how many are written, and how many there will be.
    Runs an event loop of its own, so it is called from a thread that has none.
    """
    if size not in SIZES:
        raise Invalid(f"There is no demo called {size!r}; choose one of: {', '.join(SIZES)}.")
    with psycopg.connect(plain_url(url), autocommit=True) as turn:
        # Of two processes that start at once, one waits here and then finds the work done.
        turn.execute("select pg_advisory_lock(%s)", [DEMO_LOCK])
        added = add_clients(url, size, progress or (lambda done, total: None))
        return add_moves(url, owner_id) or added


def add_clients(url: str, size: str, progress: Callable[[int, int], None]) -> bool:
    with psycopg.connect(plain_url(url)) as connection:
        loaded = loaded_size(connection)
        if loaded == size:
            return False
        # The demo brings its own numbers, so nobody else may add a client before it is committed.
        connection.execute("lock table client in share row exclusive mode")
        refuse_other_clients(connection, size, loaded)
        fill(connection, SIZES[size], progress)
        connection.execute(MARKER)
        connection.execute("insert into demo.load (size) values (%s)", [size])
        connection.commit()
        connection.autocommit = True
        for table in COLUMNS:
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(table)))
    return True


def loaded_size(connection: psycopg.Connection[Any]) -> str | None:
    """The size of the demo that the database has, if any."""
    if connection.execute("select to_regclass('demo.load') is null").fetchone() == (True,):
        return None
    found = connection.execute("select size from demo.load").fetchone()
    return found[0] if found else None


def refuse_other_clients(connection: psycopg.Connection[Any], size: str, loaded: str | None) -> None:
    ways_out = "name an empty database with --data or DATABASE_URL, or start without a demo"
    if loaded:
        raise Conflict(f"The database holds the {loaded} demo, so the {size} one cannot be added: {ways_out}.")
    (clients,) = connection.execute("select count(*) from (select from client limit 1001) as first").fetchone() or (0,)
    if clients:
        many = "more than 1,000 clients" if clients > 1000 else "1 client" if clients == 1 else f"{clients} clients"
        raise Conflict(f"The database has {many} already, and the {size} demo goes only into one without: {ways_out}.")


def fill(connection: psycopg.Connection[Any], clients: int, progress: Callable[[int, int], None]) -> None:
    """Makes up one batch of clients after the other, so that memory does not grow with the demo."""
    world = World(clients)
    payments = Payments(world)
    connection.execute(STAND_IN)
    for client_id in range(1, clients + 1):
        person = add_person(world, client_id)
        payments.add(person, add_accounts(world, person))
        add_partner(world, person)
        add_client_of_a_partner(world, person)
        if client_id % BATCH == 0 or client_id == clients:
            write(connection, world)
            progress(client_id, clients)
    number_transactions(connection)
    for table in world.numbers.keys() | {"client", "ib_partner"}:
        advance(connection, table, f"{table}_id")


def number_transactions(connection: psycopg.Connection[Any]) -> None:
    """Moves the transactions from their stand-in to where they belong."""
    key, *others = COLUMNS["transaction"]
    move = """
        insert into public.transaction ({key}, {others})
        select row_number() over (order by create_time, {key}), {others} from pg_temp.transaction order by create_time, {key}"""
    columns = sql.SQL(", ").join(map(sql.Identifier, others))
    connection.execute(sql.SQL(move).format(key=sql.Identifier(key), others=columns))
    connection.execute("drop table pg_temp.transaction")


def write(connection: psycopg.Connection[Any], world: World) -> None:
    for table, columns in COLUMNS.items():
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)) as copy:
            for row in world.rows.pop(table, []):
                copy.write_row(row)
