"""The bodies that are sent, and whether all servers answer them alike, value by value."""

import json
import random
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.peers.data import Data
from bench.peers.queries import CLIENTS, PAGES
from bench.peers.servers import Running

SAMPLES = {"Q1": 20, "Q2": 50, "Q3": 1, "Q5": 50}
# Where each page begins, after the first: the last row of the page before.
ENDS = """
    select create_time::text || '|' || id from (
        select create_time, id, row_number() over (order by create_time desc, id desc) as place from client
    ) as placed where place %% 50 = 0 order by place limit %s"""


# What the values of some keys stand for, however a server writes them.
READERS: dict[str, Callable[[Any], Any]] = (
    dict.fromkeys(("id", "officeId", "minorUnit"), int)
    | dict.fromkeys(("amount", "availableBalance", "currentBalance", "equity", "margin", "pnl"), Decimal)
    | {"createTime": datetime.fromisoformat}
)


class Bodies:
    """What is asked: the same pages and clients of every server, each with its own cursors."""

    def __init__(self, data: Data) -> None:
        with psycopg.connect(data.peers) as connection:
            connection.execute("set timezone to 'UTC'")
            count = connection.execute("select count(*) from client").fetchone()
            ids = [client_id for (client_id,) in connection.execute("select id from client order by id")]
            ends = [end for (end,) in connection.execute(ENDS, [PAGES - 1])]
        assert count is not None
        self.pages = min(PAGES, count[0] // 50)
        self.plain_cursors: list[str | None] = [None, *ends][: self.pages]
        self.clients = random.Random(len(ids)).choices(ids, k=CLIENTS)

    def of(self, query: str, server: Running, asked: httpx.Client) -> list[bytes]:
        text = server.kind.dialect.texts[query]
        return [json.dumps({"query": text, "variables": variables}).encode() for variables in self.variables(query, server, asked)]

    def variables(self, query: str, server: Running, asked: httpx.Client) -> Iterable[dict[str, Any]]:
        match query:
            case "Q1":
                walk = server.kind.dialect.walk
                cursors = self.plain_cursors if walk is None else walked(walk, self.pages, asked)
                return ({"after": cursor} for cursor in cursors)
            case "Q3":
                return [{}]
            case _:
                return ({"id": client_id} for client_id in self.clients)


def asking(server: Running) -> httpx.Client:
    headers = {"content-type": "application/json", "accept": "application/json"}
    if server.token:
        headers["authorization"] = f"Bearer {server.token}"
    return httpx.Client(base_url=server.url, headers=headers, timeout=30, trust_env=False)


def answer(asked: httpx.Client, body: bytes) -> Any:
    response = asked.post("/graphql", content=body)
    if response.status_code != 200 or b'"errors":' in response.content:
        raise SystemExit(f"An answer with errors, status {response.status_code}: {response.text[:1000]}\nto {body.decode()[:1000]}")
    return json.loads(response.content, parse_float=Decimal)["data"]


def walked(text: str, pages: int, asked: httpx.Client) -> list[str | None]:
    """The cursors of a server's own, as a client gets them that turns the pages."""
    cursors: list[str | None] = [None]
    while len(cursors) < pages:
        body = json.dumps({"query": text, "variables": {"after": cursors[-1]}}).encode()
        cursors.append(answer(asked, body)["clients"]["pageInfo"]["endCursor"])
    return cursors


def written(bodies: list[bytes], path: Path) -> None:
    path.write_bytes(b"\n".join(bodies) + b"\n")


def samples(query: str, bodies: list[bytes], asked: httpx.Client) -> list[Any]:
    """What a server answers to some of the bodies, in a shape that all have in common."""
    step = max(1, len(bodies) // SAMPLES[query])
    return [plain(answer(asked, body)) for body in bodies[::step]]


def plain(value: Any, key: str = "") -> Any:
    """The same values in one shape: lists for connections, what belongs to a row in the row, numbers and times as such."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        flat = flattened(value)
        return plain(flat) if isinstance(flat, list) else {name: plain(each, name) for name, each in flat.items()}
    return value if value is None or key not in READERS else READERS[key](value)


def flattened(value: dict[str, Any]) -> Any:
    match value:
        case {"nodes": nodes} if len(value) == 1:
            return nodes
        case {"statement": dict(statement), **others}:
            return others | statement
        case {"creditDetails": details, **others}:
            side = details or {"amount": None, "account": None}
            return others | {"amount": side["amount"], "creditAccount": side["account"]}
        case _:
            return value


def difference(one: Any, other: Any, where: str = "data") -> str | None:
    """The first place where two answers differ, in words."""
    if type(one) is type(other) and isinstance(one, dict) and one.keys() == other.keys():
        return next((found for key in one if (found := difference(one[key], other[key], f"{where}.{key}"))), None)
    if type(one) is type(other) and isinstance(one, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for index, (a, b) in pairs if (found := difference(a, b, f"{where}[{index}]"))), None)
    return None if one == other else f"{where}: {one!r:.200} and {other!r:.200}"
