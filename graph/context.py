"""What an operation knows besides its own text: who asks, in which language, and what to read and write with."""

from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import TypeAlias

import strawberry

from database.changes import Changes
from database.pool import Pool
from graph.limits import DEFAULT_LIMITS, OperationLimits
from loaders.configuration import Configuration
from loaders.reading import Engine, Reads
from loaders.sessions import viewer_behind
from models.access import Viewer

BELIEVED = 2.0  # seconds: how long a session that has ended may still be answered
KNOWN = 10_000


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
    # Who was found behind a token, and until when that is believed.
    _known: dict[str, tuple[Viewer, float]] = field(default_factory=dict, repr=False)

    async def viewer_of(self, token: str | None) -> Viewer | None:
        """Who sends a token, or None without one. Raises Unauthenticated when it is unknown or expired.

        A token that has just been looked up is believed for BELIEVED seconds: most requests need no statement for it.
        """
        if token is None:
            return None
        known = self._known.get(token)
        if known is not None and known[1] > monotonic():
            return known[0]
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known.pop(token, None)
        found = await viewer_behind(self.engine, token)
        self._known[token] = (found, monotonic() + BELIEVED)
        return found


@dataclass
class Context:
    """One operation: made fresh for each, so that nothing it reads outlives it."""

    services: Services
    viewer: Viewer | None
    locale: str | None = None
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

    def sign_in(self, viewer: Viewer) -> None:
        """Lets the rest of the operation read as somebody who has just signed in."""
        self.viewer = viewer
        self.reads = Reads(self.services.engine, viewer, most=self.limits.rows)


Info: TypeAlias = strawberry.Info[Context, None]
