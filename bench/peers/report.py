"""The result as Markdown, ready for docs/performance.md."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median

import psycopg

from bench.peers.measure import CONNECTIONS, Measure
from bench.peers.node import Node
from bench.peers.queries import TITLES
from bench.peers.servers import HERE, KINDS

PACKAGES = ("strawberry-graphql", "graphql-core", "sqlalchemy", "asyncpg", "starlette", "uvicorn", "uvloop", "orjson")
PEERS = {
    "postgraphile": ("postgraphile", "graphql", "pg"),
    "mercurius": ("mercurius", "fastify", "graphql-jit", "pg"),
    "yoga": ("graphql-yoga", "@envelop/graphql-jit", "graphql-jit", "dataloader", "pg"),
}
Results = dict[tuple[str, str], list[Measure]]


@dataclass(frozen=True)
class Goal:
    """So many times as fast as one of the servers: the best of those that were measured."""

    query: str
    servers: tuple[str, ...]
    least: float | None
    words: str

    def line(self, rates: dict[tuple[str, str], float]) -> str | None:
        ours = rates.get((self.query, "ours"))
        others = [rates[self.query, name] for name in self.servers if (self.query, name) in rates]
        if ours is None or len(others) < len(self.servers):
            return None
        ratio = ours / max(others)
        if self.least is None:
            return f"| {self.query} | {self.words} | - | {ratio:.2f} | |"
        return f"| {self.query} | {self.words} | {self.least} | {ratio:.2f} | {'reached' if ratio >= self.least else 'missed'} |"


BEST = ("postgraphile", "mercurius", "yoga")
GOALS = [
    Goal("Q1", BEST, 2.2, "to the best peer"),
    Goal("Q1", ("stock",), 80, "to Strawberry as documented"),
    Goal("Q2", BEST, 2.2, "to the best peer"),
    Goal("Q3", BEST, 1.3, "to the best peer"),
    Goal("Q5", ("postgraphile",), 1, "to PostGraphile"),
    Goal("Q5", ("mercurius",), None, "to Mercurius"),
    Goal("Q1", ("limit",), 0.85, "to the limit"),
    Goal("Q2", ("limit",), 0.65, "to the limit"),
    Goal("Q3", ("limit",), 0.65, "to the limit"),
    Goal("Q5", ("limit",), None, "to the limit"),
]


def typical(measures: list[Measure]) -> Measure:
    """The median of each figure."""
    return Measure(*(median(getattr(each, name) for each in measures) for name in Measure.__dataclass_fields__))


def typical_elsewhere(results: Results) -> float:
    return median(each.elsewhere for measures in results.values() for each in measures)


def report(results: Results, names: list[str], queries: list[str]) -> Iterable[str]:
    medians = {key: typical(measures) for key, measures in results.items()}
    for query in queries:
        yield f"\n| {TITLES[query]} | req/s | p50, ms | p99, ms | server, CPU ms | PostgreSQL, CPU ms | ours is |"
        yield "|---|---|---|---|---|---|---|"
        ours = medians.get((query, "ours"))
        for name in names:
            each = medians[query, name]
            ratio = f"{ours.rate / each.rate:.2f} times" if ours and name != "ours" else ""
            times = f"{each.p50:.1f} | {each.p99:.1f} | {each.server:.2f} | {each.postgres:.2f}"
            yield f"| {KINDS[name].title} | {each.rate:,.{1 if each.rate < 100 else 0}f} | {times} | {ratio} |"
    busiest = max(each.elsewhere for measures in results.values() for each in measures)
    yield f"\nWhat is not measured here kept {busiest:.2f} processors busy at most, and {typical_elsewhere(results):.2f} in the median."
    lines = [line for goal in GOALS if (line := goal.line({key: each.rate for key, each in medians.items()}))]
    if lines:
        yield "\n| query | ratio of requests/s | goal | measured | |\n|---|---|---|---|---|"
        yield from lines


def circumstances(url: str, names: list[str], node: Node, command: str) -> Iterable[str]:
    """Date, command and versions."""
    with psycopg.connect(url) as connection:
        postgres = connection.info.parameter_status("server_version") or ""
        rows = [connection.execute(f'select count(*) from "{table}"').fetchone() for table in ("client", "account", "transaction")]  # noqa: S608
    clients, accounts, transactions = (row[0] for row in rows if row)
    yield f"{datetime.now(UTC):%Y-%m-%d}, `{command}`; {os.cpu_count()} processors, one process of each server, {CONNECTIONS} connections;"
    yield f"{clients:,} clients, {accounts:,} accounts, {transactions:,} transactions."
    own = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"PostgreSQL {postgres.split()[0]}, Python {platform.python_version()}, {own}."
    for name in names:
        if name in PEERS:
            lock = json.loads((HERE / name / "package-lock.json").read_text())["packages"]
            versions = {each: lock[f"node_modules/{each}"]["version"] for each in PEERS[name]}
            yield f"{KINDS[name].title}: {', '.join(f'{each} {versions[each]}' for each in PEERS[name])}."
    if any(KINDS[name].node for name in names):
        yield f"Node {subprocess.run([node.program, '--version'], check=True, capture_output=True, text=True, timeout=10).stdout.strip()}."
