"""Outages: which exceptions mean that the database cannot be used for now, and how they are logged without flooding."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import TimeoutError as NoFreeConnection

Result = TypeVar("Result")

RETRY_AFTER = 2  # seconds: a killed server is back in about that time
NOTICE_SECONDS = 60.0


class Unavailable(ConnectionError):
    """No connection to the database can be had at the moment."""


# The connection is gone, and whatever was asked on it has no answer.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # What asyncpg says where the server's last word came in the middle of something.
    asyncpg.InternalClientError,
    ConnectionError,
)
# It may be whole, but does not serve now: it starts or stops, is full, is locked, or does not answer.
BUSY = (
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    NoFreeConnection,
    TimeoutError,
)


def is_away(problem: BaseException) -> bool:
    """Whether the database cannot be used for now, whatever driver says so, and however its exception is wrapped."""
    return any(isinstance(each, (*LOST, *BUSY)) or _is_closed(each) for each in _causes(problem))


def is_lost(problem: BaseException) -> bool:
    """Whether a connection turned out to be dead; a new one may be had."""
    return any((isinstance(each, LOST) and not isinstance(each, Unavailable)) or _is_closed(each) for each in _causes(problem))


async def read_again(read: Callable[[], Awaitable[Result]]) -> Result:
    """What is read; once more when the connection was lost, which leaves no trace of a read."""
    try:
        return await read()
    except Exception as problem:
        if not is_lost(problem):
            raise
    return await read()


class Notice:
    """A line of log that is written at most once a minute, with how often it was due since."""

    def __init__(self, logger: logging.Logger, message: str) -> None:
        self._logger = logger
        self._message = message
        self._due = 0
        self._next = 0.0

    def write(self, problem: BaseException) -> None:
        self._due += 1
        now = monotonic()
        if now >= self._next:
            self._logger.error(self._message, {"times": self._due, "reason": reason_of(problem)})
            self._due, self._next = 0, now + NOTICE_SECONDS


def reason_of(problem: BaseException) -> str:
    """The first line of what lies at the bottom of an exception."""
    *_, last = _causes(problem)
    return (str(last) or type(last).__name__).splitlines()[0]


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """An exception and those that it was made from: by SQLAlchemy, by graphql-core, by `raise ... from`."""
    cause: BaseException | None = problem
    while cause is not None:
        yield cause
        cause = getattr(cause, "orig", None) or getattr(cause, "original_error", None) or cause.__cause__


def _is_closed(problem: BaseException) -> bool:
    """asyncpg has no class of its own for what is asked of a connection that was lost before."""
    return isinstance(problem, asyncpg.InterfaceError) and "connection is closed" in str(problem)
