"""Signing in over a pool of connections."""

from loaders.reading import Engine
from models.access import Viewer
from models.sessions import A_DAY_OF_WORK, REMEMBERED, Token, acting_as, confirmed, credentials_of, open_session, viewer_of


async def signed_in(engine: Engine, email: str, password: str, *, remember: bool) -> tuple[Token, Viewer]:
    """Opens a session. Raises Unauthenticated when email and password do not belong together."""
    async with engine.connect() as connection:
        credentials = await credentials_of(connection, email)
    user_id = await confirmed(credentials, password)
    async with engine.begin() as connection:
        token = await open_session(connection, user_id, lasting=REMEMBERED if remember else A_DAY_OF_WORK)
    return token, acting_as(user_id)


async def viewer_behind(engine: Engine, token: str) -> Viewer:
    """Who sends a token. Raises Unauthenticated when it is unknown or expired."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return await viewer_of(connection, token)
