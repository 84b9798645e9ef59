"""One measurement: wrk against a server that runs, and the processor time that it and PostgreSQL took meanwhile."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench.peers.servers import Running

CONNECTIONS = 16
WARMING = 2.0  # seconds
# Mean sizes are compared once the bodies had their turn.
ENOUGH = 400
SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Measure:
    """Requests per second; times and processor times in milliseconds; how many processors were busy with what is not measured."""

    rate: float
    p50: float
    p99: float
    server: float
    postgres: float
    elsewhere: float


@dataclass(frozen=True)
class Sent:
    """What wrk says of a run."""

    requests: int
    microseconds: int
    bytes: int
    p50: float
    p99: float
    faulty: int

    @property
    def size(self) -> float:
        return self.bytes / self.requests


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, and everything is measured with it: apt install wrk (brew install wrk).")


def postgres_of(url: str) -> psutil.Process:
    """The first process of the PostgreSQL that answers there; all others are its children."""
    with psycopg.connect(url) as connection:
        parent = psutil.Process(connection.info.backend_pid).parent()
    assert parent is not None
    return parent


def measured(server: Running, bodies: Path, seconds: float, postgres: psutil.Process) -> Measure:
    """Warms a query and times it; any answer that is not as it should be ends everything."""
    warm = wrk(server, bodies, WARMING, check=True)
    before = times(server, postgres)
    sent = wrk(server, bodies, seconds, check=False)
    served, stored, own, everything = (then - now for now, then in zip(before, times(server, postgres), strict=True))
    told = f"{server.kind.title}, {bodies.stem}:"
    if min(warm.requests, sent.requests) == 0 or warm.faulty or sent.faulty:
        raise SystemExit(f"{told} {warm.faulty + sent.faulty} of {warm.requests + sent.requests} requests got errors or no answer.")
    if min(warm.requests, sent.requests) > ENOUGH and not 0.9 < sent.size / warm.size < 1.1:
        raise SystemExit(f"{told} answers of {sent.size:,.0f} bytes, and {warm.size:,.0f} when they were looked at.")
    elsewhere = max(0.0, everything - served - stored - own) / seconds
    per_request = served * 1000 / sent.requests, stored * 1000 / sent.requests
    return Measure(sent.requests / sent.microseconds * 1e6, sent.p50 / 1000, sent.p99 / 1000, *per_request, elsewhere)


def wrk(server: Running, bodies: Path, seconds: float, *, check: bool) -> Sent:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", "-s", str(SCRIPT), server.url]
    environment = (
        os.environ | {"BODIES": str(bodies)} | ({"TOKEN": server.token} if server.token else {}) | ({"CHECK": "1"} if check else {})
    )
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    return Sent(**json.loads(output.rpartition("RESULT ")[2]))


def times(server: Running, postgres: psutil.Process) -> tuple[float, float, float, float]:
    """Processor seconds so far: of the server, of PostgreSQL, of wrk with this process, of the whole machine."""
    machine = psutil.cpu_times()
    everything = machine.user + machine.nice + machine.system + getattr(machine, "irq", 0) + getattr(machine, "softirq", 0)
    own = os.times()
    return processor_time(server.process), processor_time(postgres), sum(own[:4]), everything


def processor_time(process: psutil.Process) -> float:
    """Seconds of a process, of its children that live, and of those that have ended."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if each == process:
            total += times.children_user + times.children_system
    return total
