"""The server: database, first start, web server and import workers, from start to an orderly end."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from socket import socket

from rich.console import Console
from starlette.applications import Starlette

from commands.first_start import Load, prepare
from commands.listening import listen, url_of
from commands.storage import Place, opened
from commands.welcome import welcome
from commands.workers import workers
from graph.http.protocol import ConnectionLimits
from graph.http.server import Server


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to serve, and where; without a port the first free one is taken."""

    place: Place
    host: str
    port: int | None
    load: Load
    workers: int
    admin_email: str
    limits: ConnectionLimits


def serve(plan: Plan, app_for: Callable[[str], Starlette], console: Console) -> None:
    """Serves until a signal comes; then requests under way are finished, and workers hand their runs back."""
    listener = listen(plan.host, plan.port)
    with opened(plan.place) as url:
        administrator = prepare(url, load=plan.load, email=plan.admin_email, data=plan.place.data, console=console)
        app, stopping = app_for(url), asyncio.Event()
        server = Server(app, lambda: close(app, stopping), limits=plan.limits)
        for number in (signal.SIGINT, signal.SIGTERM):
            # uvicorn raises the signal once more when it has stopped, which would end this process before its workers.
            signal.signal(number, lambda *_: None)
        welcome(console, url_of(listener), plan.place, administrator)
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(run(server, listener, plan, stopping))


async def run(server: Server, listener: socket, plan: Plan, stopping: asyncio.Event) -> None:
    async with workers(plan.workers, plan.place, stopping):
        await server.serve(sockets=[listener])


async def close(app: Starlette, stopping: asyncio.Event) -> None:
    """Begins the end: workers stop while the last requests finish."""
    stopping.set()
    await app.state.endpoint.close()
