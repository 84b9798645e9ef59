"""What an operation knows besides its own text: who asks, in which language, and what to read and write with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import strawberry

from database.changes import Changes
from database.pool import Pool
from graph.limits import DEFAULT_LIMITS, OperationLimits
from loaders.configuration import Configuration
from loaders.reading import Engine, Reads
from loaders.sessions import SessionCache, signed_out
from loaders.sign_ins import SignIns
from models.access import Viewer
from models.errors import Unauthenticated
from models.sessions import Token


@dataclass(frozen=True)
class Services:
    """What a process holds for all its operations."""

    engine: Engine
    changes: Changes
    upload_limit: int
    # What planned queries read with; without them every operation goes to graphql-core.
    pool: Pool | None = None
    configuration: Configuration | None = None
    limits: OperationLimits = DEFAULT_LIMITS
    sign_ins: SignIns = field(default_factory=SignIns, repr=False)
    sessions: SessionCache = field(default_factory=SessionCache, repr=False)
    # Pools of their own for sign-ins and sessions, and for files that come and go: neither waits for requests, nor requests for them.
    sign_in_engine: Engine | None = None
    file_engine: Engine | None = None

    @property
    def for_sign_in(self) -> Engine:
        return self.sign_in_engine or self.engine

    @property
    def for_files(self) -> Engine:
        return self.file_engine or self.engine

    async def viewer_of(self, token: str | None) -> Viewer | None:
        """Who sends a token, or None without one. Raises Unauthenticated when it is unknown or expired."""
        if token is None:
            return None
        return self.sessions.known(token) or await self.sessions.viewer_of(self.for_sign_in, token)

    async def viewers_of(self, tokens: Collection[str]) -> Mapping[str, Viewer]:
        """Who is behind each of some tokens, looked up now; those that are unknown or expired are left out."""
        return await self.sessions.viewers_of(self.for_sign_in, tokens)

    async def sign_out(self, token: str) -> None:
        """Ends the session of a token; no request that comes after it is answered by what was known before."""
        try:
            await signed_out(self.for_sign_in, token)
        finally:
            self.sessions.forget(token)


@dataclass
class Context:
    """One operation: made fresh for each, so that nothing it reads outlives it."""

    services: Services
    viewer: Viewer | None
    locale: str | None = None
    # By what the caller is known; it is the session that `logout` ends.
    token: str | None = field(default=None, repr=False)
    # From where the caller speaks; None over a local socket.
    address: str | None = None
    # Which execution answered and by how many statements, for staff to see: `compiled; statements=2`.
    way: str = ""

    @property
    def limits(self) -> OperationLimits:
        """What this operation may come to; one row for everybody until groups have rows of their own."""
        return self.services.limits

    @cached_property
    def reads(self) -> Reads:
        """What graphql-core's execution reads with; plans need none."""
        return Reads(self.services.engine, self.viewer, most=self.limits.rows)

    async def sign_in(self, email: str, password: str, *, remember: bool) -> Token:
        """Opens a session, and lets the rest of the operation read as whoever has just signed in."""
        services = self.services
        token, viewer = await services.sign_ins.sign_in(services.for_sign_in, email, password, remember=remember, address=self.address)
        self.token = token.token
        self._read_as(viewer)
        return token

    async def sign_out(self) -> None:
        """Ends the caller's session, and lets the rest of the operation read as nobody. Raises Unauthenticated without one."""
        if self.token is None:
            raise Unauthenticated("Nobody is signed in: send the token whose session is to end.")
        await self.services.sign_out(self.token)
        self.token = None
        self._read_as(None)

    def _read_as(self, viewer: Viewer | None) -> None:
        self.viewer = viewer
        self.reads = Reads(self.services.engine, viewer, most=self.limits.rows)


Info: TypeAlias = strawberry.Info[Context, None]
