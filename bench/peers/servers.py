"""The servers: what each is started with, and its life from the first answer to its end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.peers.data import Data
from bench.peers.node import Node
from bench.peers.queries import LIMIT, OURS, PLAIN, POSTGRAPHILE, Dialect

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE = 60.0  # seconds
UVICORN = ("-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")


@dataclass(frozen=True)
class Kind:
    """A server that can be measured: with `node` set its folder of that name is run by Node, else its arguments by Python."""

    title: str
    dialect: Dialect
    arguments: tuple[str, ...] = ()
    node: str | None = None
    staff: bool = False


def our_own(title: str, *, factory: str = "create", processes: int = 1) -> Kind:
    """This server without the command line around it, as those run it who have a supervisor of their own."""
    return Kind(title, OURS, (*UVICORN, "--workers", str(processes), "--factory", f"bench.peers.factory:{factory}"), staff=True)


KINDS = {
    "ours": Kind("this server", OURS, ("-m", "cli", "serve", "--workers", "0"), staff=True),
    "postgraphile": Kind("PostGraphile", POSTGRAPHILE, node="postgraphile"),
    "mercurius": Kind("Mercurius, jit", PLAIN, node="mercurius"),
    "yoga": Kind("Yoga, jit", PLAIN, node="yoga"),
    "stock": Kind("Strawberry, as documented", PLAIN, (*UVICORN, "bench.peers.stock:app")),
    "limit": Kind("hand-written SQL, bytes passed through", LIMIT, (*UVICORN, "bench.peers.limit:app")),
}


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    kind: Kind
    url: str
    token: str | None
    process: psutil.Process


@dataclass(frozen=True)
class Setting:
    """What servers are started with; the folder keeps their logs, `root` is the checkout that ours are started from."""

    data: Data
    folder: Path
    node: Node | None = None
    root: Path = ROOT

    def command(self, kind: Kind, port: int) -> list[str]:
        if kind.node and self.node:
            return [str(self.node.program), "server.mjs"]
        return [sys.executable, *kind.arguments, "--port", str(port)]

    def environment(self, kind: Kind, port: int) -> dict[str, str]:
        own = {"DATABASE_URL": self.data.ours, "PEERS_DATABASE_URL": self.data.peers, "PORT": str(port)}
        return os.environ | own | {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}


@contextmanager
def started(kind: Kind, setting: Setting) -> Iterator[Running]:
    """A server for as long as its context is open, and nothing of it afterwards."""
    port = free_port()
    log = setting.folder / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            setting.command(kind, port),
            env=setting.environment(kind, port),
            cwd=HERE / kind.node if kind.node else setting.root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_listening(process, port)
        yield Running(kind, f"http://127.0.0.1:{port}", setting.data.token if kind.staff else None, psutil.Process(process.pid))
    except SystemExit as problem:
        raise SystemExit(f"{problem}\nThe log of {kind.title} ends:\n{log.read_text(errors='replace')[-2000:]}") from None
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"Nothing listens on port {port}.")
