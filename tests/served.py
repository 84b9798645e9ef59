"""The whole program in processes of its own, as an operator starts it, and a client that asks it as a dashboard would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

import httpx
import websockets

ROOT = Path(__file__).parent.parent
UPLOAD = """mutation ($file: Upload!) { importFileUpload(input: {file: $file}) {
    file { id size encoding delimiter columns preview(rows: 1) suggestedMapping(action: IMPORT_USERS) { column field } }
    userErrors { code message field } } }"""
CREATE = """mutation ($input: ImportJobCreateInput!) { importJobCreate(input: $input) {
    job { importJobId } run { importRunId status } userErrors { code message field } } }"""
RUN = """query ($id: Int!) { importRun(importRunId: $id) { status failure totals { read added updated skipped errored }
    errorMessages(first: 500) { totalCount nodes { line code } } } }"""
FOLLOW = "subscription ($id: Int!) { importRun(importRunId: $id) { status totals { read added errored } progress { fraction } } }"


@dataclass(frozen=True)
class Desk:
    """A signed-in client of a running server."""

    url: str
    token: str
    process: subprocess.Popen[bytes]

    async def ask(self, query: str, **variables: Any) -> Any:
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, headers=self.headers)
        content = answer.json()
        assert "errors" not in content, content
        return content["data"]

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def upload(self, file: Path) -> Any:
        """The payload of an upload, sent as the multipart request specification says."""
        operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
        form = {"operations": operations, "map": json.dumps({"0": ["variables.file"]})}
        with file.open("rb") as content:
            async with httpx.AsyncClient(timeout=60) as client:
                answer = await client.post(
                    f"{self.url}/graphql", data=form, files={"0": (file.name, content.read(), "text/csv")}, headers=self.headers
                )
        return answer.json()["data"]["importFileUpload"]

    async def start(self, action: str, file: Path, **options: Any) -> int:
        """Uploads a file and starts an import of it; answers the run's number."""
        file_id = (await self.upload(file))["file"]["id"]
        payload = (await self.ask(CREATE, input={"title": file.name, "action": action, "fileId": file_id, **options}))["importJobCreate"]
        assert payload["userErrors"] == []
        number: int = payload["run"]["importRunId"]
        return number

    async def follow(self, run_id: int) -> AsyncIterator[Any]:
        """The states that a subscriber over WebSocket gets, until the server completes the stream."""
        address = self.url.replace("http", "ws") + "/graphql"
        async with websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {self.token}"}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": FOLLOW, "variables": {"id": run_id}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            while (message := json.loads(await socket.recv()))["type"] == "next":
                yield message["payload"]["data"]["importRun"]
            assert message["type"] == "complete", message

    async def ended(self, run_id: int) -> Any:
        """The run once its stream has completed."""
        async for _ in self.follow(run_id):
            pass
        return (await self.ask(RUN, id=run_id))["importRun"]


@contextmanager
def serving(database_url: str, data: Path, *options: str) -> Iterator[Desk]:
    """A server with one worker on a database; both are gone afterwards."""
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port), "--data", str(data), "--demo", "reference", *options]
    environment = {**os.environ, "DATABASE_URL": database_url}
    with open(data / "serve.log", "wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, data)
        token = subprocess.run(
            [sys.executable, "-m", "cli", "token", "admin@example.com"], cwd=ROOT, env=environment, capture_output=True, check=True
        )
        yield Desk(url, token.stdout.decode().strip(), process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def wait_until_ready(url: str, process: subprocess.Popen[bytes], data: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError((data / "serve.log").read_text(errors="replace"))
