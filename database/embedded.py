"""The embedded PostgreSQL: `start(data)` starts the server of a data folder, or joins the one that runs there."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from database import guardian
from database.guardian import Plan, try_lock
from database.places import MAJOR, EmbeddedError, choose_run_folder, own_folder, programs_for, server_owner

__all__ = ["EmbeddedError", "EmbeddedServer", "start"]

# For imports of millions of rows: few forced checkpoints, and half the WAL for the full pages that follow each.
SETTINGS = {"max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB", "wal_compression": "on"}
PATIENCE = 120.0  # seconds: the recovery after a power failure reads up to max_wal_size
LARGEST_LOG = 10_000_000


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server and this process's hold on it: it runs until the last holder is gone, whatever way it went."""

    data: Path
    socket_dir: Path
    log: Path
    _hold: list[int] = field(repr=False, compare=False)

    @property
    def url(self) -> str:
        """The URL of the database `backoffice`; libpq, psycopg, asyncpg and SQLAlchemy read it alike."""
        return self._url("backoffice")

    def database(self, name: str) -> str:
        """The URL of a database, which is created if there is none of that name."""
        with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):  # another process was faster
                    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self._url(name)

    def close(self) -> None:
        """Releases this process's hold; the last one waits for the server's clean end, since a container ends with its first process."""
        if not self._hold:
            return
        os.close(self._hold.pop())
        folder = self.log.parent
        deadline = time.monotonic() + 10
        with contextlib.suppress(FileNotFoundError):  # a folder that was taken away leaves nothing to wait at
            while is_locked(folder / "guardian.lock") and not in_use(folder) and time.monotonic() < deadline:
                time.sleep(0.01)

    def _url(self, database: str) -> str:
        # The port is said because the drivers would take another one from PGPORT.
        return f"postgresql:///{quote(database, safe='')}?host={self.socket_dir}&port=5432&user=backoffice"


def start(data: Path, *, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Answers when the server of that folder accepts connections; `settings` count only if it was not running yet."""
    if sys.platform == "win32":
        raise EmbeddedError("The embedded PostgreSQL runs on Linux and macOS: use WSL, or name a server in DATABASE_URL.")
    folder = own_folder(data.resolve())
    check_version(folder / "cluster")
    hold = wait_for_lock(folder / "users.lock", shared=True)  # had only after a guardian that stops its server is done
    try:
        starting = wait_for_lock(folder / "start.lock")
        try:
            return join(folder, SETTINGS | dict(settings or {}), hold)
        finally:
            os.close(starting)
    except BaseException:
        os.close(hold)
        raise


def join(folder: Path, settings: dict[str, str], hold: int) -> EmbeddedServer:
    """Waits until the server answers, after launching one if no guardian lives."""
    deadline = time.monotonic() + PATIENCE
    log_start: int | None = None
    while True:
        unguarded = try_lock(folder / "guardian.lock")
        if unguarded is not None:
            if log_start is not None:
                os.close(unguarded)
                raise not_started(folder, log_start, "it has ended")
            log_start = launch(folder, settings, unguarded)
        run = folder / "run"
        server = EmbeddedServer(folder.parent, (run.readlink() if run.is_symlink() else run) / "socket", folder / "server.log", [hold])
        try:
            server.database("backoffice")
        except psycopg.OperationalError as problem:
            if time.monotonic() > deadline:
                raise not_started(folder, log_start or 0, f"no answer in {PATIENCE:.0f} seconds, {problem}") from problem
            time.sleep(0.02)
        else:
            return server


def launch(folder: Path, settings: dict[str, str], guardian_lock: int) -> int:
    """Starts a guardian, which takes over the lock; gives the size that the log had before."""
    log = folder / "server.log"
    try:
        owner = server_owner(folder / "cluster")
        run = choose_run_folder(folder, owner)
        plan = Plan(str(folder), str(run), str(programs_for(owner, run)), settings, owner)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(folder / "server.log.1")
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
            log_start = log.stat().st_size
            subprocess.run(  # noqa: S603 - a script of our own
                [sys.executable, "-I", "-S", guardian.__file__, json.dumps(asdict(plan))],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[guardian_lock],
                start_new_session=True,  # the terminal's Ctrl-C is not for it
                cwd="/",
                check=False,  # a guardian that fails says why in the log and leaves its lock
            )
    finally:
        os.close(guardian_lock)
    return log_start


def not_started(folder: Path, log_start: int, reason: str) -> EmbeddedError:
    said = (folder / "server.log").read_bytes()[log_start:].decode(errors="replace")
    return EmbeddedError(
        f"The embedded PostgreSQL in {folder} does not run ({reason}). Mend what its log says below, "
        f"or choose another folder with --data, or name a server in DATABASE_URL.\n{said[-2000:]}"
    )


def check_version(cluster: Path) -> None:
    if not cluster.exists():
        return
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except OSError as problem:
        raise EmbeddedError(
            f"{cluster} is no PostgreSQL folder that can be read ({problem.strerror}: PG_VERSION): "
            "move it away to start with an empty one, or choose another folder with --data."
        ) from problem
    if version != MAJOR:
        raise EmbeddedError(
            f"{cluster} was written by PostgreSQL {version}, and this program brings PostgreSQL {MAJOR}. Ways out: "
            f"serve it with a PostgreSQL {version} of your own, named in DATABASE_URL; "
            f"or dump it there with pg_dump, move the folder away, start again and restore; "
            f"or convert it with pg_upgrade; or start empty with another --data."
        )


def wait_for_lock(path: Path, *, shared: bool = False) -> int:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            descriptor = try_lock(path, shared=shared)
        except OSError as problem:
            raise EmbeddedError(f"{path} cannot be locked ({problem.strerror}): choose a folder on a local disk with --data.") from problem
        if descriptor is not None:
            return descriptor
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"Another process has held {path} for {PATIENCE:.0f} seconds: see {path.with_name('server.log')}, "
                "end that process, or choose another folder with --data."
            )
        time.sleep(0.01)


def is_locked(path: Path, *, shared: bool = True) -> bool:
    """Whether somebody's lock is in the way of a shared one, or of an exclusive one."""
    descriptor = try_lock(path, shared=shared)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def in_use(folder: Path) -> bool:
    """Whether users hold the server: their shared locks leave room for another, that of a stopping guardian does not."""
    users = folder / "users.lock"
    return is_locked(users, shared=False) and not is_locked(users)
