"""This server beside others: starts each in turn on the same rows, compares their answers, measures them, and prints a table.

`python -m bench.peers --data FOLDER` keeps the data set (two minutes to make) and Node in the folder for the next time.
"""

import argparse
import shlex
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.peers import answers, report
from bench.peers.data import prepared
from bench.peers.measure import measured, postgres_of, require_wrk
from bench.peers.node import Node, installed
from bench.peers.queries import TITLES
from bench.peers.servers import HERE, KINDS, Setting, started
from database.embedded import start


def main() -> None:
    asked = options()
    require_wrk()
    with ExitStack() as stack:
        folder = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        node = Node(folder / "node")
        if any(KINDS[name].node for name in asked.only):
            node = installed(folder / "node")
        for name in asked.only:
            if KINDS[name].node:
                node.install(HERE / name)
        postgres = start(folder)
        stack.callback(postgres.close)
        tell(f"making the {asked.clients} data set ready")
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bo-bench-")))
        setting = Setting(prepared(postgres, asked.clients), work, node)
        compare(setting, asked.only, asked.queries)
        results = rounds(setting, asked)
        print(*report.circumstances(setting.data.ours, asked.only, node, command()), sep="\n")
        print(*report.report(results, asked.only, asked.queries), sep="\n")


def compare(setting: Setting, names: list[str], queries: list[str]) -> None:
    """Writes the bodies for each server, and ends everything if one of them answers otherwise than the first."""
    bodies = answers.Bodies(setting.data)
    first: dict[str, list[Any]] = {}
    for name in names:
        tell(f"comparing answers of {name}")
        with started(KINDS[name], setting) as server, answers.asking(server) as asking:
            for query in queries:
                sent = bodies.of(query, server, asking)
                (setting.folder / f"{name}-{query}.jsonl").write_bytes(b"\n".join(sent) + b"\n")
                found = answers.samples(query, sent, asking)
                expected = first.setdefault(query, found)
                if differs := answers.difference(expected, found):
                    raise SystemExit(f"{query}: {names[0]} and {name} answer differently at {differs}")


def rounds(setting: Setting, asked: argparse.Namespace) -> report.Results:
    results: report.Results = {(query, name): [] for query in asked.queries for name in asked.only}
    postgres = postgres_of(setting.data.ours)
    for number in range(1, asked.rounds + 1):
        for name in asked.only:
            with started(KINDS[name], setting) as server:
                for query in asked.queries:
                    each = measured(server, setting.folder / f"{name}-{query}.jsonl", asked.seconds, postgres)
                    results[query, name].append(each)
                    cost = f"CPU {each.server:.2f} and {each.postgres:.2f} ms; {each.elsewhere:.2f} processors were busy elsewhere"
                    tell(f"round {number}, {name}, {query}: {each.rate:,.1f} req/s, {cost}")
    return results


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="a folder that keeps the data set and Node; a temporary one otherwise")
    parser.add_argument("--clients", choices=["small", "large"], default="large", help="1,000 or 100,000 clients")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", type=names_of(list(KINDS)), default=list(KINDS), help=f"some of {','.join(KINDS)}")
    parser.add_argument("--queries", type=names_of(list(TITLES)), default=list(TITLES), help=f"some of {','.join(TITLES)}")
    return parser.parse_args()


def names_of(known: list[str]) -> Any:
    """Reads `one,other`."""

    def names(text: str) -> list[str]:
        given = text.split(",")
        if unknown := [name for name in given if name not in known]:
            raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; choose of {', '.join(known)}")
        return given

    return names


def command() -> str:
    return shlex.join(["python", "-m", "bench.peers", *sys.argv[1:]])


def tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
