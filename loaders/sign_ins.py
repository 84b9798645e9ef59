"""Signing in over a pool of connections, of which none is held while a password is compared."""

import asyncio
from weakref import WeakValueDictionary

from loaders.reading import Engine
from models.access import Viewer
from models.sessions import A_DAY_OF_WORK, REMEMBERED, Token, acting_as, confirmed, credentials_of, hold, open_session
from models.sign_in_attempts import begin_attempt, succeed


class SignIns:
    """The sign-ins of a process: those with one email take turns, so that many right ones at once are not taken for guesses."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def sign_in(self, engine: Engine, email: str, password: str, *, remember: bool, address: str | None) -> tuple[Token, Viewer]:
        """Opens a session. Raises Unauthenticated when email and password do not belong together, LockedOut after too many that do not."""
        async with self._turns.setdefault(email.lower(), asyncio.Lock()):
            async with engine.begin() as connection:
                attempt = await begin_attempt(connection, email, address)
                found = await credentials_of(connection, email)
            credentials = await confirmed(found, password)
            async with engine.begin() as connection:
                await succeed(connection, attempt)
                await hold(connection, credentials)
                token = await open_session(connection, credentials.user_id, lasting=REMEMBERED if remember else A_DAY_OF_WORK)
        return token, acting_as(credentials.user_id)
