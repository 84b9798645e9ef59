"""Rights of the moment: sockets and streams end soon after the session that they stay by."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from graph.http.leftovers import Leftovers
from graph.http.visits import ContextOf, Visit, Visited
from models.access import Viewer
from models.errors import Forbidden, Refused, Unauthenticated

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.5
# A look-up that takes longer tells nothing: the next one may.
LOOK_SECONDS = 10.0
AGAIN_SECONDS = 1.0

ViewersOf = Callable[[Collection[str]], Awaitable[Mapping[str, Viewer]]]
"Who is behind each of some tokens; those whose session has ended are left out."


class Rights:
    """The followers of a process; one task looks after the sessions of all of them, as long as there are any."""

    def __init__(self, context_of: ContextOf, viewers_of: ViewersOf) -> None:
        self.context_of = context_of
        self._viewers_of = viewers_of
        self._followers: defaultdict[str, set[Follower]] = defaultdict(set)
        self._checks: asyncio.Task[None] | None = None
        self._is_blind = False
        self.leftovers = Leftovers()

    def follower(self, visit: Visit) -> "Follower":
        return Follower(self, visit)

    def add(self, token: str, follower: "Follower") -> None:
        self._followers[token].add(follower)
        if self._checks is None:
            self._checks = asyncio.create_task(self._check_again_and_again())

    def remove(self, token: str, follower: "Follower") -> None:
        self._followers[token].discard(follower)
        if not self._followers[token]:
            del self._followers[token]
        if not self._followers and self._checks is not None:
            self._checks.cancel()
            self._checks = None

    async def _check_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check()

    async def _check(self) -> None:
        tokens = list(self._followers)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                viewers = await self._viewers_of(tokens)
        except Exception as problem:
            # Whatever it is says nothing about the sessions, and nothing may end the looking.
            if not self._is_blind:
                logger.warning("Could not look up the sessions behind sockets and streams (%r); trying again.", problem)
            self._is_blind = True
            return
        self._is_blind = False
        for token in tokens:
            for follower in list(self._followers.get(token, ())):
                follower.check(viewers.get(token))


class Follower:
    """Somebody who stays: a socket, or a stream. Its session is looked after while its context is open."""

    def __init__(self, rights: Rights, visit: Visit) -> None:
        self._rights = rights
        self._visit = visit
        self._needed: Counter[str] = Counter()
        # Why it has to go, once it has to.
        self.ended: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> Self:
        if self._visit.token is not None:
            self._rights.add(self._visit.token, self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._visit.token is not None:
            self._rights.remove(self._visit.token, self)
        self._rights.leftovers.add()

    @contextmanager
    def requiring(self, permission: str) -> Iterator[None]:
        """Has to go, too, when the permission is lost while the context is open."""
        self._needed[permission] += 1
        try:
            yield
        finally:
            self._needed -= Counter({permission: 1})

    def check(self, viewer: Viewer | None) -> None:
        try:
            if viewer is None:
                raise Unauthenticated("Your session has ended; sign in again.")
            for permission in self._needed:
                viewer.require(permission)
        except (Unauthenticated, Forbidden) as problem:
            self.end(problem)

    def end(self, problem: Refused) -> None:
        if not self.ended.done():
            self.ended.set_result(problem)

    async def context(self) -> Visited:
        """The context of this moment. Raises Unauthenticated when the session has ended.

        While it cannot be looked up nothing is told, which is better than to end what may well go on.
        """
        while True:
            try:
                return await self._rights.context_of(self._visit)
            except (Unauthenticated, Forbidden):
                raise
            except Exception:
                await asyncio.sleep(AGAIN_SECONDS)
