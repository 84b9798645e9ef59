"""This checkout beside another one, of the commit before: Q1 to Q5 of both in turn, on the same rows, as ratios.

`python -m bench.before CHECKOUT --data FOLDER` keeps the databases in the folder for the next time, one for each of the two.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil

from bench.peers.answers import asking, walked
from bench.peers.data import Data
from bench.peers.measure import Measure, measured, postgres_of, require_wrk
from bench.peers.queries import CLIENTS, OURS, PAGES
from bench.peers.report import typical
from bench.peers.servers import KINDS, ROOT, Setting, started
from database.embedded import EmbeddedServer, start

TEXTS = {**OURS.texts, "Q4": "{ __typename }"}
PREPARE = "import sys; from bench.peers.data import own_rows; print(own_rows(sys.argv[1], 'large'))"


def main() -> None:
    asked = options()
    require_wrk()
    with ExitStack() as stack:
        folder = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        server = start(folder)
        stack.callback(server.close)
        settings = [prepared(server, name, root, work) for name, root in (("before", asked.checkout.resolve()), ("now", ROOT))]
        results: defaultdict[tuple[str, Path], list[Measure]] = defaultdict(list)
        for number in range(asked.rounds):
            # Each is first in half of the rounds.
            for setting in settings if number % 2 == 0 else reversed(settings):
                for query, each in measures(setting, asked, postgres_of(server.url)):
                    results[query, setting.root].append(each)
                    print(f"round {number + 1}, {setting.root.name}, {query}: {each.rate:,.0f} req/s", file=sys.stderr, flush=True)
    print(*table(results, *(setting.root for setting in settings)), sep="\n")


def prepared(server: EmbeddedServer, name: str, root: Path, folder: Path) -> Setting:
    """A database with the demo as a checkout makes it, and what its server is started with."""
    url = server.database(name)
    made = subprocess.run([sys.executable, "-c", PREPARE, url], cwd=root, check=True, capture_output=True, text=True)
    (folder / name).mkdir()
    return Setting(Data(url, "", made.stdout.strip()), folder / name, root=root)


def measures(setting: Setting, asked: argparse.Namespace, postgres: psutil.Process) -> Iterator[tuple[str, Measure]]:
    with started(KINDS["ours"], setting) as running:
        for query in asked.queries:
            bodies = setting.folder / f"{query}.jsonl"
            if not bodies.exists():
                with asking(running) as client:
                    bodies.write_text("".join(f"{json.dumps(body)}\n" for body in sent(query, client)))
            yield query, measured(running, bodies, asked.seconds, postgres)


def table(results: Mapping[tuple[str, Path], list[Measure]], before: Path, now: Path) -> Iterator[str]:
    yield "| | before, req/s | now, req/s | ratio | before, CPU ms | now, CPU ms | ratio |"
    yield "|---|---|---|---|---|---|---|"
    for query in sorted({query for query, _ in results}):
        old, new = typical(results[query, before]), typical(results[query, now])
        rates = f"{old.rate:,.0f} | {new.rate:,.0f} | {new.rate / old.rate:.3f}"
        yield f"| {query} | {rates} | {old.server:.3f} | {new.server:.3f} | {old.server / new.server:.3f} |"


def sent(query: str, client: httpx.Client) -> Iterator[dict[str, Any]]:
    match query:
        case "Q1":
            assert OURS.walk is not None
            yield from ({"query": TEXTS[query], "variables": {"after": cursor}} for cursor in walked(OURS.walk, PAGES, client))
        case "Q2" | "Q5":
            numbers = Random(0).choices(range(1, 100_001), k=CLIENTS)
            yield from ({"query": TEXTS[query], "variables": {"id": number}} for number in numbers)
        case _:
            yield {"query": TEXTS[query]}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.before", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkout", type=Path, help="a checkout of the other commit")
    parser.add_argument("--data", type=Path, help="a folder that keeps the databases; a temporary one otherwise")
    parser.add_argument("--queries", nargs="+", choices=sorted(TEXTS), default=sorted(TEXTS))
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
