"""Looks whether everything that the program needs is there, and says what to do about what is not."""

import asyncio
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.listening import listen
from commands.running import Running, served, servers
from commands.storage import Place, opened, ready, server_version, where
from commands.workers import living_workers
from database.embedded import EmbeddedError
from models.access import SYSTEM, visible
from models.errors import Refused
from models.staff import User
from web.assets import build

LOCK = Path(__file__).parent.parent / "requirements.lock"
PINNED = re.compile(r"^([\w.-]+)==(\S+)( ;)?", re.ASCII | re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, and what was found; the remedy too where it is not."""

    subject: str
    well: bool
    found: str


def findings(place: Place, host: str, port: int | None) -> Iterator[Finding]:
    """Every finding, as they are made."""
    yield python()
    yield packages(LOCK)
    yield explorer()
    yield from postgresql(place)
    yield from listening(place, host, port)


def python() -> Finding:
    return Finding("Python", True, f"{platform.python_version()} at {sys.executable}")


def packages(lock: Path) -> Finding:
    """Whether what is installed is what the lock file names."""
    if not lock.exists():
        return Finding("packages", True, "there is no lock file beside the program to compare with")
    pinned: dict[str, set[str | None]] = {}
    for name, pin, condition in PINNED.findall(lock.read_text()):
        # What another platform or Python needs may be missing here.
        pinned.setdefault(name, set()).update({pin, None} if condition else {pin})
    wrong = sorted(name for name, pins in pinned.items() if installed(name) not in pins)
    if wrong:
        return Finding("packages", False, f"{', '.join(wrong)}: missing, or not of the version in {lock.name}; run `make setup`.")
    return Finding("packages", True, f"{len(pinned)}, of the versions in {lock.name}")


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def explorer() -> Finding:
    if folder := build():
        return Finding("explorer", True, f"GraphiQL, bundle {folder.name}")
    lacking = "GraphiQL is not installed, and a plain page takes its place; run `make setup` with npm's registry in reach."
    return Finding("explorer", False, lacking)


def postgresql(place: Place) -> Iterator[Finding]:
    """Whether the database answers; then what is in it."""
    if not place.exists:
        yield Finding("PostgreSQL", False, f"there is no database in {place.data} yet; `backoffice serve --data {place.data}` makes one.")
        return
    try:
        with opened(place) as url:
            yield Finding("PostgreSQL", True, f"version {server_version(url) // 10_000} at {where(url)}")
            yield from asyncio.run(contents(url))
    except (Refused, EmbeddedError) as problem:
        yield Finding("PostgreSQL", False, str(problem))


async def contents(url: str) -> list[Finding]:
    try:
        async with ready(url) as engine, engine.connect() as connection:
            return [Finding("migrations", True, "all applied"), await users(connection), await workers(connection)]
    except Refused as problem:
        return [Finding("migrations", False, problem.message)]


async def users(connection: AsyncConnection) -> Finding:
    active = (await connection.execute(visible(User, SYSTEM, func.count()).where(User.active))).scalar_one()
    if not active:
        return Finding("users", False, "nobody can sign in; add somebody with `backoffice user create`.")
    return Finding("users", True, f"{active} active")


async def workers(connection: AsyncConnection) -> Finding:
    living = await living_workers(connection)
    if not living:
        return Finding("workers", False, "none lives; imports wait until `backoffice serve` or `backoffice worker` runs.")
    return Finding("workers", True, f"{living} alive")


def listening(place: Place, host: str, port: int | None) -> Iterator[Finding]:
    """The servers of the place; without one, whether the port that it would take can be had."""
    own = [server for server in servers() if server.serves == served(place) and port in {None, server.port}]
    yield from map(answering, own)
    if not own:
        yield free(host, port)


def answering(server: Running) -> Finding:
    if healthy(server):
        return Finding("server", True, f"process {server.pid} answers at {server.url}")
    lacking = f"process {server.pid} should answer at {server.url}, and does not: stop it with `kill {server.pid}` and start it again."
    return Finding("server", False, lacking)


def free(host: str, port: int | None) -> Finding:
    try:
        with listen(host, port) as listener:
            return Finding("port", True, f"no server runs; {listener.getsockname()[1]} of {host} is free for one")
    except Refused as problem:
        return Finding("port", False, problem.message)


def healthy(server: Running) -> bool:
    parts = urlsplit(server.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
