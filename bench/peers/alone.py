"""This server without others: Q1 of several of its kinds in rounds, for what else there is to find out than who is faster."""

import json
import sys
from collections.abc import Iterable, Sequence

import psutil

from bench.peers.answers import asking, walked
from bench.peers.measure import Measure, measured
from bench.peers.queries import OURS
from bench.peers.report import typical
from bench.peers.servers import Kind, Setting, started

Started = Sequence[tuple[Kind, Setting]]


def medians(kinds: Started, postgres: psutil.Process, *, rounds: int, seconds: float, pages: int) -> list[Measure]:
    """The medians over the rounds, in each of which all have their turn."""
    found: list[list[Measure]] = [[] for _ in kinds]
    for number in range(1, rounds + 1):
        for measures, (kind, setting) in zip(found, kinds, strict=True):
            each = once(kind, setting, postgres, seconds=seconds, pages=pages)
            measures.append(each)
            told = f"round {number}, {kind.title}: {each.rate:,.0f} req/s, p50 {each.p50:.1f} ms"
            print(f"{told}; {each.elsewhere:.2f} processors were busy elsewhere", file=sys.stderr, flush=True)
    return [typical(measures) for measures in found]


def once(kind: Kind, setting: Setting, postgres: psutil.Process, *, seconds: float, pages: int) -> Measure:
    assert OURS.walk is not None
    bodies = setting.folder / "Q1.jsonl"
    with started(kind, setting) as server:
        with asking(server) as client:
            sent = [json.dumps({"query": OURS.texts["Q1"], "variables": {"after": each}}) for each in walked(OURS.walk, pages, client)]
        bodies.write_text("\n".join(sent) + "\n")
        return measured(server, bodies, seconds, postgres)


def table(kinds: Started, found: list[Measure]) -> Iterable[str]:
    yield "| Q1 | req/s | p50, ms | p99, ms | server, CPU ms | PostgreSQL, CPU ms |"
    yield "|---|---|---|---|---|---|"
    for (kind, _), each in zip(kinds, found, strict=True):
        yield f"| {kind.title} | {each.rate:,.0f} | {each.p50:.1f} | {each.p99:.1f} | {each.server:.2f} | {each.postgres:.2f} |"
