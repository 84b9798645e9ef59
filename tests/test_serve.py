"""The server as a whole, in processes of its own: first and second start, an orderly end, and ends that are not."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_socket
from websockets.typing import Subprotocol

from commands.running import servers
from commands.storage import Place, opened
from tests.served import Desk, serving

CLI = Path(__file__).parent.parent / "cli.py"
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { token userErrors { code } } }"


@dataclass(frozen=True)
class Served:
    """A server that runs, and the file with what it printed."""

    process: subprocess.Popen[bytes]
    port: int
    console: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        return self.console.read_text()

    @property
    def workers(self) -> list[psutil.Process]:
        found = []
        for child in psutil.Process(self.process.pid).children():
            # One that has just died has no command line any more.
            with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
                found += [child] * ("worker" in child.cmdline())
        return found


@contextmanager
def embedded(data: Path, *options: str) -> Iterator[Served]:
    """A server on the embedded PostgreSQL of a folder; whatever it started is gone afterwards."""
    port = free_port()
    command = [sys.executable, str(CLI), "serve", "--data", str(data), "--port", str(port), *options]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    console = data.with_suffix(".console")
    with console.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=data.parent, env=environment)
    served = Served(process, port, console)
    try:
        wait_for(lambda: process.poll() is not None or is_ready(served.url), seconds=60)
        assert process.poll() is None, served.printed
        yield served
    finally:
        process.kill()
        process.wait()
        wait_for(lambda: not processes_of(data), seconds=30)


def test_the_first_start_says_how_to_sign_in_and_the_second_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"

    with embedded(data, "--demo", "small") as served:
        password = (data / "admin-password").read_text().strip()
        assert f"{served.url}/graphql" in served.printed
        assert re.search(rf"Password +{password}\b", served.printed)
        assert sign_in(served.url, "admin@example.com", password)
        assert "Error" not in served.printed
        before = contents(data)
        assert stop(served) == 0

    begin = time.monotonic()
    with embedded(data, "--demo", "small") as served:
        # Three seconds are the aim on a machine that does nothing else; in the midst of other tests it may be slower.
        assert time.monotonic() - begin < 10
        assert password not in served.printed
        assert "admin-password" in served.printed
        assert contents(data) == before
        assert sign_in(served.url, "admin@example.com", password)

    assert before["client"][0] == 1000
    assert before["user"][0] == 1


def test_a_signal_lets_requests_finish_and_tells_sockets_why(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded(data) as served:
        (worker,) = served.workers
        assert [server.serves for server in servers() if server.port == served.port] == [str(data)]
        token = sign_in(served.url, "admin@example.com", (data / "admin-password").read_text().strip())
        with open_socket(f"ws://127.0.0.1:{served.port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as waiting:
            waiting.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
            waiting.recv()
            under_way = half_a_request(served.port)

            served.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as closed:
                waiting.recv(timeout=10)
            answer = rest_of_request(under_way)

        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "server is restarting")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"__typename":"Query"' in answer
        assert served.process.wait(20) == 0
        assert "Stopping: " in served.printed
        assert f"Stopped. The data stays in {data}, " in served.printed
        assert not worker.is_running()
        wait_for(lambda: not processes_of(data), seconds=15)


def test_a_dead_worker_gets_a_successor(tmp_path: Path) -> None:
    with embedded(tmp_path / "data", "--workers", "2") as served:
        wait_for(lambda: len(served.workers) == 2, seconds=10)
        first, second = served.workers

        first.kill()

        wait_for(lambda: len(served.workers) == 2 and first not in served.workers, seconds=20)
        assert second in served.workers
        assert "An import worker ended with status -9; another starts in 2 seconds." in served.printed


def test_workers_and_database_end_with_a_server_that_was_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded(data) as served:
        wait_for(lambda: len(served.workers) == 1, seconds=10)
        # Under way and not just begun, so that it has something to end.
        wait_for(lambda: living_workers(data) == 1, seconds=20)
        served.process.kill()

        wait_for(lambda: not processes_of(data), seconds=20)


def test_a_port_that_is_taken_ends_the_start_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, str(CLI), "serve", "--data", str(tmp_path / "data"), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 1
    assert done.stderr == (
        f"backoffice: The port {port} of 127.0.0.1 is taken by another program: "
        f"stop it, or name another port with --port (make run PORT={port + 1}).\n"
    )
    assert not (tmp_path / "data").exists()


async def test_a_run_is_handed_back_at_the_end_and_taken_up_at_the_next_start(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("email,city\n" + "".join(f"user{number}@example.com,Berlin\n" for number in range(150_000)))
    with serving(database_url, tmp_path) as desk:
        run_id = await desk.start("IMPORT_USERS", file)
        await under_way(desk, run_id)

    ((status, read),) = query(database_url, "select status, read from import_run")
    jobs = query(database_url, "select status::text, attempts from procrastinate.procrastinate_jobs")
    assert status == "inProgress"
    assert 0 < read < 150_000
    assert [status for status, _ in jobs] == ["todo"]

    with serving(database_url, tmp_path) as desk:
        run = await desk.ended(run_id)

    assert (run["status"], run["totals"]["added"], run["totals"]["read"]) == ("SUCCESS", 150_000, 150_000)
    assert query(database_url, "select count(*) from client") == [(150_000,)]


async def under_way(desk: Desk, run_id: int) -> None:
    async for state in desk.follow(run_id):
        if state["totals"]["read"]:
            return


def sign_in(url: str, email: str, password: str) -> str:
    variables = {"input": {"email": email, "password": password}}
    answer = httpx.post(f"{url}/graphql", json={"query": LOGIN, "variables": variables}, timeout=20).json()
    payload: dict[str, Any] = answer["data"]["login"]
    assert payload["userErrors"] == []
    return str(payload["token"])


def half_a_request(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 25\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + b'{"query": "{__')
    time.sleep(0.5)
    return connection


def rest_of_request(connection: socket.socket) -> bytes:
    connection.sendall(b'typename}"}')
    answer = b""
    while part := connection.recv(65536):
        answer += part
    connection.close()
    return answer


def stop(served: Served) -> int:
    served.process.send_signal(signal.SIGTERM)
    return served.process.wait(30)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def processes_of(data: Path) -> list[psutil.Process]:
    """Server, workers, guardian and PostgreSQL of a folder: each has it in its command line, or works in it."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(data) in part for part in [process.cwd(), *process.cmdline()]):
                found.append(process)
        except psutil.Error:
            continue
    return found


def contents(data: Path) -> dict[str, Any]:
    """How many rows each table has, and a digest of them; the sign-ins of this test apart."""
    with opened(Place(data, None)) as url:
        tables = [
            name
            for (name,) in query(
                url, "select tablename from pg_tables where schemaname = 'public' and tablename not in ('user_session', 'sign_in_attempts')"
            )
        ]
        digest = "select count(*), md5(string_agg(t::text, '' order by t::text)) from public.\"{}\" as t"
        return {table: query(url, digest.format(table))[0] for table in tables}


def living_workers(data: Path) -> int:
    with opened(Place(data, None)) as url:
        ((count,),) = query(url, "select count(*) from procrastinate.procrastinate_workers")
    return int(count)


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def wait_for(condition: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come true in time."
        time.sleep(0.05)
