"""Signing in over a pool of connections."""

from loaders.reading import Engine
from models.access import Viewer
from models.sessions import Token, acting_as, sign_in, viewer_of


async def signed_in(engine: Engine, email: str, password: str, *, remember: bool) -> tuple[Token, Viewer]:
    """Opens a session. Raises Unauthenticated when email and password do not belong together."""
    async with engine.begin() as connection:
        token = await sign_in(connection, email, password, remember=remember)
    return token, acting_as(token.user_id)


async def viewer_behind(engine: Engine, token: str) -> Viewer:
    """Who sends a token. Raises Unauthenticated when it is unknown or expired."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return await viewer_of(connection, token)
