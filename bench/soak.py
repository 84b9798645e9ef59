"""Whether the server grows without end: 200 subscribers, 30 dashboards and an import that runs over and over, for ten minutes.

`python -m bench.soak` prints the server's resident size every ten seconds, and at last by how much it grew in the second half;
the goal is less than 5 MB in the last five minutes. Half of the subscribers are sockets, which follow the run of the moment; half are
event streams, which follow all runs. Each dashboard asks one of some typical queries every second. The file has 200,000 users, and each
run updates them, or, with `--dry-run`, only validates them. `--minutes`, `--subscribers`, `--dashboards` and `--rows` ask for less.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets

from bench.imports import write_users
from bench.peers.data import Data, own_rows
from bench.peers.queries import OURS
from bench.peers.servers import Kind, Running, Setting, started
from database.embedded import start

SERVE = Kind("this server with a worker", OURS, ("-m", "cli", "serve", "--demo", "none"), staff=True)
EVERY = 10.0  # seconds between two samples
GOAL = 5.0  # megabytes
MEGABYTE = 1024**2

STATE = "importRunId status totals { read added updated skipped errored } progress { fraction rowsPerSecond } job { title user { email } }"
FOLLOW = f"subscription ($id: Int!) {{ importRun(importRunId: $id) {{ {STATE} }} }}"
FOLLOW_ALL = f"subscription {{ importRuns {{ {STATE} }} }}"
UPLOAD = "mutation ($file: Upload!) { importFileUpload(input: {file: $file}) { file { id } userErrors { message } } }"
CREATE = """mutation ($file: ID!) { importJobCreate(input: {title: "Soak", action: IMPORT_USERS, fileId: $file, start: false}) {
    job { importJobId } userErrors { message } } }"""
RUN = """mutation ($job: Int!, $dry: Boolean!) { importJobRun(input: {importJobId: $job, dryRun: $dry}) {
    run { importRunId } userErrors { message } } }"""
ASKED = [
    "{ clients(first: 50) { totalCount nodes { email name country { countryName } accounts(first: 5) { nodes { accountNumber } } } } }",
    "{ accounts(first: 50) { nodes { accountNumber product { name } statement { equity margin } client { email } } } }",
    "{ transactions(first: 20) { nodes { transactionId status type createTime client { email } } } }",
    "{ importJobs(first: 20) { nodes { title status lastRun { importRunId status totals { read } } } } }",
    "query ($id: Int!) { client(clientId: $id) { email name addresses { city } phoneNumbers { number } } }",
]


@dataclass
class Soak:
    """What goes on: the run of the moment, and how much was asked and told."""

    server: Running
    run_id: int = 0
    started_run: asyncio.Condition = field(default_factory=asyncio.Condition)
    runs: int = 0
    answers: int = 0
    events: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.server.token}", "accept": "application/json"}

    async def ask(self, client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        content = response.json()
        if "errors" in content:
            raise SystemExit(f"{content['errors']}\nto {query}")
        self.answers += 1
        return content["data"]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.server.url, headers=self.headers, timeout=120, trust_env=False)

    async def import_again_and_again(self, content: bytes, dry: bool) -> None:
        async with self.client() as client:
            form = {"operations": json.dumps({"query": UPLOAD, "variables": {"file": None}}), "map": '{"0": ["variables.file"]}'}
            response = await client.post("/graphql", data=form, files={"0": ("users.csv", content, "text/csv")})
            file_id = response.json()["data"]["importFileUpload"]["file"]["id"]
            job_id = (await self.ask(client, CREATE, file=file_id))["importJobCreate"]["job"]["importJobId"]
            while True:
                run = (await self.ask(client, RUN, job=job_id, dry=dry))["importJobRun"]["run"]
                async with self.started_run:
                    self.run_id = run["importRunId"]
                    self.started_run.notify_all()
                async for _ in self.followed(self.run_id):
                    pass
                self.runs += 1

    async def followed(self, run_id: int) -> AsyncIterator[bytes]:
        """The events of a run over a socket, until it has ended."""
        address = self.server.url.replace("http", "ws") + "/graphql"
        async with websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {self.server.token}"}}))
            await socket.recv()
            payload = {"query": FOLLOW, "variables": {"id": run_id}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            async for message in socket:
                told = message if isinstance(message, bytes) else message.encode()
                if b'"type":"next"' not in told:
                    return
                self.events += 1
                yield told

    async def follow_each_run(self) -> None:
        seen = 0
        while True:
            async with self.started_run:
                while self.run_id == seen:
                    await self.started_run.wait()
                seen = self.run_id
            async for _ in self.followed(seen):
                pass

    async def follow_all_runs(self) -> None:
        headers = {**self.headers, "accept": "text/event-stream"}
        async with (
            self.client() as client,
            client.stream("POST", "/graphql", json={"query": FOLLOW_ALL}, headers=headers, timeout=None) as response,
        ):
            async for line in response.aiter_lines():
                self.events += line.startswith("data: {")

    async def look_at_a_dashboard(self, number: int) -> None:
        chance = random.Random(number)
        async with self.client() as client:
            while True:
                await self.ask(client, chance.choice(ASKED), id=chance.randint(1, 1000))
                await asyncio.sleep(chance.uniform(0.5, 1.5))


async def soaked(soak: Soak, asked: argparse.Namespace, content: bytes) -> None:
    work = [soak.import_again_and_again(content, asked.dry_run)]
    work += [soak.follow_each_run() if number % 2 else soak.follow_all_runs() for number in range(asked.subscribers)]
    work += [soak.look_at_a_dashboard(number) for number in range(asked.dashboards)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        await sample(soak, asked.minutes * 60)
        for task in tasks:
            task.cancel()


async def sample(soak: Soak, seconds: float) -> None:
    """Prints the size of the server until the time is up, and then what came of it."""
    begun = time.monotonic()
    sizes: list[tuple[float, float]] = []
    print("| seconds | resident, MB | events | answers | runs |\n|---|---|---|---|---|", flush=True)
    while not sizes or sizes[-1][0] < seconds:
        await asyncio.sleep(EVERY)
        sizes.append((time.monotonic() - begun, soak.server.process.memory_info().rss / MEGABYTE))
        print(f"| {sizes[-1][0]:.0f} | {sizes[-1][1]:.1f} | {soak.events:,} | {soak.answers:,} | {soak.runs} |", flush=True)
    half = next(size for moment, size in sizes if moment >= sizes[-1][0] / 2)
    grown = sizes[-1][1] - half
    print(f"\nIn the second half, {sizes[-1][0] / 120:.1f} minutes, it grew by {grown:.1f} MB; the goal is less than {GOAL:.0f}.")


def main() -> None:
    asked = options()
    # All come from here, and are more than one address may have.
    os.environ["BACKOFFICE_CONNECTIONS_PER_ADDRESS"] = "0"
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-soak-")))
        database = start(work / "data")
        stack.callback(database.close)
        url = database.database("soak")
        setting = Setting(Data(url, "", own_rows(url, "small")), work)
        file = work / "users.csv"
        write_users(file, asked.rows)
        with started(SERVE, setting) as server, suppress(KeyboardInterrupt):
            asyncio.run(soaked(Soak(server), asked, file.read_bytes()))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--dashboards", type=int, default=30)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dry-run", action="store_true", help="the import only validates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
