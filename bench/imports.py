"""How fast users are imported, beside `\\copy` of the same rows into the same tables, and how much memory the worker takes.

`python -m bench.imports` measures 10,000, 100,000 and 1,000,000 rows; `--rows` and `--rounds` ask for something else.
"""

import argparse
import asyncio
import csv
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from database.embedded import EmbeddedServer, start
from database.engine import connect
from database.upgrade import upgrade
from demo.reference import load_reference
from importers.jobs import NewJob, create_job
from importers.uploads import Expected, receive
from models.imports import ImportAction
from models.sessions import acting_as

ROWS = [10_000, 100_000, 1_000_000]
HEADER = [
    "Email",
    "Last name",
    "Middle name",
    "First name",
    "Date of birth",
    "Country",
    "Phone number",
    "Address",
    "City",
    "Postal code",
    "Verification level",
]
PLACES = [
    ("Berlin", "Germany", "+49 30 9018 "),
    ("Paris", "FR", "+33 1 42 68 "),
    ("Tokyo", "JPN", "+81 3 3211 "),
    ("London", "826", "+44 20 7946 "),
]
WORKER = "import sys; from importers.worker import work; work(sys.argv[1])"
TABLES = ("client", "address", "phone_number")


@dataclass(frozen=True)
class Measure:
    """Seconds for the import and for the copy, and the worker's highest memory in MB."""

    rows: int
    imported: float
    copied: float
    memory: float

    def line(self) -> str:
        speeds = f"{self.rows:>11,} {self.rows / self.imported:>13,.0f} {self.rows / self.copied:>12,.0f}"
        return f"{speeds} {self.copied / self.imported:>7.0%} {self.memory:>9.0f} MB"


def write_users(path: Path, count: int) -> None:
    """A file of users, two in a hundred of them faulty."""
    rng = random.Random(count)
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(HEADER)
        for number in range(count):
            city, country, phone = rng.choice(PLACES)
            email = f"client{number}.{rng.randrange(10**6)}@example.{rng.choice(['com', 'org', 'net'])}"
            born = f"{rng.randrange(1950, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
            level = rng.choice(["", "1", "Level 1"])
            street = f"{rng.randrange(1, 200)} Main St, Apt {rng.randrange(1, 90)}"
            row = [
                email,
                f"Müller {number % 997}",
                "",
                f"Zoë {number % 499}",
                born,
                country,
                f"{phone}{rng.randrange(1000, 10000)}",
                street,
                city,
            ]
            fault = rng.random()
            if fault < 0.01:
                row[0] = "not-an-email"
            elif fault < 0.02:
                row[4] = "31/31/1999"
            write([*row, f"{rng.randrange(10000, 99999)}", level])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bo-bench-"))
    server = start(folder / "data")
    try:
        upgrade(server.database("template_bench"))
        load_reference(server.database("template_bench"))
        print(f"{'rows':>11} {'import rows/s':>13} {'copy rows/s':>12} {'ratio':>7} {'peak memory':>12}")
        for count in asked.rows:
            write_users(folder / "users.csv", count)
            for _ in range(asked.rounds):
                print(measured(server, folder / "users.csv", count).line(), flush=True)
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


def measured(server: EmbeddedServer, path: Path, count: int) -> Measure:
    imported, copied = fresh(server, "imported"), fresh(server, "copied")
    with psycopg.connect(imported) as connection:
        connection.execute("""insert into "user" (name, email, password_hash) values ('Bench', 'bench@example.com', '')""")
    worker = subprocess.Popen([sys.executable, "-c", WORKER, imported])
    try:
        run_id = asyncio.run(queued(imported, path, path.stat().st_size))
        seconds = ended(imported, run_id)
        memory = highest_memory(worker.pid)
    finally:
        worker.terminate()
        worker.wait()
    return Measure(count, seconds, copy(imported, copied, path.parent), memory)


def fresh(server: EmbeddedServer, name: str) -> str:
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("create database {} template template_bench").format(sql.Identifier(name)))
        admin.execute("checkpoint")
    return server.database(name)


async def queued(url: str, path: Path, size: int) -> int:
    """The number of a run that a worker will take."""
    engine = connect(url, size=1)
    viewer = acting_as(1)
    file_id = await receive(engine, viewer, path.name, parts(path), Expected(limit=size))
    _, run_id = await create_job(engine, viewer, NewJob(title="Bench", action=ImportAction.IMPORT_USERS, file_id=file_id))
    await engine.dispose()
    assert run_id is not None
    return run_id


async def parts(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(1024**2):
            yield part


def ended(url: str, run_id: int) -> float:
    """The seconds that a run took, once it has ended."""
    seconds = "select extract(epoch from end_time - start_time), status, failure from import_run where import_run_id = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            row = connection.execute(seconds, [run_id]).fetchone()
            if row is not None and row[0] is not None:
                assert row[1] == "successWithErrors", row
                return float(row[0])
            time.sleep(0.2)


def highest_memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def copy(source: str, target: str, folder: Path) -> float:
    """The seconds for one table after another, each in a transaction of its own, as psql does it."""
    with psycopg.connect(source) as connection:
        for table in TABLES:
            with (
                (folder / table).open("wb") as file,
                connection.cursor().copy(statement("copy {} ({}) to stdout csv", connection, table)) as rows,
            ):
                for row in rows:
                    file.write(row)
        columns = {table: statement("copy {} ({}) from stdin csv", connection, table) for table in TABLES}
    begun = time.monotonic()
    with psycopg.connect(target, autocommit=True) as connection:
        for table in TABLES:
            with (folder / table).open("rb") as file, connection.cursor().copy(columns[table]) as rows:
                while part := file.read(65_536):
                    rows.write(part)
    return time.monotonic() - begun


def statement(template: str, connection: psycopg.Connection, table: str) -> sql.Composed:
    """A COPY of all columns but those that PostgreSQL makes itself."""
    own = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and attgenerated = '' and not attisdropped"
    names = [sql.Identifier(name) for (name,) in connection.execute(own, [table])]
    return sql.SQL(template).format(sql.Identifier(table), sql.SQL(", ").join(names))


if __name__ == "__main__":
    main()
