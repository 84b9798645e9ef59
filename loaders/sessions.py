"""Signing out over a pool of connections, and the session cache."""

from collections.abc import Collection, Mapping
from time import monotonic

from database.changes import Changes
from database.outages import read_again
from loaders.reading import Engine
from models.access import Viewer
from models.sessions import sign_out, viewer_of, viewers_of

SESSION_CHANGES = "session"
"""The channel on which the number of a user is told whenever a session of theirs ends, or whether they are active changes."""

BELIEVED = 2.0  # seconds: how long a session that has ended may still be answered, should its end not be heard of
KNOWN = 10_000


class SessionCache:
    """Who was found behind a token: believed for BELIEVED seconds, so that most requests need no statement for it."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Viewer, float]] = {}
        # How often sessions were forgotten: what is looked up meanwhile may be of one of them, and is not kept.
        self._forgotten = 0

    def known(self, token: str) -> Viewer | None:
        """Who was found behind a token a moment ago."""
        found = self._found.get(token)
        return found[0] if found is not None and found[1] > monotonic() else None

    async def viewer_of(self, engine: Engine, token: str) -> Viewer:
        """Who sends a token. Raises Unauthenticated when it is unknown or expired."""
        if (known := self.known(token)) is not None:
            return known
        self._found.pop(token, None)
        before = self._forgotten
        viewer = await viewer_behind(engine, token)
        if before == self._forgotten:
            self._keep(token, viewer)
        return viewer

    async def viewers_of(self, engine: Engine, tokens: Collection[str]) -> Mapping[str, Viewer]:
        """Who sends each of some tokens, by one statement; those that are unknown or expired are left out."""
        before = self._forgotten
        viewers = await viewers_behind(engine, tokens)
        if before == self._forgotten:
            for token in tokens:
                self._found.pop(token, None)
                if token in viewers:
                    self._keep(token, viewers[token])
        return viewers

    def _keep(self, token: str, viewer: Viewer) -> None:
        if len(self._found) >= KNOWN:
            del self._found[next(iter(self._found))]
        self._found[token] = (viewer, monotonic() + BELIEVED)

    def forget(self, token: str) -> None:
        """Looks the token up again when it comes next."""
        self._forgotten += 1
        self._found.pop(token, None)

    async def follow(self, changes: Changes) -> None:
        """Forgets sessions as they end, in whichever process; goes on until it is cancelled."""
        async with changes.waiting(SESSION_CHANGES) as wake:
            while True:
                self._forget_users(set(await wake.changed()))

    def _forget_users(self, user_ids: set[str]) -> None:
        self._forgotten += 1
        # An empty number: anybody's session may have ended while nothing was heard.
        kept = {} if "" in user_ids else {token: found for token, found in self._found.items() if str(found[0].user_id) not in user_ids}
        self._found = kept


async def signed_out(engine: Engine, token: str) -> None:
    """Ends the session of a token, if it has not ended already."""
    async with engine.begin() as connection:
        await sign_out(connection, token)


async def viewer_behind(engine: Engine, token: str) -> Viewer:
    """Who sends a token. Raises Unauthenticated when it is unknown or expired."""

    async def read() -> Viewer:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            return await viewer_of(connection, token)

    return await read_again(read)


async def viewers_behind(engine: Engine, tokens: Collection[str]) -> Mapping[str, Viewer]:
    """Who sends each of some tokens; those that are unknown or expired are left out."""

    async def read() -> Mapping[str, Viewer]:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            return await viewers_of(connection, tokens)

    return await read_again(read)
