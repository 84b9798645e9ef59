"""The web server: uvicorn with this product's limits, and an end that sockets and streams are told of."""

import asyncio
import resource
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

import uvicorn
from starlette.types import ASGIApp

from graph.http.protocol import DEFAULTS, ConnectionLimits, protocols_of

LARGEST_MESSAGE = 256 * 1024
GRACE_SECONDS = 20
LOOKS_EVERY = 0.2  # seconds, at all connections: whether their clients have had their time
SPARE_FILES = 256  # for connections to the database, uploads, and the program itself


class Server(uvicorn.Server):
    """Stops in order: sockets and streams end with a reason, requests under way finish within the time of grace."""

    def __init__(
        self,
        app: ASGIApp,
        close: Callable[[], Awaitable[None]],
        *,
        grace: int = GRACE_SECONDS,
        limits: ConnectionLimits = DEFAULTS,
    ) -> None:
        http, websocket = protocols_of(replace(limits, connections=min(limits.connections, most_connections())))
        super().__init__(
            uvicorn.Config(
                app,
                http=http,
                ws=websocket,
                log_config=None,
                server_header=False,
                # Nothing shows them at the level of logging that the command line sets.
                access_log=False,
                # Whoever may set X-Forwarded-For from this machine could choose the address that is logged.
                proxy_headers=False,
                # A compressed message of a few kilobytes could unpack to any size.
                ws_per_message_deflate=False,
                ws_max_size=LARGEST_MESSAGE,
                timeout_graceful_shutdown=grace,
            )
        )
        self._close = close

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._looking = asyncio.create_task(self._look_at_connections())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn itself would close sockets without a word, and wait for streams that never end.
        await self._close()
        await super().shutdown(sockets)
        self._looking.cancel()

    async def _look_at_connections(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                connection.look(now)  # type: ignore[union-attr]  # all are of the two protocols above


def most_connections() -> int:
    """The connections for which this process may have files open: beyond, those that are accepted could not be served."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(files - SPARE_FILES, 1) if files != resource.RLIM_INFINITY else 1_000_000
