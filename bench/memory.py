"""How much memory one of our processes takes after many different documents, and what tuning its garbage collector is worth.

`python -m bench.memory` asks 100,000 documents, each with a text of its own: other fields, aliases, arguments and literals.
"""

import argparse
import asyncio
import json
import tempfile
import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random

import httpx
import psutil

from bench.peers.alone import medians, table
from bench.peers.data import Data, own_rows
from bench.peers.measure import postgres_of, require_wrk
from bench.peers.servers import Running, Setting, our_own, started
from database.embedded import start

MARKS = [0, 1_000, 10_000, 50_000, 100_000]
CALLERS = 8
PAGES = 20
MEGABYTE = 1024**2

PERSON = [
    "clientId",
    "email",
    "firstName",
    "lastName",
    "middleName",
    "name",
    "nickname",
    "birthday",
    "city",
    "locale",
    "phone",
    "riskLevel",
    "status",
    "createTime",
    "tags",
]
HELD = ["accountId", "accountNumber", "caption", "name", "type", "permissions", "archiveTime", "createTime"]
MOVED = ["transactionId", "status", "type", "isFake", "createTime", "updateTime", "processedTime", "foreignExchangeRate"]
RELATED = [
    "country { alpha2Code countryName }",
    "manager { name email }",
    "type { name }",
    "verificationLevel { name }",
    "addresses { city postcode }",
    "phoneNumbers { number }",
]
FILTERS = [
    "clientId: {{gt: {number}}}",
    'countryCode: {{in: ["DE", "FR"]}}, clientId: {{ne: {number}}}',
    'name: {{startsWith: "A"}}, clientId: {{lt: {number}}}',
    "status: {{eq: ACTIVE}}, clientId: {{notIn: [{number}, 1]}}",
]
ORDERS = ["CLIENT_ID", "EMAIL", "NAME", "CREATE_TIME"]


class Documents:
    """Valid documents by chance, no two of them alike."""

    def __init__(self) -> None:
        self.random = Random(0)
        self.numbers = count(1)

    def another(self) -> str:
        number = next(self.numbers)
        kind = self.random.choice([self.one, self.page, self.accounts, self.transactions])
        return f"query Q{number} {{ {kind(number)} }}"

    def one(self, number: int) -> str:
        related = " ".join(self.some(RELATED))
        return f"client(clientId: {number % 1000 + 1}) {{ {self.fields(PERSON, number)} {related} {self.nested(number)} }}"

    def page(self, number: int) -> str:
        condition = self.random.choice(FILTERS).format(number=number)
        order = f"orderBy: {{field: {self.random.choice(ORDERS)}, direction: {self.random.choice(['ASC', 'DESC'])}}}"
        arguments = f"first: {self.random.randint(1, 5)}, filter: {{{condition}}}, {order}"
        return f"clients({arguments}) {{ nodes {{ {self.fields(PERSON, number)} {' '.join(self.some(RELATED))} }} }}"

    def accounts(self, number: int) -> str:
        inner = f"{self.fields(HELD, number)} statement {{ equity margin }} client {{ {self.fields(PERSON, number)} }}"
        return f"accounts(first: 3, filter: {{accountId: {{gt: {number}}}}}) {{ nodes {{ {inner} }} }}"

    def transactions(self, number: int) -> str:
        inner = f"{self.fields(MOVED, number)} creditDetails {{ amount account {{ accountNumber }} }} client {{ email }}"
        return f"transactions(first: 3, filter: {{transactionId: {{gt: {number}}}}}) {{ nodes {{ {inner} }} }}"

    def nested(self, number: int) -> str:
        return f"accounts(first: {self.random.randint(1, 5)}) {{ nodes {{ {self.fields(HELD, number)} currency {{ alphabeticCode }} }} }}"

    def fields(self, names: list[str], number: int) -> str:
        """Some of the fields, one of them under a name that no other document has."""
        first, *others = self.some(names)
        return " ".join([f"a{number}: {first}", *others])

    def some(self, names: list[str]) -> list[str]:
        return self.random.sample(names, self.random.randint(1, len(names)))


async def ask(server: Running, documents: Documents, number: int) -> None:
    """Asks so many documents; an answer with errors ends everything."""
    remaining = iter(range(number))

    async def call(client: httpx.AsyncClient) -> None:
        for _ in remaining:
            body = json.dumps({"query": documents.another()})
            response = await client.post("/graphql", content=body)
            if response.status_code != 200 or b'"errors":' in response.content:
                raise SystemExit(f"{response.status_code} {response.text[:500]}\nto {body}")

    headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {server.token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60, trust_env=False) as client, asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(call(client))


def memory(setting: Setting, postgres: psutil.Process, most: int) -> None:
    print("| documents | server, MB | PostgreSQL, MB | documents/s |\n|---|---|---|---|", flush=True)
    with started(our_own("this server"), setting) as server:
        documents, asked = Documents(), 0
        for mark in (mark for mark in MARKS if mark <= most):
            begun = time.monotonic()
            asyncio.run(ask(server, documents, mark - asked))
            rate = f"{(mark - asked) / (time.monotonic() - begun):,.0f}" if mark else ""
            asked = mark
            sizes = server.process.memory_info().rss / MEGABYTE, own_memory(postgres) / MEGABYTE
            print(f"| {mark:,} | {sizes[0]:,.0f} | {sizes[1]:,.0f} | {rate} |", flush=True)


def own_memory(process: psutil.Process) -> int:
    """What the children of a process have for themselves alone: shared buffers, which have a fixed size, are left out."""
    return sum(child.memory_full_info().uss for child in process.children())


def collected(setting: Setting, postgres: psutil.Process, rounds: int, seconds: int) -> None:
    """Q1 with the garbage collector as the program tunes it, and with that left out, in turns."""
    titles = {"create": "as it is", "unfrozen": "without gc.freeze()", "untuned": "without gc.freeze() and gc.set_threshold()"}
    kinds = [(our_own(title, factory=factory), setting) for factory, title in titles.items()]
    found = medians(kinds, postgres, rounds=rounds, seconds=seconds, pages=PAGES)
    print("", *table(kinds, found), sep="\n")


def main() -> None:
    asked = options()
    require_wrk()
    with ExitStack() as stack:
        folder = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        server = start(folder)
        stack.callback(server.close)
        url = server.database("ours_small")
        setting = Setting(Data(url, "", own_rows(url, "small")), work)
        postgres = postgres_of(url)
        if asked.documents:
            memory(setting, postgres, asked.documents)
        if asked.rounds:
            collected(setting, postgres, asked.rounds, asked.seconds)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="a folder that keeps the database; a temporary one otherwise")
    parser.add_argument("--documents", type=int, default=MARKS[-1], help="how many are asked; none with 0")
    parser.add_argument("--rounds", type=int, default=3, help="of Q1 with and without the collector tuned; none with 0")
    parser.add_argument("--seconds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
