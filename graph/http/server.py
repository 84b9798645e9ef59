"""The web server: uvicorn with this product's limits, and an end that sockets and streams are told of."""

import socket
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.types import ASGIApp

LARGEST_MESSAGE = 256 * 1024
GRACE_SECONDS = 20


class Server(uvicorn.Server):
    """Stops in order: sockets and streams end with a reason, requests under way finish within the time of grace."""

    def __init__(self, app: ASGIApp, close: Callable[[], Awaitable[None]], *, grace: int = GRACE_SECONDS) -> None:
        super().__init__(
            uvicorn.Config(
                app,
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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn itself would close sockets without a word, and wait for streams that never end.
        await self._close()
        await super().shutdown(sockets)
