"""The budget of an operation under way: the rows that it reads, the bytes that it answers, the time that it holds the event loop.

Small answers are made at one stretch. Large ones are made in slices, between which others get their turn and a time limit can end the
operation; each slice becomes JSON at once, so that an answer that is too large is stopped before it is whole.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from graph.limits import OperationLimits
from models.errors import TooCostly

# Rows of one slice: some milliseconds of work.
SLICE = 1_000

Make = Callable[[Sequence[Any]], list[Any]]


class Budget:
    """What is left of an operation's limits. `is_sure` says that its pages cannot hold more rows than are read."""

    def __init__(self, limits: OperationLimits, *, is_sure: bool) -> None:
        self._limits = limits
        self._left = limits.rows
        self._is_sure = is_sure

    @property
    def most(self) -> int | None:
        """The rows after which reading is to stop; None where that need not be watched."""
        return None if self._is_sure else self._left + 1

    def count(self, rows: Sequence[Any]) -> None:
        """Takes rows that were read. Raises TooCostly when they are more than may be."""
        self._left -= len(rows)
        if self._left < 0:
            raise TooCostly(f"The operation reads more than {self._limits.rows:,} rows, the most that is read at once; ask for less.")

    async def made(self, rows: Sequence[Any], makers: Sequence[Make]) -> list[list[Any]]:
        """The objects that each maker makes of many rows, as JSON."""
        made: list[list[Any]] = [[] for _ in makers]
        size = 0
        for start in range(0, len(rows), SLICE):
            for place, make in enumerate(makers):
                texts = [orjson.dumps(each) for each in make(rows[start : start + SLICE])]
                size += sum(map(len, texts))
                self._check(size)
                made[place] += map(orjson.Fragment, texts)
            await asyncio.sleep(0)
        return made

    async def by_parent(self, shown: Iterator[tuple[Any, Any]]) -> dict[Any, Any]:
        """What many parents show."""
        found: dict[Any, Any] = {}
        for number, (parent, each) in enumerate(shown, 1):
            found[parent] = each
            if number % SLICE == 0:
                await asyncio.sleep(0)
        return found

    def json(self, content: Any) -> bytes:
        """The answer. Raises TooCostly when it is larger than it may be."""
        text = orjson.dumps(content)
        self._check(len(text))
        return text

    def _check(self, size: int) -> None:
        if size > self._limits.answer:
            raise TooCostly(
                f"The answer would have more than {self._limits.answer // 1024**2:,} MB, the most that is answered at once; "
                "ask for fewer rows or fewer fields."
            )
