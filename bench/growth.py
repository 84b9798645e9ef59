"""How this server grows: Q1 with 10,000, 100,000 and 1,000,000 clients, and with 1, 2 and 4 processes.

`python -m bench.growth --data FOLDER` keeps the databases in the folder for the next time; the largest takes some minutes to make.
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psycopg
from psycopg import sql

from bench.peers.alone import medians, table
from bench.peers.data import Data, own_rows
from bench.peers.measure import postgres_of, require_wrk
from bench.peers.queries import PAGES
from bench.peers.servers import Setting, our_own
from database.embedded import EmbeddedServer, start
from demo.load import SIZES
from demo.world import COLUMNS

CLIENTS = [10_000, 100_000, 1_000_000]
PROCESSES = [1, 2, 4]
# Several processes are measured at this size.
MIDDLE = 100_000
# The most that p50 may grow from the smallest table to the largest.
GOAL = 1.5

# What a copy has of its own. The copies come at any time, so that the rows of a page stand anywhere in the table.
OWN = {
    "client": {
        "client_id": "client_id + copy * {step}",
        "email": "copy || '.' || email",
        "create_time": "timestamptz '2023-10-01' + random() * interval '3 years'",
    },
    "account": {
        "account_id": "account_id + copy * {accounts}",
        "account_number": "copy || '.' || account_number",
        "client_id": "client_id + copy * {step}",
    },
}


def main() -> None:
    asked = options()
    require_wrk()
    with ExitStack() as stack:
        folder = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        server = start(folder)
        stack.callback(server.close)
        settings = {clients: Setting(grown(server, clients), work) for clients in sorted({*asked.clients, MIDDLE})}
        kinds = [(our_own(f"{clients:,} clients, {3 * clients:,} accounts"), settings[clients]) for clients in asked.clients]
        kinds += [(our_own(f"{MIDDLE:,} clients, processes: {number}", processes=number), settings[MIDDLE]) for number in asked.processes]
        found = medians(kinds, postgres_of(server.url), rounds=asked.rounds, seconds=asked.seconds, pages=PAGES)
    print(*table(kinds, found), sep="\n")
    smallest, largest = found[0], found[len(asked.clients) - 1]
    words = f"From {asked.clients[0]:,} to {asked.clients[-1]:,} clients p50 becomes {largest.p50 / smallest.p50:.2f} times as long"
    print(f"\n{words}; the goal is at most {GOAL}.")


def grown(server: EmbeddedServer, clients: int) -> Data:
    """A database with so many clients, three accounts each: the small demo, and copies of it."""
    url = server.database(f"grown_{clients}")
    token = own_rows(url, "small")
    with psycopg.connect(url) as connection:
        there = connection.execute("select (select count(*) from client), (select max(account_id) from account)").fetchone() or (0, 0)
        if there[0] < clients:
            steps = {"step": SIZES["small"], "accounts": there[1]}
            # The rows refer to what the demo's rows refer to; a look at each reference would take longer than the rest.
            connection.execute("set session_replication_role = replica")
            connection.execute("select setseed(0.42)")
            for table, own in OWN.items():
                multiply(connection, table, {name: each.format(**steps) for name, each in own.items()}, clients)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")
    return Data(url, "", token)


def multiply(connection: psycopg.Connection, table: str, own: dict[str, str], clients: int) -> None:
    names = COLUMNS[table]
    statement = sql.SQL("insert into {table} ({names}) select {values} from generate_series(1, {copies}) copy cross join {table}").format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(sql.SQL(own[name]) if name in own else sql.Identifier(name) for name in names),
        copies=sql.Literal(clients // SIZES["small"] - 1),
    )
    connection.execute(statement)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="a folder that keeps the databases; a temporary one otherwise")
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS)
    parser.add_argument("--processes", type=int, nargs="+", default=PROCESSES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
