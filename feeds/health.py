"""Whether the process is up, and whether it can serve: asked by whatever starts, watches and balances processes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from database.outages import Notice
from database.upgrade import at_head
from loaders.reading import Engine

logger = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds
unreachable = Notice(logger, "The database cannot be reached (%(reason)s): %(times)d probes failed since the last line.")
NEVER_STORED = {"cache-control": "no-store"}


async def healthz(_request: Request) -> Response:
    return JSONResponse({"status": "up"}, headers=NEVER_STORED)


def readyz(engine: Engine) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for readiness. The engine should be one of its own: a busy pool is no reason to take a process out of service."""

    async def endpoint(_request: Request) -> Response:
        hindrance = await _hindrance(engine)
        if hindrance is None:
            return JSONResponse({"status": "ready"}, headers=NEVER_STORED)
        return JSONResponse({"status": "unready", "reason": hindrance}, 503, headers=NEVER_STORED)

    return endpoint


async def _hindrance(engine: Engine) -> str | None:
    """Why no request can be served, in a sentence without addresses or names, which are in the log."""
    try:
        async with asyncio.timeout(PATIENCE):
            current = await _is_current(engine)
    except TimeoutError:
        logger.warning("The database did not answer within %.0f seconds.", PATIENCE)
        return f"The database did not answer within {PATIENCE:.0f} seconds."
    except Exception as problem:  # whichever of a driver's many: the database cannot be used now
        unreachable.write(problem)
        return "The database cannot be reached."
    return None if current else "The database's schema is not that of this version; bring it up to date with the migrations."


async def _is_current(engine: Engine) -> bool:
    try:
        async with engine.connect() as connection:
            return await at_head(connection)
    except Exception:
        # The connection may have died while nobody used it; after that, the pool makes a new one.
        async with engine.connect() as connection:
            return await at_head(connection)
